"""Public API v2 as a backend: a method per use.

Every request is prepared first and sent as prepared, so that what a person is shown and what goes out are the same bytes.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from app.clients.transport import Answer, Transport
from app.domain.backend import Health
from app.domain.capabilities import ResourceMatrix
from app.domain.errors import BadAnswer, Fault, Rejected
from app.domain.json_text import dump_json, parse_json
from app.domain.query import Query
from app.domain.records import Cursor, LinkPage, Page, Record, RecordId
from app.domain.requests import PreparedRequest, RequestLog
from app.domain.schema import RecordType
from app.domain.values import Json
from app.wire.endpoint import Endpoint
from app.wire.public_v2.endpoints import HEALTH, LINKS, QUERY, READ, REFERENCE_NAMES, SCHEMA
from app.wire.public_v2.errors import is_web_page
from app.wire.public_v2.matrix import RESOURCES
from app.wire.public_v2.queries import query_to_json, scoped_query_to_json
from app.wire.public_v2.records import answer_to_record, links_to_domain, page_to_domain
from app.wire.public_v2.schemas import schema_to_domain

Decoded = TypeVar("Decoded")

LARGE_BYTES: Final = 512 * 1024
"""Answers above this are read in a thread, so that the screen keeps answering; a page of 100 records has a quarter of it."""


class PublicV2Client:
    """A workspace behind Public API v2; implements `app.domain.backend.Backend`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    @property
    def resources(self) -> ResourceMatrix:
        return RESOURCES

    @property
    def log(self) -> RequestLog:
        return self._transport.log

    @property
    def is_read_only(self) -> bool:
        return self._transport.is_read_only

    async def health(self) -> Health:
        """Ask whether the API is there. The answer's body is not documented; any JSON will do."""
        request = self._prepare(HEALTH, HEALTH.fill())
        answer = await self._transport.send(request, is_keyed=False)
        return await self._decoded(request, answer, _health)

    async def schema(self, record_type: str) -> RecordType:
        request = self.prepare_schema(record_type)
        answer = await self._transport.send(request)
        return await self._decoded(
            request, answer, lambda json: schema_to_domain(json, record_type)
        )

    async def read(self, record_id: RecordId) -> Record:
        request = self.prepare_read(record_id)
        answer = await self._transport.send(request)
        return await self._decoded(request, answer, lambda json: answer_to_record(json, record_id))

    async def query(self, query: Query, cursor: Cursor | None = None) -> Page:
        request = self.prepare_query(query, cursor)
        answer = await self._transport.send(request)
        return await self._decoded(
            request, answer, lambda json: page_to_domain(json, query.record_type)
        )

    async def links(
        self, record_id: RecordId, relationship: str, cursor: Cursor | None = None
    ) -> LinkPage:
        request = self.prepare_links(record_id, relationship, cursor)
        answer = await self._transport.send(request)
        return await self._decoded(
            request, answer, lambda json: links_to_domain(json, record_id, relationship)
        )

    def prepare_schema(self, record_type: str) -> PreparedRequest:
        """The request `schema` sends."""
        return self._prepare(SCHEMA, SCHEMA.fill(record_type=record_type))

    def prepare_read(self, record_id: RecordId) -> PreparedRequest:
        """The request `read` sends."""
        path = READ.fill(record_type=record_id.record_type, record_id=record_id.id)
        return self._prepare(READ, path, wants_names=True)

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
        headers = (("Prefer", REFERENCE_NAMES),) if wants_names else ()
        return PreparedRequest(
            endpoint.method, self._transport.base_url, path, body, headers, endpoint.is_read
        )

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


def _body_bytes(body: Json) -> bytes:
    """The bytes of a body. Raises Rejected for numbers and texts that JSON cannot carry."""
    try:
        return dump_json(body).encode()
    except ValueError as error:
        reason = "The query holds a value that JSON cannot carry"
        if not isinstance(error, UnicodeEncodeError):
            reason += f": {error}"
        raise Rejected(reason, faults=(Fault("invalid_filter_value", reason),)) from None
