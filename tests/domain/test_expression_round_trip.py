"""Every question has a text, and every text is a question or an error with a place."""

import contextlib

from hypothesis import given, settings

from app.domain.expression import (
    Condition,
    ConditionGroup,
    Expression,
    ExpressionNode,
    expression_of,
)
from app.domain.expression_error import ExpressionError
from app.domain.expression_text import expression_text, parse_expression
from app.domain.expression_tokens import on_one_line
from app.domain.json_text import dump_json, parse_json
from app.domain.query import Filter, FilterGroup, Node, Query
from app.domain.safe_text import hidden_count
from app.domain.schema import RecordType
from app.wire.public_v2.queries import json_to_nodes, json_to_sort, query_to_json
from tests.support.queries import CONTACT, SCHEMAS, broken_texts, expressions, queries


def query_of(expression: Expression) -> Query:
    """The question of an expression without date words and switched off parts."""
    return Query(CONTACT.api_name, tuple(map(node_of, expression.nodes)), expression.sort)


def node_of(node: ExpressionNode) -> Node:
    if isinstance(node, ConditionGroup):
        return FilterGroup(node.kind, tuple(map(node_of, node.nodes)))
    assert not isinstance(node.value, tuple) or isinstance(node, Condition)
    value = [*node.value] if isinstance(node.value, tuple) else node.value
    return Filter(node.field, node.operator, value)  # type: ignore[arg-type]  # it has no date words


def read(text: str) -> Expression | None:
    """The tree of a text; `None` if it has none."""
    with contextlib.suppress(ExpressionError):
        return parse_expression(text, CONTACT, SCHEMAS)
    return None


def check(expression: Expression, schema: RecordType | None) -> None:
    """The text is read as the same tree, is written the same again, and shows all of itself."""
    schemas = {} if schema is None else SCHEMAS
    text = expression_text(expression, schema, schemas)
    again = parse_expression(text, schema, schemas)
    assert again == expression
    assert repr(expression_text(again, schema, schemas)) == repr(text)
    assert hidden_count(text) == 0


@settings(max_examples=2000, deadline=None)
@given(queries)
def test_a_question_goes_through_text_and_json_and_stays_the_same(query: Query) -> None:
    """Query to text to query to JSON to query to text: equal at each station, to the byte of the JSON."""
    text = expression_text(expression_of(query), CONTACT, SCHEMAS)
    asked = query_of(parse_expression(text, CONTACT, SCHEMAS))
    assert asked == query
    body = dump_json(query_to_json(asked), is_ascii=True)
    assert body == dump_json(query_to_json(query), is_ascii=True)
    received = parse_json(body.encode())
    assert isinstance(received, dict)
    nodes, sort = json_to_nodes(received.get("filters", [])), json_to_sort(received.get("sort", []))
    heard = expression_of(Query(query.record_type, nodes, sort))
    assert expression_text(heard, CONTACT, SCHEMAS) == text


@settings(max_examples=500, deadline=None)
@given(expressions)
def test_every_tree_has_a_text(expression: Expression) -> None:
    """Switched off parts, date words and odd groups too, with the schema and without."""
    check(expression, CONTACT)
    check(expression, None)


@settings(max_examples=300, deadline=None)
@given(expressions)
def test_a_text_of_several_lines_fits_on_one(expression: Expression) -> None:
    """Comments and line ends go, in quotes they are escaped, and the meaning stays."""
    text = expression_text(expression, CONTACT, SCHEMAS)
    spread = "# what\n" + text.replace(" ", "\n  ") + '\t# \u202e why "not\n'
    line = on_one_line(spread)
    assert hidden_count(line) == 0
    meant = read(spread)
    assert meant is None or read(line) == meant  # JSON takes no line ends in its texts


@settings(max_examples=1000, deadline=None)
@given(broken_texts)
def test_every_text_is_read_or_refused_with_a_place(text: str) -> None:
    """Nothing else happens, and what is read has a text of its own that means the same."""
    for schema in (CONTACT, None):
        with contextlib.suppress(ExpressionError):
            expression = parse_expression(text, schema, SCHEMAS)
            check(expression, schema)
