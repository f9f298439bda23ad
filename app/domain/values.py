"""What an attribute can hold: the value classes and the table of value types.

A new value type is a row in `VALUE_TYPES` and a codec row per API that has it. Source of the names and of what each holds:
Public API v2, Core Objects, and contract section 3.2.
"""

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.operators import EMPTINESS, EQUALITY, MATCHING, ORDER, OperatorName

_TAG: Final = re.compile(r"<[^<>]{0,1000}>")
"""A tag of HTML; bounded, so that no text makes the search slow."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a stage or select attribute, as the workspace configured it."""

    id: str
    api_name: str
    display_value: str
    color: str | None = None
    """`#RRGGBB`, stages only."""
    closing_probability: str | None = None
    """A decimal as text, opportunity stages only."""
    expected_days: int | None = None
    """Days a deal usually stays, opportunity stages only."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A pointer to one record of another type."""

    record_type: str
    record_id: str
    name: str | None = None
    """The target's display name where the server told it; `None` when it is not known."""


@dataclass(frozen=True, slots=True)
class EmailItem:
    """One e-mail address of a contact, with its own id on the server."""

    id: str
    email: str
    is_primary: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhoneItem:
    """One phone number of a contact, with its own id on the server."""

    id: str
    phone_number: str
    is_primary: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DomainItem:
    """One internet domain of an account; its name is its key."""

    domain_name: str
    is_primary: bool
    status: str


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; every part may be empty."""

    street_one: str | None = None
    street_two: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    zip_code: str | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """A value we cannot read: an unknown value type or a broken value. Shown as text, read-only, never sent."""

    text: str
    """The value's JSON as the server sent it."""
    why: str
    """What is wrong with it, in words."""


Scalar = (
    str | bool | int | Decimal | datetime | date | time | Option | Reference | EmailItem | PhoneItem | DomainItem
    | Address | Raw
)  # fmt: skip
"""One value that is not empty."""

Value = Scalar | tuple[Scalar, ...] | None
"""What an attribute of a record holds: `None` when it is empty, a tuple when the attribute is list-like."""

Json = str | int | float | Decimal | bool | None | list["Json"] | dict[str, "Json"]
"""A JSON value; numbers with a fraction are `Decimal`, so that no digit is lost."""


class Ordering(StrEnum):
    """How values of a type compare."""

    NONE = "none"
    TEXT = "text"
    NUMBER = "number"
    TIME = "time"


class EditorKind(StrEnum):
    """How a value is edited."""

    TEXT = "text"
    LONG_TEXT = "long text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"
    TIMESTAMP = "timestamp"
    CHOICE = "choice"
    REFERENCE = "reference"
    ADDRESS = "address"
    ITEMS = "items"
    """A list of items, each of some members."""
    LOCKED = "locked"
    """Not at all."""


@dataclass(frozen=True, slots=True)
class ValueType:
    """One row of the table: everything crmdeck needs to know of a value type."""

    name: str
    show: Callable[[Scalar], str]
    """A person's form, one line, not yet sanitised."""
    ordering: Ordering
    operators: frozenset[OperatorName]
    """Operators the documentation gives for the type; the schema's `filter_operators` is the truth for an attribute."""
    plain: Callable[[Scalar], Json] = str
    """A script's form: plain JSON without envelopes."""
    width_cells: int = 20
    """A fitting column width."""
    is_right_aligned: bool = False
    """Numbers line up at their last digit."""
    editor: EditorKind = EditorKind.TEXT
    """What a single value of it is edited with."""


def show_number(value: Scalar) -> str:
    """Digits grouped by thousands; the fraction as it came."""
    return (
        f"{value:,}"
        if isinstance(value, int | Decimal) and not isinstance(value, bool)
        else str(value)
    )


def show_percent(value: Scalar) -> str:
    """A number with a percent sign."""
    return f"{show_number(value)}%"


def show_rich_text(value: Scalar) -> str:
    """The words of a piece of HTML, without its tags."""
    return html.unescape(_TAG.sub(" ", str(value))).strip()


def show_boolean(value: Scalar) -> str:
    """`yes` or `no`."""
    return "yes" if value is True else "no"


def show_timestamp(value: Scalar) -> str:
    """To the minute, in UTC; the wire's zone."""
    return (
        value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, datetime)
        else str(value)
    )


def show_time(value: Scalar) -> str:
    """Hours and minutes, seconds only where there are any."""
    if not isinstance(value, time):
        return str(value)
    return value.strftime("%H:%M:%S" if value.second else "%H:%M")


def show_option(value: Scalar) -> str:
    """The choice's label."""
    return value.display_value if isinstance(value, Option) else str(value)


def show_reference(value: Scalar) -> str:
    """The target's name, or its type and the start of its id."""
    if not isinstance(value, Reference):
        return str(value)
    return value.name if value.name is not None else f"{value.record_type} {value.record_id[:8]}"


def show_item(value: Scalar) -> str:
    """What an item of a list-like attribute is known by."""
    match value:
        case EmailItem():
            return value.email
        case PhoneItem():
            return value.phone_number
        case DomainItem():
            return value.domain_name
        case _:
            return str(value)


def show_address(value: Scalar) -> str:
    """The parts that are there, separated by commas."""
    if not isinstance(value, Address):
        return str(value)
    parts = (
        value.street_one,
        value.street_two,
        value.zip_code,
        value.city,
        value.state,
        value.country,
    )
    return ", ".join(part for part in parts if part)


def plain_itself(value: Scalar) -> Json:
    """Values that JSON has words for."""
    return value if isinstance(value, str | bool | int | Decimal) else str(value)


def plain_timestamp(value: Scalar) -> Json:
    """RFC 3339 in UTC with a `Z`; of a fraction as many digits, three or six, as it needs."""
    if not isinstance(value, datetime):
        return str(value)
    is_to_the_millisecond = value.microsecond and value.microsecond % 1000 == 0
    timespec = "milliseconds" if is_to_the_millisecond else "auto"
    return value.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def plain_date_or_time(value: Scalar) -> Json:
    """ISO 8601."""
    return value.isoformat() if isinstance(value, date | time) else str(value)


def plain_option(value: Scalar) -> Json:
    """The API name, which filters and writes accept."""
    return value.api_name if isinstance(value, Option) else str(value)


def plain_reference(value: Scalar) -> Json:
    """The target's id."""
    return value.record_id if isinstance(value, Reference) else str(value)


def plain_item(value: Scalar) -> Json:
    """The item's own fields under their API names."""
    match value:
        case EmailItem():
            return {
                "id": value.id,
                "email": value.email,
                "is_primary": value.is_primary,
                "labels": [*value.labels],
            }
        case PhoneItem():
            return {
                "id": value.id,
                "phone_number": value.phone_number,
                "is_primary": value.is_primary,
                "labels": [*value.labels],
            }
        case DomainItem():
            return {
                "domain_name": value.domain_name,
                "is_primary": value.is_primary,
                "status": value.status,
            }
        case _:
            return str(value)


def plain_address(value: Scalar) -> Json:
    """The parts under their API names."""
    if not isinstance(value, Address):
        return str(value)
    return {
        "street_one": value.street_one,
        "street_two": value.street_two,
        "city": value.city,
        "state": value.state,
        "country": value.country,
        "zip_code": value.zip_code,
    }


_TEXT: Final = EQUALITY | MATCHING | EMPTINESS
_MEASURE: Final = EQUALITY | ORDER | EMPTINESS
_CHOICE: Final = EQUALITY | EMPTINESS
_FLAG: Final = frozenset({OperatorName.EQ, OperatorName.NE}) | EMPTINESS

# A list-like attribute shows its items side by side; ordering of a choice is the order in which the workspace lists it.
_ROWS: Final = (
    ValueType("string", str, Ordering.TEXT, _TEXT, plain_itself, 24),
    ValueType("long_text", str, Ordering.NONE, MATCHING | EMPTINESS, plain_itself, 32, editor=EditorKind.LONG_TEXT),
    ValueType("rich_text", show_rich_text, Ordering.NONE, MATCHING | EMPTINESS, plain_itself, 32,
              editor=EditorKind.LONG_TEXT),
    ValueType("number", show_number, Ordering.NUMBER, _MEASURE, plain_itself, 10, True, editor=EditorKind.NUMBER),
    ValueType("percent", show_percent, Ordering.NUMBER, _MEASURE, plain_itself, 8, True, editor=EditorKind.NUMBER),
    ValueType("currency", show_number, Ordering.NUMBER, _MEASURE, plain_itself, 14, True, editor=EditorKind.NUMBER),
    ValueType("boolean", show_boolean, Ordering.NUMBER, _FLAG, plain_itself, 5, editor=EditorKind.BOOLEAN),
    ValueType("timestamp", show_timestamp, Ordering.TIME, _MEASURE, plain_timestamp, 16, editor=EditorKind.TIMESTAMP),
    ValueType("date", str, Ordering.TIME, _MEASURE, plain_date_or_time, 10, editor=EditorKind.DATE),
    ValueType("time", show_time, Ordering.TIME, _MEASURE, plain_date_or_time, 8, editor=EditorKind.TIME),
    ValueType("email", str, Ordering.TEXT, _TEXT, plain_itself, 28),
    ValueType("phone_number", str, Ordering.TEXT, _TEXT, plain_itself, 16),
    ValueType("url", str, Ordering.TEXT, _TEXT, plain_itself, 28),
    ValueType("uuid", str, Ordering.TEXT, _CHOICE, plain_itself, 36),
    ValueType("enum", str, Ordering.TEXT, _CHOICE, plain_itself, 12, editor=EditorKind.CHOICE),
    ValueType("select", show_option, Ordering.NUMBER, _CHOICE, plain_option, 14, editor=EditorKind.CHOICE),
    ValueType("contact_stage", show_option, Ordering.NUMBER, _CHOICE, plain_option, 12, editor=EditorKind.CHOICE),
    ValueType("account_stage", show_option, Ordering.NUMBER, _CHOICE, plain_option, 14, editor=EditorKind.CHOICE),
    ValueType("opportunity_stage", show_option, Ordering.NUMBER, _CHOICE, plain_option, 14, editor=EditorKind.CHOICE),
    ValueType("record_reference", show_reference, Ordering.NONE, _CHOICE, plain_reference, 18, editor=EditorKind.REFERENCE),
    ValueType("contact_email", show_item, Ordering.NONE, _TEXT, plain_item, 28, editor=EditorKind.ITEMS),
    ValueType("contact_phone_number", show_item, Ordering.NONE, _TEXT, plain_item, 16, editor=EditorKind.ITEMS),
    ValueType("address", show_address, Ordering.NONE, EMPTINESS, plain_address, 32, editor=EditorKind.ADDRESS),
    ValueType("account_domain", show_item, Ordering.NONE, _TEXT, plain_item, 20, editor=EditorKind.ITEMS),
)  # fmt: skip

VALUE_TYPES: Final[Mapping[str, ValueType]] = MappingProxyType({row.name: row for row in _ROWS})
"""Every value type crmdeck can read, by its API name."""


def unknown_value_type(name: str) -> ValueType:
    """The row for a type this version does not know: shown as text, never filtered, sorted or written."""
    return ValueType(name, str, Ordering.NONE, frozenset(), editor=EditorKind.LOCKED)


def value_type(name: str) -> ValueType:
    """The row of `VALUE_TYPES` for an API name, or a read-only stand-in."""
    return VALUE_TYPES.get(name) or unknown_value_type(name)


def show(value: Value, value_type_name: str) -> str:
    """A person's form of any value, on one line; empty text for an empty value. Not yet sanitised."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(show(item, value_type_name) for item in value)
    if isinstance(value, Raw):
        return value.text
    return value_type(value_type_name).show(value)


def plain(value: Value, value_type_name: str) -> Json:
    """A script's form of any value: plain JSON, `None` for empty, a list for list-like."""
    return plain_as(value, value_type(value_type_name))


def plain_as(value: Value, row: ValueType) -> Json:
    """The same, by the row of the value type, for who has many values of it."""
    if value is None:
        return None
    if isinstance(value, tuple):
        return [plain_as(item, row) for item in value]
    if isinstance(value, Raw):
        return value.text
    return row.plain(value)
