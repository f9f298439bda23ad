"""Relationship reads. Source: Public API v2, Manage Relationships; contract 3.8 and 7, no. 32."""

from starlette.datastructures import QueryParams

from app.domain.query import DEFAULT_LIMIT
from app.server.compact import compact
from app.server.public_v2.questions import limit_of
from app.server.public_v2.records import RecordRenderer
from app.server.public_v2.values import text_json
from app.server.refusals import Refusal, quoted
from app.server.store.cursors import bad_cursor
from app.server.store.definitions import (
    ORGANIZATION,
    SYSTEM_COLUMNS,
    AttributeDefinition,
    RecordTypeDefinition,
    RelationshipDefinition,
)
from app.server.store.links import StoredLinks, is_there, read_links
from app.server.store.readers import Reader


def relationship_of(definition: RecordTypeDefinition, name: str) -> RelationshipDefinition:
    """The relationship with a name. Raises `Refusal`."""
    relationship = definition.relationship_by_name.get(name)
    if relationship is None:
        message = f"{definition.api_name} has no relationship {quoted(name)}"
        raise Refusal("unknown_relationship", message)
    return relationship


def edge_attributes(
    relationship: RelationshipDefinition, junction: RecordTypeDefinition
) -> tuple[AttributeDefinition, ...]:
    """What a link carries: the junction's attributes but its own bookkeeping and its two ends."""
    ends = {relationship.link.near_column, relationship.link.far_column}
    hidden = {*SYSTEM_COLUMNS, ORGANIZATION, *ends}
    return tuple(row for row in junction.visible if row.api_name not in hidden)


def answer_links(
    reader: Reader,
    definition: RecordTypeDefinition,
    record_id: str,
    relationship: RelationshipDefinition,
    parameters: QueryParams,
) -> bytes:
    """A page of one relationship of one record. Raises `Refusal`."""
    limit = _limit(parameters)
    subject = f"{definition.api_name}/{record_id}/{relationship.api_name}"
    after = None
    if "cursor" in parameters:
        values = reader.workspace.cursors.read(parameters["cursor"], subject).values
        if len(values) != 1 or not isinstance(values[0], str):
            raise bad_cursor("belongs to another question")
        after = values[0]
    check_there(reader, definition, record_id)
    links = read_links(reader, relationship, record_id, limit, after)
    cursor = None
    if links.has_more:
        cursor = reader.workspace.cursors.sign(subject, "", (links.targets[-1],))
    items = ",".join(_items(reader, relationship, links))
    head = _head(definition, record_id, relationship)
    return f'{head},"items":[{items}],"next_cursor":{text_json(cursor)}}}'.encode()


def link_json(
    reader: Reader,
    definition: RecordTypeDefinition,
    record_id: str,
    relationship: RelationshipDefinition,
    target_id: str,
) -> str:
    """The answer that shows one link that exists."""
    links = read_links(reader, relationship, record_id, 1, only=target_id)
    (item,) = _items(reader, relationship, links)
    return f'{_head(definition, record_id, relationship)},"item":{item}}}'


def check_there(reader: Reader, definition: RecordTypeDefinition, record_id: str) -> None:
    """Raise `Refusal` if there is no such record."""
    if not is_there(reader, definition.api_name, record_id):
        raise Refusal("record_not_found", f"no {definition.api_name} {record_id}")


def _head(
    definition: RecordTypeDefinition, record_id: str, relationship: RelationshipDefinition
) -> str:
    """What every answer begins with; the object is left open."""
    parent = compact({"id": record_id, "record_type": definition.api_name})
    return f'{{"parent":{parent},"api_name":{compact(relationship.api_name)}'


def _items(reader: Reader, relationship: RelationshipDefinition, links: StoredLinks) -> list[str]:
    kind = compact(relationship.related_record_type)
    return [
        f'{{"related_record_id":{text_json(target)},"related_record_type":{kind},"through":{through}}}'
        for target, through in zip(
            links.targets, _through(reader, relationship, links), strict=True
        )
    ]


def _limit(parameters: QueryParams) -> int:
    unknown = sorted(set(parameters) - {"limit", "cursor"})
    if unknown:
        raise Refusal(
            "unknown_field", f"unknown parameter {quoted(unknown[0])}", quoted(unknown[0])
        )
    text = parameters.get("limit", str(DEFAULT_LIMIT))
    return limit_of(int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None)


def _through(reader: Reader, relationship: RelationshipDefinition, links: StoredLinks) -> list[str]:
    """The junction records with their edge attributes; `null` for plain links, which have none."""
    junction = links.junction
    if junction is None:
        return ["null"] * len(links.targets)
    edge = edge_attributes(relationship, junction)
    renderer = RecordRenderer(junction, reader.workspace.organization_id, only=edge)
    kind = compact(junction.api_name)
    return [
        f'{{"id":{text_json(row[0])},"record_type":{kind},"attributes":{renderer.attributes(row)}}}'
        for row in links.rows
    ]
