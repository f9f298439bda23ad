"""What differs between databases: words of the definition language, placeholders, rules of case.

Everything else in the store is SQL that SQLite and PostgreSQL share. Source: https://www.sqlite.org/lang.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.domain.operators import fold
from app.server.store.columns import ColumnType
from app.server.store.sql import Sql


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """One database's way of saying things. One is the same as another if it is that one."""

    name: str
    types: Mapping[ColumnType, str]
    placeholder: str
    clustered: str
    """What follows a table that is kept in the order of its primary key."""
    fold_function: str
    """A function like `app.domain.operators.fold`."""

    def quote(self, identifier: str) -> str:
        """An identifier; only names from the catalogue come here."""
        return '"' + identifier.replace('"', '""') + '"'

    def places(self, count: int) -> str:
        """Placeholders for a list of values."""
        return ", ".join([self.placeholder] * count)

    def text_key(self, expression: str) -> str:
        """What text sorts by and is found by: its characters, without regard to ASCII case."""
        return f"{expression} COLLATE NOCASE"

    def is_exactly(self, expression: str, operand: str) -> Sql:
        """The same text to the letter; written so that the index over `text_key` is used."""
        text = f"({self.text_key(expression)} = {self.placeholder} AND {expression} = {self.placeholder})"
        return Sql(text, (ascii_lower(operand), operand))

    def is_same_text(self, expression: str, operand: str) -> Sql:
        """The same text, whatever its case."""
        if operand.isascii():
            return Sql(f"{self.text_key(expression)} = {self.placeholder}", (operand.lower(),))
        return Sql(f"{self.folded(expression)} = {self.placeholder}", (fold(operand),))

    def matches(self, expression: str, before: str, operand: str, after: str) -> Sql:
        """Text that holds the operand between two `%` or nothing, whatever its case."""
        escaped = fold(operand).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        subject = expression if operand.isascii() else self.folded(expression)
        return Sql(f"{subject} LIKE {self.placeholder} ESCAPE '\\'", (f"{before}{escaped}{after}",))

    def folded(self, expression: str) -> str:
        """The text in lower case, beyond ASCII too."""
        return f"{self.fold_function}({expression})"

    def is_filled(self, expression: str, kind: ColumnType) -> str:
        """Not null. SQLite keeps nulls first in an index and skips them for a range, but not for `IS NOT NULL`."""
        return f"{expression} >= ''" if kind is ColumnType.TEXT else f"{expression} >= -9e999"


def ascii_lower(text: str) -> str:
    """Lower case for ASCII letters alone, as an index without regard to case compares."""
    return text.lower() if text.isascii() else text.translate(_ASCII_LOWER)


_ASCII_LOWER: Final = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

SQLITE: Final = Dialect(
    "sqlite",
    MappingProxyType(
        {
            ColumnType.TEXT: "TEXT",
            ColumnType.NUMBER: "NUMERIC",
            ColumnType.INTEGER: "INTEGER",
            ColumnType.FLAG: "BOOLEAN",
        }
    ),
    "?",
    " WITHOUT ROWID",
    "crm_fold",
)
"""SQLite 3.35 and newer."""
