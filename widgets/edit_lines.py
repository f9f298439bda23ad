"""The fields of a form as lines: a sign for what is changed or wrong, the name, the value, what there is to know."""

from collections.abc import Mapping

from app.domain.edit_form import EditField
from app.domain.edit_words import item_edit_words, lock_words, value_words
from app.domain.edits import Unset
from app.domain.safe_text import Shown, hidden_count, shown
from app.domain.values import EditorKind
from widgets.editors.table import editor_kind
from widgets.line import Part, fit, paragraph
from widgets.lines_view import Item
from widgets.looks import Look

MAX_VALUE: int = 200
"""Characters of a value in a form."""

SIGN_CELLS: int = 2

NOTE_CELLS: int = 30
"""What is said behind a value takes at most so many cells."""


def field_item(
    field: EditField, names: Mapping[str, str], refusal: str, read: str, width: int
) -> Item:
    """One field; below it why a text is no value, or what the server said of it. `read` stands for what is never written."""
    name_cells = max(12, min(22, width // 4))
    note = _note(field, names)
    note_cells = min(len(note), NOTE_CELLS, max(8, width // 3)) if note else 0
    value_cells = max(8, width - SIGN_CELLS - name_cells - 2 - note_cells - (2 if note else 0))
    is_locked = editor_kind(field) is EditorKind.LOCKED
    look: Look = "muted" if is_locked else ("strong" if field.is_changed else "")
    parts = [
        Part(_sign(field, refusal), "bad" if field.fault or refusal else "accent"),
        Part(fit(_name(field), name_cells), "muted" if is_locked else ""),
        Part(Shown("  ")),
        Part(fit(_value(field, names, read), value_cells), look),
    ]
    if note:
        parts += [Part(Shown("  ")), Part(fit(shown(note), note_cells), "muted")]
    lines = [tuple(parts)]
    for words in (field.fault, refusal):
        if words:
            lines += paragraph(shown(words), width, "bad", indent=SIGN_CELLS + name_cells + 2)
    return tuple(lines)


def _sign(field: EditField, refusal: str) -> Shown:
    if field.fault or refusal:
        return Shown("! ")
    if field.is_changed:
        return Shown("~ ")
    return Shown("  ")


def _name(field: EditField) -> Shown:
    is_missing = field.is_required and not field.is_changed
    return Shown(shown(field.attribute.display_name) + (" *" if is_missing else ""))


def _value(field: EditField, names: Mapping[str, str], read: str) -> Shown:
    if field.text is not None:
        return shown(field.text, limit=MAX_VALUE)
    if field.has_own_endpoint and field.items:
        words = value_words(field.attribute, field.base, names)
        return shown(f"{words}; {item_edit_words(field.items)}", limit=MAX_VALUE)
    if isinstance(field.value, Unset) and read:
        return shown(read, limit=MAX_VALUE)
    return shown(value_words(field.attribute, field.value, names), limit=MAX_VALUE)


def _note(field: EditField, names: Mapping[str, str]) -> str:
    if editor_kind(field) is EditorKind.LOCKED:
        return lock_words(field)
    if field.items:
        return "own endpoint"
    if field.is_changed and not isinstance(field.base, Unset):
        return f"was {value_words(field.attribute, field.base, names)}"
    if field.is_required and not field.is_changed:
        return "* required"
    if field.is_changed:
        return "new"
    if field.has_own_endpoint:
        return "own endpoint"
    hidden = hidden_count(field.value.replace("\n", " ")) if isinstance(field.value, str) else 0
    return f"{hidden} hidden character{'' if hidden == 1 else 's'}" if hidden else ""
