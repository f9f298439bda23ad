"""How each value type is stored: its columns, in the record type's table or in a child table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.server.store.definitions import (
    JSON_TYPE,
    ORGANIZATION,
    SYSTEM_COLUMNS,
    AttributeDefinition,
    RecordTypeDefinition,
    made_once,
)


class ColumnType(StrEnum):
    """What a column holds; each dialect has its word for it."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Column:
    """One typed column."""

    name: str
    type: ColumnType
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class ChildTable:
    """Where the items of a list-like attribute are, in their order."""

    name: str
    columns: tuple[Column, ...]
    """After `record_id` and `position`; the first one is what a filter compares."""
    has_ids: bool = False
    """Whether items have an id of their own, in the column `id`."""

    @property
    def value_column(self) -> str:
        """What a filter compares."""
        return self.columns[0].name


_SCALARS: Final[Mapping[str, ColumnType]] = MappingProxyType(
    {
        "number": ColumnType.NUMBER,
        "percent": ColumnType.NUMBER,
        "currency": ColumnType.NUMBER,
        "boolean": ColumnType.FLAG,
        JSON_TYPE: ColumnType.TEXT,
    }
)
"""Value types that are not text."""

ADDRESS_PARTS: Final = ("street_one", "street_two", "city", "state", "country", "zip_code")
"""The columns of an address, after its name."""

_PRIMARY: Final = Column("is_primary", ColumnType.FLAG, is_required=True)
_ITEMS: Final[Mapping[str, tuple[Column, ...]]] = MappingProxyType(
    {
        "contact_email": (
            Column("email", ColumnType.TEXT, is_required=True),
            _PRIMARY,
            Column("labels", ColumnType.TEXT),
        ),
        "contact_phone_number": (
            Column("phone_number", ColumnType.TEXT, is_required=True),
            _PRIMARY,
            Column("labels", ColumnType.TEXT),
        ),
        "account_domain": (
            Column("domain_name", ColumnType.TEXT, is_required=True),
            _PRIMARY,
            Column("status", ColumnType.TEXT, is_required=True),
        ),
    }
)
"""Value types whose items are made of several columns; `labels` is a JSON list of words."""

_WITHOUT_IDS: Final = frozenset({"account_domain"})


@made_once
def columns_of(attribute: AttributeDefinition) -> tuple[Column, ...]:
    """The columns of an attribute in its record type's table, beside the system columns; none if it is list-like."""
    name = attribute.api_name
    if attribute.is_array or name == ORGANIZATION or name in SYSTEM_COLUMNS:
        return ()
    if attribute.value_type == "address":
        return tuple(Column(f"{name}_{part}", ColumnType.TEXT) for part in ADDRESS_PARTS)
    return (Column(name, _SCALARS.get(attribute.value_type, ColumnType.TEXT)),)


def child_table(record_type: str, attribute: AttributeDefinition) -> ChildTable | None:
    """The table of a list-like attribute, `None` for any other."""
    if not attribute.is_array:
        return None
    items = _ITEMS.get(attribute.value_type)
    columns = items or (
        Column("value", _SCALARS.get(attribute.value_type, ColumnType.TEXT), is_required=True),
    )
    has_ids = items is not None and attribute.value_type not in _WITHOUT_IDS
    return ChildTable(f"{record_type}__{attribute.api_name}", columns, has_ids)


@made_once
def child_tables(definition: RecordTypeDefinition) -> Mapping[str, ChildTable]:
    """The tables of a record type's list-like attributes, by attribute."""
    tables = {row.api_name: child_table(definition.api_name, row) for row in definition.attributes}
    return MappingProxyType({name: child for name, child in tables.items() if child is not None})


@made_once
def table_columns(definition: RecordTypeDefinition) -> tuple[str, ...]:
    """The columns of a record type's table, in their order."""
    return (
        *SYSTEM_COLUMNS,
        *(column.name for row in definition.attributes for column in columns_of(row)),
    )


def child_columns(child: ChildTable) -> tuple[str, ...]:
    """The columns of a child table, in their order."""
    lead = ("id", "record_id", "position") if child.has_ids else ("record_id", "position")
    return (*lead, *(column.name for column in child.columns))


LINK_COLUMNS: Final = ("id", "created_at")
"""The columns of a plain link table beside its two id columns, which stand between them."""
