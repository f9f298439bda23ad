"""`_query` bodies: what is asked, checked; and the answer as JSON, all in the reader's thread.

Source: Public API v2, Query Records for Sync; contract 3.6 and 7, nos. 5 to 15.
"""

from typing import Final

from app.domain.errors import Rejected
from app.domain.json_text import dump_json, parse_json
from app.domain.query import DEFAULT_LIMIT, Node, Query, Sort
from app.domain.values import Json
from app.server.bodies import parse_object
from app.server.public_v2.records import render
from app.server.public_v2.values import text_json
from app.server.refusals import Refusal, refusal_of
from app.server.store.cursors import Position, bad_cursor
from app.server.store.definitions import RecordTypeDefinition
from app.server.store.pages import StoredPage, read_page
from app.server.store.readers import Reader
from app.wire.public_v2.queries import json_to_nodes, json_to_sort

MAX_LIMIT: Final = 100
_KEYS: Final = frozenset({"filters", "sort", "limit", "cursor"})


def answer_query(
    reader: Reader, definition: RecordTypeDefinition, body: bytes, *, with_names: bool
) -> bytes:
    """The answer to a `_query` body. Raises `Refusal`."""
    asked = parse_object(body, _KEYS)
    position = None
    if asked.get("cursor") is not None:
        position = reader.workspace.cursors.read(asked["cursor"], definition.api_name)
        asked = _as_before(asked, position)
    query = Query(
        definition.api_name,
        _nodes(asked),
        _sorts(asked),
        limit_of(asked.get("limit", DEFAULT_LIMIT)),
    )
    page = read_page(reader, query, position.values if position else None)
    question = position.question if position else _question(asked)
    return page_json(reader, page, definition.api_name, question, with_names=with_names)


def _nodes(asked: dict[str, Json]) -> tuple[Node, ...]:
    try:
        return json_to_nodes(asked.get("filters") or [])
    except Rejected as error:
        raise refusal_of(error) from None


def _sorts(asked: dict[str, Json]) -> tuple[Sort, ...]:
    try:
        return json_to_sort(asked.get("sort") or [])
    except Rejected as error:
        raise refusal_of(error) from None


def _question(asked: dict[str, Json]) -> str:
    """The filters and sort as text, the same for the same question."""
    return dump_json([asked.get("filters") or [], asked.get("sort") or []])


def _as_before(asked: dict[str, Json], position: Position) -> dict[str, Json]:
    """The body with what the cursor was made for. Raises `Refusal` if the body says something else."""
    before = parse_json(position.question.encode())
    assert isinstance(before, list)
    filters, sort = before
    for key, value in (("filters", filters), ("sort", sort)):
        if asked.get(key) is not None and asked[key] != value:
            raise bad_cursor(f"was made for other {key}; start again at the first page")
    return asked | {"filters": filters, "sort": sort}


def limit_of(raw: Json) -> int:
    """Records per page. Raises `Refusal` outside 1 to 100."""
    if isinstance(raw, bool) or not isinstance(raw, int) or not 1 <= raw <= MAX_LIMIT:
        raise Refusal(
            "field_value_invalid", f"limit is a whole number from 1 to {MAX_LIMIT}", "limit"
        )
    return raw


def page_json(
    reader: Reader, page: StoredPage, subject: str, question: str, *, with_names: bool
) -> bytes:
    """A page as the wire has it.

    Records are encoded before they are joined: one letter beyond Latin-1 would make a text of the whole page twice as large,
    and copying that takes longer than all the rest of this.
    """
    records = b",".join([row.encode() for row in render(reader, page, with_names=with_names)])
    cursor = None
    if page.last is not None:
        cursor = reader.workspace.cursors.sign(subject, question, page.last)
    tail = f'],"next_cursor":{text_json(cursor)}}}'.encode()
    return b"".join((b'{"data":[', records, tail))
