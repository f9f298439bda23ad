"""The lines of a query builder: one per clause and sort key, and those that add one."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.expression import (
    Condition,
    ConditionGroup,
    Expression,
    ExpressionNode,
    Path,
)
from app.domain.query import Direction, GroupKind
from app.domain.safe_text import Shown, shown
from widgets.line import Part, paragraph
from widgets.lines_view import Item, LineParts
from widgets.looks import Look


class RowKind(StrEnum):
    """What a line of the builder stands for."""

    CLAUSE = "clause"
    ADD_CLAUSE = "add clause"
    SORT = "sort"
    ADD_SORT = "add sort"


Place = tuple[RowKind, Path]
"""A line of the builder, whatever it says."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line."""

    kind: RowKind
    path: Path = ()
    """Where the clause stands, or the index of the sort key."""
    node: ExpressionNode | None = None

    @property
    def place(self) -> Place:
        """Which line it is."""
        return self.kind, self.path


TextOf = Callable[[Condition], Shown]
"""A condition in words."""

GROUP_WORDS: Final[Mapping[GroupKind, str]] = {
    GroupKind.AND: "all of",
    GroupKind.OR: "any of",
    GroupKind.NOT: "not",
}


def rows_of(expression: Expression, *, is_sorted_by_itself: bool = False) -> tuple[Row, ...]:
    """Every line, in order; a record type that comes in an order of its own has none for sort keys."""
    sorts = [Row(RowKind.SORT, (index,)) for index in range(len(expression.sort))]
    end = [] if is_sorted_by_itself else [*sorts, Row(RowKind.ADD_SORT)]
    return (*_clauses((), expression.nodes), Row(RowKind.ADD_CLAUSE), *end)


def _clauses(parent: Path, nodes: Iterable[ExpressionNode]) -> list[Row]:
    rows: list[Row] = []
    for index, node in enumerate(nodes):
        path = (*parent, index)
        rows.append(Row(RowKind.CLAUSE, path, node))
        if isinstance(node, ConditionGroup):
            rows += _clauses(path, node.nodes)
    return rows


def row_item(
    row: Row,
    expression: Expression,
    text_of: TextOf,
    faults: Mapping[Place, tuple[Shown, ...]],
    width_cells: int,
) -> Item:
    """A line as it is shown, wrapped to a width, with what is wrong below it."""
    indent = 2 * max(0, len(row.path) - 1)
    wrong = faults.get(row.place, ())
    below = [
        line
        for text in wrong
        for line in paragraph(Shown(f"! {text}"), width_cells, "bad", indent=indent + 2)
    ]
    match row.kind:
        case RowKind.ADD_CLAUSE:
            return _adding("add a condition", "a")
        case RowKind.ADD_SORT:
            return _adding("sort by", "Enter")
        case RowKind.SORT:
            return (_sort_line(row.path[0], expression), *below)
        case RowKind.CLAUSE:
            assert row.node is not None
            look: Look = "muted" if row.node.is_off else ("bad" if wrong else "")
            return (*_clause_lines(row.node, indent, text_of, look, width_cells), *below)


def _clause_lines(
    node: ExpressionNode, indent: int, text_of: TextOf, look: Look, width_cells: int
) -> tuple[LineParts, ...]:
    off = Shown("off " if node.is_off else "")
    if isinstance(node, Condition):
        return paragraph(Shown(off + text_of(node)), width_cells, look, indent=indent)
    empty = "" if node.nodes else " (nothing yet: a adds)"
    return (
        (
            Part(Shown(" " * indent)),
            Part(Shown(off + GROUP_WORDS[node.kind]), look or "strong"),
            Part(Shown(empty), "muted"),
        ),
    )


def _sort_line(index: int, expression: Expression) -> tuple[Part, ...]:
    key = expression.sort[index]
    direction = "descending" if key.direction is Direction.DESC else "ascending"
    return (
        Part(Shown(f"sort {index + 1}: "), "muted"),
        Part(shown(key.field)),
        Part(Shown(f" {direction}"), "muted"),
    )


def _adding(words: str, key: str) -> Item:
    return (
        (Part(Shown("+ "), "muted"), Part(Shown(words), "muted"), Part(Shown(f"  {key}"), "key")),
    )
