"""Editing in the whole deck: beside the table or over it, with the header that tells of drafts."""

import pytest

from app.domain.errors import Forbidden
from app.domain.records import Record
from app.main import CrmDeck
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, deck, press, screen_text, settle, type_text
from tests.support.journal import MemoryJournal
from tests.support.small_workspace import memory_session, small_workspace


def record_in_front(app: CrmDeck) -> Record:
    """The record under the cursor."""
    record = browse(app).current_record
    assert record is not None
    return record


def row_count(app: CrmDeck) -> int:
    """Rows of the list."""
    view = browse(app).view
    assert view is not None
    return view.row_count


def writes(backend: MemoryBackend) -> list[str]:
    """The writes that were sent."""
    return [row.method for row in backend.log.entries if row.request is not None and not row.request.is_read]  # fmt: skip


@pytest.mark.parametrize("size", [(80, 24), (120, 30), (160, 45)])
async def test_a_record_is_edited_and_the_table_follows(size: tuple[int, int]) -> None:
    """e, the field, a text, A; the row shows it without another list being read."""
    backend = small_workspace()
    async with deck(backend, size) as (app, pilot):
        row = record_in_front(app)
        await press(pilot, "e", "j", "enter", "ctrl+u")
        await type_text(pilot, "Chief of staff")
        await press(pilot, "enter")
        assert '+ "title": "Chief of staff"' in screen_text(app)
        assert writes(backend) == []
        await press(pilot, "A")
        assert writes(backend) == ["PATCH"]
        assert (await backend.read(row.record_id)).attributes["title"] == "Chief of staff"
        await press(pilot, "escape")
        assert app.focused is browse(app).table
        assert record_in_front(app).attributes["title"] == "Chief of staff"


async def test_beside_the_table_where_there_is_room() -> None:
    """At 160 columns both are on screen; at 80 the form alone."""
    for size, is_beside in (((160, 45), True), ((80, 24), False)):
        async with deck(small_workspace(), size) as (app, pilot):
            await press(pilot, "e")
            assert browse(app).write_area.is_open
            assert browse(app).list_area.display is is_beside


async def test_the_header_tells_when_the_draft_was_saved() -> None:
    """By the journal's own time, once it is on the disk."""
    async with deck(small_workspace(), (120, 30)) as (app, pilot):
        await press(pilot, "e", "j", "enter")
        await type_text(pilot, "!")
        area = browse(app).write_area.edit_area
        assert area is not None
        await area.journaling.flush()
        await settle(pilot)
        assert "draft 12:00:00" in screen_text(app)


async def test_drafts_are_offered_at_the_start() -> None:
    """With the newest; one key goes on with it."""
    journal = MemoryJournal()
    async with deck(memory_session(small_workspace(), journal=journal)) as (app, pilot):
        await press(pilot, "e", "j", "enter")
        await type_text(pilot, "!")
        await press(pilot, "escape", "escape")
    async with deck(memory_session(small_workspace(), journal=journal)) as (app, pilot):
        assert "1 draft, newest 12:00:00" in screen_text(app)
        await press(pilot, "N")
        assert "~ Title" in screen_text(app)


@pytest.mark.parametrize(("key", "word"), [("e", "edit"), ("n", "new"), ("D", "archive")])
async def test_what_the_api_does_not_offer_is_refused_with_its_reason(key: str, word: str) -> None:
    """Meetings are read-only: w tells the rule and where it stands."""
    backend = small_workspace()
    async with deck(backend, record_type="meeting") as (app, pilot):
        await press(pilot, key)
        assert not browse(app).write_area.is_open
        await press(pilot, "w")
        assert word in screen_text(app)
        assert "source: DOCUMENTED" in screen_text(app)
        assert writes(backend) == []


async def test_activities_can_only_be_made() -> None:
    """N opens a form, e says why not."""
    async with deck(small_workspace(), record_type="activity") as (app, pilot):
        await press(pilot, "e")
        assert not browse(app).write_area.is_open
        await press(pilot, "n")
        assert browse(app).write_area.is_open


async def test_a_read_only_session_says_so() -> None:
    """By policy, not by the API."""
    backend = small_workspace()
    backend.lock()
    async with deck(backend) as (app, pilot):
        await press(pilot, "e", "w")
        assert "source: POLICY" in screen_text(app)


async def test_a_refusal_is_told_with_the_servers_words() -> None:
    """And the draft stays."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        backend.fail("PATCH", Forbidden("Your key may not write contacts", status=403), times=1)
        await press(pilot, "e", "j", "enter")
        await type_text(pilot, "!")
        await press(pilot, "enter", "A")
        assert "refused: PATCH" in screen_text(app)
        assert "may not write contacts" in screen_text(app)


async def test_archive_and_undo_from_the_table() -> None:
    """D reviews and A archives; u says that this cannot be taken back."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        count = row_count(app)
        await press(pilot, "D")
        assert "cannot be undone" in screen_text(app)
        await press(pilot, "A", "escape")
        assert writes(backend) == ["DELETE"]
        assert row_count(app) == count - 1


async def test_undo_from_the_table() -> None:
    """u, A: the old value is back."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        record = record_in_front(app)
        await press(pilot, "e", "j", "enter")
        await type_text(pilot, "!")
        await press(pilot, "enter", "A", "escape", "u", "A", "escape")
        assert writes(backend) == ["PATCH", "PATCH"]
        now = await backend.read(record.record_id)
        assert now.attributes["title"] == record.attributes["title"]


async def test_the_journal_opens_from_the_table() -> None:
    """U lists what was sent; Esc goes back."""
    async with deck(small_workspace()) as (app, pilot):
        await press(pilot, "U")
        assert "nothing was sent from here yet" in screen_text(app)
        await press(pilot, "escape")
        assert app.focused is browse(app).table
