"""Queries of Public API v2 as JSON bodies, in both directions.

Source: Public API v2, Query Records for Sync; reference, "query the activity timeline"; contract 3.6 and 3.10.
"""

from typing import Final

from app.domain.errors import Fault, Rejected
from app.domain.query import Direction, Filter, FilterGroup, GroupKind, Node, Query, Sort
from app.domain.records import Cursor
from app.domain.values import Json

_TAKES_NO_VALUE: Final = frozenset({"exists", "not_exists"})

ACTIVITY_PERIOD: Final = {
    ("created_at", "gte"): "created_from",
    ("created_at", "lte"): "created_to",
}
"""Filters of an activity query that are not scopes, and the body's words for them."""


def query_to_json(query: Query, cursor: Cursor | None = None) -> Json:
    """The body of `_query`. With a cursor it carries neither filters nor sort: they are bound into the cursor."""
    if cursor is not None:
        return {"cursor": cursor, "limit": query.limit}
    body: dict[str, Json] = {}
    if query.filters:
        body["filters"] = [node_to_json(node) for node in query.filters]
    if query.sort:
        body["sort"] = [
            {"field": sort.field, "direction": sort.direction.value} for sort in query.sort
        ]
    body["limit"] = query.limit
    return body


def node_to_json(node: Node) -> Json:
    """One filter or group. The shape of `not` is not documented; one node under the key is our choice."""
    if isinstance(node, Filter):
        leaf: dict[str, Json] = {"field": node.field, "operator": node.operator}
        if node.operator not in _TAKES_NO_VALUE:
            leaf["value"] = node.value
        return leaf
    if node.kind is GroupKind.NOT:
        return {"not": node_to_json(node.nodes[0])}
    return {node.kind.value: [node_to_json(child) for child in node.nodes]}


def json_to_nodes(filters: Json) -> tuple[Node, ...]:
    """The `filters` list of a body. Raises `Rejected` (`invalid_filter_value`) naming the place that is wrong."""
    if not isinstance(filters, list):
        raise _rejected("/filters", "must be a list")
    return tuple(_node(entry, f"/filters/{index}") for index, entry in enumerate(filters))


def _node(entry: Json, pointer: str) -> Node:
    if not isinstance(entry, dict):
        raise _rejected(pointer, "must be an object with field and operator, or with and, or, not")
    kinds = [kind for kind in GroupKind if kind.value in entry]
    if len(kinds) + ("field" in entry) != 1 or (kinds and len(entry) != 1):
        raise _rejected(pointer, "must have exactly one of field, and, or, not")
    if not kinds:
        return _leaf(entry, pointer)
    kind = kinds[0]
    inside = entry[kind.value]
    if kind is GroupKind.NOT:
        if isinstance(inside, list) and len(inside) == 1:
            inside = inside[0]
        return FilterGroup(kind, (_node(inside, f"{pointer}/not"),))
    if not isinstance(inside, list) or not inside:
        raise _rejected(f"{pointer}/{kind.value}", "must be a list of at least one filter")
    children = (
        _node(child, f"{pointer}/{kind.value}/{index}") for index, child in enumerate(inside)
    )
    return FilterGroup(kind, tuple(children))


def _leaf(entry: dict[str, Json], pointer: str) -> Filter:
    field, operator = entry.get("field"), entry.get("operator")
    if not isinstance(field, str):
        raise _rejected(f"{pointer}/field", "must be text", "invalid_filter_field")
    if not isinstance(operator, str):
        raise _rejected(f"{pointer}/operator", "must be text", "invalid_filter_operator")
    unknown = set(entry) - {"field", "operator", "value"}
    if unknown:
        raise _rejected(pointer, f"has an unknown key: {', '.join(sorted(unknown))}")
    return Filter(field, operator, entry.get("value"))


def json_to_sort(sort: Json) -> tuple[Sort, ...]:
    """The `sort` list of a body. Raises `Rejected` (`unsortable_field`) naming the place that is wrong."""
    if not isinstance(sort, list):
        raise _rejected("/sort", "must be a list", "field_value_invalid")
    return tuple(_sort(entry, f"/sort/{index}") for index, entry in enumerate(sort))


def _sort(entry: Json, pointer: str) -> Sort:
    if not isinstance(entry, dict) or not isinstance(entry.get("field"), str):
        raise _rejected(pointer, "must be an object with a field", "unsortable_field")
    direction = entry.get("direction", "asc")
    if direction not in ("asc", "desc"):
        raise _rejected(f"{pointer}/direction", "must be asc or desc", "field_value_invalid")
    return Sort(str(entry["field"]), Direction(str(direction)))


def json_to_query(record_type: str, body: Json, scopes: frozenset[str]) -> Query:
    """The query that a body means; its cursor and page size are not part of the question.

    Raises:
        Rejected: naming the place that is wrong.
    """
    if not isinstance(body, dict):
        raise _rejected("The body", "must be an object with filters and sort")
    words = {*scopes, *ACTIVITY_PERIOD.values()} if scopes else {"filters", "sort"}
    unknown = sorted(set(body) - words - {"cursor", "limit"})
    if unknown:
        takes = ", ".join(sorted(words))
        raise _rejected(f"/{unknown[0]}", f"is none of the words of this body: {takes}")
    if not scopes:
        filters = json_to_nodes(body.get("filters", []))
        return Query(record_type, filters, json_to_sort(body.get("sort", [])))
    leaves = [Filter(word, "eq", body[word]) for word in sorted(scopes) if word in body]
    leaves += [
        Filter(field, operator, body[word])
        for (field, operator), word in ACTIVITY_PERIOD.items()
        if word in body
    ]
    return Query(record_type, tuple(leaves))


def scoped_query_to_json(
    query: Query, scopes: frozenset[str], cursor: Cursor | None = None
) -> Json:
    """The body of an activity query: its own words instead of the filter language.

    Raises:
        Rejected: for a filter or sort the body has no word for, or if no scope is given.
    """
    body: dict[str, Json] = {}
    for node in query.filters:
        word = _scope_word(node, scopes)
        if word is None or not isinstance(node, Filter):
            reason = f"{query.record_type} is queried by its own body: {', '.join(sorted(scopes))}, created_at from and to"
            raise Rejected(reason, faults=(Fault("invalid_filter_field", reason),))
        if word in body:
            reason = f"{node.field} {node.operator} stands twice; a query of {query.record_type} takes it once"
            raise Rejected(reason, faults=(Fault("invalid_filter_value", reason, node.field),))
        body[word] = node.value
    if not scopes & body.keys():
        reason = f"A query of {query.record_type} needs one of {', '.join(sorted(scopes))}"
        raise Rejected(reason, faults=(Fault("field_required_missing", reason),))
    if query.sort:
        reason = f"{query.record_type} comes newest first; its query takes no sort"
        raise Rejected(reason, faults=(Fault("unsortable_field", reason, query.sort[0].field),))
    if cursor is not None:
        body["cursor"] = cursor
    body["limit"] = query.limit
    return body


def _scope_word(node: Node, scopes: frozenset[str]) -> str | None:
    if not isinstance(node, Filter):
        return None
    if node.field in scopes and node.operator == "eq":
        return node.field
    return ACTIVITY_PERIOD.get((node.field, node.operator))


def _rejected(pointer: str, why: str, code: str = "invalid_filter_value") -> Rejected:
    message = f"{pointer} {why}"
    return Rejected(message, status=400, faults=(Fault(code, message, pointer),))
