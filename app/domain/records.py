"""Records, pages of records, and links between records, as a server answered them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, NewType

from app.domain.values import Json, Value

TITLE_ATTRIBUTES: Final = ("display_name", "title", "name", "subject")
"""Names under which record types keep what a person calls the record, best first."""

Cursor = NewType("Cursor", str)
"""Where a next page starts. Opaque: never parsed, edited or built; valid only for the filters and sort that made it."""


@dataclass(frozen=True, slots=True)
class RecordId:
    """What a record is addressed by."""

    record_type: str
    id: str

    def __str__(self) -> str:
        return f"{self.record_type}/{self.id}"


@dataclass(frozen=True, slots=True)
class Record:
    """One record as read at one moment."""

    record_id: RecordId
    attributes: Mapping[str, Value]
    """By API name, in the server's order. An attribute that is absent was not sent; `None` is empty."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    metadata: Json = None
    """Plain JSON beside the attributes; only activities have it."""
    version: str | None = field(default=None, compare=False)
    """The server's own mark of this state, opaque; `None` where it gave none."""

    @property
    def title(self) -> str:
        """What a person calls the record: its name or title, else its type and the start of its id. Not yet sanitised."""
        for name in TITLE_ATTRIBUTES:
            value = self.attributes.get(name)
            if isinstance(value, str) and value.strip():
                return value
        return f"{self.record_id.record_type} {self.record_id.id[:8]}"


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a query, in the server's order."""

    records: tuple[Record, ...]
    """At most `limit` records; may be empty although a next page exists."""
    next_cursor: Cursor | None
    """Where to go on; `None` on the last page."""


@dataclass(frozen=True, slots=True)
class Link:
    """One instance of a relationship, seen from its parent."""

    target: RecordId
    junction: RecordId | None = None
    """The junction record the link goes through, if any."""
    edge_attributes: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """The junction's attributes, such as `role`."""
    edge_value_types: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The value type of each edge attribute, as the answer told it."""


@dataclass(frozen=True, slots=True)
class LinkPage:
    """One answer of a relationship read."""

    parent: RecordId
    relationship: str
    links: tuple[Link, ...]
    next_cursor: Cursor | None
