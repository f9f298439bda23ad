"""Choices that float below a line while something is typed there, and what is said about a mistake.

The box keeps its height: laying the screen out anew for a key takes longer than all the rest of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from app.domain.completion import MAX_CHOICES, Choice
from app.domain.safe_text import Shown, shown
from widgets.line import Part, cut, fit, wrapped
from widgets.looks import look_style

ROWS: Final = 6
"""Height of the box."""

TEXT_CELLS: Final = 36
"""The most that a choice takes before its kind and note."""

KIND_CELLS: Final = 13

MESSAGE_ROWS: Final = 3


class ChoiceList(Widget):
    """Shows choices, one of which may be marked, or a hint where there are none."""

    ALLOW_SELECT = False

    choices: reactive[tuple[Choice, ...]] = reactive(())
    """Best first."""
    marked: reactive[int | None] = reactive(None)
    """Which one is taken by Enter; `None` while none is."""
    hint: reactive[Shown] = reactive(Shown(""))
    """What is expected where there are no choices."""
    message: reactive[tuple[int, Shown]] = reactive((0, Shown("")))
    """What is wrong, and the cell above which it stands; empty text for nothing."""

    @dataclass
    class Chosen(Message):
        """A choice was clicked."""

        list: "ChoiceList"
        index: int

        @property
        def control(self) -> "ChoiceList":
            """The list."""
            return self.list

    def watch_choices(self) -> None:
        """Of other choices none is marked."""
        self.marked = None

    def move(self, step: int) -> None:
        """Mark the next choice, or the one before; beyond either end none is marked."""
        last = len(self.choices) - 1
        start = -1 if step > 0 else last + 1
        place = (start if self.marked is None else self.marked) + step
        self.marked = place if 0 <= place <= last else None

    def render_line(self, y: int) -> Strip:
        """The rows of the message, then those of the choices."""
        width, style = self.size.width, self.rich_style
        said = self._said(width)
        if y < len(said):
            return self._strip((Part(said[y], "bad"),), width, style)
        index = self._first + y - len(said)
        if index == self.marked:
            style += Style(reverse=True)
        return self._strip(self._row(index, width), width, style)

    @property
    def _room(self) -> int:
        """Rows that the message leaves to the choices."""
        return ROWS - len(self._said(self.size.width))

    @property
    def _first(self) -> int:
        """The choice in the top row."""
        return max(0, (self.marked or 0) - self._room + 1)

    def _row(self, index: int, width: int) -> Sequence[Part]:
        # the bar tells choices from the table's rows where there is no colour
        bar = Part(Shown("|> " if index == self.marked else "|  "))
        if index >= len(self.choices):
            return (bar, Part(self.hint, "muted")) if index == 0 else (bar,)
        in_view = self.choices[self._first : self._first + self._room]
        widest = max(cell_len(shown(choice.text)) for choice in in_view)
        choice = self.choices[index]
        text = fit(shown(choice.text), min(TEXT_CELLS, widest, max(8, width - KIND_CELLS)) + 2)
        kind = fit(Shown(choice.kind.value), KIND_CELLS)
        row = (bar, Part(text, "strong"), Part(kind, "muted"))
        count = self._count(index)
        left = width - len(count) - sum(cell_len(part.text) for part in row)
        note = fit(shown(choice.note), max(0, left)) if count else shown(choice.note)
        return (*row, Part(note), Part(count, "muted"))

    def _count(self, index: int) -> Shown:
        """In the last row, which choice of how many it is, if there are more than fit."""
        count = len(self.choices)
        if index != self._first + self._room - 1 or count <= self._room:
            return Shown("")
        return Shown(f" {index + 1}/{count}{'+' if count == MAX_CHOICES else ''} ")

    def _strip(self, parts: Sequence[Part], width: int, style: Style) -> Strip:
        segments = [Segment(part.text, style + look_style(self, part.look)) for part in parts]
        return cut(Strip(segments), width, style).simplify()

    def _said(self, width: int) -> list[Shown]:
        """A caret under the mistake, with the words beside it, or below if they do not fit."""
        cell, text = self.message
        if not text:
            return []
        cell = max(0, min(cell, width - 1))
        if cell + 2 + cell_len(text) <= width:
            return [Shown(f"{' ' * cell}^ {text}")]
        if cell_len(text) + 2 <= cell:
            return [Shown(f"{fit(text, cell - 1, is_right_aligned=True)} ^")]
        lines = wrapped(text, max(8, width - 2))[: MESSAGE_ROWS - 1]
        return [Shown(f"{' ' * cell}^"), *(Shown(f" {line}") for line in lines)]

    @on(events.Click)
    def choose(self, event: events.Click) -> None:
        """A click on a row takes its choice."""
        index = self._first + event.y - len(self._said(self.size.width))
        if 0 <= index < len(self.choices):
            event.stop()
            self.post_message(self.Chosen(self, index))
