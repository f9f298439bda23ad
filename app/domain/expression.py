"""A question as a person holds it: relative dates stay words, and conditions can be off without being gone.

An `Expression` is what the query builder edits and the text face writes; a `Query` is what is sent. Every query is an
expression (`expression_of`); an expression becomes a query when its words are resolved (`compile_expression` in
`app/domain/compiling.py`).
"""

from dataclasses import dataclass
from typing import Final

from app.domain.operators import OPERATORS, Arity, OperatorName
from app.domain.query import Filter, FilterGroup, GroupKind, Node, Query, Sort
from app.domain.values import Json


@dataclass(frozen=True, slots=True)
class DateWord:
    """A date in words, such as `today`, `monday`, `7d`, `-2w` or `2026-06`: it means something else every day."""

    text: str
    """In lower case."""


Operand = Json | DateWord | tuple[Json | DateWord, ...]
"""What a condition compares with: a plain JSON value, a date word, or several of them for an operator that takes several.

`None` where the operator takes nothing.
"""


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on one attribute."""

    field: str
    """An attribute's API name, or a dot path over relationships."""
    operator: str
    """The API's word; one that is not among `OPERATORS` is kept as it is."""
    value: Operand = None
    is_off: bool = False
    """Kept, shown, and not asked."""


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """Several conditions joined, or one negated."""

    kind: GroupKind
    nodes: tuple["ExpressionNode", ...] = ()
    """A `not` group has exactly one; an `and` or `or` group that is being made may be empty."""
    is_off: bool = False
    """Kept, shown, and not asked, with all that is inside."""


ExpressionNode = Condition | ConditionGroup
"""A part of an expression."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A question without its record type; all top-level nodes must hold."""

    nodes: tuple[ExpressionNode, ...] = ()
    sort: tuple[Sort, ...] = ()


EMPTY: Final = Expression()
"""All records in the default order."""

Path = tuple[int, ...]
"""Where a node stands: its index at each level, from the top."""


def expression_of(query: Query) -> Expression:
    """The expression that asks the same question, node for node."""
    return Expression(tuple(_node_of(node) for node in query.filters), query.sort)


def takes_several(operator: str) -> bool:
    """Whether the operator's value is a list of operands."""
    try:
        row = OPERATORS[OperatorName(operator)]
    except ValueError:
        return False
    return row.arity in {Arity.TWO, Arity.MANY}


def _node_of(node: Node) -> ExpressionNode:
    if isinstance(node, FilterGroup):
        return ConditionGroup(node.kind, tuple(_node_of(child) for child in node.nodes))
    return _condition_of(node)


def _condition_of(leaf: Filter) -> Condition:
    value: Operand = leaf.value
    if takes_several(leaf.operator) and isinstance(leaf.value, list):
        value = tuple(leaf.value)
    return Condition(leaf.field, leaf.operator, value)
