"""The journal between processes: killed ones, living ones, and disks that are full."""

import fcntl
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from app.domain.journal import DraftTaken, JournalFailed
from app.state.journal import JournalFile
from tests.domain.journal_strategies import draft
from tests.state.test_journal import result, warnings_of

COMMAND = (sys.executable, "-m", "tests.support.journal_abuse")
KILLS = 30


def start(*arguments: object, under: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """Begin an abuse, `under` another program if need be."""
    return subprocess.Popen(
        (*under, *COMMAND, *map(str, arguments)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )


def told_by(*processes: subprocess.Popen[str]) -> list[Any]:
    """What they printed, once they ended well."""
    told = [
        json.loads(line)
        for one in processes
        for line in one.communicate(timeout=60)[0].splitlines()
    ]
    assert [one.returncode for one in processes] == [0] * len(processes)
    return told  # fmt: skip


def test_what_was_confirmed_is_there_after_a_kill(tmp_path: Path) -> None:
    """Whatever moment it was; and nothing is damaged by it."""
    rows = told_by(start("kill", tmp_path / "state", KILLS))
    assert len(rows) == KILLS
    assert all(row["kept"] >= row["confirmed"] > 0 for row in rows)
    assert not any(row["warnings"] or row["is_live"] for row in rows)


@pytest.mark.parametrize("limit_bytes", [50_000, 61_000, 90_000, 123_456])
def test_a_full_disk_loses_nothing_confirmed(tmp_path: Path, limit_bytes: int) -> None:
    """Each failed save is told; when there is space again, all works without a new start."""
    (row,) = told_by(start("fill", tmp_path / "state", limit_bytes))
    assert row["failures"]
    assert all("journal.db cannot be used" in text for text in row["failures"])
    assert set(row["confirmed"]) <= set(row["kept"])
    journal = JournalFile(tmp_path / "state")
    kept = {found.draft.id for found in result(journal.open_drafts("w"))}
    journal.close()
    assert kept == set(row["kept"])


def _can_trace() -> bool:
    strace = shutil.which("strace")
    return strace is not None and subprocess.run((strace, "-qq", "true"), check=False).returncode == 0  # fmt: skip


@pytest.mark.skipif(not _can_trace(), reason="strace is not there or may not trace")
@pytest.mark.parametrize(
    "fault",
    [
        "fdatasync:error=EIO:when=9+9",
        "pwrite64:error=EIO:when=60+45",
        "pwrite64:error=ENOSPC:when=60+45",
    ],
)
def test_a_failing_disk_loses_nothing_confirmed(tmp_path: Path, fault: str) -> None:
    """A save that failed is no save; the next is made through a new connection, and works."""
    under = ("strace", "-f", "-qq", "-o", "/dev/null", "-e", f"inject={fault}")
    (row,) = told_by(start("endure", tmp_path / "state", 40, under=under))
    assert row["failures"]
    assert len(row["confirmed"]) > row["failures"]
    journal = JournalFile(tmp_path / "state")
    told = warnings_of(journal)
    kept = {found.draft.id for found in result(journal.open_drafts("w"))}
    journal.close()
    assert kept >= set(row["confirmed"])
    assert told == []


def test_two_processes_never_claim_the_same_request(tmp_path: Path) -> None:
    """Each is got by exactly one of them."""
    one, other = told_by(*(start("claim", tmp_path / "state", 60) for _ in range(2)))
    assert sorted(one + other) == sorted(f"i{number}" for number in range(60))


def test_two_processes_save_drafts_at_once(tmp_path: Path) -> None:
    """None waits in vain, none overwrites the other's."""
    one, other = told_by(*(start("save", tmp_path / "state", 20) for _ in range(2)))
    journal = JournalFile(tmp_path / "state")
    kept = {row.draft.id: row.draft.texts for row in result(journal.open_drafts("w"))}
    journal.close()
    assert kept == {id_: {"title": "2"} for id_ in one + other}


def test_a_draft_edited_in_another_process_is_left_to_it(tmp_path: Path) -> None:
    """Until that one ends, however it does; the same for what it was sending."""
    other = start("hold", tmp_path / "state")
    assert other.stdout is not None
    pid = json.loads(other.stdout.readline())
    journal = JournalFile(tmp_path / "state")
    try:
        (found,) = result(journal.open_drafts("w"))
        assert (found.owner.pid, found.owner.is_in_the_way) == (pid, True)
        with pytest.raises(DraftTaken) as refusal:
            result(journal.take_draft("d1"))
        assert refusal.value.owner.pid == pid
        with pytest.raises(DraftTaken):
            result(journal.save_draft(draft("d1")))
        with pytest.raises(DraftTaken):
            result(journal.discard_draft("d1"))
        assert result(journal.unsettled("w")) == ()
    finally:
        other.kill()
        other.communicate()
    (found,) = result(journal.open_drafts("w"))
    assert not found.owner.is_live
    assert [row.id for row in result(journal.unsettled("w"))] == ["i1"]
    assert result(journal.take_draft("d1")).id == "d1"
    result(journal.discard_draft("d1"))
    journal.close()


def test_a_journal_that_is_held_fails_and_works_again(tmp_path: Path) -> None:
    """Nobody waits for ever."""
    journal = JournalFile(tmp_path / "state", patience_s=0)
    result(journal.save_draft(draft("d1")))
    with (tmp_path / "state" / "journal.db.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(JournalFailed, match="Another crmdeck holds"):
            result(journal.save_draft(draft("d2")))
    result(journal.save_draft(draft("d2")))
    assert len(result(journal.open_drafts("w"))) == 2
    journal.close()
