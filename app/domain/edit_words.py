"""Values of a form in words: what is written, as a person reads it; absent, null and empty told apart."""

from collections.abc import Mapping
from typing import Final

from app.domain.edit_form import EditField
from app.domain.edits import Unset
from app.domain.journal import EditAction, ItemEdit
from app.domain.json_text import dump_json
from app.domain.schema import Attribute
from app.domain.values import Json, show_boolean, show_number

ABSENT: Final = "(not sent)"
NULL: Final = "(null: no value)"
EMPTY_TEXT: Final = '(empty text: "")'
EMPTY_LIST: Final = "(empty list: [])"


def value_words(attribute: Attribute, value: Json | Unset, names: Mapping[str, str]) -> str:
    """A value in the form in which it is written, as a person reads it; `names` are those of records, by id.

    Not yet sanitised.
    """
    if isinstance(value, Unset):
        return ABSENT
    match value:
        case None:
            return NULL
        case "":
            return EMPTY_TEXT
        case []:
            return EMPTY_LIST
        case bool():
            return show_boolean(value)
        case str():
            return _text_words(attribute, value, names)
        case list():
            return ", ".join(_item_words(attribute, item, names) for item in value)
        case dict():
            return _item_words(attribute, value, names)
        case _ if attribute.type_row.is_right_aligned and not isinstance(value, float):
            return attribute.type_row.show(value)
        case _:
            return show_number(value) if not isinstance(value, float) else str(value)


def _text_words(attribute: Attribute, value: str, names: Mapping[str, str]) -> str:
    for option in attribute.options:
        if value in (option.api_name, option.id):
            return option.display_value
    return names.get(value, value) if attribute.value_type == "record_reference" else value


def _item_words(attribute: Attribute, value: Json, names: Mapping[str, str]) -> str:
    """An item by its first member; an address by all its parts."""
    if not isinstance(value, dict):
        return value_words(attribute, value, names)
    if attribute.value_type == "address":
        return ", ".join(str(part) for part in value.values() if part) or dump_json(value)
    parts = [str(part) for part in value.values() if isinstance(part, str)]
    return parts[0] if parts else dump_json(value)


def item_edit_words(edits: tuple[ItemEdit, ...]) -> str:
    """What is done to items: `1 to add, 2 to remove`."""
    words = {
        EditAction.ADD: "to add",
        EditAction.SET: "to change",
        EditAction.REMOVE: "to remove",
    }
    counts = {action: sum(edit.action is action for edit in edits) for action in words}
    return ", ".join(f"{count} {words[action]}" for action, count in counts.items() if count)


def lock_words(field: EditField) -> str:
    """Why a field is locked, in a word or two."""
    source = field.gate.source.value.lower()
    return {"policy": "locked: read-only", "learned": "locked: refused before"}.get(
        source, "locked"
    )
