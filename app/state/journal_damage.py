"""A damaged journal: noticing it, setting it aside, and keeping what can still be read."""

import os
import secrets
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from app.domain.journal import JournalWarning
from app.state.journal_store import (
    DDL,
    PAGE_BYTES,
    TABLES,
    Cell,
    create_tables,
    is_sound,
    unsound_rows,
)
from app.state.private_files import FILE_MODE, sync_folder

_MOMENT_COLUMN: Final = {"draft": 2, "intent": 6}
"""Where a row says when it was last changed."""

_ID_COLUMN: Final = 0
_PAGE_COUNT: Final = slice(28, 32)
_CHANGE_COUNTER: Final = slice(24, 28)
_VERSION_VALID_FOR: Final = slice(92, 96)
_FORMATS: Final = slice(18, 20)
"""Parts of a database file's header. Source: sqlite.org/fileformat.html, section 1.3."""

_LOG_HEAD: Final = 32
_FRAME_HEAD: Final = 24
"""Bytes before the frames of a log, and before each page in it. Source: sqlite.org/fileformat.html, section 4.1."""

_MASK: Final = 0xFFFFFFFF

MOST_PROBED: Final = 10_000
"""Rows of a damaged table that are looked for one by one at most."""

MOST_FAILURES: Final = 200
"""How many of them in a row may be unreadable; a damaged page holds some dozens."""


def damage_of(connection: sqlite3.Connection) -> str | None:
    """How an open journal differs from what was written; `None` for a sound one. Raises `sqlite3.Error` too."""
    tables = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")
    if {sql for (sql,) in tables} != {*DDL}:
        return "its tables were changed"
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        return str(verdict)
    table = next(unsound_rows(connection), None)
    return None if table is None else f"a row of {table} was changed"


def commits_in(log: bytes) -> int:
    """The number of the last frame that ends a commit of this log; SQLite ends at the first damaged one and says nothing.

    Raises:
        ValueError: the log's own head is damaged.
    """
    if len(log) <= _LOG_HEAD:
        return 0
    order = ">" if log[3] & 1 else "<"
    words = struct.unpack(f"{order}6I", log[:24])
    first, second = 0, 0
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = (first + even + second) & _MASK
        second = (second + odd + first) & _MASK
    if struct.unpack(">2I", log[24:32]) != (first, second):
        raise ValueError("the head of its log was changed")
    last = 0
    starts = range(_LOG_HEAD, len(log) - PAGE_BYTES, _FRAME_HEAD + PAGE_BYTES)
    for number, start in enumerate(starts, 1):
        is_commit = log[start + 4 : start + 8] != b"\0\0\0\0"
        if is_commit and log[start + 8 : start + 16] == log[16:24]:
            last = number
    return last


@dataclass(slots=True)
class _Rescued:
    """Rows that are as they were written, by table and id; of each the one changed last."""

    rows: dict[str, dict[Cell, tuple[Cell, ...]]] = field(
        default_factory=lambda: {"draft": {}, "intent": {}}
    )
    events: dict[tuple[Cell, ...], None] = field(default_factory=dict)

    def take(self, table: str, cells: tuple[Cell, ...]) -> None:
        """Keep a row."""
        if table not in self.rows:
            self.events[cells] = None
            return
        known = self.rows[table].get(cells[_ID_COLUMN])
        if known is None or _changed(table, known) < _changed(table, cells):
            self.rows[table][cells[_ID_COLUMN]] = cells

    def write(self, file: Path) -> None:
        """Make a journal of these."""
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("BEGIN")
            create_tables(connection)
            for table, rows in self.rows.items():
                _insert(connection, table, rows.values())
            known = self.rows["intent"]
            events = [cells for cells in self.events if cells[_ID_COLUMN] in known]
            _insert(connection, "intent_event", events)
            connection.execute("COMMIT")


def set_aside(path: Path, reason: str, now: datetime) -> JournalWarning:
    """Keep a copy of a damaged journal beside it, and put a new one of all that can be read in its place.

    Nobody else may use the file meanwhile; who has it open can tell by its inode that it is another one afterwards.

    Raises:
        OSError, sqlite3.Error: it could not be done; the damaged file is still in its place.
    """
    aside = _free_name(path, now)
    log = path.with_name(f"{path.name}-wal")
    _copy(path, aside)
    if log.exists() and log.stat().st_size:
        _copy(log, aside.with_name(f"{aside.name}-wal"))
    rescued = _rescue(path, log)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))
        fresh.chmod(FILE_MODE)
        rescued.write(fresh)
        for ending in ("-wal", "-shm"):
            path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
        fresh.replace(path)
    except (OSError, sqlite3.Error):
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
    drafts, intents = (len(rescued.rows[table]) for table in ("draft", "intent"))
    return JournalWarning(
        f"The journal {path} was damaged ({reason}). What could be read was kept: drafts: {drafts}, sent requests:"
        f" {intents}; what was saved last may be lost. The damaged file is {aside.name}."
    )


def _rescue(path: Path, log: Path) -> _Rescued:
    """All sound rows of a file: with its log and without, with its own first page and with a new one."""
    rescued = _Rescued()
    for has_log in (True, False):
        for is_grafted in (False, True):
            with tempfile.TemporaryDirectory(prefix=".journal-", dir=path.parent) as folder:
                copy = Path(folder) / "copy"
                shutil.copyfile(path, copy)
                if has_log and log.exists():
                    shutil.copyfile(log, copy.with_name("copy-wal"))
                if is_grafted:
                    _graft(copy)
                for table, cells in _sound_rows(copy):
                    rescued.take(table, cells)
    return rescued


def _graft(copy: Path) -> None:
    """Give a file the first page of a new journal: where each table begins is the same in all of them."""
    fresh = copy.with_name("fresh")
    _Rescued().write(fresh)
    data = copy.read_bytes()
    page = bytearray(fresh.read_bytes()[:PAGE_BYTES])
    page[_PAGE_COUNT] = struct.pack(">I", max(1, len(data) // PAGE_BYTES))
    page[_VERSION_VALID_FOR] = page[_CHANGE_COUNTER]
    page[_FORMATS] = b"\x02\x02"
    copy.write_bytes(bytes(page) + data[PAGE_BYTES:])


def _sound_rows(copy: Path) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Each row that can be reached and is as it was written; some come twice."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        connection.text_factory = lambda data: data.decode("utf-8", "replace")
        for table, columns in TABLES.items():
            select = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608 - names of ours
            for cells in _reachable(connection, select):
                if is_sound(cells):
                    yield table, cells


def _reachable(connection: sqlite3.Connection, select: str) -> Iterator[tuple[Cell, ...]]:
    """The rows of a table: from the start up to the first damage, from the end likewise, and one by one between them."""
    try:
        yield from connection.execute(f"{select} ORDER BY rowid")
    except sqlite3.Error:
        with suppress(sqlite3.Error):
            yield from connection.execute(f"{select} ORDER BY rowid DESC")
        yield from _probed(connection, f"{select} WHERE rowid = ?")


def _probed(connection: sqlite3.Connection, query: str) -> Iterator[tuple[Cell, ...]]:
    """Rows that are looked for one by one, until too many in a row cannot be read."""
    failures = 0
    for rowid in range(1, MOST_PROBED):
        try:
            yield from connection.execute(query, (rowid,))
            failures = 0
        except sqlite3.Error:
            failures += 1
            if failures == MOST_FAILURES:
                return


def _changed(table: str, cells: tuple[Cell, ...]) -> int:
    moment = cells[_MOMENT_COLUMN[table]]
    return moment if isinstance(moment, int) else 0


def _insert(connection: sqlite3.Connection, table: str, rows: Iterable[tuple[Cell, ...]]) -> None:
    marks = ", ".join("?" * len(TABLES[table]))
    connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - a name of ours


def _free_name(path: Path, now: datetime) -> Path:
    stem = f"{path.name}.corrupt-{now:%Y%m%dT%H%M%SZ}"
    names = (stem, *(f"{stem}-{number}" for number in range(2, 1000)))
    return next(place for name in names if not (place := path.with_name(name)).exists())


def _copy(source: Path, target: Path) -> None:
    """Copy a file for the owner alone, onto the disk; nothing is left of one that failed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(target, flags, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, FILE_MODE)
            file.write(source.read_bytes())
            file.flush()
            os.fsync(descriptor)
    except OSError:
        target.unlink(missing_ok=True)
        raise
