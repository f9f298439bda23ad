"""The tables and indexes of record types, as SQL made from definitions."""

from collections.abc import Iterable, Iterator

from app.server.store.columns import Column, ColumnType, child_table, columns_of
from app.server.store.definitions import AttributeDefinition, RecordTypeDefinition
from app.server.store.dialect import Dialect

_ID = Column("id", ColumnType.TEXT, is_required=True)
_CREATED = Column("created_at", ColumnType.TEXT, is_required=True)
_UPDATED = Column("updated_at", ColumnType.TEXT, is_required=True)
_ARCHIVED = Column("archived_at", ColumnType.TEXT)
_RECORD = Column("record_id", ColumnType.TEXT, is_required=True)
_POSITION = Column("position", ColumnType.INTEGER, is_required=True)


def create_tables(dialect: Dialect, definitions: Iterable[RecordTypeDefinition]) -> Iterator[str]:
    """The statements that make the tables of these record types, without secondary indexes."""
    for definition in definitions:
        columns = [_ID, _CREATED, _UPDATED, _ARCHIVED]
        columns += [column for row in definition.attributes for column in columns_of(row)]
        yield _table(dialect, definition.api_name, columns, ("id",))
        for row in definition.attributes:
            if child := child_table(definition.api_name, row):
                lead = [_ID, _RECORD, _POSITION] if child.has_ids else [_RECORD, _POSITION]
                key = ("record_id", "position")
                yield _table(dialect, child.name, [*lead, *child.columns], key, dialect.clustered)
        for link in plain_links(definition):
            ends = [Column(name, ColumnType.TEXT, is_required=True) for name in link[1:]]
            yield _table(dialect, link[0], [_ID, *ends, _CREATED], ("id",))


def _table(
    dialect: Dialect, name: str, columns: Iterable[Column], key: tuple[str, ...], suffix: str = ""
) -> str:
    lines = [
        f"  {dialect.quote(column.name)} {dialect.types[column.type]}{' NOT NULL' if column.is_required else ''}"
        for column in columns
    ]
    lines.append(f"  PRIMARY KEY ({', '.join(dialect.quote(part) for part in key)})")
    return f"CREATE TABLE {dialect.quote(name)} (\n" + ",\n".join(lines) + f"\n){suffix}"


def plain_links(definition: RecordTypeDefinition) -> Iterator[tuple[str, str, str]]:
    """The plain link tables this record type owns: table, near column, far column."""
    for row in definition.relationships:
        if row.link.table == f"{definition.api_name}__{row.api_name}":
            yield row.link.table, row.link.near_column, row.link.far_column


def create_indexes(dialect: Dialect, definitions: Iterable[RecordTypeDefinition]) -> Iterator[str]:
    """The statements that make the secondary indexes of these record types.

    `id` closes each of them, so that a page can start behind any record without reading those before it.
    """
    for definition in definitions:
        table = definition.api_name
        yield _index(dialect, table, "created_at", "id")
        yield _index(dialect, table, "updated_at", "id")
        for row in definition.attributes:
            yield from _attribute_indexes(dialect, definition, row)
        yield from _link_indexes(dialect, definition)


def _attribute_indexes(
    dialect: Dialect, definition: RecordTypeDefinition, row: AttributeDefinition
) -> Iterator[str]:
    if not row.is_indexed or row.api_name in {"id", "created_at", "updated_at"}:
        return
    if child := child_table(definition.api_name, row):
        value, record = child.value_column, "record_id"
        yield _index(dialect, child.name, value, record, has_text=row.related_record_type is None)
    elif row.holds_option_ids or row.related_record_type is not None:
        for order in _orders(definition, row):
            yield _index(dialect, definition.api_name, row.api_name, order, "id")
    else:
        is_text = row.value_type in {"string", "email", "url", "phone_number"}
        yield _index(dialect, definition.api_name, row.api_name, "id", has_text=is_text)


def _orders(definition: RecordTypeDefinition, row: AttributeDefinition) -> tuple[str, ...]:
    """What the records of one choice or one target are listed by: the last change first, and the default order.

    A target has few records of one type, so that one index does; an append-only type does not show when a record changed.
    """
    if "updated_at" not in definition.attribute_by_name:
        return ("created_at",)
    return ("updated_at", "created_at") if row.holds_option_ids else ("updated_at",)


def _link_indexes(dialect: Dialect, definition: RecordTypeDefinition) -> Iterator[str]:
    for table, near, far in plain_links(definition):
        yield _index(dialect, table, near, far, is_unique=True)
        yield _index(dialect, table, far, near)
    if definition.is_junction:
        near, far = (row.api_name for row in definition.attributes if row.related_record_type)
        yield _index(dialect, definition.api_name, near, far, is_unique=True)
        yield _index(dialect, definition.api_name, far, near)


def _index(
    dialect: Dialect, table: str, *columns: str, has_text: bool = False, is_unique: bool = False
) -> str:
    """An index over columns; with `has_text` the first one is text that sorts without regard to case."""
    parts = [dialect.quote(column) for column in columns]
    if has_text:
        parts[0] = dialect.text_key(parts[0])
    name = dialect.quote(f"{table}__by__{'__'.join(columns)}")
    unique = "UNIQUE " if is_unique else ""
    return f"CREATE {unique}INDEX {name} ON {dialect.quote(table)} ({', '.join(parts)})"
