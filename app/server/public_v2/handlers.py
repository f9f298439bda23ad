"""The handlers of Public API v2: one function per call, and the paths they serve."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.server.access import refused
from app.server.bodies import read_bytes
from app.server.compact import compact
from app.server.public_v2 import items, link_writes
from app.server.public_v2.activities import answer_scoped_query
from app.server.public_v2.calls import JSON, Call, Handler, etag_of
from app.server.public_v2.path_table import Parts, PathTable
from app.server.public_v2.questions import answer_query
from app.server.public_v2.records import render
from app.server.public_v2.relationships import answer_links, relationship_of
from app.server.public_v2.routing import ACTIONS, check_served, find_resource
from app.server.public_v2.schemas import schema_json
from app.server.public_v2.writes import archive, assert_record, create, patch
from app.server.refusals import Refusal
from app.server.store.catalogue import Catalogue
from app.server.store.pages import read_one
from app.server.store.readers import Reader
from app.server.store.workspace import Store
from app.wire.endpoint import Endpoint
from app.wire.public_v2 import endpoints

FEATURES: Final = (
    endpoints.REFERENCE_NAMES,
    endpoints.IDEMPOTENCY_KEY,
    endpoints.IF_MATCH,
)
"""What this server offers beyond the documented API."""


async def health(_: Request, __: Parts) -> Response:
    """Whether the API is mounted."""
    return Response(compact({"status": "ok", "features": [*FEATURES]}), media_type=JSON)


async def schema(call: Call) -> Response:
    """Answer `_schema`."""
    return call.answer(schema_json(call.resource.definition), may_have_names=False)


async def query(call: Call) -> Response:
    """Answer `_query`, in the filter language or in the resource's own words."""
    body = await read_bytes(call.request)
    definition, scopes = call.resource.definition, call.resource.rule.query_scopes
    with_names = call.with_names

    def work(reader: Reader) -> bytes:
        if scopes:
            return answer_scoped_query(reader, definition, scopes, body, with_names=with_names)
        return answer_query(reader, definition, body, with_names=with_names)

    return call.answer(await call.store.read(work))


async def read(call: Call) -> Response:
    """Answer a read by id."""
    definition, record_id, with_names = call.resource.definition, call.record_id, call.with_names

    def work(reader: Reader) -> tuple[bytes, str]:
        page = read_one(reader, definition.api_name, record_id)
        if not page.rows:
            raise Refusal("record_not_found", f"no {definition.api_name} {record_id}")
        record = render(reader, page, with_names=with_names)[0]
        return f'{{"data":{record}}}'.encode(), etag_of(page.rows[0][2])

    body, etag = await call.store.read(work)
    return call.answer(body, etag=etag)


async def links(call: Call) -> Response:
    """Answer a relationship read."""
    definition, record_id = call.resource.definition, call.record_id
    relationship = relationship_of(definition, call.parts["api_name"])
    parameters = call.request.query_params

    def work(reader: Reader) -> bytes:
        return answer_links(reader, definition, record_id, relationship, parameters)

    return call.answer(await call.store.read(work), may_have_names=False)


async def not_implemented(call: Call) -> Response:
    """Refuse a change that the resource supports."""
    if "record_id" in call.parts:
        _ = call.record_id  # what cannot be an id is not found
    raise Refusal("not_implemented", "this version of the local workspace does not change that")


HANDLERS: Final[Mapping[Endpoint, Handler]] = MappingProxyType(
    dict.fromkeys(ACTIONS, not_implemented)
    | {
        endpoints.QUERY: query,
        endpoints.READ: read,
        endpoints.LINKS: links,
        endpoints.CREATE: create,
        endpoints.PATCH: patch,
        endpoints.ARCHIVE: archive,
        endpoints.ASSERT: assert_record,
        endpoints.ADD_LINK: link_writes.add,
        endpoints.PATCH_LINK: link_writes.change,
        endpoints.REMOVE_LINK: link_writes.remove,
        endpoints.ADD_ITEM: items.add,
        endpoints.PATCH_ITEM: items.change,
        endpoints.REMOVE_ITEM: items.remove,
    }
)
"""What serves each call that the matrix knows."""


SERVED: Final = frozenset(
    endpoint for endpoint, handler in HANDLERS.items() if handler is not not_implemented
) | {endpoints.SCHEMA}
"""The calls on record types that something serves."""


METHODS: Final = ("GET", "HEAD", "POST", "PATCH", "DELETE", "PUT")
_READING: Final = ("GET", "HEAD")

Serve = Callable[[Request, Parts], Awaitable[Response]]


class PublicApi:
    """The API over a workspace, an ASGI application without a lifespan."""

    def __init__(self, store: Store) -> None:
        self._paths = PathTable(_rows(store))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        try:
            answer = await self._answer(Request(scope, receive))
        except Refusal as refusal:
            answer = refused(refusal)
        await answer(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        path: str = request.scope["path"]
        is_ours = path.startswith(endpoints.PREFIX)
        found = self._paths.find(path[len(endpoints.PREFIX) :]) if is_ours else None
        if found is None:
            raise Refusal("not_found", "there is no such path")
        if request.method not in METHODS:
            raise _not_allowed("this path does not have that method", METHODS)
        serve, parts = found
        return await serve(request, parts)


def _rows(store: Store) -> Iterable[tuple[str, Serve]]:
    """A row per path; the methods of a path are told apart inside, so that refusals follow the matrix."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for endpoint in HANDLERS:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint
    rows = {
        endpoints.HEALTH.path: _only_read(health),
        endpoints.OPENAPI.path: _only_read(_openapi(store)),
        endpoints.SCHEMA.path: _only_read(_schema(store)),
    }
    rows |= {path: _by_method(store, path, methods) for path, methods in by_path.items()}
    return rows.items()


def _only_read(answer: Serve) -> Serve:
    """A path that is only read: another method is refused here, before a path with wider parts takes it."""

    async def serve(request: Request, parts: Parts) -> Response:
        if request.method not in _READING:
            raise _not_allowed("this path is only read", _READING)
        return await answer(request, parts)

    return serve


def _not_allowed(why: str, methods: tuple[str, ...]) -> Refusal:
    refusal = Refusal("method_not_allowed", why)
    refusal.headers["Allow"] = ", ".join(methods)
    return refusal


def _description(catalogue: Catalogue) -> bytes:
    from app.server.public_v2.openapi import openapi_json  # noqa: PLC0415 - the deck starts without it

    return openapi_json(catalogue, SERVED, FEATURES)


def _openapi(store: Store) -> Serve:
    """The description of the API, made once per catalogue."""
    kept: tuple[Catalogue, bytes] | None = None

    async def serve(_: Request, __: Parts) -> Response:
        nonlocal kept
        catalogue = store.catalogue
        if kept is None or kept[0] is not catalogue:
            kept = catalogue, await asyncio.to_thread(_description, catalogue)
        return Response(kept[1], media_type=JSON)

    return serve


def _schema(store: Store) -> Serve:
    async def serve(request: Request, parts: Parts) -> Response:
        resource = find_resource(store.catalogue, parts["record_type"])
        return await schema(Call(store, request, resource, parts))

    return serve


def _by_method(store: Store, path: str, methods: Mapping[str, Endpoint]) -> Serve:
    async def serve(request: Request, parts: Parts) -> Response:
        resource = find_resource(store.catalogue, parts["record_type"])
        endpoint = methods.get(request.method)
        check_served(resource, path, endpoint, parts)
        assert endpoint is not None
        return await HANDLERS[endpoint](Call(store, request, resource, parts))

    return serve
