"""What a write changes: attributes with the values they are to get."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import Enum
from typing import Final

from app.domain.values import (
    Address,
    DomainItem,
    EmailItem,
    Json,
    Option,
    PhoneItem,
    Raw,
    Reference,
    Value,
    plain_address,
    plain_date_or_time,
    plain_item,
    plain_option,
    plain_reference,
    plain_timestamp,
)


class Unset(Enum):
    """The type of `UNSET`, for signatures."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"


UNSET: Final = Unset.UNSET
"""Absent: the attribute is left as it is. `None` clears it; an empty text or an empty list is a value."""

WriteValue = Value | Json
"""What an attribute can be set to: a value as it was read, or plain JSON as the API takes it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One attribute's new value; also one member of an item, of a link, or of a match."""

    attribute: str
    value: WriteValue | Unset = UNSET
    """`None` clears; `UNSET` leaves it as it is and is never sent."""


def sent(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes that go into a body, in their order."""
    return tuple(change for change in changes if change.value is not UNSET)


_GIVEN: Final = frozenset({"id", "status"})
"""Members of an item that the server gives."""


def write_json(value: WriteValue) -> Json:
    """A value in the form in which APIs take it: scalars as plain JSON, choices by name, references by id.

    Items lose what only the server gives, their ids and states.

    Raises:
        ValueError: for a value that could not be read: it is never sent.
    """
    match value:
        case Raw():
            raise ValueError("holds a value that could not be read; such a value is never sent")
        case tuple() | list():
            return [write_json(item) for item in value]
        case dict():
            return {name: write_json(item) for name, item in value.items()}
        case Option():
            return plain_option(value)
        case Reference():
            return plain_reference(value)
        case EmailItem() | PhoneItem() | DomainItem():
            members = plain_item(value)
            assert isinstance(members, dict)
            return {name: part for name, part in members.items() if name not in _GIVEN}
        case Address():
            return plain_address(value)
        case datetime():
            if value.tzinfo is None:
                raise ValueError("holds a time without a time zone")
            return plain_timestamp(value)
        case date() | time():
            return plain_date_or_time(value)
        case _:
            return value
