"""`crmdeck doctor --assert-read-only`: it tries everything there is, and fails when a write leaves."""

import inspect
import json

import pytest

from app.cli.failures import Failed
from app.cli.read_only import Tried, run_proof, verdict
from app.controller.write_calls import WRITE_CALLS
from app.domain.actions import ACTIONS
from app.domain.backend import Backend
from app.domain.outcomes import WriteOutcome
from tests.cli.conftest import Run


def test_every_writing_call_of_the_backend_is_tried() -> None:
    """Whoever adds one to the port adds it here."""
    writing = {
        name
        for name, method in inspect.getmembers(Backend, inspect.isfunction)
        if inspect.signature(method).return_annotation == WriteOutcome
    }
    assert writing == WRITE_CALLS.keys()


@pytest.mark.timeout(600)  # it tries everything there is, one thing after the other
def test_nothing_leaves_a_read_only_session(crmdeck: Run) -> None:
    """Every action of the table and every writing call, by key, from the list and from a record; the control is seen."""
    answer = crmdeck("doctor", "--assert-read-only", "--json")
    assert answer.status == 0, answer.err
    tried = json.loads(answer.out)
    assert [row["writes"] != [] for row in tried if row["kind"] == "control"] == [True]
    assert [row for row in tried if row["kind"] != "control" and row["writes"]] == []
    assert {row["name"] for row in tried if row["kind"] == "action"} == {
        row.name for row in ACTIONS
    }
    assert {row["name"] for row in tried if row["kind"] == "call"} >= WRITE_CALLS.keys()


@pytest.mark.parametrize(
    ("tried", "told"),
    [
        ([Tried("control", "create", "unlocked", ("POST /contact",)), Tried("action", "x", "list", ("PATCH /a",))],
         "1 tried in a read-only session, 1 writes left it: PATCH /a"),
        ([Tried("control", "create", "unlocked", ()), Tried("action", "x", "list", ())], "nothing is proven"),
    ],
)  # fmt: skip
def test_a_write_that_leaves_fails(tried: list[Tried], told: str) -> None:
    """So does a sink that sees nothing."""
    with pytest.raises(Failed) as caught:
        verdict(tried)
    assert told in str(caught.value)


def test_a_proof_that_breaks_off_fails() -> None:
    """With the last words of it."""
    with pytest.raises(Failed, match=r"did not come to its end: .*No module named"):
        list(run_proof("app.there_is_none"))
