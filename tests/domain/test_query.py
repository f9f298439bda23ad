"""Questions, sort keys, and the words of records."""

from hypothesis import given

from app.domain.query import Direction, Filter, FilterGroup, GroupKind, Query, Sort
from app.domain.records import Record, RecordId
from app.domain.values import Value
from tests.domain.strategies import sorts


@given(sorts)
def test_a_sort_key_is_read_as_it_is_written(sort: Sort) -> None:
    """`name` and `-name`."""
    assert Sort.parse(str(sort)) == sort


def test_the_minus_means_descending() -> None:
    """As on the command line."""
    assert Sort.parse("-updated_at") == Sort("updated_at", Direction.DESC)


def test_leaves_come_in_order_from_any_depth() -> None:
    """Every single condition, once."""
    a, b, c, d = (Filter(name, "exists") for name in "abcd")
    inner = FilterGroup(GroupKind.NOT, (FilterGroup(GroupKind.OR, (b, c)),))
    query = Query("contact", (a, inner, d))
    assert [*query.leaves] == [a, b, c, d]


def titled(**attributes: Value) -> str:
    return Record(RecordId("contact", "9b4f2fb1-2a7f"), attributes).title


def test_a_record_is_called_by_its_name_or_its_id() -> None:
    """The first that says something."""
    assert titled(display_name="Dana", title="CTO") == "Dana"
    assert titled(display_name=" ", title="CTO") == "CTO"
    assert titled(display_name=3) == "contact 9b4f2fb1"
    assert titled() == "contact 9b4f2fb1"
    assert str(RecordId("contact", "1")) == "contact/1"
