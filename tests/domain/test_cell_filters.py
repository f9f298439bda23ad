"""From a cell to a condition: what each kind of value asks for, and what cannot be asked."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from zoneinfo import ZoneInfo

import pytest

from app.domain.capabilities import Capability
from app.domain.cell_filters import (
    CellFilter,
    cell_condition,
    grouping_attributes,
    same_as_record,
    with_cell,
)
from app.domain.expression import (
    EMPTY,
    Condition,
    ConditionGroup,
    DateWord,
    Expression,
    ExpressionNode,
)
from app.domain.query import GroupKind
from app.domain.records import Record, RecordId
from app.domain.schema import Attribute, RecordType
from app.domain.values import (
    Address,
    DomainItem,
    EmailItem,
    Option,
    Raw,
    Reference,
    Value,
    value_type,
)

WORKING = Option("7d1", "working", "Working")
OWNER = Reference("user", "9b4f2fb1-2a7f-4d75-8d5f-3f3f0d7f2a7a", "J. Diaz")


def attribute(kind: str, *operators: str) -> Attribute:
    """A filterable attribute, with its value type's operators unless others are named."""
    listed = operators or tuple(sorted(value_type(kind).operators))
    return Attribute("held", "Held", kind, is_filterable=True, filter_operators=listed)


def asked(field: Attribute, value: Value, *, is_excluded: bool = False) -> ExpressionNode:
    """The condition of a cell that can be asked for."""
    found = cell_condition(
        RecordType("thing", "Thing", attributes=(field,)), field, value, is_excluded=is_excluded
    )
    assert not isinstance(found, Capability), found.reason
    return found


def refused(field: Attribute, value: Value) -> Capability:
    """The reason of a cell that cannot."""
    found = cell_condition(RecordType("thing", "Thing", attributes=(field,)), field, value)
    assert isinstance(found, Capability)
    return found


@pytest.mark.parametrize(
    ("kind", "value", "operand"),
    [
        ("string", "Acme", "Acme"),
        ("number", 12, 12),
        ("currency", Decimal("1.50"), Decimal("1.50")),
        ("boolean", False, False),
        ("date", date(2026, 6, 3), "2026-06-03"),
        ("contact_stage", WORKING, "working"),
        ("contact_stage", Option("7d1", "", "Working"), "7d1"),
        ("record_reference", OWNER, OWNER.record_id),
        ("timestamp", datetime(2026, 6, 3, 23, 30, tzinfo=UTC), DateWord("2026-06-03")),
        ("contact_email", (EmailItem("1", "a@b.example", is_primary=True),), "a@b.example"),
        ("account_domain", (DomainItem("b.example", is_primary=True, status="x"),), "b.example"),
    ],
)
def test_a_cell_asks_for_what_it_holds(
    kind: str, value: Value, operand: str | int | Decimal | DateWord
) -> None:
    """Ids and API names, not the words that are shown; a moment stands for its day."""
    assert asked(attribute(kind), value) == Condition("held", "eq", operand)
    excluded = asked(attribute(kind), value, is_excluded=True)
    assert excluded == Condition("held", "ne", operand)


@pytest.mark.parametrize("empty", [None, ()])
def test_an_empty_cell_asks_for_empty_ones(empty: Value) -> None:
    """And excluding it asks for those that are filled."""
    assert asked(attribute("string"), empty) == Condition("held", "not_exists")
    assert asked(attribute("string"), empty, is_excluded=True) == Condition("held", "exists")


def test_a_list_asks_for_a_shared_item() -> None:
    """Each item once; excluding it asks for records that share none."""
    field = attribute("string")
    assert asked(field, ("a", "b", "a")) == Condition("held", "in", ("a", "b"))
    assert asked(field, ("a", "b"), is_excluded=True) == Condition("held", "not_in", ("a", "b"))


def test_the_day_of_a_moment_is_that_of_the_zone() -> None:
    """Half past eleven in the evening in UTC is the next day in Tokyo."""
    field = attribute("timestamp")
    moment = datetime(2026, 6, 3, 23, 30, tzinfo=UTC)
    schema = RecordType("thing", "Thing", attributes=(field,))
    found = with_cell(EMPTY, schema, field, moment, zone=ZoneInfo("Asia/Tokyo"))
    assert isinstance(found, CellFilter)
    assert found.expression.nodes == (Condition("held", "eq", DateWord("2026-06-04")),)
    assert found.words == "Held is 2026-06-04"


@pytest.mark.parametrize(
    ("operators", "condition"),
    [
        (("in",), Condition("held", "in", ("x",))),
        (("contains", "exists"), Condition("held", "contains", "x")),
        (
            ("ne",),
            ConditionGroup(GroupKind.NOT, (Condition("held", "ne", "x"),)),
        ),
    ],
)
def test_only_operators_of_the_schema_are_used(
    operators: tuple[str, ...], condition: ExpressionNode
) -> None:
    """The next best one, or the opposite of the opposite."""
    assert asked(attribute("string", *operators), "x") == condition


def test_excluding_negates_what_has_no_opposite() -> None:
    """There is no operator for texts that do not contain another."""
    excluded = asked(attribute("long_text"), "x", is_excluded=True)
    assert excluded == ConditionGroup(GroupKind.NOT, (Condition("held", "contains", "x"),))


def test_the_words_are_those_of_the_operator() -> None:
    """A long text is not compared as a whole, and nobody is told so."""
    field = attribute("long_text")
    schema = RecordType("thing", "Thing", attributes=(field,))
    found = with_cell(EMPTY, schema, field, "x", is_excluded=True)
    assert isinstance(found, CellFilter)
    assert found.words == "Held does not contain x"
    items = with_cell(EMPTY, schema, attribute("string"), ("a", "b"), is_excluded=True)
    assert isinstance(items, CellFilter)
    assert items.words == "Held is none of a, b"


def test_an_attribute_that_is_not_filterable_says_so() -> None:
    """With the schema's flag as the evidence, and the code the server would answer."""
    capability = refused(Attribute("held", "Held", "string"), "x")
    assert "is_filterable=false" in capability.reason
    assert capability.error_code == "invalid_filter_field"


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        (attribute("address"), Address(city="Lyon"), "the schema lists only exists not_exists"),
        (attribute("string"), Raw("{}", "it is no text"), "cannot be read: it is no text"),
        (attribute("string"), "x" * 1001, "too long"),
        (attribute("string", "exists"), "x", "lists only exists"),
    ],
)
def test_a_value_that_no_operator_takes_says_why(field: Attribute, value: Value, why: str) -> None:
    """Nothing is asked that the schema has no word for."""
    capability = refused(field, value)
    assert why in capability.reason
    assert not capability.is_open


def test_the_condition_joins_those_that_are_there() -> None:
    """At the end of the top level, once."""
    field = attribute("contact_stage")
    schema = RecordType("thing", "Thing", attributes=(field,))
    before = Expression((Condition("other", "exists"),))
    found = with_cell(before, schema, field, WORKING, is_excluded=True)
    assert isinstance(found, CellFilter)
    assert found.words == "Held is not Working"
    assert found.path == (1,)
    again = with_cell(found.expression, schema, field, WORKING, is_excluded=True)
    assert again == found


def test_excluding_what_was_asked_for_turns_the_condition() -> None:
    """Both together would find nothing; the place in the expression stays."""
    field = attribute("contact_stage")
    schema = RecordType("thing", "Thing", attributes=(field,))
    before = Expression(
        (Condition("held", "eq", "working", is_off=True), Condition("other", "exists"))
    )
    found = with_cell(before, schema, field, WORKING, is_excluded=True)
    assert isinstance(found, CellFilter)
    assert found.expression.nodes == (
        Condition("held", "ne", "working"),
        Condition("other", "exists"),
    )
    back = with_cell(found.expression, schema, field, WORKING)
    assert isinstance(back, CellFilter)
    assert back.expression.nodes[0] == Condition("held", "eq", "working")


def test_same_as_a_record_asks_for_each_attribute_and_names_those_it_cannot() -> None:
    """A row of reasons beside the expression: nothing is left out silently."""
    stage = Attribute(
        "stage", "Stage", "contact_stage", is_filterable=True, filter_operators=("eq",)
    )
    owner = Attribute(
        "owner",
        "Owner",
        "record_reference",
        is_filterable=True,
        filter_operators=("eq", "not_exists"),
    )
    note = Attribute("note", "Note", "long_text")
    schema = RecordType("thing", "Thing", attributes=(stage, owner, note))
    values = MappingProxyType[str, Value]({"stage": WORKING, "owner": OWNER, "note": "x"})
    found = same_as_record(
        EMPTY, schema, Record(RecordId("thing", "1"), values), (stage, owner, note)
    )
    assert found.expression.nodes == (
        Condition("stage", "eq", "working"),
        Condition("owner", "eq", OWNER.record_id),
    )
    assert found.words == ("Stage is Working", "Owner is J. Diaz")
    assert [capability.error_code for capability in found.refused] == ["invalid_filter_field"]


def test_records_are_alike_in_what_many_can_share() -> None:
    """A name, an amount or a moment would only find the record itself."""
    columns = (
        Attribute("display_name", "Name", "string"),
        Attribute("stage", "Stage", "contact_stage"),
        Attribute("owner", "Owner", "record_reference"),
        Attribute("code", "Code", "enum", is_unique=True),
        Attribute("amount", "Amount", "currency"),
        Attribute("is_open", "Open", "boolean"),
        Attribute("updated_at", "Updated", "timestamp"),
    )
    names = [column.api_name for column in grouping_attributes(columns)]
    assert names == ["stage", "owner", "is_open"]
