"""What stands against a question before it is sent."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.domain.capabilities import Learned
from app.domain.clause_faults import ClauseFault
from app.domain.date_words import Calendar
from app.domain.errors import Fault, Rejected
from app.domain.expression import Condition, ConditionGroup, DateWord, Expression
from app.domain.query import Filter, FilterGroup, GroupKind, Node, Query, Sort
from app.domain.query_lint import MAX_GUESSES, lint_expression, lint_query
from app.domain.schema import Attribute, RecordType, Relationship
from app.domain.scopes import asked_schemas
from app.domain.values import VALUE_TYPES, Json, Option
from app.wire.public_v2.matrix import RESOURCES

STAGES = (Option("1b1c", "working", "Working"), Option("2d2e", "closed_won", "Closed Won"))
UUID = "0190a0b0-0000-7000-8000-000000000001"


def attribute(name: str, value_type: str, *, is_filterable: bool = True) -> Attribute:
    operators = sorted(VALUE_TYPES[value_type].operators)
    return Attribute(
        name,
        name,
        value_type,
        is_sortable=name in {"title", "amount", "made_at", "closes_on"},
        is_filterable=is_filterable,
        filter_operators=tuple(operators) if is_filterable else (),
        options=STAGES if value_type == "contact_stage" else (),
    )


DEAL = RecordType(
    "deal",
    "Deal",
    attributes=(
        attribute("title", "string"),
        attribute("amount", "currency"),
        attribute("is_open", "boolean"),
        attribute("made_at", "timestamp"),
        attribute("closes_on", "date"),
        attribute("call_at", "time"),
        attribute("stage", "contact_stage"),
        replace(attribute("owner_id", "record_reference"), related_record_type="user"),
        attribute("secret", "string", is_filterable=False),
        attribute("place", "address"),
    ),
    relationships=(Relationship("deals", "Deals", "deal"), Relationship("lost", "Lost", "gone")),
)
ACTIVITY = RecordType("activity", "Activity", attributes=(attribute("type", "enum"),))
SCHEMAS = {"deal": DEAL, "activity": ACTIVITY}
CALENDAR = Calendar(datetime(2026, 6, 17, 9, 30, tzinfo=UTC), UTC)


def lint(*nodes: Node, sort: Sequence[Sort] = (), record_type: str = "deal") -> list[ClauseFault]:
    """The faults of a question in a session that learned nothing."""
    resources = replace(RESOURCES, learned=Learned())
    return [*lint_query(Query(record_type, nodes, tuple(sort)), SCHEMAS, resources)]


def only(found: Sequence[ClauseFault]) -> ClauseFault:
    (fault,) = found
    return fault


@pytest.mark.parametrize(
    ("field", "operator", "value"),
    [
        ("title", "contains", "VP"), ("title", "exists", "\x00"), ("amount", "gt", 12), ("amount", "eq", "12.50"),
        ("amount", "between", [1, 2]), ("is_open", "eq", True), ("made_at", "gte", "2026-06-01T00:00:00+02:00"),
        ("closes_on", "in", ["2026-06-01"]), ("call_at", "lt", "09:30:00"), ("stage", "in", ["working", "1B1C"]),
        ("owner_id", "eq", UUID), ("place", "exists", None), ("deals.deals.title", "eq", "x"), ("owner_id.email", "eq", 3),
        ("lost.anything", "like", 3), ("stage", "in", []), ("stage", "eq", "Closed won"),
    ],
)  # fmt: skip
def test_nothing_stands_against_a_right_clause(field: str, operator: str, value: Json) -> None:
    """Nor against one that leads to a type whose schema is not known."""
    assert lint(Filter(field, operator, value)) == []


@pytest.mark.parametrize(
    ("field", "text", "choices"),
    [
        ("titel", "deal has no attribute titel. Did you mean title?", ("title",)),
        ("deals.titel", "deal has no attribute titel. Did you mean title?", ("deals.title",)),
        ("dealz.title", "no relationship or reference dealz. Did you mean deals?", ("deals.title",)),
        ("deals", "leads from deal to other records", ()),
        ("deals.deals.zzz", "deal has no attribute zzz.", ("deals.deals.title",)),
        ("secret", "deal.secret is not filterable.", ("title",)),
        ("title.x", "deal has no relationship or reference title.", ("deals.x",)),
        ("", "deal has no attribute .", ("title",)),
    ],
)  # fmt: skip
def test_an_unknown_or_unfilterable_field_is_named(
    field: str, text: str, choices: tuple[str, ...]
) -> None:
    """With what may have been meant, as it would be written in its place."""
    fault = only(lint(Filter(field, "eq", "x")))
    assert (fault.path, fault.fault.code, fault.fault.field) == (
        (0,),
        "invalid_filter_field",
        field,
    )
    assert text in fault.fault.message
    assert fault.choices[: len(choices)] == choices


def test_a_page_of_nonsense_is_answered_at_once() -> None:
    """The first unknown names are compared with those there are; each is named."""
    found = lint(*(Filter("titel", "eq", "x") for _ in range(200)))
    assert len(found) == 200
    assert sum("Did you mean title?" in row.fault.message for row in found) == MAX_GUESSES
    assert "title" in found[-1].choices


def test_an_operator_that_is_not_offered_names_those_that_are() -> None:
    """As the schema lists them."""
    fault = only(lint(Filter("stage", "contains", "x")))
    offered = DEAL.attribute_by_name["stage"].filter_operators
    assert fault.fault.code == "invalid_filter_operator"
    assert fault.fault.message == f"stage takes {', '.join(offered)}, not contains."
    assert fault.choices == offered


@pytest.mark.parametrize(
    ("field", "operator", "value", "why"),
    [
        ("title", "eq", 3, "must be text"),
        ("title", "eq", "\ud800", "holds what no server takes"),
        ("title", "in", ["a\x00"], "holds what no server takes"),
        ("amount", "eq", {"amount": "\x00"}, "holds what no server takes"),
        ("amount", "eq", float("inf"), "holds what no server takes"),
        ("title", "in", "a", "must be a list"),
        ("amount", "gt", "much", "must be a number"),
        ("amount", "gt", True, "must be a number"),
        ("amount", "gt", "1e999", "is too large a number"),
        ("amount", "between", [1], "must be a list of two: low and high"),
        ("amount", "between", [2, 1], "has its ends the wrong way round"),
        ("is_open", "eq", "yes", "must be true or false"),
        ("made_at", "gt", "2026-06-01T00:00:00", "must have a time zone"),
        ("made_at", "gt", "today", "must be a point in time"),
        ("made_at", "gt", "0001-01-01T00:00:00+14:00", "is outside the calendar"),
        ("closes_on", "eq", "2026-02-30", "must be a date"),
        ("closes_on", "between", ["2026-06-02", "2026-06-01"], "wrong way round"),
        ("call_at", "eq", "9 o'clock", "must be a time of day"),
        ("call_at", "eq", "09:30:00Z", "without a zone"),
        ("stage", "eq", "wroking", "is none of working, closed_won"),
        ("stage", "in", ["working", None], "is none of working, closed_won"),
        ("owner_id", "eq", "Rita", "must be an id (a UUID)"),
    ],
)
def test_a_value_of_the_wrong_shape_is_named(
    field: str, operator: str, value: Json, why: str
) -> None:
    """By value type and by how many the operator takes."""
    fault = only(lint(Filter(field, operator, value)))
    assert (fault.fault.code, fault.fault.field) == ("invalid_filter_value", field)
    assert fault.fault.message.startswith(f"The value for {field} ")
    assert why in fault.fault.message


def test_an_unknown_choice_names_the_choices() -> None:
    """By the names a filter takes."""
    assert only(lint(Filter("stage", "eq", "x"))).choices == ("working", "closed_won")


def test_faults_stand_at_their_clauses() -> None:
    """Deep inside groups too, in the order of the question; a group that holds nothing is one of them."""
    bad = Filter("titel", "eq", "x")
    inner = FilterGroup(
        GroupKind.NOT, (FilterGroup(GroupKind.OR, (Filter("title", "eq", "x"), bad)),)
    )
    empty = FilterGroup(GroupKind.AND, ())
    both = FilterGroup(GroupKind.NOT, (Filter("title", "exists"), Filter("title", "exists")))
    found = lint(inner, bad, empty, both)
    assert [row.path for row in found] == [(0, 0, 1), (1,), (2,), (3,)]
    assert [row.fault.code for row in found[2:]] == ["invalid_filter_value"] * 2


def test_sort_keys_are_looked_at() -> None:
    """Unknown, unsortable, twice, too many."""
    sort = [Sort("titel"), Sort("stage"), Sort("title"), Sort("amount")]
    found = lint(sort=sort)
    assert [(row.sort_index, row.fault.code) for row in found] == [
        (0, "unsortable_field"),
        (1, "unsortable_field"),
        (3, "sort_too_many_fields"),
    ]
    assert found[0].choices == ("title",)
    assert found[1].choices == ("title", "amount", "made_at", "closes_on")
    twice = only(lint(sort=[Sort("title"), Sort.parse("-title")]))
    assert (twice.sort_index, twice.fault.code) == (1, "")


def refusal(field: str | None, number: int = 12) -> Rejected:
    fault = Fault("filter_depth_exceeded", "too deep", field)
    return Rejected("too deep", status=400, number=number, faults=(fault,))


def test_the_depth_of_paths_is_learned_from_the_first_refusal() -> None:
    """The path it names counts, and everything as deep; with the request. A shallower one stays open."""
    resources = replace(RESOURCES, learned=Learned())
    deep, deeper = (Filter("deals." * steps + "title", "exists") for steps in (3, 4))
    query = Query("deal", (Filter("deals.title", "exists"), deep, deeper))
    assert lint_query(query, SCHEMAS, resources) == ()
    resources.learned.limits.learn(query, refusal(deep.field))
    resources.learned.limits.learn(query, refusal(deep.field, 13))
    found = lint_query(query, SCHEMAS, resources)
    assert [(row.path, row.fault.code) for row in found] == [
        ((1,), "filter_depth_exceeded"),
        ((2,), "filter_depth_exceeded"),
    ]
    assert "3 steps" in found[0].fault.message
    assert "refused 3 (by request 12)" in found[0].fault.message
    resources.learned.limits.forget(Query("deal", (Filter("deals.title", "exists"),)))
    assert lint_query(query, SCHEMAS, resources) == found
    resources.learned.limits.forget(query)
    assert lint_query(query, SCHEMAS, resources) == ()


def test_without_a_named_path_the_longest_one_was_too_long() -> None:
    """And without any path the groups were too deep."""
    resources = replace(RESOURCES, learned=Learned())
    limits = resources.learned.limits
    leaf: Node = Filter("title", "exists")
    nested = FilterGroup(GroupKind.NOT, (FilterGroup(GroupKind.NOT, (leaf,)),))
    limits.learn(Query("deal", (leaf, nested)), refusal(None))
    assert limits.path is None
    found = lint_query(Query("deal", (leaf, leaf, nested)), SCHEMAS, resources)
    assert [(row.path, row.fault.code) for row in found] == [((2, 0), "filter_depth_exceeded")]
    limits.learn(Query("deal", (Filter("deals.deals.title", "exists"),)), refusal(None))
    assert limits.path is not None
    assert limits.path.depth == 2


def test_other_refusals_teach_no_depth() -> None:
    """Nor does one of a question that has neither path nor group."""
    limits = Learned().limits
    fault = Fault("invalid_filter_value", "no", "deals.title")
    query = Query("deal", (Filter("deals.title", "exists"),))
    limits.learn(query, Rejected("no", faults=(fault,)))
    limits.learn(Query("deal", (Filter("title", "exists"),)), refusal("title"))
    assert (limits.path, limits.groups) == (None, None)


def test_a_scoped_type_takes_its_own_words() -> None:
    """Activities: one scope at least, a period, each once, without groups, paths and sort."""
    scope, later = (
        Filter("contact_id", "eq", UUID),
        Filter("created_at", "gte", "2026-06-01T00:00:00Z"),
    )
    assert lint(scope, later, record_type="activity") == []
    missing = only(lint(later, record_type="activity"))
    assert missing.fault.code == "field_required_missing"
    assert missing.choices == ("contact_id", "account_id", "opportunity_id")
    found = lint(
        scope,
        scope,
        FilterGroup(GroupKind.OR, (later,)),
        Filter("type", "eq", "NOTE"),
        Filter("contact_id.created_at", "gte", "2026-06-01T00:00:00Z"),
        Filter("account_id", "ne", UUID),
        sort=[Sort("created_at")],
        record_type="activity",
    )
    assert {(row.path, row.fault.code) for row in found} == {
        ((1,), "invalid_filter_value"),
        ((2,), "invalid_filter_field"),
        ((3,), "invalid_filter_field"),
        ((4,), "invalid_filter_field"),
        ((5,), "invalid_filter_operator"),
        ((), "unsortable_field"),
    }


def test_what_a_scoped_type_can_be_asked_is_in_its_schema_as_questions_see_it() -> None:
    """So that whatever offers attributes offers those; other types are as they are."""
    asked = asked_schemas(SCHEMAS, RESOURCES)
    offered = [row.api_name for row in asked["activity"].attributes if row.is_filterable]
    assert offered == ["contact_id", "account_id", "opportunity_id", "created_at"]
    assert asked["deal"] is DEAL


def of_expression(
    *nodes: Condition | ConditionGroup, record_type: str = "deal"
) -> list[ClauseFault]:
    resources = replace(RESOURCES, learned=Learned())
    expression = Expression(nodes, (Sort("stage"),) if record_type == "deal" else ())
    return [*lint_expression(expression, record_type, SCHEMAS, resources, CALENDAR)]


def test_faults_of_an_expression_stand_at_its_own_clauses() -> None:
    """What is off has none; words count as what they mean; those of the sort come last."""
    off = Condition("titel", "eq", "x", is_off=True)
    word = Condition("made_at", "eq", DateWord("today"))
    backwards = Condition("closes_on", "between", (DateWord("today"), DateWord("monday")))
    group = ConditionGroup(
        GroupKind.OR, (off, word, Condition("titel", "eq", "x"), Condition("title", "eq", DateWord("today")))
    )  # fmt: skip
    wrong = Condition("made_at", "eq", DateWord("mondey"))
    found = of_expression(off, word, wrong, backwards, group, Condition("titel", "eq", "x"))
    assert [(row.path, row.fault.code) for row in found] == [
        ((2,), "invalid_filter_value"),
        ((3,), "invalid_filter_value"),
        ((4, 2), "invalid_filter_field"),
        ((5,), "invalid_filter_field"),
        ((), "unsortable_field"),
    ]


def test_a_day_of_a_scoped_type_is_asked_by_its_two_words() -> None:
    """From its start to its last moment."""
    scope = Condition("contact_id", "eq", UUID)
    day = Condition("created_at", "eq", DateWord("today"))
    assert of_expression(scope, day, record_type="activity") == []
    assert [row.path for row in of_expression(scope, day, day, record_type="activity")] == [
        (2,),
    ]
