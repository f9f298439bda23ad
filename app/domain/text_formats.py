"""Lines of CSV and of Markdown tables: no spreadsheet runs a cell, no reader takes one for markup. Pure functions."""

import re
from collections.abc import Iterable
from typing import Final

from app.domain.safe_text import Shown

_FORMULA: Final = re.compile(
    "^[\\s\"'\u2018\u2019\u201c\u201d]*[=+\\-@\t\r\0\uff1d\uff0b\uff0d\uff20\u2400\u2409\u240d]"
)
"""How a text begins that a spreadsheet might take for a formula: also behind blanks and quotes, also as a visible mark."""

_MARKDOWN: Final = re.compile(r"([\\`*\[\]<>|&~]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9]))")


def csv_text(text: Shown) -> Shown:
    """A text cell of a CSV file: an apostrophe keeps spreadsheets from running it."""
    if text[:1].isalnum():  # most texts, and nothing that runs begins so
        return text
    return Shown("'" + text) if _FORMULA.match(text) else text


def csv_line(cells: Iterable[str]) -> Shown:
    """One row of CSV, every cell in quotes; without its line end."""
    quoted = '","'.join([cell.replace('"', '""') if '"' in cell else cell for cell in cells])
    return Shown(f'"{quoted}"')


def markdown_line(cells: Iterable[str]) -> Shown:
    """One row of a Markdown table; what Markdown would read as markup or HTML is escaped."""
    return Shown("| " + " | ".join(_MARKDOWN.sub(r"\\\1", cell) for cell in cells) + " |")


def markdown_rule(are_right_aligned: Iterable[bool]) -> Shown:
    """The line below the headings."""
    return Shown(
        "|" + "|".join(" ---: " if is_right else " --- " for is_right in are_right_aligned) + "|"
    )
