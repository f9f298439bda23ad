"""The text face of an expression: one text for every expression, and one expression or one error for every text."""

from app.domain.expression import Expression
from app.domain.expression_fields import Fields
from app.domain.expression_parser import ExpressionParser
from app.domain.expression_writer import ExpressionWriter
from app.domain.paths import Schemas
from app.domain.schema import RecordType


def parse_expression(text: str, schema: RecordType | None, schemas: Schemas) -> Expression:
    """Read a text. Where a schema is not known (`None`, or missing in `schemas`) any name will do.

    Raises:
        ExpressionError: with the position, what was expected, and a suggestion.
    """
    return ExpressionParser(text, Fields.of(schema, schemas)).parse()


def expression_text(expression: Expression, schema: RecordType | None, schemas: Schemas) -> str:
    """The text that `parse_expression` reads as this expression, with the same schemas.

    It has no hidden characters. A name that the schema does not have stands in backticks: those are taken as they are.

    Raises:
        ValueError: for a value that is not JSON, such as an infinite number.
    """
    return ExpressionWriter(Fields.of(schema, schemas)).write(expression)
