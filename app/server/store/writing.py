"""Changing: one thread with the one connection that writes, and one wait for the disk for all changes that are queued.

Work of several callers runs in one transaction, each piece under a savepoint of its own: what one refuses leaves the others
alone. Callers hear of it only after the commit. Work that is queued is done, whether or not its caller still waits.
"""

import contextlib
import queue
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from app.server.refusals import Refusal
from app.server.store.define import add_record_type
from app.server.store.definitions import RecordTypeDefinition, RelationshipDefinition
from app.server.store.file_format import CLEAN
from app.server.store.identifiers import RANDOM_BITS, record_id
from app.server.store.jobs import Job
from app.server.store.operands import stored_moment
from app.server.store.plain_sql import delete_text, insert_text, update_text
from app.server.store.readers import STEPS, Reader, Workspace, refusal_of_database
from app.server.store.sql import Bound, Sql

MAX_BATCH: Final = 200
"""Pieces of work that share a commit at most."""

Clock = Callable[[], datetime]
"""The present moment, with its zone."""

Result = TypeVar("Result")
_MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(kw_only=True)
class Writer(Reader):
    """What a piece of writing work may use: all that a reader has, and ways to change.

    Work may be run a second time if a commit it shared was undone; it must change nothing but the database.
    """

    now: datetime
    """The moment of this work: UTC, to the millisecond."""
    user_id: str | None
    """Who acts; `None` in a workspace without users. Source: contract 7, no. 58."""
    new_id: Callable[[], str]
    """An id for a new record or item; later ones sort later."""
    has_new_definitions: bool = False
    """Whether this work changed what the file says about itself."""

    @property
    def moment(self) -> str:
        """`now` as it is stored."""
        return stored_moment(self.now)

    def execute(self, statement: Sql) -> int:
        """Run a statement; how many rows it changed."""
        return self.connection.execute(statement.text, statement.values).rowcount

    def insert(self, table: str, values: Mapping[str, Bound]) -> None:
        """Add a row."""
        text = insert_text(self.dialect, table, tuple(values))
        self.execute(Sql(text, tuple(values.values())))

    def update(self, table: str, values: Mapping[str, Bound], **equal: Bound) -> int:
        """Change the rows whose columns equal these values; how many there were."""
        text = update_text(self.dialect, table, tuple(values), tuple(equal))
        return self.execute(Sql(text, (*values.values(), *equal.values())))

    def delete(self, table: str, **equal: Bound) -> int:
        """Remove the rows whose columns equal these values; how many there were."""
        text = delete_text(self.dialect, table, tuple(equal))
        return self.execute(Sql(text, tuple(equal.values())))

    def moment_after(self, before: str) -> str:
        """`now`, or the next moment behind `before` if the clock is not there yet: a record's changes never go back."""
        later = datetime.fromisoformat(before) + _MILLISECOND
        return stored_moment(max(self.now, later))

    def touch(self, record_type: str, record_id: str) -> str:
        """Note that a record, or an item or attribute of it, changed; its new `updated_at`."""
        where = self.equal(id=record_id)
        quoted = self.dialect.quote(record_type)
        text = f'SELECT "updated_at" FROM {quoted} WHERE {where.text}'  # noqa: S608 - a name of the catalogue
        ((before,),) = self.rows(Sql(text, where.values))
        after = self.moment_after(before)
        self.update(record_type, {"updated_at": after}, id=record_id)
        return after

    def define(
        self,
        definition: RecordTypeDefinition,
        inverses: Mapping[str, Iterable[RelationshipDefinition]],
    ) -> None:
        """Add a record type; `inverses` are the other sides of its relationships by record type. Raises `WorkspaceError`."""
        add_record_type(self.connection, definition, inverses)
        self.has_new_definitions = True


class _Ids:
    """Ids that grow, however fast they are asked for."""

    def __init__(self) -> None:
        self._at_ms = 0
        self._chance = 0

    def new(self, at_ms: int) -> str:
        if at_ms > self._at_ms:
            self._at_ms, self._chance = at_ms, secrets.randbits(RANDOM_BITS - 1)
        else:
            self._chance += 1
        return record_id(self._at_ms, self._chance)


_Job = Job[Writer, Any]


class _Undone(Exception):
    """One piece of work took the whole transaction with it."""

    def __init__(self, culprit: _Job) -> None:
        super().__init__()
        self.culprit = culprit


class WriterThread:
    """Runs writing work, in the order it came."""

    def __init__(
        self,
        connect: Callable[[], sqlite3.Connection],
        prepare: Callable[[Writer], None],
        reread: Callable[[sqlite3.Connection], Workspace],
        workspace: Workspace,
        limit_s: float,
        clock: Clock,
    ) -> None:
        """`connect` makes the connection, `prepare` is run once before the first work, in the same transaction.

        `reread` reads what the file says about itself; `limit_s` is what one piece of work may take.
        """
        self._connect = connect
        self._prepare = prepare
        self._reread = reread
        self._workspace = workspace
        self._limit_s = limit_s
        self._clock = clock
        self.on_new_workspace: Callable[[Workspace], None] = lambda _: None
        """Told after a commit that changed what the file says about itself, before its callers are."""
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._is_closed = False
        self._connection: sqlite3.Connection | None = None
        self._is_prepared = False
        self._failure: Refusal | None = None
        self._ids = _Ids()
        self._memory: dict[str, Any] = {}

    async def run(self, work: Callable[[Writer], Result]) -> Result:
        """The work's result, once it is on the disk. A caller that stops waiting does not stop the work.

        Raises:
            Refusal: if the file cannot be written; and whatever the work raises, with its changes undone.
        """
        job = Job(work)
        with self._starting:
            if self._is_closed:
                raise Refusal("workspace_closed", "the workspace was closed")
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name="crmdeck-writer", daemon=True
                )
                self._thread.start()
            self._jobs.put(job)
        return await job.waiting

    def close(self) -> None:
        """Do what is queued, note that the end was a clean one and let go of the file."""
        with self._starting:
            if self._is_closed:
                return
            self._is_closed = True
            self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()

    def _serve(self) -> None:
        """Take what is queued, again and again: while one commit waits for the disk, the next batch gathers."""
        while True:
            batch: list[_Job] = []
            job = self._jobs.get()
            with contextlib.suppress(queue.Empty):
                while job is not None:
                    batch.append(job)
                    if len(batch) == MAX_BATCH:
                        break
                    job = self._jobs.get_nowait()
            if batch:
                self._transact(batch)
                for done in batch:
                    done.answer()
            if job is None:
                self._end()
                return

    def _transact(self, jobs: Sequence[_Job]) -> None:
        """Run work in one transaction and commit it; afterwards each has a result or an error."""
        try:
            self._try(jobs)
        except _Undone as undone:
            for job in jobs:
                if job is not undone.culprit:
                    job.error = None
                    self._transact([job])
        except Exception as error:  # noqa: BLE001 - its callers get it
            for job in jobs:
                job.error = (
                    refusal_of_database(error) if isinstance(error, sqlite3.Error) else error
                )
            self._recover(error)

    def _try(self, jobs: Sequence[_Job]) -> None:
        if self._failure is not None:
            raise self._failure
        if self._connection is None:
            self._connection = self._connect()
        connection = self._connection
        connection.execute("BEGIN IMMEDIATE")
        if not self._is_prepared:
            writer = self._writer()
            _mark_clean(connection, is_clean=False)
            self._prepare(writer)
        has_new_definitions = False
        for job in jobs:
            writer = self._writer()
            self._run(writer, job)
            has_new_definitions |= job.error is None and writer.has_new_definitions
        connection.execute("COMMIT")
        self._is_prepared = True
        if has_new_definitions:
            self._workspace, self._memory = self._reread(connection), {}
            self.on_new_workspace(self._workspace)

    def _run(self, writer: Writer, job: _Job) -> None:
        """One piece of work under its savepoint."""
        connection = writer.connection
        end_s = time.monotonic() + self._limit_s
        connection.execute('SAVEPOINT "work"')
        connection.set_progress_handler(lambda: time.monotonic() > end_s, STEPS)
        try:
            job.results.append(job.work(writer))
        except Exception as error:  # noqa: BLE001 - its caller gets it
            job.error = error
        finally:
            connection.set_progress_handler(None, STEPS)
        if isinstance(job.error, sqlite3.Error):
            if _code(job.error) in _ENDS_ALL:
                raise job.error
            job.error = refusal_of_database(job.error)
        if not connection.in_transaction:
            raise _Undone(job)
        if job.error is not None:
            connection.execute('ROLLBACK TO "work"')
        connection.execute('RELEASE "work"')

    def _writer(self) -> Writer:
        moment = self._clock()
        now = moment.replace(microsecond=moment.microsecond // 1_000 * 1_000)
        at_ms = int(now.timestamp() * 1_000)
        assert self._connection is not None
        return Writer(
            self._workspace,
            self._connection,
            self._memory,
            now=now,
            user_id=self._acting_user(self._connection),
            new_id=lambda: self._ids.new(at_ms),
        )

    def _acting_user(self, connection: sqlite3.Connection) -> str | None:
        """The user that the key belongs to: the one who has been here longest."""
        if "user" not in self._workspace.catalogue:
            return None
        if "acting user" not in self._memory:
            row = connection.execute(_FIRST_USER).fetchone()
            if row is None:
                return None
            self._memory["acting user"] = row[0]
        user_id: str = self._memory["acting user"]
        return user_id

    def _recover(self, error: Exception) -> None:
        """Undo what is left of a transaction. After a failure of the disk nothing more is written.

        What an fsync that failed left behind is not known, and a second one would report success. Source: PostgreSQL's rule.
        """
        connection = self._connection
        if connection is None:
            return
        with contextlib.suppress(sqlite3.Error):
            if connection.in_transaction:
                connection.execute("ROLLBACK")
        if isinstance(error, sqlite3.Error) and _code(error) in _ENDS_WRITING:
            self._failure = Refusal(
                "workspace_failed",
                "the disk failed; nothing more is written until the program is started again",
            )
            self._connection = None
            with contextlib.suppress(sqlite3.Error):
                connection.close()

    def _end(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        with contextlib.suppress(sqlite3.Error):
            if self._is_prepared:
                connection.execute("BEGIN IMMEDIATE")
                _mark_clean(connection, is_clean=True)
                connection.execute("COMMIT")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


_ENDS_WRITING: Final = frozenset(
    {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
)
_ENDS_ALL: Final = _ENDS_WRITING | {sqlite3.SQLITE_FULL}
"""Errors that do not belong to the work they met."""

_FIRST_USER: Final = (
    'SELECT "id" FROM "user" WHERE "archived_at" IS NULL ORDER BY "created_at", "id" LIMIT 1'
)


def _code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _mark_clean(connection: sqlite3.Connection, *, is_clean: bool) -> None:
    statement = 'UPDATE "crm_meta" SET "value" = ? WHERE "key" = ?'
    connection.execute(statement, ("1" if is_clean else "0", CLEAN))
