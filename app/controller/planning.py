"""Plans made: from records and what is to become of them, and from a plan that ran, to take it back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from app.domain.backend import Backend
from app.domain.edits import Change, Unset, write_json
from app.domain.equality import is_same
from app.domain.errors import BackendError, NotFound
from app.domain.json_text import dump_json, parse_json
from app.domain.operators import OperatorName
from app.domain.plan import Plan, PlanError, PlanHeader, PlanRow
from app.domain.plan_progress import RowNote, RowState
from app.domain.query import Filter, Query
from app.domain.records import Record, RecordId
from app.domain.requests import PreparedRequest
from app.domain.schema import RecordType
from app.domain.values import Json

BATCH: Final = 50
"""Ids per request when records are read by their ids; the documentation shows pages of up to 100."""


@dataclass(frozen=True, slots=True)
class Place:
    """The workspace that a plan is made for, or run in."""

    name: str
    key: str
    """What tells it from all others."""


@dataclass(frozen=True, slots=True)
class BulkChange:
    """What is to become of every record; without changes they are archived."""

    changes: tuple[Change, ...] = ()

    @property
    def is_archive(self) -> bool:
        return not self.changes

    def in_words(self, record_type: str) -> str:
        """What it does, such as `set stage="working" of contact`. Not yet sanitised."""
        if self.is_archive:
            return f"archive {record_type}"
        parts = [f"{name}={dump_json(value)}" for name, value in self.values.items()]
        return f"set {', '.join(parts)} of {record_type}"

    @property
    def values(self) -> dict[str, Json]:
        """The changes in the form in which they are sent. Raises ValueError for what is never sent."""
        return {
            row.attribute: write_json(row.value)
            for row in self.changes
            if not isinstance(row.value, Unset)
        }


@dataclass(slots=True)
class PlanMaking:
    """Rows that are being put together; each record is planned once."""

    backend: Backend
    change: BulkChange
    rows: list[PlanRow] = field(default_factory=list)
    unchanged: int = 0
    """Records that are as wanted already: they are no rows."""
    unreadable: list[RecordId] = field(default_factory=list)
    """Records that hold a value of these attributes which could not be read: it could not be put back."""
    missing: list[RecordId] = field(default_factory=list)
    """Ids that the workspace has no record for."""
    _seen: set[RecordId] = field(default_factory=set)

    async def add(self, records: Iterable[Record]) -> None:
        """Plan these records as they were read; one whose answer left out what is changed is read by itself.

        Raises:
            BackendError: if one cannot be read, or cannot be written at all.
        """
        values = self.change.values
        for record in records:
            if record.record_id in self._seen:
                continue
            self._seen.add(record.record_id)
            whole = record
            if any(name not in record.attributes for name in values):
                whole = await self.backend.read(record.record_id)
            self._add(whole, values)

    def _add(self, record: Record, values: Mapping[str, Json]) -> None:
        try:
            before = before_of(record, values)
        except ValueError:
            self.unreadable.append(record.record_id)
            return
        changed = {
            name: value
            for name, value in values.items()
            if name not in before or not is_same(before[name], value)
        }
        if self.change.is_archive:
            request = self.backend.prepare_archive(record.record_id)
        elif changed:
            request = self.backend.prepare_patch(record.record_id, as_changes(changed))
        else:
            self.unchanged += 1
            return
        kept = {name: value for name, value in before.items() if name in changed}
        self.rows.append(row_of(request, str(len(self.rows) + 1), record, kept))

    def plan(self, place: Place, record_type: str, made_at: datetime) -> Plan:
        """The plan of what was added."""
        header = PlanHeader(
            workspace=place.name,
            workspace_key=place.key,
            record_type=record_type,
            made_at=made_at,
            what=self.change.in_words(record_type),
            count=len(self.rows),
        )
        return Plan(header, tuple(self.rows))


def before_of(record: Record, names: Iterable[str]) -> dict[str, Json]:
    """What a record holds of these attributes, as it would be sent.

    Raises:
        ValueError: for a value that could not be read.
    """
    return {
        name: write_json(record.attributes[name]) for name in names if name in record.attributes
    }


def as_changes(values: Mapping[str, Json]) -> tuple[Change, ...]:
    """Values in the form in which they are sent, as changes."""
    return tuple(Change(name, value) for name, value in values.items())


def row_of(
    request: PreparedRequest, row_id: str, record: Record, before: Mapping[str, Json]
) -> PlanRow:
    """One prepared request as a row."""
    return PlanRow(
        id=row_id,
        method=request.method,
        path=request.path,
        body=None if request.body is None else parse_json(request.body),
        record_type=record.record_id.record_type,
        record_id=record.record_id.id,
        title=record.title,
        before=before,
        version=record.version,
    )


async def read_by_ids(
    backend: Backend, schema: RecordType, ids: Sequence[str]
) -> tuple[tuple[Record, ...], tuple[RecordId, ...]]:
    """The records of these ids in their order, and the ids that have none; many per request where the type allows it.

    Raises:
        BackendError: if they cannot be read.
    """
    wanted = [RecordId(schema.api_name, text) for text in dict.fromkeys(ids)]
    identity = schema.attribute_by_name.get("id")
    found: dict[str, Record] = {}
    if identity is not None and OperatorName.IN in identity.filter_operators:
        for start in range(0, len(wanted), BATCH):
            part: list[Json] = [row.id for row in wanted[start : start + BATCH]]
            filters = (Filter("id", OperatorName.IN, part),)
            page = await backend.query(Query(schema.api_name, filters, limit=BATCH))
            found.update((row.record_id.id.casefold(), row) for row in page.records)
    else:
        for record_id in wanted:
            try:
                found[record_id.id.casefold()] = await backend.read(record_id)
            except NotFound:
                continue
    there = tuple(found[row.id.casefold()] for row in wanted if row.id.casefold() in found)
    return there, tuple(row for row in wanted if row.id.casefold() not in found)


# Reading a plan's rows as writes


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """A row as this backend would send it."""

    row: PlanRow
    changes: tuple[Change, ...]
    """Empty for one that archives."""

    @property
    def is_archive(self) -> bool:
        return not self.changes

    @property
    def after(self) -> dict[str, Json]:
        """What is to be, as it is sent."""
        return {
            change.attribute: write_json(change.value)
            for change in self.changes
            if not isinstance(change.value, Unset)
        }


def planned_rows(backend: Backend, plan: Plan) -> tuple[PlannedRow, ...]:
    """The plan's rows as writes of this backend: each is exactly the request that its line shows.

    Raises:
        PlanError: with the number of the line, for a request that this backend would not send so.
    """
    return tuple(_planned(backend, row, number) for number, row in enumerate(plan.rows, 2))


def request_of(
    backend: Backend, planned: PlannedRow, *, base: Record | None = None
) -> PreparedRequest:
    """The request of a row."""
    if planned.is_archive:
        return backend.prepare_archive(planned.row.target, base=base)
    return backend.prepare_patch(planned.row.target, planned.changes, base=base)


def _planned(backend: Backend, row: PlanRow, number: int) -> PlannedRow:
    planned = PlannedRow(row, _changes_in(row.body))
    try:
        request = request_of(backend, planned)
        body = None if row.body is None else dump_json(row.body).encode()
    except (BackendError, ValueError, TypeError) as error:
        raise PlanError(f"Line {number}: cannot be sent: {error}.") from None
    if (request.method, request.path, request.body) != (row.method, row.path, body):
        raise PlanError(
            f"Line {number}: {row.method} {row.path} is no request that a plan makes for {row.target}; "
            f"it would be {request.method} {request.path}. Plans change attributes and archive."
        )
    unknown = sorted(row.before.keys() - {change.attribute for change in planned.changes})
    if unknown:
        raise PlanError(f"Line {number}: does not change {unknown[0]}, but says what it was.")
    return planned


def _changes_in(body: Json) -> tuple[Change, ...]:
    """The attributes of a body that holds them in one member."""
    if not isinstance(body, dict) or len(body) != 1:
        return ()
    (members,) = body.values()
    return as_changes(members) if isinstance(members, dict) else ()


# Taking back


@dataclass(frozen=True, slots=True)
class Undoing:
    """The plan that takes back another, and what it leaves out."""

    plan: Plan
    archived: int
    """Rows that archived a record: no call brings it back."""
    nameless: int
    """Rows whose file does not say what an attribute was."""


def undoing(
    backend: Backend, plan: Plan, notes: Mapping[str, RowNote], made_at: datetime
) -> Undoing:
    """The plan that puts back what a plan changed, of the rows that were done; the last one first.

    Raises:
        PlanError: for a plan that this backend does not read.
    """
    rows: list[PlanRow] = []
    archived = nameless = 0
    for planned in reversed(planned_rows(backend, plan)):
        row = planned.row
        note = notes.get(row.id)
        if note is None or note.state is not RowState.DONE:
            continue
        if planned.is_archive:
            archived += 1
        elif planned.after.keys() - row.before.keys():
            nameless += 1
        else:
            request = backend.prepare_patch(row.target, as_changes(row.before))
            rows.append(
                replace(
                    row,
                    body=None if request.body is None else parse_json(request.body),
                    before=planned.after,
                    version=note.version,
                )
            )
    header = replace(
        plan.header,
        made_at=made_at,
        what=f"undo: {plan.header.what}",
        count=len(rows),
        undo_of=plan.fingerprint,
    )
    return Undoing(Plan(header, tuple(rows)), archived, nameless)


def check_place(plan: Plan, place: Place) -> None:
    """Raise `PlanError` unless the plan was made for this workspace."""
    if plan.header.workspace_key != place.key:
        raise PlanError(
            f"The plan was made for {plan.header.workspace}, and this is {place.name}: it is not run here. "
            "Nothing was sent."
        )
