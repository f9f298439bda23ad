"""Questions as JSON, in both directions."""

import pytest
from hypothesis import given

from app.domain.errors import Rejected
from app.domain.json_text import dump_json, parse_json
from app.domain.query import Filter, FilterGroup, GroupKind, Query, Sort
from app.domain.records import Cursor
from app.domain.values import Json
from app.wire.public_v2.queries import (
    json_to_nodes,
    json_to_sort,
    query_to_json,
    scoped_query_to_json,
)
from tests.domain.strategies import queries

SCOPES = frozenset({"contact_id", "account_id", "opportunity_id"})


@given(queries)
def test_a_question_survives_the_wire(query: Query) -> None:
    """Question to JSON to bytes and back: the same question."""
    body = parse_json(dump_json(query_to_json(query)).encode("utf-8", "surrogatepass"))
    assert isinstance(body, dict)
    again = Query(
        query.record_type,
        json_to_nodes(body.get("filters", [])),
        json_to_sort(body.get("sort", [])),
        body["limit"],  # type: ignore[arg-type]  # what was put in
    )
    assert again == query


def test_the_shortest_question() -> None:
    """A limit alone is a valid body. Source: Quickstart."""
    assert query_to_json(Query("contact", limit=1)) == {"limit": 1}


def test_a_next_page_repeats_neither_filters_nor_sort() -> None:
    """They are bound into the cursor. Source: Query Records for Sync."""
    query = Query("contact", (Filter("a", "eq", 1),), (Sort("a"),), 100)
    assert query_to_json(query, Cursor("x")) == {"cursor": "x", "limit": 100}


def test_the_documented_question() -> None:
    """Word for word. Source: Query Records for Sync."""
    either = FilterGroup(
        GroupKind.OR,
        (
            Filter("primary_email", "contains", "@example.com"),
            Filter("title", "contains", "founder"),
        ),
    )
    query = Query(
        "contact",
        (Filter("updated_at", "gte", "2026-06-01T00:00:00Z"), either),
        (Sort.parse("updated_at"),),
        100,
    )
    assert query_to_json(query) == {
        "filters": [
            {"field": "updated_at", "operator": "gte", "value": "2026-06-01T00:00:00Z"},
            {
                "or": [
                    {"field": "primary_email", "operator": "contains", "value": "@example.com"},
                    {"field": "title", "operator": "contains", "value": "founder"},
                ]
            },
        ],
        "sort": [{"field": "updated_at", "direction": "asc"}],
        "limit": 100,
    }


def test_not_takes_a_node_or_a_list_of_one() -> None:
    """Its shape is not documented; we send the first."""
    leaf: Json = {"field": "a", "operator": "eq", "value": 1}
    wanted = (FilterGroup(GroupKind.NOT, (Filter("a", "eq", 1),)),)
    assert json_to_nodes([{"not": leaf}]) == json_to_nodes([{"not": [leaf]}]) == wanted


@pytest.mark.parametrize(
    ("filters", "pointer"),
    [
        ({}, "/filters"),
        ("x", "/filters"),
        ([1], "/filters/0"),
        ([{}], "/filters/0"),
        ([{"field": "a", "operator": "eq", "and": []}], "/filters/0"),
        ([{"and": [], "or": []}], "/filters/0"),
        ([{"and": []}], "/filters/0/and"),
        ([{"or": {}}], "/filters/0/or"),
        ([{"and": [{"not": 3}]}], "/filters/0/and/0/not"),
        ([{"field": 3, "operator": "eq"}], "/filters/0/field"),
        ([{"field": "a", "operator": 3}], "/filters/0/operator"),
        ([{"field": "a", "operator": "eq", "values": 1}], "/filters/0"),
    ],
)
def test_a_wrong_filter_is_refused_with_its_place(filters: Json, pointer: str) -> None:
    """As a JSON pointer into the body."""
    with pytest.raises(Rejected) as caught:
        json_to_nodes(filters)
    assert caught.value.faults[0].field == pointer
    assert caught.value.status == 400


@pytest.mark.parametrize(
    "sort", [{}, [1], [{}], [{"field": 3}], [{"field": "a", "direction": "up"}]]
)
def test_a_wrong_sort_is_refused(sort: Json) -> None:
    """With its place too."""
    with pytest.raises(Rejected) as caught:
        json_to_sort(sort)
    assert (caught.value.faults[0].field or "").startswith("/sort")


def test_a_direction_may_be_left_out() -> None:
    """Then it is ascending."""
    assert json_to_sort([{"field": "a"}]) == (Sort("a"),)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (Query("activity"), "field_required_missing"),
        (
            Query("activity", (Filter("created_at", "gte", "2026-01-01T00:00:00Z"),)),
            "field_required_missing",
        ),
        (Query("activity", (Filter("type", "eq", "NOTE"),)), "invalid_filter_field"),
        (Query("activity", (Filter("contact_id", "in", ["a"]),)), "invalid_filter_field"),
        (
            Query("activity", (Filter("contact_id", "eq", "a"), Filter("contact_id", "eq", "b"))),
            "invalid_filter_value",
        ),
        (
            Query("activity", (Filter("contact_id", "eq", "a"),), (Sort("x"),)),
            "unsortable_field",
        ),
    ],
)
def test_an_activity_question_has_few_words(query: Query, code: str) -> None:
    """What its body cannot say is refused with the API's own code."""
    with pytest.raises(Rejected) as caught:
        scoped_query_to_json(query, SCOPES)
    assert caught.value.code == code


def test_an_activity_question() -> None:
    """Scopes and a period, all by name."""
    filters = (
        Filter("account_id", "eq", "a"),
        Filter("opportunity_id", "eq", "o"),
        Filter("created_at", "gte", "2026-01-01T00:00:00Z"),
        Filter("created_at", "lte", "2026-02-01T00:00:00Z"),
    )
    assert scoped_query_to_json(Query("activity", filters, limit=10), SCOPES) == {
        "account_id": "a",
        "opportunity_id": "o",
        "created_from": "2026-01-01T00:00:00Z",
        "created_to": "2026-02-01T00:00:00Z",
        "limit": 10,
    }
