"""Stored rows as records of the wire.

What can be prepared for a record type is prepared once and kept with the reader's thread.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.server.public_v2.values import RENDERINGS, Names
from app.server.store.columns import columns_of, table_columns
from app.server.store.definitions import (
    JSON_TYPE,
    ORGANIZATION,
    AttributeDefinition,
    RecordTypeDefinition,
)
from app.server.store.pages import Items, StoredPage
from app.server.store.readers import Reader, Row
from app.server.store.sql import Sql, selected

Field = Callable[[Row, Mapping[str, Items]], Any]
"""An attribute's envelope, or list of envelopes, from a row and the page's items."""


class RecordRenderer:
    """Renders the records of one record type."""

    def __init__(self, definition: RecordTypeDefinition, organization_id: str) -> None:
        self._definition = definition
        columns = table_columns(definition)
        self._fields = [
            (row.api_name, _field(row, columns, organization_id)) for row in definition.visible
        ]
        self._metadata = next(
            (columns.index(row.api_name) for row in definition.attributes if row.value_type == JSON_TYPE),
            None,
        )  # fmt: skip

    def records(self, page: StoredPage) -> list[dict[str, Any]]:
        """The page's records."""
        name, fields, items = self._definition.api_name, self._fields, page.items
        rendered = [
            {
                "id": row[0],
                "created_at": row[1],
                "updated_at": row[2],
                "record_type": name,
                "attributes": {api_name: show(row, items) for api_name, show in fields},
            }
            for row in page.rows
        ]
        place = self._metadata
        if place is not None:
            for record, row in zip(rendered, page.rows, strict=True):
                record["metadata"] = None if row[place] is None else json.loads(row[place])
        return rendered


def renderer(reader: Reader, definition: RecordTypeDefinition) -> RecordRenderer:
    """The renderer of a record type, made at its first use in a thread."""
    kept = reader.memory.get(definition.api_name)
    if not isinstance(kept, RecordRenderer):
        kept = RecordRenderer(definition, reader.workspace.organization_id)
        reader.memory[definition.api_name] = kept
    return kept


def _field(attribute: AttributeDefinition, columns: Sequence[str], organization_id: str) -> Field:
    """How one attribute is rendered."""
    value_type = attribute.value_type
    if attribute.api_name == ORGANIZATION:
        envelope = {"value_type": value_type, "value": organization_id}
        return lambda _row, _items: envelope
    rendering = RENDERINGS[value_type]
    show = rendering.show(attribute)
    if attribute.is_array:
        return _list_field(attribute, show, is_single=rendering.width == 1)
    empty = {"value_type": value_type, "value": None}
    stored = columns_of(attribute)
    first = columns.index(stored[0].name if stored else attribute.api_name)
    if rendering.width > 1:
        last = first + rendering.width

        def parts(row: Row, _: Mapping[str, Items]) -> Any:
            values = row[first:last]
            if not any(values):
                return empty
            return {"value_type": value_type, "value": show(values)}

        return parts

    if rendering is RENDERINGS["string"]:

        def plain(row: Row, _: Mapping[str, Items]) -> Any:
            return {"value_type": value_type, "value": row[first]}

        return plain

    def field(row: Row, _: Mapping[str, Items]) -> Any:
        value = row[first]
        if value is None:
            return empty
        return {"value_type": value_type, "value": show(value)}

    return field


def _list_field(
    attribute: AttributeDefinition, show: Callable[[Any], Any], *, is_single: bool
) -> Field:
    """A list of envelopes, empty for no items."""
    name, value_type = attribute.api_name, attribute.value_type

    def field(row: Row, items: Mapping[str, Items]) -> Any:
        found = items[name].get(row[0], ())
        if is_single:
            return [{"value_type": value_type, "value": show(item[0])} for item in found]
        return [{"value_type": value_type, "value": show(item)} for item in found]

    return field


def add_names(
    reader: Reader, definition: RecordTypeDefinition, records: list[dict[str, Any]]
) -> None:
    """Give every reference value of a page its target's `display_name`: one statement per related record type."""
    values: dict[str, list[dict[str, Any]]] = {}
    for attribute in definition.visible:
        related = attribute.related_record_type
        if related is None:
            continue
        for record in records:
            found = record["attributes"][attribute.api_name]
            envelopes = found if isinstance(found, list) else (found,)
            values.setdefault(related, []).extend(
                envelope["value"] for envelope in envelopes if envelope["value"] is not None
            )
    for related, references in values.items():
        names = read_names(reader, related, {row["related_record_id"] for row in references})
        for reference in references:
            reference["display_name"] = names.get(reference["related_record_id"])


def read_names(reader: Reader, record_type: str, ids: set[str]) -> Names:
    """What records are known by; ids without a name are left out."""
    definition = reader.catalogue.get(record_type)
    title = definition.title_attribute if definition is not None else None
    if title is None or not ids:
        return {}
    quote = reader.dialect.quote
    among = Sql(f'"id" IN ({reader.dialect.places(len(ids))})', tuple(ids))
    rows = reader.rows(selected(f'"id", {quote(title)}', quote(record_type), among))
    return {record_id: name for record_id, name in rows if name is not None}
