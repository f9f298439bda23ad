"""Records, pages and links of Public API v2 as JSON, and their translation.

Source: Public API v2, Quickstart, Core Objects, Manage Relationships, and the reference samples; contract 3.1, 3.6, 3.8.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from app.domain.errors import BadAnswer
from app.domain.records import Cursor, Link, LinkPage, Page, Record, RecordId
from app.domain.values import Json, Value
from app.wire.public_v2.values import UnreadValues, decode_value, decode_values
from app.wire.shape import bad, needed_id, needed_list, needed_object, next_cursor, text

_MARK: Final = re.compile(r"[0-9A-Za-z:.+ -]{1,64}")


def answer_to_record(answer: Json, asked: RecordId) -> Record:
    """The answer of a read: the record under `data`.

    Raises:
        BadAnswer: if there is none, or if it is not the record that was asked for.
    """
    record = record_to_domain(
        needed_object(answer, "").get("data"), asked.record_type, pointer="/data"
    )
    found = record.record_id
    if found.id.casefold() != asked.id.casefold():
        raise BadAnswer(f"Asked for {asked}, the server answered with {found}")
    return record


def record_to_domain(
    shape: Json, record_type: str, *, pointer: str = "", is_skimmed: bool = False
) -> Record:
    """A record; `record_type` is what was asked for and holds where the answer does not say.

    Timestamps stand beside `attributes` in some samples and only inside them in others. The values of a skimmed record are
    decoded when they are looked at.

    Raises:
        BadAnswer: if it has no id, or attributes that are no object.
    """
    row = needed_object(shape, pointer)
    envelopes = row.get("attributes")
    if envelopes is None:
        envelopes = {}
    elif not isinstance(envelopes, dict):
        raise bad(f"{pointer}/attributes", "an object", envelopes)
    attributes: Mapping[str, Value] = (
        UnreadValues(envelopes) if is_skimmed else MappingProxyType(decode_values(envelopes))
    )
    found = row.get("id")
    if found is None and isinstance(inside := attributes.get("id"), str):
        found = inside
    return Record(
        RecordId(text(row.get("record_type")) or record_type, needed_id(found, f"{pointer}/id")),
        attributes,
        _moment(row.get("created_at"), attributes, "created_at"),
        _moment(row.get("updated_at"), attributes, "updated_at"),
        row.get("metadata"),
        _version(row.get("updated_at"), envelopes.get("updated_at")),
    )


def _version(beside: Json, inside: Json) -> str | None:
    """The last change as the server writes it, to the digit: a time in our own writing would be another text.

    It goes back in a header, so that anything that does not look like a time is not taken.
    """
    if beside is None and isinstance(inside, dict):
        beside = inside.get("value")
    return beside if isinstance(beside, str) and _MARK.fullmatch(beside) else None


def page_to_domain(answer: Json, record_type: str, *, is_skimmed: bool = False) -> Page:
    """The answer of a query, in the server's order. Raises BadAnswer."""
    body = needed_object(answer, "")
    rows = needed_list(body.get("data"), "/data")
    cursor = next_cursor(body)
    return Page(
        tuple(
            record_to_domain(row, record_type, pointer=f"/data/{index}", is_skimmed=is_skimmed)
            for index, row in enumerate(rows)
        ),
        None if cursor is None else Cursor(cursor),
    )


def links_to_domain(answer: Json, parent: RecordId, relationship: str) -> LinkPage:
    """The answer of a relationship read, in the server's order.

    The names `items` and `next_cursor` are our choice; a list under `data` is read as well.

    Raises:
        BadAnswer: if it is no page of links, or if it belongs to another parent.
    """
    body = needed_object(answer, "")
    owner = body.get("parent")
    found = text(owner.get("id")) if isinstance(owner, dict) else None
    if found is not None and found.casefold() != parent.id.casefold():
        raise BadAnswer(f"Asked for links of {parent}, the server answered with those of {found}")
    key = "items" if "items" in body else "data"
    rows = needed_list(body.get(key), f"/{key}")
    cursor = next_cursor(body)
    return LinkPage(
        parent,
        relationship,
        tuple(link_to_domain(row, f"/{key}/{index}") for index, row in enumerate(rows)),
        None if cursor is None else Cursor(cursor),
    )


def link_to_domain(shape: Json, pointer: str) -> Link:
    """One link. Raises BadAnswer if it names no target."""
    row = needed_object(shape, pointer)
    target_type = text(row.get("related_record_type"))
    if not target_type:
        raise bad(f"{pointer}/related_record_type", "a text", row.get("related_record_type"))
    target = RecordId(
        target_type, needed_id(row.get("related_record_id"), f"{pointer}/related_record_id")
    )
    through = row.get("through")
    if not isinstance(through, dict):
        return Link(target)
    envelopes = through.get("attributes")
    edge = envelopes if isinstance(envelopes, dict) else {}
    junction_type, junction_id = text(through.get("record_type")), text(through.get("id"))
    return Link(
        target,
        RecordId(junction_type, junction_id) if junction_type and junction_id else None,
        MappingProxyType(decode_values(edge)),
        MappingProxyType({name: _type_of(envelope) for name, envelope in edge.items()}),
    )


def _type_of(envelope: Json) -> str:
    """The value type an envelope, or the first of a list of them, names."""
    first = envelope[0] if isinstance(envelope, list) and envelope else envelope
    name = first.get("value_type") if isinstance(first, dict) else None
    return name if isinstance(name, str) else "string"


def _moment(beside: Json, attributes: Mapping[str, Value], name: str) -> datetime | None:
    """A system timestamp from beside the attributes, else from inside them."""
    if beside is not None:
        value = decode_value({"value_type": "timestamp", "value": beside})
        if isinstance(value, datetime):
            return value
    inside = attributes.get(name)
    return inside if isinstance(inside, datetime) else None
