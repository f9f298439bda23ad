"""What a saved query means now."""

from app.controller.asking import Asking
from app.controller.discovery import Discovery
from app.controller.remembering import CannotAsk
from app.domain.expression import Expression
from app.domain.expression_error import ExpressionError, place
from app.domain.query import Query
from app.domain.remembered import SavedQuery
from app.domain.schema import RecordType


async def read_expression(saved: SavedQuery, asking: Asking, discovery: Discovery) -> Expression:
    """The expression of a saved query's text; every schema its paths lead through is known afterwards.

    Raises:
        CannotAsk: if the text cannot be read, also for an attribute that the schema has lost.
        BackendError: if a schema cannot be read.
    """
    await discovery.schema(saved.record_type)
    try:
        return await asking.read_text(saved.record_type, saved.text)
    except ExpressionError as error:
        where = place(saved.text, error.position)
        near = f" Did you mean {error.suggestion}?" if error.suggestion else ""
        name = saved.path or "This question"
        raise CannotAsk(f"{name}, {where}: {error.message}{near}") from None


async def read_question(
    saved: SavedQuery, asking: Asking, discovery: Discovery
) -> tuple[Query, RecordType]:
    """The query to send now, and the schema of its records.

    Raises:
        CannotAsk: if the text cannot be read.
        BackendError: if a schema cannot be read; `Rejected` for a condition that cannot be asked.
    """
    expression = await read_expression(saved, asking, discovery)
    query = asking.query(saved.record_type, expression)
    return query, await discovery.schema(saved.record_type)
