"""A filter's value as a database compares it: one row per value type."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

from app.domain.operators import OperatorName, fold
from app.domain.values import Json
from app.server.store.definitions import AttributeDefinition
from app.server.store.identifiers import parse_id
from app.server.store.sql import Bound

MAX_TEXT_BYTES: Final = 65_536
"""A longer value is refused."""

MAX_MATCH: Final = 4_096
"""Characters that a text can be matched with."""

_ROUND_UP: Final = frozenset({OperatorName.GTE, OperatorName.LT})
"""Operators whose meaning stays the same when a moment between two milliseconds moves up; for others it moves down."""

_MILLISECOND_US: Final = 1_000
_MAX_INTEGER: Final = 2**63


class BadOperand(ValueError):
    """The value does not fit; the text says why."""


@dataclass(frozen=True, slots=True)
class Operand:
    """A value type's reading of operands."""

    parse: Callable[[Json, AttributeDefinition, OperatorName], Bound]
    """Raises `BadOperand`."""
    is_text: bool = False
    """Whether equality is a question of letters, and an index over text may help."""
    ignores_case: bool = False
    """Whether equality ignores case too. Source: contract 7, no. 11."""


def _text(raw: Json, _: AttributeDefinition, operator: OperatorName) -> Bound:
    if not isinstance(raw, str):
        raise BadOperand("must be text")
    if len(raw.encode()) > MAX_TEXT_BYTES:
        raise BadOperand(f"is longer than {MAX_TEXT_BYTES:,} bytes")
    if operator in _MATCHING and len(raw) > MAX_MATCH:
        raise BadOperand(f"is too long to match: {MAX_MATCH:,} characters at most")
    return raw


_MATCHING: Final = frozenset(
    {OperatorName.CONTAINS, OperatorName.STARTS_WITH, OperatorName.ENDS_WITH}
)


def _number(raw: Json, _: AttributeDefinition, __: OperatorName) -> Bound:
    if isinstance(raw, dict):
        raw = raw.get("amount")
    if isinstance(raw, str) and len(raw) <= 40:
        try:
            raw = Decimal(raw)
        except InvalidOperation:
            raise BadOperand("must be a number") from None
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise BadOperand("must be a number")
    if isinstance(raw, int) and -_MAX_INTEGER <= raw < _MAX_INTEGER:
        return raw
    try:
        number = float(raw)
    except OverflowError:
        number = float("inf")
    if number - number != 0:
        raise BadOperand("is too large a number")
    return number


def _boolean(raw: Json, _: AttributeDefinition, __: OperatorName) -> Bound:
    if not isinstance(raw, bool):
        raise BadOperand("must be true or false")
    return int(raw)


def _timestamp(raw: Json, _: AttributeDefinition, operator: OperatorName) -> Bound:
    try:
        moment = datetime.fromisoformat(raw if isinstance(raw, str) else "")
        if moment.tzinfo is None:
            raise BadOperand("must have a time zone, as in 2026-06-01T00:00:00Z")
        moment = moment.astimezone(UTC)
        rest = timedelta(microseconds=moment.microsecond % _MILLISECOND_US)
        if rest and operator in _ROUND_UP:
            moment += timedelta(microseconds=_MILLISECOND_US) - rest
    except (ValueError, OverflowError) as error:
        if isinstance(error, BadOperand):
            raise
        raise BadOperand("must be a point in time, as in 2026-06-01T00:00:00Z") from None
    is_between = rest and operator in _EQUALS
    return (
        f"{moment.isoformat(timespec='microseconds')[:26]}Z"
        if is_between
        else stored_moment(moment)
    )


_EQUALS: Final = frozenset({OperatorName.EQ, OperatorName.NE, OperatorName.IN, OperatorName.NOT_IN})


def stored_moment(moment: datetime) -> str:
    """A point in time in UTC as it is stored, to the millisecond."""
    return f"{moment.isoformat(timespec='milliseconds')[:23]}Z"


def _date(raw: Json, _: AttributeDefinition, __: OperatorName) -> Bound:
    try:
        return date.fromisoformat(raw if isinstance(raw, str) else "").isoformat()
    except ValueError:
        raise BadOperand("must be a date, as in 2026-06-01") from None


def _time(raw: Json, _: AttributeDefinition, __: OperatorName) -> Bound:
    try:
        moment = time.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise BadOperand("must be a time of day, as in 09:30:00") from None
    if moment.tzinfo is not None:
        raise BadOperand("must be a time of day without a zone")
    return moment.isoformat()


def _uuid(raw: Json, _: AttributeDefinition, __: OperatorName) -> Bound:
    parsed = parse_id(raw) if isinstance(raw, str) else None
    if parsed is None:
        raise BadOperand("must be a UUID")
    return parsed


def _option(raw: Json, attribute: AttributeDefinition, __: OperatorName) -> Bound:
    """An option's id, API name or display value; the first that fits one alone."""
    if not isinstance(raw, str):
        raise BadOperand("must be a choice's id, API name or display value")
    for option in attribute.options:
        if raw == option.api_name or raw.lower() == option.id:
            return option.id
    found = [row.id for row in attribute.options if fold(row.display_value) == fold(raw)]
    if len(found) != 1:
        raise BadOperand(f"is none of {', '.join(row.api_name for row in attribute.options)}")
    return found[0]


def _word(raw: Json, attribute: AttributeDefinition, __: OperatorName) -> Bound:
    words = [row.api_name for row in attribute.options]
    if not isinstance(raw, str) or (words and raw not in words):
        raise BadOperand(f"is none of {', '.join(words)}" if words else "must be text")
    return raw


_TEXT: Final = Operand(_text, is_text=True)
_FOLDED_TEXT: Final = Operand(_text, is_text=True, ignores_case=True)
_OPTION: Final = Operand(_option)
_NUMBER: Final = Operand(_number)

OPERANDS: Final[Mapping[str, Operand]] = MappingProxyType(
    {
        "string": _TEXT,
        "long_text": _TEXT,
        "rich_text": _TEXT,
        "url": _TEXT,
        "phone_number": _TEXT,
        "contact_phone_number": _TEXT,
        "email": _FOLDED_TEXT,
        "contact_email": _FOLDED_TEXT,
        "account_domain": _FOLDED_TEXT,
        "number": _NUMBER,
        "percent": _NUMBER,
        "currency": _NUMBER,
        "boolean": Operand(_boolean),
        "timestamp": Operand(_timestamp),
        "date": Operand(_date),
        "time": Operand(_time),
        "uuid": Operand(_uuid),
        "record_reference": Operand(_uuid),
        "select": _OPTION,
        "contact_stage": _OPTION,
        "account_stage": _OPTION,
        "opportunity_stage": _OPTION,
        "enum": Operand(_word),
    }
)
"""How the value types that can be compared are read; others can only be empty or not."""
