"""Rows of text as an aligned table; pure functions over sanitised text."""

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.domain.safe_text import Shown

GAP: Final = "  "
"""Between two columns."""

MIN_COLUMN_CELLS: Final = 12
"""A column is not squeezed below this; further columns are left out instead."""

FIRST_COLUMN_CELLS: Final = 20
"""The same for the first column, which tells the rows apart."""

ELLIPSIS: Final = "\u2026"
"""Where a cell was cut."""


@dataclass(frozen=True, slots=True)
class Column:
    """A heading and how its cells line up."""

    heading: Shown
    is_right_aligned: bool = False
    is_rigid: bool = False
    """Whether its cells are worth nothing when cut: numbers and dates."""


@lru_cache(maxsize=4096)
def _cell_width(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def text_width(text: str) -> int:
    """Terminal cells that sanitised text takes."""
    return len(text) if text.isascii() else sum(map(_cell_width, text))


def fit(text: str, width: int) -> str:
    """Cut text to at most `width` cells, with an ellipsis where something was cut."""
    if text_width(text) <= width:
        return text
    kept, used = 0, 0
    for character in text:
        used += _cell_width(character)
        if used > width - 1:
            break
        kept += 1
    return text[:kept] + ELLIPSIS


def pad(text: str, width: int, *, is_right: bool = False) -> str:
    """Cut or fill text to exactly `width` cells."""
    text = fit(text, width)
    blanks = " " * (width - text_width(text))
    return blanks + text if is_right else text + blanks


class Table:
    """The layout of a table: settled by its first rows and then kept, so that rows can follow page by page.

    Where `width` is too small, the widest texts are cut; where that is not enough, columns are left out from the end, with
    `keeps_last` from before the last one.
    """

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Shown]],
        width: int | None = None,
        *,
        keeps_last: bool = False,
    ) -> None:
        cells = [0] * len(columns)
        for row in rows:
            cells = [max(old, text_width(cell)) for old, cell in zip(cells, row, strict=True)]
        self._columns = columns
        self._cells = cells
        self._widths = {
            index: max(text_width(column.heading), cells[index])
            for index, column in enumerate(columns)
        }
        if width is not None:
            self._squeeze(width, keeps_last=keeps_last)

    @property
    def left_out(self) -> tuple[Shown, ...]:
        """Headings of the columns there was no room for."""
        return tuple(
            column.heading
            for index, column in enumerate(self._columns)
            if index not in self._widths
        )

    @property
    def heading(self) -> Shown:
        """The first line."""
        return self.line([column.heading for column in self._columns])

    def line(self, cells: Sequence[Shown]) -> Shown:
        """One row, aligned; without blanks at its end."""
        parts = (
            pad(cells[index], width, is_right=self._columns[index].is_right_aligned)
            for index, width in self._widths.items()
        )
        return Shown(GAP.join(parts).rstrip())

    def _squeeze(self, room: int, *, keeps_last: bool) -> None:
        widths = self._widths
        least = {index: self._least(index) for index in widths}
        while len(widths) > 1 and _total([least[index] for index in widths]) > room:
            last = [*widths][-2 if keeps_last and len(widths) > 2 else -1]
            del widths[last]
        while _total(widths.values()) > room:
            soft = [index for index, width in widths.items() if width > least[index]]
            if not soft:
                soft = [index for index, width in widths.items() if width > 1]
            if not soft:
                return
            widths[max(soft, key=lambda index: (widths[index], index))] -= 1

    def _least(self, index: int) -> int:
        """What a column is not squeezed below as long as another can give way."""
        if self._columns[index].is_rigid:
            return max(1, self._cells[index])
        least = FIRST_COLUMN_CELLS if index == 0 else MIN_COLUMN_CELLS
        return min(least, self._widths[index])


def _total(widths: Collection[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)
