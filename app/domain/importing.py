"""Rows of a file as changes of records: what each cell is, and what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from app.domain.edits import Change, WriteValue, write_json
from app.domain.import_plan import ImportPlan, main_member
from app.domain.import_source import SourceRow
from app.domain.json_text import parse_json
from app.domain.lint import ITEM_MEMBERS, lint_required
from app.domain.parsing import parse_value
from app.domain.schema import Attribute
from app.domain.values import Json

ITEM_SEPARATOR: Final = ";"
"""Between the items of a list-like attribute in one cell."""

_GIVEN: Final = frozenset({"id", "status"})
"""Members of an item that the server gives; an export has them."""

_TEXTS: Final = frozenset({"string", "long_text", "rich_text"})
"""Value types whose blanks at either end are part of the value."""


@dataclass(frozen=True, slots=True)
class CellFault:
    """One thing that keeps a row from being imported."""

    line: int
    column: str | None
    """`None`: the row as a whole."""
    text: str
    """What stands in the cell; not yet sanitised."""
    why: str
    """In words that follow the cell, or that stand alone for a row; not yet sanitised."""
    code: str = "field_value_invalid"

    def __str__(self) -> str:
        where = f"line {self.line}" + (f", {self.column}" if self.column is not None else "")
        return f"{where}: {self.why}"


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row, read."""

    source: SourceRow
    changes: tuple[Change, ...] = ()
    match: str | None = None
    """The value to find an existing record by."""
    faults: tuple[CellFault, ...] = ()


def read_row(plan: ImportPlan, row: SourceRow, fixes: Mapping[str, str] | None = None) -> ImportRow:
    """A row as changes, with every fault of its cells; `fixes` are texts to stand in the place of cells."""
    if row.fault is not None:
        return ImportRow(row, faults=(CellFault(row.line, None, "", f"The row {row.fault}"),))
    if row.record_type not in (None, plan.record_type.api_name):
        why = f"The row is of the type {row.record_type}, not {plan.record_type.api_name}"
        return ImportRow(row, faults=(CellFault(row.line, None, "", why),))
    cells = {**row.cells, **{name: text for name, text in (fixes or {}).items() if text}}
    for name, text in (fixes or {}).items():
        if not text:
            cells.pop(name, None)
    changes, faults = [], []
    for column, attribute in plan.written.items():
        if column not in cells:
            continue
        try:
            changes.append(Change(attribute.api_name, cell_value(attribute, cells[column])))
        except ValueError as error:
            faults.append(CellFault(row.line, column, cell_text(cells[column]), str(error)))
    match = None
    if plan.match_column is not None:
        match = cell_text(cells.get(plan.match_column)).strip()
        if not match:
            faults.append(
                CellFault(row.line, plan.match_column, "", "is empty: nothing to match by")
            )
    return ImportRow(row, tuple(changes), match or None, tuple(faults))


def required_faults(plan: ImportPlan, row: ImportRow) -> tuple[CellFault, ...]:
    """What a row lacks to become a new record."""
    columns = {attribute.api_name: column for column, attribute in plan.written.items()}
    found = lint_required(plan.record_type.attributes, row.changes, plan.record_type.api_name)
    return tuple(
        CellFault(row.source.line, columns.get(fault.field or ""), "", fault.message, fault.code)
        for fault in found
        if not any(columns.get(fault.field or "") == bad.column for bad in row.faults)
    )


def cell_text(cell: Json) -> str:
    """A cell as one reads it."""
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else str(cell)


def cell_value(attribute: Attribute, cell: Json) -> WriteValue:
    """What a cell sets an attribute to.

    Raises:
        ValueError: in words, for what is no such value.
    """
    if cell is None:
        return None
    if isinstance(cell, str):
        return _text_value(attribute, cell)
    if attribute.is_array and isinstance(cell, list):
        return [write_json(_item_value(attribute, item)) for item in cell]
    return _item_value(attribute, cell)


def _text_value(attribute: Attribute, text: str) -> WriteValue:
    stripped = text.strip()
    has_parts = attribute.is_array or attribute.value_type in (*ITEM_MEMBERS, "address")
    if has_parts and stripped[:1] in ("[", "{"):
        try:
            document = parse_json(stripped.encode())
        except ValueError as error:
            raise ValueError(f"is not JSON: {error}") from None
        return cell_value(attribute, document)
    if not attribute.is_array:
        return parse_value(attribute, text if attribute.value_type in _TEXTS else stripped)
    texts = [part.strip() for part in text.split(ITEM_SEPARATOR) if part.strip()]
    member = main_member(attribute)
    if member is None:
        return [write_json(parse_value(attribute, part)) for part in texts]
    return [{member: part, "is_primary": index == 0} for index, part in enumerate(texts)]


def _item_value(attribute: Attribute, cell: Json) -> WriteValue:
    """A JSON value that is no text, or a text within a list."""
    kind = attribute.value_type
    if isinstance(cell, str):
        return parse_value(attribute, cell)
    if isinstance(cell, dict):
        if kind in ITEM_MEMBERS:
            return {name: part for name, part in cell.items() if name not in _GIVEN}
        if kind == "address":
            return cell
        raise ValueError("is an object, which it does not take")
    if isinstance(cell, list):
        raise ValueError("is a list; it holds one value")
    if isinstance(cell, bool):
        if kind == "boolean":
            return cell
        raise ValueError(f"is {str(cell).lower()}, which is no {kind}")
    if isinstance(cell, int | Decimal) and kind in ("number", "percent", "currency"):
        return cell
    raise ValueError(f"is {cell}, which is no {kind}")
