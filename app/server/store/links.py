"""The links of one record over one relationship, in the order of the targets' ids; archived targets are left out."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.server.store.columns import table_columns
from app.server.store.definitions import RecordTypeDefinition, RelationshipDefinition
from app.server.store.readers import Reader, Row
from app.server.store.sql import Sql, selected


@dataclass(frozen=True, slots=True)
class StoredLinks:
    """A page of links."""

    junction: RecordTypeDefinition | None
    """The record type the links go through."""
    targets: Sequence[str]
    """Ids of the linked records."""
    rows: Sequence[Row]
    """The junction's rows in the order of `table_columns`, beside the targets; empty without a junction."""
    has_more: bool


def is_there(reader: Reader, record_type: str, record_id: str) -> bool:
    """Whether a record exists and is not archived."""
    by_id = Sql(f'"id" = {reader.dialect.placeholder} AND "archived_at" IS NULL', (record_id,))
    return bool(reader.rows(selected("1", reader.dialect.quote(record_type), by_id)))


def read_links(
    reader: Reader,
    relationship: RelationshipDefinition,
    record_id: str,
    limit: int,
    after: str | None = None,
    *,
    only: str | None = None,
) -> StoredLinks:
    """One page; `after` is the last target of the page before. With `only`, at most the link to that target."""
    quote, place = reader.dialect.quote, reader.dialect.placeholder
    junction = reader.catalogue.get(relationship.junction_record_type or "")
    link = relationship.link
    target = quote(relationship.related_record_type)
    near, far = f"l.{quote(link.near_column)}", f"l.{quote(link.far_column)}"
    conditions = [
        Sql(f"{near} = {place}", (record_id,)),
        Sql(f't."id" = {far}'),
        Sql('t."archived_at" IS NULL'),
    ]
    if link.table in reader.catalogue:
        conditions.append(Sql('l."archived_at" IS NULL'))
    if after is not None:
        conditions.append(Sql(f"{far} > {place}", (after,)))
    if only is not None:
        conditions.append(Sql(f"{far} = {place}", (only,)))
    columns = table_columns(junction) if junction is not None else ()
    what = ", ".join([far, *(f"l.{quote(column)}" for column in columns)])
    tail = Sql(f"ORDER BY {far} LIMIT {place}", (limit + 1,))
    source = f"{quote(link.table)} AS l, {target} AS t"
    rows = reader.rows(selected(what, source, *conditions, tail=tail))
    shown = rows[:limit]
    return StoredLinks(
        junction,
        [row[0] for row in shown],
        [row[1:] for row in shown] if junction is not None else (),
        len(rows) > limit,
    )
