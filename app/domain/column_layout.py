"""How a person arranged the columns of a table: which, in which order, how wide, and which stay in sight."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

MIN_WIDTH: Final = 4
MAX_WIDTH: Final = 100
"""Cells a column can be given."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    path: str
    """The attribute's API name."""
    width_cells: int | None = None
    """`None`: as its values ask for."""
    is_pinned: bool = False


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """The columns of one table from left to right, pinned ones first. Every edit gives another layout."""

    columns: tuple[Column, ...] = ()

    @classmethod
    def from_parts(
        cls, paths: Iterable[str], widths: Mapping[str, int], pinned: Iterable[str] = ()
    ) -> "ColumnLayout":
        """A layout as it is kept in files; a path that comes twice counts once."""
        held = frozenset(pinned)
        return cls(
            tuple(
                Column(path, _possible(widths.get(path)), path in held)
                for path in dict.fromkeys(paths)
            )
        ).arranged()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every column's attribute, from left to right."""
        return tuple(column.path for column in self.columns)

    @property
    def widths(self) -> Mapping[str, int]:
        """Cells of the columns that have a width of their own."""
        return MappingProxyType(
            {row.path: row.width_cells for row in self.columns if row.width_cells is not None}
        )

    @property
    def pinned(self) -> tuple[str, ...]:
        """Columns that stay in sight, from left to right."""
        return tuple(column.path for column in self.columns if column.is_pinned)

    def column(self, path: str) -> Column | None:
        """The column of an attribute; `None` if it is not shown."""
        return next((column for column in self.columns if column.path == path), None)

    def arranged(self) -> "ColumnLayout":
        """The same with pinned columns first."""
        return ColumnLayout(tuple(sorted(self.columns, key=lambda column: not column.is_pinned)))

    def toggled(self, path: str) -> "ColumnLayout":
        """With a column more, at the end, or without it."""
        if self.column(path) is None:
            return ColumnLayout((*self.columns, Column(path)))
        return ColumnLayout(tuple(column for column in self.columns if column.path != path))

    def moved(self, path: str, step: int) -> "ColumnLayout":
        """A column one place to the left (`step` -1) or right (1), among those that are pinned like it."""
        columns = list(self.columns)
        at = next((index for index, column in enumerate(columns) if column.path == path), None)
        if at is None or not 0 <= at + step < len(columns):
            return self
        if columns[at].is_pinned is not columns[at + step].is_pinned:
            return self
        columns[at], columns[at + step] = columns[at + step], columns[at]
        return ColumnLayout(tuple(columns))

    def widened(self, path: str, cells: int, drawn_width: int) -> "ColumnLayout":
        """A column some cells wider, or narrower; `drawn_width` is where one without a width of its own starts from."""
        return self._changed(
            path,
            lambda column: replace(
                column,
                width_cells=_possible((column.width_cells or drawn_width) + cells),
            ),
        )

    def fitted(self, path: str) -> "ColumnLayout":
        """A column as wide as its values ask for."""
        return self._changed(path, lambda column: replace(column, width_cells=None))

    def pin_switched(self, path: str) -> "ColumnLayout":
        """A column pinned behind those that are, or released and first of the others."""
        return self._changed(
            path, lambda column: replace(column, is_pinned=not column.is_pinned)
        ).arranged()

    def _changed(self, path: str, change: Callable[[Column], Column]) -> "ColumnLayout":
        return ColumnLayout(
            tuple(change(column) if column.path == path else column for column in self.columns)
        )


def _possible(width_cells: int | None) -> int | None:
    return None if width_cells is None else max(MIN_WIDTH, min(MAX_WIDTH, width_cells))
