"""Public API v2 as a backend: a method per use.

Every request is prepared first and sent as prepared, so that what a person is shown and what goes out are the same bytes.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar
from uuid import uuid4

from app.clients.retry import Call, Evidence, is_effect_unknown
from app.clients.transport import Answer, Transport
from app.domain.backend import Health
from app.domain.capabilities import Action, Learned, ResourceMatrix, lessons_of
from app.domain.edits import Change
from app.domain.errors import (
    BackendError,
    BadAnswer,
    Fault,
    RateLimited,
    Rejected,
    ServerFailed,
    Unreachable,
)
from app.domain.json_text import dump_json, parse_json
from app.domain.outcomes import Did, Done, Refused, Unknown, WriteOutcome
from app.domain.query import Query
from app.domain.records import Cursor, LinkPage, Page, Record, RecordId
from app.domain.requests import PreparedRequest, RequestLog
from app.domain.schema import RecordType
from app.domain.values import Json
from app.wire.endpoint import Endpoint
from app.wire.public_v2.endpoints import (
    ADD_ITEM,
    ADD_LINK,
    ARCHIVE,
    ASSERT,
    CREATE,
    HEALTH,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    LINKS,
    PATCH,
    PATCH_ITEM,
    PATCH_LINK,
    QUERY,
    READ,
    REFERENCE_NAMES,
    REMOVE_ITEM,
    REMOVE_LINK,
    SCHEMA,
)
from app.wire.public_v2.errors import is_web_page
from app.wire.public_v2.matrix import RESOURCES
from app.wire.public_v2.queries import json_to_query, query_to_json, scoped_query_to_json
from app.wire.public_v2.records import (
    answer_to_record,
    links_to_domain,
    page_to_domain,
)
from app.wire.public_v2.schemas import schema_to_domain
from app.wire.public_v2.writes import (
    activity_to_json,
    assert_to_json,
    asserted,
    attributes_to_json,
    created,
    item_kept,
    link_to_json,
    linked,
    members_to_json,
    patched,
    removed,
)

Decoded = TypeVar("Decoded")

LARGE_BYTES: Final = 512 * 1024
"""Answers above this are read in a thread, so that the screen keeps answering; a page of 100 records has a quarter of it."""


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a call is about: what a refusal of it teaches something of."""

    record_type: str
    action: Action
    name: str | None = None
    """The relationship or list-like attribute."""
    attributes: frozenset[str] = frozenset()
    """Those that are sent."""


def _new_intent() -> str:
    return str(uuid4())


class PublicV2Client:
    """A workspace behind Public API v2; implements `app.domain.backend.Backend`."""

    def __init__(
        self, transport: Transport, *, new_intent: Callable[[], str] = _new_intent
    ) -> None:
        """`new_intent` makes the `Idempotency-Key` of a write that is given none."""
        self._transport = transport
        self._new_intent = new_intent
        self._features: frozenset[str] | None = None
        self._asking = asyncio.Lock()
        self._resources = replace(RESOURCES, learned=Learned())

    @property
    def resources(self) -> ResourceMatrix:
        return self._resources

    @property
    def log(self) -> RequestLog:
        return self._transport.log

    @property
    def is_read_only(self) -> bool:
        return self._transport.is_read_only

    @property
    def can_unlock(self) -> bool:
        return self._transport.can_unlock

    def lock(self) -> None:
        self._transport.lock()

    def unlock(self) -> None:
        self._transport.unlock()

    async def health(self) -> Health:
        """Ask whether the API is there. The answer's body is not documented; any JSON will do."""
        request = self._prepare(HEALTH, HEALTH.fill())
        answer = await self._transport.send(request, is_keyed=False)
        health = await self._decoded(request, answer, _health)
        self._features = frozenset(health.features)
        return health

    async def schema(self, record_type: str) -> RecordType:
        request = self.prepare_schema(record_type)
        answer = await self._transport.send(request)
        return await self._decoded(
            request, answer, lambda json: schema_to_domain(json, record_type)
        )

    async def read(self, record_id: RecordId) -> Record:
        request = self.prepare_read(record_id)
        answer = await self._send(request, _Subject(record_id.record_type, Action.READ))
        return await self._decoded(request, answer, lambda json: answer_to_record(json, record_id))

    async def query(self, query: Query, cursor: Cursor | None = None) -> Page:
        return await self._page(query, cursor, is_skimmed=False)

    async def skim(self, query: Query, cursor: Cursor | None = None) -> Page:
        return await self._page(query, cursor, is_skimmed=True)

    async def _page(self, query: Query, cursor: Cursor | None, *, is_skimmed: bool) -> Page:
        request = self.prepare_query(query, cursor)
        limits = self._resources.learned.limits
        try:
            answer = await self._send(request, _Subject(query.record_type, Action.QUERY))
        except BackendError as error:
            limits.learn(query, error)
            raise
        limits.forget(query)
        return await self._decoded(
            request,
            answer,
            lambda json: page_to_domain(json, query.record_type, is_skimmed=is_skimmed),
        )

    async def links(
        self, record_id: RecordId, relationship: str, cursor: Cursor | None = None
    ) -> LinkPage:
        request = self.prepare_links(record_id, relationship, cursor)
        subject = _Subject(record_id.record_type, Action.RELATIONSHIP_READ, relationship)
        answer = await self._send(request, subject)
        return await self._decoded(
            request, answer, lambda json: links_to_domain(json, record_id, relationship)
        )

    async def create(
        self, record_type: str, changes: Sequence[Change], *, intent: str | None = None
    ) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_create(record_type, changes, intent=intent),
            _Subject(record_type, Action.CREATE, None, _names(changes)),
            lambda json, answer: created(json, record_type, answer.number),
        )

    async def patch(
        self, record_id: RecordId, changes: Sequence[Change], *, base: Record | None = None
    ) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_patch(record_id, changes, base=base),
            _Subject(record_id.record_type, Action.PATCH, None, _names(changes)),
            lambda json, answer: patched(json, record_id, answer.number),
        )

    async def archive(self, record_id: RecordId, *, base: Record | None = None) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_archive(record_id, base=base),
            _Subject(record_id.record_type, Action.ARCHIVE),
            lambda json, answer: removed(json, Did.ARCHIVED, answer.number),
        )

    async def assert_record(
        self,
        record_type: str,
        match: Change,
        changes: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_assert_record(record_type, match, changes, intent=intent),
            _Subject(record_type, Action.ASSERT, None, _names(changes)),
            lambda json, answer: asserted(json, record_type, answer.status, answer.number),
        )

    async def add_link(
        self,
        record_id: RecordId,
        relationship: str,
        target: str | Change,
        edge: Sequence[Change] = (),
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        target_id = None if isinstance(target, Change) else target
        return await self._write(
            lambda: self.prepare_add_link(record_id, relationship, target, edge, intent=intent),
            _Subject(record_id.record_type, Action.RELATIONSHIP_WRITE, relationship),
            lambda json, answer: linked(json, Did.LINKED, answer.number, target_id),
        )

    async def patch_link(
        self, record_id: RecordId, relationship: str, target_id: str, edge: Sequence[Change]
    ) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_patch_link(record_id, relationship, target_id, edge),
            _Subject(record_id.record_type, Action.EDGE_PATCH, relationship),
            lambda json, answer: linked(json, Did.UPDATED, answer.number, target_id),
        )

    async def remove_link(
        self, record_id: RecordId, relationship: str, target_id: str
    ) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_remove_link(record_id, relationship, target_id),
            _Subject(record_id.record_type, Action.RELATIONSHIP_WRITE, relationship),
            lambda json, answer: removed(json, Did.UNLINKED, answer.number),
        )

    async def add_item(
        self,
        record_id: RecordId,
        attribute: str,
        members: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_add_item(record_id, attribute, members, intent=intent),
            _Subject(record_id.record_type, Action.ATTRIBUTE_ITEMS, attribute),
            lambda json, answer: item_kept(json, Did.ADDED, answer.number),
        )

    async def patch_item(
        self, record_id: RecordId, attribute: str, item_id: str, members: Sequence[Change]
    ) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_patch_item(record_id, attribute, item_id, members),
            _Subject(record_id.record_type, Action.ATTRIBUTE_ITEMS, attribute),
            lambda json, answer: item_kept(json, Did.UPDATED, answer.number),
        )

    async def remove_item(self, record_id: RecordId, attribute: str, item_id: str) -> WriteOutcome:
        return await self._write(
            lambda: self.prepare_remove_item(record_id, attribute, item_id),
            _Subject(record_id.record_type, Action.ATTRIBUTE_ITEMS, attribute),
            lambda json, answer: removed(json, Did.REMOVED, answer.number),
        )

    def prepare_schema(self, record_type: str) -> PreparedRequest:
        """The request `schema` sends."""
        return self._prepare(SCHEMA, SCHEMA.fill(record_type=record_type))

    def prepare_read(self, record_id: RecordId) -> PreparedRequest:
        """The request `read` sends."""
        path = READ.fill(record_type=record_id.record_type, record_id=record_id.id)
        return self._prepare(READ, path, wants_names=True)

    def parse_query(self, record_type: str, body: Json) -> Query:
        """The query that a body means. Raises `Rejected`."""
        scopes = RESOURCES.rule(record_type).query_scopes
        return json_to_query(record_type, body, frozenset(scopes.values()))

    def prepare_query(self, query: Query, cursor: Cursor | None = None) -> PreparedRequest:
        """The request `query` sends.

        Raises:
            Rejected: for a question the API has no words for.
        """
        scopes = RESOURCES.rule(query.record_type).query_scopes
        body = (
            scoped_query_to_json(query, frozenset(scopes.values()), cursor)
            if scopes
            else query_to_json(query, cursor)
        )
        path = QUERY.fill(record_type=query.record_type)
        return self._prepare(QUERY, path, _body_bytes(body), wants_names=True)

    def prepare_links(
        self, record_id: RecordId, relationship: str, cursor: Cursor | None = None
    ) -> PreparedRequest:
        """The request `links` sends."""
        path = LINKS.fill(
            record_type=record_id.record_type,
            record_id=record_id.id,
            api_name=relationship,
            query=None if cursor is None else {"cursor": cursor},
        )
        return self._prepare(LINKS, path)

    def prepare_create(
        self, record_type: str, changes: Sequence[Change], *, intent: str | None = None
    ) -> PreparedRequest:
        """The request `create` sends."""
        has_own_body = bool(RESOURCES.rule(record_type).create_words)
        body = activity_to_json(changes) if has_own_body else attributes_to_json(changes)
        path = CREATE.fill(record_type=record_type)
        headers = (*_NAMES, *self._once(intent))
        return self._prepare_write(CREATE, path, body, headers)

    def prepare_patch(
        self, record_id: RecordId, changes: Sequence[Change], *, base: Record | None = None
    ) -> PreparedRequest:
        """The request `patch` sends."""
        path = PATCH.fill(record_type=record_id.record_type, record_id=record_id.id)
        headers = (*_NAMES, *self._unchanged(base))
        return self._prepare_write(PATCH, path, attributes_to_json(changes), headers)

    def prepare_archive(
        self, record_id: RecordId, *, base: Record | None = None
    ) -> PreparedRequest:
        """The request `archive` sends."""
        path = ARCHIVE.fill(record_type=record_id.record_type, record_id=record_id.id)
        return self._prepare_write(ARCHIVE, path, None, self._unchanged(base))

    def prepare_assert_record(
        self,
        record_type: str,
        match: Change,
        changes: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        """The request `assert_record` sends."""
        path = ASSERT.fill(record_type=record_type)
        headers = (*_NAMES, *self._once(intent))
        return self._prepare_write(ASSERT, path, assert_to_json(match, changes), headers)

    def prepare_add_link(
        self,
        record_id: RecordId,
        relationship: str,
        target: str | Change,
        edge: Sequence[Change] = (),
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        """The request `add_link` sends."""
        path = ADD_LINK.fill(
            record_type=record_id.record_type, record_id=record_id.id, api_name=relationship
        )
        return self._prepare_write(ADD_LINK, path, link_to_json(target, edge), self._once(intent))

    def prepare_patch_link(
        self, record_id: RecordId, relationship: str, target_id: str, edge: Sequence[Change]
    ) -> PreparedRequest:
        """The request `patch_link` sends."""
        path = PATCH_LINK.fill(
            record_type=record_id.record_type,
            record_id=record_id.id,
            api_name=relationship,
            target_id=target_id,
        )
        return self._prepare_write(PATCH_LINK, path, members_to_json(edge))

    def prepare_remove_link(
        self, record_id: RecordId, relationship: str, target_id: str
    ) -> PreparedRequest:
        """The request `remove_link` sends."""
        path = REMOVE_LINK.fill(
            record_type=record_id.record_type,
            record_id=record_id.id,
            api_name=relationship,
            target_id=target_id,
        )
        return self._prepare_write(REMOVE_LINK, path)

    def prepare_add_item(
        self,
        record_id: RecordId,
        attribute: str,
        members: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        """The request `add_item` sends."""
        path = ADD_ITEM.fill(
            record_type=record_id.record_type, record_id=record_id.id, api_name=attribute
        )
        return self._prepare_write(ADD_ITEM, path, members_to_json(members), self._once(intent))

    def prepare_patch_item(
        self, record_id: RecordId, attribute: str, item_id: str, members: Sequence[Change]
    ) -> PreparedRequest:
        """The request `patch_item` sends."""
        path = PATCH_ITEM.fill(
            record_type=record_id.record_type,
            record_id=record_id.id,
            api_name=attribute,
            item_id=item_id,
        )
        return self._prepare_write(PATCH_ITEM, path, members_to_json(members))

    def prepare_remove_item(
        self, record_id: RecordId, attribute: str, item_id: str
    ) -> PreparedRequest:
        """The request `remove_item` sends."""
        path = REMOVE_ITEM.fill(
            record_type=record_id.record_type,
            record_id=record_id.id,
            api_name=attribute,
            item_id=item_id,
        )
        return self._prepare_write(REMOVE_ITEM, path)

    async def raw(self, request: PreparedRequest) -> bytes:
        answer = await self._transport.send(request)
        return answer.body

    async def close(self) -> None:
        await self._transport.close()

    def _prepare(
        self,
        endpoint: Endpoint,
        path: str,
        body: bytes | None = None,
        *,
        wants_names: bool = False,
    ) -> PreparedRequest:
        headers = _NAMES if wants_names else ()
        return PreparedRequest(
            endpoint.method, self._transport.base_url, path, body, headers, endpoint.is_read
        )

    def _prepare_write(
        self,
        endpoint: Endpoint,
        path: str,
        body: Json = None,
        headers: tuple[tuple[str, str], ...] = (),
    ) -> PreparedRequest:
        return PreparedRequest(
            endpoint.method,
            self._transport.base_url,
            path,
            None if body is None else _body_bytes(body, "field_value_invalid"),
            headers,
            is_read=False,
            is_create=endpoint.is_create,
        )

    def _once(self, intent: str | None) -> tuple[tuple[str, str], ...]:
        """The header by which a server that offers it tells a repeated request from a second one."""
        if IDEMPOTENCY_KEY not in (self._features or ()):
            return ()
        return (("Idempotency-Key", intent or self._new_intent()),)

    def _unchanged(self, base: Record | None) -> tuple[tuple[str, str], ...]:
        """The header by which a server that offers it refuses to change a record that is no longer as it was read."""
        if base is None or base.version is None or IF_MATCH not in (self._features or ()):
            return ()
        return (("If-Match", f'"{base.version}"'),)

    async def _send(self, request: PreparedRequest, subject: _Subject) -> Answer:
        """Send a request and learn from a refusal of it. Raises BackendError."""
        try:
            answer = await self._transport.send(request)
        except BackendError as error:
            self._learn(error, subject)
            raise
        learned = self._resources.learned
        learned.forget(subject.record_type, subject.action, subject.name)
        for attribute in subject.attributes:
            learned.forget(subject.record_type, subject.action, attribute)
        return answer

    def _learn(self, error: BackendError, subject: _Subject) -> None:
        exchange = next(
            (row for row in reversed(self.log.entries) if row.number == error.number), None
        )
        if exchange is None:
            return
        for lesson in lessons_of(
            error,
            subject.record_type,
            subject.action,
            subject.name,
            subject.attributes,
            exchange.at,
        ):
            self._resources.learned.learn(lesson)

    async def _write(
        self,
        prepare: Callable[[], PreparedRequest],
        subject: _Subject,
        translate: Callable[[Json, Answer], Done],
    ) -> WriteOutcome:
        """Send a write, once the server's offers are known. Every end of it is a value."""
        try:
            if not self.is_read_only:
                await self._ask_features()
            request = prepare()
            answer = await self._send(request, subject)
        except BackendError as error:
            return Unknown(error, request) if error.is_effect_unknown else Refused(error)
        try:
            if answer.status == 204:
                return translate(None, answer)
            return await self._decoded(request, answer, lambda json: translate(json, answer))
        except BadAnswer as error:
            error.method, error.path = request.method, request.path
            error.status, error.number = answer.status, answer.number
            call = Call.CREATE if request.is_create else Call.CHANGE
            error.is_effect_unknown = is_effect_unknown(Evidence.ODD, call)
            return Unknown(error, request)

    async def _ask_features(self) -> None:
        """Ask once what the server offers; a server that answers anything but its health offers nothing.

        Raises:
            Unreachable: if it cannot be asked; nothing was changed then.
        """
        async with self._asking:
            if self._features is not None:
                return
            try:
                await self.health()
            except Unreachable:
                raise
            except (RateLimited, ServerFailed):
                return  # the next write asks again
            except BackendError:
                self._features = frozenset()

    async def _decoded(
        self, request: PreparedRequest, answer: Answer, translate: Callable[[Json], Decoded]
    ) -> Decoded:
        """The answer's meaning. Raises BadAnswer, with the request it belongs to."""
        try:
            if len(answer.body) > LARGE_BYTES:
                return await asyncio.to_thread(_translated, answer, translate)
            return _translated(answer, translate)
        except BadAnswer as error:
            error.method, error.path = request.method, request.path
            error.status, error.number = answer.status, answer.number
            raise


def _translated(answer: Answer, translate: Callable[[Json], Decoded]) -> Decoded:
    if is_web_page(answer.body) or "html" in answer.headers.get("content-type", ""):
        raise BadAnswer(
            f"The server answered {answer.status} with a web page, not with the API's JSON"
        )
    if not answer.body:
        raise BadAnswer(f"The server answered {answer.status} without a body")
    try:
        document = parse_json(answer.body)
    except ValueError as error:
        raise BadAnswer(f"The server's answer is not JSON: {error}") from None
    return translate(document)


def _health(answer: Json) -> Health:
    if not isinstance(answer, dict):
        return Health("answers")
    status, features = answer.get("status"), answer.get("features")
    return Health(
        status if isinstance(status, str) else "answers",
        tuple(word for word in features if isinstance(word, str))
        if isinstance(features, list)
        else (),
    )


_NAMES: Final = (("Prefer", REFERENCE_NAMES),)


def _names(changes: Sequence[Change]) -> frozenset[str]:
    return frozenset(change.attribute for change in changes)


def _body_bytes(body: Json, code: str = "invalid_filter_value") -> bytes:
    """The bytes of a body. Raises Rejected, with the code, for numbers and texts that JSON cannot carry."""
    try:
        return dump_json(body).encode()
    except ValueError as error:
        reason = "The request holds a value that JSON cannot carry"
        if not isinstance(error, UnicodeEncodeError):
            reason += f": {error}"
        raise Rejected(reason, faults=(Fault(code, reason),)) from None
