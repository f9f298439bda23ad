"""A plan run: row by row, each noted before it is sent and afterwards, so that no row is ever sent twice.

A record is written only if it still holds what the plan says it held. Where the server offers `If-Match`, the request itself
asks for that and costs one request a row; the record is read again only when the server says that it changed. Elsewhere it
is read first, two requests a row, and a change within that round trip cannot be seen.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import Final

from app.controller.clock import Clock
from app.controller.planning import PlannedRow, before_of, planned_rows, request_of
from app.domain.backend import Backend
from app.domain.equality import is_kept, is_same
from app.domain.errors import (
    BackendError,
    Conflict,
    NotFound,
    RateLimited,
    Unauthorized,
    Unreachable,
    WriteRefused,
)
from app.domain.json_text import dump_json
from app.domain.outcomes import Done, Refused, Unknown, WriteOutcome
from app.domain.plan import Plan, PlanError, PlanRow
from app.domain.plan_progress import (
    PlanCounts,
    ProgressFile,
    RowNote,
    RowState,
    counts_of,
    state_of,
)
from app.domain.records import Record
from app.domain.values import Json

CLAIMED_AHEAD: Final = 16
"""Rows that are noted as being sent in one go, where each costs one request: waiting for the disk takes as long as that.

After a crash so many rows are looked at; those that were not sent are found not to have been.
"""

MOST_LOOKS: Final = 3
"""How often a row is looked at again when the server keeps saying that its record has changed."""

PRECONDITION_FAILED: Final = 412


class Ending(StrEnum):
    """Why a run ended."""

    FINISHED = "finished"
    """No row is left that could be sent."""
    CANARY = "canary"
    """As many rows as were asked for were done."""
    PAUSED = "paused"
    STOPPED = "stopped"
    """A row went wrong."""
    HALTED = "halted"
    """The workspace takes nothing: not reached, or this key not accepted."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """How a run ended."""

    ending: Ending
    counts: PlanCounts
    error: BackendError | None = None
    """Of a run that halted."""


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row in this run."""

    row: PlanRow
    note: RowNote


Tell = Callable[[RowResult, PlanCounts], None]
"""Takes each row that ended, with how far the whole plan is."""


class _Halt(Exception):
    """The workspace takes nothing now."""

    def __init__(self, error: BackendError) -> None:
        super().__init__(error.reason)
        self.error = error


_HALTING: Final = (Unreachable, Unauthorized, RateLimited, WriteRefused)
"""Errors that say nothing of a row: the next one would end in the same way."""


class PlanRun:
    """One plan over one backend and one progress file. `run` may be called again to go on."""

    def __init__(
        self,
        backend: Backend,
        plan: Plan,
        progress: ProgressFile,
        *,
        clock: Clock,
        is_going_on: bool = False,
        at_once: int = 1,
    ) -> None:
        """`is_going_on`: rows that go wrong do not end the run. `at_once`: rows under way together.

        Raises:
            PlanError: for a row that is no request of this backend.
        """
        self._backend = backend
        self._plan = plan
        self._progress = progress
        self._clock = clock
        self._is_going_on = is_going_on
        self._at_once = at_once
        self._rows = planned_rows(backend, plan)
        self._noting = asyncio.Lock()
        self._handing = asyncio.Lock()
        self._claimed: deque[PlannedRow] = deque()
        """Rows that were handed out to nobody yet."""
        self._counts = dict(counts_of(plan.rows, progress.notes).by_state)
        self._ending: Ending | None = None
        self._error: BackendError | None = None
        self._is_guarded = False

    @property
    def counts(self) -> PlanCounts:
        """How far the plan is."""
        return PlanCounts(dict(self._counts))

    @property
    def is_guarded(self) -> bool:
        """Whether the server itself refuses to change a record that changed; known once a run began."""
        return self._is_guarded

    def pause(self) -> None:
        """End the run behind the rows that are under way."""
        self._ending = self._ending or Ending.PAUSED

    async def run(
        self, tell: Tell, *, limit: int | None = None, is_retrying: bool = False
    ) -> RunResult:
        """Send what is to be sent, `limit` rows at most; `is_retrying` takes those that failed as well.

        Rows that may have been sent before are found out about first.

        Raises:
            PlanError: if the progress cannot be kept; nothing is sent that is not noted.
        """
        self._ending = self._error = None
        try:
            await self._ask_features()
            await self._find_out_open(tell)
            await self._send_rows(tell, limit, is_retrying=is_retrying)
        except _Halt as halt:
            self._ending, self._error = Ending.HALTED, halt.error
        await self._lasting()
        ending = self._ending or Ending.FINISHED
        if ending is Ending.PAUSED and next(self._waiting(is_retrying=is_retrying), None) is None:
            ending = Ending.FINISHED
        return RunResult(ending, self.counts, self._error)

    async def _ask_features(self) -> None:
        """Learn whether the server offers `If-Match`."""
        try:
            await self._backend.health()
        except Unreachable as error:
            raise _Halt(error) from None
        except BackendError:
            return
        sample = next((row for row in self._rows if row.row.version is not None), None)
        if sample is not None:
            self._is_guarded = _is_conditional(self._backend, sample, _base_of(sample.row))

    async def _find_out_open(self, tell: Tell) -> None:
        for planned in self._rows:
            if self._ending is not None:
                return
            if state_of(self._progress.notes, planned.row).is_open:
                await self._settle(planned, await self._found_out(planned, "", None), tell)

    async def _send_rows(self, tell: Tell, limit: int | None, *, is_retrying: bool) -> None:
        rest = self._waiting(is_retrying=is_retrying)
        waiting = islice(rest, limit)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(self._at_once):
                    group.create_task(self._work(waiting, tell))
        except* PlanError as errors:
            raise PlanError(str(errors.exceptions[0])) from None
        finally:
            self._release()
        if self._ending is None and next(rest, None) is not None:
            self._ending = Ending.CANARY

    async def _work(self, waiting: Iterator[PlannedRow], tell: Tell) -> None:
        """Send one row after the other, as long as nothing ends the run."""
        while (planned := await self._next(waiting)) is not None:
            try:
                await self._send_row(planned, tell)
            except _Halt as halt:  # the others end what they have under way
                self._ending, self._error = Ending.HALTED, halt.error
                if self._state(planned) is RowState.SENDING:  # its last request was refused
                    await self._add(self._note(planned, RowState.PENDING, halt.error.reason))

    async def _next(self, waiting: Iterator[PlannedRow]) -> PlannedRow | None:
        """The next row; where nothing is looked at before it is sent, it and some behind it are claimed together."""
        async with self._handing:
            if self._ending is not None:
                return None
            if not self._claimed:
                rows = list(islice(waiting, CLAIMED_AHEAD if self._is_guarded else 1))
                if self._is_guarded and rows:
                    await self._claim(rows)
                self._claimed.extend(rows)
            return self._claimed.popleft() if self._claimed and self._ending is None else None

    def _release(self) -> None:
        """Take back the claims of rows that were not sent."""
        rows = [row for row in self._claimed if self._state(row) is RowState.SENDING]
        self._claimed.clear()
        notes = [self._note(row, RowState.PENDING, "It was not sent") for row in rows]
        before = [self._progress.notes.get(row.row.id) for row in rows]
        self._progress.add(notes, is_lasting=False)
        for was, note in zip(before, notes, strict=True):
            self._count(was, note)

    def _waiting(self, *, is_retrying: bool) -> Iterator[PlannedRow]:
        """The rows to send."""
        for planned in self._rows:
            state = self._state(planned)
            if state is RowState.PENDING or (is_retrying and state.is_failed):
                yield planned

    def _state(self, planned: PlannedRow) -> RowState:
        return state_of(self._progress.notes, planned.row)

    # One row

    async def _send_row(self, planned: PlannedRow, tell: Tell) -> None:
        base = _base_of(planned.row) if self._is_guarded else None
        for _ in range(MOST_LOOKS):
            if base is None or base.version is None:
                seen = await self._looked(planned)
                if isinstance(seen, RowNote):
                    await self._settle(planned, seen, tell)
                    return
                base = seen
            if self._state(planned) is not RowState.SENDING:
                await self._claim([planned])
            outcome = await self._send(planned, base)
            if not _is_stale(outcome):
                await self._settle(planned, await self._note_of(planned, outcome), tell)
                return
            base = None
        why = "The record keeps changing while it is looked at"
        await self._settle(planned, self._note(planned, RowState.CONFLICT, why), tell)

    async def _send(self, planned: PlannedRow, base: Record) -> WriteOutcome:
        if planned.is_archive:
            return await self._backend.archive(planned.row.target, base=base)
        return await self._backend.patch(planned.row.target, planned.changes, base=base)

    async def _looked(self, planned: PlannedRow) -> Record | RowNote:
        """The record as it is, if it may be written; else what is to be noted instead."""
        row = planned.row
        try:
            record = await self._backend.read(row.target)
        except NotFound:
            if planned.is_archive:
                return self._note(planned, RowState.SKIPPED, "It is gone already")
            return self._note(planned, RowState.CONFLICT, "It was archived or deleted elsewhere")
        except _HALTING as error:
            raise _Halt(error) from None
        except BackendError as error:
            return self._note(planned, RowState.REFUSED, f"It cannot be read: {error.reason}")
        if planned.is_archive:
            if row.version is not None and record.version != row.version:
                why = "It was changed since the plan was made"
                return self._note(planned, RowState.CONFLICT, why)
            return record
        now = _now(record, planned)
        drifted = [name for name in row.before if not _is_as(now, name, row.before)]
        if all(name in now and is_same(now[name], value) for name, value in planned.after.items()):
            return self._note(planned, RowState.SKIPPED, "It holds this already")
        clashes = [name for name in drifted if not _is_as(now, name, planned.after)]
        if clashes:
            return self._note(planned, RowState.CONFLICT, _drift(clashes[0], now, row))
        return record

    async def _note_of(self, planned: PlannedRow, outcome: WriteOutcome) -> RowNote:
        """What is to be noted of an outcome."""
        match outcome:
            case Done():
                version = None if outcome.record is None else outcome.record.version
                return self._note(planned, RowState.DONE, "", outcome.number, version)
            case Refused(error):
                if isinstance(error, _HALTING):
                    await self._add(self._note(planned, RowState.PENDING, error.reason))
                    raise _Halt(error)
                state = RowState.CONFLICT if _is_gone(error) else RowState.REFUSED
                return self._note(planned, state, _reason(error), error.number)
            case Unknown(error):
                return await self._found_out(planned, error.reason, error.number)

    async def _found_out(self, planned: PlannedRow, why: str, number: int | None) -> RowNote:
        """What became of a row whose answer was lost, by reading its record."""
        lead = f"{why}; " if why else ""
        row = planned.row
        try:
            record = await self._backend.read(row.target)
        except NotFound:
            if planned.is_archive:
                found = f"{lead}found to be archived"
                return self._note(planned, RowState.DONE, found, number)
            gone = f"{lead}the record is gone, so nobody can tell"
            return self._note(planned, RowState.UNKNOWN, gone, number)
        except BackendError as error:
            told = f"{lead}it cannot be found out now: {error.reason}"
            await self._add(self._note(planned, RowState.UNKNOWN, told, number))
            raise _Halt(error) from None
        did_not = f"{lead}found not to have been done"
        is_untouched = row.version is not None and record.version == row.version
        if planned.is_archive or is_untouched:
            return self._not_done(planned, did_not, number, is_told=bool(why))
        now = _now(record, planned)
        if all(_is_as(now, name, row.before) for name in planned.after):
            return self._not_done(planned, did_not, number, is_told=bool(why))
        if all(name in now and is_kept(value, now[name]) for name, value in planned.after.items()):
            found = f"{lead}found to have been done"
            return self._note(planned, RowState.DONE, found, number, record.version)
        unclear = f"{lead}the record holds neither the old nor the new values"
        return self._note(planned, RowState.UNKNOWN, unclear, number)

    def _not_done(
        self, planned: PlannedRow, why: str, number: int | None, *, is_told: bool
    ) -> RowNote:
        """One that failed in this run is told as that; one that an earlier run left may simply be sent."""
        state = RowState.REFUSED if is_told else RowState.PENDING
        return self._note(planned, state, why, number)

    # Noting

    def _note(
        self,
        planned: PlannedRow,
        state: RowState,
        note: str = "",
        number: int | None = None,
        version: str | None = None,
    ) -> RowNote:
        return RowNote(
            row_id=planned.row.id,
            state=state,
            at=self._clock(),
            number=number,
            note=note,
            version=version,
        )

    async def _claim(self, rows: Sequence[PlannedRow]) -> None:
        """Note that rows are about to be sent; with it everything noted before is on the disk."""
        notes = [self._note(planned, RowState.SENDING) for planned in rows]
        before = [self._progress.notes.get(note.row_id) for note in notes]
        async with self._noting:
            await _shielded(lambda: self._progress.add(notes, is_lasting=True))
        for was, note in zip(before, notes, strict=True):
            self._count(was, note)

    async def _settle(self, planned: PlannedRow, note: RowNote, tell: Tell) -> None:
        await self._add(note)
        if not (note.state.is_well or note.state is RowState.PENDING or self._is_going_on):
            self._ending = self._ending or Ending.STOPPED
        tell(RowResult(planned.row, note), self.counts)

    async def _add(self, note: RowNote) -> None:
        """Note what became of a row: behind a kill of the program, and with the next claim behind a power cut."""
        before = self._progress.notes.get(note.row_id)
        async with self._noting:
            self._progress.add([note], is_lasting=False)
        self._count(before, note)

    def _count(self, before: RowNote | None, after: RowNote) -> None:
        was = RowState.PENDING if before is None else before.state
        self._counts[was] = self._counts.get(was, 0) - 1
        self._counts[after.state] = self._counts.get(after.state, 0) + 1

    async def _lasting(self) -> None:
        async with self._noting:
            await _shielded(lambda: self._progress.add([], is_lasting=True))


async def _shielded(work: Callable[[], None]) -> None:
    """Let blocking work run to its end in a thread, also when whoever waits is cancelled."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        raise


def _base_of(row: PlanRow) -> Record | None:
    """The record as the plan was made from it, as far as a condition needs it."""
    return None if row.version is None else Record(row.target, {}, version=row.version)


def _is_conditional(backend: Backend, planned: PlannedRow, base: Record | None) -> bool:
    plain = request_of(backend, planned)
    return request_of(backend, planned, base=base).headers != plain.headers


def _is_stale(outcome: WriteOutcome) -> bool:
    """Whether the server refused because the record is no longer as the request said."""
    return (
        isinstance(outcome, Refused)
        and isinstance(outcome.error, Conflict)
        and outcome.error.status == PRECONDITION_FAILED
    )


def _is_gone(error: BackendError) -> bool:
    """Whether it is the record itself that is not there, and not one that a value points to."""
    return isinstance(error, NotFound) and not any(fault.field for fault in error.faults)


def _now(record: Record, planned: PlannedRow) -> dict[str, Json]:
    try:
        return before_of(record, planned.after)
    except ValueError:  # what cannot be read now was readable when the plan was made
        return {}


def _is_as(now: Mapping[str, Json], name: str, then: Mapping[str, Json]) -> bool:
    """Whether an attribute is as it was said to be; absent and absent are the same."""
    if name not in now or name not in then:
        return name not in now and name not in then
    return is_same(now[name], then[name])


def _drift(name: str, now: Mapping[str, Json], row: PlanRow) -> str:
    then = dump_json(row.before[name])
    found = dump_json(now[name]) if name in now else "not there"
    return f"{name} was {then} when the plan was made and is {found} now"


def _reason(error: BackendError) -> str:
    """What the server said, with the code of each fault."""
    faults = [f"{fault.field or ''} {fault.code}".strip() for fault in error.faults]
    return f"{error.reason} ({', '.join(faults)})" if faults else error.reason
