"""A page of records, as it is stored: rows of the record type's table and the items of its list-like attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.query import Query
from app.server.store.columns import child_columns, child_table, table_columns
from app.server.store.cursors import bad_cursor
from app.server.store.definitions import RecordTypeDefinition
from app.server.store.filters import FilterCompiler
from app.server.store.readers import Reader, Row
from app.server.store.sorting import behind, order_by, resolve_sort, segments, segments_from
from app.server.store.sql import Bound, Sql, joined, selected, wrapped

Items = Mapping[str, Sequence[Row]]
"""The items of one attribute by record id, in their order; columns as `child_columns` without `record_id` and `position`."""

ALIVE = Sql('t."archived_at" IS NULL')
"""What the API shows."""


@dataclass(frozen=True, slots=True)
class StoredPage:
    """Rows in the order asked for."""

    definition: RecordTypeDefinition
    rows: Sequence[Row]
    """The columns of `table_columns`."""
    items: Mapping[str, Items]
    """By attribute, for each list-like one."""
    last: tuple[Bound, ...] | None
    """The sort keys of the last row if more follow."""


def read_page(
    reader: Reader, query: Query, position: Sequence[Bound] | None = None, extra: Sql | None = None
) -> StoredPage:
    """One page of a question; `position` is where the page before ended, `extra` a condition beside the filters.

    Raises:
        Refusal: for filters or a sort that this record type does not have, or a position of another order.
    """
    dialect = reader.dialect
    definition = reader.catalogue[query.record_type]
    keys = resolve_sort(definition, query.sort)
    compiler = FilterCompiler(dialect, reader.catalogue, definition)
    filters = compiler.compile(query.filters, "t")
    parts = segments(dialect, keys, "t")
    if position is not None:
        parts = segments_from(parts, keys, position) if len(position) == len(keys) else ()
        if not parts:
            raise bad_cursor("belongs to another order")
    columns = table_columns(definition)
    what = ", ".join(f"t.{dialect.quote(column)}" for column in columns)
    source = f"{dialect.quote(definition.api_name)} AS t"
    rows: list[Row] = []
    for part in parts:
        conditions = [row for row in (ALIVE, part.condition, filters, extra) if row is not None]
        if position is not None:
            conditions.append(behind(dialect, part, position[-len(part.keys) :], "t"))
            position = None
        missing = Sql(f" LIMIT {dialect.placeholder}", (query.limit + 1 - len(rows),))
        tail = joined("", (wrapped("ORDER BY ", order_by(dialect, part, "t"), ""), missing))
        rows += reader.rows(selected(what, source, *conditions, tail=tail))
        if len(rows) > query.limit:
            break
    has_more = len(rows) > query.limit
    del rows[query.limit :]
    places = [columns.index(key.column) for key in keys]
    last = tuple(rows[-1][place] for place in places) if has_more else None
    return StoredPage(definition, rows, read_items(reader, definition, rows), last)


def read_one(reader: Reader, record_type: str, record_id: str) -> StoredPage:
    """A page with the record, or an empty one."""
    dialect, definition = reader.dialect, reader.catalogue[record_type]
    what = ", ".join(f"t.{dialect.quote(column)}" for column in table_columns(definition))
    by_id = Sql(f't."id" = {dialect.placeholder}', (record_id,))
    source = f"{dialect.quote(record_type)} AS t"
    rows = reader.rows(selected(what, source, ALIVE, by_id))
    return StoredPage(definition, rows, read_items(reader, definition, rows), None)


def read_items(
    reader: Reader, definition: RecordTypeDefinition, rows: Sequence[Row]
) -> Mapping[str, Items]:
    """The items of every list-like attribute of these records: one statement per attribute."""
    ids: list[Any] = [row[0] for row in rows]
    found: dict[str, dict[str, list[Row]]] = {}
    for attribute in definition.visible:
        child = child_table(definition.api_name, attribute)
        if child is None:
            continue
        items = found[attribute.api_name] = {}
        if not ids:
            continue
        quote = reader.dialect.quote
        shown = [name for name in child_columns(child) if name not in {"record_id", "position"}]
        what = ", ".join(quote(name) for name in ("record_id", *shown))
        among = Sql(f'"record_id" IN ({reader.dialect.places(len(ids))})', tuple(ids))
        tail = Sql('ORDER BY "record_id", "position"')
        for record_id, *values in reader.rows(selected(what, quote(child.name), among, tail=tail)):
            items.setdefault(record_id, []).append(tuple(values))
    return found
