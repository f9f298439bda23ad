"""Edits of an expression's tree, as the builder makes them: each gives the new expression and where the cursor stands in it.

A path names a node by its index at each level; the empty path is the expression itself. An `and` or `or` group may be left
empty, for its next condition may come; a `not` group always holds one node and goes when that goes.
"""

from collections.abc import Callable
from dataclasses import replace

from app.domain.expression import (
    Condition,
    ConditionGroup,
    Expression,
    ExpressionNode,
    Path,
)
from app.domain.query import GroupKind

Edited = tuple[Expression, Path]
"""The expression after an edit, and the path of the node that was edited, or of its neighbour if it is gone."""

Nodes = tuple[ExpressionNode, ...]


class CannotEdit(ValueError):
    """The edit has no meaning at this place; the text says why."""


def node_at(expression: Expression, path: Path) -> ExpressionNode:
    """The node at a path.

    Raises:
        IndexError: when nothing stands there.
    """
    node, nodes = None, expression.nodes
    for index in path:
        node = nodes[index]
        nodes = _inside(node)
    if node is None:
        raise IndexError("the empty path names the expression, not a node")
    return node


def all_paths(expression: Expression) -> tuple[Path, ...]:
    """Every node's path, in reading order."""
    return tuple(_paths((), expression.nodes))


def replaced(expression: Expression, path: Path, node: ExpressionNode) -> Edited:
    """Another node in the place of one."""
    return _with_siblings(
        expression, path, lambda nodes, at: (*nodes[:at], node, *nodes[at + 1 :])
    ), path


def inserted(expression: Expression, path: Path, node: ExpressionNode) -> Edited:
    """A node at a path; what stood there comes after it.

    A `not` group holds one node: what is put beside it joins it in an `and` group.
    """
    parent, at = path[:-1], path[-1]
    if parent and _is_not(node_at(expression, parent)):
        expression, _ = wrapped(expression, (*parent, 0), GroupKind.AND)
        parent = (*parent, 0)
    siblings = _children(expression, parent)
    changed = (*siblings[:at], node, *siblings[at:])
    return _with_children(expression, parent, changed), (*parent, at)


def appended(expression: Expression, node: ExpressionNode) -> Edited:
    """One more node at the end of the top level; if the same one is there already, that one, switched on."""
    for index, present in enumerate(expression.nodes):
        if replace(present, is_off=node.is_off) == node:
            return replaced(expression, (index,), node)
    return inserted(expression, (len(expression.nodes),), node)


def removed(expression: Expression, path: Path) -> Edited:
    """Without a node, and without the `not` around it; the cursor goes to what follows, precedes or surrounds it."""
    while len(path) > 1 and _is_not(node_at(expression, path[:-1])):
        path = path[:-1]
    parent, at = path[:-1], path[-1]
    siblings = _children(expression, parent)
    left = (*siblings[:at], *siblings[at + 1 :])
    place = (*parent, min(at, len(left) - 1)) if left else parent
    return _with_children(expression, parent, left), place


def moved(expression: Expression, path: Path, step: int) -> Edited:
    """A node one place up (`step` -1) or down (1): past a condition, into a group it meets, out of the group it leaves.

    The `not` around a node moves with it. At either end of the expression nothing happens.
    """
    mover: Path = path
    inner: Path = ()
    while len(mover) > 1 and _is_not(node_at(expression, mover[:-1])):
        mover, inner = mover[:-1], (0, *inner)
    target = _place_beside(expression, mover, step)
    if target is None:
        return expression, path
    node = node_at(expression, mover)
    parent, at = mover[:-1], mover[-1]
    siblings = _children(expression, parent)
    shorter = _with_children(expression, parent, (*siblings[:at], *siblings[at + 1 :]))
    result, place = inserted(shorter, target, node)
    return result, (*place, *inner)


def wrapped(expression: Expression, path: Path, kind: GroupKind) -> Edited:
    """A node in a group of its own; the cursor stays on the node."""
    group = ConditionGroup(kind, (node_at(expression, path),))
    return replaced(expression, path, group)[0], (*path, 0)


def unwrapped(expression: Expression, path: Path) -> Edited:
    """What a group holds in the place of the group; at a condition: of the group it stands in.

    Raises:
        CannotEdit: at a condition outside all groups, and where a `not` would be left with several nodes.
    """
    node = node_at(expression, path)
    if isinstance(node, Condition):
        if len(path) == 1:
            raise CannotEdit("This condition stands in no group")
        around, at = path[:-1], path[-1]
        result, place = unwrapped(expression, around)
        return result, (*place[:-1], place[-1] + at)
    parent = path[:-1]
    if parent and _is_not(node_at(expression, parent)) and len(node.nodes) != 1:
        raise CannotEdit("A not holds one node: this group keeps its conditions together")
    if not node.nodes:
        return removed(expression, path)
    inside = tuple(_switched_off(child) for child in node.nodes) if node.is_off else node.nodes
    return _with_siblings(
        expression, path, lambda nodes, at: (*nodes[:at], *inside, *nodes[at + 1 :])
    ), path


def negated(expression: Expression, path: Path) -> Edited:
    """The opposite of a node: in a `not`, or without the one that is there."""
    if len(path) > 1 and _is_not(node_at(expression, path[:-1])):
        return unwrapped(expression, path[:-1])
    if _is_not(node_at(expression, path)):
        return unwrapped(expression, path)
    return wrapped(expression, path, GroupKind.NOT)


def switched(expression: Expression, path: Path) -> Edited:
    """A node off, so that it is kept and not asked, or on again."""
    node = node_at(expression, path)
    return replaced(expression, path, replace(node, is_off=not node.is_off))


def _place_beside(expression: Expression, path: Path, step: int) -> Path | None:
    """Where a node comes when it moves by one, told for the tree without it; `None` at the end of the expression."""
    parent, at = path[:-1], path[-1]
    neighbour = at + step
    siblings = _children(expression, parent)
    if 0 <= neighbour < len(siblings):
        entered = _joining_group((), siblings[neighbour])
        if entered is None:
            return (*parent, neighbour)
        door, group = entered
        return (*parent, min(at, neighbour), *door, 0 if step > 0 else len(group.nodes))
    while len(parent) > 1 and _is_not(node_at(expression, parent[:-1])):
        parent = parent[:-1]
    if not parent:
        return None
    return (*parent[:-1], parent[-1] + (step > 0))


def _joining_group(door: Path, node: ExpressionNode) -> tuple[Path, ConditionGroup] | None:
    """The `and` or `or` group that a node is, or that is negated in it, with the way to it."""
    if isinstance(node, Condition):
        return None
    return _joining_group((*door, 0), node.nodes[0]) if _is_not(node) else (door, node)


def _is_not(node: ExpressionNode) -> bool:
    return isinstance(node, ConditionGroup) and node.kind is GroupKind.NOT


def _inside(node: ExpressionNode) -> Nodes:
    return node.nodes if isinstance(node, ConditionGroup) else ()


def _children(expression: Expression, parent: Path) -> Nodes:
    return _inside(node_at(expression, parent)) if parent else expression.nodes


def _with_children(expression: Expression, parent: Path, nodes: Nodes) -> Expression:
    if not parent:
        return replace(expression, nodes=nodes)
    group = node_at(expression, parent)
    if isinstance(group, Condition):
        raise IndexError("a condition holds no nodes")
    return replaced(expression, parent, replace(group, nodes=nodes))[0]


def _with_siblings(
    expression: Expression, path: Path, change: Callable[[Nodes, int], Nodes]
) -> Expression:
    """The expression with the row of nodes around a path changed; `change` gets the row and the place in it."""
    node_at(expression, path)
    return replace(expression, nodes=_changed(expression.nodes, path, change))


def _changed(nodes: Nodes, path: Path, change: Callable[[Nodes, int], Nodes]) -> Nodes:
    at = path[0]
    if len(path) == 1:
        return change(nodes, at)
    group = nodes[at]
    assert isinstance(group, ConditionGroup)
    inner = replace(group, nodes=_changed(group.nodes, path[1:], change))
    return (*nodes[:at], inner, *nodes[at + 1 :])


def _switched_off(node: ExpressionNode) -> ExpressionNode:
    return replace(node, is_off=True)


def _paths(parent: Path, nodes: Nodes) -> list[Path]:
    found: list[Path] = []
    for index, node in enumerate(nodes):
        path = (*parent, index)
        found += [path, *_paths(path, _inside(node))]
    return found
