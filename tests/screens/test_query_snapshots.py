"""How the query builder and the query line look, at the smallest usual size and at a wide one."""

import pytest
from textual.pilot import Pilot

from app.domain.expression import Condition, ConditionGroup, DateWord, Expression
from app.domain.query import Direction, GroupKind, Sort
from tests.screens.test_snapshots import SIZES, SnapCompare, deck_of
from tests.support.deck import browse, press, settle, type_text
from tests.support.small_workspace import small_workspace

NESTED = Expression(
    (
        Condition("stage", "in", ("working", "won")),
        ConditionGroup(
            GroupKind.OR,
            (
                Condition("title", "contains", "VP"),
                ConditionGroup(
                    GroupKind.NOT, (Condition("accounts.display_name", "eq", "Acme Corp"),)
                ),
                Condition("primary_email", "exists", is_off=True),
            ),
        ),
        Condition("updated_at", "gte", DateWord("2020-06")),
    ),
    (Sort("updated_at", Direction.DESC), Sort("last_name")),
)
WRONG = Expression((Condition("stage", "contains", "wor"), Condition("gone", "eq", "x")))


def looks(
    snap_compare: SnapCompare,
    size: tuple[int, int],
    expression: Expression,
    *keys: str,
    typed: str = "",
    last: tuple[str, ...] = (),
) -> bool:
    """Whether the deck looks as before with an expression, after these keys and this text."""

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        screen = browse(pilot.app)
        assert screen.view is not None
        screen.view.expression = expression
        screen.show_view()
        await press(pilot, *keys)
        await type_text(pilot, typed)
        await press(pilot, *last)

    return snap_compare(deck_of(small_workspace()), terminal_size=size, run_before=prepare)


@SIZES
def test_empty_builder(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Nothing is asked yet."""
    assert looks(snap_compare, size, Expression(), "f")


@SIZES
def test_nested_groups(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Groups, a negation, a clause that is off, a date word with what it means, two sort keys."""
    assert looks(snap_compare, size, NESTED, "f", "j")


@SIZES
def test_wrong_clauses(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What is wrong stands below the clause, with the API's code and what is legal."""
    assert looks(snap_compare, size, WRONG, "f", "r")


@SIZES
@pytest.mark.parametrize("typed", ["", "sta"], ids=["all", "narrowed"])
def test_choosing_an_attribute(
    snap_compare: SnapCompare, size: tuple[int, int], typed: str
) -> None:
    """The attributes that can be filtered, and those that hold what was typed."""
    assert looks(snap_compare, size, Expression(), "f", "a", typed=typed)


@SIZES
def test_completion(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What may stand at the cursor of the query line."""
    assert looks(snap_compare, size, Expression(), "F", typed="stage = w")


@SIZES
def test_mistake_in_the_text(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The place is marked, and the way out is named."""
    assert looks(
        snap_compare, size, Expression(), "F", typed="stage = won and titel = x", last=("enter",)
    )


@SIZES
def test_request_beside_the_builder(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Text, JSON, curl and command line of what would be sent."""
    assert looks(snap_compare, size, NESTED, "f", "i")
