"""The query of a scoped resource: words of its own instead of filters, newest first.

Source: reference, "query the activity timeline"; contract 3.10 and 7, no. 44.
"""

from collections.abc import Mapping
from typing import Final

from app.domain.json_text import dump_json, parse_json
from app.domain.operators import OperatorName
from app.domain.query import DEFAULT_LIMIT, Direction, Query, Sort
from app.domain.values import Json
from app.server.bodies import parse_object
from app.server.public_v2.questions import limit_of, page_json
from app.server.refusals import Refusal
from app.server.store.columns import child_table
from app.server.store.cursors import bad_cursor
from app.server.store.definitions import AttributeDefinition, RecordTypeDefinition
from app.server.store.operands import OPERANDS, BadOperand
from app.server.store.pages import read_page
from app.server.store.readers import Reader
from app.server.store.sql import Sql, all_of, selected, wrapped

_PERIOD: Final = (
    ("created_from", OperatorName.GTE, ">="),
    ("created_to", OperatorName.LTE, "<="),
)
_NEWEST_FIRST: Final = (Sort("created_at", Direction.DESC),)
_MOMENT: Final = AttributeDefinition("created_at", "Created at", "timestamp")


def answer_scoped_query(
    reader: Reader,
    definition: RecordTypeDefinition,
    scopes: Mapping[str, str],
    body: bytes,
    *,
    with_names: bool,
) -> bytes:
    """The answer; `scopes` are the body's words by the record type they name. Raises `Refusal`."""
    words = (*scopes.values(), *(word for word, _, _ in _PERIOD))
    asked = parse_object(body, frozenset({*words, "limit", "cursor"}))
    told: dict[str, Json] = {word: asked[word] for word in words if asked.get(word) is not None}
    position = None
    if asked.get("cursor") is not None:
        position = reader.workspace.cursors.read(asked["cursor"], definition.api_name)
        before = parse_json(position.question.encode())
        assert isinstance(before, dict)
        if told and told != before:
            raise bad_cursor("was made for another scope; start again at the first page")
        told = before
    if not set(scopes.values()) & told.keys():
        needed = ", ".join(scopes.values())
        raise Refusal("field_required_missing", f"the query needs one of {needed}")
    conditions = [
        _scope(reader, definition, record_type, _operand("uuid", OperatorName.EQ, word, told[word]))
        for record_type, word in scopes.items()
        if word in told
    ]
    for word, operator, sign in _PERIOD:
        if word in told:
            value = _operand("timestamp", operator, word, told[word])
            conditions.append(Sql(f't."created_at" {sign} {reader.dialect.placeholder}', (value,)))
    query = Query(
        definition.api_name, (), _NEWEST_FIRST, limit_of(asked.get("limit", DEFAULT_LIMIT))
    )
    page = read_page(reader, query, position.values if position else None, all_of(conditions))
    return page_json(reader, page, definition.api_name, dump_json(told), with_names=with_names)


def _operand(value_type: str, operator: OperatorName, word: str, raw: Json) -> str:
    try:
        return str(OPERANDS[value_type].parse(raw, _MOMENT, operator))
    except BadOperand as error:
        raise Refusal("field_value_invalid", f"{word} {error}", word) from None


def _scope(
    reader: Reader, definition: RecordTypeDefinition, record_type: str, record_id: str
) -> Sql:
    """Whether a row belongs to a record: by the hidden attribute that refers to its type."""
    quote, place = reader.dialect.quote, reader.dialect.placeholder
    attribute = next(
        row
        for row in definition.attributes
        if row.is_hidden and row.related_record_type == record_type
    )
    child = child_table(definition.api_name, attribute)
    if child is None:
        return Sql(f"t.{quote(attribute.api_name)} = {place}", (record_id,))
    value = Sql(f"{quote(child.value_column)} = {place}", (record_id,))
    return wrapped('t."id" IN (', selected('"record_id"', quote(child.name), value))
