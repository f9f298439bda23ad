"""Values of Public API v2: the codec table, and envelopes in and out.

Source of the shapes: Public API v2, Core Objects and the reference samples; see the contract, sections 3.2 and 7.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from app.domain.json_text import dump_json
from app.domain.values import (
    Address,
    DomainItem,
    EmailItem,
    Json,
    Option,
    PhoneItem,
    Raw,
    Reference,
    Scalar,
    Value,
    plain,
)


@dataclass(frozen=True, slots=True)
class Codec:
    """How one value type travels."""

    value_type: str
    decode: Callable[[Json], Scalar]
    """Raises ValueError for any other shape."""
    encode: Callable[[Scalar], Json]
    """The same shape back."""


def _needed_text(raw: Json) -> str:
    if not isinstance(raw, str):
        raise ValueError("not a text")
    return raw


def _text(raw: Json) -> Scalar:
    return _needed_text(raw)


def _number(raw: Json) -> Scalar:
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal | str):
        raise ValueError("not a number")
    if isinstance(raw, int):
        return raw
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


def _amount(raw: Json) -> Scalar:
    number = _number(raw.get("amount") if isinstance(raw, dict) else raw)
    return Decimal(number) if isinstance(number, int | Decimal) else number


def _encode_amount(value: Scalar) -> Json:
    return {"amount": str(value)}


def _boolean(raw: Json) -> Scalar:
    if not isinstance(raw, bool):
        raise ValueError("neither true nor false")
    return raw


@lru_cache(maxsize=1024)
def _moment(text: str) -> datetime:
    """A point in time; the system's own stand twice in each record, so they are kept for a while."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is UTC:
        return moment
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    return moment.astimezone(UTC)


def _timestamp(raw: Json) -> Scalar:
    return _moment(_needed_text(raw))


def _date(raw: Json) -> Scalar:
    return date.fromisoformat(_needed_text(raw))


def _time(raw: Json) -> Scalar:
    return time.fromisoformat(_needed_text(raw))


def _object(raw: Json) -> dict[str, Json]:
    if not isinstance(raw, dict):
        raise ValueError("not an object")
    return raw


def _optional_text(raw: Json) -> str | None:
    if raw is None or isinstance(raw, str):
        return raw
    raise ValueError("not a text")


def _labels(raw: Json) -> tuple[str, ...]:
    return tuple([label for label in raw if isinstance(label, str)]) if type(raw) is list else ()


_shared_option: Final = lru_cache(maxsize=1024)(Option)
"""A workspace has few choices and a page repeats them; one object each is faster and smaller than one per record."""

_shared_reference: Final = lru_cache(maxsize=1024)(Reference)
"""As for choices: few users own many records."""


def _option(raw: Json) -> Scalar:
    if isinstance(raw, str):
        return Option(raw, raw, raw)
    row = _object(raw)
    api_name = _optional_text(row.get("api_name")) or _optional_text(row.get("id")) or ""
    days = row.get("expected_days")
    probability = row.get("closing_probability")
    return _shared_option(
        _optional_text(row.get("id")) or api_name,
        api_name,
        _optional_text(row.get("display_value")) or api_name,
        _optional_text(row.get("color")),
        None if probability is None else str(probability),
        days if isinstance(days, int) and not isinstance(days, bool) else None,
    )


def encode_option(option: Option, value_type: str) -> Json:
    """The four keys of a stage, six of an opportunity stage, three of a select (the last is our choice)."""
    row: dict[str, Json] = {
        "id": option.id,
        "display_value": option.display_value,
        "api_name": option.api_name,
    }
    if value_type != "select":
        row["color"] = option.color
    if value_type == "opportunity_stage":
        row["closing_probability"] = option.closing_probability
        row["expected_days"] = option.expected_days
    return row


def _option_encoder(value_type: str) -> Callable[[Scalar], Json]:
    def encode(value: Scalar) -> Json:
        return (
            encode_option(value, value_type)
            if isinstance(value, Option)
            else plain(value, value_type)
        )

    return encode


def _reference(raw: Json) -> Scalar:
    row = _object(raw)
    return _shared_reference(
        _needed_text(row.get("related_record_type")),
        _needed_text(row.get("related_record_id")),
        _optional_text(row.get("display_name")),
    )


def _encode_reference(value: Scalar) -> Json:
    if not isinstance(value, Reference):
        return plain(value, "record_reference")
    return {"related_record_id": value.record_id, "related_record_type": value.record_type}


def _email_item(raw: Json) -> Scalar:
    row = _object(raw)
    return EmailItem(
        _optional_text(row.get("id")) or "",
        _needed_text(row.get("email")),
        row.get("is_primary") is True,
        _labels(row.get("labels")),
    )


def _phone_item(raw: Json) -> Scalar:
    row = _object(raw)
    return PhoneItem(
        _optional_text(row.get("id")) or "",
        _needed_text(row.get("phone_number")),
        row.get("is_primary") is True,
        _labels(row.get("labels")),
    )


def _domain_item(raw: Json) -> Scalar:
    row = _object(raw)
    return DomainItem(
        _needed_text(row.get("domain_name")),
        row.get("is_primary") is True,
        _optional_text(row.get("status")) or "",
    )


def _address(raw: Json) -> Scalar:
    row = _object(raw)
    return Address(
        _optional_text(row.get("street_one")),
        _optional_text(row.get("street_two")),
        _optional_text(row.get("city")),
        _optional_text(row.get("state")),
        _optional_text(row.get("country")),
        _optional_text(row.get("zip_code")),
    )


def _plain_as(value_type: str) -> Callable[[Scalar], Json]:
    return lambda value: plain(value, value_type)


_DECODERS: Final[dict[str, Callable[[Json], Scalar]]] = {
    "string": _text,
    "long_text": _text,
    "rich_text": _text,
    "number": _number,
    "percent": _number,
    "currency": _amount,
    "boolean": _boolean,
    "timestamp": _timestamp,
    "date": _date,
    "time": _time,
    "email": _text,
    "phone_number": _text,
    "url": _text,
    "uuid": _text,
    "enum": _text,
    "select": _option,
    "contact_stage": _option,
    "account_stage": _option,
    "opportunity_stage": _option,
    "record_reference": _reference,
    "contact_email": _email_item,
    "contact_phone_number": _phone_item,
    "address": _address,
    "account_domain": _domain_item,
}


def _encoder(value_type: str) -> Callable[[Scalar], Json]:
    """Most types travel in their plain form; the others have an object of their own."""
    match value_type:
        case "currency":
            return _encode_amount
        case "select" | "contact_stage" | "account_stage" | "opportunity_stage":
            return _option_encoder(value_type)
        case "record_reference":
            return _encode_reference
        case _:
            return _plain_as(value_type)


CODECS: Final[Mapping[str, Codec]] = MappingProxyType(
    {name: Codec(name, decode, _encoder(name)) for name, decode in _DECODERS.items()}
)
"""Every value type of the API, by name."""


_ITSELF: Final[dict[str, type]] = {
    name: str for name, decode in _DECODERS.items() if decode is _text
} | {"boolean": bool}
"""Value types whose JSON is the value, and what it then is: most values, and they need no call."""


_ABSENT: Final[list[Json]] = []
"""Stands for a missing member; compared by identity."""


def decode_values(envelopes: Mapping[str, Json]) -> dict[str, Value]:
    """The attributes of a record, in the server's order; means the same as `decode_value` on each.

    A page has thousands of values: the usual shapes are read right here, everything odd by `decode_value`.
    """
    values: dict[str, Value] = {}
    for name, envelope in envelopes.items():
        if type(envelope) is dict:
            raw = envelope.get("value", _ABSENT)
            if raw is None:
                values[name] = None
                continue
            kind = envelope.get("value_type")
            if type(kind) is str and raw is not _ABSENT:
                if type(raw) is _ITSELF.get(kind):
                    values[name] = raw  # type: ignore[assignment]  # a str or a bool, the line above says
                    continue
                decode = _DECODERS.get(kind)
                if decode is not None and type(raw) is not list:
                    values[name] = _decode_scalar(decode, raw, kind)
                    continue
        values[name] = decode_value(envelope)
    return values


class UnreadValues(Mapping[str, Value]):
    """What `decode_values` gives, each value decoded whenever it is looked at.

    Envelopes take four times the memory of what they mean: for records that are looked at once and let go.
    """

    __slots__ = ("_envelopes",)

    def __init__(self, envelopes: Mapping[str, Json]) -> None:
        self._envelopes = envelopes

    def __getitem__(self, name: str) -> Value:
        return decode_value(self._envelopes[name])

    def get(self, name: str, default: Value = None) -> Value:  # type: ignore[override]  # a default is a value here
        return decode_value(self._envelopes[name]) if name in self._envelopes else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._envelopes)

    def __len__(self) -> int:
        return len(self._envelopes)


def decode_value(envelope: Json) -> Value:
    """An attribute of a record: an envelope, a list of envelopes, or nothing.

    What cannot be read becomes `Raw`; nothing raises, for one odd value must not hide a record.
    """
    if type(envelope) is list:
        return _decode_items(envelope)
    if envelope is None:
        return None
    if type(envelope) is not dict or "value" not in envelope:
        return Raw(_as_text(envelope), "not a value envelope")
    raw, name = envelope["value"], envelope.get("value_type")
    if raw is None:
        return None
    if type(name) is str and type(raw) is _ITSELF.get(name):
        return raw  # type: ignore[return-value]  # a str or a bool, the line above says
    return _decode(raw, name)


def _decode(raw: Json, name: Json) -> Value:
    """A value that is there, by the name of its type; a list under one name holds several."""
    decode = _DECODERS.get(name) if isinstance(name, str) else None
    if decode is None:
        return Raw(_as_text(raw), f"unknown value type {name if isinstance(name, str) else ''}")
    if type(raw) is list:
        return tuple([_decode_scalar(decode, item, str(name)) for item in raw if item is not None])
    return _decode_scalar(decode, raw, str(name))


def _decode_items(envelopes: list[Json]) -> tuple[Scalar, ...]:
    """The items of a list-like attribute; empty ones are left out, nested lists are not read."""
    values = [decode_value(envelope) for envelope in envelopes]
    return tuple(
        [
            Raw(_as_text(envelope), "a list within a list") if isinstance(value, tuple) else value
            for envelope, value in zip(envelopes, values, strict=True)
            if value is not None
        ]
    )


def _decode_scalar(decode: Callable[[Json], Scalar], raw: Json, name: str) -> Scalar:
    try:
        return decode(raw)
    except (ValueError, OverflowError) as error:
        return Raw(_as_text(raw), f"not a {name}: {error}")


def _as_text(raw: Json) -> str:
    """A value as the server sent it."""
    return raw if isinstance(raw, str) else dump_json(raw)


def encode_value(value: Value, value_type: str) -> Json:
    """The envelope or list of envelopes of a value. Raises ValueError for an unreadable value: it is never sent."""
    if isinstance(value, tuple):
        return [encode_value(item, value_type) for item in value]
    if isinstance(value, Raw):
        raise ValueError("an unreadable value is never sent")
    codec = CODECS.get(value_type)
    if codec is None:
        raise ValueError(f"unknown value type {value_type}")
    return {"value_type": value_type, "value": None if value is None else codec.encode(value)}
