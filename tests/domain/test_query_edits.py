"""Edits of an expression's tree: laws that hold for every tree, and the places where a rule decides."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.expression import Condition, ConditionGroup, Expression, ExpressionNode, Path
from app.domain.query import GroupKind
from app.domain.query_edits import (
    CannotEdit,
    all_paths,
    appended,
    inserted,
    moved,
    negated,
    node_at,
    removed,
    replaced,
    switched,
    unwrapped,
    wrapped,
)
from tests.domain.expression_strategies import conditions, expressions

A, B, C = (Condition(name, "exists") for name in "abc")


def group(kind: str, *nodes: ExpressionNode) -> ConditionGroup:
    """A group that is on."""
    return ConditionGroup(GroupKind(kind), nodes)


@st.composite
def places(draw: st.DrawFn) -> tuple[Expression, Path]:
    """An expression and the path of one of its nodes."""
    expression = draw(expressions.filter(lambda drawn: drawn.nodes))
    return expression, draw(st.sampled_from(all_paths(expression)))


def conditions_of(expression: Expression) -> list[str]:
    """The conditions' names in reading order."""
    nodes = (node_at(expression, path) for path in all_paths(expression))
    return [node.field for node in nodes if isinstance(node, Condition)]


def stands_in_not(expression: Expression, path: Path) -> bool:
    """Whether the node is what a `not` negates."""
    if len(path) == 1:
        return False
    parent = node_at(expression, path[:-1])
    return isinstance(parent, ConditionGroup) and parent.kind is GroupKind.NOT


@given(places(), conditions())
def test_removing_what_was_inserted_gives_the_same(
    place: tuple[Expression, Path], node: Condition
) -> None:
    """Insert and remove cancel out, wherever a second node may stand."""
    expression, path = place
    assume(not stands_in_not(expression, path))
    changed, where = inserted(expression, path, node)
    assert node_at(changed, where) == node
    assert removed(changed, where)[0] == expression


@given(places())
def test_negating_twice_gives_the_same(place: tuple[Expression, Path]) -> None:
    """A `not` goes as it came."""
    expression, path = place
    assume(not _is_double_not(expression, path))
    once, where = negated(expression, path)
    assert _all_on(once) != _all_on(expression)
    assert _all_on(negated(once, where)[0]) == _all_on(expression)


@given(places(), st.sampled_from(GroupKind))
def test_unwrapping_what_was_wrapped_gives_the_same(
    place: tuple[Expression, Path], kind: GroupKind
) -> None:
    """The cursor stays on the node that was wrapped."""
    expression, path = place
    changed, where = wrapped(expression, path, kind)
    assert node_at(changed, where) == node_at(expression, path)
    assert unwrapped(changed, where[:-1]) == (expression, path)


@given(places(), st.sampled_from([-1, 1]))
def test_moving_there_and_back_gives_the_same(place: tuple[Expression, Path], step: int) -> None:
    """Across borders too; at an end of the expression nothing moves."""
    expression, path = place
    there, where = moved(expression, path, step)
    assert node_at(there, where) == node_at(expression, path)
    if there != expression:
        assert moved(there, where, -step) == (expression, path)


@given(places(), st.sampled_from([-1, 1]))
def test_moving_loses_no_condition(place: tuple[Expression, Path], step: int) -> None:
    """Every condition is still there, and no other one."""
    expression, path = place
    there, _ = moved(expression, path, step)
    assert sorted(conditions_of(there)) == sorted(conditions_of(expression))


@given(places())
def test_a_node_that_always_moves_down_comes_to_the_end(place: tuple[Expression, Path]) -> None:
    """No border holds a node back for ever."""
    expression, path = place
    for _ in range(100):
        expression, path = moved(expression, path, 1)
    assert path[0] == len(expression.nodes) - 1
    assert set(path[1:]) <= {0}


@given(places())
def test_switching_twice_gives_the_same(place: tuple[Expression, Path]) -> None:
    """Off and on again."""
    expression, path = place
    off, where = switched(expression, path)
    assert off != expression
    assert switched(off, where) == (expression, path)


@given(places())
def test_after_a_removal_the_cursor_stands_somewhere(place: tuple[Expression, Path]) -> None:
    """On a node, or on the expression itself when a group or all of it is empty."""
    changed, where = removed(*place)
    assert where == () or where in all_paths(changed)


@given(places(), conditions())
def test_replacing_changes_one_node(place: tuple[Expression, Path], node: Condition) -> None:
    """All other paths that are left name what they named."""
    expression, path = place
    changed, where = replaced(expression, path, node)
    assert node_at(changed, where) == node
    assert replaced(changed, where, node_at(expression, path))[0] == expression


def test_what_is_put_beside_a_negated_condition_is_negated_with_it() -> None:
    """A `not` holds one node, so the two are joined."""
    expression = Expression((group("not", A),))
    changed, where = inserted(expression, (0, 1), B)
    assert changed == Expression((group("not", group("and", A, B)),))
    assert where == (0, 0, 1)


def test_a_not_goes_with_what_it_negates() -> None:
    """A `not` of nothing asks nothing."""
    assert removed(Expression((A, group("not", B))), (1, 0)) == (Expression((A,)), (0,))


def test_the_last_condition_leaves_its_group_empty() -> None:
    """The group waits for the next one; the cursor stands on the group."""
    expression = Expression((A, group("or", B)))
    assert removed(expression, (1, 0)) == (Expression((A, group("or"))), (1,))


def test_a_condition_enters_a_group_it_meets() -> None:
    """Going down it becomes the first of the group, going up the last."""
    assert moved(Expression((A, group("or", B, C))), (0,), 1) == (
        Expression((group("or", A, B, C),)),
        (0, 0),
    )
    assert moved(Expression((group("or", B, C), A)), (1,), -1) == (
        Expression((group("or", B, C, A),)),
        (0, 2),
    )


def test_a_condition_leaves_a_negated_group_on_the_far_side_of_the_not() -> None:
    """Between the `not` and its group there is no room."""
    expression = Expression((group("not", group("and", A, B)), C))
    assert moved(expression, (0, 0, 1), 1) == (
        Expression((group("not", group("and", A)), B, C)),
        (1,),
    )


def test_a_negated_condition_moves_with_its_not() -> None:
    """Moving never changes what a condition says."""
    assert moved(Expression((group("not", A), B)), (0, 0), 1) == (
        Expression((B, group("not", A))),
        (1, 0),
    )


def test_at_a_condition_unwrapping_means_the_group_around_it() -> None:
    """The cursor stays on the condition."""
    expression = Expression((C, group("or", A, B)))
    assert unwrapped(expression, (1, 1)) == (Expression((C, A, B)), (2,))


def test_a_group_under_a_not_keeps_its_conditions_together() -> None:
    """A `not` of two nodes has no meaning."""
    with pytest.raises(CannotEdit, match="not holds one"):
        unwrapped(Expression((group("not", group("and", A, B)),)), (0, 0))


def test_a_condition_in_no_group_cannot_be_unwrapped() -> None:
    """And the reason is told."""
    with pytest.raises(CannotEdit, match="no group"):
        unwrapped(Expression((A,)), (0,))


def test_what_a_group_that_is_off_held_stays_off() -> None:
    """Dissolving a group must not ask what was not asked."""
    off = ConditionGroup(GroupKind.OR, (A, B), is_off=True)
    changed, _ = unwrapped(Expression((off,)), (0,))
    assert [node.is_off for node in changed.nodes] == [True, True]


def test_the_same_condition_is_appended_once() -> None:
    """If it is there but off, it is switched on."""
    off = Condition("a", "exists", is_off=True)
    assert appended(Expression((off, B)), A) == (Expression((A, B)), (0,))
    assert appended(Expression((B,)), A) == (Expression((B, A)), (1,))


@pytest.mark.parametrize("path", [(), (3,), (0, 0)])
def test_a_path_to_nothing_is_an_error(path: Path) -> None:
    """A stale path must not edit a neighbour."""
    with pytest.raises(IndexError):
        node_at(Expression((A,)), path)


def _is_double_not(expression: Expression, path: Path) -> bool:
    """Whether a `not` stands directly in another one, at the node or around it."""
    node = node_at(expression, path)
    is_not = isinstance(node, ConditionGroup) and node.kind is GroupKind.NOT
    if isinstance(node, ConditionGroup) and is_not and node.nodes:
        inner = node.nodes[0]
        if isinstance(inner, ConditionGroup) and inner.kind is GroupKind.NOT:
            return True
    around = stands_in_not(expression, path)
    return around and (is_not or stands_in_not(expression, path[:-1]))


def _all_on(expression: Expression) -> Expression:
    """The same with everything on: dissolving a group that is off switches off what it held."""

    def on(node: ExpressionNode) -> ExpressionNode:
        if isinstance(node, Condition):
            return Condition(node.field, node.operator, node.value)
        return ConditionGroup(node.kind, tuple(on(child) for child in node.nodes))

    return Expression(tuple(on(node) for node in expression.nodes), expression.sort)
