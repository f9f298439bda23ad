"""Values as people type them: text in, what is sent out; a text that does not fit ends in a reason."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from uuid import UUID

from app.domain.edits import WriteValue
from app.domain.schema import Attribute
from app.domain.values import VALUE_TYPES, Scalar

_NUMBER: Final = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)

_WORDS: Final = MappingProxyType({"true": True, "yes": True, "false": False, "no": False})


def parse_value(attribute: Attribute, text: str) -> WriteValue:
    """What an attribute, or an item of a list-like one, is set to by a text.

    Raises:
        ValueError: in words, for a text that is no such value, and for value types that have no text form.
    """
    if attribute.value_type not in VALUE_TYPES:
        raise ValueError(
            f"has the value type {attribute.value_type}, which this version only reads"
        )
    if attribute.options:
        return _choice(attribute, text)
    parse = _PARSERS.get(attribute.value_type)
    if parse is None:
        raise ValueError(
            f"has parts: write it as JSON, {attribute.api_name}:={_example(attribute)}"
        )
    return parse(text)


def _number(text: str) -> Scalar:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text!r} is not a number, such as 1200 or 12.5")
    number = Decimal(text)
    return int(number) if re.fullmatch(r"[+-]?\d+", text) else number


def _boolean(text: str) -> Scalar:
    try:
        return _WORDS[text.casefold()]
    except KeyError:
        raise ValueError(f"{text!r} is neither true nor false") from None


def _timestamp(text: str) -> Scalar:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a moment, such as 2026-11-21T09:30:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no time zone: end it in Z or +01:00")
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(f"{text!r} is outside the calendar") from None


def _date(text: str) -> Scalar:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date, such as 2026-11-21") from None


def _time(text: str) -> Scalar:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a time of day, such as 09:30:00") from None


def _uuid(text: str) -> Scalar:
    try:
        return str(UUID(text))
    except ValueError:
        raise ValueError(f"{text!r} is not an id (a UUID)") from None


def _reference(text: str) -> Scalar:
    try:
        return _uuid(text)
    except ValueError as error:
        way = '{"related_record_match": {"email": "rep@example.com"}}'
        raise ValueError(f"{error}; by a unique value, as JSON: {way}") from None


def _choice(attribute: Attribute, text: str) -> WriteValue:
    """The API name of the one choice that is called so."""
    for key in (str, str.casefold):
        wanted = key(text)
        found = {
            option.api_name
            for option in attribute.options
            if wanted in (key(option.id), key(option.api_name), key(option.display_value))
        }
        if len(found) == 1:
            return found.pop()
        if found:
            raise ValueError(f"{text!r} is the name of several choices: {', '.join(sorted(found))}")
    names = ", ".join(option.api_name for option in attribute.options)
    raise ValueError(f"{text!r} is none of its choices: {names}")


_PARSERS: Final[Mapping[str, Callable[[str], Scalar]]] = MappingProxyType(
    dict.fromkeys(
        (
            "string", "long_text", "rich_text", "email", "phone_number", "url", "enum", "select",
            "contact_stage", "account_stage", "opportunity_stage",
        ),
        str,
    )
    | dict.fromkeys(("number", "percent", "currency"), _number)
    | {
        "boolean": _boolean,
        "timestamp": _timestamp,
        "date": _date,
        "time": _time,
        "uuid": _uuid,
        "record_reference": _reference,
    }
)  # fmt: skip
"""Every value type that has a text form; the others have parts."""

_EXAMPLES: Final = MappingProxyType(
    {
        "address": '{"city": "Lyon", "country": "FR"}',
        "contact_email": '[{"email": "a@example.com", "is_primary": true}]',
        "contact_phone_number": '[{"phone_number": "+15550100", "is_primary": true}]',
    }
)


def _example(attribute: Attribute) -> str:
    return _EXAMPLES.get(attribute.value_type, "...")
