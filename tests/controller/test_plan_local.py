"""Plans over the local CRM: one request a row thanks to `If-Match`, and rehearsals in a clone."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.controller.plan_run import PlanRun, RowResult, RunResult
from app.controller.planning import BulkChange, Place, PlanMaking, undoing
from app.controller.rehearsing import MemoryProgress, rehearse
from app.controller.session import Session
from app.domain.edits import Change, WriteValue
from app.domain.json_text import dump_json
from app.domain.outcomes import Done
from app.domain.plan import Plan
from app.domain.plan_progress import PlanCounts, RowState
from app.domain.query import Query
from app.domain.records import Record
from app.domain.values import Json, Reference
from app.server.sample.workspace import write_sample
from app.wiring import Target, connect
from tests.support.plans import MADE_AT, clock


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A workspace with 60 contacts."""
    path = tmp_path_factory.mktemp("sample") / "workspace.db"
    write_sample(path, 60)
    return path.read_bytes()


@dataclass
class Local:
    """A local workspace, and what was sent to it since it was last forgotten."""

    session: Session
    told: list[RowResult] = field(default_factory=list)
    _from: int = 0

    @property
    def requests(self) -> list[str]:
        return [
            f"{row.method} {row.path}" for row in self.session.backend.log.entries[self._from :]
        ]

    @property
    def bodies(self) -> list[bytes | None]:
        rows = self.session.backend.log.entries[self._from :]
        return [row.request.body for row in rows if row.request and row.method == "PATCH"]

    def forget(self) -> None:
        self._from = len(self.session.backend.log.entries)

    async def records(self, record_type: str, count: int) -> tuple[Record, ...]:
        return (await self.session.backend.query(Query(record_type, limit=count))).records

    async def plan(self, record_type: str, records: Sequence[Record], **values: WriteValue) -> Plan:
        changes = tuple(Change(name, value) for name, value in values.items())
        making = PlanMaking(self.session.backend, BulkChange(changes))
        await making.add(records)
        self.forget()
        return making.plan(Place("w", "w"), record_type, MADE_AT)

    def tell(self, row: RowResult, counts: PlanCounts) -> None:
        del counts
        self.told.append(row)

    async def run(
        self, plan: Plan, progress: MemoryProgress | None = None, *, is_going_on: bool = True
    ) -> RunResult:
        run = PlanRun(
            self.session.backend,
            plan,
            progress or MemoryProgress(),
            clock=clock,
            is_going_on=is_going_on,
        )
        return await run.run(self.tell)

    async def set(self, record: Record, name: str, value: Json) -> None:
        """Somebody else changes a record."""
        outcome = await self.session.backend.patch(record.record_id, [Change(name, value)])
        assert isinstance(outcome, Done), outcome


@pytest.fixture
async def local(
    tmp_path: Path, sample: bytes, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Local]:
    monkeypatch.setenv("CRMDECK_HOME", str(tmp_path / "home"))
    path = tmp_path / "workspace.db"
    path.write_bytes(sample)
    path.chmod(0o600)
    session = await connect(Target(workspace=path))
    yield Local(session)
    await session.close()


async def test_a_row_costs_one_request(local: Local) -> None:
    """The server itself looks whether the record is as it was."""
    plan = await local.plan("contact", await local.records("contact", 20), department="Bulk")
    result = await local.run(plan)
    assert result.counts.is_all_well
    assert local.requests == ["GET /health", *(f"PATCH {row.path}" for row in plan.rows)]
    sent = [row.request for row in local.session.backend.log.entries[-20:]]
    assert {request.headers[-1][0] for request in sent if request is not None} == {"If-Match"}


async def test_a_record_that_changed_elsewhere_is_looked_at(local: Local) -> None:
    """Another attribute: sent all the same. The same attribute: a conflict, and theirs stays."""
    records = await local.records("contact", 3)
    plan = await local.plan("contact", records, department="Bulk")
    await local.set(records[0], "first_name", "Other")
    await local.set(records[1], "department", "Theirs")
    local.forget()
    result = await local.run(plan)
    assert result.counts.in_words() == "2 done, 1 conflict"
    assert 'is "Theirs" now' in local.told[1].note.note
    assert local.requests[1:4] == [
        f"{verb} {plan.rows[0].path}" for verb in ("PATCH", "GET", "PATCH")
    ]
    after = [await local.session.backend.read(row.record_id) for row in records]
    assert [row.attributes["department"] for row in after] == ["Bulk", "Theirs", "Bulk"]


async def test_a_record_that_changed_is_not_archived(local: Local) -> None:
    """Whoever changed it may still want it."""
    records = await local.records("note", 2)
    plan = await local.plan("note", records)
    await local.set(records[0], "title", "Wanted")
    result = await local.run(plan)
    assert result.counts.in_words() == "1 done, 1 conflict"
    assert local.told[0].note.note == "It was changed since the plan was made"
    await local.session.backend.read(records[0].record_id)


async def test_undo_needs_no_look_either_and_gives_every_value_back(local: Local) -> None:
    """The marks of the records as the run left them go into the undo."""
    records = await local.records("contact", 10)
    plan = await local.plan("contact", records, department="Bulk", stage="working", address=None)
    progress = MemoryProgress()
    await local.run(plan, progress)
    local.forget()
    undo = undoing(local.session.backend, plan, progress.notes, MADE_AT).plan
    result = await local.run(undo)
    assert result.counts.is_all_well
    assert len(local.requests) == 1 + plan.header.count
    for record in records:
        now = await local.session.backend.read(record.record_id)
        for name in ("department", "stage", "address"):
            assert now.attributes[name] == record.attributes[name]


@pytest.mark.parametrize(
    ("record_type", "values"),
    [
        ("contact", {"department": "Bulk", "stage": "working"}),
        ("account", {"estimated_annual_revenue": 5}),
        ("opportunity", {"stage": "proposal"}),
        ("task", {"title": "Bulk"}),
        ("subscription", {"plan": "team", "seats": 3, "auto_renew": None}),
        ("site", {"opened_on": "2026-01-02", "kind": "plant"}),
        ("device", {"notes": "Bulk"}),
        ("note", {}),
    ],
)
async def test_a_rehearsal_runs_in_a_clone_and_only_reads_the_workspace(
    local: Local, record_type: str, values: dict[str, WriteValue]
) -> None:
    """Then the identical plan runs in earnest, with the identical bodies."""
    records = await local.records(record_type, 8)
    plan = await local.plan(record_type, records, **values)
    backend = local.session.backend
    shown = await rehearse(backend, plan, local.session.open_scratch, clock=clock, tell=local.tell)
    assert shown.result.counts.is_all_well, [row.note.note for row in shown.rows]
    assert shown.requests == len(local.requests) > 0
    assert all(row.request and row.request.is_read for row in backend.log.entries)
    assert backend.log.writes == 0
    for record in records:
        assert await backend.read(record.record_id) == record
    local.forget()
    assert (await local.run(plan)).counts.is_all_well
    assert local.requests[1:] == [f"{row.method} {row.path}" for row in plan.rows]
    assert local.bodies == [dump_json(row.body).encode() for row in plan.rows if row.body]


async def test_a_rehearsal_shows_what_the_server_would_refuse(local: Local) -> None:
    """Bad values, and references that lead nowhere; good references are cloned with what they point to."""
    records = await local.records("opportunity", 4)
    accounts = await local.records("account", 6)
    user = records[0].attributes["owner_user_id"]
    assert isinstance(user, Reference)
    nowhere = "018cfd30-0000-7000-8000-000000000000"
    cases: list[tuple[dict[str, WriteValue], RowState]] = [
        ({"stage": "no such stage"}, RowState.REFUSED),
        ({"account_id": nowhere}, RowState.REFUSED),
        ({"account_id": accounts[5].record_id.id}, RowState.DONE),
        ({"owner_user_id": user.record_id}, RowState.DONE),
    ]
    for values, expected in cases:
        local.told.clear()
        plan = await local.plan("opportunity", records[:2], **values)
        if not plan.rows:
            continue
        await rehearse(
            local.session.backend,
            plan,
            local.session.open_scratch,
            clock=clock,
            tell=local.tell,
        )
        assert {row.note.state for row in local.told} <= {expected, RowState.SKIPPED}, values
    assert local.session.backend.log.writes == 0


async def test_a_rehearsal_leaves_no_file(
    local: Local, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies of records are nobody else's business."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    plan = await local.plan("contact", await local.records("contact", 3), department="Bulk")
    seen: list[int] = []

    def look(row: RowResult, counts: PlanCounts) -> None:
        del row, counts
        seen.extend(path.stat().st_mode & 0o077 for path in scratch.rglob("*.db"))

    await rehearse(local.session.backend, plan, local.session.open_scratch, clock=clock, tell=look)
    assert seen == [0, 0, 0]
    assert [*scratch.iterdir()] == []
