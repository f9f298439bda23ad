"""Members of a JSON answer, checked one by one.

A page of records has thousands of them, so these are plain functions; what is not asked for is ignored. An optional member
of the wrong kind counts as absent; a needed one ends in `BadAnswer`, which names the place and what stood there.
"""

from app.domain.errors import BadAnswer
from app.domain.values import Json


def kind_of(value: Json) -> str:
    """What a JSON value is, in words."""
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case list():
            return "a list"
        case dict():
            return "an object"
        case _:
            return "a number"


def bad(pointer: str, wanted: str, found: Json) -> BadAnswer:
    """The error for a value that is not what the documentation says."""
    return BadAnswer(f"The answer's {pointer or 'body'} should be {wanted} but is {kind_of(found)}")


def needed_object(value: Json, pointer: str) -> dict[str, Json]:
    """`value` as an object. Raises BadAnswer."""
    if isinstance(value, dict):
        return value
    raise bad(pointer, "an object", value)


def needed_list(value: Json, pointer: str) -> list[Json]:
    """`value` as a list. Raises BadAnswer."""
    if isinstance(value, list):
        return value
    raise bad(pointer, "a list", value)


def needed_id(value: Json, pointer: str) -> str:
    """An id; some servers send integers. Raises BadAnswer, also for an empty one."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise bad(pointer, "an id", value)


def text(value: Json) -> str | None:
    """`value` if it is a text."""
    return value if isinstance(value, str) else None


def next_cursor(answer: dict[str, Json]) -> str | None:
    """Where a next page starts. The place is not documented: beside the list, or in an object about the paging."""
    for holder in (answer, answer.get("meta"), answer.get("pagination"), answer.get("paging")):
        if isinstance(holder, dict):
            cursor = holder.get("next_cursor")
            if isinstance(cursor, str | int) and not isinstance(cursor, bool):
                return str(cursor) or None
    return None
