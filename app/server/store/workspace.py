"""Opening a workspace file: what it must be, and what is refused with a way out. Nothing is ever overwritten."""

import os
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeVar

from app.domain.errors import WorkspaceError
from app.domain.operators import fold
from app.server.refusals import Refusal
from app.server.store.catalogue import Catalogue, read_catalogue
from app.server.store.cursors import CursorSigner
from app.server.store.definitions import ORGANIZATION
from app.server.store.dialect import SQLITE
from app.server.store.file_format import APPLICATION_ID, CLEAN, FILE_VERSION, SECRET
from app.server.store.preparing import prepare_changes
from app.server.store.readers import Reader, ReaderPool, Workspace
from app.server.store.writing import Clock, Writer, WriterThread

READERS: Final = 3
"""Threads that read; more do not help on the few cores a terminal has."""

DEADLINE_S: Final = 5.0
"""What one request may take of the database."""

BUSY_MS: Final = 5_000
"""How long a request waits for another program to let go of the file."""

CACHE_KIB: Final = 16_384
"""Memory each reader may use for pages of the file."""

LOG_BYTES: Final = 64 * 1024 * 1024
"""What the write-ahead log is cut back to."""

OLDEST_SQLITE: Final = (3, 35, 0)
"""The oldest library that understands our statements."""

_MAGIC: Final = b"SQLite format 3\x00"
_MAX_TEXT_BYTES: Final = 64 * 1024 * 1024

Result = TypeVar("Result")


class Store:
    """An open workspace file."""

    def __init__(self, path: Path, pool: ReaderPool, writer: WriterThread) -> None:
        self.path = path
        self._pool = pool
        self._writer = writer
        writer.on_new_workspace = self._take

    def _take(self, workspace: Workspace) -> None:
        self._pool.workspace = workspace

    @property
    def catalogue(self) -> Catalogue:
        """The record types, as the file describes them."""
        return self._pool.workspace.catalogue

    async def read(self, work: Callable[[Reader], Result]) -> Result:
        """Run reading work in a thread. Raises `Refusal` if the file cannot be read in time."""
        return await self._pool.run(work)

    async def write(self, work: Callable[[Writer], Result]) -> Result:
        """Run writing work in the one thread that writes; the result comes when it is on the disk.

        A caller that is cancelled does not stop the work. Raises `Refusal` if the file cannot be written; whatever the work
        raises is raised here, and its changes are undone.
        """
        return await self._writer.run(work)

    def close(self) -> None:
        """Let go of the file; running reads are ended, queued writes are done."""
        self._pool.close()
        self._writer.close()


def _now() -> datetime:
    return datetime.now(UTC)


def open_workspace(path: Path, *, deadline_s: float = DEADLINE_S, clock: Clock = _now) -> Store:
    """Open an existing workspace; `deadline_s` is what one request may take of the database, `clock` dates the changes.

    Raises:
        WorkspaceError: the file is missing, no workspace, of a newer version, held by another program or damaged.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(map(str, OLDEST_SQLITE))
        raise WorkspaceError(
            f"SQLite {sqlite3.sqlite_version} is too old; {needed} or newer is needed."
        )
    is_unclean = _look(path)

    def connect() -> sqlite3.Connection:
        return _connect(path)

    try:
        connection = connect()
        try:
            workspace = _examine(path, connection, is_unclean=is_unclean)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _cannot_open(path, error) from error
    writer = WriterThread(
        lambda: _connect_to_write(path),
        prepare_changes,
        lambda connection: replace(workspace, catalogue=read_catalogue(connection)),
        workspace,
        deadline_s,
        clock,
    )
    return Store(path, ReaderPool(connect, workspace, READERS, deadline_s), writer)


def _look(path: Path) -> bool:
    """Check what can be seen without the database; whether its last writer may have ended badly."""
    try:
        with path.open("rb") as file:
            head = file.read(len(_MAGIC))
    except FileNotFoundError:
        raise WorkspaceError(f"{path} does not exist; `crmdeck sample {path}` makes it.") from None
    except OSError as error:
        raise WorkspaceError(f"{path} cannot be read: {error.strerror}.") from error
    if head != _MAGIC:
        raise _no_workspace(path)
    journals = (path.with_name(f"{path.name}{ending}") for ending in ("-wal", "-journal"))
    return any(journal.exists() and journal.stat().st_size > 0 for journal in journals)


def _is_writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _connect_to_write(path: Path) -> sqlite3.Connection:
    """The connection that writes. Raises `Refusal` for a file that may not be written."""
    if not _is_writable(path):
        raise Refusal("workspace_read_only", "this user may not write the workspace file")
    connection = _connect(path)
    try:
        connection.execute("PRAGMA query_only = OFF")
        if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
            raise Refusal("workspace_failed", "this disk cannot keep a write-ahead log")
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            f"journal_size_limit = {LOG_BYTES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that cannot write; a file that may not be written is taken as unchanging."""
    address = f"{path.absolute().as_uri()}?{'mode=rw' if _is_writable(path) else 'immutable=1'}"
    connection = sqlite3.connect(
        address, timeout=BUSY_MS / 1_000, isolation_level=None, check_same_thread=False, uri=True
    )
    for pragma in (
        "query_only = ON",
        "trusted_schema = OFF",
        "cell_size_check = ON",
        "temp_store = MEMORY",
        f"cache_size = -{CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.create_function(SQLITE.fold_function, 1, _fold, deterministic=True)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_TEXT_BYTES)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    return connection


def _fold(text: str | float | None) -> str | float | None:
    return fold(text) if isinstance(text, str) else text


def _examine(path: Path, connection: sqlite3.Connection, *, is_unclean: bool) -> Workspace:
    """Read the file's own description."""
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise _no_workspace(path)
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > FILE_VERSION:
        raise WorkspaceError(
            f"{path} was made by a newer crmdeck (file version {version}, this one reads {FILE_VERSION}); update crmdeck."
        )
    meta = dict(connection.execute('SELECT "key", "value" FROM "crm_meta"').fetchall())
    if is_unclean or meta.get(CLEAN) == "0":
        verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise _damaged(path, verdict)
    return Workspace(
        read_catalogue(connection), meta[ORGANIZATION], CursorSigner(meta[SECRET]), SQLITE
    )


def _cannot_open(path: Path, error: sqlite3.Error) -> WorkspaceError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return WorkspaceError(f"{path} is locked by another program; end it and try again.")
    if code == sqlite3.SQLITE_NOTADB:
        return _no_workspace(path)
    if code == sqlite3.SQLITE_CORRUPT:
        return _damaged(path, str(error))
    return WorkspaceError(f"{path} cannot be opened: {error}.")


def _no_workspace(path: Path) -> WorkspaceError:
    return WorkspaceError(
        f"{path} is not a crmdeck workspace; it was left as it is. Name another file."
    )


def _damaged(path: Path, verdict: str) -> WorkspaceError:
    return WorkspaceError(
        f"{path} is damaged ({verdict}); it was left as it is. Restore a backup, or save what can be read with "
        f"`sqlite3 {path} .recover`."
    )
