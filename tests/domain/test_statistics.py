"""Figures of a column: what is counted, in which order it is read, and what each row asks for."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.capabilities import Capability
from app.domain.expression import Condition, ConditionGroup, DateWord, ExpressionNode
from app.domain.query import GroupKind
from app.domain.records import Record, RecordId
from app.domain.schema import Attribute, RecordType
from app.domain.statistics import MAX_VALUES, Row, Scope, Statistics, column_statistics
from app.domain.statistics_filters import row_condition, row_words
from app.domain.values import EmailItem, Option, Raw, Reference, Value, value_type
from tests.domain.strategies import scalars_by_type

NEW, WORKING, WON = (Option(f"id-{name}", name, name.title()) for name in ("new", "working", "won"))


def attribute(kind: str, *, is_array: bool = False, options: Sequence[Option] = ()) -> Attribute:
    """A filterable attribute with its value type's operators."""
    operators = tuple(sorted(value_type(kind).operators))
    return Attribute(
        "held",
        "Held",
        kind,
        is_array=is_array,
        is_filterable=True,
        filter_operators=operators,
        options=tuple(options),
    )


def figures(field: Attribute, *values: Value) -> Statistics:
    """The statistics of records with these values."""
    records = [
        Record(RecordId("thing", str(index)), MappingProxyType({"held": value}))
        for index, value in enumerate(values)
    ]
    return column_statistics(field, records)


def counts(found: Statistics) -> list[tuple[str, int]]:
    """The rows as a person reads them."""
    return [(row.label, row.count) for row in found.rows]


def asked(field: Attribute, row: Row, *, is_excluded: bool = False) -> ExpressionNode | Capability:
    """What a row asks for."""
    schema = RecordType("thing", "Thing", attributes=(field,))
    return row_condition(schema, field, row, is_excluded=is_excluded)


def test_filled_empty_and_absent_are_told_apart() -> None:
    """An attribute that was not sent is not an empty one."""
    records = [
        Record(RecordId("thing", "1"), MappingProxyType[str, Value]({"held": "a"})),
        Record(RecordId("thing", "2"), MappingProxyType[str, Value]({"held": None})),
        Record(RecordId("thing", "3"), MappingProxyType[str, Value]({"held": ()})),
        Record(RecordId("thing", "4"), MappingProxyType[str, Value]({})),
    ]
    found = column_statistics(attribute("string"), records)
    assert (found.counted, found.filled, found.empty, found.not_sent) == (4, 1, 2, 1)
    assert found.distinct == 1


def test_choices_are_a_funnel_in_the_order_of_the_workspace() -> None:
    """With those that nobody chose, and those that the schema does not list."""
    field = attribute("contact_stage", options=(NEW, WORKING))
    assert counts(figures(field, WORKING, WON, WORKING, None)) == [
        ("New", 0),
        ("Working", 2),
        ("Won", 1),
        ("(empty)", 1),
    ]


def test_words_of_an_enum_are_a_funnel_too() -> None:
    """They are plain texts in the records, and options in the schema."""
    field = attribute("enum", options=(Option("1", "OPEN", "OPEN"), Option("2", "DONE", "DONE")))
    assert counts(figures(field, "DONE")) == [("OPEN", 0), ("DONE", 1)]


def test_texts_are_listed_by_how_often_they_occur() -> None:
    """Equal counts by the alphabet."""
    assert counts(figures(attribute("string"), "b", "a", "c", "c")) == [
        ("c", 2),
        ("a", 1),
        ("b", 1),
    ]


def test_more_values_than_anybody_reads_are_summed_up() -> None:
    """The rest is one row, and the rows still sum to all."""
    found = figures(attribute("string"), *(f"text {index:03}" for index in range(50)))
    assert len(found.rows) == MAX_VALUES + 1
    assert counts(found)[-1] == ("30 other values", 30)
    assert found.distinct == 50


def test_references_are_counted_by_target_and_shown_by_name() -> None:
    """Two people of one name stay two."""
    one, other = Reference("user", "1", "J. Diaz"), Reference("user", "2", "J. Diaz")
    assert counts(figures(attribute("record_reference"), one, other, one)) == [
        ("J. Diaz", 2),
        ("J. Diaz", 1),
    ]


def test_flags_are_yes_and_no() -> None:
    """In this order, whichever there are more of."""
    found = figures(attribute("boolean"), False, False, True)
    assert counts(found) == [("yes", 1), ("no", 2)]


def test_numbers_have_figures_and_ranges() -> None:
    """The mean and the sum are exact, shown to two places."""
    found = figures(attribute("currency"), *(Decimal(amount) for amount in (1, 2, 3, 4, 5, 6, 9)))
    assert found.facts == (
        ("min", "1"),
        ("max", "9"),
        ("mean", "4.29"),
        ("median", "4"),
        ("sum", "30"),
    )
    assert counts(found)[0] == ("1 to 2", 1)
    assert sum(count for _, count in counts(found)) == 7


def test_a_few_different_numbers_are_listed() -> None:
    """In their own order: a probability of 10 is no range."""
    found = figures(attribute("percent"), 90, 10, 10, Decimal("10.0"))
    assert counts(found) == [("10%", 3), ("90%", 1)]


@pytest.mark.parametrize("odd", [Decimal("NaN"), Decimal("1E+999999"), Decimal("-Infinity")])
def test_an_absurd_number_does_not_stop_the_figures(odd: Decimal) -> None:
    """A stranger typed it."""
    found = figures(attribute("currency"), odd, *(Decimal(number) for number in range(8)))
    assert found.filled == 9


def test_days_and_moments_have_ends_and_calendar_ranges() -> None:
    """Moments to the minute, days as days."""
    days = figures(attribute("date"), date(2026, 1, 5), date(2026, 1, 7))
    assert days.facts == (("earliest", "2026-01-05"), ("latest", "2026-01-07"))
    assert counts(days) == [("2026-01-05", 1), ("2026-01-06", 0), ("2026-01-07", 1)]
    moments = figures(
        attribute("timestamp"),
        datetime(2026, 1, 5, 9, tzinfo=UTC),
        datetime(2026, 3, 7, 9, tzinfo=UTC),
    )
    assert moments.facts == (("earliest", "2026-01-05 09:00"), ("latest", "2026-03-07 09:00"))
    assert len(moments.rows) == 9


def test_lists_are_counted_by_their_items_too() -> None:
    """How many items a record has, then the items; letters' case makes no other address."""
    one = EmailItem("1", "a@b.example", is_primary=True)
    two = EmailItem("2", "A@b.example", is_primary=False)
    found = figures(attribute("contact_email", is_array=True), (one,), (one, two), ())
    assert counts(found) == [
        ("with 1 item", 1),
        ("with 2 items", 1),
        ("a@b.example", 3),
        ("(empty)", 1),
    ]


def test_unreadable_values_stand_beside_the_figures_of_the_others() -> None:
    """One broken amount does not hide the mean of the rest."""
    found = figures(attribute("number"), 1, Raw("{}", "it is no number"))
    assert counts(found) == [("1", 1), ("(unreadable)", 1)]
    assert found.facts[0] == ("min", "1")


@given(st.sampled_from(sorted(scalars_by_type)), st.data())
def test_rows_sum_to_the_records(kind: str, data: st.DataObject) -> None:
    """Whatever a column holds, every record stands in one row."""
    values = data.draw(st.lists(st.none() | scalars_by_type[kind], max_size=30))
    found = figures(attribute(kind), *values)
    assert sum(row.count for row in found.rows) == len(values)


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope(50, is_all=False), "of 50 loaded"),
        (Scope(1_037, is_all=True), "of all 1,037"),
        (Scope(1_000, is_all=False, forgotten=500), "of 1,000 in memory, 1,500 were loaded"),
        (Scope(3, is_all=True, filtered_from=50), "of 3 that match the filter, of 50 loaded"),
    ],
)
def test_the_scope_claims_no_more_than_was_counted(scope: Scope, words: str) -> None:
    """Only a complete list is "all"."""
    assert str(scope) == words


def test_a_row_asks_for_its_value() -> None:
    """As the cell would; an empty one for the empty ones."""
    field = attribute("contact_stage", options=(NEW,))
    new, empty = figures(field, NEW, None).rows
    assert asked(field, new) == Condition("held", "eq", "new")
    assert asked(field, new, is_excluded=True) == Condition("held", "ne", "new")
    assert asked(field, empty) == Condition("held", "not_exists")
    assert row_words(field, new, is_excluded=True) == "Held is not New"


def test_a_range_asks_from_its_border_to_the_next() -> None:
    """Amounts as numbers, days as words that stay readable."""
    amounts = attribute("currency")
    first = figures(amounts, *(Decimal(number) / 2 for number in range(8))).rows[1]
    between = ConditionGroup(
        GroupKind.AND,
        (Condition("held", "gte", Decimal("0.5")), Condition("held", "lt", 1)),
    )
    assert asked(amounts, first) == between
    assert asked(amounts, first, is_excluded=True) == ConditionGroup(GroupKind.NOT, (between,))
    days = attribute("timestamp")
    week = figures(days, datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 20, tzinfo=UTC)).rows[
        0
    ]
    assert asked(days, week) == ConditionGroup(
        GroupKind.AND,
        (
            Condition("held", "gte", DateWord("2025-12-29")),
            Condition("held", "lt", DateWord("2026-01-05")),
        ),
    )


def test_the_hours_of_a_day_are_asked_for_as_moments() -> None:
    """A word for an hour would mean another one tomorrow."""
    field = attribute("timestamp")
    (hour,) = figures(field, datetime(2026, 6, 3, 9, 30, tzinfo=UTC)).rows
    node = asked(field, hour)
    assert isinstance(node, ConditionGroup)
    assert node.nodes[0] == Condition("held", "gte", "2026-06-03T09:00:00Z")


@pytest.mark.parametrize(
    "row", [Row("with 2 items", 1, items=2), Row("30 other values", 30, is_rest=True)]
)
def test_what_no_operator_means_is_refused(row: Row) -> None:
    """With the operators there are."""
    found = asked(attribute("contact_email", is_array=True), row)
    assert isinstance(found, Capability)
    assert found.error_code == "invalid_filter_operator"
