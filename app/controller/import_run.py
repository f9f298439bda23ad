"""Importing: the rows of a file sent one by one, so that whatever ends the program, no record is made twice.

Before a create is sent, the file of results says so, on the disk. A later run looks for the record of such a row: by the
value it is matched by, else by a unique value of it. Where the server tells a repeated request from a second one, the row
is then sent under the key it was sent with. A row nobody can tell of is reported as unknown and left alone.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import islice
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from app.controller.pages import Pages
from app.controller.seen_ids import SeenIds
from app.domain.backend import Backend
from app.domain.capabilities import Action
from app.domain.edits import Change, Unset, write_json
from app.domain.equality import is_kept
from app.domain.errors import (
    BackendError,
    Forbidden,
    NotAllowed,
    RateLimited,
    ServerFailed,
    Unauthorized,
    Unreachable,
    WriteRefused,
)
from app.domain.import_plan import ImportPlan, Match
from app.domain.import_results import (
    SETTLED,
    ImportHeading,
    ImportRecord,
    ResultFile,
    RowOutcome,
    RowResult,
)
from app.domain.import_source import SourceFile, SourceRow
from app.domain.importing import CellFault, ImportRow, read_row, required_faults
from app.domain.lint import lint_write
from app.domain.operators import OperatorName, fold
from app.domain.outcomes import Did, Done, Refused, Unknown, WriteOutcome
from app.domain.pasted import held_values
from app.domain.query import Filter, Query
from app.domain.record_formats import csv_cell
from app.domain.records import Record, RecordId
from app.domain.requests import PreparedRequest
from app.domain.values import Json

BATCH: Final = 100
"""Rows that are read, and looked up, together."""

FAULTS_KEPT: Final = 1_000
"""Faults a survey tells of; beyond them they are counted."""

EARLIER: Final = timedelta(minutes=5)
"""How much older than its sending a new record may say that it is: clocks differ."""

KEY_LASTS: Final = timedelta(hours=24)
"""How long a server knows an `Idempotency-Key`. Source: RELIABILITY 5.2."""

ONCE: Final = "idempotency-key"
"""What a server calls it that it offers this."""

STOPPING: Final = (
    Unreachable, Unauthorized, Forbidden, NotAllowed, RateLimited, ServerFailed, WriteRefused,
)  # fmt: skip
"""Refusals that say nothing of a row: the next one would end the same."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far an import is."""

    rows: int
    """Rows come to."""
    words: str
    """What became of them."""


Tell = Callable[[ImportProgress], None]
"""Takes the progress after each batch."""

Note = Callable[[RowResult], None]
"""Takes the outcome of each row."""


def _nobody(_: RowResult) -> None:
    """Tell nobody."""


@dataclass(slots=True)
class Survey:
    """What is in a file, as far as the file alone tells."""

    rows: int = 0
    bad_rows: int = 0
    faults: list[tuple[int, CellFault]] = field(default_factory=list)
    """The first of them, each with the number of its row."""


@dataclass(slots=True)
class _Found:
    """What existing records a batch's values belong to, by folded value."""

    records: dict[str, list[Record]] = field(default_factory=dict)

    def of(self, value: str | None) -> list[Record]:
        return self.records.get(fold(value), []) if value is not None else []


class ImportRun:
    """One import of one file by one plan."""

    def __init__(
        self,
        backend: Backend,
        plan: ImportPlan,
        source: SourceFile,
        clock: Callable[[], datetime],
        *,
        fixes: "dict[int, dict[str, str]] | None" = None,
        limit: int | None = None,
    ) -> None:
        """`fixes` are texts in the place of cells, by row and column; only the first `limit` rows are looked at."""
        self._backend = backend
        self._plan = plan
        self._source = source
        self._clock = clock
        self._fixes = fixes if fixes is not None else {}
        self._limit = limit
        self._seen: dict[str, SeenIds] = {}
        self._is_once_offered = False
        self.samples: dict[RowOutcome, PreparedRequest] = {}
        """The first request of each kind that a rehearsal met."""

    # What the file alone tells

    def rows(self) -> Iterator[ImportRow]:
        """The rows with all that is wrong with them by themselves. Blocks. Raises `CannotImport`."""
        self._seen = {}
        for row in islice(self._source.rows(), self._limit):
            yield self._read(row)

    def _read(self, source: SourceRow) -> ImportRow:
        row = read_row(self._plan, source, self._fixes.get(source.number))
        faults = [*row.faults, *self._repeated(row)]
        if self._plan.match is None and source.fault is None:
            faults += required_faults(self._plan, row)
        return ImportRow(row.source, row.changes, row.match, tuple(faults))

    def _repeated(self, row: ImportRow) -> Iterator[CellFault]:
        """Unique values that an earlier row has too."""
        match = self._plan.match
        values: list[tuple[str, str | None, str | None]] = []
        if match is not None:
            values.append(("match", self._plan.match_column, row.match))
        columns = {attribute.api_name: name for name, attribute in self._plan.written.items()}
        attributes = self._plan.record_type.attribute_by_name
        for change in row.changes:
            column = columns[change.attribute]
            is_unique = attributes[change.attribute].is_unique
            if (
                is_unique
                and column != self._plan.match_column
                and isinstance(change.value, str | int)
            ):
                values.append((change.attribute, column, str(change.value)))
        for key, where, value in values:
            if value and not self._seen.setdefault(key, SeenIds()).add(_digest(value)):
                why = "stands in an earlier row too; only one record can have it"
                yield CellFault(row.source.line, where, value, why, "duplicate_in_file")

    async def survey(self, tell: Callable[[Survey], None]) -> Survey:
        """Read the file through and say what is wrong with it. Nothing is sent. Raises `CannotImport`."""
        survey = Survey()
        async for batch in self._batches():
            for row in batch:
                survey.rows += 1
                survey.bad_rows += bool(row.faults)
                room = FAULTS_KEPT - len(survey.faults)
                survey.faults += [(row.source.number, fault) for fault in row.faults[:room]]
            tell(survey)
        return survey

    async def heading(self, workspace: str) -> ImportHeading:
        """What the results of this import are of. Raises `CannotImport`."""
        fingerprint = await asyncio.to_thread(self._source.fingerprint)
        return ImportHeading(workspace, fingerprint, self._plan.identity, self._fixes)

    async def _batches(self) -> AsyncIterator[Sequence[ImportRow]]:
        rows = self.rows()
        while batch := await asyncio.to_thread(lambda: list(islice(rows, BATCH))):
            yield batch

    # What would be done

    async def rehearse(self, tell: Tell, note: Note = _nobody) -> ImportRecord:
        """What a run would do, by reading alone: existing records are looked up where the plan matches.

        `samples` then has the first request of each kind; `note` takes the outcome of each row.

        Raises:
            BackendError, CannotImport: as reading does.
        """
        record = ImportRecord()
        async for batch in self._batches():
            found = await self._look_up(batch)
            for row in batch:
                result = self._rehearsed(row, found.of(row.match))
                record.note(result)
                note(result)
            tell(ImportProgress(record.done, record.words))
        return record

    def _rehearsed(self, row: ImportRow, found: Sequence[Record]) -> RowResult:
        bad = self._bad(row, found)
        if bad is not None:
            return bad
        if not found:
            if RowOutcome.CREATED not in self.samples:
                self.samples[RowOutcome.CREATED] = self._prepared(row)
            return _result(row, RowOutcome.CREATED)
        record_id, changes = found[0].record_id, self._differences(row, found[0])
        if changes and RowOutcome.UPDATED not in self.samples:
            self.samples[RowOutcome.UPDATED] = self._backend.prepare_patch(record_id, changes)
        outcome = RowOutcome.UPDATED if changes else RowOutcome.UNCHANGED
        return _result(row, outcome, record_id.id)

    def _prepared(self, row: ImportRow) -> PreparedRequest:
        """The request that would make a row's record."""
        name, by = self._plan.record_type.api_name, self._asserted(row)
        if by is not None:
            return self._backend.prepare_assert_record(name, by, row.changes)
        return self._backend.prepare_create(name, row.changes)

    def _bad(self, row: ImportRow, found: Sequence[Record]) -> RowResult | None:
        """Why a row cannot be sent, if it cannot."""
        faults = [*row.faults]
        match = self._plan.match
        if not faults and len(found) > 1:
            why = f"{len(found)} records have this {match.name if match else ''}"
            faults = [
                CellFault(
                    row.source.line,
                    self._plan.match_column,
                    row.match or "",
                    why,
                    "ambiguous_match",
                )
            ]
        if not faults:
            if found:
                changes, actions = self._differences(row, found[0]), [Action.PATCH]
            elif match is not None and match.name == "id":
                why = "no record has this id"
                faults = [
                    CellFault(
                        row.source.line,
                        self._plan.match_column,
                        row.match or "",
                        why,
                        "record_not_found",
                    )
                ]
                changes, actions = (), []
            else:
                changes, actions = row.changes, [Action.CREATE]
                faults += required_faults(self._plan, row)
            faults += [
                CellFault(row.source.line, fault.field, "", fault.message, fault.code)
                for fault in lint_write(
                    self._backend.resources,
                    self._plan.record_type,
                    changes,
                    actions,
                    is_read_only=False,
                )
                if actions and fault.code != "field_required_missing"
            ]
        if not faults:
            return None
        return _result(row, RowOutcome.BAD, None, faults[0].code, "; ".join(map(str, faults)))

    def _differences(self, row: ImportRow, record: Record) -> tuple[Change, ...]:
        """What the record does not hold yet; an exported cell that still says what the record holds changes nothing."""
        columns = {attribute.api_name: name for name, attribute in self._plan.written.items()}
        return tuple(
            change
            for change in row.changes
            if not self._holds(record, change, row.source.cells.get(columns[change.attribute]))
        )

    def _holds(self, record: Record, change: Change, cell: Json) -> bool:
        attribute = self._plan.record_type.attribute_by_name[change.attribute]
        if isinstance(cell, str) and cell == csv_cell(record, attribute, is_guarded=False):
            return True
        return _is_held(record, change)

    # Existing records

    async def _look_up(
        self, batch: Sequence[ImportRow], record: ImportRecord | None = None
    ) -> _Found:
        """The records that the rows are matched by; rows that are settled are not asked for."""
        match, found = self._plan.match, _Found()
        if match is None:
            return found
        values = {
            row.match: None
            for row in batch
            if row.match is not None
            and not row.faults
            and (record is None or record.outcome(row.source.number) not in SETTLED)
        }
        if values:
            for existing in await self._having(match, [*values]):
                for value in _held(match, existing):
                    found.records.setdefault(value, []).append(existing)
        return found

    async def _having(self, match: Match, values: list[str]) -> list[Record]:
        operand: list[Json] = [*values]
        filters = (Filter(match.attribute.api_name, OperatorName.IN, operand),)
        pages = Pages(self._backend, Query(self._plan.record_type.api_name, filters))
        return [record async for page in pages.read() for record in page]

    # Doing it

    async def run(
        self, results: ResultFile, record: ImportRecord, heading: ImportHeading, tell: Tell
    ) -> ImportRecord:
        """Send every row that is not settled in `record`, which takes the results in.

        Raises:
            BackendError: for what would end every further row the same; it is not a result of the row it came with.
            CannotImport: if the file cannot be read, or a result not be written; nothing is sent then.
        """
        health = await self._backend.health()
        self._is_once_offered = ONCE in health.features
        async for batch in self._batches():
            found = await self._look_up(batch, record)
            for row in batch:
                if record.outcome(row.source.number) not in SETTLED:
                    await self._import(row, found.of(row.match), results, record, heading)
            tell(ImportProgress(record.done, record.words))
        return record

    async def _import(
        self,
        row: ImportRow,
        found: Sequence[Record],
        results: ResultFile,
        record: ImportRecord,
        heading: ImportHeading,
    ) -> None:
        async def note(result: RowResult, *, is_lasting: bool = False) -> None:
            await asyncio.to_thread(results.write, result, is_lasting=is_lasting)
            record.note(result)

        earlier = record.open.get(row.source.number)
        if earlier is not None:
            settled = await self._settle(row, earlier, found)
            if settled is not None:
                await note(settled)
                return
        bad = self._bad(row, found)
        if bad is not None:
            await note(bad)
        elif found:
            await note(await self._patch(row, found[0]))
        else:
            sending = earlier
            if sending is None:
                intent = self._intent(row, heading)
                sending = _result(row, RowOutcome.SENDING, intent=intent, at=self._clock())
                await note(sending, is_lasting=True)
            try:
                await note(await self._create(row, sending))
            except STOPPING:
                if earlier is None:
                    await note(_result(row, RowOutcome.NOT_SENT))
                raise

    async def _patch(self, row: ImportRow, existing: Record) -> RowResult:
        changes = self._differences(row, existing)
        if not changes:
            return _result(row, RowOutcome.UNCHANGED, existing.record_id.id)
        outcome = await self._backend.patch(existing.record_id, changes, base=existing)
        if isinstance(outcome, Unknown) and await self._holds_all(existing.record_id, changes):
            return _result(row, RowOutcome.UPDATED, existing.record_id.id)
        return _ended(row, outcome, existing.record_id.id)

    async def _holds_all(self, record_id: RecordId, changes: Sequence[Change]) -> bool:
        """Whether a record is as a change whose answer was lost would have made it."""
        try:
            now = await self._backend.read(record_id)
        except BackendError:
            return False
        return all(_is_held(now, change) for change in changes)

    async def _create(self, row: ImportRow, sending: RowResult) -> RowResult:
        """Raises one of `STOPPING`, if nothing was done."""
        outcome = await self._send(row, sending.intent)
        if isinstance(outcome, Unknown):
            try:
                landed = await self._find_new(row, sending)
            except BackendError:
                landed = None
            if landed is not None:
                return _result(row, RowOutcome.CREATED, landed.record_id.id)
        return _ended(row, outcome, None, intent=sending.intent, at=sending.at)

    async def _send(self, row: ImportRow, intent: str | None) -> WriteOutcome:
        name, by = self._plan.record_type.api_name, self._asserted(row)
        if by is not None:
            return await self._backend.assert_record(name, by, row.changes, intent=intent)
        return await self._backend.create(name, row.changes, intent=intent)

    def _asserted(self, row: ImportRow) -> Change | None:
        """What a row is matched by where the type has `_assert`: a record that came meanwhile is changed, not doubled."""
        match = self._plan.match
        rule = self._backend.resources.capability(self._plan.record_type.api_name, Action.ASSERT)
        if match is None or row.match is None or not rule.is_open:
            return None
        return Change(match.name, row.match)

    def _intent(self, row: ImportRow, heading: ImportHeading) -> str:
        """The key of a row's create: the same whenever the same file is imported in the same way."""
        fixes = sorted(self._fixes.get(row.source.number, {}).items())
        words = (heading.workspace, heading.fingerprint, heading.plan, row.source.number, fixes)
        return str(uuid5(NAMESPACE_URL, "\n".join(map(str, words))))

    # What became of a create whose end nobody saw

    async def _settle(
        self, row: ImportRow, earlier: RowResult, found: Sequence[Record]
    ) -> RowResult | None:
        """What became of it; `None` if it may be sent again under its key. Raises `BackendError`."""
        if len(found) == 1:
            outcome = (
                RowOutcome.UPDATED if self._is_older(found[0], earlier) else RowOutcome.CREATED
            )
            if not self._differences(row, found[0]):
                return _result(row, outcome, found[0].record_id.id)
            return None  # it is there and not as the row says: a change, as for any other
        landed = await self._find_new(row, earlier)
        if landed is not None:
            return _result(row, RowOutcome.CREATED, landed.record_id.id)
        is_known = earlier.at is not None and self._clock() - earlier.at < KEY_LASTS
        if self._is_once_offered and earlier.intent is not None and is_known:
            return None
        why = "it was being sent when the import ended, and was not found"
        return _result(row, RowOutcome.UNKNOWN, why=why, intent=earlier.intent, at=earlier.at)

    def _is_older(self, existing: Record, sending: RowResult) -> bool:
        """Whether a record was there before a create was sent; clocks differ."""
        if existing.created_at is None or sending.at is None:
            return False
        return existing.created_at < sending.at - EARLIER

    async def _find_new(self, row: ImportRow, sending: RowResult) -> Record | None:
        """The new record that a create made, by a unique value of it. Raises `BackendError`."""
        schema = self._plan.record_type
        for change in row.changes:
            attribute = schema.attribute_by_name[change.attribute]
            is_asked = attribute.is_unique and OperatorName.EQ in attribute.filter_operators
            value = change.value
            if not is_asked or not isinstance(value, str | int) or value == "":
                continue
            query = Query(
                schema.api_name, (Filter(change.attribute, OperatorName.EQ, value),), limit=2
            )
            for existing in (await self._backend.query(query)).records:
                if not self._is_older(existing, sending) and all(
                    _is_held(existing, each) for each in row.changes
                ):
                    return existing
        return None


def _digest(value: str) -> int:
    digest = blake2b(fold(value).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") or 1


def _held(match: Match, record: Record) -> frozenset[str]:
    """The values a record can be matched by, folded."""
    if match.attribute.api_name == "id":
        return frozenset({fold(record.record_id.id)})
    return held_values(match.attribute, (record,))


def _is_held(record: Record, change: Change) -> bool:
    """Whether a record has the value that a change sets."""
    if change.attribute not in record.attributes or isinstance(change.value, Unset):
        return False
    try:
        held = write_json(record.attributes[change.attribute])
    except ValueError:
        return False
    return is_kept(write_json(change.value), held)


def _result(
    row: ImportRow,
    outcome: RowOutcome,
    record_id: str | None = None,
    code: str | None = None,
    why: str = "",
    *,
    intent: str | None = None,
    at: datetime | None = None,
) -> RowResult:
    number, line = row.source.number, row.source.line
    return RowResult(number, line, outcome, record_id, code, why, intent, at)


def _ended(
    row: ImportRow,
    outcome: WriteOutcome,
    record_id: str | None,
    *,
    intent: str | None = None,
    at: datetime | None = None,
) -> RowResult:
    """A row's result from how its write ended. Raises what says nothing of the row."""
    match outcome:
        case Done(action=action, record=record):
            did = RowOutcome.CREATED if action is Did.CREATED else RowOutcome.UPDATED
            return _result(row, did, record.record_id.id if record is not None else record_id)
        case Refused(error):
            if isinstance(error, STOPPING):
                raise error
            words = "; ".join(fault.message for fault in error.faults if fault.message)
            return _result(row, RowOutcome.REFUSED, record_id, error.code, words or error.reason)
        case Unknown(error):
            why = f"nobody knows whether it was done: {error.reason}"
            return _result(
                row, RowOutcome.UNKNOWN, record_id, error.code, why, intent=intent, at=at
            )
