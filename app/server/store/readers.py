"""Reading: a few threads, each with a connection of its own that cannot write.

The event loop never waits for the database. Work that takes longer than its deadline, or whose caller has gone, is ended.
"""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from app.server.refusals import Refusal
from app.server.store.catalogue import Catalogue
from app.server.store.cursors import CursorSigner
from app.server.store.dialect import Dialect
from app.server.store.plain_sql import equal_text
from app.server.store.sql import Bound, Sql

Row = tuple[Any, ...]
Result = TypeVar("Result")

STEPS: Final = 20_000
"""Steps of the database's machine between two looks at the clock: well under a millisecond's work."""

BUSY_RETRY_S: Final = 1
"""What `Retry-After` says while another program holds the file."""


@dataclass(frozen=True)
class Workspace:
    """What readers share: everything the file says about itself, read once."""

    catalogue: Catalogue
    organization_id: str
    cursors: CursorSigner
    dialect: Dialect


@dataclass
class Reader:
    """What a piece of reading work may use."""

    workspace: Workspace
    connection: sqlite3.Connection
    memory: dict[str, Any] = field(default_factory=dict)
    """What this thread keeps between pieces of work."""

    @property
    def catalogue(self) -> Catalogue:
        return self.workspace.catalogue

    @property
    def dialect(self) -> Dialect:
        return self.workspace.dialect

    def rows(self, statement: Sql) -> list[Row]:
        """All rows of a statement."""
        return self.connection.execute(statement.text, statement.values).fetchall()

    def equal(self, **columns: Bound) -> Sql:
        """A condition: each column has its value."""
        return Sql(equal_text(self.dialect, tuple(columns)), tuple(columns.values()))


@dataclass(eq=False)
class _Job:
    """One piece of work."""

    deadline_s: float
    is_abandoned: bool = False

    def is_over(self) -> bool:
        return self.is_abandoned or time.monotonic() > self.deadline_s


class ReaderPool:
    """Runs reading work in threads."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        workspace: Workspace,
        count: int,
        limit_s: float,
    ) -> None:
        """`connect` makes a connection that cannot write; `limit_s` is what one piece of work may take."""
        self._connect = connect
        self.workspace = workspace
        """Replaced as a whole when the file's own description changes."""
        self._limit_s = limit_s
        self._threads = ThreadPoolExecutor(count, "crmdeck-reader")
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._jobs: set[_Job] = set()
        self._is_closed = False

    async def run(self, work: Callable[[Reader], Result]) -> Result:
        """The work's result. A cancelled caller ends the work. Raises `Refusal` if the file cannot be read in time."""
        if self._is_closed:
            raise Refusal("workspace_closed", "the workspace was closed")
        job = _Job(time.monotonic() + self._limit_s)
        self._jobs.add(job)
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._do, job, work)
        finally:
            job.is_abandoned = True
            self._jobs.discard(job)

    def _do(self, job: _Job, work: Callable[[Reader], Result]) -> Result:
        """The work within one read transaction: all its statements see the same moment."""
        try:
            reader = self._reader()
            connection = reader.connection
            connection.set_progress_handler(job.is_over, STEPS)
            connection.execute("BEGIN")
            try:
                return work(reader)
            finally:
                connection.set_progress_handler(None, STEPS)
                connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise refusal_of_database(error) from error

    def _reader(self) -> Reader:
        reader: Reader | None = getattr(self._local, "reader", None)
        if reader is None or reader.workspace is not self.workspace:
            connection = reader.connection if reader is not None else self._connect()
            if reader is None:
                self._connections.append(connection)
            self._local.reader = reader = Reader(self.workspace, connection)
        return reader

    def close(self) -> None:
        """End running work and close the connections; returns when the threads have ended."""
        self._is_closed = True
        for job in list(self._jobs):
            job.is_abandoned = True
        self._threads.shutdown(wait=True, cancel_futures=True)
        while self._connections:
            self._connections.pop().close()


_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


def refusal_of_database(error: sqlite3.Error) -> Exception:
    """The refusal an error of the database stands for; the error itself if it is a fault of ours."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_INTERRUPT:
        return Refusal("too_slow", "the question took too long; narrow it with a filter")
    if code in _BUSY:
        refusal = Refusal("workspace_busy", "another program holds the workspace; try again")
        refusal.headers["Retry-After"] = str(BUSY_RETRY_S)
        return refusal
    if code in _DAMAGED:
        return Refusal("workspace_damaged", "the workspace file is damaged")
    if code == sqlite3.SQLITE_FULL:
        return Refusal("workspace_full", "the disk is full; nothing was changed")
    if code == sqlite3.SQLITE_IOERR:
        return Refusal("workspace_failed", "the disk failed")
    return error
