"""Sending a review: each line once, noted before it leaves, after a look at what somebody else may have done meanwhile."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from app.controller.sending import kept, prepare, send
from app.domain.backend import Backend
from app.domain.edit_draft import is_changed, without_write
from app.domain.edit_form import unreadable
from app.domain.edits import UNSET
from app.domain.equality import is_same
from app.domain.errors import BackendError, Conflict
from app.domain.journal import (
    AlreadySent,
    AlreadySettled,
    Draft,
    DraftTaken,
    Intent,
    IntentKind,
    IntentState,
    Journal,
    JournalFailed,
    NotInJournal,
    Settlement,
)
from app.domain.kept_items import items_in
from app.domain.merging import Clash, Merge, base_of, merge
from app.domain.outcomes import Did, Done, Refused, Unknown, WriteOutcome
from app.domain.planned import BODY_KINDS, ITEM_KINDS, PlannedWrite, item_of, kept_item
from app.domain.records import Record
from app.domain.review import Applied, Ending, LineResult, Review, ReviewLine, differences
from app.domain.values import Json

LOOKS: Final = 3
"""How often a record is read again for one write, when it changes between the reading and the writing."""

RECENT: Final = 500
"""Intents among which an earlier create of the same draft is looked for."""

_MAKING: Final = (IntentKind.CREATE, IntentKind.ASSERT)

_PRECONDITION_FAILED: Final = 412

_DONE: Final = (Ending.SAVED, Ending.NOTHING_LEFT)

_STATES: Final = {
    Ending.SAVED: IntentState.SAVED,
    Ending.NOTHING_LEFT: IntentState.DISCARDED,
    Ending.REFUSED: IntentState.REFUSED,
    Ending.CONFLICT: IntentState.CONFLICT,
    Ending.UNKNOWN: IntentState.UNKNOWN,
    Ending.NOT_SENT: IntentState.DISCARDED,
}


@dataclass(frozen=True, slots=True)
class _Look:
    """A record as it was read right before a write, and what that means for it; a `stop` keeps it from leaving."""

    record: Record | None = None
    merge: Merge | None = None
    stop: LineResult | None = None


class Applier:
    """Sends reviews. No line is ever sent twice, not even by two crmdecks that share a journal."""

    def __init__(self, backend: Backend, journal: Journal, new_id: Callable[[], str]) -> None:
        self._backend = backend
        self._journal = journal
        self._new_id = new_id

    async def apply(self, review: Review) -> Applied:
        """Send the lines in their order, and stop at the first that is not done.

        A cancelled line ends in the journal as unknown, or as never sent.
        """
        results: list[LineResult] = []
        draft = review.draft
        for line in review.lines:
            if results and results[-1].ending not in _DONE:
                reason = "It was not sent, because the line before it was not done."
                unsent = LineResult(line=line, ending=Ending.NOT_SENT, reason=reason)
                results.append(replace(unsent, is_claimed=False))
                continue
            result = await self._send_once(review, line, draft)
            if draft is not None and result.ending in _DONE:
                draft = await self._kept_rest(draft, result)
            results.append(await self._settled(result))
        return Applied(review, tuple(results), draft)

    async def _send_once(self, review: Review, line: ReviewLine, draft: Draft | None) -> LineResult:
        """Claim, look, send."""
        intent = _intent(review, line, draft)
        try:
            await self._check_no_open_create(intent)
            await self._begin(intent)
        except AlreadySent as error:
            return LineResult(
                line=line,
                ending=Ending.NOT_SENT,
                reason=str(error),
                earlier=error.intents,
                is_claimed=False,
            )
        except JournalFailed as error:
            reason = f"It was not sent, because it could not be noted first: {error}"
            return LineResult(line=line, ending=Ending.NOT_SENT, reason=reason, is_claimed=False)
        return await self._look_and_send(line)

    async def _check_no_open_create(self, intent: Intent) -> None:
        """Raise AlreadySent while an earlier create of the same draft may have been done, whatever its bytes were."""
        if intent.kind not in _MAKING or intent.draft_id is None:
            return
        rows = await kept(self._journal.recent(intent.workspace, RECENT))
        same = [row for row in rows if row.draft_id == intent.draft_id and row.kind in _MAKING]
        still_open = [row for row in same if not row.state.is_final]
        if still_open:
            raise AlreadySent(still_open)

    async def _begin(self, intent: Intent) -> None:
        """Claim an intent. Raises AlreadySent, JournalFailed."""
        try:
            await kept(self._journal.begin_intents([intent]))
        except asyncio.CancelledError:
            self._note_end(intent.id, IntentState.DISCARDED, "It was cancelled before it left.")
            raise

    async def _look_and_send(self, line: ReviewLine) -> LineResult:
        result = await self._once(line)
        for _ in range(LOOKS - 1):
            if not _has_moved(result):
                return result
            result = await self._once(line)
        return result

    async def _once(self, line: ReviewLine) -> LineResult:
        """Read the record again where that tells anything, and send."""
        try:
            look = await self._look(line)
        except BackendError as error:
            reason = f"It was not sent, because the record could not be read again: {error.reason}"
            return LineResult(line=line, ending=Ending.REFUSED, reason=reason, error=error)
        except asyncio.CancelledError:
            self._note_end(line.id, IntentState.DISCARDED, "It was cancelled before it left.")
            raise
        if look.stop is not None:
            return look.stop
        return await self._send(line, look)

    async def _look(self, line: ReviewLine) -> _Look:
        """What somebody else did since the review was made. Raises BackendError."""
        write = line.write
        if not write.is_reread:
            return _Look()
        record = await self._backend.read(write.owner)
        if write.kind in ITEM_KINDS:
            return _look_at_item(line, record)
        return _look_at_record(line, record)

    async def _send(self, line: ReviewLine, look: _Look) -> LineResult:
        write, base = line.write, look.record
        request = prepare(self._backend, write, intent=line.id, base=base)
        if (request.method, request.url, request.body) != _bytes(line):
            reason = "It was not sent, because it would not be what was reviewed."
            return LineResult(line=line, ending=Ending.NOT_SENT, reason=reason, theirs=base)
        try:
            outcome = await send(self._backend, write, intent=line.id, base=base)
        except asyncio.CancelledError:
            self._note_end(line.id, IntentState.UNKNOWN, "It was cancelled before the answer came.")
            raise
        result = LineResult(
            line=line,
            ending=_ENDINGS[type(outcome)],
            outcome=outcome,
            sent=request,
            theirs=look.record,
            notes=() if look.merge is None else look.merge.notes,
        )
        if isinstance(outcome, Refused | Unknown):
            return replace(result, reason=outcome.error.reason, error=outcome.error)
        return _with_differences(result, outcome, look)

    async def _settled(self, result: LineResult) -> LineResult:
        """Note how a line ended; a journal that cannot be written changes nothing of what happened."""
        if not result.is_claimed:
            return result
        try:
            await kept(self._journal.settle(result.line.id, _settlement(result)))
        except (JournalFailed, NotInJournal, AlreadySettled) as error:
            words = f"{result.reason} The journal could not note how it ended: {error}"
            return replace(result, reason=words.strip())
        return result

    def _note_end(self, intent_id: str, state: IntentState, note: str) -> None:
        """Note an end without waiting for it: whoever calls this is being cancelled."""
        self._journal.settle(intent_id, Settlement(state, note=note))

    async def _kept_rest(self, draft: Draft, result: LineResult) -> Draft | None:
        """What is left of a draft once a line of it was made, kept under an id of its own before the draft ends.

        A crash in between leaves a draft too many, never one too few.
        """
        left = without_write(draft, result.line.write, result.record)
        if not is_changed(left):
            return None
        left = replace(left, id=self._new_id(), saved_at=None)
        with suppress(DraftTaken, JournalFailed):  # the journal tells of its failures itself
            await kept(self._journal.save_draft(left))
        return left


_ENDINGS: Final[dict[type[WriteOutcome], Ending]] = {
    Done: Ending.SAVED,
    Refused: Ending.REFUSED,
    Unknown: Ending.UNKNOWN,
}


def _intent(review: Review, line: ReviewLine, draft: Draft | None) -> Intent:
    write, request = line.write, line.request
    return Intent(
        id=line.id,
        workspace=review.workspace,
        kind=write.kind,
        record_type=write.record_type,
        record_id=write.record_id,
        title=review.title,
        method=request.method,
        path=request.path,
        body=request.body,
        before=line.before,
        after=line.after,
        undo_of=review.undo_of,
        draft_id=None if draft is None else draft.id,
    )


def _bytes(line: ReviewLine) -> tuple[str, str, bytes | None]:
    return line.request.method, line.request.url, line.request.body


def _has_moved(result: LineResult) -> bool:
    """Whether the server refused because the record changed between our reading and our writing."""
    error = result.error
    is_refused = result.ending is Ending.REFUSED and result.line.write.is_reread
    return is_refused and isinstance(error, Conflict) and error.status == _PRECONDITION_FAILED


def _look_at_record(line: ReviewLine, record: Record) -> _Look:
    """Whether attributes can be written without running over somebody else's changes."""
    write, theirs = line.write, base_of(record)
    mine = {} if write.kind is IntentKind.ARCHIVE else _plain_values(write)
    found = merge(line.base, mine, theirs)
    veiled = tuple(
        Clash(name, line.base.get(name, UNSET), mine[name], UNSET)
        for name in unreadable(record)
        if name in found.to_send
    )
    clashes = (*found.clashes, *veiled)
    stop = LineResult(
        line=line,
        ending=Ending.CONFLICT,
        theirs=record,
        clashes=clashes,
        notes=found.notes,
        agreed=found.agreed,
        record=record,
    )
    if clashes:
        names = ", ".join(row.attribute for row in clashes)
        return _Look(stop=replace(stop, reason=f"Somebody else changed {names} meanwhile."))
    if write.kind is IntentKind.ARCHIVE:
        reason = "Somebody else changed the record since it was shown."
        return _Look(stop=replace(stop, reason=reason)) if found.notes else _Look(record, found)
    if found.agreed and not found.to_send:
        reason = "Somebody else did the same meanwhile: nothing is left to send."
        return _Look(stop=replace(stop, ending=Ending.NOTHING_LEFT, reason=reason))
    if found.agreed:
        names = ", ".join(found.agreed)
        reason = f"Somebody else gave {names} the same value meanwhile: review what is left."
        return _Look(stop=replace(stop, reason=reason))
    return _Look(record, found)


def _plain_values(write: PlannedWrite) -> dict[str, Json]:
    """What is written, without what an assert finds its record by."""
    return replace(write, match=None).values


def _look_at_item(line: ReviewLine, record: Record) -> _Look:
    """Whether an item still is as it was shown: of one that is removed all of it, else what is written."""
    write = line.write
    noted = item_of(line.before)
    was = {} if noted is None else noted.members
    now = items_in(record, write.name).get(write.target_id or "")
    stop = LineResult(line=line, ending=Ending.CONFLICT, theirs=record, record=record)
    if now is None and write.kind is IntentKind.REMOVE_ITEM:
        reason = "Somebody else removed it meanwhile: nothing is left to send."
        return _Look(stop=replace(stop, ending=Ending.NOTHING_LEFT, reason=reason))
    if now is None:
        return _Look(stop=replace(stop, reason="Somebody else removed the item meanwhile."))
    clashes = tuple(
        Clash(f"{write.name}.{name}", value, write.values.get(name), now.get(name, UNSET))
        for name, value in was.items()
        if (name in write.values or write.kind is IntentKind.REMOVE_ITEM)
        and not is_same(value, now.get(name, UNSET))
    )
    if clashes:
        return _Look(
            stop=replace(stop, clashes=clashes, reason="Somebody else changed the item meanwhile.")
        )
    return _Look(record)


def _with_differences(result: LineResult, done: Done, look: _Look) -> LineResult:
    """What the server made of it, where its answer holds the record."""
    if done.record is None:
        return result
    found = base_of(done.record)
    before = {} if look.record is None else base_of(look.record)
    sent = _plain_values(result.line.write)
    return replace(result, record=done.record, differences=differences(sent, before, found))


def _settlement(result: LineResult) -> Settlement:
    """What a journal notes of a line that has ended."""
    note, state = result.reason, _STATES[result.ending]
    if not isinstance(result.outcome, Done):
        number = None if result.error is None else result.error.number
        is_done = result.ending is Ending.NOTHING_LEFT
        return Settlement(state, number, note, ends_draft=is_done)
    done = result.outcome
    record_id = None if done.record is None else done.record.record_id.id
    after = _after(result.line, done)
    return Settlement(state, done.number, done.action.value, record_id, after, ends_draft=True)


def _after(line: ReviewLine, done: Done) -> dict[str, Json] | None:
    """What was written, as the answer says it; nothing where an assert did what nobody expected."""
    write = line.write
    if write.kind is IntentKind.ASSERT:
        expected = Did.CREATED if write.record_id is None else Did.UPDATED
        if done.action is not expected:
            return {}
    if write.kind in BODY_KINDS and done.record is not None:
        found = base_of(done.record)
        return {name: found.get(name, value) for name, value in line.after.items()}
    if write.kind is IntentKind.ADD_ITEM and isinstance(done.item, dict):
        item_id = done.item.get("id") or done.item.get("domain_name")
        members = {name: done.item.get(name, value) for name, value in write.values.items()}
        return kept_item(write.name, item_id if isinstance(item_id, str) else None, members)
    return None
