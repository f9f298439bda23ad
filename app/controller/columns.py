"""Which attributes a table shows: a choice from the schema alone, or a person's own arrangement of them."""

from dataclasses import dataclass
from typing import Final

from app.domain.capabilities import Answer, Capability, Source
from app.domain.column_layout import Column, ColumnLayout
from app.domain.records import TITLE_ATTRIBUTES
from app.domain.schema import Attribute, RecordType, Relationship

MAX_COLUMNS: Final = 8
"""Columns a table starts with; more are asked for by name."""

_SYSTEM_PREFIXES: Final = ("created_", "updated_", "deleted_", "organization_")
"""System attributes say little in a list; `updated_at` is the exception."""

_NEVER: Final = frozenset({"uuid", "long_text", "rich_text", "address", "url", "time"})
_IDENTITY: Final = frozenset({"email", "account_domain"})
_AMOUNTS: Final = frozenset({"currency", "number", "percent"})
_DATES: Final = frozenset({"date", "timestamp"})
_CHOICES: Final = frozenset({"select", "enum"})

_UPDATED: Final = "updated_at"

MAX_ALIKE: Final = 2
"""Columns of one rank, such as choices or dates, before those of the next one get their turn."""


def default_columns(record_type: RecordType) -> tuple[Attribute, ...]:
    """The columns of a table nobody has arranged, at most `MAX_COLUMNS`; empty only if the schema has no attribute.

    What the record is called comes first, then what must be filled, what identifies it, its stage, people and records it
    belongs to, amounts and dates; when it was last changed closes the row. Ids, long texts, addresses and
    most lists are left out.
    """
    title = _title(record_type)
    updated = record_type.attribute_by_name.get(_UPDATED)
    room = MAX_COLUMNS - (updated is not None)
    ranked = [
        (rank, attribute)
        for attribute in record_type.attributes
        if (rank := _rank(attribute, title)) is not None
    ]
    ranked.sort(key=lambda pair: pair[0])
    chosen = [attribute for _, attribute in _varied(ranked)[:room]]
    if updated is not None:
        chosen.append(updated)
    return tuple(chosen) or record_type.attributes[:MAX_COLUMNS]


def default_layout(record_type: RecordType) -> ColumnLayout:
    """The same choice as a layout to start from."""
    return ColumnLayout(tuple(Column(row.api_name) for row in default_columns(record_type)))


@dataclass(frozen=True, slots=True)
class Arranged:
    """The columns that a table shows for a layout."""

    columns: tuple[Attribute, ...]
    """From left to right, pinned ones first; never empty if the schema has any attribute."""
    pinned_count: int
    lost: tuple[str, ...]
    """Columns of the layout that the schema does not have; they stay in the layout, the schema may name them again."""


def arranged_columns(layout: ColumnLayout, record_type: RecordType) -> Arranged:
    """A layout's columns as far as the schema has them; a fitting choice where nothing of it is left."""
    known = record_type.attribute_by_name
    rows = [column for column in layout.arranged().columns if column.path in known]
    lost = tuple(path for path in layout.paths if path not in known)
    if not rows:
        return Arranged(default_columns(record_type), 0, lost)
    pinned_count = sum(column.is_pinned for column in rows)
    return Arranged(tuple(known[column.path] for column in rows), pinned_count, lost)


def relation_column(record_type: RecordType, relationship: Relationship) -> Capability:
    """Why the attributes of related records cannot be columns: one query does not answer with them."""
    return Capability(
        Answer.NO,
        Source.DOCUMENTED,
        f"{relationship.api_name} is no column: a query answers with {record_type.api_name}'s own attributes.",
        "Public API v2, Query Records for Sync; Core Objects: related records are not embedded",
        None,
        f"Filter by it: {relationship.api_name}.NAME in the query. References are columns, by name.",
    )


def _varied(ranked: list[tuple[int, Attribute]]) -> list[tuple[int, Attribute]]:
    """The same with what exceeds `MAX_ALIKE` of a rank at the end; required attributes always keep their place."""
    first: list[tuple[int, Attribute]] = []
    later: list[tuple[int, Attribute]] = []
    for pair in ranked:
        alike = sum(rank == pair[0] for rank, _ in first)
        (first if pair[0] == 1 or alike < MAX_ALIKE else later).append(pair)
    return first + later


def _title(record_type: RecordType) -> Attribute | None:
    for name in TITLE_ATTRIBUTES:
        attribute = record_type.attribute_by_name.get(name)
        if attribute is not None and not attribute.is_array:
            return attribute
    return None


def _rank(attribute: Attribute, title: Attribute | None) -> int | None:
    """How early an attribute comes; `None` leaves it out."""
    kind = attribute.value_type
    if attribute == title:
        return 0
    if _is_left_out(attribute) or _is_part_of(attribute, title):
        return None
    if attribute.is_required_on_create:
        return 1
    if kind in _IDENTITY:
        return 2
    if attribute.is_array:
        return None
    if kind.endswith("_stage") or kind in _CHOICES:
        return 3
    if kind == "record_reference":
        return 4
    if kind in _AMOUNTS:
        return 5
    return 6 if kind in _DATES else 7


def _is_left_out(attribute: Attribute) -> bool:
    name = attribute.api_name
    return attribute.value_type in _NEVER or name == "id" or name.startswith(_SYSTEM_PREFIXES)


def _is_part_of(attribute: Attribute, title: Attribute | None) -> bool:
    """Whether a title that the server computes already tells this attribute."""
    is_computed = title is not None and not title.is_creatable and not title.is_updatable
    return is_computed and attribute.api_name.endswith("_name")
