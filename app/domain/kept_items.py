"""The items of a list-like attribute, and what links carry, as their own calls take them."""

from collections.abc import Mapping

from app.domain.merging import base_of
from app.domain.planned import ITEM_ID
from app.domain.records import Link, Record
from app.domain.values import DomainItem, EmailItem, Json, PhoneItem, plain_item


def items_in(record: Record, attribute: str) -> Mapping[str, Mapping[str, Json]]:
    """Items by id, for domains by name, each with its members."""
    value = record.attributes.get(attribute)
    found: dict[str, Mapping[str, Json]] = {}
    for item in value if isinstance(value, tuple) else ():
        if isinstance(item, EmailItem | PhoneItem | DomainItem):
            members = plain_item(item)
            assert isinstance(members, dict)
            item_id = item.domain_name if isinstance(item, DomainItem) else item.id
            found[item_id] = {name: part for name, part in members.items() if name != ITEM_ID}
    return found


def edge_of(link: Link) -> Mapping[str, Json]:
    """What a link carries, in the form in which it is sent."""
    return base_of(Record(link.target, link.edge_attributes))
