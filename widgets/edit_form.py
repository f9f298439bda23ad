"""The form: the fields of a draft as lines, and below them the one editor that is open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.getters import query_one
from textual.message import Message

from app.domain.date_words import Calendar
from app.domain.edit_draft import editable_text
from app.domain.edit_form import EditField
from app.domain.journal import ItemEdit
from app.domain.safe_text import Shown, shown
from app.domain.schema import Attribute
from app.domain.values import EditorKind, Json
from widgets.edit_lines import field_item
from widgets.editors.editor import Editor, Opening
from widgets.editors.table import EDITORS, editor_kind
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part
from widgets.lines_view import LinesView

_NO_WORDS: Mapping[str, str] = MappingProxyType({})

CURSOR_CELLS = 4
"""What stands before and behind a line of the list."""


@dataclass(frozen=True, slots=True)
class FormView:
    """What a form shows."""

    title: str
    """Not yet sanitised."""
    fields: tuple[EditField, ...]
    calendar: Calendar
    names: Mapping[str, str] = field(default_factory=lambda: _NO_WORDS)
    """What referenced records are called, by id. Not yet sanitised."""
    items: Mapping[str, tuple[Mapping[str, Json], ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    """The items of list-like attributes as they were read, each with its `id`."""
    read: Mapping[str, str] = field(default_factory=lambda: _NO_WORDS)
    """What was read and is never written, as it is shown elsewhere. Not yet sanitised."""
    refusals: Mapping[str, str] = field(default_factory=lambda: _NO_WORDS)
    """What the server said of an attribute when it was sent last. Not yet sanitised."""


class RecordForm(Vertical):
    """Changes nothing itself: it tells what was typed, and is shown the draft that came of it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(
        "revert_field", "clear_field", "empty_field", "why"
    )

    title = query_one("#form-title", Line)
    list = query_one("#form-list", LinesView)
    strip = query_one("#form-editor", Vertical)

    @dataclass
    class TextChanged(Message):
        """Something was typed for an attribute."""

        form: "RecordForm"
        attribute: Attribute
        text: str
        caret: int | None

        @property
        def control(self) -> "RecordForm":
            """The form."""
            return self.form

    @dataclass
    class Cleared(Message):
        """An attribute is to hold nothing; `is_empty`: an empty text or list instead."""

        form: "RecordForm"
        attribute: Attribute
        is_empty: bool

        @property
        def control(self) -> "RecordForm":
            """The form."""
            return self.form

    @dataclass
    class Reverted(Message):
        """An attribute is to be as it was read."""

        form: "RecordForm"
        attribute: Attribute

        @property
        def control(self) -> "RecordForm":
            """The form."""
            return self.form

    @dataclass
    class ItemEdited(Message):
        """An item of a list-like attribute is to be changed; `is_dropped`: that change is given up."""

        form: "RecordForm"
        edit: ItemEdit
        is_dropped: bool

        @property
        def control(self) -> "RecordForm":
            """The form."""
            return self.form

    @dataclass
    class Moved(Message):
        """The cursor came to another field, or an editor was left."""

        form: "RecordForm"
        field: EditField

        @property
        def control(self) -> "RecordForm":
            """The form."""
            return self.form

        def can_replace(self, message: Message) -> bool:
            """Only the last place matters."""
            return isinstance(message, RecordForm.Moved)

    @dataclass
    class WhyRequested(Message):
        """Why a field is locked, or may be set."""

        form: "RecordForm"
        field: EditField

        @property
        def control(self) -> "RecordForm":
            """The form."""
            return self.form

    @dataclass
    class Refused(Message):
        """A field that was asked to open is locked."""

        form: "RecordForm"
        field: EditField

        @property
        def control(self) -> "RecordForm":
            """The form."""
            return self.form

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.view: FormView | None = None
        """What it shows; `None` before the first `show`."""
        self.editor: Editor | None = None
        """The one that is open."""
        self.is_busy = False
        """Whether nothing may be changed now, because what is shown is being sent."""

    def compose(self) -> ComposeResult:
        """The record's name, its fields, the editor."""
        yield Line(id="form-title")
        yield LinesView(has_cursor=True, id="form-list")
        yield Vertical(id="form-editor")

    # Showing

    def show(self, view: FormView) -> None:
        """Show a draft; the cursor keeps its field."""
        before = self.field
        self.view = view
        self.title.parts = (Part(Shown(f" {shown(view.title)}"), "strong"),)
        self._show_fields(before.attribute.api_name if before is not None else None)

    def _show_fields(self, name: str | None = None) -> None:
        view = self.view
        assert view is not None
        width = (self.list.size.width or self.app.size.width) - CURSOR_CELLS
        items = [
            field_item(
                row,
                view.names,
                view.refusals.get(row.attribute.api_name, ""),
                view.read.get(row.attribute.api_name, ""),
                width,
            )
            for row in view.fields
        ]
        self.list.show_items(items, cursor=self._place_of(name))

    def _place_of(self, name: str | None) -> int:
        assert self.view is not None
        names = [row.attribute.api_name for row in self.view.fields]
        return names.index(name) if name in names else self.list.cursor

    @on(events.Resize)
    def lay_out_again(self) -> None:
        """Lines are cut to the width."""
        if self.view is not None:
            self._show_fields(self.field.attribute.api_name if self.field is not None else None)

    @property
    def field(self) -> EditField | None:
        """The field under the cursor."""
        if self.view is None or self.list.cursor >= len(self.view.fields):
            return None
        return self.view.fields[self.list.cursor]

    def move_to(self, name: str | None) -> None:
        """Put the cursor on a field."""
        if self.view is not None:
            self.list.cursor = self._place_of(name)

    @on(LinesView.ItemMoved, "#form-list")
    def tell_move(self, event: LinesView.ItemMoved) -> None:
        """The cursor came to another field."""
        event.stop()
        if self.field is not None and self.list.has_focus:
            self.post_message(self.Moved(self, self.field))

    # Fields

    def action_revert_field(self) -> None:
        """As it was read."""
        if self.field is not None and not self.is_busy:
            self.post_message(self.Reverted(self, self.field.attribute))

    def action_clear_field(self) -> None:
        """Nothing: null."""
        self._clear(is_empty=False)

    def action_empty_field(self) -> None:
        """An empty text or list, which is not the same as nothing."""
        self._clear(is_empty=True)

    def _clear(self, *, is_empty: bool) -> None:
        row = self.field
        if row is None or self.is_busy:
            return
        if not row.gate.is_open:
            self.post_message(self.Refused(self, row))
        else:
            self.post_message(self.Cleared(self, row.attribute, is_empty))

    def action_why(self) -> None:
        """Ask why."""
        if self.field is not None:
            self.post_message(self.WhyRequested(self, self.field))

    # The editor

    @on(LinesView.ItemChosen, "#form-list")
    async def open_chosen(self, event: LinesView.ItemChosen) -> None:
        """Enter: open the editor of the field."""
        event.stop()
        await self.open_editor()

    async def open_editor(self, caret: int | None = None) -> None:
        """Open the editor of the field under the cursor, if it has one."""
        row, view = self.field, self.view
        if row is None or view is None or self.editor is not None or self.is_busy:
            return
        kind = editor_kind(row)
        if kind is EditorKind.LOCKED:
            self.post_message(self.Refused(self, row))
            return
        name = row.attribute.api_name
        items = view.items.get(name, ()) if row.has_own_endpoint else _whole_items(row.value)
        opening = Opening(
            row.attribute,
            row.text if row.text is not None else editable_text(row.attribute, row.value),
            view.calendar,
            caret,
            view.names,
            items,
            row.items,
            row.has_own_endpoint,
        )
        self.editor = EDITORS[kind](opening)
        self.add_class("-editing")
        await self.strip.mount(self.editor)

    @on(Editor.Changed)
    def take_text(self, event: Editor.Changed) -> None:
        """Tell what was typed."""
        event.stop()
        self.post_message(
            self.TextChanged(self, event.editor.opening.attribute, event.text, event.caret)
        )

    @on(Editor.ItemEdited)
    def take_item(self, event: Editor.ItemEdited) -> None:
        """Tell what is to be done to an item."""
        event.stop()
        self.post_message(self.ItemEdited(self, event.edit, event.is_dropped))

    @on(Editor.Finished)
    async def close_editor(self, event: Editor.Finished) -> None:
        """Back to the fields."""
        event.stop()
        await self.leave_editor()
        self.list.focus()
        if self.field is not None:
            self.post_message(self.Moved(self, self.field))

    async def leave_editor(self) -> None:
        """Take the editor away; what was typed stays told."""
        editor, self.editor = self.editor, None
        self.remove_class("-editing")
        if editor is not None:
            await editor.remove()

    def offer_records(self, record_type: str, found: Sequence[tuple[str, str]]) -> None:
        """Ids and names of records that hold what was typed."""
        if self.editor is not None:
            self.editor.offer_records(record_type, found)


def _whole_items(value: object) -> tuple[Mapping[str, Json], ...]:
    """The items of a list that is written as a whole; each is known by its place."""
    if not isinstance(value, list):
        return ()
    return tuple(
        {**item, "id": str(place)} for place, item in enumerate(value) if isinstance(item, dict)
    )
