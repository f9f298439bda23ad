"""A plan rehearsed: what it touches is cloned into a workspace made for the moment, and the same plan runs there.

The real workspace is only read. What a rehearsal cannot show: clashes with records that the plan does not touch, such as a
unique value that another record has, and what a key may not do.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.controller.clock import Clock
from app.controller.plan_run import PlanRun, RowResult, RunResult, Tell
from app.controller.planning import planned_rows, read_by_ids
from app.domain.backend import Backend
from app.domain.errors import Forbidden, NotAllowed, NotFound
from app.domain.plan import Plan
from app.domain.plan_progress import PlanCounts, RowNote
from app.domain.records import Record, RecordId
from app.domain.rehearsals import Clone, OpenScratch
from app.domain.schema import RecordType
from app.domain.values import Json


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a rehearsal showed."""

    result: RunResult
    rows: tuple[RowResult, ...]
    requests: int
    """Sent to the real workspace, all of them reads."""


async def rehearse(
    backend: Backend, plan: Plan, open_scratch: OpenScratch, *, clock: Clock, tell: Tell
) -> Rehearsed:
    """Run a plan in a clone of what it touches; rows that go wrong do not end it.

    Raises:
        PlanError: for a plan that this backend does not read.
        BackendError: if what it touches cannot be read.
        WorkspaceError: if the clone cannot be made.
    """
    before = backend.log.sent
    planned_rows(backend, plan)
    clone = await cloned(backend, plan)
    requests = backend.log.sent - before
    rows: list[RowResult] = []

    def note(row: RowResult, counts: PlanCounts) -> None:
        rows.append(row)
        tell(row, counts)

    # The clone is younger than the plan's marks: what is compared there are the values.
    unmarked = Plan(plan.header, tuple(replace(row, version=None) for row in plan.rows))
    async with open_scratch(clone) as scratch:
        run = PlanRun(scratch, unmarked, MemoryProgress(), clock=clock, is_going_on=True)
        result = await run.run(note)
    return Rehearsed(result, tuple(rows), requests)


async def cloned(backend: Backend, plan: Plan) -> Clone:
    """What a rehearsal of the plan needs: its records, what they are to point to, and the schemas of both.

    Raises:
        BackendError: if a schema or the records cannot be read.
    """
    schemas: dict[str, RecordType] = {}
    records: dict[RecordId, Record] = {}

    async def take(record_type: str, ids: Iterable[str]) -> None:
        if record_type not in schemas:
            schemas[record_type] = await backend.schema(record_type)
        found, _ = await read_by_ids(backend, schemas[record_type], [*ids])
        records.update((row.record_id, row) for row in found)

    for record_type in dict.fromkeys(row.record_type for row in plan.rows):
        await take(record_type, [row.record_id for row in plan.rows if row.record_type == record_type])  # fmt: skip
    stand_ins: list[RecordId] = []
    for record_type, ids in _pointed_to(backend, plan, schemas).items():
        wanted = [text for text in ids if RecordId(record_type, text) not in records]
        try:
            await take(record_type, wanted)
        except (NotFound, Forbidden, NotAllowed):  # a type that is pointed to and no resource
            stand_ins += [RecordId(record_type, text) for text in wanted]
    return Clone(tuple(schemas.values()), tuple(records.values()), tuple(stand_ins))


def _pointed_to(
    backend: Backend, plan: Plan, schemas: dict[str, RecordType]
) -> dict[str, dict[str, None]]:
    """By record type: the ids that the plan's values point to."""
    found: dict[str, dict[str, None]] = {}
    for planned in planned_rows(backend, plan):
        known = schemas[planned.row.record_type].attribute_by_name
        for name, value in planned.after.items():
            attribute = known.get(name)
            if attribute is None or attribute.value_type != "record_reference":
                continue
            target = attribute.related_record_type
            if target is not None:
                found.setdefault(target, {}).update((text, None) for text in _ids(value))
    return found


def _ids(value: Json) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str)]


class MemoryProgress:
    """Progress that nobody needs afterwards; a `ProgressFile`."""

    def __init__(self) -> None:
        self._notes: dict[str, RowNote] = {}

    @property
    def notes(self) -> dict[str, RowNote]:
        return self._notes

    def add(self, notes: Iterable[RowNote], *, is_lasting: bool) -> None:
        """Keep notes."""
        del is_lasting
        self._notes.update((note.row_id, note) for note in notes)

    def close(self) -> None:
        """Nothing to let go of."""
