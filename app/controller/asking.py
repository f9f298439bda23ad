"""Asking: from the expression a tab holds to the query that is sent, and what stands against it."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from app.controller.clock import Clock
from app.controller.discovery import Discovery
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.clause_faults import ClauseFault
from app.domain.compiling import CompileError, compile_expression, compiled, resolved
from app.domain.date_words import Calendar
from app.domain.errors import BackendError, Rejected
from app.domain.expression import Condition, ConditionGroup, Expression, ExpressionNode
from app.domain.expression_text import expression_text, parse_expression
from app.domain.guilty_clause import guilty_clause
from app.domain.operators import OperatorName
from app.domain.paths import missing_schemas
from app.domain.query import Filter, Query
from app.domain.query_lint import lint_expression
from app.domain.records import TITLE_ATTRIBUTES
from app.domain.schema import RecordType
from app.domain.scopes import asked_schemas

MAX_FOUND: Final = 20
"""Records that a search by name offers."""


class Asking:
    """The faces of a question over one session: the expression, its text, the query."""

    def __init__(self, session: Session, discovery: Discovery, clock: Clock) -> None:
        self._session = session
        self._discovery = discovery
        self._clock = clock

    @property
    def schemas(self) -> Mapping[str, RecordType]:
        """Every schema that was read so far, as questions see it."""
        read = {
            found.name: found.record_type
            for found in self._discovery.found
            if found.record_type is not None
        }
        return asked_schemas(read, self._session.backend.resources)

    @property
    def calendar(self) -> Calendar:
        """What date words mean now."""
        return Calendar(self._clock(), self._session.time_zone)

    def query(self, record_type: str, expression: Expression) -> Query:
        """The query an expression means now.

        Raises:
            Rejected: with a fault for each condition that cannot be asked.
        """
        try:
            return compile_expression(expression, record_type, self.schemas, self.calendar)
        except CompileError as error:
            faults = tuple(row.fault for row in error.faults)
            raise Rejected(str(error), faults=faults) from error

    def faults(self, record_type: str, expression: Expression) -> tuple[ClauseFault, ...]:
        """What stands against an expression, as far as is known; nothing is sent."""
        resources = self._session.backend.resources
        return lint_expression(expression, record_type, self.schemas, resources, self.calendar)

    def pinned(
        self, record_type: str, expression: Expression, error: BackendError
    ) -> ClauseFault | None:
        """The clause that a server's refusal of an expression is about; `None` where it names none."""
        made = compiled(expression, record_type, self.schemas, self.calendar)
        path = guilty_clause(made.query, error)
        if path is None or not error.faults:
            return None
        return ClauseFault(made.origins.get(path, ()), error.faults[0])

    def text(self, record_type: str, expression: Expression) -> str:
        """The text face. Not yet sanitised."""
        schemas = self.schemas
        return expression_text(expression, schemas.get(record_type), schemas)

    def condition_text(self, record_type: str, condition: Condition) -> str:
        """One condition as text, without the word `off`. Not yet sanitised."""
        return self.text(record_type, Expression((replace(condition, is_off=False),)))

    def parse(self, record_type: str, text: str) -> Expression:
        """The expression of a text. Raises `ExpressionError`."""
        schemas = self.schemas
        return parse_expression(text, schemas.get(record_type), schemas)

    async def read_text(self, record_type: str, text: str) -> Expression:
        """The expression of a text, with the schemas its paths lead through: what a word means may depend on them.

        Raises:
            ExpressionError: for a text that is none.
            BackendError: if a schema cannot be read.
        """
        expression = self.parse(record_type, text)
        await self.learn_schemas(record_type, expression)
        return self.parse(record_type, text)

    def meaning(self, record_type: str, condition: Condition) -> str:
        """What the date words of a condition mean now; empty without any."""
        return resolved(condition, record_type, self.schemas, self.calendar)

    async def learn_schemas(self, record_type: str, expression: Expression) -> None:
        """Read the schemas that the paths of an expression lead through.

        Raises:
            BackendError: if one cannot be read.
        """
        fields = [row.field for row in conditions_of(expression)]
        asked: set[str] = set()
        while missing := set(missing_schemas(fields, record_type, self.schemas)) - asked:
            for name in sorted(missing):
                await self._discovery.schema(name)
            asked |= missing

    async def name_query(self, record_type: str, text: str) -> Query | None:
        """The query for records whose name holds a text; `None` where the API has no such query.

        Raises:
            BackendError: if the schema cannot be read.
        """
        resources = self._session.backend.resources
        if self._discovery.get(record_type) is None or resources.rule(record_type).query_scopes:
            return None
        if not resources.capability(record_type, Action.QUERY).is_open:
            return None
        schema = await self._discovery.schema(record_type)
        attribute = next(
            (
                row
                for name in TITLE_ATTRIBUTES
                for row in [schema.attribute_by_name.get(name)]
                if row is not None and OperatorName.CONTAINS in row.filter_operators
            ),
            None,
        )
        if attribute is None:
            return None
        filters = (Filter(attribute.api_name, OperatorName.CONTAINS, text),) if text else ()
        return Query(record_type, filters, limit=MAX_FOUND)


def conditions_of(expression: Expression) -> Iterator[Condition]:
    """Every single condition, in order."""
    return (leaf for node in expression.nodes for leaf in _leaves(node))


def _leaves(node: ExpressionNode) -> Iterator[Condition]:
    if isinstance(node, ConditionGroup):
        for child in node.nodes:
            yield from _leaves(child)
    else:
        yield node
