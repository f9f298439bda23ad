"""A postal address, part by part."""

from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input

from app.domain.edit_draft import read_text
from app.domain.escaped_text import escaped_for_editing, unescaped
from app.domain.json_text import dump_json
from app.domain.safe_text import Shown
from app.domain.values import Json
from widgets.editors.editor import Editor, Opening
from widgets.line import Line, Part

PARTS: Final = {
    "street_one": "Street",
    "street_two": "Street, second line",
    "zip_code": "Postal code",
    "city": "City",
    "state": "State",
    "country": "Country",
}


class AddressEditor(Editor):
    """A line for each part; an empty one is sent as null, and an address without parts clears the attribute."""

    HINT = "Tab: next part; Enter or Esc: back to the fields"

    def __init__(self, opening: Opening) -> None:
        super().__init__(opening)
        self._before = _parts(opening)
        self.entries = {name: _entry() for name in PARTS}

    def compose(self) -> ComposeResult:
        """A line for each part, named at its left."""
        yield self.title
        for name, entry in self.entries.items():
            label = Line(classes="editor-label")
            label.parts = (Part(Shown(f" {PARTS[name]}")),)
            yield Horizontal(label, entry, classes="editor-part")

    def on_mount(self) -> None:
        """Begin with the first part."""
        with self.prevent(Input.Changed):
            for name, entry in self.entries.items():
                entry.value = _text(self._before.get(name))
        self.entries["street_one"].focus()

    @on(Input.Changed)
    def follow_typing(self, event: Input.Changed) -> None:
        """Tell the whole address, with the parts that were not typed in as they were."""
        event.stop()
        parts: dict[str, Json] = dict(self._before)
        for name, entry in self.entries.items():
            if entry.value != _text(self._before.get(name)):
                parts[name] = unescaped(entry.value) or None
        is_empty = not any(parts.values())
        self.tell("" if is_empty else dump_json(parts))

    @on(Input.Submitted)
    def leave(self, event: Input.Submitted) -> None:
        """Enter."""
        event.stop()
        self.action_finish()


def _parts(opening: Opening) -> dict[str, Json]:
    """The parts that the text holds; none of a text that cannot be read."""
    try:
        value = read_text(opening.attribute, opening.text) if opening.text else {}
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _text(part: Json) -> str:
    return escaped_for_editing(part) if isinstance(part, str) else ""


def _entry() -> Input:
    entry = Input(compact=True, select_on_focus=False)
    entry.cursor_blink = False
    return entry
