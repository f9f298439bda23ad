"""Undo by reverse writes: reviewed, checked for drift, and known from the journal alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.controller.undo import CannotUndo, Drift, DriftRow
from app.domain.edit_draft import with_item, with_link
from app.domain.edits import Change
from app.domain.errors import Rejected, Unreachable
from app.domain.journal import EditAction, Intent, IntentKind, IntentState, ItemEdit, LinkEdit
from app.domain.json_text import parse_json
from app.domain.kept_items import items_in
from app.domain.merging import Side
from app.domain.records import RecordId
from app.domain.review import Applied, Review
from app.domain.values import Json
from app.state.journal import JournalFile
from tests.controller.edit_desk import WORKSPACE, Desk, desk_at
from tests.support.backends import START, MemoryBackend
from tests.support.small_workspace import small_workspace, uuid_of

SARAH = RecordId("contact", uuid_of("contact", 1))


@pytest.fixture
def backend() -> MemoryBackend:
    """The small workspace."""
    return small_workspace()


@pytest.fixture
def desk(backend: MemoryBackend) -> Desk:
    """A desk at it."""
    return desk_at(backend, now=START)


async def last(desk: Desk) -> Intent:
    """What would be undone next."""
    intent = await desk.undo.last()
    assert intent is not None
    return intent


async def taken_back(desk: Desk, intent: Intent) -> Applied:
    """Undone, without anything in the way."""
    review = await desk.undo.review(intent)
    assert isinstance(review, Review)
    applied = await desk.editing.apply(review)
    assert applied.is_done
    return applied


async def test_undo_sends_the_old_values_of_what_was_written(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Through a review like any other."""
    old = backend.records[SARAH].attributes["title"]
    await desk.saved(await desk.edited(SARAH, title="Chief"))
    review = await desk.undo.review(await last(desk))
    assert isinstance(review, Review)
    assert parse_json(review.lines[0].request.body or b"") == {"attributes": {"title": old}}
    assert backend.records[SARAH].attributes["title"] == "Chief"
    await desk.editing.apply(review)
    assert backend.records[SARAH].attributes["title"] == old
    assert desk.intents()[0].undo_of == desk.intents()[1].id


async def test_undo_goes_back_one_by_one_and_redo_comes_forward(
    desk: Desk, backend: MemoryBackend
) -> None:
    """The undo of an undo is a redo; after it the write can be undone again."""

    def title() -> object:
        return backend.records[SARAH].attributes["title"]

    old = title()
    for text in ("One", "Two"):
        await desk.saved(await desk.edited(SARAH, title=text))
    for wanted in ("One", old):
        await taken_back(desk, await last(desk))
        assert title() == wanted
    assert await desk.undo.last() is None
    for wanted in ("One", "Two"):
        undone = await desk.undo.last_undone()
        assert undone is not None
        await taken_back(desk, undone)
        assert title() == wanted
    assert await desk.undo.last_undone() is None
    await taken_back(desk, await last(desk))
    assert title() == "One"


async def test_something_new_ends_what_could_be_redone(desk: Desk) -> None:
    """As everywhere."""
    await desk.saved(await desk.edited(SARAH, title="One"))
    await taken_back(desk, await last(desk))
    await desk.saved(await desk.edited(SARAH, title="Two"))
    assert await desk.undo.last_undone() is None


async def test_a_value_that_drifted_is_shown_three_times_and_asked_about(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Old, ours, theirs; nothing is sent before it is decided."""
    old = backend.records[SARAH].attributes["title"]
    await desk.saved(await desk.edited(SARAH, title="Chief", sms_consent=None))
    consent = desk.intents()[0].before["sms_consent"]
    await backend.patch(SARAH, [Change("title", "Boss")])
    drift = await desk.undo.review(await last(desk))
    assert isinstance(drift, Drift)
    assert drift.rows == (DriftRow("title", str(old), "Chief", "Boss"),)
    left = await desk.undo.review(drift.intent, {"title": Side.THEIRS})
    assert isinstance(left, Review)
    assert left.lines[0].write.values == {"sms_consent": consent}
    back = await desk.undo.review(drift.intent, {"title": Side.MINE})
    assert isinstance(back, Review)
    assert (await desk.editing.apply(back)).is_done
    assert backend.records[SARAH].attributes["title"] == old


async def test_a_drift_after_the_review_is_a_conflict(desk: Desk, backend: MemoryBackend) -> None:
    """Undo looks again before it writes, like every write."""
    await desk.saved(await desk.edited(SARAH, title="Chief"))
    review = await desk.undo.review(await last(desk))
    assert isinstance(review, Review)
    await backend.patch(SARAH, [Change("title", "Boss")])
    applied = await desk.editing.apply(review)
    assert applied.results[0].clashes
    assert backend.records[SARAH].attributes["title"] == "Boss"


async def test_only_confirmed_writes_can_be_undone(desk: Desk, backend: MemoryBackend) -> None:
    """Not what was refused, and not what nobody knows the end of."""
    error = Unreachable("lost")
    error.is_effect_unknown = True
    backend.fail("PATCH", Rejected("No", status=422), times=1)
    backend.fail("PATCH", error, times=1)
    for text in ("One", "Two"):
        await desk.saved(await desk.edited(SARAH, title=text))
    assert [row.state for row in desk.intents()] == [IntentState.UNKNOWN, IntentState.REFUSED]
    assert await desk.undo.last() is None
    found = await desk.undo.review(desk.intents()[0])
    assert isinstance(found, CannotUndo)
    assert "unknown" in found.reason


async def test_a_create_is_undone_by_an_archive_and_says_so(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Before it is sent, too; and that undo cannot be taken back."""
    opened = await desk.made("task", title="Call")
    review = await desk.reviewed(opened)
    assert "archives" in review.lines[0].undo_words
    applied = await desk.editing.apply(review)
    assert applied.record is not None
    undo = await desk.undo.review(await last(desk))
    assert isinstance(undo, Review)
    assert undo.lines[0].write.kind is IntentKind.ARCHIVE
    await desk.editing.apply(undo)
    assert applied.record.record_id not in backend.records
    undone = await desk.undo.last_undone()
    assert undone is not None
    assert isinstance(await desk.undo.review(undone), CannotUndo)


async def test_what_became_of_a_new_record_is_told_before_it_is_archived(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Undoing its making ends what others did to it, too."""
    applied = await desk.saved(await desk.made("task", title="Call"))
    assert applied.record is not None
    assert not any("changed" in text for text in (await undo_review(desk)).notes)
    await backend.patch(applied.record.record_id, [Change("title", "Called")])
    assert any(
        "changed since it was made: title" in text for text in (await undo_review(desk)).notes
    )


async def undo_review(desk: Desk) -> Review:
    """The review of the next undo."""
    review = await desk.undo.review(await last(desk))
    assert isinstance(review, Review)
    return review


async def test_an_archive_cannot_be_undone(desk: Desk) -> None:
    """It was said before."""
    review = await desk.editing.review_archive(SARAH)
    assert "cannot be undone" in review.lines[0].undo_words.casefold()
    await desk.editing.apply(review)
    assert isinstance(await desk.undo.review(await last(desk)), CannotUndo)


async def test_a_record_that_is_gone_cannot_be_changed_back(
    desk: Desk, backend: MemoryBackend
) -> None:
    """In words."""
    await desk.saved(await desk.edited(SARAH, title="Chief"))
    del backend.records[SARAH]
    found = await desk.undo.review(await last(desk))
    assert isinstance(found, CannotUndo)
    assert "not there any more" in found.reason


@pytest.mark.parametrize("action", EditAction)
async def test_items_are_taken_back(desk: Desk, backend: MemoryBackend, action: EditAction) -> None:
    """Added ones removed, changed ones changed back, removed ones added again; and all that redone."""
    before = items_in(backend.records[SARAH], "contact_emails")
    ((item_id, was),) = before.items()
    members: dict[EditAction, dict[str, Json]] = {
        EditAction.ADD: {"email": "new@acme.test", "is_primary": False},
        EditAction.SET: {"email": "other@acme.test"},
        EditAction.REMOVE: {},
    }
    edit = ItemEdit(
        attribute="contact_emails",
        action=action,
        item_id=None if action is EditAction.ADD else item_id,
        members=members[action],
        before={} if action is EditAction.ADD else was,
    )
    opened = await desk.editing.open(SARAH)
    await desk.saved(replace(opened, draft=with_item(opened.draft, edit)))
    written = emails(backend)
    assert written != [row["email"] for row in before.values()]
    await taken_back(desk, await last(desk))
    assert emails(backend) == [row["email"] for row in before.values()]
    undone = await desk.undo.last_undone()
    assert undone is not None
    await taken_back(desk, undone)
    assert emails(backend) == written


def emails(backend: MemoryBackend) -> list[Json]:
    """The addresses of the contact."""
    items = items_in(backend.records[SARAH], "contact_emails")
    return [row["email"] for row in items.values()]


async def test_an_item_that_drifted_is_asked_about(desk: Desk, backend: MemoryBackend) -> None:
    """As attributes are; one that is gone cannot be changed back."""
    opened = await desk.editing.open(SARAH)
    ((item_id, was),) = items_in(backend.records[SARAH], "contact_emails").items()
    edit = ItemEdit(
        attribute="contact_emails",
        action=EditAction.SET,
        item_id=item_id,
        members={"email": "mine@acme.test"},
        before=was,
    )
    await desk.saved(replace(opened, draft=with_item(opened.draft, edit)))
    await backend.patch_item(SARAH, "contact_emails", item_id, [Change("email", "theirs@a.test")])
    drift = await desk.undo.review(await last(desk))
    assert isinstance(drift, Drift)
    assert [row.attribute for row in drift.rows] == ["email"]
    await backend.remove_item(SARAH, "contact_emails", item_id)
    assert isinstance(await desk.undo.review(await last(desk)), CannotUndo)


async def test_links_are_taken_back(desk: Desk, backend: MemoryBackend) -> None:
    """A new one removed; removed again and linked again with what it carried."""
    target = uuid_of("account", 3)
    edit = LinkEdit(
        relationship="accounts",
        action=EditAction.ADD,
        target_type="account",
        target_id=target,
        edge={"role": "CTO"},
    )
    opened = await desk.editing.open(SARAH)
    await desk.saved(replace(opened, draft=with_link(opened.draft, edit)))
    assert await role(backend, target) == "CTO"
    await taken_back(desk, await last(desk))
    assert await role(backend, target) is None
    undone = await desk.undo.last_undone()
    assert undone is not None
    await taken_back(desk, undone)
    assert await role(backend, target) == "CTO"


async def role(backend: MemoryBackend, target: str) -> object:
    """What the link to an account carries; `None` without a link."""
    links = (await backend.links(SARAH, "accounts")).links
    return next((row.edge_attributes["role"] for row in links if row.target.id == target), None)


async def test_an_assert_is_undone_by_what_it_did(desk: Desk, backend: MemoryBackend) -> None:
    """Changed: the old values; created: an archive; something else than was expected: not at all."""
    taken = str(backend.records[SARAH].attributes["primary_email"])
    old = backend.records[SARAH].attributes["first_name"]
    opened = await desk.made("contact", first_name="Dana", last_name="Reed")
    form = desk.editing.form(opened.schema, opened.draft)
    await desk.editing.apply(await desk.editing.review_assert(form, Change("primary_email", taken)))
    await taken_back(desk, await last(desk))
    assert backend.records[SARAH].attributes["first_name"] == old
    count = len(backend.records)
    new = await desk.editing.review_assert(form, Change("primary_email", "d@new.test"))
    await desk.editing.apply(new)
    assert len(backend.records) == count + 1
    await taken_back(desk, await last(desk))
    assert len(backend.records) == count


async def test_an_assert_that_did_not_what_was_expected_is_not_undone(
    desk: Desk, backend: MemoryBackend
) -> None:
    """It was to create, and changed a record that came in between: archiving that would be worse."""
    opened = await desk.made("contact", first_name="Dana", last_name="Reed")
    form = desk.editing.form(opened.schema, opened.draft)
    review = await desk.editing.review_assert(form, Change("primary_email", "d@new.test"))
    changes = [Change("first_name", "Eve"), Change("last_name", "X"), Change("primary_email", "d@new.test")]  # fmt: skip
    await backend.create("contact", changes)
    assert (await desk.editing.apply(review)).is_done
    assert isinstance(await desk.undo.review(await last(desk)), CannotUndo)


async def test_undo_survives_a_restart(backend: MemoryBackend, tmp_path: Path) -> None:
    """The journal's file is all it needs."""
    old = backend.records[SARAH].attributes["title"]
    journal = JournalFile(tmp_path)
    before = desk_at(backend, journal)
    await before.saved(await before.edited(SARAH, title="Chief"))
    journal.close()
    journal = JournalFile(tmp_path)
    after = desk_at(backend, journal)
    await taken_back(after, await last(after))
    journal.close()
    assert backend.records[SARAH].attributes["title"] == old
    assert after.editing.workspace == WORKSPACE
