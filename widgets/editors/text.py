"""One line of text; also numbers, and whatever else is written as text."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input

from app.domain.edit_draft import text_fault
from app.domain.safe_text import Shown, shown
from widgets.editors.editor import Editor, Opening


class TextEditor(Editor):
    """A line to type in. Hidden characters stand escaped and are sent back as they were."""

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self.entry = Input(compact=True, select_on_focus=False)
        self.entry.cursor_blink = False

    def compose(self) -> ComposeResult:
        """What it means above the line."""
        yield self.title
        yield self.entry

    def on_mount(self) -> None:
        """Go on where typing ended."""
        with self.prevent(Input.Changed):
            self.entry.value = self.opening.text
        end, caret = len(self.entry.value), self.opening.caret
        self.entry.cursor_position = end if caret is None else min(caret, end)
        self.entry.focus()
        self.explain(self.entry.value)

    @on(Input.Changed)
    def follow_typing(self, event: Input.Changed) -> None:
        """Tell every change."""
        event.stop()
        self.explain(event.value)
        self.tell(self.resolved(event.value), self.entry.cursor_position)

    @on(Input.Submitted)
    def leave(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.action_finish()

    def resolved(self, text: str) -> str:
        """The text that is meant; for most editors it is the one that was typed."""
        return text

    def meaning(self, text: str) -> str:
        """What the text means, where that is not plain."""
        hidden = text.count("\\u") + text.count("\\U")
        return "with hidden characters, written \\uXXXX" if hidden else ""

    def explain(self, text: str) -> None:
        """Say what the text means, or why it is no value."""
        fault = text_fault(self.opening.attribute, self.resolved(text)) if text else ""
        self.say(shown(fault or self.meaning(text), limit=60) or Shown(""), is_bad=bool(fault))
