"""What differs between databases: words of the definition language, placeholders, rules of case.

Everything else in the store is SQL that SQLite and PostgreSQL share. Source: https://www.sqlite.org/lang.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from app.server.store.columns import ColumnType


@dataclass(frozen=True, slots=True)
class Dialect:
    """One database's way of saying things."""

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

    def text_key(self, expression: str) -> str:
        """What text sorts by: its characters, without regard to ASCII case."""
        return f"{expression} COLLATE NOCASE"

    def is_same_text(self, expression: str) -> str:
        """Equal text, whatever its case; for ASCII operands only."""
        return f"{expression} = {self.placeholder} COLLATE NOCASE"

    def matches(self, expression: str) -> str:
        """Matching a pattern without regard to ASCII case, with a backslash before characters that mean themselves."""
        return f"{expression} LIKE {self.placeholder} ESCAPE '\\'"

    def folded(self, expression: str) -> str:
        """The text in lower case, beyond ASCII too."""
        return f"{self.fold_function}({expression})"


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
