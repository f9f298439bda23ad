"""Records, pages and links of Public API v2 as JSON, and their translation.

Source: Public API v2, Quickstart, Core Objects, Manage Relationships, and the reference samples; contract 3.1, 3.6, 3.8.
"""

from datetime import datetime
from types import MappingProxyType
from typing import Any

from pydantic import Field, field_validator

from app.domain.records import Cursor, Link, LinkPage, Page, Record, RecordId
from app.domain.values import Json, Value
from app.wire.endpoint import Shape
from app.wire.public_v2.values import decode_value


class RecordShape(Shape):
    """One record. The timestamps beside `attributes` are seen in some samples and missing in others."""

    id: str
    record_type: str | None = None
    attributes: dict[str, Any] = Field(default_factory=dict)
    created_at: str | None = None
    updated_at: str | None = None
    metadata: Any = None

    @field_validator("id", mode="before")
    @classmethod
    def accept_number(cls, value: object) -> object:
        """Some servers send ids as integers."""
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class RecordAnswer(Shape):
    """The answer of a read: the record under `data`."""

    data: RecordShape


class PageAnswer(Shape):
    """The answer of a query. The documentation does not show where `next_cursor` stands; top level is our choice."""

    data: list[RecordShape]
    next_cursor: str | None = None


class TargetShape(Shape):
    """A record's id and type, as `parent` and `through` have them."""

    id: str
    record_type: str
    attributes: dict[str, Any] = Field(default_factory=dict)


class LinkShape(Shape):
    """One link; `through` is the junction record."""

    related_record_id: str
    related_record_type: str
    through: TargetShape | None = None


class LinksAnswer(Shape):
    """The answer of a relationship read. `items` and `next_cursor` are our choice, the names are not visible."""

    parent: TargetShape
    api_name: str
    items: list[LinkShape]
    next_cursor: str | None = None


def record_to_domain(shape: RecordShape, record_type: str) -> Record:
    """A record; `record_type` is what was asked for and holds where the answer does not say."""
    attributes = {name: decode_value(envelope) for name, envelope in shape.attributes.items()}
    return Record(
        RecordId(shape.record_type or record_type, shape.id),
        MappingProxyType(attributes),
        _moment(shape.created_at, attributes.get("created_at")),
        _moment(shape.updated_at, attributes.get("updated_at")),
        shape.metadata,
    )


def page_to_domain(answer: PageAnswer, record_type: str) -> Page:
    """A page, in the server's order."""
    return Page(
        tuple(record_to_domain(shape, record_type) for shape in answer.data),
        Cursor(answer.next_cursor) if answer.next_cursor else None,
    )


def links_to_domain(answer: LinksAnswer) -> LinkPage:
    """A page of links, in the server's order."""
    return LinkPage(
        RecordId(answer.parent.record_type, answer.parent.id),
        answer.api_name,
        tuple(_link_to_domain(shape) for shape in answer.items),
        Cursor(answer.next_cursor) if answer.next_cursor else None,
    )


def _link_to_domain(shape: LinkShape) -> Link:
    through = shape.through
    edge: dict[str, Any] = through.attributes if through is not None else {}
    return Link(
        RecordId(shape.related_record_type, shape.related_record_id),
        RecordId(through.record_type, through.id) if through is not None else None,
        MappingProxyType({name: decode_value(envelope) for name, envelope in edge.items()}),
        MappingProxyType({name: _type_of(envelope) for name, envelope in edge.items()}),
    )


def _type_of(envelope: Json) -> str:
    name = envelope.get("value_type") if isinstance(envelope, dict) else None
    return name if isinstance(name, str) else "string"


def _moment(beside: str | None, inside: Value) -> datetime | None:
    """A system timestamp from beside the attributes, else from inside them."""
    if beside is not None:
        value = decode_value({"value_type": "timestamp", "value": beside})
        if isinstance(value, datetime):
            return value
    return inside if isinstance(inside, datetime) else None
