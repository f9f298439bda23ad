"""Which clause a refusal is about."""

import pytest

from app.domain.errors import Fault, Rejected
from app.domain.expression import Path
from app.domain.guilty_clause import guilty_clause, guilty_sort
from app.domain.query import Filter, FilterGroup, GroupKind, Query, Sort

TITLE = Filter("title", "eq", 3)
STAGE = Filter("stage", "contains", "x")
AGAIN = Filter("stage", "gt", "y")
QUERY = Query(
    "deal",
    (
        TITLE,
        FilterGroup(GroupKind.OR, (FilterGroup(GroupKind.NOT, (STAGE,)), AGAIN)),
        Filter("accounts.name", "eq", "z"),
    ),
)


def named(field: str | None, message: str = "no") -> Path | None:
    fault = Fault("invalid_filter_value", message, field)
    return guilty_clause(QUERY, Rejected("no", faults=(Fault("other"), fault)))


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        ("/filters/0", (0,)),
        ("/filters/0/value", (0,)),
        ("/filters/1/or", (1,)),
        ("/filters/1/or/1/operator", (1, 1)),
        ("/filters/1/or/0/not/field", (1, 0, 0)),
        ("/filters/1/or/0/not/0/field", (1, 0, 0)),
        ("body/filters/2/value", (2,)),
        ("/filters/9", None),
        ("/filters/0/or/7", (0,)),
        ("/sort/0", None),
        ("filters", None),
    ],
)
def test_a_pointer_leads_to_its_clause(pointer: str, path: Path | None) -> None:
    """Our own server's, and the one web frameworks write."""
    assert named(pointer) == path


def test_a_pointer_says_more_than_a_field() -> None:
    """Of several clauses on one attribute it names one."""
    fault = Fault("invalid_filter_value", "no", "stage", "/filters/1/or/0/not")
    assert guilty_clause(QUERY, Rejected("no", faults=(fault,))) == (1, 0, 0)


def test_a_field_leads_to_the_only_clause_on_it() -> None:
    """Cut where a server cuts it."""
    assert named("title") == (0,)
    assert named("accounts.name") == (2,)
    assert named("accounts.na…") == (2,)
    assert named("name") is None
    assert named(None) is None


def test_of_several_clauses_on_a_field_the_message_tells() -> None:
    """By the operator or the value it speaks of; else nobody knows."""
    assert named("stage", "stage takes eq, ne, not contains") == (1, 0, 0)
    assert named("stage", "'y' is none of its choices") == (1, 1)
    assert named("stage", "no") is None


def test_a_refused_sort_key_is_no_clause() -> None:
    """Even where a clause is on the same attribute."""
    query = Query("deal", (STAGE,), (Sort("title"), Sort("stage")))
    refusal = Rejected("no", faults=(Fault("unsortable_field", "no", "stage"),))
    assert (guilty_clause(query, refusal), guilty_sort(query, refusal)) == (None, 1)
    other = Rejected("no", faults=(Fault("invalid_filter_value", "no", "stage"),))
    assert (guilty_clause(query, other), guilty_sort(query, other)) == ((0,), None)
