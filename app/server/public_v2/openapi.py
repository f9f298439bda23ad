"""The description of the API in OpenAPI 3.1, made from what serves it.

Which calls there are: the endpoints' declarations, the matrix and the handlers. What they carry: the workspace's catalogue.
So it changes with the workspace, and a call appears once something serves it. `GET /openapi.json` is ours.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from app import __version__
from app.domain.capabilities import Action, Support
from app.domain.outcomes import Did
from app.domain.values import Json
from app.server.compact import compact
from app.server.public_v2.openapi_shapes import (
    ERROR,
    HEALTH,
    LIMIT,
    SCHEMA,
    TEXT,
    UUID,
    VALUES,
    Shape,
    closed,
    filter_shape,
    link_shape,
    links_shape,
    page_shape,
    question_shape,
    record_shape,
    refer,
    value_shapes,
    written_shape,
)
from app.server.public_v2.relationships import edge_attributes
from app.server.public_v2.routing import ACTIONS, Resource, check_served, find_resource
from app.server.refusals import STATUS, Refusal
from app.server.store.catalogue import Catalogue
from app.wire.endpoint import Endpoint
from app.wire.public_v2 import endpoints
from app.wire.public_v2.matrix import ACTIVITY_METADATA

VERSION: Final = "3.1.1"
_JSON: Final = "application/json"
_REQUEST_ID: Final[Shape] = {"X-Request-Id": {"$ref": "#/components/headers/request_id"}}
_ONE_MEMBER: Final[Shape] = {"type": "object", "minProperties": 1, "maxProperties": 1}
_WRITES_ONLY: Final = frozenset({409, 412, 422, 507})
"""Statuses that no reading call has."""
_ELSEWHERE: Final = frozenset({405, 501})
"""Statuses of calls that are not served."""


@dataclass(frozen=True, slots=True)
class _Call:
    """A served call on one record type, and on one relationship or list-like attribute of it."""

    resource: Resource
    endpoint: Endpoint
    name: str | None = None

    @property
    def record_type(self) -> str:
        return self.resource.definition.api_name

    @property
    def parts(self) -> dict[str, str]:
        """The parts of the path that are known."""
        known = {"record_type": self.record_type}
        return known if self.name is None else known | {"api_name": self.name}

    @property
    def path(self) -> str:
        """The path with the known parts filled in."""
        path = self.endpoint.path
        for part, text in self.parts.items():
            path = path.replace(f"{{{part}}}", quote(text, safe=""))
        return path


@dataclass(frozen=True, slots=True)
class _Talk:
    """What a call takes and gives."""

    answers: Mapping[int, Shape | None]
    """Good answers by status; `None`: without a body."""
    body: Shape | None = None
    parameters: tuple[str, ...] = ()
    """Names of components."""
    is_one_record: bool = False
    """Whether it answers with a record, and so with its state as an entity tag where that is offered."""


def openapi_json(
    catalogue: Catalogue, served: Collection[Endpoint], features: Collection[str]
) -> bytes:
    """The document; `served` are the calls that something serves, `features` what this server offers beyond the API."""
    calls = [*_calls(catalogue)]
    paths: dict[str, dict[str, Json]] = {}
    for endpoint, talk in _GENERAL.items():
        operation = _operation(endpoint, endpoint.path, talk)
        paths[endpoint.path] = {endpoint.method.lower(): operation | _access(endpoint)}
    for call in calls:
        method = call.endpoint.method.lower()
        if _is_refused(call):
            paths.setdefault(call.path, {})[method] = _refused(call)
        elif call.endpoint in served and _is_allowed(call):
            talk = _TALKS[call.endpoint](call)
            operation = _operation(call.endpoint, call.path, talk, features)
            paths.setdefault(call.path, {})[method] = operation | {"tags": [call.record_type]}
    document: Json = {
        "openapi": VERSION,
        "info": {
            "title": "Public API v2, as the local CRM serves it",
            "version": __version__,
            "description": "Made from this workspace. Where the API's pages are silent the local CRM makes a choice; "
            "a client of the real service must not depend on it.",
        },
        "servers": [{"url": endpoints.PREFIX}],
        "security": [{name: []} for name in _SECURITY],
        "tags": [
            {"name": row.api_name, "description": row.description or row.display_name}
            for row in catalogue.values()
            if row.is_routed
        ],
        "paths": {path: dict(methods) for path, methods in paths.items()},
        "components": {
            "schemas": _components(catalogue),
            "responses": {f"refused.{status}": _refusal(status) for status in _statuses()},
            "parameters": dict(_PARAMETERS),
            "headers": {
                "request_id": {
                    "description": "The id under which the server's log has the request.",
                    "schema": TEXT,
                },
                "etag": {"description": "The record's state, for If-Match.", "schema": TEXT},
            },
            "securitySchemes": dict(_SECURITY),
        },
    }
    return compact(document).encode()


def _calls(catalogue: Catalogue) -> Iterator[_Call]:
    """Every call on every record type, served or not."""
    for definition in catalogue.values():
        if not definition.is_routed:
            continue
        resource = find_resource(catalogue, definition.api_name)
        yield _Call(resource, endpoints.SCHEMA)
        for endpoint, action in ACTIONS.items():
            match action:
                case Action.RELATIONSHIP_READ | Action.RELATIONSHIP_WRITE | Action.EDGE_PATCH:
                    for relationship in definition.relationships:
                        yield _Call(resource, endpoint, relationship.api_name)
                case Action.ATTRIBUTE_ITEMS:
                    for name in resource.rule.attribute_items.names:
                        yield _Call(resource, endpoint, name)
                case _:
                    yield _Call(resource, endpoint)


def _is_refused(call: _Call) -> bool:
    """Whether the matrix says that the route exists and refuses the method."""
    action = ACTIONS.get(call.endpoint)
    return action is not None and call.resource.rule.support(action) is Support.EXPLICIT_405


def _is_allowed(call: _Call) -> bool:
    """Whether the matrix has the call, asked as requests ask it; junctions change by the links of what they join."""
    if call.endpoint not in ACTIONS:
        return True
    if call.resource.definition.is_junction and not call.endpoint.is_read:
        return False
    try:
        check_served(call.resource, call.endpoint.path, call.endpoint, call.parts)
    except Refusal:
        return False
    return True


def _operation(
    endpoint: Endpoint, path: str, talk: _Talk, features: Collection[str] = ()
) -> dict[str, Json]:
    """An operation."""
    names = [*_path_parts(path), *talk.parameters]
    names += [feature for feature in _FEATURES.get(endpoint, ()) if feature in features]
    headers = _REQUEST_ID
    if talk.is_one_record and endpoints.IF_MATCH in features:
        headers = headers | {"ETag": {"$ref": "#/components/headers/etag"}}
    responses: dict[str, Json] = {
        str(status): _answer(status, shape, headers) for status, shape in talk.answers.items()
    }
    for status in _statuses():
        if status in _ELSEWHERE or (endpoint.is_read and status in _WRITES_ONLY):
            continue
        responses[str(status)] = {"$ref": f"#/components/responses/refused.{status}"}
    operation: dict[str, Json] = {
        "operationId": _operation_id(endpoint, path),
        "summary": endpoint.summary,
        "responses": responses,
    }
    if names:
        operation["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in names]
    if talk.body is not None:
        operation["requestBody"] = {"required": True, "content": {_JSON: {"schema": talk.body}}}
    return operation


def _refused(call: _Call) -> dict[str, Json]:
    """The operation of a call that the API refuses for good."""
    operation: dict[str, Json] = {
        "operationId": _operation_id(call.endpoint, call.path),
        "summary": f"{call.endpoint.summary}: refused, read-only",
        "description": call.resource.rule.note,
        "responses": {"405": {"$ref": "#/components/responses/refused.405"}},
        "tags": [call.record_type],
    }
    if parts := _path_parts(call.path):
        operation["parameters"] = [{"$ref": f"#/components/parameters/{name}"} for name in parts]
    return operation


def _operation_id(endpoint: Endpoint, path: str) -> str:
    words = (word.strip("{}") for word in path.split("/") if word)
    return "-".join((endpoint.method.lower(), *words))


def _path_parts(path: str) -> list[str]:
    return [word.strip("{}") for word in path.split("/") if word.startswith("{")]


def _access(endpoint: Endpoint) -> dict[str, Json]:
    return {"security": []} if endpoint is endpoints.HEALTH else {}


def _answer(status: int, shape: Shape | None, headers: Shape = _REQUEST_ID) -> Shape:
    answer: Shape = {"description": HTTPStatus(status).phrase, "headers": headers}
    return answer if shape is None else answer | {"content": {_JSON: {"schema": shape}}}


def _statuses() -> list[int]:
    return sorted(set(STATUS.values()))


def _refusal(status: int) -> Shape:
    """The refusals of a status, and the codes that usually come with it."""
    codes = ", ".join(code for code, its_status in STATUS.items() if its_status == status)
    answer = _answer(status, refer("error"))
    return answer | {"description": f"{HTTPStatus(status).phrase}: {codes}"}


def _components(catalogue: Catalogue) -> Shape:
    shapes: Shape = {"error": ERROR, "health": HEALTH, "schema": SCHEMA, **value_shapes()}
    for definition in catalogue.values():
        name = definition.api_name
        if not definition.is_routed:
            continue
        rule = find_resource(catalogue, name).rule
        shapes[f"record.{name}"] = record_shape(definition)
        shapes[f"page.{name}"] = page_shape(name)
        shapes[f"question.{name}"] = question_shape(definition, rule.query_scopes)
        if not rule.query_scopes:
            shapes[f"filter.{name}"] = filter_shape(definition)
        if rule.relationships is None:
            continue
        for relationship in definition.relationships:
            junction = catalogue.get(relationship.junction_record_type or "")
            edge = edge_attributes(relationship, junction) if junction is not None else ()
            shape = link_shape(relationship, junction, edge)
            shapes[f"link.{name}.{relationship.api_name}"] = shape
    return shapes


def _data(shape: Shape) -> Shape:
    return closed({"data": shape})


def _record(call: _Call) -> Shape:
    return _data(refer("record", call.record_type))


def _schema(_: _Call) -> _Talk:
    return _Talk({200: refer("schema")})


def _read(call: _Call) -> _Talk:
    return _Talk({200: _record(call)}, parameters=("prefer",), is_one_record=True)


def _query(call: _Call) -> _Talk:
    name = call.record_type
    return _Talk({200: refer("page", name)}, refer("question", name), ("prefer",))


def _links(call: _Call) -> _Talk:
    return _Talk({200: _linked(call, is_page=True)}, parameters=("limit", "cursor"))


def _linked(call: _Call, *, is_page: bool) -> Shape:
    definition = call.resource.definition
    relationship = definition.relationship_by_name[call.name or ""]
    return links_shape(definition.api_name, relationship, is_page=is_page)


def _written(call: _Call, *, is_create: bool) -> Shape:
    return closed({"attributes": _attributes(call, is_create=is_create)})


def _attributes(call: _Call, *, is_create: bool) -> Shape:
    words = call.resource.rule.create_words
    if not words:
        return written_shape(call.resource.definition.visible, is_create=is_create)
    about = frozenset(word.api_name for word in ACTIVITY_METADATA)
    shape = written_shape((row for row in words if row.api_name not in about), is_create=True)
    metadata = written_shape((row for row in words if row.api_name in about), is_create=True)
    members = shape["properties"]
    assert isinstance(members, dict)
    return closed({"metadata": metadata, **members}, members)


def _create(call: _Call) -> _Talk:
    return _keep({201: _record(call)}, _written(call, is_create=True))


def _patch(call: _Call) -> _Talk:
    return _keep({200: _record(call)}, _written(call, is_create=False))


def _assert(call: _Call) -> _Talk:
    action: Shape = {"enum": [Did.CREATED.value, Did.UPDATED.value]}
    record = refer("record", call.record_type)
    asserted = closed({"data": record, "meta": closed({"action": action})})
    writable = [
        row for row in call.resource.definition.visible if row.is_creatable or row.is_updatable
    ]
    attributes = written_shape(writable, is_create=False)
    body = closed({"match": _ONE_MEMBER, "attributes": attributes}, ["attributes"])
    return _keep({201: asserted, 200: asserted}, body)


def _keep(answers: Mapping[int, Shape | None], body: Shape) -> _Talk:
    return _Talk(answers, body, ("prefer",), is_one_record=True)


def _add_link(call: _Call) -> _Talk:
    one: list[Json] = [
        {"required": ["related_record_id"]},
        {"required": ["related_record_match"]},
    ]
    target = {"related_record_id": UUID, "related_record_match": _ONE_MEMBER}
    edge = _edge(call)
    body = closed(target | edge, [*target, *edge]) | {"oneOf": one}
    linked = _linked(call, is_page=False)
    return _Talk({201: linked, 200: linked}, body)


def _patch_link(call: _Call) -> _Talk:
    edge = _edge(call)
    return _Talk({200: _linked(call, is_page=False)}, closed(edge, edge))


def _edge(call: _Call) -> dict[str, Json]:
    """The members of a link's body that belong to the link itself."""
    rule = call.resource.rule.relationships
    if rule is None or call.name not in rule.typed:
        return {}
    words: dict[str, Json] = {}
    for row in rule.edge_attributes.get(call.name, ()):
        words[row.api_name] = refer("written", row.value_type)
    return words


def _item(call: _Call) -> Shape:
    """An item: under `envelope` where it has an id, bare where its name tells it apart. Source: contract 3.9."""
    value_type = call.resource.definition.attribute_by_name[call.name or ""].value_type
    shape = VALUES[value_type]
    properties = shape["properties"]
    assert isinstance(properties, dict)
    return _data(closed({"id": UUID, "envelope": shape}) if "id" in properties else shape)


def _add_item(call: _Call) -> _Talk:
    return _Talk({201: _item(call)}, {"type": "object", "minProperties": 1})


def _patch_item(call: _Call) -> _Talk:
    return _Talk({200: _item(call)}, {"type": "object", "minProperties": 1})


def _nothing(_: _Call) -> _Talk:
    return _Talk({204: None})


_TALKS: Final[Mapping[Endpoint, Callable[[_Call], _Talk]]] = MappingProxyType(
    {
        endpoints.SCHEMA: _schema,
        endpoints.READ: _read,
        endpoints.QUERY: _query,
        endpoints.LINKS: _links,
        endpoints.CREATE: _create,
        endpoints.PATCH: _patch,
        endpoints.ARCHIVE: _nothing,
        endpoints.ASSERT: _assert,
        endpoints.ADD_LINK: _add_link,
        endpoints.PATCH_LINK: _patch_link,
        endpoints.REMOVE_LINK: _nothing,
        endpoints.ADD_ITEM: _add_item,
        endpoints.PATCH_ITEM: _patch_item,
        endpoints.REMOVE_ITEM: _nothing,
    }
)
"""What each call on a record type takes and gives."""

_GENERAL: Final[Mapping[Endpoint, _Talk]] = MappingProxyType(
    {
        endpoints.HEALTH: _Talk({200: refer("health")}),
        endpoints.OPENAPI: _Talk({200: {"type": "object"}}),
    }
)
"""The calls that belong to no record type."""

_FEATURES: Final[Mapping[Endpoint, tuple[str, ...]]] = MappingProxyType(
    {
        endpoint: (endpoints.IDEMPOTENCY_KEY, endpoints.IF_MATCH)
        if endpoint in (endpoints.PATCH, endpoints.ARCHIVE)
        else (endpoints.IDEMPOTENCY_KEY,)
        for endpoint in ACTIONS
        if not endpoint.is_read
    }
)
"""Calls with a header that is our extension; described if the server offers it."""


def _parameter(name: str, place: str, shape: Shape, description: str) -> Shape:
    parameter: Shape = {"name": name, "in": place, "schema": shape, "description": description}
    return parameter | {"required": True} if place == "path" else parameter


_PARAMETERS: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "record_id": _parameter("record_id", "path", UUID, "The record's id"),
        "target_id": _parameter("target_id", "path", UUID, "The id of the record it is linked to"),
        "item_id": _parameter("item_id", "path", TEXT, "The item's id; of a domain its name"),
        "limit": _parameter("limit", "query", LIMIT, "Links per page"),
        "cursor": _parameter("cursor", "query", TEXT, "Where a page before said to go on"),
        "prefer": _parameter(
            "Prefer", "header", TEXT, f"`{endpoints.REFERENCE_NAMES}`: references carry names"
        ),
        endpoints.IDEMPOTENCY_KEY: _parameter(
            "Idempotency-Key", "header", TEXT, "Sent again with it, a request answers as before"
        ),
        endpoints.IF_MATCH: _parameter(
            "If-Match", "header", TEXT, "Refused with 412 if the record is no longer in this state"
        ),
    }
)

_SECURITY: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "bearer": {"type": "http", "scheme": "bearer"},
        "api_key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    }
)
"""Either will do; with both, bearer wins. In process no key is needed."""
