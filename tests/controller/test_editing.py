"""Editing over a workspace in memory: what is reviewed, what is sent, what came of it."""

import asyncio
from dataclasses import replace
from types import MappingProxyType

import pytest

from app.domain.edit_draft import resolved_draft, with_item, with_link, with_text, with_value
from app.domain.edits import UNSET, Change
from app.domain.errors import NotFound, Rejected, ServerFailed, Unreachable
from app.domain.journal import EditAction, IntentKind, IntentState, ItemEdit, LinkEdit
from app.domain.json_text import parse_json
from app.domain.kept_items import items_in
from app.domain.merging import Clash, Side, TheirChange
from app.domain.outcomes import Done
from app.domain.records import RecordId
from app.domain.review import DiffRow, Ending
from app.domain.values import EmailItem, Json, Raw
from tests.controller.edit_desk import Desk, desk_at
from tests.support.backends import START, MemoryBackend
from tests.support.journal import MemoryJournal
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


def changed_elsewhere(backend: MemoryBackend, record_id: RecordId, **values: object) -> None:
    """What somebody else does meanwhile."""
    record = backend.records[record_id]
    attributes = MappingProxyType({**record.attributes, **values})
    backend.records[record_id] = replace(record, attributes=attributes)  # type: ignore[arg-type]  # values


async def test_a_review_shows_one_patch_of_what_changed(desk: Desk) -> None:
    """Method, address, body, the old values beside the new, what undo would send, and the requests it takes."""
    review = await desk.reviewed(await desk.edited(SARAH, title="Chief", sms_consent=True))
    (line,) = review.lines
    assert (line.request.method, line.request.path) == ("PATCH", f"/contact/{SARAH.id}")
    assert parse_json(line.request.body or b"") == {
        "attributes": {"title": "Chief", "sms_consent": True}
    }
    assert [row.attribute for row in line.rows] == ["title", "sms_consent"]
    assert line.undo is not None
    assert parse_json(line.undo.body or b"") == {
        "attributes": {row.attribute: row.old for row in line.rows}
    }
    assert review.request_count == 2
    assert line.reads[0].path == f"/contact/{SARAH.id}"


async def test_what_was_reviewed_is_what_is_sent(desk: Desk, backend: MemoryBackend) -> None:
    """The same method, address and bytes; the journal has them as well."""
    review = await desk.reviewed(await desk.edited(SARAH, title="Chief"))
    applied = await desk.editing.apply(review)
    assert applied.is_done
    assert backend.log.entries[-1].request == review.lines[0].request
    (intent,) = desk.intents()
    assert (intent.body, intent.state) == (review.lines[0].request.body, IntentState.SAVED)
    assert (intent.before["title"], intent.after["title"]) != ("Chief", None)
    assert backend.records[SARAH].attributes["title"] == "Chief"
    assert applied.draft is None


async def test_an_intent_is_noted_before_anything_leaves(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Without a journal nothing is sent."""
    review = await desk.reviewed(await desk.edited(SARAH, title="Chief"))
    assert isinstance(desk.journal, MemoryJournal)
    desk.journal.failure = "disk full"
    sent = len(backend.sent)
    applied = await desk.editing.apply(review)
    assert applied.results[0].ending is Ending.NOT_SENT
    assert "disk full" in applied.results[0].reason
    assert len(backend.sent) == sent


async def test_the_same_review_is_never_sent_twice(desk: Desk, backend: MemoryBackend) -> None:
    """Five times Enter is one POST; the others say that it was sent already."""
    opened = await desk.made("task", title="Call")
    review = await desk.reviewed(opened)
    ends = await asyncio.gather(*(desk.editing.apply(review) for _ in range(5)))
    endings = sorted(row.results[0].ending for row in ends)
    assert endings == [Ending.NOT_SENT] * 4 + [Ending.SAVED]
    assert backend.sent.count("POST /task") == 1
    refused = next(row.results[0] for row in ends if row.results[0].ending is Ending.NOT_SENT)
    assert refused.earlier


async def test_two_reviews_of_one_draft_are_sent_once(desk: Desk, backend: MemoryBackend) -> None:
    """Two windows that show the same draft share the journal."""
    opened = await desk.made("task", title="Call")
    first, second = await desk.reviewed(opened), await desk.reviewed(opened)
    other = desk_at(backend, desk.journal)
    await desk.editing.apply(first)
    assert (await other.editing.apply(second)).results[0].ending is Ending.NOT_SENT
    assert backend.sent.count("POST /task") == 1


async def test_another_attribute_changed_elsewhere_stays_and_is_told(
    desk: Desk, backend: MemoryBackend
) -> None:
    """The body is still only mine."""
    review = await desk.reviewed(await desk.edited(SARAH, title="Chief"))
    old = backend.records[SARAH].attributes["first_name"]
    changed_elsewhere(backend, SARAH, first_name="Sara")
    (result,) = (await desk.editing.apply(review)).results
    assert result.ending is Ending.SAVED
    assert result.notes == (TheirChange("first_name", str(old), "Sara"),)
    now = backend.records[SARAH].attributes
    assert (now["first_name"], now["title"]) == ("Sara", "Chief")


async def test_the_same_attribute_changed_elsewhere_is_asked_about(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Nothing is written; base, mine and theirs are shown; a decision goes through a review of its own."""
    opened = await desk.edited(SARAH, title="Chief")
    base = opened.draft.base["title"]
    changed_elsewhere(backend, SARAH, title="Boss")
    (result,) = (await desk.saved(opened)).results
    assert result.ending is Ending.CONFLICT
    assert result.clashes == (Clash("title", base, "Chief", "Boss"),)
    assert backend.records[SARAH].attributes["title"] == "Boss"
    assert desk.intents()[0].state is IntentState.CONFLICT
    assert result.theirs is not None
    mine = resolved_draft(opened.draft, result.theirs, {"title": Side.MINE})
    review = await desk.reviewed(replace(opened, draft=mine))
    assert review.lines[0].rows == (DiffRow("title", "Boss", "Chief"),)
    assert (await desk.editing.apply(review)).is_done
    assert backend.records[SARAH].attributes["title"] == "Chief"


async def test_a_clash_decided_for_them_sends_nothing(desk: Desk, backend: MemoryBackend) -> None:
    """What is left of the draft changes nothing."""
    opened = await desk.edited(SARAH, title="Chief")
    changed_elsewhere(backend, SARAH, title="Boss")
    (result,) = (await desk.saved(opened)).results
    assert result.theirs is not None
    theirs = resolved_draft(opened.draft, result.theirs, {"title": Side.THEIRS})
    assert (await desk.reviewed(replace(opened, draft=theirs))).is_empty


async def test_the_same_change_made_elsewhere_leaves_nothing_to_send(
    desk: Desk, backend: MemoryBackend
) -> None:
    """It is done, and was not sent."""
    opened = await desk.edited(SARAH, title="Chief")
    changed_elsewhere(backend, SARAH, title="Chief")
    applied = await desk.saved(opened)
    assert applied.results[0].ending is Ending.NOTHING_LEFT
    assert applied.is_done
    assert not [call for call in backend.sent if call.startswith("PATCH")]
    assert desk.intents()[0].state is IntentState.DISCARDED


async def test_a_record_archived_meanwhile_keeps_the_draft(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Refused, with the reason; the draft is in the journal."""
    opened = await desk.edited(SARAH, title="Chief")
    await desk.editing.keep(opened.draft)
    del backend.records[SARAH]
    applied = await desk.saved(opened)
    assert applied.results[0].ending is Ending.REFUSED
    assert isinstance(applied.results[0].error, NotFound)
    assert applied.draft == opened.draft
    assert len(await desk.editing.drafts()) == 1
    assert (await desk.editing.resume(opened.draft.id)).is_gone


async def test_a_saved_draft_ends(desk: Desk) -> None:
    """Only what is not confirmed is kept."""
    opened = await desk.edited(SARAH, title="Chief")
    await desk.editing.keep(opened.draft)
    await desk.saved(opened)
    assert await desk.editing.drafts() == ()


async def test_a_refused_write_says_why_and_keeps_the_draft(
    desk: Desk, backend: MemoryBackend
) -> None:
    """The server's words."""
    backend.fail("PATCH", Rejected("No such value", status=422))
    opened = await desk.edited(SARAH, title="Chief")
    await desk.editing.keep(opened.draft)
    applied = await desk.saved(opened)
    assert (applied.results[0].ending, applied.results[0].reason) == (
        Ending.REFUSED,
        "No such value",
    )
    assert desk.intents()[0].state is IntentState.REFUSED
    assert len(await desk.editing.drafts()) == 1


async def test_a_lost_answer_is_unknown_and_not_sent_again(
    desk: Desk, backend: MemoryBackend
) -> None:
    """The same draft again is refused until it is known what became of it."""
    error = Unreachable("lost")
    error.is_effect_unknown = True
    backend.fail("POST /task", error)
    opened = await desk.made("task", title="Call")
    assert (await desk.saved(opened)).results[0].ending is Ending.UNKNOWN
    assert (await desk.saved(opened)).results[0].ending is Ending.NOT_SENT
    assert backend.sent.count("POST /task") == 1


async def test_a_create_of_unknown_end_is_not_made_again_with_other_words(
    desk: Desk, backend: MemoryBackend
) -> None:
    """One more letter does not make it another record."""
    error = Unreachable("lost")
    error.is_effect_unknown = True
    backend.fail("POST /task", error)
    opened = await desk.made("task", title="Call")
    await desk.saved(opened)
    (result,) = (await desk.saved(desk.changed(opened, title="Call!"))).results
    assert result.ending is Ending.NOT_SENT
    assert [row.state for row in result.earlier] == [IntentState.UNKNOWN]
    assert backend.sent.count("POST /task") == 1


async def test_a_cancelled_write_is_unknown(desk: Desk, backend: MemoryBackend) -> None:
    """In the journal; a cancelled look before it never left."""
    for prefix, state in (
        ("PATCH", IntentState.UNKNOWN),
        (f"GET /contact/{SARAH.id}", IntentState.DISCARDED),
    ):
        review = await desk.reviewed(await desk.edited(SARAH, title="Chief"))
        gate = backend.hold(prefix)
        task = asyncio.create_task(desk.editing.apply(review))
        for _ in range(100):
            if backend.at_once and backend.sent[-1].startswith(prefix):
                break
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        gate.set()
        assert desk.intents()[0].state is state


async def test_a_list_goes_to_its_own_endpoint_and_the_rest_in_one_patch(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Separate lines of the same review."""
    opened = await desk.edited(SARAH, title="Chief")
    members: dict[str, Json] = {"email": "new@acme.test", "is_primary": False}
    edit = ItemEdit(attribute="contact_emails", action=EditAction.ADD, members=members)
    opened = replace(opened, draft=with_item(opened.draft, edit))
    review = await desk.reviewed(opened)
    assert [(line.request.method, line.write.kind) for line in review.lines] == [
        ("PATCH", IntentKind.PATCH),
        ("POST", IntentKind.ADD_ITEM),
    ]
    assert "/attribute/contact_emails" in review.lines[1].request.path
    assert (await desk.editing.apply(review)).is_done
    emails = items_in(backend.records[SARAH], "contact_emails")
    assert "new@acme.test" in [row["email"] for row in emails.values()]


async def test_the_first_line_that_fails_stops_the_rest(desk: Desk, backend: MemoryBackend) -> None:
    """What was done is told and taken out of the draft; what was not stays in it."""
    backend.fail(f"POST /contact/{SARAH.id}/attribute", ServerFailed("no", status=503), times=1)
    opened = await desk.edited(SARAH, title="Chief")
    draft = opened.draft
    for email in ("a@acme.test", "b@acme.test"):
        members: dict[str, Json] = {"email": email, "is_primary": False}
        draft = with_item(
            draft, ItemEdit(attribute="contact_emails", action=EditAction.ADD, members=members)
        )
    await desk.editing.keep(draft)
    applied = await desk.saved(replace(opened, draft=draft))
    assert [row.ending for row in applied.results] == [
        Ending.SAVED,
        Ending.REFUSED,
        Ending.NOT_SENT,
    ]
    assert applied.stopped_at is applied.results[1]
    assert applied.draft is not None
    assert not applied.draft.values
    assert len(applied.draft.items) == 2
    (kept,) = await desk.editing.drafts()
    assert kept.draft.items == applied.draft.items
    again = await desk.saved(replace(opened, draft=applied.draft))
    assert again.is_done
    assert await desk.editing.drafts() == ()


async def test_an_item_changed_elsewhere_is_a_conflict(desk: Desk, backend: MemoryBackend) -> None:
    """And one removed elsewhere needs no removal."""
    opened = await desk.editing.open(SARAH)
    assert opened.record is not None
    ((item_id, before),) = items_in(opened.record, "contact_emails").items()
    edit = ItemEdit(
        attribute="contact_emails",
        action=EditAction.SET,
        item_id=item_id,
        members={"email": "mine@acme.test"},
        before=before,
    )
    review = await desk.reviewed(replace(opened, draft=with_item(opened.draft, edit)))
    theirs = EmailItem(item_id, "theirs@acme.test", is_primary=True)
    changed_elsewhere(backend, SARAH, contact_emails=(theirs,))
    (result,) = (await desk.editing.apply(review)).results
    assert result.ending is Ending.CONFLICT
    assert result.clashes[0].attribute == "contact_emails.email"
    removal = replace(edit, action=EditAction.REMOVE, members={})
    review = await desk.reviewed(replace(opened, draft=with_item(opened.draft, removal)))
    changed_elsewhere(backend, SARAH, contact_emails=())
    assert (await desk.editing.apply(review)).results[0].ending is Ending.NOTHING_LEFT


async def test_another_part_of_an_item_changed_elsewhere_stays(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Parts merge as attributes do; a removal would take both, and asks."""
    opened = await desk.editing.open(SARAH)
    assert opened.record is not None
    ((item_id, before),) = items_in(opened.record, "contact_emails").items()
    edit = ItemEdit(
        attribute="contact_emails",
        action=EditAction.SET,
        item_id=item_id,
        members={"email": "mine@acme.test"},
        before=before,
    )
    removal = replace(edit, action=EditAction.REMOVE, members={})
    change = await desk.reviewed(replace(opened, draft=with_item(opened.draft, edit)))
    remove = await desk.reviewed(replace(opened, draft=with_item(opened.draft, removal)))
    theirs = EmailItem(item_id, str(before["email"]), is_primary=True, labels=("HOME",))
    changed_elsewhere(backend, SARAH, contact_emails=(theirs,))
    assert (await desk.editing.apply(remove)).results[0].ending is Ending.CONFLICT
    assert (await desk.editing.apply(change)).is_done
    (now,) = items_in(backend.records[SARAH], "contact_emails").values()
    assert (now["email"], now["labels"]) == ("mine@acme.test", ["HOME"])


async def test_links_are_lines_of_their_own(desk: Desk, backend: MemoryBackend) -> None:
    """Made with what they carry."""
    opened = await desk.editing.open(SARAH)
    target = uuid_of("account", 3)
    edit = LinkEdit(
        relationship="accounts",
        action=EditAction.ADD,
        target_type="account",
        target_id=target,
        edge={"role": "CTO"},
    )
    applied = await desk.saved(replace(opened, draft=with_link(opened.draft, edit)))
    assert applied.is_done
    links = (await backend.links(SARAH, "accounts")).links
    assert target in [link.target.id for link in links]


async def test_what_stands_against_a_draft_leaves_no_line(desk: Desk) -> None:
    """A text that is no value, and an attribute that is locked."""
    opened = await desk.editing.open(SARAH)
    stage = opened.schema.attribute_by_name["stage"]
    draft = with_text(opened.draft, stage, "nonsense")
    review = await desk.reviewed(replace(opened, draft=draft))
    assert review.is_empty
    assert [fault.field for fault in review.faults] == ["stage"]
    locked = with_value(opened.draft, opened.schema.attribute_by_name["display_name"], "X")
    review = await desk.reviewed(replace(opened, draft=locked))
    assert [fault.code for fault in review.faults] == ["field_not_updatable"]


async def test_a_new_record_needs_what_is_required(desk: Desk) -> None:
    """The API's own code for what is missing; complete, it is one POST."""
    opened = await desk.made("contact", first_name="Dana")
    assert [(row.code, row.field) for row in (await desk.reviewed(opened)).faults] == [
        ("field_required_missing", "last_name")
    ]
    applied = await desk.saved(desk.changed(opened, last_name="Reed"))
    assert applied.is_done
    assert isinstance(applied.results[0].outcome, Done)
    assert desk.intents()[0].record_id == applied.record.record_id.id  # type: ignore[union-attr]  # done


async def test_an_archive_shows_what_hangs_on_the_record(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Counts as far as one page tells, and that there is no way back; then it is gone."""
    review = await desk.editing.review_archive(SARAH)
    assert {row.relationship: row.count for row in review.hanging}.keys() == {
        "accounts",
        "renewals",
    }
    assert any("cannot be undone" in text for text in review.warnings)
    assert review.lines[0].undo is None
    assert (await desk.editing.apply(review)).is_done
    assert SARAH not in backend.records


async def test_an_archive_of_a_record_that_moved_on_is_not_sent(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Whoever archives has seen what is archived."""
    review = await desk.editing.review_archive(SARAH)
    changed_elsewhere(backend, SARAH, title="Boss")
    (result,) = (await desk.editing.apply(review)).results
    assert result.ending is Ending.CONFLICT
    assert SARAH in backend.records


async def test_an_assert_says_which_of_the_two_will_happen(
    desk: Desk, backend: MemoryBackend
) -> None:
    """By a lookup through the unique attribute; only where the API has it."""
    opened = await desk.made("contact", first_name="Dana", last_name="Reed")
    form = desk.editing.form(opened.schema, opened.draft)
    new = await desk.editing.review_assert(form, Change("primary_email", "dana@new.test"))
    assert "created" in new.notes[0]
    taken = backend.records[SARAH].attributes["primary_email"]
    known = await desk.editing.review_assert(form, Change("primary_email", str(taken)))
    assert "changed" in known.notes[0]
    assert [row.old for row in known.lines[0].rows] != [UNSET, UNSET]
    assert (await desk.editing.apply(known)).is_done
    assert backend.records[SARAH].attributes["first_name"] == "Dana"
    task = await desk.made("task", title="Call")
    form = desk.editing.form(task.schema, task.draft)
    assert (await desk.editing.review_assert(form, Change("title", "Call"))).faults


async def test_an_assert_of_a_record_changed_elsewhere_asks(
    desk: Desk, backend: MemoryBackend
) -> None:
    """As a change does."""
    opened = await desk.made("contact", first_name="Dana", last_name="Reed")
    taken = str(backend.records[SARAH].attributes["primary_email"])
    form = desk.editing.form(opened.schema, opened.draft)
    review = await desk.editing.review_assert(form, Change("primary_email", taken))
    changed_elsewhere(backend, SARAH, first_name="Sara")
    assert (await desk.editing.apply(review)).results[0].ending is Ending.CONFLICT


async def test_duplicates_are_found_by_unique_values(desk: Desk, backend: MemoryBackend) -> None:
    """Not the record itself, and nothing by values that many may have."""
    schema = await backend.schema("contact")
    taken = str(backend.records[SARAH].attributes["primary_email"])
    found = await desk.editing.duplicates(schema, {"primary_email": taken, "title": "CTO"})
    assert [record.record_id for record in found] == [SARAH]
    assert await desk.editing.duplicates(schema, {"primary_email": taken}, but=SARAH.id) == ()
    assert await desk.editing.duplicates(schema, {"title": "CTO"}) == ()


async def test_a_kept_draft_is_resumed_with_what_others_did(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Its base stays; what happened since is told."""
    opened = await desk.edited(SARAH, title="Chief")
    await desk.editing.keep(opened.draft)
    changed_elsewhere(backend, SARAH, first_name="Sara")
    resumed = await desk.editing.resume(opened.draft.id)
    assert resumed.draft.values == {"title": "Chief"}
    assert resumed.draft.base == opened.draft.base
    assert resumed.since is not None
    assert [row.attribute for row in resumed.since.notes] == ["first_name"]


async def test_a_read_only_session_refuses_in_the_review() -> None:
    """With the reason of the guard; nothing is sent."""
    backend = small_workspace(is_read_only=True)
    desk = desk_at(backend)
    review = await desk.reviewed(await desk.edited(SARAH, title="Chief"))
    assert review.is_empty
    assert "read-only" in review.faults[0].message


async def test_what_would_not_be_as_reviewed_is_not_sent(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Whatever the cause: only bytes that were seen leave."""
    review = await desk.reviewed(await desk.edited(SARAH, title="Chief"))
    (line,) = review.lines
    seen = replace(line, request=replace(line.request, body=b"{}"))
    (result,) = (await desk.editing.apply(replace(review, lines=(seen,)))).results
    assert result.ending is Ending.NOT_SENT
    assert not [call for call in backend.sent if call.startswith("PATCH")]
    assert desk.intents()[0].state is IntentState.DISCARDED


async def test_a_value_that_cannot_be_read_is_not_written_over(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Locked in the form; and should it have come meanwhile, a person decides."""
    changed_elsewhere(backend, SARAH, title=Raw("?", "odd"))
    opened = await desk.edited(SARAH, title="Chief")
    assert [fault.field for fault in (await desk.reviewed(opened)).faults] == ["title"]
    (result,) = (await desk.saved(replace(opened, record=None))).results
    assert result.ending is Ending.CONFLICT
    assert [row.attribute for row in result.clashes] == ["title"]


async def test_an_assert_that_means_several_records_is_refused(
    desk: Desk, backend: MemoryBackend
) -> None:
    """Before it is sent, in the API's own code."""
    other = RecordId("contact", uuid_of("contact", 2))
    taken = str(backend.records[SARAH].attributes["primary_email"])
    changed_elsewhere(backend, other, primary_email=taken)
    opened = await desk.made("contact", first_name="Dana", last_name="Reed")
    form = desk.editing.form(opened.schema, opened.draft)
    review = await desk.editing.review_assert(form, Change("primary_email", taken))
    assert [fault.code for fault in review.faults] == ["ambiguous_match"]
