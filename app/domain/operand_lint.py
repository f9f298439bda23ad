"""Whether a filter's value has the shape that its attribute and operator take; what is wrong with it, in words."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Final

from app.domain.json_text import dump_json
from app.domain.operators import OPERATORS, Arity, Comparable, OperatorName, fold
from app.domain.schema import Attribute
from app.domain.values import Json

_UUID: Final = re.compile(
    "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
)


class BadOperand(ValueError):
    """The value does not fit."""

    def __init__(self, why: str, choices: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.why = why
        """In words that follow `the value`."""
        self.choices = choices
        """What would fit, if that can be listed."""


def check_operands(attribute: Attribute, operator: str, value: Json) -> None:
    """Return if the value fits; an operator or a value type that this version does not know takes anything.

    Raises:
        BadOperand: saying why not.
    """
    row = OPERATORS.get(operator)  # type: ignore[call-overload]  # a server may know others
    if row is not None and row.arity is Arity.NONE:
        return  # its value is not sent
    if not _is_carried(value):
        raise BadOperand(
            "holds what no server takes: a NUL, half a character, or an endless number"
        )
    read = _READERS.get(attribute.value_type)
    if row is None:
        return
    if row.arity is Arity.ONE:
        if read is not None:
            read(value, attribute)
        return
    if not isinstance(value, list):
        raise BadOperand("must be a list")
    if row.arity is Arity.TWO and len(value) != 2:
        raise BadOperand("must be a list of two: low and high")
    if read is None:
        return
    operands = [read(operand, attribute) for operand in value]
    if row.name is OperatorName.BETWEEN and OPERATORS[OperatorName.LT].means(
        operands[1], operands[:1]
    ):
        raise BadOperand("has its ends the wrong way round: low comes first")


def _is_carried(value: Json) -> bool:
    """Whether JSON has words for a value, and a database a place."""
    try:
        dump_json(value).encode()
    except ValueError:
        return False
    return not _holds_nul(value)


def _holds_nul(value: Json) -> bool:
    match value:
        case str():
            return "\x00" in value
        case list():
            return any(map(_holds_nul, value))
        case dict():
            return any(map(_holds_nul, value.keys())) or any(map(_holds_nul, value.values()))
        case _:
            return False


def _text(raw: Json, _: Attribute) -> Comparable:
    if not isinstance(raw, str):
        raise BadOperand("must be text")
    return raw


def _number(raw: Json, _: Attribute) -> Comparable:
    """A number, a number as text, or an amount as it is read."""
    if isinstance(raw, dict):
        raw = raw.get("amount")
    if isinstance(raw, str) and len(raw) <= 40:
        try:
            raw = Decimal(raw)
        except InvalidOperation:
            raise BadOperand("must be a number") from None
    if isinstance(raw, bool) or not isinstance(raw, int | float | Decimal):
        raise BadOperand("must be a number")
    try:
        is_finite = abs(float(raw)) != float("inf") and raw == raw  # noqa: PLR0124  nothing else is not itself
    except OverflowError:
        is_finite = False
    if not is_finite:
        raise BadOperand("is too large a number")
    return raw if isinstance(raw, int) else Decimal(raw)


def _boolean(raw: Json, _: Attribute) -> Comparable:
    if not isinstance(raw, bool):
        raise BadOperand("must be true or false", ("true", "false"))
    return raw


def _timestamp(raw: Json, _: Attribute) -> Comparable:
    try:
        moment = datetime.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise BadOperand("must be a point in time, as in 2026-06-01T00:00:00Z") from None
    if moment.tzinfo is None:
        raise BadOperand("must have a time zone, as in 2026-06-01T00:00:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise BadOperand("is outside the calendar") from None


def _date(raw: Json, _: Attribute) -> Comparable:
    try:
        return date.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise BadOperand("must be a date, as in 2026-06-01") from None


def _time(raw: Json, _: Attribute) -> Comparable:
    try:
        moment = time.fromisoformat(raw if isinstance(raw, str) else "")
    except ValueError:
        raise BadOperand("must be a time of day, as in 09:30:00") from None
    if moment.tzinfo is not None:
        raise BadOperand("must be a time of day without a zone")
    return moment


def _uuid(raw: Json, _: Attribute) -> Comparable:
    if not isinstance(raw, str) or not _UUID.fullmatch(raw):
        raise BadOperand("must be an id (a UUID)")
    return raw


def _option(raw: Json, attribute: Attribute) -> Comparable:
    """An option's id, API name or display value; where the schema lists none, any text."""
    if not attribute.options:
        return _text(raw, attribute)
    text = raw if isinstance(raw, str) else ""
    exact = any(text == row.api_name or text.lower() == row.id for row in attribute.options)
    named = [row for row in attribute.options if fold(row.display_value) == fold(text)]
    if not exact and len(named) != 1:
        raise _none_of(attribute)
    return text


def _word(raw: Json, attribute: Attribute) -> Comparable:
    text = _text(raw, attribute)
    if attribute.options and text not in [row.api_name for row in attribute.options]:
        raise _none_of(attribute)
    return text


def _none_of(attribute: Attribute) -> BadOperand:
    names = tuple(row.api_name for row in attribute.options)
    return BadOperand(f"is none of {', '.join(names)}", names)


_READERS: Final[Mapping[str, Callable[[Json, Attribute], Comparable]]] = MappingProxyType(
    dict.fromkeys(
        (
            "string", "long_text", "rich_text", "url", "email", "phone_number", "contact_email", "contact_phone_number",
            "account_domain",
        ),
        _text,
    )
    | dict.fromkeys(("number", "percent", "currency"), _number)
    | dict.fromkeys(("uuid", "record_reference"), _uuid)
    | dict.fromkeys(("select", "contact_stage", "account_stage", "opportunity_stage"), _option)
    | {
        "boolean": _boolean,
        "timestamp": _timestamp,
        "date": _date,
        "time": _time,
        "enum": _word,
    }
)  # fmt: skip
"""How the value types that can be compared are read; others can only be empty or not."""
