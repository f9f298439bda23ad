"""Pasted columns: what is recognised, what is left out, and where it is looked up."""

from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.capabilities import Capability
from app.domain.pasted import (
    CHUNK,
    MAX_VALUES,
    Pasted,
    PastedKind,
    chunks,
    compared,
    held_values,
    lookup_attributes,
    read_pasted,
)
from app.domain.records import Record, RecordId
from app.domain.schema import Attribute, RecordType
from app.domain.values import DomainItem, EmailItem, Reference, Value
from tests.support.small_workspace import small_record_types

ID = "9b4f2fb1-2a7f-4d75-8d5f-3f3f0d7f2a7a"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a@b.example\nc@d.example\n", ("a@b.example", "c@d.example")),
        ("a@b.example; c@d.example, e@f.example", ("a@b.example", "c@d.example", "e@f.example")),
        ("\"a@b.example\"\t'c@d.example'", ("a@b.example", "c@d.example")),
        ("Sarah Chen <sarah@b.example>", ("sarah@b.example",)),
        ("a@b.example c@d.example  e@f.example", ("a@b.example", "c@d.example", "e@f.example")),
        ("mailto:a@b.example\r\n\r\n", ("a@b.example",)),
    ],
)
def test_addresses_are_recognised(text: str, values: tuple[str, ...]) -> None:
    """As spreadsheets, mail programs and people write them."""
    assert read_pasted(text) == Pasted(PastedKind.EMAIL, values)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("acme.com", "acme.com"),
        ("https://acme.com/about?x=1", "acme.com"),
        ("b\u00fccher.example", "b\u00fccher.example"),
    ],
)
def test_domains_are_recognised(text: str, value: str) -> None:
    """Of an address of the web the host counts."""
    assert read_pasted(text) == Pasted(PastedKind.DOMAIN, (value,))


@pytest.mark.parametrize("text", [ID, ID.upper(), ID.replace("-", "")])
def test_ids_are_recognised(text: str) -> None:
    """In any case and with or without hyphens; the API writes them one way."""
    assert read_pasted(text) == Pasted(PastedKind.ID, (ID,))


def test_duplicates_and_strangers_are_counted() -> None:
    """The commonest kind decides; a head of the column is no value."""
    found = read_pasted("E-Mail\na@b.example\nA@B.example\nacme.com\nc@d.example")
    assert found.values == ("a@b.example", "c@d.example")
    assert found.duplicates == 1
    assert found.unrecognised == ("E-Mail", "acme.com")


@pytest.mark.parametrize("text", ["", "  \n ,;", "hello world", "x" * 100_000, "<" * 10_000])
def test_a_text_without_values_has_no_kind(text: str) -> None:
    """Nothing is guessed, and nothing takes long."""
    assert read_pasted(text).kind is None
    assert read_pasted(text).values == ()


def test_only_so_many_values_are_taken() -> None:
    """And it is told how many are left out."""
    found = read_pasted("\n".join(f"p{index}@b.example" for index in range(MAX_VALUES + 7)))
    assert len(found.values) == MAX_VALUES
    assert found.beyond == 7


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    """No piece is both a value and unrecognised, and no value comes twice."""
    found = read_pasted(text)
    assert len({compared(value) for value in found.values}) == len(found.values)


@given(st.integers(0, 450))
def test_chunks_hold_every_value_once(count: int) -> None:
    """In order, a hundred at a time."""
    values = tuple(str(index) for index in range(count))
    parts = list(chunks(values))
    assert tuple(value for part in parts for value in part) == values
    assert all(len(part) == CHUNK for part in parts[:-1])


@pytest.mark.parametrize(
    ("record_type", "kind", "names"),
    [
        ("contact", PastedKind.EMAIL, ["contact_emails", "primary_email"]),
        ("contact", PastedKind.ID, ["id", "owner_user_id"]),
        ("account", PastedKind.DOMAIN, ["domains"]),
    ],
)
def test_values_are_looked_up_by_value_type(
    record_type: str, kind: PastedKind, names: list[str]
) -> None:
    """A list of addresses holds the single one too; the record's own id comes before references."""
    schema = next(row for row in small_record_types() if row.api_name == record_type)
    found = lookup_attributes(schema, kind)
    assert not isinstance(found, Capability)
    assert [attribute.api_name for attribute in found] == names


def test_a_type_without_such_an_attribute_says_so() -> None:
    """An attribute that is not filterable, or not by a list, does not count."""
    attributes = (
        Attribute("a", "A", "email"),
        Attribute("b", "B", "email", is_filterable=True, filter_operators=("eq",)),
    )
    found = lookup_attributes(RecordType("thing", "Thing", attributes=attributes), PastedKind.EMAIL)
    assert isinstance(found, Capability)
    assert "no attribute for an e-mail address" in found.reason


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ("A@b.example", {"a@b.example"}),
        ((EmailItem("1", "X@y.example", is_primary=True),), {"x@y.example"}),
        ((DomainItem("Acme.com", is_primary=True, status="x"),), {"acme.com"}),
        (Reference("user", ID), {ID}),
        (None, set()),
        (12, set()),
    ],
)
def test_what_a_record_holds_is_compared_without_case(value: Value, held: set[str]) -> None:
    """As the server compares it."""
    record = Record(RecordId("thing", "1"), MappingProxyType({"held": value}))
    assert held_values(Attribute("held", "Held", "string"), [record]) == held
