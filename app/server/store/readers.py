"""Reading: a few threads, each with a connection of its own that cannot write.

The event loop never waits for the database. Work that takes longer than its deadline, or whose caller has gone, is ended.
"""

import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from app.server.refusals import Refusal
from app.server.store.catalogue import Catalogue
from app.server.store.cursors import CursorSigner
from app.server.store.dialect import Dialect
from app.server.store.jobs import Job
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
class _Job(Job[Reader, Any]):
    """One piece of reading work."""

    deadline_s: float = 0.0
    is_abandoned: bool = False
    """Whether the caller has gone or the workspace was closed."""

    def is_over(self) -> bool:
        """Whether it has to end."""
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
        self._count = count
        self._limit_s = limit_s
        self._queue: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._unfinished = 0
        """Pieces of work that are queued or running."""
        self._jobs: set[_Job] = set()
        """Work that somebody waits for."""
        self._is_closed = False

    async def run(self, work: Callable[[Reader], Result]) -> Result:
        """The work's result. A cancelled caller ends the work. Raises `Refusal` if the file cannot be read in time."""
        job = _Job(work, deadline_s=time.monotonic() + self._limit_s)
        self._jobs.add(job)
        try:
            self._put(job)
            result: Result = await job.waiting
            return result
        finally:
            job.is_abandoned = True
            self._jobs.discard(job)

    def _put(self, job: _Job) -> None:
        """Queue work, and start a thread if those there are have enough to do."""
        with self._lock:
            if self._is_closed:
                raise _closed()
            self._unfinished += 1
            if len(self._threads) < min(self._unfinished, self._count):
                name = f"crmdeck-reader_{len(self._threads)}"
                self._threads.append(threading.Thread(target=self._serve, name=name, daemon=True))
                self._threads[-1].start()
            self._queue.put(job)

    def _serve(self) -> None:
        """Take what is queued, again and again."""
        reader: Reader | None = None
        try:
            for job in iter(self._queue.get, None):
                try:
                    reader = self._current(reader)
                    self._do(job, reader)
                except sqlite3.Error as error:
                    job.error = refusal_of_database(error)
                except Exception as error:  # noqa: BLE001 - its caller gets it
                    job.error = error
                with self._lock:
                    self._unfinished -= 1
                job.answer()
                del job  # a page is not to be held until the next question
        finally:
            if reader is not None:
                reader.connection.close()

    def _do(self, job: _Job, reader: Reader) -> None:
        """The work within one read transaction: all its statements see the same moment."""
        if job.is_abandoned:
            raise _closed()
        connection = reader.connection
        connection.set_progress_handler(job.is_over, STEPS)
        connection.execute("BEGIN")
        try:
            job.results.append(job.work(reader))
        finally:
            connection.set_progress_handler(None, STEPS)
            connection.execute("ROLLBACK")

    def _current(self, reader: Reader | None) -> Reader:
        """This thread's reader, a new one with the same connection where the file's own description has changed."""
        if reader is not None and reader.workspace is self.workspace:
            return reader
        return Reader(self.workspace, reader.connection if reader else self._connect())

    def close(self) -> None:
        """End running work and close the connections; returns when the threads have ended."""
        with self._lock:
            self._is_closed = True
            for job in list(self._jobs):
                job.is_abandoned = True
            for _ in self._threads:
                self._queue.put(None)
        for thread in self._threads:
            thread.join()


def _closed() -> Refusal:
    return Refusal("workspace_closed", "the workspace was closed")


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
