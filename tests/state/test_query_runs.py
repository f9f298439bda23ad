"""Last runs of saved queries: whole or none, in files of the owner's alone."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.changes_since import MAX_RUN_ROWS, Run, RunRow
from app.domain.remembered import NotRemembered
from app.domain.values import Json
from app.state.query_runs import RunFiles

THEN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
VALUES: dict[str, Json] = {
    "name": "Zoë 🙂\n\u2028",
    "amount": Decimal("12.50"),
    "owner": None,
    "emails": [{"email": "a@b.c", "is_primary": True}],
}
RUN = Run(THEN, "contact", 'name = "Zoë"', (RunRow("1", "Zoë", VALUES), RunRow("2", "", {})), True)


@pytest.fixture
def runs(tmp_path: Path) -> RunFiles:
    """No run yet."""
    return RunFiles(tmp_path / "state", "profile acme")


def files_of(runs: RunFiles) -> list[Path]:
    """The files of runs."""
    return [*(runs.folder / "runs").glob("*.jsonl")]


def test_a_run_comes_back_digit_for_digit(runs: RunFiles) -> None:
    """And is replaced by the next one."""
    assert runs.last("Hot") is None
    assert not runs.folder.exists()
    runs.keep("Hot", RUN)
    kept = runs.last("Hot")
    assert kept == RUN
    assert str(kept.rows[0].values["amount"]) == "12.50"
    later = Run(THEN, "contact", "", (), False)
    runs.keep("Hot", later)
    assert runs.last("Hot") == later
    [file] = files_of(runs)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.name.startswith("Hot-")


def test_queries_and_workspaces_have_runs_of_their_own(runs: RunFiles) -> None:
    """Also where a name in one and a folder in the other would look alike."""
    other = RunFiles(runs.folder, "profile acme/Hot")
    runs.keep("Hot", RUN)
    assert runs.last("hot") is None
    assert other.last("Hot") is None


def test_runs_follow_a_renamed_query_and_leave_with_a_deleted_one(runs: RunFiles) -> None:
    """Where there is no run nothing happens."""
    runs.move("Hot", "Cold")
    runs.keep("Hot", RUN)
    runs.move("Hot", "team/Hot")
    assert (runs.last("Hot"), runs.last("team/Hot")) == (None, RUN)
    runs.move("team/Hot", None)
    runs.move("team/Hot", None)
    assert files_of(runs) == []


def test_a_long_run_is_cut_and_says_so(runs: RunFiles) -> None:
    """Its first rows are kept; it no longer counts as complete."""
    rows = tuple(RunRow(str(number), "", {}) for number in range(MAX_RUN_ROWS + 1))
    runs.keep("Hot", Run(THEN, "contact", "", rows, True))
    kept = runs.last("Hot")
    assert kept is not None
    assert kept.rows == rows[:MAX_RUN_ROWS]
    assert not kept.is_complete


def damaged() -> list[bytes]:
    """Files that are not all of a run."""
    head = (
        b'{"version": 1, "asked_at": "2026-01-05T09:30:00+00:00", "type": "contact", "text": "",'
        b' "rows": 2, "complete": true}\n'
    )
    row = b'{"id": "1", "title": "", "values": {}}\n'
    return [
        b"",
        b"nonsense\n",
        head,
        head + row,
        head + row + row,
        head + row + b'{"id": "2", "title": ""}\n',
        head + row + b"\n",
        head.replace(b"+00:00", b"") + row + row.replace(b"1", b"2"),
        head.replace(b'"version": 1', b'"version": 2') + row + row.replace(b"1", b"2"),
    ]


@pytest.mark.parametrize("data", damaged())
def test_a_damaged_run_is_told_of_and_compared_with_nothing(runs: RunFiles, data: bytes) -> None:
    """A part of an answer would make changes up."""
    runs.keep("Hot", RUN)
    [file] = files_of(runs)
    file.write_bytes(data)
    with pytest.raises(NotRemembered, match="nothing to compare with"):
        runs.last("Hot")
    runs.keep("Hot", RUN)
    assert runs.last("Hot") == RUN


def test_half_characters_are_not_kept(runs: RunFiles) -> None:
    """The run before stays."""
    runs.keep("Hot", RUN)
    with pytest.raises(NotRemembered, match="half characters"):
        runs.keep("Hot", Run(THEN, "contact", "", (RunRow("1", "\ud800", {}),), True))
    assert runs.last("Hot") == RUN
