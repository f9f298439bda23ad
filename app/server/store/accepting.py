"""Values that a caller wants written, checked and brought into the form they are stored in: one row per value type.

Each may come raw or in the envelope it is read in. Source: Public API v2, Core Objects; contract 3.2 to 3.4 and 7,
nos. 13 and 19 to 26.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from app.domain.operators import OperatorName
from app.domain.values import Json
from app.server.refusals import Refusal, quoted
from app.server.store.columns import ADDRESS_PARTS
from app.server.store.definitions import AttributeDefinition
from app.server.store.identifiers import parse_id
from app.server.store.links import is_there
from app.server.store.matching import resolve_match
from app.server.store.operands import MAX_MATCH, MAX_TEXT_BYTES, OPERANDS, BadOperand, stored_moment
from app.server.store.readers import Reader
from app.server.store.sql import Bound

Cells = tuple[Bound, ...]
"""A value as it is stored: its columns in their order."""

Accept = Callable[[Json, AttributeDefinition, Reader], Cells]
"""Raises `BadOperand`, or `Refusal` where the answer has a code of its own."""

MAX_ITEMS: Final = 1_000
"""Items of a list-like attribute."""

MAX_DIGITS: Final = 15
"""Digits that a database number keeps, whatever they are."""

MAX_DECIMALS: Final = 4
"""Digits behind the point of an amount."""

LABELS: Final = ("PERSONAL", "WORK", "MOBILE")
"""What items of a contact can be marked as. Source: reference, "add an email sub-resource item"."""

_LARGEST_INTEGER: Final = 2**63
_MAX_EMAIL: Final = 254
_MAX_LOCAL: Final = 64
_MAX_URL: Final = 2_048

_EMAIL: Final = re.compile(r"([^\s@<>()\[\],;:\\\"]+)@([^\s@]+)")
_LABEL: Final = re.compile(r"\w([\w-]{0,61}\w)?")
_PHONE: Final = re.compile(r"\+?\(?[0-9][0-9 ().\-/]*")
_AMOUNT: Final = re.compile(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME: Final = re.compile(r"(([01][0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9])?")


def _text(raw: Json) -> str:
    if not isinstance(raw, str):
        raise BadOperand("must be text")
    return raw


def _string(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    text = _text(raw)
    if len(text) > MAX_MATCH:
        raise BadOperand(f"is longer than {MAX_MATCH:,} characters")
    return (text,)


def _long_text(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    text = _text(raw)
    if len(text.encode()) > MAX_TEXT_BYTES:
        raise BadOperand(f"is longer than {MAX_TEXT_BYTES:,} bytes")
    return (text,)


def _number(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise BadOperand("must be a number")
    if isinstance(raw, int):
        if not -_LARGEST_INTEGER <= raw < _LARGEST_INTEGER:
            raise BadOperand("is too large a number")
        return (raw,)
    return (_kept(raw),)


def _kept(number: Decimal) -> int | float:
    """A number that comes back as it went in. Raises `BadOperand` for more digits than are kept."""
    if not number:
        return 0
    kept = "".join(map(str, number.as_tuple().digits)).rstrip("0").lstrip("0")
    if len(kept) > MAX_DIGITS or not -300 < number.adjusted() < 300:
        raise BadOperand(f"has more than {MAX_DIGITS} digits")
    if number.adjusted() < MAX_DIGITS and number == int(number):
        return int(number)
    return float(number)


def _currency(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    if isinstance(raw, dict):
        if set(raw) != {"amount"}:
            raise BadOperand('must be a number, a decimal text or {"amount": …}')
        raw = raw["amount"]
    if isinstance(raw, str):
        if not _AMOUNT.fullmatch(raw):
            raise BadOperand("must be an amount, as in 1250.50")
        raw = Decimal(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise BadOperand("must be an amount, as in 1250.50")
    if isinstance(raw, int):
        if abs(raw) >= 10**MAX_DIGITS:
            raise BadOperand(f"has more than {MAX_DIGITS} digits")
        return (raw,)
    if raw and not -MAX_DECIMALS - 1 < raw.adjusted() < MAX_DIGITS:
        raise BadOperand(f"has more than {MAX_DIGITS} digits, or {MAX_DECIMALS} decimals")
    amount = _kept(raw)
    if raw != round(raw, MAX_DECIMALS):
        raise BadOperand(f"has more than {MAX_DECIMALS} decimals")
    return (amount,)


def _as_filtered(value_type: str) -> Accept:
    """Types whose values are written as a filter says them."""

    def accept(raw: Json, attribute: AttributeDefinition, _: Reader) -> Cells:
        return (OPERANDS[value_type].parse(raw, attribute, OperatorName.EQ),)

    return accept


def _moment(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    text = _text(raw)
    try:
        if not _MOMENT.fullmatch(text):
            raise ValueError
        return (stored_moment(datetime.fromisoformat(text.upper()).astimezone(UTC)),)
    except (ValueError, OverflowError):
        raise BadOperand("must be a point in time, as in 2026-06-01T09:30:00Z") from None


def _date(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    text = _text(raw)
    try:
        if not _DATE.fullmatch(text):
            raise ValueError
        return (date.fromisoformat(text).isoformat(),)
    except ValueError:
        raise BadOperand("must be a date, as in 2026-06-01") from None


def _time(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    found = _TIME.fullmatch(_text(raw))
    if found is None:
        raise BadOperand("must be a time of day, as in 09:30:00")
    return (f"{found[1]}{found[3] or ':00'}",)


def email_text(raw: Json) -> str:
    """An e-mail address. Raises `BadOperand`."""
    text = unicodedata.normalize("NFC", _text(raw))
    found = _EMAIL.fullmatch(text)
    is_good = (
        found is not None
        and len(text) <= _MAX_EMAIL
        and text.isprintable()
        and len(found[1]) <= _MAX_LOCAL
        and not found[1].startswith(".")
        and not found[1].endswith(".")
        and ".." not in found[1]
        and _is_domain(found[2])
    )
    if not is_good:
        raise BadOperand("must be an e-mail address, as in ann@example.com")
    return text


def _is_domain(text: str) -> bool:
    labels = text.split(".")
    return (
        len(text) <= 253
        and len(labels) > 1
        and "_" not in text
        and all(_LABEL.fullmatch(label) for label in labels)
        and not labels[-1].isdecimal()
    )


def domain_text(raw: Json) -> str:
    """An internet domain, in lower case. Raises `BadOperand`."""
    text = unicodedata.normalize("NFC", _text(raw)).lower()
    if not _is_domain(text):
        raise BadOperand("must be a domain, as in example.com")
    return text


def phone_text(raw: Json) -> str:
    """A phone number as it was written. Raises `BadOperand`."""
    text = _text(raw)
    digits = sum(letter.isdecimal() for letter in text)
    if not _PHONE.fullmatch(text) or not 3 <= digits <= 15 or len(text) > 40:
        raise BadOperand("must be a phone number, as in +15550100")
    return text


def _url(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    text = _text(raw)
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname)
        is_good = is_good and parts.port != 0  # raises for one that is none
    except ValueError:
        is_good = False
    if not is_good or len(text) > _MAX_URL or not text.isprintable() or " " in text:
        raise BadOperand("must be a web address, as in https://example.com")
    return (text,)


def _option(raw: Json, attribute: AttributeDefinition, _: Reader) -> Cells:
    if isinstance(raw, dict):
        raw = raw.get("id")
    return (OPERANDS["select"].parse(raw, attribute, OperatorName.EQ),)


def _word(raw: Json, attribute: AttributeDefinition, _: Reader) -> Cells:
    if not attribute.options:
        return (_text(raw),)
    option_id = OPERANDS["select"].parse(raw, attribute, OperatorName.EQ)
    return (next(row.api_name for row in attribute.options if row.id == option_id),)


def _reference(raw: Json, attribute: AttributeDefinition, reader: Reader) -> Cells:
    """A record's id, raw or as it is read, or the one unique value that finds it."""
    field, kind = attribute.api_name, attribute.related_record_type or ""
    target = reader.catalogue.get(kind)
    if isinstance(raw, dict):
        if set(raw) == {"related_record_match"}:
            if target is None:
                raise Refusal("invalid_matching_field", f"{kind} cannot be matched", field)
            return (resolve_match(reader, target, raw["related_record_match"], field),)
        if raw.get("related_record_type", kind) != kind or "related_record_match" in raw:
            raise BadOperand(f"must name one {kind}, by id or by match")
        raw = raw.get("related_record_id")
    record_id = parse_id(raw) if isinstance(raw, str) else None
    if record_id is None:
        raise BadOperand("must be a UUID or a related_record_match")
    if target is not None and not is_there(reader, kind, record_id):
        raise Refusal("target_record_not_found", f"no {kind} {record_id}", field)
    return (record_id,)


def _address(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    if not isinstance(raw, dict) or not raw.keys() <= set(ADDRESS_PARTS):
        raise BadOperand(f"must be an object of {', '.join(ADDRESS_PARTS)}")
    cells: list[Bound] = []
    for part in ADDRESS_PARTS:
        text = raw.get(part)
        if text is not None and (not isinstance(text, str) or len(text) > MAX_MATCH):
            raise BadOperand(f"{part} must be text of at most {MAX_MATCH:,} characters")
        cells.append(text or None)
    return tuple(cells)


def labels_text(raw: Json) -> str | None:
    """Labels of an item as they are stored; `None` for none. Raises `BadOperand`."""
    if raw is None or raw == []:
        return None
    words = [word for word in raw if isinstance(word, str)] if isinstance(raw, list) else []
    if not isinstance(raw, list) or len(set(words) & set(LABELS)) != len(raw):
        raise BadOperand(f"labels must be a list of {', '.join(LABELS)}")
    return json.dumps(words)


def flag_of(raw: Json) -> int:
    """Whether an item is the primary one, 0 or 1. Raises `BadOperand`."""
    if not isinstance(raw, bool):
        raise BadOperand("is_primary must be true or false")
    return int(raw)


def _labelled(name: str, read: Callable[[Json], str]) -> Accept:
    """An item with a text called `name`, a flag and labels; an id is taken, for items are read with one."""

    def accept(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
        if not isinstance(raw, dict) or name not in raw:
            raise BadOperand(f"must be a list of objects with {name}, is_primary and labels")
        unknown = sorted(raw.keys() - {"id", name, "is_primary", "labels"})
        if unknown:
            raise BadOperand(f"has an unknown key {quoted(unknown[0])}")
        return (
            read(raw[name]),
            flag_of(raw.get("is_primary", False)),
            labels_text(raw.get("labels")),
        )

    return accept


def _domain(raw: Json, _: AttributeDefinition, __: Reader) -> Cells:
    if not isinstance(raw, dict) or "domain_name" not in raw:
        raise BadOperand("must be a list of objects with domain_name and is_primary")
    if (
        not raw.keys() <= {"domain_name", "is_primary", "status"}
        or raw.get("status", "ACTIVE") != "ACTIVE"
    ):
        raise BadOperand("has domain_name and is_primary alone; status is ACTIVE")
    return domain_text(raw["domain_name"]), flag_of(raw.get("is_primary", False)), "ACTIVE"


_OPTION_ROWS: Final = ("select", "contact_stage", "account_stage", "opportunity_stage")

ACCEPTANCE: Final[Mapping[str, Accept]] = MappingProxyType(
    {
        "string": _string,
        "long_text": _long_text,
        "rich_text": _long_text,
        "number": _number,
        "percent": _number,
        "currency": _currency,
        "boolean": _as_filtered("boolean"),
        "timestamp": _moment,
        "date": _date,
        "time": _time,
        "email": lambda raw, _, __: (email_text(raw),),
        "phone_number": lambda raw, _, __: (phone_text(raw),),
        "url": _url,
        "uuid": _as_filtered("uuid"),
        "enum": _word,
        **dict.fromkeys(_OPTION_ROWS, _option),
        "record_reference": _reference,
        "address": _address,
        "contact_email": _labelled("email", email_text),
        "contact_phone_number": _labelled("phone_number", phone_text),
        "account_domain": _domain,
    }
)
"""Every value type of the API."""

_ENVELOPE: Final = frozenset({"value_type", "value"})


def accept_value(raw: Json, attribute: AttributeDefinition, reader: Reader) -> Cells | None:
    """One value, raw or in its envelope; `None` for null. Raises `Refusal`."""
    try:
        if isinstance(raw, dict) and raw.keys() & _ENVELOPE:
            if raw.keys() != _ENVELOPE or raw["value_type"] != attribute.value_type:
                kind = attribute.value_type
                raise BadOperand(f"must be raw, or in an envelope with value_type {kind} and value")
            raw = raw["value"]
        if raw is None:
            return None
        return ACCEPTANCE[attribute.value_type](raw, attribute, reader)
    except BadOperand as error:
        raise bad_value(attribute, str(error)) from None


def bad_value(attribute: AttributeDefinition, why: str) -> Refusal:
    """The refusal of a value."""
    name = attribute.api_name
    return Refusal("field_value_invalid", f"{name} {why}", name)


def accept_items(raw: Json, attribute: AttributeDefinition, reader: Reader) -> list[Cells]:
    """The items of a list-like attribute; null is an empty list. Raises `Refusal`."""
    if raw is None:
        return []
    if not isinstance(raw, list):
        raise bad_value(attribute, "must be a list")
    if len(raw) > MAX_ITEMS:
        raise bad_value(attribute, f"has more than {MAX_ITEMS:,} items")
    items: list[Cells] = []
    for item in raw:
        cells = accept_value(item, attribute, reader)
        if cells is None:
            raise bad_value(attribute, "has an empty item")
        items.append(cells)
    return items
