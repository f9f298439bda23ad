"""The statements that read one record type's records, their texts made once.

Making a text takes longer than a read by id; and one that stays the same is found among the connection's prepared ones.
"""

from dataclasses import dataclass

from app.server.store.columns import ChildTable, child_columns, child_tables, table_columns
from app.server.store.definitions import RecordTypeDefinition
from app.server.store.dialect import Dialect
from app.server.store.readers import Reader
from app.server.store.sql import Sql

ALIVE = Sql('t."archived_at" IS NULL')
"""What the API shows."""


class ItemsSql:
    """The statement that reads the items of one list-like attribute."""

    def __init__(self, dialect: Dialect, attribute: str, child: ChildTable) -> None:
        self.attribute = attribute
        self._dialect = dialect
        shown = [name for name in child_columns(child) if name not in {"record_id", "position"}]
        what = ", ".join(dialect.quote(name) for name in ("record_id", *shown))
        self._lead = f'SELECT {what} FROM {dialect.quote(child.name)} WHERE "record_id" IN ('  # noqa: S608 - names of the catalogue

    def of(self, ids: tuple[str, ...]) -> Sql:
        """Those of these records, by record and in their order; the record's id comes first."""
        places = self._dialect.places(len(ids))
        return Sql(f'{self._lead}{places}) ORDER BY "record_id", "position"', ids)


@dataclass(frozen=True, slots=True)
class RecordSql:
    """What is asked about one record type."""

    definition: RecordTypeDefinition
    columns: str
    """Those of `table_columns`, of the table under the name `t`."""
    source: str
    """The table under that name."""
    _by_id: str
    _changed_at: str
    items: tuple[ItemsSql, ...]
    """For each list-like attribute that the API shows."""

    def by_id(self, record_id: str) -> Sql:
        """The row of a record, unless it is archived."""
        return Sql(self._by_id, (record_id,))

    def changed_at(self, record_id: str) -> Sql:
        """When a record was changed last, unless it is archived."""
        return Sql(self._changed_at, (record_id,))


def record_sql(reader: Reader, definition: RecordTypeDefinition) -> RecordSql:
    """The statements about a record type, kept with the reader's thread."""
    key = f"sql {definition.api_name}"
    kept = reader.memory.get(key)
    if not isinstance(kept, RecordSql) or kept.definition is not definition:
        kept = reader.memory[key] = _made(reader.dialect, definition)
    return kept


def _made(dialect: Dialect, definition: RecordTypeDefinition) -> RecordSql:
    columns = ", ".join(f"t.{dialect.quote(column)}" for column in table_columns(definition))
    source = f"{dialect.quote(definition.api_name)} AS t"
    by_id = f'FROM {source} WHERE {ALIVE.text} AND t."id" = {dialect.placeholder}'
    children = child_tables(definition)
    items = tuple(
        ItemsSql(dialect, row.api_name, children[row.api_name])
        for row in definition.visible
        if row.api_name in children
    )
    shown, changed = f"SELECT {columns} {by_id}", f'SELECT t."updated_at" {by_id}'
    return RecordSql(definition, columns, source, shown, changed, items)
