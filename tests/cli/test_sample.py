"""`crmdeck sample`: the file or nothing, progress for people only, nothing on stdout."""

import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from tests.cli.conftest import Run
from tests.support.terminal import Terminal

PROJECT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "app", "sample")


def contacts_in(file: Path) -> int:
    """How many contacts a workspace has."""
    connection = sqlite3.connect(file)
    try:
        return int(connection.execute("SELECT count(*) FROM contact").fetchone()[0])
    finally:
        connection.close()


def test_writes_a_workspace_and_says_what_is_in_it(crmdeck: Run, tmp_path: Path) -> None:
    """One line on stderr at the end; stdout stays empty."""
    file = tmp_path / "sample.db"
    answer = crmdeck("sample", str(file), "--contacts", "30", "--seed", "7")
    assert (answer.status, answer.out) == (0, "")
    assert re.fullmatch(
        re.escape(str(file)) + r": .*\b30 contact, .*; [\d.]+ (kB|MB) in [\d.]+ s\n", answer.err
    )
    assert contacts_in(file) == 30


def test_makes_two_hundred_contacts_by_default(crmdeck: Run, tmp_path: Path) -> None:
    """As many as a first start."""
    crmdeck("sample", str(tmp_path / "sample.db"))
    assert contacts_in(tmp_path / "sample.db") == 200


def test_an_existing_file_is_refused(crmdeck: Run, tmp_path: Path) -> None:
    """It stays as it is, and the answer names the way out."""
    file = tmp_path / "mine.db"
    file.write_text("mine")
    answer = crmdeck("sample", str(file), "--contacts", "5")
    assert (answer.status, answer.out) == (1, "")
    assert "exists already" in answer.err
    assert "--force" in answer.err
    assert file.read_text() == "mine"


def test_force_replaces_a_file_and_its_journals(crmdeck: Run, tmp_path: Path) -> None:
    """Journals of the old content would be played into the new file."""
    file = tmp_path / "old.db"
    for ending in ("", "-wal", "-shm", "-journal"):
        file.with_name(file.name + ending).write_text("old")
    answer = crmdeck("sample", str(file), "--contacts", "5", "--force")
    assert answer.status == 0
    assert list(tmp_path.iterdir()) == [file]
    assert contacts_in(file) == 5


def test_force_needs_no_old_file(crmdeck: Run, tmp_path: Path) -> None:
    """It allows, it does not demand."""
    assert crmdeck("sample", str(tmp_path / "a.db"), "--contacts", "5", "--force").status == 0


def test_a_missing_folder_is_a_failure_in_words(crmdeck: Run, tmp_path: Path) -> None:
    """Not a traceback."""
    answer = crmdeck("sample", str(tmp_path / "nowhere" / "a.db"), "--contacts", "5")
    assert answer.status == 1
    assert "cannot be made" in answer.err


def test_a_size_below_one_is_wrong_usage(crmdeck: Run, tmp_path: Path) -> None:
    """Before anything is written."""
    assert crmdeck("sample", str(tmp_path / "a.db"), "--contacts", "0").status == 2
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """What SQLite cannot write is said in words; the half file is gone."""
    limited = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000));"
        "from app.__main__ import run; sys.exit(run(sys.argv[1:]))"
    )
    arguments = ["sample", str(tmp_path / "a.db")]
    done = subprocess.run(
        [sys.executable, "-c", limited, *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_leaves_no_half_file(tmp_path: Path) -> None:
    """Interrupted in the midst of a large sample, the folder is as before."""
    command = [*PROGRAM, str(tmp_path / "large.db"), "--contacts", "1000000"]
    with subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.PIPE, text=True) as process:
        try:
            deadline_s = time.monotonic() + 10
            while not any(tmp_path.iterdir()):
                assert time.monotonic() < deadline_s
                assert process.poll() is None
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=10)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


def test_a_bar_shows_the_progress_on_a_terminal(tmp_path: Path) -> None:
    """And the line at the end stands below it."""
    command = [*PROGRAM, str(tmp_path / "a.db"), "--contacts", "40"]
    with Terminal(command, cwd=PROJECT, columns=120, lines=10) as terminal:
        terminal.wait_for(re.compile(r"Making records .*100%"))
        terminal.wait_for("40 contact")
        assert terminal.wait_exit() == 0


def test_textual_is_not_loaded() -> None:
    """The command is headless."""
    check = (
        "import sys, app.cli.sample; sys.exit('textual' in sys.modules or 'rich' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", check], cwd=PROJECT, check=False).returncode == 0
