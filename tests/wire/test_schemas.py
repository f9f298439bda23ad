"""Schema answers that are not quite what the documentation shows."""

import pytest

from app.domain.errors import BadAnswer
from app.domain.values import Json, value_type
from app.wire.public_v2.schemas import schema_to_domain
from tests.wire.sample_files import object_in


def attributes(*entries: Json) -> Json:
    return {"api_name": "contact", "attributes": [*entries]}


def test_missing_keys_mean_no_rights() -> None:
    """Flags are false unless said otherwise; names fall back to the API's."""
    contact = schema_to_domain(attributes({"api_name": "x", "type_info": {}}), "contact")
    (row,) = contact.attributes
    assert (row.display_name, row.value_type, row.is_array) == ("x", "unknown", False)
    assert not any((row.is_creatable, row.is_updatable, row.is_filterable, row.is_sortable))
    assert contact.display_name == "contact"
    assert contact.relationships == ()


def test_an_unknown_value_type_is_kept_and_read_only() -> None:
    """It can be shown; it is never filtered or sorted by our own account."""
    entry: Json = {"api_name": "x", "type_info": {"value_type": "hologram"}}
    (row,) = schema_to_domain(attributes(entry), "contact").attributes
    assert row.value_type == "hologram"
    assert row.type_row.operators == frozenset()
    assert value_type("hologram").show("a") == "a"


def test_null_counts_as_missing() -> None:
    """Some servers write what they do not have."""
    entry: Json = {
        "api_name": "x",
        "display_name": None,
        "description": None,
        "is_creatable": None,
        "filter_operators": None,
        "type_info": {"value_type": "string", "is_array": None, "options": None},
    }
    contact = schema_to_domain(attributes(entry), "contact")
    assert contact.oddities == ()
    assert contact.attributes[0].description == ""


@pytest.mark.parametrize(
    ("change", "oddity"),
    [
        ({"is_creatable": "yes"}, "/attributes/0/is_creatable: is a text, not true or false"),
        ({"display_name": 3}, "/attributes/0/display_name: is a number, not a text"),
        ({"filter_operators": "eq"}, "/attributes/0/filter_operators: is not a list of texts"),
        ({"filter_operators": ["eq", 1]}, "/attributes/0/filter_operators: is not a list of texts"),
        ({"type_info": [1]}, "/attributes/0/type_info: is a list"),
        (
            {"type_info": {"value_type": ["string"]}},
            "/attributes/0/type_info/value_type: is a list, not a text",
        ),
    ],
)
def test_an_odd_member_is_named_and_the_attribute_stays(
    change: dict[str, Json], oddity: str
) -> None:
    """One wrong flag does not hide an attribute, and gives no right."""
    entry: dict[str, Json] = {
        "api_name": "x",
        "is_creatable": False,
        "type_info": {"value_type": "string"},
        **change,
    }
    contact = schema_to_domain(attributes(entry), "contact")
    assert contact.oddities == (oddity,)
    assert contact.attributes[0].api_name == "x"
    assert not contact.attributes[0].is_creatable


@pytest.mark.parametrize("entry", [None, 1, "x", [], {}, {"api_name": 3}, {"api_name": ""}])
def test_an_entry_without_a_name_is_left_out_and_named(entry: Json) -> None:
    """The others are still there."""
    good: Json = {"api_name": "y", "type_info": {"value_type": "string"}}
    contact = schema_to_domain(attributes(entry, good), "contact")
    assert [row.api_name for row in contact.attributes] == ["y"]
    assert len(contact.oddities) == 1
    assert contact.oddities[0].startswith("/attributes/0")


def test_options_that_cannot_be_read_are_left_out() -> None:
    """The shape of options is ours; a reader must do without them."""
    entry: Json = {
        "api_name": "x",
        "type_info": {"value_type": "select", "options": ["gold", 3, {"api_name": "tin"}, None]},
    }
    (row,) = schema_to_domain(attributes(entry), "contact").attributes
    assert [option.api_name for option in row.options] == ["gold", "tin"]


@pytest.mark.parametrize(
    "answer",
    [None, [], "x", 3, {"attributes": {}}, {"attributes": "x"}, {"relationships": 3}],
)
def test_what_is_no_schema_is_refused(answer: Json) -> None:
    """A wrong outer shape is an error, not an empty record type."""
    with pytest.raises(BadAnswer):
        schema_to_domain(answer, "contact")


def test_an_answer_about_another_type_is_noted() -> None:
    """The name asked for stays, for it is what further requests are made with."""
    record_type = schema_to_domain(object_in("schema_contact"), "Contact")
    assert record_type.api_name == "Contact"
    assert record_type.oddities == ("/api_name: says contact, asked was Contact",)


def test_extra_keys_are_ignored() -> None:
    """What a later version adds does no harm."""
    answer: Json = {**object_in("schema_contact"), "colour": {"deep": [1]}}
    assert schema_to_domain(answer, "contact").oddities == ()
