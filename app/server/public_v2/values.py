"""Stored values as wire JSON: one row per value type. Made for speed: no object between the row and its JSON.

Source of the shapes: Public API v2, Core Objects and the reference samples; contract 3.2 and 7, nos. 17 to 23.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from app.domain.values import Json, Option
from app.server.store.columns import ADDRESS_PARTS
from app.server.store.definitions import AttributeDefinition, OptionDefinition
from app.wire.public_v2.values import encode_option

Show = Callable[[Any], Any]
"""A stored value, never null, as the `value` of an envelope. `Any`: rows of a database go to a JSON writer, unseen."""

Names = Mapping[str, str]
"""Display names by record id."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """How the values of one attribute are shown; chosen once per attribute, not once per value."""

    show: Callable[[AttributeDefinition], Show]
    width: int = 1
    """Columns that a value takes."""


def _itself(_: AttributeDefinition) -> Show:
    return lambda value: value


def _amount(_: AttributeDefinition) -> Show:
    return lambda value: {"amount": decimal_text(value)}


def decimal_text(value: float) -> str:
    """A stored number digit for digit, without an exponent."""
    text = repr(value)
    return text.removesuffix(".0") if "e" not in text else f"{value:f}"


def _flag(_: AttributeDefinition) -> Show:
    return bool


def _option(attribute: AttributeDefinition) -> Show:
    encoded = {row.id: option_json(row, attribute.value_type) for row in attribute.options}
    return lambda value: (
        encoded.get(value)
        or {
            "id": value,
            "display_value": value,
            "api_name": value,
        }
    )


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


def _reference(attribute: AttributeDefinition) -> Show:
    related = attribute.related_record_type
    return lambda value: {"related_record_id": value, "related_record_type": related}


def _address(_: AttributeDefinition) -> Show:
    return lambda parts: dict(zip(ADDRESS_PARTS, parts, strict=True))


def _labelled(name: str) -> Callable[[AttributeDefinition], Show]:
    """An item with an id, a text called `name` and labels."""

    def show(_: AttributeDefinition) -> Show:
        def item(row: Sequence[Any]) -> Any:
            record_id, text, is_primary, labels = row
            return {
                "id": record_id,
                name: text,
                "is_primary": bool(is_primary),
                "labels": json.loads(labels) if labels else [],
            }

        return item

    return show


def _domain(_: AttributeDefinition) -> Show:
    return lambda row: {"domain_name": row[0], "is_primary": bool(row[1]), "status": row[2]}


_ITSELF: Final = Rendering(_itself)
_CHOICE: Final = Rendering(_option)

RENDERINGS: Final[Mapping[str, Rendering]] = MappingProxyType(
    {
        "string": _ITSELF,
        "long_text": _ITSELF,
        "rich_text": _ITSELF,
        "number": _ITSELF,
        "percent": _ITSELF,
        "currency": Rendering(_amount),
        "boolean": Rendering(_flag),
        "timestamp": _ITSELF,
        "date": _ITSELF,
        "time": _ITSELF,
        "email": _ITSELF,
        "phone_number": _ITSELF,
        "url": _ITSELF,
        "uuid": _ITSELF,
        "enum": _ITSELF,
        "select": _CHOICE,
        "contact_stage": _CHOICE,
        "account_stage": _CHOICE,
        "opportunity_stage": _CHOICE,
        "record_reference": Rendering(_reference),
        "contact_email": Rendering(_labelled("email"), 4),
        "contact_phone_number": Rendering(_labelled("phone_number"), 4),
        "address": Rendering(_address, len(ADDRESS_PARTS)),
        "account_domain": Rendering(_domain, 3),
    }
)
"""Every value type a workspace can hold."""
