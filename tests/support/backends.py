"""An in-memory workspace behind the `Backend` port, for tests of whatever stands on that port.

    backend = small_workspace()          # tests/support/small_workspace.py
    backend.fail("POST /contact/_query", ServerFailed("broken"), times=1)
    gate = backend.hold("GET /contact/")     # such calls wait until gate.set()
    assert backend.sent == ["POST /contact/_query"]

Filters mean what `OPERATORS` says, on the record types and records it was given.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote, unquote
from uuid import NAMESPACE_URL, uuid5

from app.domain.backend import Health
from app.domain.capabilities import Action, Learned, ResourceMatrix
from app.domain.edits import Change, Unset, WriteValue, sent, write_json
from app.domain.errors import (
    BackendError,
    Conflict,
    Fault,
    NotAllowed,
    NotFound,
    Rejected,
    WriteRefused,
)
from app.domain.json_text import dump_json, parse_json
from app.domain.operators import OPERATORS, Arity, Comparable, Operator, OperatorName
from app.domain.outcomes import Did, Done, Refused, Unknown, WriteOutcome
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
from app.wire.endpoint import Endpoint
from app.wire.public_v2 import endpoints
from app.wire.public_v2.matrix import RESOURCES
from app.wire.public_v2.queries import (
    ACTIVITY_PERIOD,
    json_to_nodes,
    json_to_query,
    json_to_sort,
    query_to_json,
    scoped_query_to_json,
)
from app.wire.public_v2.values import CODECS, encode_value
from app.wire.public_v2.writes import (
    activity_to_json,
    assert_to_json,
    attributes_to_json,
    link_to_json,
    members_to_json,
)

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
        self._resources = replace(resources, learned=Learned())
        self._log = RequestLog()
        self.is_opened_read_only = is_read_only
        self._is_locked = False
        self._failures: list[_Failure] = []
        self._gates: list[tuple[str, asyncio.Event]] = []
        self._cursors: dict[Cursor, _Place] = {}
        self.sent: list[str] = []
        """`METHOD /path` of every request, in order, those that failed included."""
        self.at_once = 0
        self.most_at_once = 0
        """How many requests were under way together at most."""
        self.is_closed = False
        self._made = 0

    @property
    def resources(self) -> ResourceMatrix:
        return self._resources

    @property
    def log(self) -> RequestLog:
        return self._log

    @property
    def is_read_only(self) -> bool:
        return self.is_opened_read_only or self._is_locked

    @property
    def can_unlock(self) -> bool:
        return self._is_locked and not self.is_opened_read_only

    def lock(self) -> None:
        self._is_locked = True

    def unlock(self) -> None:
        self._is_locked = False

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

    async def skim(self, query: Query, cursor: Cursor | None = None) -> Page:
        return await self.query(query, cursor)

    async def links(
        self, record_id: RecordId, relationship: str, cursor: Cursor | None = None
    ) -> LinkPage:
        path = f"{_path(record_id)}/relationship/{quote(relationship, safe='')}"
        return await self._send("GET", path, lambda: self._links(record_id, relationship, cursor))

    async def create(
        self, record_type: str, changes: Sequence[Change], *, intent: str | None = None
    ) -> WriteOutcome:
        request = self.prepare_create(record_type, changes, intent=intent)
        return await self._write(request, lambda: self._create(record_type, changes))

    async def patch(
        self, record_id: RecordId, changes: Sequence[Change], *, base: Record | None = None
    ) -> WriteOutcome:
        request = self.prepare_patch(record_id, changes, base=base)
        return await self._write(request, lambda: self._patch(record_id, changes))

    async def archive(self, record_id: RecordId, *, base: Record | None = None) -> WriteOutcome:
        request = self.prepare_archive(record_id, base=base)
        return await self._write(request, lambda: self._archive(record_id))

    async def assert_record(
        self,
        record_type: str,
        match: Change,
        changes: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        request = self.prepare_assert_record(record_type, match, changes, intent=intent)
        return await self._write(request, lambda: self._assert(record_type, match, changes))

    async def add_link(
        self,
        record_id: RecordId,
        relationship: str,
        target: str | Change,
        edge: Sequence[Change] = (),
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        request = self.prepare_add_link(record_id, relationship, target, edge, intent=intent)
        return await self._write(request, lambda: self._link(record_id, relationship, target, edge))

    async def patch_link(
        self, record_id: RecordId, relationship: str, target_id: str, edge: Sequence[Change]
    ) -> WriteOutcome:
        request = self.prepare_patch_link(record_id, relationship, target_id, edge)

        def change() -> Done:
            self._linked(record_id, relationship, target_id)
            done = self._link(record_id, relationship, target_id, edge)
            return replace(done, action=Did.UPDATED)

        return await self._write(request, change)

    async def remove_link(
        self, record_id: RecordId, relationship: str, target_id: str
    ) -> WriteOutcome:
        request = self.prepare_remove_link(record_id, relationship, target_id)

        def remove() -> Done:
            link = self._linked(record_id, relationship, target_id)
            links = self.all_links[record_id, relationship]
            self.all_links[record_id, relationship] = tuple(row for row in links if row is not link)
            return Done(Did.UNLINKED)

        return await self._write(request, remove)

    async def add_item(
        self,
        record_id: RecordId,
        attribute: str,
        members: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        request = self.prepare_add_item(record_id, attribute, members, intent=intent)
        return await self._write(
            request, lambda: self._put_item(record_id, attribute, None, members)
        )

    async def patch_item(
        self, record_id: RecordId, attribute: str, item_id: str, members: Sequence[Change]
    ) -> WriteOutcome:
        request = self.prepare_patch_item(record_id, attribute, item_id, members)
        return await self._write(
            request, lambda: self._put_item(record_id, attribute, item_id, members)
        )

    async def remove_item(self, record_id: RecordId, attribute: str, item_id: str) -> WriteOutcome:
        request = self.prepare_remove_item(record_id, attribute, item_id)

        def remove() -> Done:
            items = self._items(record_id, attribute)
            kept = [row for row in items if item_id not in (row.get("id"), row.get("domain_name"))]
            if len(kept) == len(items):
                raise _missing("record_not_found", f"no item {item_id}")
            self._set(record_id, {attribute: [*kept]})
            return Done(Did.REMOVED)

        return await self._write(request, remove)

    def prepare_create(
        self, record_type: str, changes: Sequence[Change], *, intent: str | None = None
    ) -> PreparedRequest:
        del intent
        has_own_body = bool(self._resources.rule(record_type).create_words)
        body = activity_to_json(changes) if has_own_body else attributes_to_json(changes)
        return _prepared(endpoints.CREATE, body, record_type=record_type)

    def prepare_patch(
        self, record_id: RecordId, changes: Sequence[Change], *, base: Record | None = None
    ) -> PreparedRequest:
        del base
        return _prepared(endpoints.PATCH, attributes_to_json(changes), **_parts(record_id))

    def prepare_archive(
        self, record_id: RecordId, *, base: Record | None = None
    ) -> PreparedRequest:
        del base
        return _prepared(endpoints.ARCHIVE, **_parts(record_id))

    def prepare_assert_record(
        self,
        record_type: str,
        match: Change,
        changes: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        del intent
        body = assert_to_json(match, changes)
        return _prepared(endpoints.ASSERT, body, record_type=record_type)

    def prepare_add_link(
        self,
        record_id: RecordId,
        relationship: str,
        target: str | Change,
        edge: Sequence[Change] = (),
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        del intent
        body = link_to_json(target, edge)
        return _prepared(endpoints.ADD_LINK, body, **_parts(record_id), api_name=relationship)

    def prepare_patch_link(
        self, record_id: RecordId, relationship: str, target_id: str, edge: Sequence[Change]
    ) -> PreparedRequest:
        parts = {**_parts(record_id), "api_name": relationship, "target_id": target_id}
        return _prepared(endpoints.PATCH_LINK, members_to_json(edge), **parts)

    def prepare_remove_link(
        self, record_id: RecordId, relationship: str, target_id: str
    ) -> PreparedRequest:
        parts = {**_parts(record_id), "api_name": relationship, "target_id": target_id}
        return _prepared(endpoints.REMOVE_LINK, **parts)

    def prepare_add_item(
        self,
        record_id: RecordId,
        attribute: str,
        members: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        del intent
        body = members_to_json(members)
        return _prepared(endpoints.ADD_ITEM, body, **_parts(record_id), api_name=attribute)

    def prepare_patch_item(
        self, record_id: RecordId, attribute: str, item_id: str, members: Sequence[Change]
    ) -> PreparedRequest:
        parts = {**_parts(record_id), "api_name": attribute, "item_id": item_id}
        return _prepared(endpoints.PATCH_ITEM, members_to_json(members), **parts)

    def prepare_remove_item(
        self, record_id: RecordId, attribute: str, item_id: str
    ) -> PreparedRequest:
        parts = {**_parts(record_id), "api_name": attribute, "item_id": item_id}
        return _prepared(endpoints.REMOVE_ITEM, **parts)

    def prepare_schema(self, record_type: str) -> PreparedRequest:
        return PreparedRequest("GET", BASE_URL, f"/_schema/{quote(record_type, safe='')}")

    def prepare_read(self, record_id: RecordId) -> PreparedRequest:
        return PreparedRequest("GET", BASE_URL, _path(record_id))

    def parse_query(self, record_type: str, body: Json) -> Query:
        scopes = self._resources.rule(record_type).query_scopes
        return json_to_query(record_type, body, frozenset(scopes.values()))

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

    async def _send(
        self,
        method: str,
        path: str,
        answer: Callable[[], _Answer],
        request: PreparedRequest | None = None,
    ) -> _Answer:
        """Log a call, wait at its gates, then fail as planned or answer."""
        call = f"{method} {path}"
        self.sent.append(call)
        number = self._log.next_number(is_write=request is not None)
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
            if request is not None and outcome == "cancelled":
                outcome = "cancelled: effect unknown"
            self._log.add(Exchange(number, at, method, path, status, 1.0, outcome, request=request))

    async def _write(self, request: PreparedRequest, work: Callable[[], Done]) -> WriteOutcome:
        """Do a write as the real client does: each end is a value."""
        if self.is_read_only:
            reason = "This session is read-only: the request was refused, nothing was sent"
            return Refused(WriteRefused(reason, method=request.method, path=request.path))
        try:
            done = await self._send(request.method, request.path, work, request)
        except BackendError as error:
            return Unknown(error, request) if error.is_effect_unknown else Refused(error)
        last = self._log.last
        return replace(done, number=None if last is None else last.number)

    def _create(self, record_type: str, changes: Sequence[Change]) -> Done:
        self._check(record_type, Action.CREATE)
        self._made += 1
        new = RecordId(record_type, str(uuid5(NAMESPACE_URL, f"made/{self._made}")))
        now = START + timedelta(seconds=self._log.sent)
        system: dict[str, Value] = {"id": new.id, "created_at": now, "updated_at": now}
        self.records[new] = Record(new, MappingProxyType(system), now, now)
        try:
            self._set(new, {change.attribute: change.value for change in sent(changes)})
        except BackendError:
            del self.records[new]
            raise
        return Done(Did.CREATED, record=self.records[new])

    def _patch(self, record_id: RecordId, changes: Sequence[Change]) -> Done:
        self._check(record_id.record_type, Action.PATCH)
        self._read(record_id)
        self._set(record_id, {change.attribute: change.value for change in sent(changes)})
        return Done(Did.UPDATED, record=self.records[record_id])

    def _archive(self, record_id: RecordId) -> Done:
        self._check(record_id.record_type, Action.ARCHIVE)
        self._read(record_id)
        del self.records[record_id]
        return Done(Did.ARCHIVED)

    def _assert(self, record_type: str, match: Change, changes: Sequence[Change]) -> Done:
        self._check(record_type, Action.ASSERT)
        found = self._matching(record_type, match)
        if found is None:
            return self._create(record_type, [match, *changes])
        return self._patch(found, changes)

    def _matching(self, record_type: str, match: Change) -> RecordId | None:
        """The one record that has a value."""
        schema = self._type(record_type)
        wanted = self._stored(schema, match.attribute, match.value)
        found = [
            row.record_id
            for row in self.records.values()
            if row.record_id.record_type == record_type
            and row.attributes.get(match.attribute) == wanted
        ]
        if len(found) > 1:
            reason = "several records match"
            raise Conflict(reason, status=409, faults=(Fault("ambiguous_match", reason),))
        return found[0] if found else None

    def _set(self, record_id: RecordId, values: Mapping[str, WriteValue | Unset]) -> None:
        """Give a record new values."""
        schema = self._type(record_id.record_type)
        record = self.records[record_id]
        now = START + timedelta(seconds=self._log.sent)
        stored = {name: self._stored(schema, name, value) for name, value in values.items()}
        attributes = {**record.attributes, **stored, "updated_at": now}
        self.records[record_id] = replace(
            record, attributes=MappingProxyType(attributes), updated_at=now
        )

    def _stored(self, schema: RecordType, name: str, value: WriteValue | Unset) -> Value:
        """A value as a read would give it."""
        attribute = schema.attribute_by_name.get(name)
        if attribute is None and not self._resources.rule(schema.api_name).create_words:
            raise _rejected("unknown_field", f"{schema.api_name} has no {name}", name)
        assert not isinstance(value, Unset)
        json = write_json(value)
        if json is None:
            return None
        if attribute is None:
            return Raw(dump_json(json), "a word of the body")
        if isinstance(json, list):
            return tuple(self._stored_one(attribute, item) for item in json)
        return self._stored_one(attribute, json)

    def _stored_one(self, attribute: Attribute, json: Json) -> Scalar:
        for option in attribute.options:
            if json in (option.id, option.api_name, option.display_value):
                return option
        if attribute.value_type == "record_reference" and isinstance(json, str):
            return Reference(attribute.related_record_type or "", json)
        codec = CODECS.get(attribute.value_type)
        try:
            if codec is None or attribute.options:
                raise ValueError("not a choice of it")
            return codec.decode(json)
        except ValueError as error:
            name = attribute.api_name
            raise _rejected("field_value_invalid", f"{name}: {error}", name) from None

    def _link(
        self,
        record_id: RecordId,
        relationship: str,
        target: str | Change,
        edge: Sequence[Change],
    ) -> Done:
        self._check(record_id.record_type, Action.RELATIONSHIP_WRITE)
        self._links(record_id, relationship, None)
        row = self._type(record_id.record_type).relationship_by_name[relationship]
        kind = row.related_record_type
        found = (
            self._matching(kind, target) if isinstance(target, Change) else RecordId(kind, target)
        )
        if found not in self.records:
            raise _missing("target_record_not_found", "no such target")
        assert found is not None
        values = {change.attribute: write_json(change.value) for change in sent(edge)}  # type: ignore[arg-type]  # sent
        types = {
            name: "boolean" if isinstance(value, bool) else "string"
            for name, value in values.items()
        }
        link = Link(found, None, MappingProxyType(values), MappingProxyType(types))  # type: ignore[arg-type]  # scalars
        links = self.all_links.get((record_id, relationship), ())
        others = tuple(row for row in links if row.target != found)
        self.all_links[record_id, relationship] = (*others, link)
        return Done(Did.LINKED, link=link)

    def _linked(self, record_id: RecordId, relationship: str, target_id: str) -> Link:
        self._check(record_id.record_type, Action.RELATIONSHIP_WRITE)
        for link in self.all_links.get((record_id, relationship), ()):
            if link.target.id == target_id:
                return link
        raise _missing("target_record_not_found", f"no link to {target_id}")

    def _items(self, record_id: RecordId, attribute: str) -> list[dict[str, Json]]:
        self._check(record_id.record_type, Action.ATTRIBUTE_ITEMS)
        kind = self._type(record_id.record_type).attribute_by_name[attribute].value_type
        items = plain(self._read(record_id).attributes.get(attribute), kind)
        return [row for row in items if isinstance(row, dict)] if isinstance(items, list) else []

    def _put_item(
        self,
        record_id: RecordId,
        attribute: str,
        item_id: str | None,
        members: Sequence[Change],
    ) -> Done:
        """Add an item, or change the one with an id. Ids are kept, unlike by a patch of the whole list."""
        items = self._items(record_id, attribute)
        action = Did.ADDED if item_id is None else Did.UPDATED
        if item_id is None:
            self._made += 1
            item_id = str(uuid5(NAMESPACE_URL, f"item/{self._made}"))
            items.append({"id": item_id, "is_primary": False})
            item = items[-1]
        else:
            named = (r for r in items if item_id in (r.get("id"), r.get("domain_name")))
            found = next(named, None)
            if found is None:
                raise _missing("record_not_found", f"no item {item_id}")
            item = found
        item.update(members_to_json(members))
        self._set(record_id, {attribute: [*items]})
        return Done(action, item=item)

    def _check(self, record_type: str, action: Action) -> None:
        self._type(record_type)
        if not self._resources.capability(record_type, action).is_open:
            reason = f"{record_type} does not allow {action}"
            raise NotAllowed(reason, status=405, faults=(Fault("method_not_allowed", reason),))

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


def _prepared(endpoint: Endpoint, body: Json = None, **parts: str) -> PreparedRequest:
    return PreparedRequest(
        endpoint.method,
        BASE_URL,
        endpoint.fill(query=None, **parts),
        None if body is None else dump_json(body).encode(),
        is_read=False,
        is_create=endpoint.is_create,
    )


def _parts(record_id: RecordId) -> dict[str, str]:
    return {"record_type": record_id.record_type, "record_id": record_id.id}


def _missing(code: str, reason: str) -> NotFound:
    return NotFound(reason, status=404, faults=(Fault(code, reason),))


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
