"""Rows of text as an aligned table, as Markdown and as CSV; pure functions over sanitised text."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from app.domain.safe_text import Shown

GAP: Final = "  "
"""Between two columns."""

MIN_COLUMN_CELLS: Final = 6
"""A column is not squeezed below this; further columns are left out instead."""

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
    """The layout of a table: settled by its first rows and then kept, so that rows can follow page by page."""

    def __init__(
        self,
        columns: Sequence[Column],
        rows: Iterable[Sequence[Shown]],
        width: int | None = None,
    ) -> None:
        widths = [text_width(column.heading) for column in columns]
        for row in rows:
            widths = [max(old, text_width(cell)) for old, cell in zip(widths, row, strict=True)]
        self._columns = columns
        self._widths = (
            widths
            if width is None
            else _squeeze(widths, [column.is_rigid for column in columns], width)
        )

    @property
    def left_out(self) -> tuple[Shown, ...]:
        """Headings of the columns there was no room for."""
        return tuple(column.heading for column in self._columns[len(self._widths) :])

    @property
    def heading(self) -> Shown:
        """The first line."""
        return self.line([column.heading for column in self._columns])

    def line(self, cells: Sequence[Shown]) -> Shown:
        """One row, aligned; without blanks at its end."""
        parts = (
            pad(cell, width, is_right=column.is_right_aligned)
            for cell, width, column in zip(cells, self._widths, self._columns, strict=False)
        )
        return Shown(GAP.join(parts).rstrip())


def _squeeze(widths: list[int], is_rigid: list[bool], room: int) -> list[int]:
    """Make columns fit: the widest gives way first, and the last columns go when there is no room even so."""
    least = [
        width if rigid else min(MIN_COLUMN_CELLS, width)
        for width, rigid in zip(widths, is_rigid, strict=True)
    ]
    count = len(widths)
    while count > 1 and _total(least[:count]) > room:
        count -= 1
    kept = widths[:count]
    for _ in range(max(0, _total(kept) - room)):
        soft = [index for index in range(count) if kept[index] > least[index]]
        if not soft:
            break
        kept[max(soft, key=lambda index: (kept[index], index))] -= 1
    return kept


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


_MARKDOWN: Final = re.compile(r"([\\`*\[\]<>|&~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


def markdown_line(cells: Iterable[str]) -> Shown:
    """One row of a Markdown table; what Markdown would read as markup or HTML is escaped."""
    return Shown("| " + " | ".join(_MARKDOWN.sub(r"\\\1", cell) for cell in cells) + " |")


def markdown_rule(columns: Sequence[Column]) -> Shown:
    """The line below the headings."""
    return Shown(
        "|" + "|".join(" ---: " if column.is_right_aligned else " --- " for column in columns) + "|"
    )


_FORMULA: Final = re.compile(
    "^[\\s\"'\u2018\u2019\u201c\u201d]*[=+\\-@\t\r\0\uff1d\uff0b\uff0d\uff20\u2400\u2409\u240d]"
)
"""How a text begins that a spreadsheet might take for a formula: also behind blanks and quotes, also as a visible mark."""


def csv_text(text: Shown) -> Shown:
    """A text cell of a CSV file: an apostrophe keeps spreadsheets from running it."""
    return Shown("'" + text) if _FORMULA.match(text) else text


def csv_line(cells: Iterable[str]) -> Shown:
    """One row of CSV, every cell in quotes."""
    buffer = io.StringIO()
    csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="").writerow(cells)
    return Shown(buffer.getvalue())
