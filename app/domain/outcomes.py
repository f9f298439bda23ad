"""How a write ends: done, refused, or unknown; never "probably"."""

from dataclasses import dataclass
from enum import StrEnum

from app.domain.errors import BackendError
from app.domain.records import Link, Record
from app.domain.requests import PreparedRequest
from app.domain.values import Json


class Did(StrEnum):
    """What a write did."""

    CREATED = "created"
    UPDATED = "updated"
    ARCHIVED = "archived"
    LINKED = "linked"
    UNLINKED = "unlinked"
    ADDED = "added"
    """An item of a list-like attribute."""
    REMOVED = "removed"
    """An item of a list-like attribute."""


@dataclass(frozen=True, slots=True)
class Done:
    """The server did it and said so."""

    action: Did
    number: int | None = None
    """The request's number in the log."""
    record: Record | None = None
    """The record as it now is, where the answer holds it."""
    link: Link | None = None
    """The link as it now is, where the answer holds one."""
    item: Json = None
    """The item of a list-like attribute as it now is, where the answer holds one."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing was changed: the server refused it, or provably nothing reached it."""

    error: BackendError


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nobody knows whether it was done: the answer was lost, late, cancelled or unreadable, or the server failed."""

    error: BackendError
    sent: PreparedRequest
    """What was sent, to look for it. A create is never sent again by a program."""


WriteOutcome = Done | Refused | Unknown
"""Exactly one of the three."""
