"""Making a workspace file in one go: tables, rows in bulk, indexes last; the file appears whole or not at all."""

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

from app.domain.errors import WorkspaceError
from app.server.store.catalogue import TABLES, insert, read_catalogue, record_type_rows
from app.server.store.columns import child_columns, child_table, table_columns
from app.server.store.cursors import CursorSigner
from app.server.store.ddl import create_indexes, create_tables
from app.server.store.define import check_definition
from app.server.store.definitions import ORGANIZATION, RecordTypeDefinition
from app.server.store.dialect import SQLITE
from app.server.store.file_format import APPLICATION_ID, CLEAN, FILE_VERSION, SECRET
from app.server.store.identifiers import name_id, record_id
from app.server.store.preparing import prepare_changes
from app.server.store.readers import Workspace
from app.server.store.writing import Writer

Progress = Callable[[int, int], None]
"""Told after each index: how many are done, how many there are."""


class WorkspaceWriter:
    """A new workspace file: use it as a context manager, load rows, and it is there when the block ends well.

    The file is made beside its place under a temporary name, readable by its owner alone. If the block raises, nothing is
    left.
    Loading keeps no journal and waits for no disk; the end of the block does. An existing file is never replaced.
    """

    def __init__(
        self,
        path: Path,
        definitions: Sequence[RecordTypeDefinition],
        *,
        organization_id: str | None = None,
        secret: str | None = None,
        on_index: Progress | None = None,
    ) -> None:
        """`secret` signs cursors (chance by default); `on_index` is told of each finished index."""
        self._path = path
        self._definitions = {row.api_name: row for row in definitions}
        self._organization_id = organization_id or name_id("organization")
        self._secret = secret or secrets.token_hex(32)
        self._on_index = on_index
        self._temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> "WorkspaceWriter":
        for definition in self._definitions.values():
            check_definition(definition)
        if os.path.lexists(self._path):
            raise WorkspaceError(f"{self._path} exists already; choose another name or remove it.")
        try:  # around all of it: Ctrl+C may come at any line
            os.close(os.open(self._temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            self._temporary.chmod(0o600)
            self._connection = sqlite3.connect(self._temporary, isolation_level=None)
            self._prepare(self._connection)
        except OSError as error:
            self._discard()
            raise WorkspaceError(f"{self._path} cannot be made: {error.strerror}.") from error
        except BaseException:
            self._discard()
            raise
        return self

    def _prepare(self, connection: sqlite3.Connection) -> None:
        for pragma in (
            f"application_id = {APPLICATION_ID}",
            f"user_version = {FILE_VERSION}",
            "page_size = 8192",
            "synchronous = OFF",
            "journal_mode = OFF",
            "cache_size = -65536",
            "temp_store = FILE",  # what an index sorts grows with the table
            "threads = 2",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        for statement in (*TABLES, *create_tables(SQLITE, self._definitions.values())):
            connection.execute(statement)
        meta = ((ORGANIZATION, self._organization_id), (SECRET, self._secret), (CLEAN, "1"))
        connection.executemany(insert("crm_meta", ("key", "value")), meta)
        for position, definition in enumerate(self._definitions.values()):
            for statement, values in record_type_rows(definition, position):
                connection.execute(statement, values)

    def load(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Insert rows into any table; values as they are stored (see `definitions.py`)."""
        assert self._connection is not None
        self._connection.executemany(insert(table, columns), rows)

    def load_records(self, record_type: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert records; the values stand in the order of `table_columns` of the record type."""
        self.load(record_type, table_columns(self._definitions[record_type]), rows)

    def load_items(self, record_type: str, attribute: str, rows: Iterable[Sequence[Any]]) -> None:
        """Insert items of a list-like attribute; the values stand in the order of `child_columns` of its table."""
        definition = self._definitions[record_type]
        child = child_table(record_type, definition.attribute_by_name[attribute])
        assert child is not None, f"{record_type}.{attribute} is not list-like"
        self.load(child.name, child_columns(child), rows)

    def load_links(
        self, record_type: str, relationship: str, rows: Iterable[Sequence[Any]]
    ) -> None:
        """Insert plain links: id, this side's id, the other side's id, created_at."""
        link = self._definitions[record_type].relationship_by_name[relationship].link
        self.load(link.table, ("id", link.near_column, link.far_column, "created_at"), rows)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._discard()
            return
        try:
            self._finish()
        except BaseException:
            self._discard()
            raise

    def _finish(self) -> None:
        assert self._connection is not None
        statements = list(create_indexes(SQLITE, self._definitions.values()))
        for done, statement in enumerate(statements, 1):
            self._connection.execute(statement)
            if self._on_index is not None:
                self._on_index(done, len(statements))
        prepare_changes(self._as_writer(self._connection))
        self._connection.execute("COMMIT")
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.close()
        self._connection = None
        _sync(self._temporary)
        try:
            os.link(self._temporary, self._path)
        except FileExistsError:
            raise WorkspaceError(f"{self._path} was made by another program meanwhile.") from None
        except OSError:
            self._temporary.rename(self._path)
        else:
            self._temporary.unlink()
        _sync(self._path.parent)

    def _as_writer(self, connection: sqlite3.Connection) -> Writer:
        """The finished tables as the writing side sees them."""
        workspace = Workspace(
            read_catalogue(connection), self._organization_id, CursorSigner(self._secret), SQLITE
        )
        return Writer(
            workspace=workspace,
            connection=connection,
            now=datetime.now(UTC),
            user_id=None,
            new_id=lambda: record_id(0, 0),
        )

    def _discard(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        with contextlib.suppress(OSError):
            self._temporary.unlink()


def _sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
