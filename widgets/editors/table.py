"""Which editor edits what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from app.domain.edit_form import EditField
from app.domain.values import EditorKind
from widgets.editors.address import AddressEditor
from widgets.editors.choice import BooleanEditor, ChoiceEditor
from widgets.editors.editor import Editor
from widgets.editors.items import ItemsEditor
from widgets.editors.long_text import LongTextEditor
from widgets.editors.moment import DateEditor, TimeEditor, TimestampEditor
from widgets.editors.number import NumberEditor
from widgets.editors.reference import ReferenceEditor
from widgets.editors.text import TextEditor

EDITORS: Final[Mapping[EditorKind, type[Editor]]] = MappingProxyType(
    {
        EditorKind.TEXT: TextEditor,
        EditorKind.LONG_TEXT: LongTextEditor,
        EditorKind.NUMBER: NumberEditor,
        EditorKind.BOOLEAN: BooleanEditor,
        EditorKind.DATE: DateEditor,
        EditorKind.TIME: TimeEditor,
        EditorKind.TIMESTAMP: TimestampEditor,
        EditorKind.CHOICE: ChoiceEditor,
        EditorKind.REFERENCE: ReferenceEditor,
        EditorKind.ADDRESS: AddressEditor,
        EditorKind.ITEMS: ItemsEditor,
    }
)
"""By kind; what is locked has none."""


def editor_kind(field: EditField) -> EditorKind:
    """What a field is edited with; lists without a form of their own are written as JSON."""
    if not field.gate.is_open:
        return EditorKind.LOCKED
    kind = field.attribute.type_row.editor
    if field.attribute.is_array and kind is not EditorKind.ITEMS:
        return EditorKind.TEXT
    return EditorKind.CHOICE if field.attribute.options else kind
