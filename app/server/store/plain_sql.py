"""The texts of plain statements over one table, each made once.

Making a text takes about as long as running it; and one that stays the same is found among the connection's prepared ones.
"""

# ruff: noqa: S608 - the names are those of the catalogue

from functools import lru_cache
from typing import Final

from app.server.store.dialect import Dialect

Names = tuple[str, ...]
"""Columns, in the order of their values."""

MAX_KEPT: Final = 1_000
"""Texts of each kind; the changes of records name many sets of columns."""


@lru_cache(MAX_KEPT)
def equal_text(dialect: Dialect, names: Names) -> str:
    """Each column has its value."""
    return " AND ".join([f"{dialect.quote(name)} = {dialect.placeholder}" for name in names])


@lru_cache(MAX_KEPT)
def insert_text(dialect: Dialect, table: str, names: Names) -> str:
    """A row is added."""
    columns = ", ".join(map(dialect.quote, names))
    return f"INSERT INTO {dialect.quote(table)} ({columns}) VALUES ({dialect.places(len(names))})"


@lru_cache(MAX_KEPT)
def update_text(dialect: Dialect, table: str, names: Names, by: Names) -> str:
    """Columns change in the rows whose columns `by` have their values."""
    changes = ", ".join([f"{dialect.quote(name)} = {dialect.placeholder}" for name in names])
    return f"UPDATE {dialect.quote(table)} SET {changes} WHERE {equal_text(dialect, by)}"


@lru_cache(MAX_KEPT)
def delete_text(dialect: Dialect, table: str, by: Names) -> str:
    """The rows go whose columns `by` have their values."""
    return f"DELETE FROM {dialect.quote(table)} WHERE {equal_text(dialect, by)}"
