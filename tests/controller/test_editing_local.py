"""Editing the local CRM: the bytes that arrive, the server's own checks, and what it makes of values."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import pytest

from app.clients.library import httpx
from app.clients.public_v2 import PublicV2Client
from app.controller.applying import LOOKS
from app.domain.edit_draft import editable_text, with_text
from app.domain.edits import Change
from app.domain.journal import IntentState
from app.domain.query import Query
from app.domain.records import Record
from app.domain.review import Ending, Review
from app.server.sample.workspace import write_sample
from tests.controller.edit_desk import Desk, desk_at
from tests.support.faulty_wire import FaultyWire, faulty_workspace


@dataclass(frozen=True, slots=True)
class Local:
    """A desk at the local CRM."""

    desk: Desk
    backend: PublicV2Client
    wire: FaultyWire
    contact: Record

    def arrived(self) -> list[httpx.Request]:
        """Requests that wrote, as the server got them."""
        reads = ("GET",)
        return [
            row
            for row in self.wire.arrived
            if row.method not in reads and not row.url.path.endswith("/_query")
        ]


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample workspace, made once."""
    file = tmp_path_factory.mktemp("editing") / "sample.db"
    write_sample(file, 12)
    return file


@pytest.fixture
async def local(sample_file: Path, tmp_path: Path) -> AsyncIterator[Local]:
    """A desk at a copy of it."""
    file = Path(copyfile(sample_file, tmp_path / "sample.db"))
    async with faulty_workspace(file) as (backend, wire):
        contact = (await backend.query(Query("contact", limit=1))).records[0]
        yield Local(desk_at(backend), backend, wire, contact)


def header_lines(request: httpx.Request) -> set[str]:
    """As a review tells them."""
    return {f"{name}: {value}".casefold() for name, value in request.headers.items()}


async def test_the_review_is_what_arrives(local: Local) -> None:
    """Method, address, body byte for byte, and every header it names but the key."""
    reviews: list[Review] = []
    desk = local.desk
    reviews.append(
        await desk.reviewed(await desk.edited(local.contact.record_id, title="É\u202e\n"))
    )
    assert any(row.startswith("If-Match: ") for row in reviews[0].lines[0].headers)
    reviews.append(await desk.reviewed(await desk.made("note", note_html="<p>x</p>")))
    assert any(row.startswith("Idempotency-Key: ") for row in reviews[1].lines[0].headers)
    reviews.append(await desk.editing.review_archive(local.contact.record_id))
    for review in reviews[:2]:
        assert (await desk.editing.apply(review)).is_done
    reviews[2] = await desk.editing.review_archive(local.contact.record_id)
    assert (await desk.editing.apply(reviews[2])).is_done
    for review, arrived in zip(reviews, local.arrived(), strict=True):
        (line,) = review.lines
        assert (arrived.method, str(arrived.url)) == (line.request.method, line.request.url)
        assert arrived.content == (line.request.body or b"")
        told = {row.casefold() for row in line.headers if not row.startswith("Authorization")}
        assert told <= header_lines(arrived)


async def test_the_count_of_requests_is_the_count_of_requests(local: Local) -> None:
    """The reading before the writing among them."""
    review = await local.desk.reviewed(await local.desk.edited(local.contact.record_id, title="X"))
    before = local.backend.log.sent
    await local.desk.editing.apply(review)
    assert local.backend.log.sent - before == review.request_count == 2


async def test_the_servers_check_is_used(local: Local) -> None:
    """`If-Match` with the mark of what was read; a create carries its intent as idempotency key."""
    desk = local.desk
    await desk.saved(await desk.edited(local.contact.record_id, title="X"))
    assert local.arrived()[0].headers["if-match"] == f'"{local.contact.version}"'
    await desk.saved(await desk.made("note", note_html="<p>x</p>"))
    assert local.arrived()[1].headers["idempotency-key"] == desk.intents()[0].id


async def test_another_change_between_look_and_write_is_looked_at_again(local: Local) -> None:
    """The server refuses the stale mark; another attribute is no clash, so the same body goes out again."""
    desk, target = local.desk, local.contact.record_id

    async def meddle() -> None:
        await local.backend.patch(target, [Change("department", "Theirs")])

    review = await desk.reviewed(await desk.edited(target, title="Mine"))
    local.wire.meanwhile(f"PATCH /contact/{target.id}", meddle)
    (result,) = (await desk.editing.apply(review)).results
    assert result.ending is Ending.SAVED
    assert [row.attribute for row in result.notes] == ["department"]
    now = (await local.backend.read(target)).attributes
    assert (now["title"], now["department"]) == ("Mine", "Theirs")
    assert {row.content for row in local.arrived() if b"title" in row.content} == {
        review.lines[0].request.body
    }


async def test_the_same_change_between_look_and_write_is_a_conflict(local: Local) -> None:
    """Even in the moment that no reading can see, nothing is overwritten."""
    desk, target = local.desk, local.contact.record_id

    async def meddle() -> None:
        await local.backend.patch(target, [Change("title", "Theirs")])

    review = await desk.reviewed(await desk.edited(target, title="Mine"))
    local.wire.meanwhile(f"PATCH /contact/{target.id}", meddle)
    (result,) = (await desk.editing.apply(review)).results
    assert result.ending is Ending.CONFLICT
    assert [(row.mine, row.theirs) for row in result.clashes] == [("Mine", "Theirs")]
    assert (await local.backend.read(target)).attributes["title"] == "Theirs"
    assert desk.intents()[0].state is IntentState.CONFLICT


async def test_a_record_that_never_rests_is_given_up(local: Local) -> None:
    """Refused after a few looks, and the draft is kept."""
    desk, target = local.desk, local.contact.record_id
    names = iter(range(100))

    async def meddle() -> None:
        await local.backend.patch(target, [Change("department", f"D{next(names)}")])

    review = await desk.reviewed(await desk.edited(target, title="Mine"))
    for _ in range(LOOKS):
        local.wire.meanwhile(f"PATCH /contact/{target.id}", meddle)
    applied = await desk.editing.apply(review)
    assert applied.results[0].ending is Ending.REFUSED
    assert applied.draft == review.draft
    assert (await local.backend.read(target)).attributes["title"] != "Mine"


async def test_what_the_server_changed_along_with_it_is_told(local: Local) -> None:
    """What was sent and is held as it was sent is not."""
    desk = local.desk
    applied = await desk.saved(await desk.edited(local.contact.record_id, first_name="Dora"))
    (row,) = applied.results[0].differences
    assert (row.attribute, str(row.new).split()[0]) == ("display_name", "Dora")


async def test_hidden_characters_that_nobody_touched_are_not_sent(local: Local) -> None:
    """And those that were edited go back exactly."""
    desk, target = local.desk, local.contact.record_id
    poison = "a\u202eb\u200b\x1b[31m\\u202e"
    await local.backend.patch(target, [Change("title", poison)])
    opened = await desk.edited(target, department="Sales")
    title = opened.schema.attribute_by_name["title"]
    text = editable_text(title, poison)
    draft = with_text(opened.draft, title, text)
    assert draft.values == {"department": "Sales"}
    await desk.saved(opened)
    assert b"title" not in local.arrived()[-1].content
    opened = await desk.editing.open(target)
    edited = with_text(opened.draft, title, text + "!")
    assert edited.values == {"title": poison + "!"}


async def test_nothing_arrives_that_was_not_applied(local: Local) -> None:
    """Opening, typing, reviewing, looking for duplicates, archives and asserts only read."""
    desk, target = local.desk, local.contact.record_id
    await desk.reviewed(await desk.edited(target, title="X"))
    await desk.editing.review_archive(target)
    opened = await desk.made("contact", first_name="D", last_name="R")
    form = desk.editing.form(opened.schema, opened.draft)
    await desk.editing.review_assert(form, Change("primary_email", "d@r.test"))
    await desk.editing.duplicates(opened.schema, {"primary_email": "d@r.test"})
    assert local.arrived() == []
    assert desk.intents() == ()
