"""A page of records, as it is stored: rows of the record type's table and the items of its list-like attributes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.domain.query import Query
from app.server.store.columns import table_columns
from app.server.store.cursors import bad_cursor
from app.server.store.definitions import RecordTypeDefinition
from app.server.store.filters import FilterCompiler
from app.server.store.readers import Reader, Row
from app.server.store.record_sql import ALIVE, record_sql
from app.server.store.sorting import behind, order_by, resolve_sort, segments, segments_from
from app.server.store.sql import Bound, Sql, joined, selected, wrapped

Items = Mapping[str, Sequence[Row]]
"""The items of one attribute by record id, in their order; columns as `child_columns` without `record_id` and `position`."""


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
    sql, columns = record_sql(reader, definition), table_columns(definition)
    rows: list[Row] = []
    for part in parts:
        conditions = [row for row in (ALIVE, part.condition, filters, extra) if row is not None]
        if position is not None:
            conditions.append(behind(dialect, part, position[-len(part.keys) :], "t"))
            position = None
        missing = Sql(f" LIMIT {dialect.placeholder}", (query.limit + 1 - len(rows),))
        tail = joined("", (wrapped("ORDER BY ", order_by(dialect, part, "t"), ""), missing))
        rows += reader.rows(selected(sql.columns, sql.source, *conditions, tail=tail))
        if len(rows) > query.limit:
            break
    has_more = len(rows) > query.limit
    del rows[query.limit :]
    places = [columns.index(key.column) for key in keys]
    last = tuple(rows[-1][place] for place in places) if has_more else None
    return StoredPage(definition, rows, read_items(reader, definition, rows), last)


def read_one(reader: Reader, record_type: str, record_id: str) -> StoredPage:
    """A page with the record, or an empty one."""
    definition = reader.catalogue[record_type]
    rows = reader.rows(record_sql(reader, definition).by_id(record_id))
    return StoredPage(definition, rows, read_items(reader, definition, rows), None)


def changed_at(reader: Reader, definition: RecordTypeDefinition, record_id: str) -> str | None:
    """When a record was changed last; `None` if there is none, or an archived one."""
    rows = reader.rows(record_sql(reader, definition).changed_at(record_id))
    return rows[0][0] if rows else None


def read_items(
    reader: Reader, definition: RecordTypeDefinition, rows: Sequence[Row]
) -> Mapping[str, Items]:
    """The items of every list-like attribute of these records: one statement per attribute."""
    ids = tuple([row[0] for row in rows])
    found: dict[str, dict[str, list[Row]]] = {}
    for listed in record_sql(reader, definition).items:
        items = found[listed.attribute] = {}
        for item in reader.rows(listed.of(ids)) if ids else ():
            items.setdefault(item[0], []).append(item[1:])
    return found
