"""Filters in SQL mean what `OPERATORS` says, for every value type and operator."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.operators import OPERATORS, Arity, Comparable, OperatorName, fold
from app.domain.query import Filter, FilterGroup, GroupKind, Query
from app.domain.values import Json
from app.server.store.definitions import AttributeDefinition
from app.server.store.pages import read_page
from tests.server.gadgets import (
    GADGET,
    Gadgets,
    Sample,
    filterable,
    fresh_gadgets,
    operands_between,
    samples,
)

CASES = [(row.api_name, name) for row in filterable() for name in row.filter_operators]

_MATCHING = {OperatorName.CONTAINS, OperatorName.STARTS_WITH, OperatorName.ENDS_WITH}


def _json(name: OperatorName, operands: Sequence[Sample]) -> Json:
    match OPERATORS[name].arity:
        case Arity.NONE:
            return None
        case Arity.ONE:
            return operands[0].json
        case _:
            return [operand.json for operand in operands]


def _holds(
    attribute: AttributeDefinition,
    name: OperatorName,
    values: Sequence[Comparable],
    operands: Sequence[Sample],
) -> bool:
    """What the operator means for a value or for the items of a list-like attribute."""
    row = OPERATORS[name]
    meant = [operand.meaning for operand in operands]
    if not attribute.is_array:
        return row.means(values[0] if values else None, meant)
    if not values:
        return row.means(None, meant)
    quantifier = all if row.is_negative else any
    return quantifier(row.means(value, meant) for value in values)


def _ids(gadgets: Gadgets, *filters: Filter | FilterGroup) -> set[str]:
    page = read_page(gadgets.reader, Query("gadget", filters, limit=100))
    return {row[0] for row in page.rows}


def _counts(name: OperatorName) -> tuple[int, int]:
    return {Arity.NONE: (0, 0), Arity.ONE: (1, 1), Arity.TWO: (2, 2), Arity.MANY: (0, 3)}[
        OPERATORS[name].arity
    ]


@pytest.mark.parametrize(("api_name", "name"), CASES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_filter_in_sql_means_what_the_operator_means(
    api_name: str, name: OperatorName, data: st.DataObject
) -> None:
    """On random records with empty values, many scripts and characters that mean something in patterns."""
    attribute = GADGET.attribute_by_name[api_name]
    low, high = _counts(name)
    spoken = (
        operands_between(attribute) if attribute.value_type == "timestamp" else samples(attribute)
    )
    operands = data.draw(st.lists(spoken, min_size=low, max_size=high), "operands")
    drawn = samples(attribute) | (st.sampled_from(operands) if operands else samples(attribute))
    drawn = samples(attribute) if attribute.value_type == "timestamp" else drawn
    size = 3 if attribute.is_array else 1
    records = data.draw(st.lists(st.lists(drawn, max_size=size), max_size=6), "records")
    with fresh_gadgets() as gadgets:
        expected = set()
        for values in records:
            stored = [value.stored for value in values]
            one = stored[0] if stored else None
            new_id = gadgets.add(**{api_name: stored if attribute.is_array else one})
            if _holds(attribute, name, [value.meaning for value in values], operands):
                expected.add(new_id)
        condition = Filter(api_name, name, _json(name, operands))
        assert _ids(gadgets, condition) == expected
        everything = _ids(gadgets)
        negated = FilterGroup(GroupKind.NOT, (condition,))
        assert _ids(gadgets, negated) == everything - expected


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "B", None]), st.sampled_from([1, 2, None])), max_size=8),
    st.recursive(
        st.builds(Filter, st.just("plain"), st.sampled_from(["eq", "ne", "contains"]), st.sampled_from("aAB"))
        | st.builds(Filter, st.just("count"), st.sampled_from(["gt", "lte", "ne"]), st.integers(0, 2)),
        lambda inner: st.builds(
            FilterGroup, st.sampled_from([GroupKind.AND, GroupKind.OR]), st.lists(inner, min_size=1, max_size=3).map(tuple)
        )
        | st.builds(lambda node: FilterGroup(GroupKind.NOT, (node,)), inner),
        max_leaves=4,
    ),
)  # fmt: skip
def test_groups_combine_like_truth(
    rows: list[tuple[str | None, int | None]], node: Filter | FilterGroup
) -> None:
    """`and`, `or` and `not` know only true and false, whatever is empty."""

    def holds(part: Filter | FilterGroup, row: tuple[str | None, int | None]) -> bool:
        if isinstance(part, FilterGroup):
            inner = [holds(child, row) for child in part.nodes]
            match part.kind:
                case GroupKind.AND:
                    return all(inner)
                case GroupKind.OR:
                    return any(inner)
                case GroupKind.NOT:
                    return not inner[0]
        operand = part.value
        assert isinstance(operand, str | int)
        value = row[0] if part.field == "plain" else row[1]
        return OPERATORS[OperatorName(part.operator)].means(value, [operand])

    def depth(part: Filter | FilterGroup) -> int:
        return 1 if isinstance(part, Filter) else 1 + max(depth(child) for child in part.nodes)

    if depth(node) > 5:
        return
    with fresh_gadgets() as gadgets:
        expected = {
            new_id
            for row in rows
            if (new_id := gadgets.add(plain=row[0], count=row[1])) and holds(node, row)
        }
        assert _ids(gadgets, node) == expected


@given(st.text(max_size=5), st.text(max_size=5))
def test_folding_never_makes_a_foreign_letter_an_ascii_one(left: str, right: str) -> None:
    """So that an ASCII needle finds the same with and without folding beyond ASCII."""
    assert len(fold(left)) == len(left)
    assert fold(left + right) == fold(left) + fold(right)
