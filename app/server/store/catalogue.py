"""The catalogue: what a workspace says about itself, in tables of its own."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from types import MappingProxyType
from typing import Any, Final

from app.server.store.definitions import (
    AttributeDefinition,
    LinkStorage,
    OptionDefinition,
    RecordTypeDefinition,
    RelationshipDefinition,
)

Row = tuple[Any, ...]
Statement = tuple[str, Row]

TABLES: Final = (
    """CREATE TABLE "crm_meta" ("key" TEXT NOT NULL, "value" TEXT NOT NULL, PRIMARY KEY ("key"))""",
    """CREATE TABLE "crm_record_type" (
  "api_name" TEXT NOT NULL, "position" INTEGER NOT NULL, "display_name" TEXT NOT NULL, "description" TEXT NOT NULL,
  "is_custom" BOOLEAN NOT NULL, "is_junction" BOOLEAN NOT NULL, "is_routed" BOOLEAN NOT NULL,
  "supports_custom_fields" BOOLEAN NOT NULL, "object_id" TEXT,
  PRIMARY KEY ("api_name"))""",
    """CREATE TABLE "crm_attribute" (
  "record_type" TEXT NOT NULL, "position" INTEGER NOT NULL, "api_name" TEXT NOT NULL, "display_name" TEXT NOT NULL,
  "value_type" TEXT NOT NULL, "is_array" BOOLEAN NOT NULL, "is_creatable" BOOLEAN NOT NULL,
  "is_updatable" BOOLEAN NOT NULL, "is_required_on_create" BOOLEAN NOT NULL, "is_unique" BOOLEAN NOT NULL,
  "is_custom" BOOLEAN NOT NULL, "is_sortable" BOOLEAN NOT NULL, "is_filterable" BOOLEAN NOT NULL,
  "is_hidden" BOOLEAN NOT NULL, "is_indexed" BOOLEAN NOT NULL, "description" TEXT NOT NULL,
  "related_record_type" TEXT,
  PRIMARY KEY ("record_type", "api_name"))""",
    """CREATE TABLE "crm_relationship" (
  "record_type" TEXT NOT NULL, "position" INTEGER NOT NULL, "api_name" TEXT NOT NULL, "display_name" TEXT NOT NULL,
  "related_record_type" TEXT NOT NULL, "link_table" TEXT NOT NULL, "near_column" TEXT NOT NULL,
  "far_column" TEXT NOT NULL, "inverse_api_name" TEXT, "junction_record_type" TEXT,
  "is_creatable" BOOLEAN NOT NULL, "is_updatable" BOOLEAN NOT NULL, "is_array" BOOLEAN NOT NULL,
  "is_custom" BOOLEAN NOT NULL, "description" TEXT NOT NULL,
  PRIMARY KEY ("record_type", "api_name"))""",
    """CREATE TABLE "crm_option" (
  "record_type" TEXT NOT NULL, "attribute" TEXT NOT NULL, "position" INTEGER NOT NULL, "id" TEXT NOT NULL,
  "api_name" TEXT NOT NULL, "display_value" TEXT NOT NULL, "color" TEXT, "closing_probability" TEXT,
  "expected_days" INTEGER, "required_attributes" TEXT NOT NULL,
  PRIMARY KEY ("id"))""",
)
"""The statements that make the catalogue's tables."""

RESERVED: Final = "crm_"
"""No record type's name begins with it."""

_ATTRIBUTE: Final = tuple(row.name for row in fields(AttributeDefinition) if row.name != "options")
_TYPE: Final = (
    "display_name", "description", "is_custom", "is_junction", "is_routed", "supports_custom_fields", "object_id",
)  # fmt: skip
_RELATIONSHIP: Final = tuple(
    row.name for row in fields(RelationshipDefinition) if row.name != "link"
)
_LINK: Final = ("link_table", "near_column", "far_column")
_OPTION: Final = (
    "id",
    "api_name",
    "display_value",
    "color",
    "closing_probability",
    "expected_days",
)


def insert(table: str, columns: Iterable[str]) -> str:
    """An INSERT with a named column list and question marks."""
    names = tuple(columns)
    quoted = ", ".join(f'"{name}"' for name in names)
    return f'INSERT INTO "{table}" ({quoted}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608 - names of the catalogue


def record_type_rows(definition: RecordTypeDefinition, position: int) -> Iterator[Statement]:
    """The statements that write a definition into the catalogue; `position` is its place among the record types."""
    name = definition.api_name
    yield (
        insert("crm_record_type", ("api_name", "position", *_TYPE)),
        (name, position, *(getattr(definition, column) for column in _TYPE)),
    )
    for index, row in enumerate(definition.attributes):
        yield (
            insert("crm_attribute", ("record_type", "position", *_ATTRIBUTE)),
            (name, index, *(getattr(row, column) for column in _ATTRIBUTE)),
        )
        for place, option in enumerate(row.options):
            columns = ("record_type", "attribute", "position", *_OPTION, "required_attributes")
            values = (getattr(option, column) for column in _OPTION)
            yield (
                insert("crm_option", columns),
                (name, row.api_name, place, *values, json.dumps(option.required_attributes)),
            )
    for index, relationship in enumerate(definition.relationships):
        yield relationship_row(name, relationship, index)


def relationship_row(
    record_type: str, relationship: RelationshipDefinition, position: int
) -> Statement:
    """The statement that writes one relationship into the catalogue."""
    link = relationship.link
    return (
        insert("crm_relationship", ("record_type", "position", *_LINK, *_RELATIONSHIP)),
        (
            record_type,
            position,
            link.table,
            link.near_column,
            link.far_column,
            *(getattr(relationship, column) for column in _RELATIONSHIP),
        ),
    )


Catalogue = Mapping[str, RecordTypeDefinition]
"""The record types of a workspace by API name, in their order."""


def select(table: str, columns: Iterable[str], order: str) -> str:
    """A SELECT of whole rows in a catalogue table's order."""
    quoted = ", ".join(f'"{name}"' for name in columns)
    return f'SELECT {quoted} FROM "{table}" ORDER BY {order}'  # noqa: S608 - names written above


SELECT_TYPES: Final = select("crm_record_type", ("api_name", *_TYPE), '"position"')
SELECT_ATTRIBUTES: Final = select(
    "crm_attribute", ("record_type", *_ATTRIBUTE), '"record_type", "position"'
)
SELECT_RELATIONSHIPS: Final = select(
    "crm_relationship", ("record_type", *_LINK, *_RELATIONSHIP), '"record_type", "position"'
)
SELECT_OPTIONS: Final = select(
    "crm_option",
    ("record_type", "attribute", *_OPTION, "required_attributes"),
    '"record_type", "attribute", "position"',
)


def read_catalogue(connection: sqlite3.Connection) -> Catalogue:
    """The record types of an open workspace."""
    statements = (SELECT_TYPES, SELECT_ATTRIBUTES, SELECT_RELATIONSHIPS, SELECT_OPTIONS)
    return build_catalogue(*(connection.execute(statement) for statement in statements))


def build_catalogue(
    types: Iterable[Row],
    attributes: Iterable[Row],
    relationships: Iterable[Row],
    options: Iterable[Row],
) -> Catalogue:
    """The record types from the rows of the four SELECTs above."""
    choices: dict[tuple[str, str], list[OptionDefinition]] = {}
    for record_type, attribute, *values, required in options:
        row = _named(_OPTION, values)
        option = OptionDefinition(**row, required_attributes=tuple(json.loads(required)))
        choices.setdefault((record_type, attribute), []).append(option)
    attributes_of: dict[str, list[AttributeDefinition]] = {}
    for record_type, *values in attributes:
        row = _named(_ATTRIBUTE, values)
        offered = tuple(choices.get((record_type, row["api_name"]), ()))
        attributes_of.setdefault(record_type, []).append(
            AttributeDefinition(**row, options=offered)
        )
    relationships_of: dict[str, list[RelationshipDefinition]] = {}
    for record_type, table, near, far, *values in relationships:
        row = _named(_RELATIONSHIP, values)
        link = LinkStorage(table, near, far)
        relationships_of.setdefault(record_type, []).append(
            RelationshipDefinition(**row, link=link)
        )
    catalogue = {}
    for api_name, display_name, description, *flags, object_id in types:
        is_custom, is_junction, is_routed, supports_custom_fields = map(bool, flags)
        catalogue[api_name] = RecordTypeDefinition(
            api_name,
            display_name,
            tuple(attributes_of.get(api_name, ())),
            tuple(relationships_of.get(api_name, ())),
            is_custom,
            is_junction,
            is_routed,
            supports_custom_fields,
            description,
            object_id,
        )
    return MappingProxyType(catalogue)


def _named(columns: tuple[str, ...], values: Iterable[Any]) -> dict[str, Any]:
    """A catalogue row by column name, flags as such."""
    return {
        name: bool(value) if name.startswith("is_") else value
        for name, value in zip(columns, values, strict=True)
    }
