"""Random expressions: trees of conditions and groups, some switched off."""

from hypothesis import strategies as st

from app.domain.expression import (
    Condition,
    ConditionGroup,
    Expression,
    ExpressionNode,
    Operand,
    takes_several,
)
from app.domain.query import GroupKind
from tests.domain.strategies import filters, sorts


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """A condition whose value has the shape its operator takes."""
    drawn = draw(filters())
    value: Operand = drawn.value
    if takes_several(drawn.operator) and isinstance(drawn.value, list):
        value = tuple(drawn.value)
    return Condition(drawn.field, drawn.operator, value, draw(st.booleans()))


def _groups(inner: st.SearchStrategy[ExpressionNode]) -> st.SearchStrategy[ExpressionNode]:
    several = st.lists(inner, max_size=3).map(tuple)
    joined = st.builds(
        ConditionGroup, st.sampled_from([GroupKind.AND, GroupKind.OR]), several, st.booleans()
    )
    opposite = st.builds(
        ConditionGroup, st.just(GroupKind.NOT), inner.map(lambda node: (node,)), st.booleans()
    )
    return joined | opposite


expression_nodes: st.SearchStrategy[ExpressionNode] = st.recursive(
    conditions(), _groups, max_leaves=8
)
"""Parts of expressions; `and` and `or` groups may be empty."""

expressions: st.SearchStrategy[Expression] = st.builds(
    Expression,
    st.lists(expression_nodes, max_size=4).map(tuple),
    st.lists(sorts, max_size=3).map(tuple),
)
"""Expressions as the builder may hold them."""
