"""A workspace file made of schemas and records as another server told them, for rehearsing changes to them.

Standard record types keep what the local CRM knows of them beyond their schema: hidden attributes, mirrors, rules. What the
schema says otherwise (rights, choices, attributes of its own) is taken from the schema; values are stored as they were read.
"""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Final

from app.domain.records import Record
from app.domain.rehearsals import Clone
from app.domain.schema import Attribute, RecordType
from app.domain.values import (
    VALUE_TYPES,
    Address,
    DomainItem,
    EmailItem,
    Option,
    PhoneItem,
    Raw,
    Reference,
    Scalar,
    Value,
)
from app.server.store.columns import ADDRESS_PARTS, child_tables, columns_of
from app.server.store.definitions import (
    ORGANIZATION,
    SYSTEM_COLUMNS,
    AttributeDefinition,
    OptionDefinition,
    RecordTypeDefinition,
)
from app.server.store.operands import stored_moment
from app.server.store.sql import Bound
from app.server.store.standard import STANDARD_TYPES, system_attributes
from app.server.store.writer import WorkspaceWriter

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""When a record was made whose server did not say."""

_LARGEST_INTEGER: Final = 2**63


def write_scratch(path: Path, clone: Clone) -> None:
    """Make a workspace file of a clone. Blocks.

    Raises:
        WorkspaceError: if its names or value types cannot be stored, or the file cannot be made.
    """
    definitions = {row.api_name: row for row in STANDARD_TYPES}
    for schema in clone.record_types:
        definitions[schema.api_name] = _definition(schema, definitions.get(schema.api_name))
    with WorkspaceWriter(path, tuple(definitions.values())) as writer:
        for record in clone.records:
            definition = definitions[record.record_id.record_type]
            writer.load_records(definition.api_name, [_row(definition, record)])
            for name, child in child_tables(definition).items():
                rows = _item_rows(definition.attribute_by_name[name], record, child.has_ids)
                writer.load_items(definition.api_name, name, rows)
        for stand_in in clone.stand_ins:
            if stand_in.record_type in definitions:
                definition = definitions[stand_in.record_type]
                writer.load_records(definition.api_name, [_row(definition, Record(stand_in, {}))])


def _definition(schema: RecordType, standard: RecordTypeDefinition | None) -> RecordTypeDefinition:
    """A record type as its schema describes it, over what is known of a standard one."""
    known = {} if standard is None else standard.attribute_by_name
    own = [
        _attribute(row, known.get(row.api_name))
        for row in schema.attribute_by_name.values()
        if _is_storable(row)
    ]
    names = {row.api_name for row in own}
    lead = system_attributes() if standard is None else standard.attributes
    rest = [replace(row, is_required_on_create=False) for row in lead if row.api_name not in names]
    if standard is not None:
        return replace(standard, attributes=(*rest, *own))
    return RecordTypeDefinition(
        schema.api_name,
        schema.display_name,
        (*rest, *own),
        is_custom=True,
        supports_custom_fields=True,
        object_id=schema.object_id,
    )


def _is_storable(attribute: Attribute) -> bool:
    name = attribute.api_name
    is_system = name == ORGANIZATION or name in SYSTEM_COLUMNS
    return not is_system and attribute.value_type in VALUE_TYPES and bool(_NAME.fullmatch(name))


def _attribute(row: Attribute, known: AttributeDefinition | None) -> AttributeDefinition:
    if known is None or (known.value_type, known.is_array) != (row.value_type, row.is_array):
        known = AttributeDefinition(
            row.api_name, row.display_name, row.value_type, row.is_array, is_custom=True
        )
    required = {option.api_name: option.required_attributes for option in known.options}
    return replace(
        known,
        is_creatable=row.is_creatable,
        is_updatable=row.is_updatable,
        is_required_on_create=row.is_required_on_create,
        is_unique=row.is_unique,
        is_filterable=row.is_filterable,
        is_sortable=row.is_sortable,
        is_indexed=False,
        is_hidden=False,
        related_record_type=row.related_record_type or known.related_record_type,
        options=tuple(
            OptionDefinition(
                option.id,
                option.api_name,
                option.display_value,
                option.color,
                option.closing_probability,
                option.expected_days,
                required.get(option.api_name, ()),
            )
            for option in row.options
        )
        or known.options,
    )


def _row(definition: RecordTypeDefinition, record: Record) -> tuple[Bound, ...]:
    """A record in the order of `table_columns`."""
    made, changed = record.created_at or _LONG_AGO, record.updated_at or _LONG_AGO
    cells: list[Bound] = [record.record_id.id, stored_moment(made.astimezone(UTC))]
    cells += [stored_moment(changed.astimezone(UTC)), None]
    for attribute in definition.attributes:
        count = len(columns_of(attribute))
        if count:
            cells += _cells(attribute, record.attributes.get(attribute.api_name), count)
    return tuple(cells)


def _cells(attribute: AttributeDefinition, value: Value, count: int) -> Iterable[Bound]:
    if isinstance(value, Address) and count == len(ADDRESS_PARTS):
        return [getattr(value, part) for part in ADDRESS_PARTS]
    if value is None or isinstance(value, tuple) or count != 1:
        return [None] * count
    return [_cell(attribute, value)]


def _cell(attribute: AttributeDefinition, value: Scalar) -> Bound:
    """One value as it is stored; what could not be read is empty."""
    match value:
        case Raw():
            return None
        case Option():
            return value.id if attribute.holds_option_ids else value.api_name
        case Reference():
            return value.record_id.lower()
        case datetime():
            return stored_moment(value.astimezone(UTC))
        case date() | time():
            return value.isoformat()
        case bool():
            return int(value)
        case int():
            return value if -_LARGEST_INTEGER <= value < _LARGEST_INTEGER else float(value)
        case Decimal():
            is_whole = value == value.to_integral_value() and abs(value) < _LARGEST_INTEGER
            return int(value) if is_whole else float(value)
        case _:
            return str(value)


def _item_rows(
    attribute: AttributeDefinition, record: Record, has_ids: bool
) -> Iterator[tuple[Bound, ...]]:
    """The items of a list-like attribute in the order of `child_columns`."""
    value, owner = record.attributes.get(attribute.api_name), record.record_id.id
    for position, item in enumerate(value if isinstance(value, tuple) else ()):
        match item:
            case EmailItem() if has_ids:
                labels = json.dumps(item.labels) if item.labels else None
                yield item.id, owner, position, item.email, int(item.is_primary), labels
            case PhoneItem() if has_ids:
                labels = json.dumps(item.labels) if item.labels else None
                yield item.id, owner, position, item.phone_number, int(item.is_primary), labels
            case DomainItem() if attribute.value_type == "account_domain":
                yield owner, position, item.domain_name, int(item.is_primary), item.status
            case Raw():
                continue
            case _ if not has_ids and attribute.value_type != "account_domain":
                yield owner, position, _cell(attribute, item)
