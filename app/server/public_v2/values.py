"""Stored values as the text of wire JSON: one row per value type.

A page of 100 records holds some 2,500 values; objects between a row and its JSON cost several times what the database
does, so text is written at once. Source of the shapes: Public API v2, Core Objects and the reference samples; contract 3.2
and 7, nos. 17 to 23.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from json.encoder import encode_basestring
from types import MappingProxyType
from typing import Any, Final

from app.domain.values import Json, Option
from app.server.compact import compact
from app.server.store.columns import ADDRESS_PARTS
from app.server.store.definitions import AttributeDefinition, OptionDefinition
from app.wire.public_v2.values import encode_option

Show = Callable[[Any], str]
"""A stored value as JSON text, `null` for null; a tuple of columns where a value has several. `Any`: what a row holds."""

Names = dict[str, str]
"""Display names by record id."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """How the values of a type are shown; `show` is asked once per attribute, not once per value."""

    show: Callable[[AttributeDefinition, Names | None], Show]
    """With `Names`, references carry the names that it holds when a value is shown."""
    width: int = 1
    """Columns that a value takes."""


def text_json(value: str | None) -> str:
    """A text as JSON."""
    return "null" if value is None else encode_basestring(value)


def texts_json(values: Sequence[str | None]) -> list[str]:
    """Many texts as JSON."""
    encode = encode_basestring
    return ["null" if value is None else encode(value) for value in values]


def number_json(value: float | None) -> str:
    """A number as JSON."""
    return "null" if value is None else repr(value)


def flag_json(value: int | None) -> str:
    """A flag as JSON."""
    return "null" if value is None else "true" if value else "false"


def amount_json(value: float | None) -> str:
    """An amount: a decimal as text, without an exponent."""
    if value is None:
        return "null"
    text = repr(value)
    return f'{{"amount":"{text.removesuffix(".0") if "e" not in text else f"{value:f}"}"}}'


@lru_cache(maxsize=1_000)
def clean_json(text: str | None, empty: str) -> str:
    """Stored JSON as it goes out: read and written again, so that nothing broken does; `empty` for null."""
    return empty if text is None else compact(json.loads(text))


def option_json(row: OptionDefinition, value_type: str) -> Json:
    """A choice as the wire has it."""
    option = Option(
        row.id,
        row.api_name,
        row.display_value,
        row.color,
        row.closing_probability,
        row.expected_days,
    )
    return encode_option(option, value_type)


def _plain(show: Show) -> Rendering:
    return Rendering(lambda _attribute, _names: show)


def _option(attribute: AttributeDefinition, _: Names | None) -> Show:
    """A choice; one that was deleted shows its id."""
    encoded = {row.id: compact(option_json(row, attribute.value_type)) for row in attribute.options}

    def show(value: str | None) -> str:
        if value is None:
            return "null"
        return encoded.get(value) or compact(
            {"id": value, "display_value": value, "api_name": value}
        )

    return show


def _reference(attribute: AttributeDefinition, names: Names | None) -> Show:
    tail = f',"related_record_type":{compact(attribute.related_record_type)}'

    def show(value: str | None) -> str:
        if value is None:
            return "null"
        return f'{{"related_record_id":{encode_basestring(value)}{tail}}}'

    def show_named(value: str | None) -> str:
        if value is None or names is None:
            return "null"
        name = text_json(names.get(value))
        return f'{{"related_record_id":{encode_basestring(value)}{tail},"display_name":{name}}}'

    return show if names is None else show_named


_ADDRESS: Final = "{" + ",".join(f'"{part}":%s' for part in ADDRESS_PARTS) + "}"


def _address(parts: tuple[str | None, ...]) -> str:
    return _ADDRESS % tuple(texts_json(parts)) if any(parts) else "null"


def _labelled(name: str) -> Rendering:
    """An item with an id, a text called `name` and labels."""

    def show(columns: tuple[str, str, int, str | None]) -> str:
        item_id, text, is_primary, labels = columns
        return (
            f'{{"id":{encode_basestring(item_id)},"{name}":{encode_basestring(text)},'
            f'"is_primary":{flag_json(is_primary)},"labels":{clean_json(labels, "[]")}}}'
        )

    return Rendering(lambda _attribute, _names: show, 4)


def _domain(columns: tuple[str, int, str]) -> str:
    name, is_primary, status = columns
    return (
        f'{{"domain_name":{encode_basestring(name)},"is_primary":{flag_json(is_primary)},'
        f'"status":{encode_basestring(status)}}}'
    )


_TEXT: Final = _plain(text_json)
_NUMBER: Final = _plain(number_json)
_CHOICE: Final = Rendering(_option)

RENDERINGS: Final[Mapping[str, Rendering]] = MappingProxyType(
    {
        "string": _TEXT,
        "long_text": _TEXT,
        "rich_text": _TEXT,
        "number": _NUMBER,
        "percent": _NUMBER,
        "currency": _plain(amount_json),
        "boolean": _plain(flag_json),
        "timestamp": _TEXT,
        "date": _TEXT,
        "time": _TEXT,
        "email": _TEXT,
        "phone_number": _TEXT,
        "url": _TEXT,
        "uuid": _TEXT,
        "enum": _TEXT,
        "select": _CHOICE,
        "contact_stage": _CHOICE,
        "account_stage": _CHOICE,
        "opportunity_stage": _CHOICE,
        "record_reference": Rendering(_reference),
        "contact_email": _labelled("email"),
        "contact_phone_number": _labelled("phone_number"),
        "address": Rendering(lambda _attribute, _names: _address, len(ADDRESS_PARTS)),
        "account_domain": Rendering(lambda _attribute, _names: _domain, 3),
    }
)
"""Every value type a workspace can hold."""
