"""Editing a record, or one that is not there yet: what becomes of a draft as its attributes are set, cleared and set back.

Everything here is a pure step from one draft to the next. An attribute of a draft is set to a value, or holds a text that is
no value yet, or is as it was read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from app.domain.capabilities import ResourceMatrix, Support
from app.domain.edits import UNSET, Change, Unset, WriteValue, write_json
from app.domain.equality import is_same
from app.domain.escaped_text import escaped_for_editing, unescaped
from app.domain.journal import Draft, EditAction, IntentKind, ItemEdit, LinkEdit
from app.domain.json_text import dump_ascii, dump_json, parse_json
from app.domain.kept_items import items_in
from app.domain.merging import Side, base_of, resolve
from app.domain.parsing import parse_value
from app.domain.planned import PlannedWrite
from app.domain.records import Record
from app.domain.safe_text import FORBIDDEN
from app.domain.schema import Attribute, RecordType
from app.domain.values import Json

LINE_TYPES: Final = frozenset({"long_text", "rich_text"})
"""Value types whose texts have several lines."""

_PART_TYPES: Final = frozenset({"address", "contact_email", "contact_phone_number", "account_domain"})  # fmt: skip
"""Value types that are written as JSON."""


def draft_of(draft_id: str, workspace: str, record: Record) -> Draft:
    """A draft that changes nothing yet."""
    return Draft(
        id=draft_id,
        workspace=workspace,
        record_type=record.record_id.record_type,
        record_id=record.record_id.id,
        title=record.title,
        base=base_of(record),
        version=record.version,
        updated_at=record.updated_at,
    )


def as_new(draft: Draft, draft_id: str, schema: RecordType) -> Draft:
    """A copy of a draft that makes a new record: for a record that is gone. Only what a create takes is copied."""
    whole = {**draft.base, **draft.values}
    taken = {row.api_name for row in schema.attributes if row.is_creatable}
    values = {
        name: value for name, value in whole.items() if name in taken and value not in (None, [])
    }
    texts = {name: text for name, text in draft.texts.items() if name in taken}
    new = Draft(id=draft_id, workspace=draft.workspace, record_type=draft.record_type)
    return replace(new, title=draft.title, values=values, texts=texts, focus=draft.focus)


def current_value(draft: Draft, name: str) -> Json | Unset:
    """What an attribute is to be: its change, else what was read; `UNSET` where neither says."""
    return draft.values[name] if name in draft.values else draft.base.get(name, UNSET)


def is_changed(draft: Draft) -> bool:
    """Whether anything would be lost with the draft."""
    return bool(draft.values or draft.texts or draft.items or draft.links)


# Setting


def with_text(draft: Draft, attribute: Attribute, text: str) -> Draft:
    """What was typed, as a value; a text that is no value is kept as it is, and `text_fault` says why.

    Nothing typed at all clears; where there was nothing, or an empty text, it is no change.
    """
    name = attribute.api_name
    if not text:
        is_filled = draft.base.get(name) not in (None, "")
        return cleared(draft, attribute) if is_filled else reverted(draft, name)
    try:
        return with_value(draft, attribute, read_text(attribute, text))
    except ValueError:
        values = {key: value for key, value in draft.values.items() if key != name}
        return replace(draft, values=values, texts={**draft.texts, name: text})


def with_value(draft: Draft, attribute: Attribute, value: WriteValue) -> Draft:
    """An attribute set to a value: `None` clears, an empty text or list is a value. What it was before is no change.

    Raises:
        ValueError: for a value that is never sent.
    """
    name = attribute.api_name
    json = write_json(value)
    values = {key: kept for key, kept in draft.values.items() if key != name}
    texts = {key: kept for key, kept in draft.texts.items() if key != name}
    if not is_same(json, draft.base.get(name, UNSET)):
        values[name] = json
    return replace(draft, values=values, texts=texts)


def cleared(draft: Draft, attribute: Attribute) -> Draft:
    """An attribute that is to hold nothing."""
    return with_value(draft, attribute, None)


def emptied(draft: Draft, attribute: Attribute) -> Draft:
    """An attribute that is to hold an empty list or text; not the same as nothing."""
    return with_value(draft, attribute, [] if attribute.is_array else "")


def reverted(draft: Draft, name: str) -> Draft:
    """An attribute as it was read, with the items of it that have calls of their own."""
    return replace(
        draft,
        values={key: value for key, value in draft.values.items() if key != name},
        texts={key: text for key, text in draft.texts.items() if key != name},
        items=tuple(edit for edit in draft.items if edit.attribute != name),
    )


# Texts


def read_text(attribute: Attribute, text: str) -> WriteValue:
    r"""The value that a typed text means; `\u202e` stands for a hidden character.

    Raises:
        ValueError: in words.
    """
    if attribute.is_array or attribute.value_type in _PART_TYPES:
        return _read_parts(attribute, text)
    return parse_value(attribute, unescaped(text))


def text_fault(attribute: Attribute, text: str) -> str:
    """Why a typed text is no value; empty where it is one."""
    try:
        read_text(attribute, text)
    except ValueError as error:
        return str(error)
    return ""


def editable_text(attribute: Attribute, value: Json | Unset) -> str:
    """A value as it is opened for editing: `read_text` gives the same value again. Nothing in it is hidden."""
    if value is None or isinstance(value, Unset):
        return ""
    if isinstance(value, str):
        keeps_lines = attribute.value_type in LINE_TYPES
        return escaped_for_editing(value, keeps_lines=keeps_lines)
    return FORBIDDEN.sub(lambda match: dump_ascii(match[0])[1:-1], dump_json(value))


def _read_parts(attribute: Attribute, text: str) -> Json:
    shape: type = list if attribute.is_array else dict
    words = "a list, such as [...]" if attribute.is_array else 'parts, such as {"city": "Lyon"}'
    try:
        value = parse_json(text.encode())
    except ValueError as error:
        raise ValueError(f"is written as JSON, with {words}: {error}") from None
    if not isinstance(value, shape):
        raise ValueError(f"is written as JSON, with {words}")
    return value


# Items of list-like attributes


def with_item(draft: Draft, edit: ItemEdit) -> Draft:
    """An item added, changed or removed by a call of its own; it takes the place of what was done to the same item before.

    An item that is set back to what it was is no change.
    """
    others = tuple(row for row in draft.items if edit.item_id is None or not _is_of(row, edit))
    if edit.action is EditAction.SET:
        changed = {
            name: value
            for name, value in edit.members.items()
            if not is_same(value, edit.before.get(name, UNSET))
        }
        if not changed:
            return replace(draft, items=others)
        edit = replace(edit, members=changed)
    return replace(draft, items=(*others, edit))


def without_item(draft: Draft, edit: ItemEdit) -> Draft:
    """Give up one change of an item."""
    items = [*draft.items]
    items.remove(edit)
    return replace(draft, items=tuple(items))


def _is_of(one: ItemEdit, other: ItemEdit) -> bool:
    return (one.attribute, one.item_id) == (other.attribute, other.item_id)


def with_link(draft: Draft, edit: LinkEdit) -> Draft:
    """A link made, changed or removed by a call of its own; made and removed again it is no change."""
    same = [row for row in draft.links if _is_between(row, edit)]
    others = tuple(row for row in draft.links if row not in same)
    was_new = any(row.action is EditAction.ADD for row in same)
    if was_new and edit.action is EditAction.REMOVE:
        return replace(draft, links=others)
    if was_new and edit.action is EditAction.SET:
        edit = replace(edit, action=EditAction.ADD)
    return replace(draft, links=(*others, edit))


def without_link(draft: Draft, edit: LinkEdit) -> Draft:
    """Give up one change of a link."""
    return replace(draft, links=tuple(row for row in draft.links if row != edit))


def _is_between(one: LinkEdit, other: LinkEdit) -> bool:
    return (one.relationship, one.target_id) == (other.relationship, other.target_id)


# What is sent, and what is left


def has_own_endpoint(resources: ResourceMatrix, record_type: str, attribute: str) -> bool:
    """Whether the items of a list-like attribute are changed one by one, by calls of their own."""
    return resources.attribute_items(record_type, attribute) is Support.SUPPORTED


def body_changes(
    draft: Draft, resources: ResourceMatrix, order: Iterable[Attribute]
) -> tuple[Change, ...]:
    """What goes into the one body of a create or a patch, in the schema's order; what it does not name comes last.

    Of a record that is there, list-like attributes with calls of their own do not.
    """
    names = [row.api_name for row in order]
    values: Mapping[str, Json] = draft.values
    listed = [*(name for name in names if name in values), *(n for n in values if n not in names)]
    return tuple(
        Change(name, values[name])
        for name in listed
        if draft.record_id is None or not has_own_endpoint(resources, draft.record_type, name)
    )


def without_write(draft: Draft, write: PlannedWrite, record: Record | None = None) -> Draft:
    """What is left of a draft once a write of it was made; `record` is the record as it now is."""
    match write.kind:
        case IntentKind.CREATE | IntentKind.ASSERT:
            return replace(draft, values={}, texts={}, items=(), links=())
        case IntentKind.PATCH:
            done = write.values
            values = {name: value for name, value in draft.values.items() if name not in done}
            left = replace(draft, values=values, base={**draft.base, **done})
            return left if record is None else rebased(left, record)
        case IntentKind.ADD_ITEM | IntentKind.SET_ITEM | IntentKind.REMOVE_ITEM:
            items = tuple(edit for edit in draft.items if not _is_item_done(edit, write))
            return replace(draft, items=items)
        case _:
            links = tuple(edit for edit in draft.links if not _is_link_done(edit, write))
            return replace(draft, links=links)


def rebased(draft: Draft, record: Record) -> Draft:
    """The same changes of a record as it now is; what it already holds is no change any more."""
    base = base_of(record)
    values = {
        name: value
        for name, value in draft.values.items()
        if not is_same(value, base.get(name, UNSET))
    }
    return replace(
        draft,
        base=base,
        values=values,
        version=record.version,
        updated_at=record.updated_at,
        title=record.title,
    )


def resolved_draft(draft: Draft, record: Record, sides: Mapping[str, Side]) -> Draft:
    """A draft after its clashes with a record were decided, each for one side: it goes on from what the record is now.

    The clash of a part of an item is named `contact_emails.email`. An item that is gone cannot be changed any more.
    """
    resolved = resolve(draft.values, base_of(record), sides)
    edits = (_resolved_item(edit, record, sides) for edit in draft.items)
    items = tuple(edit for edit in edits if edit is not None)
    return rebased(replace(draft, values=resolved.mine, items=items), record)


def _resolved_item(edit: ItemEdit, record: Record, sides: Mapping[str, Side]) -> ItemEdit | None:
    if edit.item_id is None:
        return edit
    now = items_in(record, edit.attribute).get(edit.item_id)
    prefix = f"{edit.attribute}."
    decided = {
        name.removeprefix(prefix): side for name, side in sides.items() if name.startswith(prefix)
    }
    is_given_up = edit.action is EditAction.REMOVE and Side.THEIRS in decided.values()
    if now is None or is_given_up:
        return None
    members = {
        name: value
        for name, value in edit.members.items()
        if decided.get(name) is not Side.THEIRS and not is_same(value, now.get(name, UNSET))
    }
    is_nothing = edit.action is EditAction.SET and not members
    return None if is_nothing else replace(edit, members=members, before=now)


def _is_item_done(edit: ItemEdit, write: PlannedWrite) -> bool:
    is_same_item = edit.attribute == write.name and edit.item_id == write.target_id
    if edit.action is EditAction.ADD:
        is_added = write.kind is IntentKind.ADD_ITEM and edit.attribute == write.name
        return is_added and is_same(dict(edit.members), write.values)
    return is_same_item and write.kind is not IntentKind.ADD_ITEM


def _is_link_done(edit: LinkEdit, write: PlannedWrite) -> bool:
    return (edit.relationship, edit.target_id) == (write.name, write.target_id)
