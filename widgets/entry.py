"""A one-line input that takes the place of another line while something is typed."""

from textual.widget import Widget
from textual.widgets import Input


class Entry(Input):
    """Hidden until opened; its `Submitted` message carries the text. The cursor does not blink: that would cost bytes."""

    def __init__(self, placeholder: str, replaced: Widget, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, compact=True, select_on_focus=False, id=id)
        self.cursor_blink = False
        self._replaced = replaced

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self.has_class("-open")

    def open_with(self, value: str) -> None:
        """Start typing, from a text."""
        with self.prevent(Input.Changed):
            self.value = value
        self.cursor_position = len(value)
        self.add_class("-open")
        self._replaced.display = False
        self.focus()

    def close(self) -> None:
        """Give the place back."""
        self.remove_class("-open")
        self._replaced.display = True
