"""Single items of a list-like attribute, added, changed and removed.

At most one item is the primary one: making one so takes it from the other, and where the primary one is removed the oldest
that is left follows. That no item is primary is allowed. The record's `updated_at` moves, and an attribute that repeats the
primary item follows.

Source: Public API v2, Manage Contact and Account Subresources; contract 3.9 and 7, nos. 27 and 38 to 41.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from app.server.refusals import Refusal, quoted
from app.server.store.accepting import MAX_ITEMS, bad_value
from app.server.store.changes import items_changed
from app.server.store.claims import unique_key
from app.server.store.columns import ChildTable, child_columns, child_table
from app.server.store.definitions import AttributeDefinition, RecordTypeDefinition
from app.server.store.sql import Bound, Sql, selected
from app.server.store.writing import Writer

PRIMARY: Final = "is_primary"

Columns = Mapping[str, Bound]
"""Columns of an item's row by name."""


@dataclass(frozen=True, slots=True)
class ItemList:
    """The items of one attribute of one record that exists."""

    writer: Writer
    definition: RecordTypeDefinition
    attribute: AttributeDefinition
    child: ChildTable
    record_id: str

    def rows(self) -> list[dict[str, Bound]]:
        """The items, the oldest first."""
        quote, names = self.writer.dialect.quote, child_columns(self.child)
        what, tail = ", ".join(map(quote, names)), Sql('ORDER BY "position"')
        where = self.writer.equal(record_id=self.record_id)
        found = self.writer.rows(selected(what, quote(self.child.name), where, tail=tail))
        return [dict(zip(names, row, strict=True)) for row in found]

    def add(self, columns: Columns) -> dict[str, Bound]:
        """Add an item; its row. One that does not say whether it is primary is if it is the first. Raises `Refusal`."""
        rows = self.rows()
        if len(rows) >= MAX_ITEMS:
            raise bad_value(self.attribute, f"has {MAX_ITEMS:,} items already")
        self._check_new(rows, columns)
        last = rows[-1]["position"] if rows else -1
        assert isinstance(last, int)
        row: dict[str, Bound] = dict.fromkeys(child_columns(self.child))
        row |= {PRIMARY: int(not rows), **columns}
        row |= {"record_id": self.record_id, "position": last + 1}
        if self.child.has_ids:
            row["id"] = self.writer.new_id()
        if row[PRIMARY]:
            self._demote()
        self.writer.insert(self.child.name, row)
        self._changed(columns)
        return row

    def change(self, key: str, columns: Columns) -> dict[str, Bound]:
        """Change columns of an item, the others stay; its row. Raises `Refusal`."""
        rows = self.rows()
        row = self._find(rows, key)
        changes = {name: value for name, value in columns.items() if row[name] != value}
        if not changes:
            return row
        self._check_new([other for other in rows if other is not row], changes)
        if changes.get(PRIMARY):
            self._demote()
        self._update(row, changes)
        self._changed(changes)
        return row | changes

    def remove(self, key: str) -> None:
        """Remove an item. Raises `Refusal`."""
        rows = self.rows()
        row = self._find(rows, key)
        rows.remove(row)
        self.writer.delete(self.child.name, record_id=self.record_id, position=row["position"])
        if row[PRIMARY] and rows:
            self._update(rows[0], {PRIMARY: 1})
        self._changed({})

    def _find(self, rows: list[dict[str, Bound]], key: str) -> dict[str, Bound]:
        """The item with an id, or where items have none, with a value."""
        name = "id" if self.child.has_ids else self.child.value_column
        for row in rows:
            if unique_key(row[name]) == unique_key(key):
                return row
        attribute = self.attribute.api_name
        raise Refusal("record_not_found", f"{attribute} has no item {quoted(key)}", attribute)

    def _check_new(self, others: list[dict[str, Bound]], columns: Columns) -> None:
        """Raise `Refusal` 409 if the record has a value already that is held once."""
        name = self.child.value_column
        if not self.attribute.is_unique or name not in columns:
            return
        key = unique_key(columns[name])
        if any(unique_key(row[name]) == key for row in others):
            words = (
                f"this {self.definition.api_name} has {name} {quoted(str(columns[name]))} already"
            )
            raise Refusal("field_value_invalid", words, name, status=409)

    def _demote(self) -> None:
        self.writer.update(self.child.name, {PRIMARY: 0}, record_id=self.record_id, is_primary=1)

    def _update(self, row: Columns, changes: Columns) -> None:
        self.writer.update(
            self.child.name, changes, record_id=self.record_id, position=row["position"]
        )

    def _changed(self, columns: Columns) -> None:
        """Let what depends on the items follow; a value that another record holds is named as the caller named it."""
        try:
            items_changed(self.writer, self.definition, self.record_id, self.attribute.api_name)
        except Refusal as refusal:
            if self.child.value_column in columns:
                refusal.field = self.child.value_column
            raise


def items_of(
    writer: Writer, definition: RecordTypeDefinition, attribute: AttributeDefinition, record_id: str
) -> ItemList:
    """The items of a list-like attribute."""
    child = child_table(definition.api_name, attribute)
    assert child is not None, f"{definition.api_name}.{attribute.api_name} is not list-like"
    return ItemList(writer, definition, attribute, child, record_id)
