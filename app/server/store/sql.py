"""Pieces of SQL with the values bound into them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

Bound = str | int | float | None
"""What a placeholder can stand for."""


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of SQL; as many values as it has placeholders, in their order."""

    text: str
    values: tuple[Bound, ...] = ()


TRUE: Final = Sql("1 = 1")
FALSE: Final = Sql("1 = 0")


def joined(word: str, parts: Iterable[Sql]) -> Sql:
    """Pieces with a word between them."""
    rows = tuple(parts)
    return Sql(word.join(row.text for row in rows), tuple(v for row in rows for v in row.values))


def wrapped(before: str, part: Sql, after: str = ")") -> Sql:
    """A piece between two texts."""
    return Sql(f"{before}{part.text}{after}", part.values)


def all_of(parts: Iterable[Sql]) -> Sql:
    """All must hold; true for none."""
    rows = tuple(parts)
    return joined(" AND ", rows) if rows else TRUE


def any_of(parts: Iterable[Sql]) -> Sql:
    """One must hold; false for none."""
    rows = tuple(parts)
    if len(rows) == 1:
        return rows[0]
    return wrapped("(", joined(" OR ", rows)) if rows else FALSE


def selected(what: str, source: str, *conditions: Sql, tail: Sql | None = None) -> Sql:
    """A SELECT from identifiers of the catalogue and conditions with bound values."""
    where = all_of(conditions)
    parts = ["SELECT", what, "FROM", source, "WHERE", where.text]
    if tail is None:
        return Sql(" ".join(parts), where.values)
    return Sql(" ".join([*parts, tail.text]), (*where.values, *tail.values))
