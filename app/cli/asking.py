"""An expression on the command line: read, looked at before it is sent, and made a query."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from app.cli.failures import Exit, Failed, describe
from app.cli.table import text_width
from app.controller.session import Session
from app.domain.clause_faults import ClauseFault
from app.domain.compiling import compiled
from app.domain.date_words import Calendar
from app.domain.errors import BackendError, Forbidden, NotFound
from app.domain.expression import ConditionGroup, Expression, ExpressionNode, Path
from app.domain.expression_error import ExpressionError, place
from app.domain.expression_text import expression_text, parse_expression
from app.domain.guilty_clause import guilty_clause, guilty_sort
from app.domain.paths import Schemas, missing_schemas
from app.domain.query import Query, Sort
from app.domain.query_lint import lint_expression
from app.domain.safe_text import shown
from app.domain.schema import RecordType
from app.domain.scopes import asked_schemas

MAX_CHOICES: Final = 12
"""Names that a message lists; `crmdeck schema TYPE` lists all."""

_SIDE: Final = 50
"""Characters of the line that stand before and behind the wrong one in a message."""


@dataclass(frozen=True, slots=True)
class _Face:
    """An expression and what its text depends on."""

    expression: Expression
    schema: RecordType
    schemas: Schemas

    def clause(self, path: Path) -> str:
        """The text of one clause; empty for the question as a whole."""
        nodes: Sequence[ExpressionNode] = self.expression.nodes
        node: ExpressionNode | None = None
        for index in path:
            node = nodes[index]
            nodes = node.nodes if isinstance(node, ConditionGroup) else ()
        if node is None:
            return ""
        return expression_text(Expression((node,)), self.schema, self.schemas)


@dataclass(frozen=True, slots=True)
class Asked:
    """A query, and what leads back from it to the text it came from, if it came from one."""

    query: Query
    face: _Face | None = None
    origins: Mapping[Path, Path] = field(default_factory=lambda: MappingProxyType({}))

    def pinned(self, error: BackendError) -> Failed | None:
        """The failure that names the clause a server's refusal is about; `None` if it names none."""
        clause = self._guilty(error)
        if not clause:
            return None
        what, *ways = describe(error)
        return Failed(what, _in_clause(clause), *ways)

    def _guilty(self, error: BackendError) -> str:
        path, key = guilty_clause(self.query, error), guilty_sort(self.query, error)
        if path is not None and self.face is not None:
            return self.face.clause(self.origins[path])
        return "" if key is None else f"order by {self.query.sort[key]}"


async def ask_text(
    session: Session, schema: RecordType, text: str, sorts: Sequence[Sort], calendar: Calendar
) -> Asked:
    """The query that a text asks of a record type; `sorts` come before what it orders by.

    The schemas its paths lead through are read from the server, as far as it has them.

    Raises:
        Failed: for a text that is no expression, and for what the API would refuse; no query is sent then.
        BackendError: if a schema cannot be read.
    """
    expression, schemas = await _read(session, schema, text)
    named = {sort.field for sort in sorts}
    behind = (sort for sort in expression.sort if sort.field not in named)
    expression = replace(expression, sort=(*sorts, *behind))
    resources = session.backend.resources
    faults = lint_expression(expression, schema.api_name, schemas, resources, calendar)
    face = _Face(expression, schema, schemas)
    if faults:
        lines = [line for fault in faults for line in _fault_lines(fault, face)]
        raise Failed(*lines, "Nothing was sent.")
    made = compiled(expression, schema.api_name, asked_schemas(schemas, resources), calendar)
    return Asked(made.query, face, made.origins)


async def asked_query(
    session: Session, schema: RecordType, text: str, sorts: Sequence[Sort], calendar: Calendar
) -> Query:
    """The same without what leads back."""
    return (await ask_text(session, schema, text, sorts, calendar)).query


def check_text(text: str) -> None:
    """Return if a text is an expression, whatever the names in it mean. Raises `Failed`."""
    _parsed(text, None, {})


def _parsed(text: str, schema: RecordType | None, schemas: Schemas) -> Expression:
    try:
        return parse_expression(text, schema, schemas)
    except ExpressionError as error:
        raise Failed(*_error_lines(error, text), status=Exit.USAGE) from None


async def _read(session: Session, schema: RecordType, text: str) -> tuple[Expression, Schemas]:
    """The expression, and the schemas known in the end; what a name means may depend on them."""
    schemas = {schema.api_name: schema}
    tried: set[str] = set()
    while True:
        asked = asked_schemas(schemas, session.backend.resources)
        expression = _parsed(text, asked[schema.api_name], asked)
        fields = _fields(expression.nodes)
        missing = set(missing_schemas(fields, schema.api_name, asked)) - tried
        if not missing:
            return expression, schemas
        tried |= missing
        for name in sorted(missing):
            try:
                schemas[name] = await session.backend.schema(name)
            except (NotFound, Forbidden):
                continue  # the server knows what the path leads to, and may still answer


def _fields(nodes: Iterable[ExpressionNode]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ConditionGroup):
            yield from _fields(node.nodes)
        else:
            yield node.field


def _error_lines(error: ExpressionError, text: str) -> tuple[str, ...]:
    """What is wrong, and a mark below the place."""
    start = text.rfind("\n", 0, error.position) + 1
    end = text.find("\n", error.position)
    line = text[start:] if end < 0 else text[start:end]
    column = min(error.position - start, len(line))
    first = max(0, column - _SIDE)
    before, behind = line[first:column], line[column : column + _SIDE]
    lead = "  ..." if first else "  "
    trail = "..." if column + _SIDE < len(line) else ""
    width = text_width(shown(before))
    where = f"{place(text, error.position)}: " if "\n" in text else ""
    return (
        f"{where}{error.message}",
        f"{lead}{before}{behind}{trail}",
        f"{' ' * (len(lead) + width)}^",
        *([f"Expected: {_listed(error.expected)}"] if error.expected else []),
    )


def _fault_lines(fault: ClauseFault, face: _Face) -> Iterator[str]:
    """What is wrong, in which clause, and what is legal there."""
    told = fault.fault
    yield f"{told.message} ({told.code})" if told.code else told.message
    if clause := face.clause(fault.path):
        yield _in_clause(clause)
    new = [name for name in fault.choices if name not in told.message]
    if new:
        yield f"  legal: {_listed(new)}"


def _in_clause(clause: str) -> str:
    return f"  in: {clause}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join([*names[:MAX_CHOICES], *(["..."] if len(names) > MAX_CHOICES else [])])
