"""`crmdeck plan` and `crmdeck apply`: what they write where, and how they end."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.errors import Rejected
from tests.cli.conftest import Answer, Run
from tests.support.backends import MemoryBackend


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "plan.jsonl"


@pytest.fixture
def ids(backend: MemoryBackend) -> list[str]:
    """The ids of the contacts."""
    return [row.id for row in backend.records if row.record_type == "contact"]


def planned(crmdeck: Run, path: Path, *words: str) -> Answer:
    return crmdeck("plan", "contact", *words, "-o", str(path))


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def writes(backend: MemoryBackend) -> list[str]:
    return [row for row in backend.sent if row.startswith(("PATCH", "DELETE"))]


def test_a_plan_is_written_and_nothing_is_changed(
    crmdeck: Run, backend: MemoryBackend, path: Path
) -> None:
    """Nothing on stdout; what it does, what is left out and how to go on is said."""
    answer = planned(crmdeck, path, "title = CTO", "title=Chief", "sms_consent=true")
    assert (answer.status, answer.out) == (0, "")
    header, *rows = lines(path)
    assert header["count"] == len(rows) > 0
    assert header["what"] == 'set title="Chief", sms_consent=true of contact'
    assert all(row["before"]["title"] == "CTO" for row in rows)
    assert "crmdeck apply" in answer.err
    assert writes(backend) == []
    again = planned(crmdeck, path, "--all", "title=CTO")
    assert again.status == 1
    assert "exists already" in again.err
    assert "--force replaces it" in again.err
    assert planned(crmdeck, path, "--all", "title=CTO", "--force").status == 0
    assert "are so already and were left out" in planned(crmdeck, path, "--all", "title=CTO", "--force").err  # fmt: skip


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("title=X",), "Say which records"),
        (("stage=working", "title=X"), "Say which records"),
        (("--all",), "Give what to set"),
        (("--all", "title=X", "--archive"), "Give what to set"),
        (("stage = new", "--all", "title=X"), "one of them"),
        (("--ids", "/no/such/file", "title=X"), "--ids /no/such/file"),
        (("--all", "title"), "Give what to set"),
    ],
)
def test_which_records_is_never_guessed(
    crmdeck: Run, backend: MemoryBackend, path: Path, words: tuple[str, ...], told: str
) -> None:
    """An expression without blanks is no reason to change every record."""
    answer = planned(crmdeck, path, *words)
    assert answer.status == 2
    assert told in answer.err
    assert not path.exists()
    assert backend.sent == []


def test_wrong_names_and_values_are_told_and_no_plan_is_written(crmdeck: Run, path: Path) -> None:
    """As crmdeck patch tells them."""
    answer = planned(crmdeck, path, "--all", "titel=X")
    assert (answer.status, "Did you mean title?" in answer.err) == (1, True)
    assert planned(crmdeck, path, "--all", "sms_consent=perhaps").status == 2
    assert not path.exists()


def test_ids_come_from_a_file_and_missing_ones_are_named(
    crmdeck: Run, path: Path, ids: list[str], tmp_path: Path
) -> None:
    """Status 3: the plan leaves them out."""
    listed = tmp_path / "ids.txt"
    listed.write_text(f"{ids[2]}\n\n{ids[0]}\nno-such-id\n{ids[2]}\n")
    answer = planned(crmdeck, path, "--ids", str(listed), "title=Chief")
    assert answer.status == 3
    assert "1 records were not found: no-such-id" in answer.err
    assert [row["record_id"] for row in lines(path)[1:]] == [ids[2], ids[0]]


def test_a_dry_run_prints_the_requests_and_sends_none(
    crmdeck: Run, backend: MemoryBackend, path: Path
) -> None:
    """As curl could send them."""
    planned(crmdeck, path, "title = CTO", "title=Chief")
    backend.sent.clear()
    answer = crmdeck("apply", str(path), "--dry-run")
    assert answer.status == 0
    assert answer.out.count("\ncurl ") == lines(path)[0]["count"]
    assert "were not sent" in answer.err
    assert backend.sent == []


def test_a_run_tells_each_row_and_a_second_one_does_nothing(
    crmdeck: Run, backend: MemoryBackend, path: Path
) -> None:
    """A line of JSON each; nothing is left to do afterwards."""
    planned(crmdeck, path, "title = CTO", "title=Chief")
    answer = crmdeck("apply", str(path))
    rows = [json.loads(line) for line in answer.out.splitlines()]
    assert answer.status == 0
    assert [row["row"] for row in rows] == [row["id"] for row in lines(path)[1:]]
    assert {row["state"] for row in rows} == {"done"}
    count = len(writes(backend))
    again = crmdeck("apply", str(path))
    assert (again.status, "Nothing is left to do" in again.err) == (1, True)
    assert crmdeck("apply", str(path), "--resume").status == 0
    assert len(writes(backend)) == count


def test_canary_resume_retry_and_undo(
    crmdeck: Run, backend: MemoryBackend, path: Path, ids: list[str]
) -> None:
    """The whole way of a plan, with its statuses."""
    planned(crmdeck, path, "--all", "title=Chief")
    before = [backend.records[row].attributes["title"] for row in backend.records if row.id in ids]
    canary = crmdeck("apply", str(path), "--canary", "2")
    assert (canary.status, len(canary.out.splitlines())) == (0, 2)
    assert "--resume" in canary.err
    assert "was begun: 2 done" in crmdeck("apply", str(path)).err
    backend.fail(f"PATCH /contact/{ids[3]}", Rejected("The value is wrong", status=422))
    stopped = crmdeck("apply", str(path), "--resume")
    assert stopped.status == 3
    assert "Stopped at a row that went wrong" in stopped.err
    assert crmdeck("apply", str(path), "--resume", "--continue-on-error").status == 3
    backend.mend()
    retried = crmdeck("apply", str(path), "--retry-failed")
    assert (retried.status, len(retried.out.splitlines())) == (0, 1)
    undone = crmdeck("apply", str(path), "--undo")
    assert undone.status == 0
    assert [backend.records[row].attributes["title"] for row in backend.records if row.id in ids] == before  # fmt: skip
    assert path.with_name("plan.undo.jsonl").exists()


def test_nothing_done_is_status_1(crmdeck: Run, backend: MemoryBackend, path: Path) -> None:
    """Refused is not partly."""
    planned(crmdeck, path, "title = CTO", "title=Chief")
    backend.fail("PATCH", Rejected("The value is wrong", status=422))
    assert crmdeck("apply", str(path), "--continue-on-error").status == 1


def test_a_rehearsal_sends_no_write(crmdeck: Run, backend: MemoryBackend, path: Path) -> None:
    """And leaves the plan as it was: it can be run."""
    planned(crmdeck, path, "title = CTO", "title=Chief")
    answer = crmdeck("apply", str(path), "--rehearse")
    assert answer.status == 0
    assert "Rehearsed in a clone" in answer.err
    assert writes(backend) == []
    assert [row.name for row in path.parent.iterdir()] == ["plan.jsonl"]


def test_read_only_refuses_a_run_and_nothing_else(
    crmdeck: Run, backend: MemoryBackend, path: Path
) -> None:
    """Plans and rehearsals change nothing."""
    assert planned(crmdeck, path, "title = CTO", "title=Chief", "--read-only").status == 0
    assert crmdeck("apply", str(path), "--rehearse", "--read-only").status == 0
    backend.lock()
    answer = crmdeck("apply", str(path), "--read-only")
    assert (answer.status, answer.out) == (1, "")
    assert "Nothing was sent." in answer.err
    assert writes(backend) == []


def test_a_plan_edited_into_nonsense_is_refused_whole(
    crmdeck: Run, backend: MemoryBackend, path: Path
) -> None:
    """With the line; the rows before it are not run either."""
    planned(crmdeck, path, "title = CTO", "title=Chief")
    text = path.read_text().replace('"method": "PATCH"', '"method": "POST"')
    path.write_text(text)
    answer = crmdeck("apply", str(path))
    assert answer.status == 1
    assert "Line 2" in answer.err
    assert writes(backend) == []


def test_a_plan_of_another_workspace_is_refused(
    crmdeck: Run, backend: MemoryBackend, path: Path
) -> None:
    """Prod is not test."""
    planned(crmdeck, path, "title = CTO", "title=Chief")
    path.write_text(path.read_text().replace('"workspace_key": "memory"', '"workspace_key": "x"'))
    answer = crmdeck("apply", str(path))
    assert (answer.status, "is not run here" in answer.err) == (1, True)
    assert writes(backend) == []
