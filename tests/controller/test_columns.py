"""The columns of a table that nobody has arranged, and of one that somebody has."""

import pytest

from app.controller.columns import (
    MAX_COLUMNS,
    arranged_columns,
    default_columns,
    default_layout,
    relation_column,
)
from app.domain.capabilities import Source
from app.domain.column_layout import ColumnLayout
from app.domain.schema import RecordType
from tests.support.small_workspace import attribute, small_record_types, system_attributes

CONTACT = next(row for row in small_record_types() if row.api_name == "contact")
LEFT_OUT = {"uuid", "long_text", "rich_text", "address"}


@pytest.mark.parametrize("record_type", small_record_types(), ids=lambda row: row.api_name)
def test_columns_of_the_known_types(record_type: RecordType) -> None:
    """Every type gets a few columns without ids and long texts, with the last change at the end."""
    columns = default_columns(record_type)
    assert 1 <= len(columns) <= MAX_COLUMNS
    assert len(set(columns)) == len(columns)
    assert not {row.value_type for row in columns} & LEFT_OUT
    assert columns[-1].api_name == "updated_at"


def test_order() -> None:
    """Name, required, identity, stage, reference, amount, date, the rest, last change."""
    names = ["notes_count", "due_on", "amount", "owner", "stage", "email", "code", "name", "other"]
    kinds = [
        "string",
        "date",
        "currency",
        "record_reference",
        "select",
        "email",
        "string",
        "string",
        "phone_number",
    ]
    attributes = [
        attribute(name, kind, is_required_on_create=name == "code")
        for name, kind in zip(names, kinds, strict=True)
    ]
    found = default_columns(
        RecordType("site", "Site", attributes=(*system_attributes(), *attributes))
    )
    assert [row.api_name for row in found] == [
        "name", "code", "email", "stage", "owner", "amount", "due_on", "updated_at",
    ]  # fmt: skip


def test_parts_of_a_computed_name_are_left_out() -> None:
    """Where the server makes the name, its parts would tell it twice."""
    contact = small_record_types()[0]
    assert not {"first_name", "last_name"} & {row.api_name for row in default_columns(contact)}


def test_a_type_of_odd_attributes_still_has_columns() -> None:
    """When nothing fits, the first attributes are shown."""
    odd = RecordType(
        "site", "Site", attributes=(attribute("id", "uuid"), attribute("text", "long_text"))
    )
    assert [row.api_name for row in default_columns(odd)] == ["id", "text"]


def test_a_type_without_attributes_has_none() -> None:
    """An empty schema gives an empty choice."""
    assert default_columns(RecordType("site", "Site")) == ()


def test_a_layout_is_shown_as_it_was_arranged() -> None:
    """Pinned columns first; the default choice is a layout like any other."""
    layout = ColumnLayout.from_parts(("stage", "title", "id"), {}, ("id",))
    arranged = arranged_columns(layout, CONTACT)
    assert [row.api_name for row in arranged.columns] == ["id", "stage", "title"]
    assert arranged.pinned_count == 1
    assert arranged_columns(default_layout(CONTACT), CONTACT).columns == default_columns(CONTACT)


def test_columns_that_the_schema_lost_are_named_and_kept() -> None:
    """The others are shown; where none is left, the default choice is."""
    layout = ColumnLayout.from_parts(("gone", "stage"), {})
    arranged = arranged_columns(layout, CONTACT)
    assert [row.api_name for row in arranged.columns] == ["stage"]
    assert arranged.lost == ("gone",)
    alone = arranged_columns(ColumnLayout.from_parts(("gone",), {}, ("gone",)), CONTACT)
    assert alone.columns == default_columns(CONTACT)
    assert alone.pinned_count == 0


def test_a_relation_is_no_column_and_says_why() -> None:
    """With the page, and what to do instead."""
    capability = relation_column(CONTACT, CONTACT.relationships[0])
    assert not capability.is_open
    assert capability.source is Source.DOCUMENTED
    assert "own attributes" in capability.reason
    assert "accounts.NAME" in capability.instead
