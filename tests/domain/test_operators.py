"""The operators of a filter: what each means in memory."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.operators import (
    EMPTINESS,
    EQUALITY,
    MATCHING,
    OPERATORS,
    ORDER,
    Arity,
    Comparable,
    OperatorName,
    fold,
)
from tests.domain.strategies import moments, words

comparables: st.SearchStrategy[Comparable] = (
    words | st.booleans() | st.integers() | st.decimals(allow_nan=False) | moments | st.dates()
)


def test_every_name_has_a_row_and_a_family() -> None:
    """Fourteen operators in four families. Source: Query Records for Sync."""
    assert list(OPERATORS) == [*OperatorName]
    assert frozenset(OperatorName) == EQUALITY | MATCHING | ORDER | EMPTINESS
    assert len(OperatorName) == 14


def test_faces_are_distinct() -> None:
    """An expression and a sentence can be read back."""
    assert len({row.sign for row in OPERATORS.values()}) == 14
    assert len({row.words for row in OPERATORS.values()}) == 14


@pytest.mark.parametrize(
    ("name", "value", "operands", "holds"),
    [
        ("eq", "a", ["a"], True),
        ("eq", "A", ["a"], False),
        ("eq", None, ["a"], False),
        ("eq", 1, [Decimal("1.0")], True),
        ("ne", "b", ["a"], True),
        ("ne", None, ["a"], True),
        ("in", "a", ["a", "b"], True),
        ("in", "c", ["a", "b"], False),
        ("in", None, [], False),
        ("not_in", "c", ["a", "b"], True),
        ("not_in", None, ["a"], True),
        ("contains", "Director", ["RECT"], True),
        ("contains", None, ["a"], False),
        ("starts_with", "Director", ["dir"], True),
        ("starts_with", "Director", ["rec"], False),
        ("ends_with", "Director", ["TOR"], True),
        ("gt", 2, [1], True),
        ("gt", 1, [1], False),
        ("gt", 2, [Decimal("1.5")], True),
        ("gt", "b", [1], False),
        ("gt", None, [1], False),
        ("gte", 1, [1], True),
        ("lt", 1, [2], True),
        ("lte", 2, [2], True),
        ("between", 2, [1, 3], True),
        ("between", 1, [1, 3], True),
        ("between", 3, [1, 3], True),
        ("between", 4, [1, 3], False),
        ("between", None, [1, 3], False),
        ("exists", "", [], True),
        ("exists", None, [], False),
        ("not_exists", None, [], True),
        ("not_exists", False, [], False),
    ],
)
def test_meaning(
    name: str, value: Comparable | None, operands: list[Comparable], holds: bool
) -> None:
    """What the documentation says, and our choice where it is silent."""
    assert OPERATORS[OperatorName(name)].means(value, operands) is holds


@given(st.none() | comparables, comparables, comparables)
def test_pairs_exclude_each_other(
    value: Comparable | None, one: Comparable, other: Comparable
) -> None:
    """An operator and its opposite never agree, whatever is compared."""

    def holds(name: OperatorName, *operands: Comparable) -> bool:
        return OPERATORS[name].means(value, operands)

    assert holds(OperatorName.EQ, one) is not holds(OperatorName.NE, one)
    assert holds(OperatorName.IN, one, other) is not holds(OperatorName.NOT_IN, one, other)
    assert holds(OperatorName.EXISTS) is not holds(OperatorName.NOT_EXISTS)
    assert not (holds(OperatorName.GT, one) and holds(OperatorName.LTE, one))
    assert not (holds(OperatorName.LT, one) and holds(OperatorName.GTE, one))


@given(words)
def test_folding_keeps_the_length_and_invents_no_ascii(text: str) -> None:
    """So that memory and SQL agree on what matches."""
    folded = fold(text)
    assert len(folded) == len(text)
    for before, after in zip(text, folded, strict=True):
        assert before.isascii() or not after.isascii()
    assert fold(folded) == folded


def test_arity() -> None:
    """How many operands each takes."""
    assert OPERATORS[OperatorName.BETWEEN].arity is Arity.TWO
    assert {name for name, row in OPERATORS.items() if row.arity is Arity.NONE} == EMPTINESS
    assert {name for name, row in OPERATORS.items() if row.arity is Arity.MANY} == {"in", "not_in"}
