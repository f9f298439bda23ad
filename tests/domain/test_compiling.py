"""Expressions as the queries that are sent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.compiling import CompileError, compile_expression, compiled, resolved
from app.domain.date_words import Calendar, days_of, period_of
from app.domain.expression import (
    Condition,
    ConditionGroup,
    DateWord,
    Expression,
    ExpressionNode,
    expression_of,
)
from app.domain.operators import EQUALITY, OPERATORS, ORDER, Arity, OperatorName
from app.domain.query import Direction, Filter, FilterGroup, GroupKind, Node, Query, Sort
from app.domain.schema import Attribute, RecordType, Relationship
from app.domain.values import VALUE_TYPES, Json
from tests.domain.strategies import queries

CALENDAR = Calendar(datetime(2026, 6, 17, 9, 30, tzinfo=UTC), ZoneInfo("Europe/Berlin"))
"""A Wednesday."""


def attribute(name: str, value_type: str, operators: Sequence[str] | None = None) -> Attribute:
    """A filterable attribute, with all operators of its type unless some are given."""
    there = sorted(VALUE_TYPES[value_type].operators) if operators is None else operators
    return Attribute(name, name, value_type, is_filterable=True, filter_operators=tuple(there))


DEAL = RecordType(
    "deal",
    "Deal",
    attributes=(
        attribute("updated_at", "timestamp"),
        attribute("closes_on", "date"),
        attribute("title", "string"),
        replace(attribute("touched_at", "timestamp"), is_array=True),
        attribute("signed_at", "timestamp", ["contains"]),
    ),
    relationships=(Relationship("contacts", "Contacts", "contact"), Relationship("x", "X", "gone")),
)
SCHEMAS = {"deal": DEAL, "contact": replace(DEAL, api_name="contact")}


def asked(*nodes: ExpressionNode) -> tuple[Node, ...]:
    """The filters that are sent for these nodes."""
    return compile_expression(Expression(nodes), "deal", SCHEMAS, CALENDAR).filters


def dated(field: str, operator: str, *words: str) -> Condition:
    """A condition with one date word, or with a list of them."""
    several = OPERATORS[OperatorName(operator)].arity in {Arity.TWO, Arity.MANY}
    made = tuple(DateWord(word) for word in words)
    return Condition(field, operator, made if several else made[0])


def conjunction(*nodes: Node) -> FilterGroup:
    return FilterGroup(GroupKind.AND, nodes)


def negation(node: Node) -> FilterGroup:
    return FilterGroup(GroupKind.NOT, (node,))


TODAY = (
    Filter("updated_at", "gte", "2026-06-16T22:00:00Z"),
    Filter("updated_at", "lt", "2026-06-17T22:00:00Z"),
)


@given(queries)
def test_an_expression_without_words_asks_its_query(query: Query) -> None:
    """Node for node, whether the schema knows it or not."""
    made = compile_expression(expression_of(query), query.record_type, {}, CALENDAR)
    assert replace(made, limit=query.limit) == query


def test_what_is_off_is_not_asked() -> None:
    """Conditions and groups, and groups in which nothing is left."""
    on, off = Condition("title", "eq", "a"), Condition("title", "eq", "b", is_off=True)
    both = ConditionGroup(GroupKind.OR, (on, off))
    sent = Filter("title", "eq", "a")
    assert asked(on, off) == (sent,)
    assert asked(both) == (FilterGroup(GroupKind.OR, (sent,)),)
    assert asked(replace(both, is_off=True)) == ()
    assert asked(ConditionGroup(GroupKind.AND, (off,))) == ()
    assert asked(ConditionGroup(GroupKind.NOT, (ConditionGroup(GroupKind.OR, (off,)),))) == ()
    assert asked(ConditionGroup(GroupKind.NOT)) == ()


def test_a_not_of_several_things_says_that_not_all_of_them_hold() -> None:
    """The API's `not` takes one."""
    one, two = Condition("title", "eq", "a"), Condition("title", "eq", "b")
    sent = (Filter("title", "eq", "a"), Filter("title", "eq", "b"))
    assert asked(ConditionGroup(GroupKind.NOT, (one, two))) == (negation(conjunction(*sent)),)


def test_the_sort_is_kept() -> None:
    """In its order."""
    sort = (Sort("title"), Sort("updated_at", Direction.DESC))
    assert compile_expression(Expression((), sort), "deal", SCHEMAS, CALENDAR).sort == sort


@pytest.mark.parametrize(
    ("condition", "sent"),
    [
        (dated("updated_at", "eq", "today"), TODAY),
        (dated("updated_at", "ne", "today"), (negation(conjunction(*TODAY)),)),
        (
            dated("updated_at", "gt", "2026-06"),
            (Filter("updated_at", "gte", "2026-06-30T22:00:00Z"),),
        ),
        (dated("updated_at", "gte", "7d"), (Filter("updated_at", "gte", "2026-06-09T22:00:00Z"),)),
        (
            dated("updated_at", "lt", "monday"),
            (Filter("updated_at", "lt", "2026-06-14T22:00:00Z"),),
        ),
        (
            dated("updated_at", "lte", "monday"),
            (Filter("updated_at", "lt", "2026-06-15T22:00:00Z"),),
        ),
        (dated("updated_at", "gte", "3h"), (Filter("updated_at", "gte", "2026-06-17T06:30:00Z"),)),
        (dated("updated_at", "eq", "now"), (Filter("updated_at", "eq", "2026-06-17T09:30:00Z"),)),
        (dated("updated_at", "between", "today", "now"), (
            TODAY[0], Filter("updated_at", "lte", "2026-06-17T09:30:00Z"))),
        (dated("updated_at", "in", "today"), (conjunction(*TODAY),)),
        (dated("closes_on", "eq", "today"), (Filter("closes_on", "eq", "2026-06-17"),)),
        (dated("closes_on", "eq", "2026-06-15"), (Filter("closes_on", "eq", "2026-06-15"),)),
        (dated("closes_on", "ne", "today"), (Filter("closes_on", "ne", "2026-06-17"),)),
        (
            dated("closes_on", "eq", "2026-06"),
            (Filter("closes_on", "between", ["2026-06-01", "2026-06-30"]),),
        ),
        (
            dated("closes_on", "ne", "2026-06"),
            (negation(Filter("closes_on", "between", ["2026-06-01", "2026-06-30"])),),
        ),
        (dated("closes_on", "gt", "2026-06"), (Filter("closes_on", "gt", "2026-06-30"),)),
        (dated("closes_on", "lte", "2026-06"), (Filter("closes_on", "lte", "2026-06-30"),)),
        (
            dated("closes_on", "between", "last_month", "this_month"),
            (Filter("closes_on", "between", ["2026-05-01", "2026-06-30"]),),
        ),
        (
            dated("closes_on", "in", "today", "monday"),
            (Filter("closes_on", "in", ["2026-06-17", "2026-06-15"]),),
        ),
    ],
)  # fmt: skip
def test_a_date_word_is_asked_as_the_time_it_means(
    condition: Condition, sent: tuple[Node, ...]
) -> None:
    """Days for dates, moments in UTC for timestamps."""
    assert asked(condition) == sent


def test_several_words_are_asked_as_alternatives() -> None:
    """Each as a time of its own; beside a plain value too."""
    group = asked(Condition("updated_at", "in", (DateWord("today"), "2026-01-01T00:00:00Z")))
    plain = Filter("updated_at", "eq", "2026-01-01T00:00:00Z")
    assert group == (FilterGroup(GroupKind.OR, (conjunction(*TODAY), plain)),)
    assert asked(
        Condition("updated_at", "not_in", (DateWord("today"), "2026-01-01T00:00:00Z"))
    ) == (negation(group[0]),)


def test_inside_an_or_the_ends_of_a_time_stay_together() -> None:
    """In an `and` they join the others."""
    group = ConditionGroup(GroupKind.OR, (dated("updated_at", "eq", "today"),))
    assert asked(group) == (FilterGroup(GroupKind.OR, (conjunction(*TODAY),)),)
    assert asked(replace(group, kind=GroupKind.AND)) == (conjunction(*TODAY),)


@pytest.mark.parametrize("field", ["contacts.updated_at", "touched_at"])
def test_of_many_values_one_must_be_inside(field: str) -> None:
    """Not one after the start and another before the end."""
    ends: Json = ["2026-06-16T22:00:00Z", "2026-06-17T21:59:59.999999Z"]
    assert asked(dated(field, "eq", "today")) == (Filter(field, "between", ends),)
    assert asked(dated(field, "ne", "today")) == (negation(Filter(field, "between", ends)),)


def test_a_word_is_a_text_where_no_date_is_meant() -> None:
    """On an attribute of another type, and on one that nobody knows: the lint says what is wrong with it."""
    assert asked(dated("title", "eq", "today")) == (Filter("title", "eq", "today"),)
    assert asked(dated("nothing", "in", "today")) == (Filter("nothing", "in", ["today"]),)
    assert asked(dated("updated_at", "contains", "today")) == (
        Filter("updated_at", "contains", "today"),
    )


@pytest.mark.parametrize(
    ("condition", "code", "choices"),
    [
        (dated("updated_at", "eq", "mondey"), "invalid_filter_value", ("monday",)),
        (dated("signed_at", "gte", "today"), "invalid_filter_operator", ("contains",)),
        (dated("x.updated_at", "gte", "today"), "invalid_filter_field", ()),
    ],
)
def test_what_cannot_be_asked_is_named(
    condition: Condition, code: str, choices: tuple[str, ...]
) -> None:
    """With its place, the API's code and what is legal instead."""
    group = ConditionGroup(GroupKind.OR, (Condition("title", "exists"), condition))
    with pytest.raises(CompileError) as raised:
        asked(Condition("title", "eq", "a", is_off=True), group)
    (fault,) = raised.value.faults
    assert (fault.path, fault.fault.code, fault.fault.field) == ((1, 1), code, condition.field)
    assert fault.choices == choices


def test_each_node_of_the_query_leads_back_to_the_expression() -> None:
    """What is off takes no place in the query, and a word may take several."""
    word = dated("updated_at", "eq", "today")
    off = Condition("title", "eq", "a", is_off=True)
    plain = Condition("title", "eq", "b")
    group = ConditionGroup(GroupKind.NOT, (ConditionGroup(GroupKind.OR, (off, word, plain)),))
    made = compiled(Expression((off, word, plain, group)), "deal", SCHEMAS, CALENDAR)
    assert dict(made.origins) == {
        (0,): (1,),
        (1,): (1,),
        (2,): (2,),
        (3,): (3,),
        (3, 0): (3, 0),
        (3, 0, 0): (3, 0, 1),
        (3, 0, 0, 0): (3, 0, 1),
        (3, 0, 0, 1): (3, 0, 1),
        (3, 0, 1): (3, 0, 2),
    }


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (dated("closes_on", "eq", "2026-06"), "2026-06-01 .. 2026-06-30"),
        (dated("updated_at", "eq", "2026-06"), "2026-06-01 .. 2026-06-30"),
        (dated("updated_at", "ne", "today"), "2026-06-17"),
        (dated("updated_at", "gte", "7d"), "2026-06-09T22:00:00Z"),
        (dated("closes_on", "gte", "7d"), "2026-06-10"),
        (dated("closes_on", "in", "today", "2026-05"), "2026-06-17, 2026-05-01 .. 2026-05-31"),
        (dated("updated_at", "between", "2026-05", "2026-06"), "2026-05-01 .. 2026-06-30"),
        (replace(dated("closes_on", "eq", "today"), is_off=True), "2026-06-17"),
        (dated("closes_on", "eq", "mondey"), ""),
        (dated("title", "in", "mondey"), ""),
        (Condition("closes_on", "eq", "2026-06-17"), ""),
    ],
)
def test_what_words_mean_is_shown(condition: Condition, text: str) -> None:
    """The days, or the moment that will be sent; nothing where there is nothing to explain."""
    assert resolved(condition, "deal", SCHEMAS, CALENDAR) == text


# --- Whatever operators an attribute has, what is asked means what was said.


def _holds(node: Node, value: Json) -> bool:
    """What a filter means for a value; times compare as their texts do here, all of one form."""
    if isinstance(node, FilterGroup):
        inner = [_holds(child, value) for child in node.nodes]
        match node.kind:
            case GroupKind.AND:
                return all(inner)
            case GroupKind.OR:
                return any(inner)
            case GroupKind.NOT:
                return not inner[0]
    operands = node.value if isinstance(node.value, list) else [node.value]
    read = [None if row is None else _moment(row) for row in operands]
    return OPERATORS[OperatorName(node.operator)].means(
        None if value is None else _moment(value), [row for row in read if row is not None]
    )


def _moment(text: Json) -> datetime | date:
    assert isinstance(text, str)
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


WORDS = st.sampled_from(
    ["now", "2h", "today", "tomorrow", "monday", "7d", "last_week", "this_month", "2026-06", "2026"]
)
SAID = st.sampled_from(sorted(EQUALITY | ORDER))
OFFERED = st.sets(st.sampled_from(sorted(EQUALITY | ORDER)))


@given(st.data(), SAID, OFFERED, st.sampled_from(["date", "timestamp"]))
def test_a_word_means_the_same_with_whatever_operators_there_are(
    data: st.DataObject, said: str, offered: set[str], value_type: str
) -> None:
    """Or it is refused; a value next to an end is on the side it belongs to, and an empty one behaves as with `ne`."""
    count = 2 if said == OperatorName.BETWEEN else data.draw(st.integers(1, 2))
    words = data.draw(st.lists(WORDS, min_size=count, max_size=count))
    schema = replace(DEAL, attributes=(attribute("at", value_type, sorted(offered)),))
    expression = Expression((dated("at", said, *words),))
    try:
        query = compile_expression(expression, "deal", {"deal": schema}, CALENDAR)
    except CompileError:
        assert not offered >= {"gte", "lte", "eq", "between"}
        return
    assert {leaf.operator for leaf in query.leaves} <= offered
    operator, values = OperatorName(said), _values(words, value_type)
    for value in (*values, None):
        meant = _meant(operator, words, value, value_type)
        assert all(_holds(node, value) for node in query.filters) == meant, (value, query.filters)


def _values(words: Sequence[str], value_type: str) -> list[Json]:
    """Values at both ends of each word and next to them."""
    found: list[Json] = []
    for word in words:
        if value_type == "date":
            days = days_of(word, CALENDAR)
            ends = (days.first, days.last)
            found += [str(end + timedelta(days=d)) for end in ends for d in (-1, 0, 1)]
        else:
            period = period_of(word, CALENDAR)
            tick = timedelta(microseconds=1)
            moments = [end + tick * d for end in (period.start, period.end) for d in (-1, 0, 1)]
            found += [moment.isoformat() for moment in moments]
    return found


def _meant(operator: OperatorName, words: Sequence[str], value: Json, value_type: str) -> bool:
    """The definition: where the value lies, seen from each word: -1 before it, 0 in it, 1 after it."""
    if value is None:
        return OPERATORS[operator].is_negative
    sides = [_side(word, value, value_type) for word in words]
    match operator:
        case OperatorName.EQ:
            return sides[0] == 0
        case OperatorName.NE:
            return sides[0] != 0
        case OperatorName.GT:
            return sides[0] > 0
        case OperatorName.GTE:
            return sides[0] >= 0
        case OperatorName.LT:
            return sides[0] < 0
        case OperatorName.LTE:
            return sides[0] <= 0
        case OperatorName.BETWEEN:
            return sides[0] >= 0 and sides[1] <= 0
        case OperatorName.IN:
            return 0 in sides
        case _:
            return 0 not in sides


def _side(word: str, value: Json, value_type: str) -> int:
    at = _moment(value)
    if value_type == "date":
        days = days_of(word, CALENDAR)
        return -1 if at < days.first else int(at > days.last)
    period = period_of(word, CALENDAR)
    assert isinstance(at, datetime)
    if period.is_moment:
        return (at > period.start) - (at < period.start)
    return -1 if at < period.start else int(at >= period.end)
