"""What all editors have in common: they edit one attribute at a time, as text, and tell every change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from app.domain.date_words import Calendar
from app.domain.journal import ItemEdit
from app.domain.safe_text import Shown
from app.domain.schema import Attribute
from app.domain.values import Json
from widgets.line import Line, Part

_NO_NAMES: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Opening:
    """What an editor starts from."""

    attribute: Attribute
    text: str
    """What is edited: nothing in it is hidden."""
    calendar: Calendar
    caret: int | None = None
    """Where typing goes on; `None`: at the end."""
    names: Mapping[str, str] = field(default_factory=lambda: _NO_NAMES)
    """What records are called, by id. Not yet sanitised."""
    items: tuple[Mapping[str, Json], ...] = ()
    """The items of a list-like attribute as they were read, each with its `id`."""
    item_edits: tuple[ItemEdit, ...] = ()
    """What is done to them."""
    has_own_endpoint: bool = False
    """Whether items are changed one by one, by calls of their own."""


class Editor(Vertical):
    """Edits one attribute. What is typed is told at once and kept; to leave is not to take it back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "finish", show=False, priority=True),
    ]

    HINT: ClassVar[str] = "Enter or Esc: back to the fields; what you typed is kept"
    """The keys, in words."""

    @dataclass
    class Changed(Message):
        """The text is another one."""

        editor: "Editor"
        attribute: str
        text: str
        caret: int | None = None

        @property
        def control(self) -> "Editor":
            """The editor."""
            return self.editor

        def can_replace(self, message: Message) -> bool:
            """Only the last text matters."""
            return isinstance(message, Editor.Changed) and message.editor is self.editor

    @dataclass
    class ItemEdited(Message):
        """An item was added, changed or removed; each such change is a call of its own."""

        editor: "Editor"
        edit: ItemEdit
        is_dropped: bool = False
        """Whether the change is given up."""

        @property
        def control(self) -> "Editor":
            """The editor."""
            return self.editor

    @dataclass
    class RecordsRequested(Message):
        """Records whose name holds a text are wanted; `offer_records` takes them."""

        editor: "Editor"
        record_type: str
        text: str

        @property
        def control(self) -> "Editor":
            """The editor."""
            return self.editor

        def can_replace(self, message: Message) -> bool:
            """Only the last text matters."""
            return isinstance(message, Editor.RecordsRequested)

    @dataclass
    class ProgramRequested(Message):
        """The text is to be opened in `$EDITOR`; `take_text` takes what it wrote."""

        editor: "Editor"
        text: str

        @property
        def control(self) -> "Editor":
            """The editor."""
            return self.editor

    @dataclass
    class Finished(Message):
        """Typing is over."""

        editor: "Editor"

        @property
        def control(self) -> "Editor":
            """The editor."""
            return self.editor

    def __init__(self, opening: Opening) -> None:
        super().__init__()
        self.opening = opening
        self.title = Line(classes="editor-title")
        self.say(Shown(""))

    def say(self, words: Shown, *, is_bad: bool = False) -> None:
        """Say beside the keys what the text means, or why it is no value."""
        mark = (Part(Shown(" EDITING "), "accent"),)
        said = (Part(words, "bad" if is_bad else "good"), Part(Shown("  "))) if words else ()
        self.title.parts = (*mark, *said, Part(Shown(self.HINT), "muted"))

    def tell(self, text: str, caret: int | None = None) -> None:
        """Tell that the text is another one."""
        self.post_message(self.Changed(self, self.opening.attribute.api_name, text, caret))

    def take_text(self, text: str) -> None:
        """Go on with a text that came from elsewhere; not every editor can."""

    def offer_records(self, record_type: str, found: Sequence[tuple[str, str]]) -> None:
        """Ids and names of records that hold what was typed; not every editor asks for them."""

    def action_finish(self) -> None:
        """Typing is over."""
        self.post_message(self.Finished(self))
