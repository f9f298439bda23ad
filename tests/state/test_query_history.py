"""The history file: bounded, shared by processes, and readable whatever happened to it."""

import multiprocessing
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.domain.remembered import HistoryEntry, NotRemembered
from app.state.query_history import MAX_ENTRIES, MAX_TEXT, SLACK, HistoryFile

THEN = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def entry(number: int, text: str = "", **rest: object) -> HistoryEntry:
    """An entry; each number is a minute later than the one before."""
    return HistoryEntry(
        THEN + timedelta(minutes=number), "contact", text or f"n = {number}", number, **rest  # type: ignore[arg-type]
    )  # fmt: skip


@pytest.fixture
def history(tmp_path: Path) -> HistoryFile:
    """An empty one."""
    return HistoryFile(tmp_path / "state")


def test_entries_come_back_newest_first(history: HistoryFile) -> None:
    """With everything they hold; from a file of the owner's alone."""
    assert history.recent(9) == ()
    assert not history.folder.exists()
    entries = [
        entry(1, 'name = "Zoë 🙂"', has_more=True, workspace="acme"),
        HistoryEntry(THEN, "account", "line\none"),
        entry(3),
    ]
    for one in entries:
        history.add(one)
    assert history.recent(9) == tuple(reversed(entries))
    assert history.recent(2) == tuple(reversed(entries[1:]))
    assert history.file.stat().st_mode & 0o777 == 0o600


def test_every_word_must_be_found(history: HistoryFile) -> None:
    """In the question, the record type or the workspace; case does not count."""
    for one in (
        entry(1, "stage = new", workspace="acme"),
        entry(2, "stage = WON"),
        entry(3, "x = 1"),
    ):
        history.add(one)
    assert [row.text for row in history.search("stage", 9)] == ["stage = WON", "stage = new"]
    assert [row.text for row in history.search("ACME stage contact", 9)] == ["stage = new"]
    assert [row.text for row in history.search("won", 9)] == ["stage = WON"]
    assert history.search("nothing like it", 9) == ()


def test_ten_thousand_entries_stay_bounded(history: HistoryFile) -> None:
    """The latest thousand are kept; the file is not rewritten each time."""
    lines = b"".join(_line(number) for number in range(10_000))
    history.add(entry(0))
    history.file.write_bytes(lines)
    history.add(entry(10_000))
    kept = history.recent(10_000)
    assert [row.row_count for row in kept] == [*range(10_000, 10_000 - MAX_ENTRIES, -1)]
    assert history.file.read_bytes().count(b"\n") == MAX_ENTRIES
    inode = history.file.stat().st_ino
    for number in range(SLACK):
        history.add(entry(number))
    assert history.file.stat().st_ino == inode
    history.add(entry(1))
    assert history.file.stat().st_ino != inode
    assert history.file.read_bytes().count(b"\n") == MAX_ENTRIES


def _line(number: int) -> bytes:
    moment = (THEN + timedelta(minutes=number)).isoformat()
    return (
        f'{{"asked_at": "{moment}", "type": "contact", "text": "n = {number}", "rows": {number}}}\n'
    ).encode()


@pytest.mark.parametrize(
    "line",
    [
        b"nonsense",
        b"{}",
        b"[1]",
        b"\xff\xfe",
        b"",
        b"[" * 5000,
        b'{"asked_at": "yesterday", "type": "a", "text": "b"}',
        b'{"asked_at": "2026-01-05T09:30:00", "type": "a", "text": "b"}',
        b'{"asked_at": "2026-01-05T09:30:00+00:00", "type": 1, "text": "b"}',
        b'{"asked_at": "2026-01-05T09:30:00+00:00", "type": "a", "text": null}',
        b'{"asked_at": "2026-01-05T09:30:00+00:00", "type": "a", "text": "b", "rows": true}',
        b'{"asked_at": "2026-01-05T09:30:00+00:00", "type": "a", "text": "b", "workspace": 1}',
    ],
)
def test_a_broken_line_is_passed_over_and_counted(history: HistoryFile, line: bytes) -> None:
    """Those around it are read as ever."""
    history.add(entry(1))
    with history.file.open("ab") as file:
        file.write(line + b"\n")
    history.add(entry(2))
    assert history.recent(9) == (entry(2), entry(1))
    assert history.broken_lines == 1
    history.search("", 0)
    assert history.broken_lines == 1


def test_a_line_cut_short_by_a_crash_spoils_no_other(history: HistoryFile) -> None:
    """The next one begins on a line of its own."""
    history.add(entry(1))
    with history.file.open("ab") as file:
        file.write(b'{"asked_at": "2026-')
    history.add(entry(2))
    history.add(entry(3))
    assert history.recent(9) == (entry(3), entry(2), entry(1))
    assert history.broken_lines == 1


def test_what_cannot_be_kept_is_let_go(history: HistoryFile) -> None:
    """Half characters and endless texts: asking them is no reason to fail."""
    history.add(entry(1, "\ud800"))
    history.add(entry(2, "x" * (MAX_TEXT + 1)))
    history.add(entry(3))
    assert history.recent(9) == (entry(3),)


def test_a_file_that_cannot_be_used_is_named(history: HistoryFile, tmp_path: Path) -> None:
    """A link is not followed, a folder in the way is told of."""
    history.folder.mkdir(mode=0o700)
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    history.file.symlink_to(victim)
    with pytest.raises(NotRemembered, match=str(history.file)):
        history.add(entry(1))
    with pytest.raises(NotRemembered, match="is a link"):
        history.recent(1)
    assert victim.read_bytes() == b"untouched"
    history.file.unlink()
    history.file.mkdir()
    for act in (lambda: history.add(entry(1)), lambda: history.recent(1)):
        with pytest.raises(NotRemembered, match=str(history.file)):
            act()


def test_a_state_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    """No traceback."""
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(NotRemembered, match="state"):
        HistoryFile(tmp_path / "state").add(entry(1))


def _add_many(folder: Path, first: int) -> None:
    history = HistoryFile(folder)
    for number in range(first, first + 200):
        history.add(entry(number))


def test_two_processes_lose_nothing(history: HistoryFile) -> None:
    """Also while one of them rewrites the file that the other appends to."""
    history.add(entry(0))
    history.file.write_bytes(b"".join(_line(number) for number in range(MAX_ENTRIES + SLACK - 50)))
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_add_many, args=(history.folder, first))
        for first in (20_000, 30_000)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    kept = [row.row_count for row in history.recent(MAX_ENTRIES)]
    assert {*range(20_000, 20_200), *range(30_000, 30_200)} <= {*kept}
    assert history.broken_lines == 0
    for first in (20_000, 30_000):
        own = [count for count in kept if count is not None and first <= count < first + 200]
        assert own == sorted(own, reverse=True)


def test_a_full_disk_leaves_no_half_line(
    history: HistoryFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was there stays, and the next one fits again."""
    history.add(entry(1))
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:10]))
    with pytest.raises(NotRemembered, match="no room"):
        history.add(entry(2))
    monkeypatch.undo()
    history.add(entry(3))
    assert history.recent(9) == (entry(3), entry(1))
    assert history.broken_lines == 0
