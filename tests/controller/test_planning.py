"""Plans made: what becomes a row, what is left out, and what a plan that was edited may say."""

import json
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

import pytest

from app.controller.planning import (
    Place,
    check_place,
    planned_rows,
    read_by_ids,
    request_of,
    undoing,
)
from app.domain.plan import Plan, PlanError, PlanRow, parse_plan
from app.domain.plan_progress import RowNote, RowState
from app.domain.records import Record, RecordId
from app.domain.values import Json, Raw
from tests.support.backends import MemoryBackend
from tests.support.plans import MADE_AT, made, making_of
from tests.support.small_workspace import small_workspace


@pytest.fixture
def backend() -> MemoryBackend:
    return small_workspace(contacts=30)


def contacts(backend: MemoryBackend) -> list[Record]:
    rows = backend.records.values()
    return [row for row in rows if row.record_id.record_type == "contact"]


async def test_a_row_per_record_that_would_change(backend: MemoryBackend) -> None:
    """With the values it replaces; a record that is so already is none, and nothing is asked for that was read."""
    making = await making_of(backend, contacts(backend), {"title": "CTO"})
    assert (len(making.rows), making.unchanged) == (20, 10)
    assert making.rows[0].before == {"title": "VP Engineering"}
    assert making.rows[1].before == {"title": None}
    assert making.rows[0].body == {"attributes": {"title": "CTO"}}
    assert backend.sent == []


async def test_a_row_names_only_what_changes_in_its_record(backend: MemoryBackend) -> None:
    """So that its undo puts back nothing else."""
    plan = await made(backend, contacts(backend)[:2], title="CTO", sms_consent=True)
    assert [row.body for row in plan.rows] == [
        {"attributes": {"title": "CTO"}},
        {"attributes": {"sms_consent": True}},
    ]


async def test_a_record_is_planned_once(backend: MemoryBackend) -> None:
    """A list may hold it twice."""
    first = contacts(backend)[0]
    assert (await made(backend, [first, first], title="X")).header.count == 1


async def test_what_the_answer_left_out_is_read(backend: MemoryBackend) -> None:
    """A value that is not known cannot be put back."""
    whole = contacts(backend)[0]
    part = replace(whole, attributes=MappingProxyType({"id": whole.record_id.id}))
    plan = await made(backend, [part], title="X")
    assert plan.rows[0].before == {"title": "VP Engineering"}
    assert backend.sent == [f"GET /contact/{whole.record_id.id}"]


async def test_what_could_not_be_read_is_left_out_and_told(backend: MemoryBackend) -> None:
    """It could never be put back."""
    first = contacts(backend)[0]
    strange = replace(first, attributes=MappingProxyType({**first.attributes, "title": Raw("{}", "odd")}))  # fmt: skip
    making = await making_of(backend, [strange], {"title": "X"})
    assert (making.rows, making.unreadable) == ([], [first.record_id])


async def test_records_of_ids_come_in_few_requests(backend: MemoryBackend) -> None:
    """In their order; those that are none are named."""
    ids = [row.record_id.id for row in contacts(backend)]
    schema = backend.record_types["contact"]
    found, missing = await read_by_ids(backend, schema, [*reversed(ids), "no-such-id", ids[0]])
    assert [row.record_id.id for row in found] == [*reversed(ids)]
    assert missing == (RecordId("contact", "no-such-id"),)
    assert backend.sent == ["POST /contact/_query"]


async def test_a_plan_goes_through_its_file_and_stays_the_same_requests(
    backend: MemoryBackend,
) -> None:
    """What is shown is what is sent, byte for byte."""
    plan = await made(backend, contacts(backend), title="Zoë \u202e 1", sms_consent=None)
    again = planned_rows(backend, parse_plan(plan.data))
    for row, planned in zip(planned_rows(backend, plan), again, strict=True):
        request = request_of(backend, planned)
        assert request == request_of(backend, row)
        assert json.loads(request.body or b"") == row.row.body


def _edits(row: PlanRow) -> Iterator[PlanRow]:
    yield replace(row, path="/contact/another")
    yield replace(row, method="DELETE")
    yield replace(row, method="POST", path="/contact/_query")
    yield replace(row, record_id="another")
    yield replace(row, body=None)
    yield replace(row, body={"attributes": {}})
    yield replace(row, body={"attributes": {"title": "X"}, "more": 1})
    yield replace(row, body={"other": {"title": "X"}})
    yield replace(row, before={**row.before, "stage": "new"})


async def test_an_edited_row_that_is_another_request_is_refused(backend: MemoryBackend) -> None:
    """A plan is no way to send anything whatever."""
    plan = await made(backend, contacts(backend)[:1], title="X")
    for edited in _edits(plan.rows[0]):
        with pytest.raises(PlanError, match="Line 2"):
            planned_rows(backend, Plan(plan.header, (edited,)))
    other: Json = {"attributes": {"title": "Y"}}
    planned_rows(backend, Plan(plan.header, (replace(plan.rows[0], body=other),)))


async def test_a_plan_runs_only_where_it_was_made_for(backend: MemoryBackend) -> None:
    """Two workspaces may have one name."""
    plan = await made(backend, contacts(backend)[:1], title="X")
    check_place(plan, Place("renamed", "memory"))
    with pytest.raises(PlanError, match="made for memory, and this is memory"):
        check_place(plan, Place("memory", "another"))


async def test_undo_swaps_before_and_after_of_what_was_done(backend: MemoryBackend) -> None:
    """The last row first; rows that were not done, and archived records, are none."""
    plan = await made(backend, contacts(backend)[:3], title="X")
    notes = {
        row: RowNote(row_id=row, state=state, at=MADE_AT, version=f"v{row}")
        for row, state in (("1", RowState.DONE), ("2", RowState.REFUSED), ("3", RowState.DONE))
    }
    undo = undoing(backend, plan, notes, MADE_AT)
    assert [row.id for row in undo.plan.rows] == ["3", "1"]
    assert undo.plan.header.undo_of == plan.fingerprint
    last = undo.plan.rows[1]
    assert (last.body, last.before, last.version) == (
        {"attributes": {"title": "VP Engineering"}},
        {"title": "X"},
        "v1",
    )
    archive = await made(backend, contacts(backend)[:1])
    done = {"1": RowNote(row_id="1", state=RowState.DONE, at=MADE_AT)}
    assert undoing(backend, archive, done, MADE_AT).archived == 1
