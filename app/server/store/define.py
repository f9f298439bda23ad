"""Defining a record type at run time: its tables, indexes and catalogue rows, in one transaction."""

import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final

from app.domain.errors import WorkspaceError
from app.domain.values import VALUE_TYPES
from app.server.store.catalogue import RESERVED, record_type_rows, relationship_row
from app.server.store.columns import table_columns
from app.server.store.ddl import create_indexes, create_tables
from app.server.store.definitions import JSON_TYPE, RecordTypeDefinition, RelationshipDefinition
from app.server.store.dialect import SQLITE

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MAX_NAME: Final = 60
"""Characters of an API name; PostgreSQL cuts identifiers at 63."""


def check_definition(definition: RecordTypeDefinition) -> None:
    """Raise `WorkspaceError` for names that cannot be tables and columns, or value types that cannot be stored."""
    names = [definition.api_name, *(row.api_name for row in definition.attributes)]
    names += [row.api_name for row in definition.relationships]
    for name in names:
        if not _NAME.fullmatch(name) or len(name) > MAX_NAME:
            raise WorkspaceError(
                f"{name!r} cannot be an API name: lower case letters, digits and single underscores, "
                f"at most {MAX_NAME} characters."
            )
    if definition.api_name.startswith((RESERVED, "sqlite_")):
        raise WorkspaceError(f"{definition.api_name!r} begins with a reserved word.")
    if len(set(names[1:])) != len(names) - 1:
        raise WorkspaceError(
            f"{definition.api_name} has two attributes or relationships of one name."
        )
    columns = table_columns(definition)
    if len(set(columns)) != len(columns):
        raise WorkspaceError(
            f"{definition.api_name} has attributes that need one column name twice."
        )
    for row in definition.attributes:
        if row.value_type not in VALUE_TYPES and row.value_type != JSON_TYPE:
            raise WorkspaceError(f"{definition.api_name}.{row.api_name} has no known value type.")


def define_record_type(
    connection: sqlite3.Connection,
    definition: RecordTypeDefinition,
    inverses: Mapping[str, Iterable[RelationshipDefinition]],
) -> None:
    """Add a record type to an open workspace; `inverses` are the other sides of its relationships by record type.

    Raises:
        WorkspaceError: a name is not possible or taken. Nothing has changed then.
    """
    check_definition(definition)
    connection.execute("BEGIN IMMEDIATE")
    try:
        add_record_type(connection, definition, inverses)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def add_record_type(
    connection: sqlite3.Connection,
    definition: RecordTypeDefinition,
    inverses: Mapping[str, Iterable[RelationshipDefinition]],
) -> None:
    """The same within a transaction that the caller ends. Raises `WorkspaceError`."""
    check_definition(definition)
    known = {name for (name,) in connection.execute('SELECT "api_name" FROM "crm_record_type"')}
    if definition.api_name in known:
        raise WorkspaceError(f"This workspace has a record type {definition.api_name} already.")
    for statement in (
        *create_tables(SQLITE, (definition,)),
        *create_indexes(SQLITE, (definition,)),
    ):
        connection.execute(statement)
    for statement, values in record_type_rows(definition, len(known)):
        connection.execute(statement, values)
    for record_type, relationships in inverses.items():
        taken = connection.execute(
            'SELECT count(*) FROM "crm_relationship" WHERE "record_type" = ?', (record_type,)
        ).fetchone()[0]
        for position, relationship in enumerate(relationships, taken):
            connection.execute(*relationship_row(record_type, relationship, position))
