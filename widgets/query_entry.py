"""The line in which a question is typed, with what may come next below it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.getters import query_one
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input

from app.domain.completion import Completions
from app.domain.expression_error import ExpressionError
from app.domain.expression_tokens import on_one_line
from app.domain.safe_text import Shown, shown
from widgets.choice_list import ChoiceList

Completer = Callable[[str, int], Completions]
"""Text and cursor in, choices out; called after each key."""


class ExpressionInput(Input):
    """One line; a text of several lines is pasted whole."""

    @on(events.Paste)
    def paste_on_one_line(self, event: events.Paste) -> None:
        """Line ends and comments go, and what nobody would see is written as an escape."""
        event.prevent_default()
        event.stop()
        self.replace(on_one_line(event.text), *sorted(self.selection))


class QueryEntry(Vertical):
    """Hidden until opened. Tab takes the first choice or the marked one, Enter the marked one or, without one, the text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "take_choice", show=False),
        Binding("down", "move(1)", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("escape", "close_choices", show=False),
    ]
    """
    | Key | Does |
    |---|---|
    | Tab | takes a choice |
    | Up, Down | mark a choice |
    | Esc | closes the choices; without any it is left to the screen |
    """

    input = query_one("#query-input", ExpressionInput)
    list = query_one("#query-choices", ChoiceList)

    error: reactive[ExpressionError | None] = reactive(None)
    """What is wrong with the text; it goes with the next change."""

    @dataclass
    class Submitted(Message):
        """The text is to be asked."""

        entry: "QueryEntry"
        text: str

        @property
        def control(self) -> "QueryEntry":
            """The entry."""
            return self.entry

    @dataclass
    class Changed(Message):
        """The text is another one."""

        entry: "QueryEntry"
        text: str

        @property
        def control(self) -> "QueryEntry":
            """The entry."""
            return self.entry

        def can_replace(self, message: Message) -> bool:
            """Only the last text matters."""
            return isinstance(message, QueryEntry.Changed) and message.entry is self.entry

    def __init__(
        self,
        completer: Completer,
        placeholder: str = "",
        *,
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(id=id)
        self.completer = completer
        """May be exchanged at any time, for another record type."""
        self._placeholder = placeholder
        self._completions = Completions(0, 0)
        self._completed: tuple[str, int] | None = None
        """The text and cursor that the choices belong to."""

    def compose(self) -> ComposeResult:
        """The line above the choices."""
        entry = ExpressionInput(
            placeholder=self._placeholder, compact=True, select_on_focus=False, id="query-input"
        )
        entry.cursor_blink = False
        yield entry
        yield ChoiceList(id="query-choices")

    def on_mount(self) -> None:
        """Choices follow the cursor too."""
        self.watch(self.input, "selection", self._complete, init=False)

    @property
    def is_open(self) -> bool:
        """Whether something is being typed."""
        return self.has_class("-open")

    @property
    def text(self) -> str:
        """What is typed."""
        return self.input.value

    def open_with(self, text: str) -> None:
        """Start typing, from a text."""
        self.add_class("-open")
        self.set_text(text, len(text))
        self.input.focus()
        self._completed = None
        self.call_after_refresh(self._complete)

    def set_text(self, text: str, cursor: int) -> None:
        """Another text, which is no change that anyone is told of."""
        with self.prevent(Input.Changed):
            self.input.value = text
        self.input.cursor_position = cursor
        self.error = None

    def close(self) -> None:
        """Give the place back."""
        self.remove_class("-open")
        self._hide_choices()

    # Choices

    def _complete(self) -> None:
        """A key changes both the text and the cursor, and is told twice."""
        asked = self.input.value, self.input.cursor_position
        if not self.input.has_focus or asked == self._completed:
            return
        self._completed = asked
        self.complete_again()
        self.list.display = True

    def complete_again(self) -> None:
        """Ask for the choices anew: more may be known now."""
        self._completions = self.completer(self.input.value, self.input.cursor_position)
        self.list.choices = self._completions.choices
        self.list.hint = shown(self._completions.hint)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        """Without choices Esc, Up and Down are the screen's; Down brings closed choices back."""
        match action:
            case "close_choices":
                return self.list.display and bool(self.list.choices)
            case "move":
                return bool(self.list.choices)
        return True

    def action_move(self, step: int) -> None:
        """Mark another choice."""
        self.list.display = True
        self.list.move(step)

    def action_close_choices(self) -> None:
        """Hide them until something is typed."""
        self._hide_choices()

    def _hide_choices(self) -> None:
        self.list.marked = None
        self.list.display = False

    def action_take_choice(self) -> None:
        """Put the marked choice into the text, or the first one. Without choices Tab leads nowhere: typing goes on."""
        if self.list.display and self.list.choices:
            self._take(self.list.marked or 0)

    @on(ChoiceList.Chosen)
    def take_clicked(self, event: ChoiceList.Chosen) -> None:
        """The mouse takes a choice as well."""
        event.stop()
        self._take(event.index)

    def _take(self, index: int) -> None:
        choice = self.list.choices[index]
        text, cursor = self._completions.taken(self.input.value, choice)
        self.set_text(text, cursor)
        self.input.focus()
        self._complete()
        self.post_message(self.Changed(self, text))

    # Text

    @on(Input.Changed)
    def tell_change(self, event: Input.Changed) -> None:
        """The old mistake is gone, and other choices fit."""
        event.stop()
        self.error = None
        self._complete()
        self.post_message(self.Changed(self, event.value))

    @on(Input.Submitted)
    def submit(self, event: Input.Submitted) -> None:
        """Enter on a marked choice takes it; else the text is done."""
        event.stop()
        if self.list.marked is not None:
            self._take(self.list.marked)
            return
        self._hide_choices()
        self.post_message(self.Submitted(self, event.value))

    @on(events.DescendantBlur)
    def hide_choices(self) -> None:
        """Nothing floats over what is looked at now."""
        self._hide_choices()

    def watch_error(self, error: ExpressionError | None) -> None:
        """Mark the place, and say what is wrong."""
        if error is None:
            self.list.message = (0, Shown(""))
            return
        before = shown(self.input.value[: error.position])
        padding = self.input.content_region.x - self.input.region.x
        cell = padding + cell_len(before) - self.input.scroll_offset.x
        self.list.message = (cell, shown(error.message, limit=400))
        self.list.display = True
