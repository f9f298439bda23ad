"""Finding a record by a value that only it can have."""

from collections.abc import Iterator, Mapping

from app.domain.lint import ITEM_MEMBERS
from app.domain.operators import OperatorName
from app.domain.query import Filter
from app.domain.schema import Attribute, RecordType
from app.domain.values import Json


def unique_filters(schema: RecordType, values: Mapping[str, Json]) -> tuple[Filter, ...]:
    """A question for each unique value among those of a record, of a match, or of an item; most telling first."""
    found: dict[Filter, None] = {}
    for attribute in schema.attributes:
        if _is_asked(attribute) and attribute.api_name in values:
            for value in _keys(attribute, values[attribute.api_name]):
                found[Filter(attribute.api_name, OperatorName.EQ, value)] = None
    for name, value in values.items():
        holder = _holder(schema, name)
        if holder is not None and isinstance(value, str) and value:
            found[Filter(holder.api_name, OperatorName.EQ, value)] = None
    return tuple(found)


def _is_asked(attribute: Attribute) -> bool:
    can_be_asked = attribute.is_filterable and OperatorName.EQ in attribute.filter_operators
    return attribute.is_unique and can_be_asked


def _holder(schema: RecordType, name: str) -> Attribute | None:
    """The list-like unique attribute whose items have a member of that name, such as `domain_name`."""
    if name in schema.attribute_by_name:
        return None
    rows = (row for row in schema.attributes if _is_asked(row))
    return next((row for row in rows if _main_member(row) == name), None)


def _main_member(attribute: Attribute) -> str | None:
    """The member that an item is known by."""
    members = ITEM_MEMBERS.get(attribute.value_type, ())
    return members[0].api_name if members else None


def _keys(attribute: Attribute, value: Json) -> Iterator[Json]:
    """The values to ask for: an item's main member, of a list each."""
    for item in value if isinstance(value, list) else [value]:
        key = item.get(_main_member(attribute) or "") if isinstance(item, dict) else item
        if key not in (None, "") and not isinstance(key, list | dict):
            yield key
