"""Plans for tests."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from app.controller.planning import BulkChange, Place, PlanMaking
from app.domain.backend import Backend
from app.domain.edits import Change, WriteValue
from app.domain.plan import Plan, PlanHeader, PlanRow
from app.domain.plan_progress import ProgressFile
from app.domain.records import Record
from app.state.plan_files import DiskPlanFiles

MADE_AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
PLACE = Place("memory", "memory")


def clock() -> datetime:
    """A moment."""
    return MADE_AT


def a_plan(count: int) -> Plan:
    """A plan of so many rows, each a PATCH of a contact that is nowhere."""
    header = PlanHeader(
        workspace="memory",
        workspace_key="memory",
        record_type="contact",
        made_at=MADE_AT,
        what='set title="CTO" of contact',
        count=count,
    )
    rows = (
        PlanRow(
            id=str(number),
            method="PATCH",
            path=f"/contact/c{number}",
            body={"attributes": {"title": "CTO"}},
            record_type="contact",
            record_id=f"c{number}",
            title=f"Person {number}",
            before={"title": None},
        )
        for number in range(1, count + 1)
    )
    return Plan(header, tuple(rows))


async def made(backend: Backend, records: Iterable[Record], **values: WriteValue) -> Plan:
    """The plan that sets these values; without any it archives."""
    making = await making_of(backend, records, values)
    return making.plan(PLACE, "contact", MADE_AT)


async def making_of(
    backend: Backend, records: Iterable[Record], values: Mapping[str, WriteValue]
) -> PlanMaking:
    """The same, with what was left out."""
    changes = tuple(Change(name, value) for name, value in values.items())
    making = PlanMaking(backend, BulkChange(changes))
    await making.add(records)
    return making


def opened_progress(folder: Path, plan: Plan) -> ProgressFile:
    """The progress of a plan that stands in the folder; written there at first."""
    files, path = DiskPlanFiles(), folder / "plan.jsonl"
    if not path.exists():
        files.write(path, plan)
    return files.open(path, plan)
