"""Keeping the journal's file open, whole and shared: each piece of work is a transaction of its own.

A lock beside the file lets one crmdeck at a time at it. That also keeps SQLite below 3.51.3 from two connections that write
the log at one moment, which can damage it. Source: sqlite.org/wal.html, the WAL-reset bug.
"""

import contextlib
import errno
import fcntl
import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

from app.domain.errors import ConfigError
from app.domain.journal import JournalFailed, JournalWarning
from app.state.file_systems import is_remote
from app.state.journal_damage import commits_in, damage_of, set_aside
from app.state.journal_store import (
    APPLICATION_ID,
    PAGE_BYTES,
    VERSION,
    Clock,
    JournalStore,
    create_tables,
)
from app.state.private_files import FILE_MODE, make_private_folder, sync_folder
from app.state.processes import this_process

LOG_BYTES: Final = 4 * 1024 * 1024
"""What the write-ahead log is cut back to."""

_RETRY_S: Final = 0.005
_DAMAGE: Final = frozenset(
    {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY}
)
"""What SQLite says of a damaged file; in the last two cases its head names a form that nobody knows, or tables do."""

_FORBIDDING: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENOTDIR, errno.EISDIR}
)
"""Refusals of the file system that waiting does not end."""

Result = TypeVar("Result")


class _Unusable(Exception):
    """There can be no journal here; the text says why."""


class _Damaged(Exception):
    """The file is not as it was written; the text says how."""


class JournalKeeper:
    """The one connection to the journal. Made and used by one thread only."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        patience_s: float,
        tell: Callable[[JournalWarning], None],
        is_remote: Callable[[Path], bool] = is_remote,
    ) -> None:
        """`is_remote` says whether a folder is on a network file system, where there can be no write-ahead log."""
        self._path = path
        self._clock = clock
        self._patience_s = patience_s
        self._tell = tell
        self._is_remote = is_remote
        self._process = this_process()
        self._connection: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None
        """Which file was opened last; `None` before the first."""
        self._memory: sqlite3.Connection | None = None
        """What is used instead where there can be no file."""
        self._has_failed = False
        """Whether the last connection ended with an error, so that nobody knows what of its log is on the disk."""

    def do(self, work: Callable[[JournalStore], Result]) -> Result:
        """Run work in a transaction; its changes are on the disk afterwards, or, if anything is raised, undone.

        Raises:
            JournalFailed: the file cannot be read or written now; and whatever the work raises.
        """
        if self._memory is None:
            try:
                with self._alone():
                    return self._run(work)
            except _Unusable as error:
                if self._inode is not None:
                    raise JournalFailed(f"{error}") from None
                self._memory = self._in_memory(str(error))
        store = JournalStore(self._memory, self._clock, self._process, is_durable=False)
        return transact(store, work)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is None:
            return
        with contextlib.suppress(JournalFailed, _Unusable), self._alone():
            self._drop()
        self._drop()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other crmdecks away from the file."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._told():
            make_private_folder(self._path.parent)
            lock = os.open(self._path.with_name(f"{self._path.name}.lock"), flags, FILE_MODE)
        try:
            with self._told():
                os.fchmod(lock, FILE_MODE)
                self._wait_for(lock)
            yield
        finally:
            os.close(lock)

    def _wait_for(self, lock: int) -> None:
        end_s = time.monotonic() + self._patience_s
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end_s:
                    raise JournalFailed(f"Another crmdeck holds {self._path}.") from None
                time.sleep(_RETRY_S)
            else:
                return

    def _run(self, work: Callable[[JournalStore], Result]) -> Result:
        try:
            return self._run_once(work)
        except _Damaged as error:
            reason = str(error)
        try:
            with self._told():
                self._tell(set_aside(self._path, reason, self._clock()))
            return self._run_once(work)
        except _Damaged as error:
            raise JournalFailed(f"{self._path} is damaged: {error}.") from None

    def _run_once(self, work: Callable[[JournalStore], Result]) -> Result:
        with self._told():
            if self._connection is not None and self._inode != _inode(self._path):
                self._drop()
            if self._connection is None:
                self._connection = self._open()
            store = JournalStore(self._connection, self._clock, self._process)
            return transact(store, work)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Tell what the disk or the database refuses in words; its connection is not trusted again."""
        try:
            yield
        except sqlite3.Error as error:
            self._drop()
            if _code(error) in _DAMAGE:
                raise _Damaged(str(error)) from error
            self._has_failed = True
            raise JournalFailed(f"{self._path} cannot be used: {error}.") from error
        except OSError as error:
            text = f"{self._path} cannot be used: {error.strerror}."
            if error.errno in _FORBIDDING:
                raise _Unusable(text) from error
            raise JournalFailed(text) from error
        except ConfigError as error:
            raise _Unusable(str(error)) from error

    def _open(self) -> sqlite3.Connection:
        """A connection to a sound file, made first if need be. Raises `_Unusable`, `_Damaged` and what `_told` tells."""
        _make_ready(self._path)
        _look_at(self._path)
        log = _content(self._path.with_name(f"{self._path.name}-wal"))
        connection = sqlite3.connect(
            f"{self._path.as_uri()}?mode=rw",
            timeout=self._patience_s,
            isolation_level=None,
            uri=True,
        )
        try:
            self._prepare(connection, log)
        except BaseException:
            connection.close()
            raise
        self._inode = _inode(self._path)
        self._has_failed = False
        return connection

    def _prepare(self, connection: sqlite3.Connection, log: bytes) -> None:
        _refuse_newer(self._path, connection)
        mode = "DELETE" if self._is_remote(self._path.parent) else "WAL"
        for pragma in (
            "trusted_schema = OFF",
            "cell_size_check = ON",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"page_size = {PAGE_BYTES}",
            f"journal_mode = {mode}",
            "synchronous = FULL",
            f"journal_size_limit = {LOG_BYTES}",
        ):
            connection.execute(f"PRAGMA {pragma}")
        is_bare = connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
        if is_bare:
            _create(connection)
        if _number(connection, "application_id") != APPLICATION_ID:
            raise _Damaged("it is no journal")
        self._examine(connection, log)
        store = JournalStore(connection, self._clock, self._process)
        transact(store, lambda store: store.purge())

    def _examine(self, connection: sqlite3.Connection, log: bytes) -> None:
        reason = damage_of(connection)
        if reason is not None:
            raise _Damaged(reason)
        try:
            commits = commits_in(log)
        except ValueError as error:
            raise _Damaged(str(error)) from None
        kind = "TRUNCATE" if self._has_failed else "PASSIVE"
        busy, frames, _ = connection.execute(f"PRAGMA wal_checkpoint({kind})").fetchone()
        if busy:
            raise JournalFailed(f"Another crmdeck holds {self._path}.")
        if not self._has_failed and 0 <= frames < commits:
            raise _Damaged("its log was changed")

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _in_memory(self, reason: str) -> sqlite3.Connection:
        self._tell(
            JournalWarning(
                f"{reason} Drafts are not saved: they end with the program.", is_unsaved=True
            )
        )
        return connect_to_memory()


def connect_to_memory() -> sqlite3.Connection:
    """A journal that ends with its connection."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA foreign_keys = ON")
    _create(connection)
    return connection


def transact(store: JournalStore, work: Callable[[JournalStore], Result]) -> Result:
    """Run work in a transaction, which is undone if it raises anything."""
    connection = store.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = work(store)
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        raise
    return result


def _create(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    create_tables(connection)
    connection.execute("COMMIT")


def _make_ready(path: Path) -> None:
    """See that there is an ordinary file of ours that nobody else may open.

    A file that is there is never opened and closed outside SQLite, which would let go of all its locks in this process.
    Source: sqlite.org/howtocorrupt.html, section 2.2.
    """
    with contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
        path.chmod(FILE_MODE)
        sync_folder(path.parent)
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise _Unusable(f"{path} is no ordinary file.")
    if status.st_uid != os.geteuid():
        raise _Unusable(f"{path} belongs to another user.")
    if stat.S_IMODE(status.st_mode) & 0o077:
        path.chmod(FILE_MODE)
    if not os.access(path, os.R_OK | os.W_OK):
        raise _Unusable(f"{path} may not be written.")


def _look_at(path: Path) -> None:
    """Refuse the file of a newer version before anything of it is written."""
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        try:
            _refuse_newer(path, connection)
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_READONLY:
                raise  # else a killed program left a change that only who may write can take back


def _refuse_newer(path: Path, connection: sqlite3.Connection) -> None:
    version = _number(connection, "user_version")
    if _number(connection, "application_id") == APPLICATION_ID and version > VERSION:
        raise _Unusable(f"{path} was written by a newer crmdeck; it was left as it is.")


def _number(connection: sqlite3.Connection, pragma: str) -> int:
    number: int = connection.execute(f"PRAGMA {pragma}").fetchone()[0]
    return number


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _code(error: sqlite3.Error) -> int:
    """The primary code; a text that is no UTF-8 has none, and is an error of the file too."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
