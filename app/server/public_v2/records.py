"""Stored rows as records of the wire.

What can be prepared for a record type is prepared once and kept with the reader's thread: a template of the record's JSON,
and for each gap in it what fills it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from app.server.compact import compact
from app.server.public_v2.values import (
    RENDERINGS,
    Names,
    Show,
    clean_json,
    text_json,
    texts_json,
)
from app.server.store.columns import child_table, columns_of, table_columns
from app.server.store.definitions import (
    JSON_TYPE,
    ORGANIZATION,
    AttributeDefinition,
    RecordTypeDefinition,
)
from app.server.store.pages import Items, StoredPage
from app.server.store.readers import Reader, Row
from app.server.store.sql import Sql, selected

Columns = Sequence[Sequence[Any]]
"""A page's rows, turned: the values of one column side by side."""

Gap = Callable[[Columns, Mapping[str, Items]], Sequence[str]]
"""What fills a gap of the template in each record of a page. By column: a call a value would cost more than the value."""

_LEAD: Final = '{"id":%s,"created_at":%s,"updated_at":%s,"attributes":{'


class RecordRenderer:
    """Renders the records of one record type, or of a junction only the attributes named."""

    def __init__(
        self,
        definition: RecordTypeDefinition,
        organization_id: str,
        *,
        names: Names | None = None,
        only: Sequence[AttributeDefinition] | None = None,
    ) -> None:
        """With `names`, references carry names: those that `names` holds when a page is rendered."""
        self.definition = definition
        self.names = names
        columns = table_columns(definition)
        attributes = definition.visible if only is None else only
        parts, gaps = [], []
        for row in attributes:
            part, gap = _part(row, columns, organization_id, names)
            parts.append(part)
            gaps += gap
        self._attributes = "{" + ",".join(parts) + "}"
        self._gaps: list[Gap] = gaps
        end = f'}},"record_type":{_literal(compact(definition.api_name))}'
        metadata = [row.api_name for row in definition.attributes if row.value_type == JSON_TYPE]
        self._lead: list[Gap] = [_cell(place, text_json) for place in (0, 1, 2)]
        self._tail: list[Gap] = []
        for name in metadata:
            end += f',"{name}":%s'
            self._tail.append(_cell(columns.index(name), _metadata))
        self._record = _LEAD + ",".join(parts) + end + "}"

    def records(self, page: StoredPage) -> list[str]:
        """The page's records as JSON texts."""
        if not page.rows:
            return []
        columns, items = [*zip(*page.rows, strict=True)], page.items
        filled = [gap(columns, items) for gap in (*self._lead, *self._gaps, *self._tail)]
        return [self._record % values for values in zip(*filled, strict=True)]

    def attributes(self, row: Row) -> str:
        """The attributes of one row alone, as a JSON text; for record types without list-like attributes."""
        columns = [(value,) for value in row]
        return self._attributes % tuple([gap(columns, {})[0] for gap in self._gaps])


def render(reader: Reader, page: StoredPage, *, with_names: bool) -> list[str]:
    """The records of a page as JSON texts."""
    renderer = _kept(reader, page.definition, with_names=with_names)
    if renderer.names is not None:
        renderer.names.clear()
        renderer.names.update(_names_of(reader, page))
    return renderer.records(page)


def _kept(reader: Reader, definition: RecordTypeDefinition, *, with_names: bool) -> RecordRenderer:
    """The renderer of a record type, made at its first use in a thread."""
    key = f"{definition.api_name} {with_names}"
    kept = reader.memory.get(key)
    if not isinstance(kept, RecordRenderer):
        names: Names | None = {} if with_names else None
        kept = RecordRenderer(definition, reader.workspace.organization_id, names=names)
        reader.memory[key] = kept
    return kept


def _literal(text: str) -> str:
    """Text inside a template."""
    return text.replace("%", "%%")


def _metadata(text: str | None) -> str:
    return clean_json(text, "null")


def _cell(place: int, show: Show) -> Gap:
    """A gap filled from one column."""
    if show is text_json:
        return lambda columns, _: texts_json(columns[place])
    return lambda columns, _: [*map(show, columns[place])]


def _part(
    attribute: AttributeDefinition,
    columns: Sequence[str],
    organization_id: str,
    names: Names | None,
) -> tuple[str, list[Gap]]:
    """An attribute's part of the template and what fills its gap."""
    api_name, kind = _literal(compact(attribute.api_name)), compact(attribute.value_type)
    if attribute.api_name == ORGANIZATION:
        value = _literal(compact(organization_id))
        return f'{api_name}:{{"value_type":{kind},"value":{value}}}', []
    rendering = RENDERINGS[attribute.value_type]
    show = rendering.show(attribute, names)
    if attribute.is_array:
        is_single = rendering.width == 1
        return f"{api_name}:%s", [_list(attribute.api_name, kind, show, is_single=is_single)]
    stored = columns_of(attribute)
    first = columns.index(stored[0].name if stored else attribute.api_name)
    part = f'{api_name}:{{"value_type":{kind},"value":%s}}'
    if rendering.width == 1:
        return part, [_cell(first, show)]
    return part, [_cells(slice(first, first + rendering.width), show)]


def _cells(place: slice, show: Show) -> Gap:
    """A gap filled from several columns."""
    return lambda columns, _: [*map(show, zip(*columns[place], strict=True))]


def _list(name: str, kind: str, show: Show, *, is_single: bool) -> Gap:
    """A gap filled with a list of envelopes, empty for no items."""

    def fill(columns: Columns, items: Mapping[str, Items]) -> Sequence[str]:
        found = items[name]
        return [
            listed(found[record_id]) if record_id in found else "[]" for record_id in columns[0]
        ]

    def listed(found: Sequence[Any]) -> str:
        values = [show(item[0] if is_single else item) for item in found]
        return (
            "[" + ",".join([f'{{"value_type":{kind},"value":{value}}}' for value in values]) + "]"
        )

    return fill


def _names_of(reader: Reader, page: StoredPage) -> Names:
    """What the targets of a page's references are known by: one statement per related record type."""
    wanted: dict[str, set[str]] = {}
    columns = table_columns(page.definition)
    for attribute in page.definition.visible:
        related = attribute.related_record_type
        if related is None:
            continue
        ids = wanted.setdefault(related, set())
        if child_table(page.definition.api_name, attribute) is not None:
            listed = page.items[attribute.api_name].values()
            ids.update(item[0] for items in listed for item in items)
        else:
            place = columns.index(attribute.api_name)
            ids.update(row[place] for row in page.rows)
    names: Names = {}
    for related, ids in wanted.items():
        ids.discard(None)
        names.update(_read_names(reader, related, sorted(ids)))
    return names


def _read_names(reader: Reader, record_type: str, ids: Sequence[str]) -> Names:
    definition = reader.catalogue.get(record_type)
    title = definition.title_attribute if definition is not None else None
    if title is None or not ids:
        return {}
    quote = reader.dialect.quote
    among = Sql(f'"id" IN ({reader.dialect.places(len(ids))})', tuple(ids))
    rows = reader.rows(selected(f'"id", {quote(title)}', quote(record_type), among))
    return {record_id: name for record_id, name in rows if name is not None}
