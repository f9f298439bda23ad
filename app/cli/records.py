"""Records as the command line writes them: cells of a table, cells of CSV, and plain JSON."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

import click

from app.cli.failures import did_you_mean
from app.cli.json_output import dump_ascii
from app.cli.table import csv_text
from app.domain.records import Record
from app.domain.safe_text import Shown, shown
from app.domain.schema import Attribute, RecordType
from app.domain.values import Json, Value, plain, show

CELL_LIMIT = 200
"""Characters of a value that a table cell looks at."""

EMPTY = Shown("-")
"""An empty value in a table."""


def named_columns(record_type: RecordType, names: Sequence[str]) -> tuple[Attribute, ...]:
    """The attributes of those names, in that order.

    Raises:
        click.UsageError: for a name the schema does not have.
    """
    known = record_type.attribute_by_name
    for name in names:
        if name not in known:
            text = f"{record_type.api_name} has no attribute {name}. {did_you_mean(name, known)}"
            raise click.UsageError(shown(text.strip()))
    return tuple(known[name] for name in names)


def table_cell(record: Record, attribute: Attribute) -> Shown:
    """A value as a person reads it, on one line."""
    text = show(record.attributes.get(attribute.api_name), attribute.value_type)
    return shown(text, limit=CELL_LIMIT) if text else EMPTY


def csv_cell(record: Record, attribute: Attribute) -> Shown:
    """A value as a program reads it: plain text, JSON for what has parts. Only texts are guarded against formulas."""
    value = record.attributes.get(attribute.api_name)
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Shown(str(value))
    match plain(value, attribute.value_type):
        case None:
            return Shown("")
        case bool() as flag:
            return Shown("true" if flag else "false")
        case list() | dict() as parts:
            return csv_text(Shown(dump_ascii(parts)))
        case text:
            return csv_text(shown(str(text)))


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


def _plain(value: Value, value_type: str | None) -> Json:
    """The plain form; what the schema does not declare keeps what JSON has words for."""
    if value_type is None and isinstance(value, str | bool | int | Decimal):
        return value
    return plain(value, value_type or "")
