"""An in-memory workspace behind the `Backend` port, for tests of whatever stands on that port.

    backend = small_workspace()          # tests/support/small_workspace.py
    backend.fail("POST /contact/_query", ServerFailed("broken"), times=1)
    gate = backend.hold("GET /contact/")     # such calls wait until gate.set()
    assert backend.sent == ["POST /contact/_query"]

Filters mean what `OPERATORS` says, on the record types and records it was given.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote, unquote

from app.domain.backend import Health
from app.domain.capabilities import Action, ResourceMatrix
from app.domain.errors import BackendError, Fault, NotAllowed, NotFound, Rejected
from app.domain.json_text import dump_json, parse_json
from app.domain.operators import OPERATORS, Arity, Comparable, Operator, OperatorName
from app.domain.query import MAX_SORTS, Direction, Filter, GroupKind, Node, Query, Sort
from app.domain.records import Cursor, Link, LinkPage, Page, Record, RecordId
from app.domain.requests import Exchange, PreparedRequest, RequestLog
from app.domain.schema import Attribute, RecordType
from app.domain.values import (
    Address,
    DomainItem,
    EmailItem,
    Json,
    Option,
    PhoneItem,
    Raw,
    Reference,
    Scalar,
    Value,
    plain,
)
from app.wire.public_v2.matrix import RESOURCES
from app.wire.public_v2.queries import (
    ACTIVITY_PERIOD,
    json_to_nodes,
    json_to_sort,
    query_to_json,
    scoped_query_to_json,
)
from app.wire.public_v2.values import CODECS, encode_value

MAX_LIMIT = 100
"""The most records of one page. Source: contract section 7, row 5."""

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
"""When the clock of a `MemoryBackend` starts; each request is a second later."""

BASE_URL = "memory://workspace/api/v2"
"""Where prepared requests say they would go."""


_Answer = TypeVar("_Answer")


@dataclass(slots=True)
class _Failure:
    prefix: str
    error: BackendError
    times: int | None


@dataclass(frozen=True, slots=True)
class _Place:
    """What a cursor stands for."""

    record_type: str
    filters: tuple[Node, ...]
    sort: tuple[Sort, ...]
    offset: int


class MemoryBackend:
    """A workspace held in memory; records stand in the order in which they were given."""

    def __init__(
        self,
        record_types: Iterable[RecordType],
        records: Iterable[Record] = (),
        *,
        links: Mapping[tuple[RecordId, str], tuple[Link, ...]] | None = None,
        resources: ResourceMatrix = RESOURCES,
        is_read_only: bool = False,
    ) -> None:
        self.record_types = {row.api_name: row for row in record_types}
        self.records: dict[RecordId, Record] = {row.record_id: row for row in records}
        self.all_links = dict(links or {})
        self._resources = resources
        self._log = RequestLog()
        self._is_read_only = is_read_only
        self._failures: list[_Failure] = []
        self._gates: list[tuple[str, asyncio.Event]] = []
        self._cursors: dict[Cursor, _Place] = {}
        self.sent: list[str] = []
        """`METHOD /path` of every request, in order, those that failed included."""
        self.at_once = 0
        self.most_at_once = 0
        """How many requests were under way together at most."""
        self.is_closed = False

    @property
    def resources(self) -> ResourceMatrix:
        return self._resources

    @property
    def log(self) -> RequestLog:
        return self._log

    @property
    def is_read_only(self) -> bool:
        return self._is_read_only

    def fail(self, prefix: str, error: BackendError, *, times: int | None = None) -> None:
        """Answer requests whose `METHOD /path` starts with `prefix` by an error; `times` of them, or all."""
        self._failures.append(_Failure(prefix, error, times))

    def mend(self) -> None:
        """End every planned failure."""
        self._failures.clear()

    def hold(self, prefix: str) -> asyncio.Event:
        """Let requests whose `METHOD /path` starts with `prefix` wait until the event is set."""
        gate = asyncio.Event()
        self._gates.append((prefix, gate))
        return gate

    def expire_cursors(self) -> None:
        """Make every cursor given so far invalid."""
        self._cursors.clear()

    async def health(self) -> Health:
        return await self._send("GET", "/health", lambda: Health("ok"))

    async def schema(self, record_type: str) -> RecordType:
        return await self._send(
            "GET", f"/_schema/{quote(record_type, safe='')}", lambda: self._type(record_type)
        )

    async def read(self, record_id: RecordId) -> Record:
        return await self._send("GET", _path(record_id), lambda: self._read(record_id))

    async def query(self, query: Query, cursor: Cursor | None = None) -> Page:
        request = self.prepare_query(query, cursor)
        return await self._send("POST", request.path, lambda: self._query(query, cursor))

    async def links(
        self, record_id: RecordId, relationship: str, cursor: Cursor | None = None
    ) -> LinkPage:
        path = f"{_path(record_id)}/relationship/{quote(relationship, safe='')}"
        return await self._send("GET", path, lambda: self._links(record_id, relationship, cursor))

    def prepare_schema(self, record_type: str) -> PreparedRequest:
        return PreparedRequest("GET", BASE_URL, f"/_schema/{quote(record_type, safe='')}")

    def prepare_read(self, record_id: RecordId) -> PreparedRequest:
        return PreparedRequest("GET", BASE_URL, _path(record_id))

    def prepare_query(self, query: Query, cursor: Cursor | None = None) -> PreparedRequest:
        scopes = frozenset(self._resources.rule(query.record_type).query_scopes.values())
        body = (
            scoped_query_to_json(query, scopes, cursor) if scopes else query_to_json(query, cursor)
        )
        path = f"/{quote(query.record_type, safe='')}/_query"
        return PreparedRequest("POST", BASE_URL, path, dump_json(body).encode())

    async def raw(self, request: PreparedRequest) -> bytes:
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        return await self._send(
            request.method,
            request.path,
            lambda: dump_json(self._raw(request, parts)).encode(),
        )

    async def close(self) -> None:
        self.is_closed = True

    async def _send(self, method: str, path: str, answer: Callable[[], _Answer]) -> _Answer:
        """Log a call, wait at its gates, then fail as planned or answer."""
        call = f"{method} {path}"
        self.sent.append(call)
        number = self._log.next_number()
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        status: int | None = None
        outcome = "cancelled"
        try:
            await asyncio.sleep(0)
            for prefix, gate in self._gates:
                if call.startswith(prefix):
                    await gate.wait()
            self._fail_as_planned(call)
            result = answer()
        except BackendError as error:
            error.method, error.path, error.number = method, path, number
            status, outcome = error.status, error.reason
            raise
        else:
            status, outcome = 200, "OK"
            return result
        finally:
            self.at_once -= 1
            at = START + timedelta(seconds=number)
            self._log.add(Exchange(number, at, method, path, status, 1.0, outcome))

    def _fail_as_planned(self, call: str) -> None:
        for failure in self._failures:
            if call.startswith(failure.prefix) and failure.times != 0:
                if failure.times is not None:
                    failure.times -= 1
                raise failure.error

    def _type(self, name: str) -> RecordType:
        try:
            return self.record_types[name]
        except KeyError:
            reason = f"no record type is called {name}"
            raise NotFound(
                reason, status=404, faults=(Fault("unknown_record_type", reason),)
            ) from None

    def _read(self, record_id: RecordId) -> Record:
        self._type(record_id.record_type)
        if not self._resources.capability(record_id.record_type, Action.READ).is_open:
            raise NotFound("no such route", status=404)
        try:
            return self.records[record_id]
        except KeyError:
            reason = f"no {record_id.record_type} has the id {record_id.id}"
            raise NotFound(
                reason, status=404, faults=(Fault("record_not_found", reason),)
            ) from None

    def _query(self, query: Query, cursor: Cursor | None) -> Page:
        record_type = self._type(query.record_type)
        place = self._place(query, cursor)
        if not 1 <= query.limit <= MAX_LIMIT:
            raise _rejected("field_value_invalid", f"limit must be 1 to {MAX_LIMIT}", "limit")
        found = [
            record
            for record in self.records.values()
            if record.record_id.record_type == query.record_type
            and all(self._holds(record_type, record, node) for node in place.filters)
        ]
        self._sort(record_type, found, place.sort)
        if self._resources.rule(query.record_type).query_scopes:
            found.sort(key=lambda record: record.created_at or START, reverse=True)
        end = place.offset + query.limit
        following: Cursor | None = None
        if end < len(found):
            following = Cursor(f"cursor-{len(self._cursors) + 1}")
            self._cursors[following] = _Place(query.record_type, place.filters, place.sort, end)
        return Page(tuple(found[place.offset : end]), following)

    def _place(self, query: Query, cursor: Cursor | None) -> _Place:
        if cursor is None:
            return _Place(query.record_type, query.filters, query.sort, 0)
        place = self._cursors.get(cursor)
        is_same = (
            place is not None
            and place.record_type == query.record_type
            and (not query.filters or query.filters == place.filters)
            and (not query.sort or query.sort == place.sort)
        )
        if place is None or not is_same:
            raise _rejected(
                "invalid_cursor", "the cursor is malformed, expired or of another query"
            )
        return place

    def _sort(self, record_type: RecordType, records: list[Record], sort: tuple[Sort, ...]) -> None:
        if len(sort) > MAX_SORTS:
            raise _rejected("sort_too_many_fields", f"at most {MAX_SORTS} sort fields")
        for key in reversed(sort):
            attribute = record_type.attribute_by_name.get(key.field)
            if attribute is None or not attribute.is_sortable:
                raise _rejected("unsortable_field", f"{key.field} cannot be sorted by", key.field)
            records.sort(
                key=lambda record: _sort_key(record.attributes.get(attribute.api_name), attribute),
                reverse=key.direction is Direction.DESC,
            )

    def _holds(self, record_type: RecordType, record: Record, node: Node) -> bool:
        if isinstance(node, Filter):
            return self._leaf_holds(record_type, record, node)
        inside = (self._holds(record_type, record, child) for child in node.nodes)
        match node.kind:
            case GroupKind.AND:
                return all(inside)
            case GroupKind.OR:
                return any(inside)
            case GroupKind.NOT:
                return not all(inside)

    def _leaf_holds(self, record_type: RecordType, record: Record, leaf: Filter) -> bool:
        attribute = self._filtered(record_type, leaf.field)
        if leaf.operator not in attribute.filter_operators:
            reason = f"{leaf.field} does not take {leaf.operator}"
            raise _rejected("invalid_filter_operator", reason, leaf.field)
        operator = OPERATORS[OperatorName(leaf.operator)]
        operands = _operands(leaf, operator, attribute)
        values = list(self._reach(record, leaf.field.split(".")))
        if not values:
            return operator.means(None, operands)
        quantifier = all if operator.is_negative else any
        return quantifier(
            operator.means(_comparable(value, attribute), operands) for value in values
        )

    def _filtered(self, record_type: RecordType, path: str) -> Attribute:
        """The attribute at the end of a dot path."""
        *hops, name = path.split(".")
        if len(hops) > 2:
            raise _rejected("filter_depth_exceeded", f"{path} is too deep", path)
        for hop in hops:
            relationship = record_type.relationship_by_name.get(hop)
            reference = record_type.attribute_by_name.get(hop)
            target = (
                relationship.related_record_type
                if relationship is not None
                else reference.related_record_type
                if reference is not None
                else None
            )
            if target is None or target not in self.record_types:
                raise _rejected("invalid_filter_field", f"{path} leads nowhere", path)
            record_type = self.record_types[target]
        attribute = record_type.attribute_by_name.get(name)
        # An activity is asked by words of its body that are no attributes.
        if attribute is None and record_type.api_name in self._resources.rules:
            scopes = self._resources.rule(record_type.api_name).query_scopes.values()
            if name in scopes:
                operators = ("eq",)
                return Attribute(name, name, "uuid", is_filterable=True, filter_operators=operators)
        if attribute is None or not attribute.is_filterable:
            raise _rejected("invalid_filter_field", f"{path} cannot be filtered by", path)
        return attribute

    def _reach(self, record: Record, path: list[str]) -> Iterator[Scalar]:
        """Every value at the end of a dot path; nothing when it is empty."""
        if len(path) == 1:
            value = record.attributes.get(path[0])
            if isinstance(value, tuple):
                yield from value
            elif value is not None:
                yield value
            return
        targets = [link.target for link in self.all_links.get((record.record_id, path[0]), ())]
        reference = record.attributes.get(path[0])
        if isinstance(reference, Reference):
            targets.append(RecordId(reference.record_type, reference.record_id))
        for target in targets:
            if target in self.records:
                yield from self._reach(self.records[target], path[1:])

    def _links(self, record_id: RecordId, relationship: str, cursor: Cursor | None) -> LinkPage:
        record_type = self._type(record_id.record_type)
        capability = self._resources.capability(record_id.record_type, Action.RELATIONSHIP_READ)
        if not capability.is_open:
            raise NotAllowed("no relationship endpoints", status=405)
        if relationship not in record_type.relationship_by_name:
            reason = f"{record_id.record_type} has no relationship {relationship}"
            raise NotFound(reason, status=404, faults=(Fault("unknown_relationship", reason),))
        self._read(record_id)
        offset = 0 if cursor is None else int(cursor)
        links = self.all_links.get((record_id, relationship), ())
        following = Cursor(str(offset + 50)) if len(links) > offset + 50 else None
        return LinkPage(record_id, relationship, links[offset : offset + 50], following)

    def _raw(self, request: PreparedRequest, parts: list[str]) -> Json:
        match [request.method, *parts]:
            case ["GET", "health"]:
                return {"status": "ok"}
            case ["GET", "_schema", name]:
                return _schema_json(self._type(name))
            case ["GET", name, record_id]:
                return {"data": self._record_json(self._read(RecordId(name, record_id)))}
            case ["POST", name, "_query"]:
                page = self._query(*_query_from_body(name, request.body))
                return {
                    "data": [self._record_json(record) for record in page.records],
                    "next_cursor": page.next_cursor,
                }
            case _:
                raise NotAllowed("no such route", status=405)

    def _record_json(self, record: Record) -> Json:
        types = self.record_types[record.record_id.record_type].attribute_by_name
        attributes: dict[str, Json] = {
            name: encode_value(value, types[name].value_type)
            for name, value in record.attributes.items()
            if name in types and not isinstance(value, Raw)
        }
        return {
            "id": record.record_id.id,
            "record_type": record.record_id.record_type,
            "attributes": attributes,
        }


def _path(record_id: RecordId) -> str:
    return f"/{quote(record_id.record_type, safe='')}/{quote(record_id.id, safe='')}"


def _rejected(code: str, message: str, field: str | None = None) -> Rejected:
    return Rejected(message, status=400, faults=(Fault(code, message, field),))


def _comparable(value: Scalar, attribute: Attribute) -> Comparable:
    match value:
        case Option():
            return value.api_name
        case Reference():
            return value.record_id
        case EmailItem():
            return value.email.casefold()
        case PhoneItem():
            return value.phone_number
        case DomainItem():
            return value.domain_name.casefold()
        case Address() | Raw():
            return str(plain(value, attribute.value_type))
        case str() if attribute.value_type == "email":
            return value.casefold()
        case _:
            return value


def _operands(leaf: Filter, operator: Operator, attribute: Attribute) -> tuple[Comparable, ...]:
    match operator.arity:
        case Arity.NONE:
            return ()
        case Arity.ONE:
            return (_operand(leaf.value, leaf, attribute),)
        case Arity.TWO | Arity.MANY:
            value = leaf.value
            if not isinstance(value, list) or (operator.arity is Arity.TWO and len(value) != 2):
                reason = f"{leaf.operator} takes a list"
                raise _rejected("invalid_filter_value", reason, leaf.field)
            return tuple(_operand(item, leaf, attribute) for item in value)


def _operand(value: Json, leaf: Filter, attribute: Attribute) -> Comparable:
    kind = attribute.value_type
    if kind.endswith("_stage") or kind == "select":
        for option in attribute.options:
            if value in (option.id, option.api_name, option.display_value):
                return option.api_name
        return str(value)
    if kind in ("email", "contact_email", "account_domain"):
        return str(value).casefold()
    if kind in ("number", "percent", "currency", "boolean", "timestamp", "date", "time"):
        try:
            return _comparable(CODECS[kind].decode(value), attribute)
        except ValueError as error:
            raise _rejected("invalid_filter_value", str(error), leaf.field) from None
    return str(value)


def _sort_key(value: Value, attribute: Attribute) -> tuple[int, Comparable]:
    """Empty values come first; choices in the order of the schema, texts without regard to case."""
    if isinstance(value, tuple):
        value = value[0] if value else None
    if value is None:
        return (0, 0)
    if isinstance(value, Option):
        names = [option.api_name for option in attribute.options]
        return (1, names.index(value.api_name) if value.api_name in names else len(names))
    comparable = _comparable(value, attribute)
    return (1, comparable.casefold() if isinstance(comparable, str) else comparable)


def _query_from_body(record_type: str, body: bytes | None) -> tuple[Query, Cursor | None]:
    words = parse_json(body or b"{}")
    assert isinstance(words, dict)
    filters = list(json_to_nodes(words.get("filters", [])))
    period = {word: key for key, word in ACTIVITY_PERIOD.items()}
    for word, value in words.items():
        if word in period:
            filters.append(Filter(*period[word], value))
        elif word not in ("filters", "sort", "limit", "cursor"):
            filters.append(Filter(word, "eq", value))
    limit, cursor = words.get("limit", 50), words.get("cursor")
    assert isinstance(limit, int)
    query = Query(record_type, tuple(filters), json_to_sort(words.get("sort", [])), limit)
    return query, None if cursor is None else Cursor(str(cursor))


def _schema_json(record_type: RecordType) -> Json:
    return {
        "api_name": record_type.api_name,
        "display_name": record_type.display_name,
        "is_custom": record_type.is_custom,
        "is_junction": record_type.is_junction,
        "supports_custom_fields": record_type.supports_custom_fields,
        "attributes": [
            {
                "api_name": row.api_name,
                "display_name": row.display_name,
                "is_creatable": row.is_creatable,
                "is_updatable": row.is_updatable,
                "type_info": {"is_array": row.is_array, "value_type": row.value_type},
            }
            for row in record_type.attributes
        ],
        "relationships": [
            {
                "api_name": row.api_name,
                "display_name": row.display_name,
                "related_object_api_name": row.related_record_type,
            }
            for row in record_type.relationships
        ],
    }
