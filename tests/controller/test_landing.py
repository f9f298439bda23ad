"""Faults between the deck and the local CRM, for every kind of write: each ends in a state that holds, and nothing twice."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from app.clients.public_v2 import PublicV2Client
from app.controller.landing import CannotTell, Landed, Landing, NotLanded, Verdict
from app.domain.edit_draft import with_item, with_link
from app.domain.edits import Change
from app.domain.equality import is_kept
from app.domain.errors import NotFound
from app.domain.journal import EditAction, Intent, IntentKind, IntentState, ItemEdit, LinkEdit
from app.domain.kept_items import edge_of, items_in
from app.domain.merging import base_of
from app.domain.query import Filter, Query
from app.domain.records import Record
from app.domain.review import Ending, Review
from app.domain.values import Json
from app.server.sample.workspace import write_sample
from tests.controller.edit_desk import WORKSPACE, Desk, desk_at
from tests.support.faulty_wire import IS_DONE, Fault, FaultyWire, faulty_workspace

Reviewing = Callable[[Desk, Record], Awaitable[Review]]
"""Makes a review of one line."""


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample workspace, made once."""
    file = tmp_path_factory.mktemp("landing") / "sample.db"
    write_sample(file, 12)
    return file


@pytest.fixture
def file(sample_file: Path, tmp_path: Path) -> Path:
    """A copy that a test can change."""
    return Path(copyfile(sample_file, tmp_path / "sample.db"))


async def a_contact(backend: PublicV2Client) -> Record:
    """A contact with an account and an e-mail address, as it is read."""
    for record in (await backend.query(Query("contact", limit=50))).records:
        links = await backend.links(record.record_id, "accounts")
        if links.links and items_in(record, "contact_emails"):
            return await backend.read(record.record_id)
    raise AssertionError("the sample has no such contact")


async def _create(desk: Desk, _: Record) -> Review:
    return await desk.reviewed(await desk.made("note", note_html="<p>Only once</p>"))


async def _create_unique(desk: Desk, _: Record) -> Review:
    values = {"first_name": "Dana", "last_name": "Once", "primary_email": "Dana@Once.test"}
    return await desk.reviewed(await desk.made("contact", **values))


async def _log(desk: Desk, contact: Record) -> Review:
    values = {
        "subject": "Called once",
        "activity_time": "2026-11-20T10:00:00Z",
        "contact_ids": [contact.record_id.id],
    }
    return await desk.reviewed(await desk.made("activity", **values))  # type: ignore[arg-type]  # JSON


async def _patch(desk: Desk, contact: Record) -> Review:
    return await desk.reviewed(await desk.edited(contact.record_id, title="Changed once"))


async def _archive(desk: Desk, contact: Record) -> Review:
    return await desk.editing.review_archive(contact.record_id)


async def _assert_new(desk: Desk, _: Record) -> Review:
    opened = await desk.made("contact", first_name="Dana", last_name="Asserted")
    form = desk.editing.form(opened.schema, opened.draft)
    return await desk.editing.review_assert(form, Change("primary_email", "dana@asserted.test"))


async def _assert_known(desk: Desk, contact: Record) -> Review:
    opened = await desk.made("contact", first_name="Asserted")
    form = desk.editing.form(opened.schema, opened.draft)
    match = Change("primary_email", str(contact.attributes["primary_email"]))
    return await desk.editing.review_assert(form, match)


async def _item(desk: Desk, contact: Record, action: EditAction) -> Review:
    opened = await desk.editing.open(contact.record_id)
    ((item_id, before), *_) = items_in(contact, "contact_emails").items()
    members: dict[EditAction, dict[str, Json]] = {
        EditAction.ADD: {"email": "Only@Once.test", "is_primary": False},
        EditAction.SET: {"email": "Only@Once.test"},
        EditAction.REMOVE: {},
    }
    is_new = action is EditAction.ADD
    edit = ItemEdit(
        attribute="contact_emails",
        action=action,
        item_id=None if is_new else item_id,
        members=members[action],
        before={} if is_new else before,
    )
    return await desk.reviewed(replace(opened, draft=with_item(opened.draft, edit)))


async def _add_item(desk: Desk, contact: Record) -> Review:
    return await _item(desk, contact, EditAction.ADD)


async def _set_item(desk: Desk, contact: Record) -> Review:
    return await _item(desk, contact, EditAction.SET)


async def _remove_item(desk: Desk, contact: Record) -> Review:
    return await _item(desk, contact, EditAction.REMOVE)


async def _link(desk: Desk, contact: Record, action: EditAction) -> Review:
    opened = await desk.editing.open(contact.record_id)
    links = (await desk.backend.links(contact.record_id, "accounts")).links
    target = links[0].target.id
    if action is EditAction.ADD:
        others = (await desk.backend.query(Query("account", limit=50))).records
        taken = {link.target.id for link in links}
        target = next(row.record_id.id for row in others if row.record_id.id not in taken)
    was = edge_of(links[0])
    edit = LinkEdit(
        relationship="accounts",
        action=action,
        target_type="account",
        target_id=target,
        edge={} if action is EditAction.REMOVE else {"role": "Once"},
        before={} if action is EditAction.ADD else was,
    )
    return await desk.reviewed(replace(opened, draft=with_link(opened.draft, edit)))


async def _add_link(desk: Desk, contact: Record) -> Review:
    return await _link(desk, contact, EditAction.ADD)


async def _set_link(desk: Desk, contact: Record) -> Review:
    return await _link(desk, contact, EditAction.SET)


async def _remove_link(desk: Desk, contact: Record) -> Review:
    return await _link(desk, contact, EditAction.REMOVE)


async def _made(backend: PublicV2Client, review: Review) -> int:
    """New records with the values that were sent."""
    write = review.lines[0].write
    values = write.values
    leaf: tuple[Filter, ...] = ()
    if write.record_type == "activity":
        contact_ids = values["contact_ids"]
        assert isinstance(contact_ids, list)
        leaf = (Filter("contact_id", "eq", contact_ids[0]),)
        values = {"display_name": values["subject"]}
    rows = (await backend.query(Query(write.record_type, leaf, limit=100))).records
    return sum(_holds(base_of(row), values) for row in rows)


async def _changed(backend: PublicV2Client, review: Review) -> int:
    """Whether the record holds the values that were sent."""
    write = review.lines[0].write
    return _holds(base_of(await backend.read(write.owner)), replace(write, match=None).values)


async def _gone(backend: PublicV2Client, review: Review) -> int:
    """Whether the record is archived."""
    try:
        await backend.read(review.lines[0].write.owner)
    except NotFound:
        return 1
    return 0


async def _items_so(backend: PublicV2Client, review: Review) -> int:
    """Items that hold what was sent, or whether the one to remove is gone."""
    write = review.lines[0].write
    items = items_in(await backend.read(write.owner), write.name)
    if write.kind is IntentKind.REMOVE_ITEM:
        return write.target_id not in items
    return sum(_holds(row, {"email": write.values["email"]}) for row in items.values())


async def _links_so(backend: PublicV2Client, review: Review) -> int:
    """Links that carry what was sent, or whether the one to remove is gone."""
    write = review.lines[0].write
    links = (await backend.links(write.owner, write.name)).links
    found = [link for link in links if link.target.id == write.target_id]
    if write.kind is IntentKind.UNLINK:
        return not found
    return sum(link.edge_attributes["role"] == "Once" for link in found)


def _holds(now: Mapping[str, Json], sent: Mapping[str, Json]) -> bool:
    return all(is_kept(value, now.get(name)) for name, value in sent.items())


Effect = Callable[[PublicV2Client, Review], Awaitable[int]]
"""How often the server did what a review was to do; asked without any fault."""

WRITES: dict[str, tuple[Reviewing, Effect]] = {
    "create": (_create, _made),
    "create with a unique value": (_create_unique, _made),
    "log": (_log, _made),
    "patch": (_patch, _changed),
    "archive": (_archive, _gone),
    "assert that creates": (_assert_new, _made),
    "assert that changes": (_assert_known, _changed),
    "add item": (_add_item, _items_so),
    "set item": (_set_item, _items_so),
    "remove item": (_remove_item, _items_so),
    "link": (_add_link, _links_so),
    "patch link": (_set_link, _links_so),
    "unlink": (_remove_link, _links_so),
}
"""Every kind of write, and how its effect is counted."""

MAKING = {"create", "create with a unique value", "log", "assert that creates"}
"""Those that make a record, of which none is ever known not to have been made."""

ATTEMPTS = 3
"""How often the transport sends what provably was not sent."""


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("name", WRITES)
async def test_every_write_survives_every_fault(file: Path, name: str, fault: Fault) -> None:
    """It ends in a state that holds: what is saved is there once, what is refused is not, and nothing is sent twice."""
    reviewing, effect = WRITES[name]
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        review = await reviewing(desk, await a_contact(backend))
        assert not review.faults
        assert await effect(backend, review) == 0
        call = f"{review.lines[0].request.method} {review.lines[0].request.path}"
        wire.plan(call, fault, times=ATTEMPTS if fault is Fault.DOWN else 1)
        (result,) = (await desk.editing.apply(review)).results
        if result.ending is Ending.UNKNOWN:
            assert_found_out(await desk.landing.find_out(desk.intents()[0]), name, fault)
        assert (await desk.editing.apply(review)).results[0].ending is Ending.NOT_SENT
        is_done = fault in IS_DONE or fault is Fault.BUSY
        assert wire.done.count(call) == is_done
        assert await effect(backend, review) == is_done
        state = desk.intents()[0].state
        if is_done:
            assert state is IntentState.SAVED
        else:
            is_open = name in MAKING and fault is not Fault.DOWN
            assert state is (IntentState.UNKNOWN if is_open else IntentState.REFUSED)


def assert_found_out(verdict: Verdict, name: str, fault: Fault) -> None:
    """What was done is found; what was not is known not to be, but for new records, which may still come."""
    if fault in IS_DONE:
        assert isinstance(verdict, Landed), verdict
    elif name in MAKING:
        assert isinstance(verdict, CannotTell), verdict
    else:
        assert isinstance(verdict, NotLanded), verdict


async def lost(desk: Desk, wire: FaultyWire, review: Review, fault: Fault = Fault.LOST) -> Intent:
    """The intent of a review whose answer was lost."""
    request = review.lines[0].request
    wire.plan(f"{request.method} {request.path}", fault)
    assert (await desk.editing.apply(review)).results[0].ending is Ending.UNKNOWN
    return desk.intents()[0]


async def test_it_looks_at_0_2_5_10_and_30_seconds(file: Path) -> None:
    """A request may still be under way: that nothing came is said after half a minute, each look is told."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        intent = await lost(
            desk, wire, await _create(desk, await a_contact(backend)), Fault.DROPPED
        )
        told: list[Verdict] = []
        verdict = await desk.landing.find_out(intent, told.append)
        assert desk.waits == [2, 3, 5, 20]
        assert [type(row) for row in told] == [CannotTell] * 5
        assert "Not found" in verdict.evidence
        assert wire.done.count("POST /note") == 0


async def test_it_stops_looking_when_it_has_landed(file: Path) -> None:
    """The journal has the id of the record then, and what the server made of the values."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        contact = await a_contact(backend)
        verdict = await desk.landing.find_out(
            await lost(desk, wire, await _create_unique(desk, contact))
        )
        assert isinstance(verdict, Landed)
        assert verdict.record is not None
        assert desk.waits == []
        (intent,) = desk.intents()
        assert intent.record_id == verdict.record.record_id.id
        assert "primary_email" in verdict.evidence


async def test_a_late_arrival_is_seen(file: Path) -> None:
    """What was not there at first may come."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        contact = await a_contact(backend)
        intent = await lost(desk, wire, await _patch(desk, contact), Fault.STALLED_BEFORE)
        looks: list[Verdict] = []

        def arrive(verdict: Verdict) -> None:
            looks.append(verdict)

        async def wait(_: float) -> None:
            await backend.patch(contact.record_id, [Change("title", "Changed once")])

        landing = Landing(backend, desk.journal, WORKSPACE, sleep=wait)
        assert isinstance(await landing.find_out(intent, arrive), Landed)
        assert [type(row) for row in looks] == [NotLanded, Landed]


async def test_of_two_that_look_alike_none_is_taken(file: Path) -> None:
    """A person decides; what this journal knows to be another record is left out."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        contact = await a_contact(backend)
        first = await desk.editing.apply(await _create(desk, contact))
        assert first.is_done
        intent = await lost(desk, wire, await _create(desk, contact), Fault.DROPPED)
        assert isinstance(await desk.landing.find_out(intent), CannotTell)
        await backend.create("note", [Change("note_html", "<p>Only once</p>")])
        await backend.create("note", [Change("note_html", "<p>Only once</p>")])
        verdict = await desk.landing.find_out(intent)
        assert isinstance(verdict, CannotTell)
        assert len(verdict.near) == 2


async def test_a_record_that_was_there_before_is_not_the_new_one(file: Path) -> None:
    """Though it holds the unique value and all others."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend, now=datetime.now(UTC) + timedelta(hours=1))
        contact = await a_contact(backend)
        review = await _create_unique(desk, contact)
        await backend.create("contact", review.lines[0].write.changes)
        verdict = await desk.landing.find_out(await lost(desk, wire, review, Fault.DROPPED))
        assert isinstance(verdict, CannotTell)
        assert len(verdict.near) == 1


async def test_values_that_look_alike_before_and_after_cannot_tell(file: Path) -> None:
    """A server that trims would hold the same either way."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        contact = await a_contact(backend)
        await backend.patch(contact.record_id, [Change("title", "Chief")])
        review = await desk.reviewed(await desk.edited(contact.record_id, title="CHIEF"))
        verdict = await desk.landing.find_out(await lost(desk, wire, review, Fault.DROPPED))
        assert isinstance(verdict, CannotTell)
        assert verdict.is_lasting


async def test_values_that_somebody_else_changed_cannot_tell(file: Path) -> None:
    """Neither what was sent nor what was there before."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        contact = await a_contact(backend)
        intent = await lost(desk, wire, await _patch(desk, contact), Fault.DROPPED)
        await backend.patch(contact.record_id, [Change("title", "Theirs")])
        verdict = await desk.landing.find_out(intent)
        assert isinstance(verdict, CannotTell)
        assert verdict.is_lasting
        assert desk.intents()[0].state is IntentState.UNKNOWN


async def test_a_server_that_is_down_leaves_it_unknown(file: Path) -> None:
    """A look that fails tells nothing; the next one may."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        contact = await a_contact(backend)
        intent = await lost(desk, wire, await _patch(desk, contact))
        wire.plan("GET /contact", Fault.DOWN, times=100)
        assert isinstance(await desk.landing.find_out(intent), CannotTell)
        wire.mend()
        assert isinstance(await desk.landing.find_out(desk.intents()[0]), Landed)


async def test_what_has_landed_leaves_its_draft(file: Path) -> None:
    """And what has not can be sent again, on request."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        contact = await a_contact(backend)
        opened = await desk.edited(contact.record_id, title="Changed once")
        await desk.editing.keep(opened.draft)
        intent = await lost(desk, wire, await desk.reviewed(opened), Fault.DROPPED)
        assert isinstance(await desk.landing.find_out(intent), NotLanded)
        assert len(await desk.editing.drafts()) == 1
        intent = await lost(desk, wire, await desk.reviewed(opened))
        assert isinstance(await desk.landing.find_out(intent), Landed)
        assert await desk.editing.drafts() == ()
        assert (await backend.read(contact.record_id)).attributes["title"] == "Changed once"


async def test_after_a_crash_what_was_being_sent_is_found_out(file: Path) -> None:
    """The journal alone knows of it; a create that never left is not sent by anybody."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        contact = await a_contact(backend)
        (line,) = (await _patch(desk, contact)).lines
        intent = Intent(
            id="crashed",
            workspace=WORKSPACE,
            kind=line.write.kind,
            record_type="contact",
            record_id=contact.record_id.id,
            method="PATCH",
            path=line.request.path,
            body=line.request.body,
            before=line.before,
            after=line.after,
        )
        desk.journal.begin_intents([intent]).result()
        assert isinstance(await desk.landing.find_out(desk.intents()[0]), NotLanded)
        assert desk.intents()[0].state is IntentState.REFUSED
        assert not [call for call in wire.done if call.startswith("PATCH")]


async def test_a_create_that_is_given_up_may_be_sent_again(file: Path) -> None:
    """Only because a person says so."""
    async with faulty_workspace(file) as (backend, wire):
        desk = desk_at(backend)
        opened = await desk.made("note", note_html="<p>Only once</p>")
        intent = await lost(desk, wire, await desk.reviewed(opened), Fault.DROPPED)
        assert (await desk.saved(opened)).results[0].ending is Ending.NOT_SENT
        await desk.landing.give_up(intent)
        assert (await desk.saved(opened)).is_done
        assert wire.done.count("POST /note") == 1
