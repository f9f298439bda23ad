"""What stands against a question before it is sent: by the schemas, the documentation and what was learned.

Each fault has the code the API would answer with. What no schema tells is left to the server.
"""

import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from app.domain.capabilities import ResourceMatrix
from app.domain.clause_faults import ClauseFault
from app.domain.compiling import Compiled, compiled
from app.domain.date_words import Calendar
from app.domain.errors import Fault
from app.domain.expression import Expression, Path
from app.domain.operand_lint import BadOperand, check_operands
from app.domain.paths import NoSuchName, Resolved, Schemas, path_starts, resolve_path
from app.domain.query import MAX_SORTS, Filter, FilterGroup, GroupKind, Node, Query, Sort
from app.domain.query_limits import TOO_DEEP, DepthLesson, QueryLimits, group_depth, path_depth
from app.domain.schema import RecordType
from app.domain.scopes import asked_schemas, lint_scope

MAX_GUESSES: Final = 5
"""Unknown names of one question that are compared with those there are: a comparison takes milliseconds."""


def lint_query(
    query: Query, schemas: Schemas, resources: ResourceMatrix
) -> tuple[ClauseFault, ...]:
    """The faults of a question, clause by clause, then those of its sort. Empty: nothing is known to stand against it."""
    asked = asked_schemas(schemas, resources)
    limits = resources.learned.limits
    linter = _Linter(query.record_type, asked, limits)
    return (
        *linter.nodes(query.filters, ()),
        *lint_scope(query, resources.rule(query.record_type)),
        *_lint_group_depth(query.filters, limits.groups),
        *_lint_sorts(query.sort, asked.get(query.record_type)),
    )


def lint_expression(
    expression: Expression,
    record_type: str,
    schemas: Schemas,
    resources: ResourceMatrix,
    calendar: Calendar,
) -> tuple[ClauseFault, ...]:
    """The same for an expression, by the paths of its own clauses; what is off is not looked at."""
    asked = asked_schemas(schemas, resources)
    made = compiled(expression, record_type, asked, calendar)
    own = [_at_origin(row, made) for row in lint_query(made.query, schemas, resources)]
    found = dict.fromkeys((*made.faults, *own))
    return tuple(sorted(found, key=lambda row: row.path or (_LAST,)))


_LAST: Final = 1 << 30
"""Behind every clause."""


def _at_origin(fault: ClauseFault, made: Compiled) -> ClauseFault:
    return replace(fault, path=made.origins.get(fault.path, ()))


class _Linter:
    """Looks at the clauses of one question."""

    def __init__(self, record_type: str, schemas: Schemas, limits: QueryLimits) -> None:
        self._record_type = record_type
        self._schemas = schemas
        self._limits = limits
        self._guesses = MAX_GUESSES

    def nodes(self, nodes: Sequence[Node], at: Path) -> Iterator[ClauseFault]:
        """The faults of the nodes that stand at `at`."""
        for index, node in enumerate(nodes):
            here = (*at, index)
            if isinstance(node, FilterGroup):
                yield from self._group(node, here)
            else:
                yield from self._leaf(node, here)

    def _group(self, group: FilterGroup, at: Path) -> Iterator[ClauseFault]:
        if not group.nodes or (group.kind is GroupKind.NOT and len(group.nodes) != 1):
            takes = "one condition" if group.kind is GroupKind.NOT else "at least one condition"
            text = f"A group of {group.kind} takes {takes}, and has {len(group.nodes) or 'none'}."
            yield ClauseFault(at, Fault("invalid_filter_value", text))
        yield from self.nodes(group.nodes, at)

    def _leaf(self, leaf: Filter, at: Path) -> Iterator[ClauseFault]:
        """The first thing wrong with a condition: its depth, its field, its operator, its value."""
        lesson = self._limits.path
        if lesson is not None and path_depth(leaf.field) >= lesson.depth:
            text = f"{leaf.field} has {path_depth(leaf.field)} steps before its attribute{_learned(lesson)}"
            yield ClauseFault(at, Fault(TOO_DEEP, text, leaf.field))
            return
        answer = resolve_path(leaf.field, self._record_type, self._schemas)
        if isinstance(answer, NoSuchName):
            yield self._no_such_name(leaf, answer, at)
        elif isinstance(answer, Resolved):
            yield from _lint_attribute(leaf, answer, at)

    def _no_such_name(self, leaf: Filter, answer: NoSuchName, at: Path) -> ClauseFault:
        """An unknown name, with the names that are like it, or else all that may stand there."""
        owner, name = answer.owner, answer.name
        what = "relationship or reference" if answer.is_hop else "attribute"
        steps = [hop.name for hop in path_starts(owner)]
        if not answer.is_hop and name in steps:
            text = f"{name} leads from {owner.api_name} to other records: name an attribute of theirs, as in {name}.id."
            return ClauseFault(at, Fault("invalid_filter_field", text, leaf.field))
        known = steps if answer.is_hop else _filterable(owner)
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.6) if self._guesses else []
        self._guesses -= bool(self._guesses)
        question = f" Did you mean {near[0]}?" if near else ""
        text = f"{owner.api_name} has no {what} {name}.{question}"
        choices = _inside(leaf.field, near or known, answer.index)
        return ClauseFault(at, Fault("invalid_filter_field", text, leaf.field), choices)


def _lint_attribute(leaf: Filter, place: Resolved, at: Path) -> Iterator[ClauseFault]:
    attribute = place.attribute
    if not attribute.is_filterable:
        text = f"{place.owner.api_name}.{attribute.api_name} is not filterable."
        choices = _inside(leaf.field, _filterable(place.owner), path_depth(leaf.field))
        yield ClauseFault(at, Fault("invalid_filter_field", text, leaf.field), choices)
        return
    offered = attribute.filter_operators
    if leaf.operator not in offered:
        text = f"{leaf.field} takes {', '.join(offered)}, not {leaf.operator}."
        yield ClauseFault(at, Fault("invalid_filter_operator", text, leaf.field), offered)
        return
    try:
        check_operands(attribute, leaf.operator, leaf.value)
    except BadOperand as error:
        text = f"The value for {leaf.field} {error.why}."
        yield ClauseFault(at, Fault("invalid_filter_value", text, leaf.field), error.choices)


def _inside(field: str, names: Iterable[str], index: int) -> tuple[str, ...]:
    """The path with each name in the place of one of its own."""
    parts = field.split(".")
    return tuple(".".join((*parts[:index], name, *parts[index + 1 :])) for name in names)


def _filterable(owner: RecordType) -> list[str]:
    return [row.api_name for row in owner.attributes if row.is_filterable]


def _learned(lesson: DepthLesson) -> str:
    return f"; the server refused {lesson.depth} ({lesson.evidence})."


def _lint_group_depth(nodes: Sequence[Node], lesson: DepthLesson | None) -> Iterator[ClauseFault]:
    """The first group that stands as deep as was refused."""
    if lesson is None or group_depth(nodes) < lesson.depth:
        return
    text = f"Groups stand {group_depth(nodes)} deep inside one another{_learned(lesson)}"
    yield ClauseFault(_deep_group(nodes, lesson.depth), Fault(TOO_DEEP, text))


def _deep_group(nodes: Sequence[Node], depth: int) -> Path:
    for index, node in enumerate(nodes):
        if isinstance(node, FilterGroup) and 1 + group_depth(node.nodes) >= depth:
            return (index,) if depth == 1 else (index, *_deep_group(node.nodes, depth - 1))
    return ()


def _lint_sorts(sorts: Sequence[Sort], schema: RecordType | None) -> Iterator[ClauseFault]:
    seen: set[str] = set()
    for index, sort in enumerate(sorts):
        if index >= MAX_SORTS:
            text = f"A query takes {MAX_SORTS} sort keys; {sort.field} is one more."
            yield ClauseFault((), Fault("sort_too_many_fields", text, sort.field), (), index)
        elif sort.field in seen:
            text = f"{sort.field} is a sort key twice; the second one has no effect."
            yield ClauseFault((), Fault("", text, sort.field), (), index)
        elif schema is not None:
            yield from _lint_sort(sort, index, schema)
        seen.add(sort.field)


def _lint_sort(sort: Sort, index: int, schema: RecordType) -> Iterator[ClauseFault]:
    attribute = schema.attribute_by_name.get(sort.field)
    if attribute is not None and attribute.is_sortable:
        return
    sortable = [row.api_name for row in schema.attributes if row.is_sortable]
    near = difflib.get_close_matches(sort.field, sortable, n=3, cutoff=0.6)
    if attribute is None:
        question = f" Did you mean {near[0]}?" if near else ""
        text = f"{schema.api_name} has no attribute {sort.field} to sort by.{question}"
    else:
        text = f"{schema.api_name}.{sort.field} is not sortable."
    fault = Fault("unsortable_field", text, sort.field)
    yield ClauseFault((), fault, tuple(near or sortable), index)
