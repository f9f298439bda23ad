"""Relationship writes: a link added by id or by match, its edge attributes changed, a link removed.

Source: Public API v2, Manage Relationships; reference, the pages of the typed edges; contract 3.8 and 7, nos. 33 to 37.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import Response

from app.domain.values import Json
from app.server.bodies import parse_object, read_bytes
from app.server.public_v2.calls import Call
from app.server.public_v2.relationships import check_there, link_json, relationship_of
from app.server.public_v2.writes import check_writable
from app.server.refusals import Refusal, quoted
from app.server.store.accepting import accept_value
from app.server.store.definitions import RelationshipDefinition
from app.server.store.identifiers import parse_id
from app.server.store.linking import (
    Edge,
    add_link,
    change_link,
    check_changeable,
    find_target,
    remove_link,
)
from app.server.store.readers import Reader
from app.server.store.replies import Reply
from app.server.store.writing import Writer

_ID, _MATCH = "related_record_id", "related_record_match"


async def add(call: Call) -> Response:
    """Answer the POST of a link: 201, or 200 for one that was there and now has these edge attributes."""
    relationship = _relationship(call)
    definition, record_id = call.resource.definition, call.record_id
    body = await read_bytes(call.request)
    told = _told(parse_object(body, frozenset({_ID, _MATCH, *_edge_names(call)})))

    def work(writer: Writer) -> Reply:
        check_writable(writer, definition)
        check_there(writer, definition, record_id)
        edge = _edge(writer, relationship, told.edge)
        target = find_target(writer, relationship, told.target_id, told.match)
        is_new = add_link(writer, relationship, record_id, target, edge)
        answer = link_json(writer, definition, record_id, relationship, target)
        return Reply(201 if is_new else 200, answer)

    return await call.change(body, work, may_have_names=False)


async def change(call: Call) -> Response:
    """Answer the PATCH of a typed link."""
    relationship = _relationship(call)
    definition, record_id = call.resource.definition, call.record_id
    target = _target(call, relationship)
    body = await read_bytes(call.request)
    raw = parse_object(body, _edge_names(call))

    def work(writer: Writer) -> Reply:
        check_writable(writer, definition)
        check_there(writer, definition, record_id)
        change_link(writer, relationship, record_id, target, _edge(writer, relationship, raw))
        return Reply(200, link_json(writer, definition, record_id, relationship, target))

    return await call.change(body, work, may_have_names=False)


async def remove(call: Call) -> Response:
    """Answer the DELETE of a link."""
    relationship = _relationship(call)
    definition, record_id = call.resource.definition, call.record_id
    target = _target(call, relationship)
    body = await read_bytes(call.request)

    def work(writer: Writer) -> Reply:
        check_writable(writer, definition)
        check_there(writer, definition, record_id)
        remove_link(writer, relationship, record_id, target)
        return Reply(204)

    return await call.change(body, work, may_have_names=False)


@dataclass(frozen=True, slots=True)
class _Told:
    """What a body says: exactly one of `target_id` and `match` is there."""

    target_id: str | None
    match: Json
    edge: Mapping[str, Json]


def _told(asked: dict[str, Json]) -> _Told:
    target_id, match = asked.pop(_ID, None), asked.pop(_MATCH, None)
    if (target_id is None) == (match is None):
        raise Refusal(
            "field_value_invalid", f"the body needs exactly one of {_ID} and {_MATCH}", _ID
        )
    if target_id is not None:
        target_id = parse_id(target_id) if isinstance(target_id, str) else None
        if target_id is None:
            raise Refusal("field_value_invalid", f"{_ID} must be a UUID", _ID)
    return _Told(target_id, match, asked)


def _relationship(call: Call) -> RelationshipDefinition:
    """The relationship in the path. Raises `Refusal` for one that is not changed here, whether or not the record exists."""
    relationship = relationship_of(call.resource.definition, call.parts["api_name"])
    check_changeable(call.store.catalogue, relationship)
    return relationship


def _target(call: Call, relationship: RelationshipDefinition) -> str:
    """The target in the path. Raises `Refusal` for what cannot be an id."""
    text = call.parts["target_id"]
    target = parse_id(text)
    if target is None:
        words = f"no {relationship.related_record_type} {quoted(text)}: not a UUID"
        raise Refusal("target_record_not_found", words)
    return target


def _edge_names(call: Call) -> frozenset[str]:
    """What a link can carry; a generic one carries nothing."""
    rule = call.resource.rule.relationships
    attributes = rule.edge_attributes.get(call.parts["api_name"], ()) if rule is not None else ()
    return frozenset(row.api_name for row in attributes)


def _edge(reader: Reader, relationship: RelationshipDefinition, raw: Mapping[str, Json]) -> Edge:
    """Edge attributes as they are stored. Raises `Refusal`."""
    if not raw:
        return {}
    attributes = reader.catalogue[relationship.junction_record_type or ""].attribute_by_name
    accepted = {name: accept_value(value, attributes[name], reader) for name, value in raw.items()}
    return {name: None if cells is None else cells[0] for name, cells in accepted.items()}
