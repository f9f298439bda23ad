"""Texts of several lines."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import TextArea

from widgets.editors.editor import Editor, Opening


class LongTextEditor(Editor):
    """An area to type in; a key opens the text in the program that `$EDITOR` names."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+e", "open_program", show=False, priority=True),
        Binding("f4", "open_program", show=False, priority=True),
    ]

    HINT = "Esc: back to the fields, text kept; F4 or Ctrl+E: $EDITOR"

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self.area = TextArea(opening.text, compact=True, tab_behavior="indent")
        self.area.cursor_blink = False

    def compose(self) -> ComposeResult:
        """The keys above the area."""
        yield self.title
        yield self.area

    def on_mount(self) -> None:
        """Start at the end of the text."""
        self.area.move_cursor(self.area.document.end)
        self.area.focus()

    @on(TextArea.Changed)
    def follow_typing(self, event: TextArea.Changed) -> None:
        """Tell every change."""
        event.stop()
        self.tell(self.area.text)

    def action_open_program(self) -> None:
        """Ask for `$EDITOR`."""
        self.post_message(self.ProgramRequested(self, self.area.text))

    def take_text(self, text: str) -> None:
        """Go on with what the program wrote."""
        self.area.text = text
        self.area.move_cursor(self.area.document.end)
