"""Records as files and pipes take them: CSV, JSON lines, JSON and Markdown, in pieces that follow each other.

A format is asked for its opening, then for the rows of each page, then for its closing. It remembers nothing between the
pieces, so that a file can be gone on with from any of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Final, Protocol

from app.domain.json_text import dump_ascii
from app.domain.records import Record
from app.domain.safe_text import Shown, shown
from app.domain.schema import Attribute, RecordType
from app.domain.text_formats import csv_line, csv_text, markdown_line, markdown_rule
from app.domain.values import Json, Value, ValueType, plain, plain_as, show

CELL_LIMIT: Final = 200
"""Characters of a value that a table cell looks at."""

_NOTHING: Final = Shown("")
_FLAGS: Final = (Shown("false"), Shown("true"))

EMPTY: Final = Shown("-")
"""An empty value in a table."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a format knows of the records."""

    record_type: RecordType
    columns: tuple[Attribute, ...]
    """What tables show."""
    are_columns_named: bool = False
    """Whether somebody chose the columns: then JSON too holds these alone, and CSV no id beside them."""
    is_guarded: bool = True
    """Whether CSV keeps spreadsheets from taking texts for formulas."""


class RecordFormat(Protocol):
    """One format over one shape. Every piece can be written as UTF-8."""

    def opening(self) -> str:
        """What stands before the first record."""
        ...

    def rows(self, records: Sequence[Record], *, is_first: bool) -> str:
        """Records in their order; `is_first` when none was written before them."""
        ...

    def closing(self, *, is_empty: bool) -> str:
        """What stands behind the last record; `is_empty` when there is none."""
        ...


class CsvFormat:
    """A heading and a row per record, with the id first where no columns were named."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._columns = [(row.api_name, row.type_row) for row in shape.columns]

    def opening(self) -> str:
        """The attributes' names."""
        names = [shown(column.api_name) for column in self._shape.columns]
        return csv_line(names if self._shape.are_columns_named else ["id", *names]) + "\n"

    def rows(self, records: Sequence[Record], *, is_first: bool) -> str:
        """A line each."""
        del is_first
        return "".join([csv_line(self._cells(record)) + "\n" for record in records])

    def closing(self, *, is_empty: bool) -> str:
        """Nothing."""
        del is_empty
        return ""

    def _cells(self, record: Record) -> list[Shown]:
        is_guarded, values = self._shape.is_guarded, record.attributes
        cells = [_csv_value(values.get(name), row, is_guarded) for name, row in self._columns]
        if self._shape.are_columns_named:
            return cells
        text = shown(record.record_id.id)
        return [csv_text(text) if is_guarded else text, *cells]


class JsonLinesFormat:
    """An object per line."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def opening(self) -> str:
        """Nothing."""
        return ""

    def rows(self, records: Sequence[Record], *, is_first: bool) -> str:
        """A line each."""
        del is_first
        return "".join(_json_row(record, self._shape) + "\n" for record in records)

    def closing(self, *, is_empty: bool) -> str:
        """Nothing."""
        del is_empty
        return ""


class JsonFormat:
    """An array; it is closed only at the end, so that a broken one cannot be taken for all."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def opening(self) -> str:
        """The bracket."""
        return "["

    def rows(self, records: Sequence[Record], *, is_first: bool) -> str:
        """A line each, the comma before all but the first."""
        first, other = ("\n  ", ",\n  ") if is_first else (",\n  ", ",\n  ")
        return "".join(
            (other if index else first) + _json_row(record, self._shape)
            for index, record in enumerate(records)
        )

    def closing(self, *, is_empty: bool) -> str:
        """The other bracket."""
        return "]\n" if is_empty else "\n]\n"


class MarkdownFormat:
    """A Markdown table."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape

    def opening(self) -> str:
        """The attributes' names and the rule below them."""
        columns = self._shape.columns
        heading = markdown_line(shown(column.api_name) for column in columns)
        rule = markdown_rule(column.type_row.is_right_aligned for column in columns)
        return f"{heading}\n{rule}\n"

    def rows(self, records: Sequence[Record], *, is_first: bool) -> str:
        """A line each."""
        del is_first
        columns = self._shape.columns
        return "".join(
            markdown_line(table_cell(record, column) for column in columns) + "\n"
            for record in records
        )

    def closing(self, *, is_empty: bool) -> str:
        """Nothing."""
        del is_empty
        return ""


RECORD_FORMATS: Final[Mapping[str, Callable[[Shape], RecordFormat]]] = MappingProxyType(
    {"json": JsonFormat, "jsonl": JsonLinesFormat, "csv": CsvFormat, "md": MarkdownFormat}
)
"""Every format for programs and files, by the name `--format` takes; a file's suffix is the name with a dot."""


def table_cell(record: Record, attribute: Attribute) -> Shown:
    """A value as a person reads it, on one line."""
    text = show(record.attributes.get(attribute.api_name), attribute.value_type)
    return shown(text, limit=CELL_LIMIT) if text else EMPTY


def csv_cell(record: Record, attribute: Attribute, *, is_guarded: bool = True) -> Shown:
    """A value as a program reads it: plain text, JSON for what has parts. Only texts are guarded against formulas."""
    return _csv_value(record.attributes.get(attribute.api_name), attribute.type_row, is_guarded)


def _csv_value(value: Value, row: ValueType, is_guarded: bool) -> Shown:
    if value is None:
        return _NOTHING
    if type(value) is str:  # most values, and a text is its own plain form
        text = shown(value)
    elif isinstance(value, bool):
        return _FLAGS[value]
    elif isinstance(value, int | Decimal):
        return Shown(str(value))
    else:
        parts = plain_as(value, row)
        if not isinstance(parts, str):  # it begins with a bracket
            return Shown(dump_ascii(parts))
        text = shown(parts)
    return csv_text(text) if is_guarded else text


def record_json(
    record: Record, record_type: RecordType, only: Iterable[Attribute] | None = None
) -> dict[str, Json]:
    """A record as scripts get it: `id`, `record_type`, and plain values under `attributes`; `only` picks some of them.

    `metadata` is there only where the API has it.
    """
    types = {row.api_name: row.value_type for row in record_type.attributes}
    names = record.attributes if only is None else [row.api_name for row in only]
    written: dict[str, Json] = {
        "id": record.record_id.id,
        "record_type": record.record_id.record_type,
        "attributes": {
            name: _plain(record.attributes.get(name), types.get(name)) for name in names
        },
    }
    if record.metadata is not None and only is None:
        written["metadata"] = record.metadata
    return written


def _json_row(record: Record, shape: Shape) -> str:
    only = shape.columns if shape.are_columns_named else None
    return dump_ascii(record_json(record, shape.record_type, only))


def _plain(value: Value, value_type: str | None) -> Json:
    """The plain form; what the schema does not declare keeps what JSON has words for."""
    if value_type is None and isinstance(value, str | bool | int | Decimal):
        return value
    return plain(value, value_type or "")
