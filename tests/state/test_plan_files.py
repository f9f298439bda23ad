"""Plans and their progress on the disk."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.plan import PlanError
from app.domain.plan_progress import RowNote, RowState
from app.state.plan_files import DiskPlanFiles
from tests.support.plans import MADE_AT, a_plan

PLAN = a_plan(3)


@pytest.fixture
def files() -> DiskPlanFiles:
    return DiskPlanFiles()


@pytest.fixture
def path(tmp_path: Path, files: DiskPlanFiles) -> Iterator[Path]:
    """A plan that was written, whatever the umask."""
    before = os.umask(0)
    path = tmp_path / "plan.jsonl"
    files.write(path, PLAN)
    yield path
    os.umask(before)


def note(row_id: str, state: RowState, words: str = "") -> RowNote:
    return RowNote(row_id=row_id, state=state, at=MADE_AT, note=words)


def progress_path(path: Path) -> Path:
    return path.with_name("plan.jsonl.progress.jsonl")


def test_both_files_are_the_owners_alone(files: DiskPlanFiles, path: Path) -> None:
    """Records are nobody else's business."""
    files.open(path, PLAN).close()
    assert [file.stat().st_mode & 0o777 for file in (path, progress_path(path))] == [0o600, 0o600]
    assert files.read(path) == PLAN


def test_a_plan_is_replaced_only_when_told_and_never_once_begun(
    files: DiskPlanFiles, path: Path
) -> None:
    """The progress would speak of another plan."""
    with pytest.raises(PlanError, match="exists already"):
        files.write(path, a_plan(2))
    files.write(path, a_plan(2), is_forced=True)
    assert files.read(path) == a_plan(2)
    files.open(path, a_plan(2)).close()
    with pytest.raises(PlanError, match="was begun"):
        files.write(path, PLAN, is_forced=True)


def test_a_link_in_the_place_of_a_plan_is_neither_read_nor_replaced(
    files: DiskPlanFiles, path: Path
) -> None:
    """It may lead anywhere."""
    link = path.with_name("link.jsonl")
    link.symlink_to(path)
    with pytest.raises(PlanError, match="link"):
        files.read(link)
    with pytest.raises(PlanError, match="no ordinary file"):
        files.write(link, PLAN, is_forced=True)
    progress_path(path).symlink_to(path)
    with pytest.raises(PlanError):
        files.open(path, PLAN)


def test_progress_comes_back_with_the_latest_note_of_each_row(
    files: DiskPlanFiles, path: Path
) -> None:
    """What is appended later counts; nothing is written over."""
    progress = files.open(path, PLAN)
    progress.add([note("1", RowState.SENDING)], is_lasting=True)
    progress.add([note("1", RowState.DONE), note("2", RowState.SENDING)], is_lasting=True)
    progress.close()
    again = files.open(path, PLAN)
    assert {row: each.state for row, each in again.notes.items()} == {
        "1": RowState.DONE,
        "2": RowState.SENDING,
    }
    again.add([note("2", RowState.REFUSED, "\x1b[2J no")], is_lasting=False)
    again.close()
    assert files.look(path, PLAN)["2"].note == "\x1b[2J no"
    assert progress_path(path).read_text().isascii()
    assert len(progress_path(path).read_text().splitlines()) == 5


def test_two_programs_do_not_run_one_plan(files: DiskPlanFiles, path: Path) -> None:
    """The second one is told; when the first is gone it may."""
    first = files.open(path, PLAN)
    with pytest.raises(PlanError, match="Another crmdeck is running this plan"):
        files.open(path, PLAN)
    first.close()
    files.open(path, PLAN).close()


def test_progress_of_another_plan_is_not_gone_on_with(files: DiskPlanFiles, path: Path) -> None:
    """An edited plan is another one."""
    files.open(path, PLAN).close()
    with pytest.raises(PlanError, match="another plan"):
        files.open(path, a_plan(2))


@pytest.mark.parametrize("kept", [1, 5, 30])
def test_a_last_line_that_was_cut_off_is_dropped(
    files: DiskPlanFiles, path: Path, kept: int
) -> None:
    """A crash in the middle of it: nothing had been sent on its account."""
    progress = files.open(path, PLAN)
    progress.add([note("1", RowState.DONE)], is_lasting=True)
    progress.close()
    whole = progress_path(path).read_bytes()
    with progress_path(path).open("ab") as file:
        file.write(whole.splitlines()[-1][:kept])
    again = files.open(path, PLAN)
    again.add([note("2", RowState.SENDING)], is_lasting=True)
    again.close()
    assert progress_path(path).read_bytes().startswith(whole)
    assert set(files.look(path, PLAN)) == {"1", "2"}


STRANGER = b'{"row": "9", "state": "done", "at": "2026-01-01T00:00:00Z"}'


@pytest.mark.parametrize("line", [b"nonsense", b"{}", STRANGER])
def test_damage_that_no_crash_makes_is_told_with_its_line(
    files: DiskPlanFiles, path: Path, line: bytes
) -> None:
    """Going on from a guess might send a row twice."""
    files.open(path, PLAN).close()
    with progress_path(path).open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(PlanError, match="is damaged: line 2"):
        files.open(path, PLAN)


def test_a_file_that_cannot_be_written_is_told(files: DiskPlanFiles, tmp_path: Path) -> None:
    """In words, with its name."""
    with pytest.raises(PlanError, match="missing"):
        files.write(tmp_path / "missing" / "plan.jsonl", PLAN)
    with pytest.raises(PlanError, match="There is no plan"):
        files.read(tmp_path / "none.jsonl")
