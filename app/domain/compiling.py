"""An expression as the query that is sent: what is off is left out, and date words become the time they mean.

A word is a stretch of time: `= monday` holds from its start to its end, `> monday` after its end, `>= monday` from its
start. Its negation holds for empty values too, as `ne` does.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from app.domain.clause_faults import ClauseFault
from app.domain.date_conditions import SPANS, DatedCondition, NotSayable, as_one, literal
from app.domain.date_words import DATE_WORDS, Calendar, is_date_word, shown_word
from app.domain.errors import Fault
from app.domain.expression import (
    Condition,
    ConditionGroup,
    DateWord,
    Expression,
    ExpressionNode,
    Operand,
    Path,
)
from app.domain.operators import OperatorName
from app.domain.paths import Resolved, SchemaMissing, Schemas, attribute_at, resolve_path
from app.domain.query import Filter, FilterGroup, GroupKind, Node, Query


class CompileError(Exception):
    """An expression that no query says; nothing was sent."""

    def __init__(self, faults: tuple[ClauseFault, ...]) -> None:
        super().__init__(faults[0].fault.message)
        self.faults = faults
        """At least one, in the expression's order."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A query, and which part of the expression each of its nodes came from."""

    query: Query
    origins: Mapping[Path, Path]
    """By the path in the query's filters, the path in the expression."""
    faults: tuple[ClauseFault, ...] = ()
    """Conditions that no query says; they are missing in it."""


def compile_expression(
    expression: Expression, record_type: str, schemas: Schemas, calendar: Calendar
) -> Query:
    """The query an expression means now.

    Raises:
        CompileError: naming every condition that cannot be asked.
    """
    made = compiled(expression, record_type, schemas, calendar)
    if made.faults:
        raise CompileError(made.faults)
    return made.query


def compiled(
    expression: Expression, record_type: str, schemas: Schemas, calendar: Calendar
) -> Compiled:
    """The same with what is needed to lead back from the query to the expression."""
    compiler = _Compiler(record_type, schemas, calendar)
    filters = compiler.children(expression.nodes, (), (), is_and=True)
    return Compiled(
        Query(record_type, filters, expression.sort),
        MappingProxyType(compiler.origins),
        tuple(compiler.faults),
    )


def resolved(condition: Condition, record_type: str, schemas: Schemas, calendar: Calendar) -> str:
    """What the date words of a condition mean now, for people: days, or the very moment that will be sent.

    Empty without such words, and where they mean nothing.
    """
    attribute = attribute_at(condition.field, record_type, schemas)
    if not _words(condition.value) or attribute is None or attribute.value_type not in SPANS:
        return ""
    live = replace(condition, is_off=False)
    made = compiled(Expression((live,)), record_type, schemas, calendar)
    if made.faults:
        return ""
    sent = made.query.filters
    if len(sent) == 1 and isinstance(sent[0], Filter) and isinstance(sent[0].value, str):
        return sent[0].value
    operands = condition.value if isinstance(condition.value, tuple) else (condition.value,)
    texts = [
        shown_word(row.text, calendar) if isinstance(row, DateWord) else str(row)
        for row in operands
    ]
    if condition.operator == OperatorName.BETWEEN:
        return f"{texts[0].split(' .. ')[0]} .. {texts[-1].split(' .. ')[-1]}"
    return ", ".join(texts)


@dataclass
class _Compiler:
    """Compiles one expression."""

    record_type: str
    schemas: Schemas
    calendar: Calendar
    origins: dict[Path, Path] = field(default_factory=dict)
    faults: list[ClauseFault] = field(default_factory=list)

    def children(
        self, nodes: Iterable[ExpressionNode], at: Path, to: Path, *, is_and: bool
    ) -> tuple[Node, ...]:
        """The nodes of a group that stands at `at` in the expression and at `to` in the query."""
        made: list[Node] = []
        for index, node in enumerate(nodes):
            here = (*at, index)
            if node.is_off:
                continue
            if isinstance(node, ConditionGroup):
                group = self._group(node, here, (*to, len(made)))
                made += [] if group is None else [group]
                continue
            parts = self._condition(node, here)
            for part in parts if is_and else as_one(parts):
                self._came_from(here, part, (*to, len(made)))
                made.append(part)
        return tuple(made)

    def _group(self, group: ConditionGroup, at: Path, to: Path) -> Node | None:
        """A group; `None` if nothing is left in it. A `not` of several things says that not all of them hold."""
        is_not = group.kind is GroupKind.NOT
        is_wrapped = is_not and len(group.nodes) > 1
        inner = (*to, 0) if is_wrapped else to
        is_and = is_wrapped or group.kind is GroupKind.AND
        nodes = self.children(group.nodes, at, inner, is_and=is_and)
        if not nodes:
            return None
        self.origins[to] = self.origins[inner] = at
        if is_wrapped:
            return FilterGroup(GroupKind.NOT, (FilterGroup(GroupKind.AND, nodes),))
        return FilterGroup(group.kind, nodes)

    def _came_from(self, origin: Path, node: Node, to: Path) -> None:
        self.origins[to] = origin
        if isinstance(node, FilterGroup):
            for index, child in enumerate(node.nodes):
                self._came_from(origin, child, (*to, index))

    def _condition(self, condition: Condition, at: Path) -> tuple[Node, ...]:
        """What must hold, all of it; nothing, and a fault, if it cannot be asked."""
        words = _words(condition.value)
        if not words:
            return (literal(condition),)
        answer = resolve_path(condition.field, self.record_type, self.schemas)
        if isinstance(answer, SchemaMissing):
            text = f"What {words[0]} means there depends on the schema of {answer.record_type}, which is not known."
            return self._refused(at, "invalid_filter_field", text, condition.field)
        if not isinstance(answer, Resolved) or answer.attribute.value_type not in SPANS:
            return (literal(condition),)
        for word in words:
            if not is_date_word(word):
                near = difflib.get_close_matches(word, [row.word for row in DATE_WORDS], 3)
                question = f" Did you mean {near[0]}?" if near else ""
                text = f"{word} is no date.{question}"
                return self._refused(at, "invalid_filter_value", text, condition.field, *near)
        try:
            return DatedCondition(condition, answer, self.calendar).nodes()
        except NotSayable:
            operators = answer.attribute.filter_operators
            text = f"{condition.field} takes {', '.join(operators)}: none of them says {condition.operator} {words[0]}."
            return self._refused(at, "invalid_filter_operator", text, condition.field, *operators)

    def _refused(
        self, at: Path, code: str, text: str, about: str, *choices: str
    ) -> tuple[Node, ...]:
        self.faults.append(ClauseFault(at, Fault(code, text, about), choices))
        return ()


def _words(value: Operand) -> list[str]:
    operands = value if isinstance(value, tuple) else (value,)
    return [row.text for row in operands if isinstance(row, DateWord)]
