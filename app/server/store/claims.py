"""Unique values: which record holds which, in the table `crm_claim`, whose key lets each be held once.

Two values are the same if they are equal after Unicode's composition (NFC) and case folding. Archived records hold nothing.
Files that were made in one go have no such table; it is filled before the first change. Of values that are there twice
already the one that was stored first counts.
"""

import sqlite3
import unicodedata
from collections.abc import Iterable
from typing import Final

from app.server.refusals import Refusal, quoted
from app.server.store.columns import child_table
from app.server.store.definitions import (
    SYSTEM_COLUMNS,
    AttributeDefinition,
    RecordTypeDefinition,
    made_once,
)
from app.server.store.readers import Reader
from app.server.store.rules import MIRRORS
from app.server.store.sql import Bound, Sql, selected
from app.server.store.writing import Writer

TABLE: Final = "crm_claim"

_MAKE: Final = f"""CREATE TABLE IF NOT EXISTS "{TABLE}" (
  "record_type" TEXT NOT NULL, "attribute" TEXT NOT NULL, "key" TEXT NOT NULL, "record_id" TEXT NOT NULL,
  PRIMARY KEY ("record_type", "attribute", "key")) WITHOUT ROWID"""
_INDEX: Final = f'CREATE INDEX "{TABLE}__by__record_id" ON "{TABLE}" ("record_id", "attribute")'
_IS_FILLED: Final = "has_claims"
"""The row of `crm_meta` that says that the table holds everything."""


def unique_key(value: Bound) -> str:
    """What two equal values have in common."""
    if isinstance(value, str):
        folded = unicodedata.normalize("NFC", value).casefold()
        return unicodedata.normalize("NFC", folded)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)


@made_once
def claimed(definition: RecordTypeDefinition) -> tuple[AttributeDefinition, ...]:
    """The attributes whose values are claimed; a list's claims cover the one that repeats its primary item."""
    others = {*MIRRORS.get(definition.api_name, {}), *SYSTEM_COLUMNS}
    return tuple(row for row in definition.visible if row.is_unique and row.api_name not in others)


def claim(
    writer: Writer,
    definition: RecordTypeDefinition,
    attribute: AttributeDefinition,
    record_id: str,
    values: Iterable[Bound],
) -> None:
    """Let these be a record's values of a unique attribute, all of them. Raises `Refusal` 409 if another record has one."""
    owner = {
        "record_type": definition.api_name,
        "attribute": attribute.api_name,
        "record_id": record_id,
    }
    wanted = {unique_key(value): value for value in values if value is not None}
    held = {key for (key,) in writer.rows(selected('"key"', f'"{TABLE}"', writer.equal(**owner)))}
    for key in sorted(held - wanted.keys()):
        writer.delete(TABLE, **owner, key=key)
    for key in wanted.keys() - held:
        try:
            writer.insert(TABLE, {**owner, "key": key})
        except sqlite3.IntegrityError:
            raise Refusal(
                "field_value_invalid",
                f"another {definition.api_name} has {attribute.api_name} {quoted(str(wanted[key]))}",
                attribute.api_name,
                status=409,
            ) from None


def holders(reader: Reader, record_type: str, attribute: str, value: Bound) -> list[str]:
    """The id of the record that holds a value, if there is one."""
    where = reader.equal(record_type=record_type, attribute=attribute, key=unique_key(value))
    return [row[0] for row in reader.rows(selected('"record_id"', f'"{TABLE}"', where))]


def release(writer: Writer, record_type: str, record_id: str) -> None:
    """Let go of all that a record held."""
    writer.delete(TABLE, record_type=record_type, record_id=record_id)


def prepare_claims(writer: Writer) -> None:
    """Make the table and fill it, unless that was done."""
    writer.execute(Sql(_MAKE))
    if writer.rows(selected("1", '"crm_meta"', writer.equal(key=_IS_FILLED))):
        return
    for definition in writer.catalogue.values():
        for attribute in claimed(definition):
            _fill(writer, definition, attribute)
    writer.execute(Sql(_INDEX))
    writer.insert("crm_meta", {"key": _IS_FILLED, "value": "1"})


def _fill(writer: Writer, definition: RecordTypeDefinition, attribute: AttributeDefinition) -> None:
    quote, name = writer.dialect.quote, definition.api_name
    child = child_table(name, attribute)
    source, conditions = f"{quote(name)} AS t", [Sql('t."archived_at" IS NULL')]
    value = f"t.{quote(attribute.api_name)}"
    if child is not None:
        source += f", {quote(child.name)} AS c"
        conditions.append(Sql('c."record_id" = t."id"'))
        value = f"c.{quote(child.value_column)}"
    conditions.append(Sql(f"{value} IS NOT NULL"))
    question = selected(f't."id", {value}', source, *conditions)
    rows = writer.connection.execute(question.text, question.values)
    places = writer.dialect.places(4)
    writer.connection.executemany(
        f'INSERT INTO "{TABLE}" ("record_type", "attribute", "key", "record_id") VALUES ({places}) '  # noqa: S608
        "ON CONFLICT DO NOTHING",
        ((name, attribute.api_name, unique_key(found), record_id) for record_id, found in rows),
    )
