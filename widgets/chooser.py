"""One question at a time: a line to type in, and the choices that hold what was typed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.getters import query_one
from textual.message import Message
from textual.widgets import Input

from app.domain.safe_text import Shown
from widgets.line import Line, Part, fit
from widgets.lines_view import Item, LinesView

ROWS: Final = 7
"""Choices in view at once."""

LABEL_CELLS: Final = 24
"""Room for a choice before its note, at most."""

NO_NOTE: Final = Shown("")


@dataclass(frozen=True, slots=True)
class Choice:
    """Something that can be chosen."""

    key: str
    """What it is, for the program; not shown."""
    label: Shown
    note: Shown = NO_NOTE

    def holds(self, words: Sequence[str]) -> bool:
        """Whether each word stands in it."""
        text = f"{self.key} {self.label} {self.note}".casefold()
        return all(word in text for word in words)


class Chooser(Vertical):
    """Asks with `ask`; hidden otherwise. Enter takes the marked choice, or what was typed where that is allowed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False, priority=True),
        Binding("shift+tab", "step_back", show=False, priority=True),
        Binding("tab", "take_choice", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(6)", show=False, priority=True),
        Binding("pageup", "move(-6)", show=False, priority=True),
    ]

    title = query_one("#chooser-title", Line)
    entry = query_one("#chooser-entry", Input)
    list = query_one("#chooser-list", LinesView)

    @dataclass
    class Chosen(Message):
        """A choice was taken; `key` is `None` when what was typed was taken instead."""

        chooser: "Chooser"
        key: str | None
        typed: str

        @property
        def control(self) -> "Chooser":
            """The chooser."""
            return self.chooser

    @dataclass
    class Typed(Message):
        """The text changed."""

        chooser: "Chooser"
        text: str

        @property
        def control(self) -> "Chooser":
            """The chooser."""
            return self.chooser

        def can_replace(self, message: Message) -> bool:
            """Only the last text matters."""
            return isinstance(message, Chooser.Typed) and message.chooser is self.chooser

    @dataclass
    class Left(Message):
        """The question was not answered; `is_back`: the one before it is wanted again."""

        chooser: "Chooser"
        is_back: bool

        @property
        def control(self) -> "Chooser":
            """The chooser."""
            return self.chooser

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._choices: tuple[Choice, ...] = ()
        self._shown: tuple[Choice, ...] = ()
        self._takes_text = False
        self._is_marked = False

    def compose(self) -> ComposeResult:
        """The question, the line to type in, the choices."""
        yield Line(id="chooser-title")
        entry = Input(compact=True, select_on_focus=False, id="chooser-entry")
        entry.cursor_blink = False
        yield entry
        yield LinesView(has_cursor=True, id="chooser-list")

    @property
    def is_open(self) -> bool:
        """Whether it asks."""
        return self.has_class("-open")

    def ask(
        self,
        title: Shown,
        choices: Sequence[Choice],
        *,
        placeholder: str = "",
        value: str = "",
        takes_text: bool = False,
    ) -> None:
        """Ask, and take the focus. With `takes_text` a text that is no choice is an answer too."""
        self._takes_text, self._is_marked = takes_text, False
        self.title.parts = (Part(title, "strong"),)
        self.entry.placeholder = placeholder
        with self.prevent(Input.Changed):
            self.entry.value = value
        self.entry.cursor_position = len(value)
        self.add_class("-open")
        self.offer(choices)
        self.entry.focus()

    def offer(self, choices: Sequence[Choice]) -> None:
        """Other choices for the same question."""
        self._choices = tuple(choices)
        self.narrow()

    def close(self) -> None:
        """Hide it; the caller gives the focus on."""
        self.remove_class("-open")

    @on(Input.Changed, "#chooser-entry")
    def take_typing(self, event: Input.Changed) -> None:
        """Keep the choices that hold what was typed."""
        event.stop()
        self._is_marked = False
        self.narrow()
        self.post_message(self.Typed(self, event.value))

    def narrow(self) -> None:
        """Show the choices that hold every word typed; those that begin with it come first."""
        typed = self.entry.value.strip().casefold()
        words = typed.split()
        found = [choice for choice in self._choices if choice.holds(words)]
        found.sort(key=lambda choice: not choice.label.casefold().startswith(typed))
        self._shown = tuple(found)
        self.list.styles.height = max(1, min(len(found), ROWS))
        room = min(LABEL_CELLS, max((cell_len(choice.label) for choice in found), default=0))
        items = [_item(choice, room + 2) for choice in found]
        self.list.show_items(items or [_nothing(self._takes_text)])

    @on(Input.Submitted, "#chooser-entry")
    def take(self, event: Input.Submitted) -> None:
        """Enter: the marked choice, or the text where it says more than the choices."""
        event.stop()
        typed = event.value.strip()
        is_text = self._takes_text and typed and not self._is_marked and not self._is_exact(typed)
        if self._shown and not is_text:
            self._answer(self._shown[self.list.cursor].key)
        elif typed and self._takes_text:
            self._answer(None)

    def action_take_choice(self) -> None:
        """Tab: the marked choice, whatever was typed."""
        if self._shown:
            self._answer(self._shown[self.list.cursor].key)

    @on(LinesView.ItemChosen, "#chooser-list")
    def take_clicked(self, event: LinesView.ItemChosen) -> None:
        """A double click on a choice."""
        event.stop()
        if event.index < len(self._shown):
            self._answer(self._shown[event.index].key)

    @on(LinesView.ItemMoved, "#chooser-list")
    def keep_to_itself(self, event: LinesView.ItemMoved) -> None:
        """The list's own movements are nobody else's business."""
        event.stop()

    @on(events.Click, "#chooser-list")
    def keep_typing(self) -> None:
        """The mouse marks; what is typed still narrows."""
        self._is_marked = True
        self.entry.focus()

    def action_move(self, items: int) -> None:
        """Mark another choice; Enter takes it then, whatever was typed."""
        self._is_marked = True
        self.list.cursor += items

    def action_step_back(self) -> None:
        """The question before this one."""
        self.post_message(self.Left(self, is_back=True))

    def action_leave(self) -> None:
        """No answer."""
        self.post_message(self.Left(self, is_back=False))

    def _is_exact(self, typed: str) -> bool:
        first = self._shown[self.list.cursor] if self._shown else None
        return first is not None and typed.casefold() in {
            first.key.casefold(),
            first.label.casefold(),
        }

    def _answer(self, key: str | None) -> None:
        self.post_message(self.Chosen(self, key, self.entry.value.strip()))


def _item(choice: Choice, label_cells: int) -> Item:
    label = fit(choice.label, label_cells) if choice.note else choice.label
    return ((Part(label), Part(choice.note, "muted")),)


def _nothing(takes_text: bool) -> Item:
    words = "Enter takes what you typed" if takes_text else "nothing matches"
    return ((Part(Shown(words), "muted"),),)
