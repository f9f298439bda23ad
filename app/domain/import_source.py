"""Files to import as rows: bytes in, cells out, a row at a time, so that a file of any size takes no more memory.

CSV with a heading, separated by commas, semicolons or tabs; or JSON Lines, an object a line. Both are UTF-8.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Final, Protocol

from app.domain.json_text import parse_json
from app.domain.safe_text import Shown
from app.domain.text_formats import csv_text
from app.domain.values import Json

MAX_LINE_BYTES: Final = 4_000_000
"""A longer line is no row of a CRM's: the file is something else."""

_DELIMITERS: Final = (",", ";", "\t")
_MARK: Final = b"\xef\xbb\xbf"
_OTHER_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_RECORD_KEYS: Final = frozenset({"id", "record_type", "attributes"})


class CannotImport(Exception):
    """A file cannot be imported as asked; the text says why, and where in the file. Nothing was sent because of it."""


class SourceForm(StrEnum):
    """How a file is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row of a file."""

    number: int
    """Counted from 1, the heading and blank lines left out."""
    line: int
    """The line of the file where it starts, counted from 1."""
    cells: Mapping[str, Json]
    """By column. What CSV has is text, and an empty cell is not there."""
    fault: str | None = None
    """Why it is no row, in words; its cells are then not looked at."""
    record_type: str | None = None
    """What the row itself says it is, as exported JSON Lines do."""


class SourceFile(Protocol):
    """A file to import. Every method may block, and raises `CannotImport`."""

    @property
    def name(self) -> str:
        """Its name, for people."""
        ...

    def fingerprint(self) -> str:
        """What tells its content from any other."""
        ...

    def columns(self) -> tuple[str, ...]:
        """The names of its columns, in their order."""
        ...

    def rows(self) -> Iterator[SourceRow]:
        """Its rows from the first, each time anew."""
        ...


def form_of(name: str, start: bytes) -> SourceForm:
    """How a file of that name that starts so is written."""
    suffix = PurePath(name).suffix.lower()
    if suffix in (".jsonl", ".ndjson"):
        return SourceForm.JSON_LINES
    if suffix in (".csv", ".tsv"):
        return SourceForm.CSV
    is_object = start.removeprefix(_MARK).lstrip().startswith(b"{")
    return SourceForm.JSON_LINES if is_object else SourceForm.CSV


def read_rows(form: SourceForm, lines: Iterable[bytes]) -> Iterator[SourceRow]:
    """The rows of a file's lines.

    Raises:
        CannotImport: for what is not UTF-8, and for CSV that is broken; it names the line.
    """
    decoded = _decoded(lines)
    return _csv_rows(decoded) if form is SourceForm.CSV else _json_rows(decoded)


def read_columns(form: SourceForm, lines: Iterable[bytes]) -> tuple[str, ...]:
    """The names of the columns. JSON Lines are read to their end for it. Raises `CannotImport`."""
    if form is SourceForm.CSV:
        heading = next(_csv_table(_decoded(lines)), None)
        return _heading(heading[1]) if heading is not None else ()
    names: dict[str, None] = {}
    for row in read_rows(form, lines):
        names |= dict.fromkeys(row.cells)
    return tuple(names)


def _decoded(lines: Iterable[bytes]) -> Iterator[str]:
    """Each line as text, the byte order mark of the file left out."""
    offset = 0
    for number, line in enumerate(lines, 1):
        if number == 1 and line[:2] in _OTHER_MARKS:
            raise CannotImport("The file is UTF-16: save it as UTF-8.")
        if len(line) > MAX_LINE_BYTES:
            raise CannotImport(f"Line {number} is longer than {MAX_LINE_BYTES:,} bytes.")
        mark = len(_MARK) if number == 1 and line.startswith(_MARK) else 0
        try:
            yield line[mark:].decode()
        except UnicodeDecodeError as error:
            at = mark + error.start
            raise CannotImport(
                f"Line {number}: byte {offset + at + 1:,} of the file, 0x{line[at]:02x}, is not UTF-8. "
                "Save the file as UTF-8."
            ) from None
        offset += len(line)


def _csv_table(lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """Rows with the line where each starts, blank ones left out."""
    first = next(lines, None)
    if first is None:
        return
    delimiter = _delimiter(first)

    def all_lines() -> Iterator[str]:
        yield first
        yield from lines

    reader = csv.reader(all_lines(), delimiter=delimiter, strict=True)
    start = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise CannotImport(f"Line {start}: the CSV is broken: {_words(error)}.") from None
        if row is None:
            return
        if any(row):
            yield start, row
        start = reader.line_num + 1


def _words(error: csv.Error) -> str:
    """What the library found, in our words where it speaks of its insides."""
    text = str(error)
    if "unexpected end" in text:
        return "a quote is opened and never closed"
    if "field limit" in text:
        return "a cell is longer than 131,072 characters; a quote may be opened and never closed"
    if "expected after" in text:
        return "text stands behind a closing quote"
    return text


def _delimiter(heading: str) -> str:
    """What separates the cells: whichever stands most often outside quotes in the heading."""
    outside = "".join(heading.split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


def _heading(cells: list[str]) -> tuple[str, ...]:
    """Raises `CannotImport` for a name that stands twice."""
    names = tuple(name.strip() or f"column {number}" for number, name in enumerate(cells, 1))
    for name in names:
        if names.count(name) > 1:
            raise CannotImport(f"Line 1: the heading names {name!r} twice.")
    return names


def _csv_rows(lines: Iterator[str]) -> Iterator[SourceRow]:
    table = _csv_table(lines)
    first = next(table, None)
    if first is None:
        return
    names = _heading(first[1])
    for number, (line, cells) in enumerate(table, 1):
        if len(cells) != len(names):
            fault = f"has {len(cells)} cells, the heading has {len(names)}"
            yield SourceRow(number, line, {}, fault)
            continue
        yield SourceRow(
            number,
            line,
            {
                name: unguarded(cell)
                for name, cell in zip(names, cells, strict=True)
                if cell.strip()
            },
        )


def unguarded(text: str) -> str:
    """A text cell without the apostrophe that keeps spreadsheets from running it."""
    rest = text[1:]
    return rest if text.startswith("'") and csv_text(Shown(rest)) == text else text


def _json_rows(lines: Iterator[str]) -> Iterator[SourceRow]:
    number = 0
    for line_number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        number += 1
        try:
            document = parse_json(line.encode())
        except ValueError as error:
            yield SourceRow(number, line_number, {}, f"is not JSON: {error}")
            continue
        if not isinstance(document, dict):
            yield SourceRow(number, line_number, {}, "is no JSON object")
            continue
        attributes = document.get("attributes")
        if isinstance(attributes, dict) and document.keys() & _RECORD_KEYS == _RECORD_KEYS:
            name = document["record_type"]
            cells = {"id": document["id"], **attributes}
            yield SourceRow(number, line_number, cells, None, str(name))
        else:
            yield SourceRow(number, line_number, document)
