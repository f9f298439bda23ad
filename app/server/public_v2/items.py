"""Attribute sub-resources: single items of a list-like attribute, by id or by name.

Source: Public API v2, Manage Contact and Account Subresources; reference, "add an email sub-resource item" and the pages of
account domains; contract 3.9 and 7, nos. 27, 38 to 41 and 59.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from starlette.responses import Response

from app.domain.values import Json
from app.server.bodies import parse_object, read_bytes
from app.server.public_v2.calls import Call, etag_of
from app.server.public_v2.values import RENDERINGS, text_json
from app.server.public_v2.writes import check_writable
from app.server.refusals import Refusal
from app.server.store.accepting import domain_text, email_text, flag_of, labels_text, phone_text
from app.server.store.columns import child_columns, child_table
from app.server.store.definitions import AttributeDefinition
from app.server.store.identifiers import parse_id
from app.server.store.items import PRIMARY, Columns, ItemList, items_of
from app.server.store.operands import BadOperand
from app.server.store.pages import changed_at
from app.server.store.replies import Reply
from app.server.store.sql import Bound
from app.server.store.writing import Writer

_NO_COLUMNS: Final[Columns] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ItemRule:
    """What the calls of one value type's items take."""

    on_add: tuple[str, ...]
    """Keys that an added item needs."""
    on_change: tuple[str, ...] = ()
    """Keys that a change needs."""
    may_add: tuple[str, ...] = ()
    """Keys that an added item can have too."""
    may_change: tuple[str, ...] = ()
    fixed: Columns = field(default_factory=lambda: _NO_COLUMNS)
    """What each added item has."""


def _labelled(name: str) -> ItemRule:
    return ItemRule((name, PRIMARY), may_add=("labels",), may_change=(name, PRIMARY, "labels"))


RULES: Final[Mapping[str, ItemRule]] = MappingProxyType(
    {
        "contact_email": _labelled("email"),
        "contact_phone_number": _labelled("phone_number"),
        "account_domain": ItemRule(
            ("domain_name",), (PRIMARY,), fixed=MappingProxyType({"status": "ACTIVE"})
        ),
    }
)
"""The value types whose items have calls of their own."""

_READ: Final[Mapping[str, Callable[[Json], Bound]]] = MappingProxyType(
    {
        "email": email_text,
        "phone_number": phone_text,
        "domain_name": domain_text,
        PRIMARY: flag_of,
        "labels": labels_text,
    }
)
"""How the value of each key is accepted."""


async def add(call: Call) -> Response:
    """Answer the POST of an item."""
    attribute, rule = _attribute(call)
    _ = call.record_id
    body = await read_bytes(call.request)
    columns = _columns(body, rule.on_add, rule.may_add)

    def work(writer: Writer) -> Reply:
        items = _items(call, writer, attribute)
        return Reply(201, _answer(items, items.add({**rule.fixed, **columns})))

    return await call.change(body, work, may_have_names=False)


async def change(call: Call) -> Response:
    """Answer the PATCH of an item."""
    attribute, rule = _attribute(call)
    _ = call.record_id
    body = await read_bytes(call.request)
    columns = _columns(body, rule.on_change, rule.may_change)

    def work(writer: Writer) -> Reply:
        items = _items(call, writer, attribute)
        return Reply(200, _answer(items, items.change(_key(call, items), columns)))

    return await call.change(body, work, may_have_names=False)


async def remove(call: Call) -> Response:
    """Answer the DELETE of an item."""
    attribute, _ = _attribute(call)
    _ = call.record_id
    body = await read_bytes(call.request)

    def work(writer: Writer) -> Reply:
        items = _items(call, writer, attribute)
        items.remove(_key(call, items))
        return Reply(204)

    return await call.change(body, work, may_have_names=False)


def _attribute(call: Call) -> tuple[AttributeDefinition, ItemRule]:
    """The attribute in the path. Raises `Refusal` if this workspace does not have it."""
    definition = call.resource.definition
    attribute = definition.attribute_by_name.get(call.parts["api_name"])
    if attribute is None or child_table(definition.api_name, attribute) is None:
        raise Refusal("not_found", "there is no such resource")
    return attribute, RULES[attribute.value_type]


def _columns(body: bytes, needed: tuple[str, ...], allowed: tuple[str, ...]) -> dict[str, Bound]:
    """The columns that a body names. Raises `Refusal`."""
    asked = parse_object(body, frozenset({*needed, *allowed}))
    for name in needed:
        if name not in asked:
            raise Refusal("field_required_missing", f"the body needs {name}", name)
    columns: dict[str, Bound] = {}
    for name, raw in asked.items():
        try:
            columns[name] = _READ[name](raw)
        except BadOperand as error:
            words = str(error).removeprefix(f"{name} ")
            raise Refusal("field_value_invalid", f"{name} {words}", name) from None
    return columns


def _items(call: Call, writer: Writer, attribute: AttributeDefinition) -> ItemList:
    """The items of the record in the path. Raises `Refusal` if it is not there, or not the one the caller has read."""
    definition = call.resource.definition
    check_writable(writer, definition)
    updated_at = changed_at(writer, definition, call.record_id)
    if updated_at is None:
        raise Refusal("record_not_found", f"no {definition.api_name} {call.record_id}")
    call.check_unchanged(etag_of(updated_at))
    return items_of(writer, definition, attribute, call.record_id)


def _key(call: Call, items: ItemList) -> str:
    """The item's id or name in the path, as it is stored if it can be one."""
    text = call.parts["item_id"]
    if items.child.has_ids:
        return parse_id(text) or text
    try:
        return domain_text(text)
    except BadOperand:
        return text


def _answer(items: ItemList, row: Columns) -> str:
    """An item: under `envelope` beside its id, or bare where items have none."""
    show = RENDERINGS[items.attribute.value_type].show(items.attribute, None)
    names = child_columns(items.child)
    shown = show(tuple(row[name] for name in names if name not in {"record_id", "position"}))
    if not items.child.has_ids:
        return f'{{"data":{shown}}}'
    return f'{{"data":{{"id":{text_json(str(row["id"]))},"envelope":{shown}}}}}'
