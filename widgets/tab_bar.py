"""Tabs in one line: as many as fit, the active one in brackets among them."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual import events, on
from textual.message import Message

from app.domain.safe_text import Shown
from widgets.line import Line, Part


class TabBar(Line):
    """Shows labels; `<` and `>` say that there are more on that side."""

    @dataclass
    class Chosen(Message):
        """A tab was clicked."""

        bar: "TabBar"
        index: int
        """Among all labels, from 0."""

        @property
        def control(self) -> "TabBar":
            """The bar."""
            return self.bar

    @dataclass
    class OthersRequested(Message):
        """The sign for tabs that do not fit, or the room beside the tabs, was clicked."""

        bar: "TabBar"

        @property
        def control(self) -> "TabBar":
            """The bar."""
            return self.bar

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._labels: tuple[Shown, ...] = ()
        self._active = 0
        self._first = 0

    def show_tabs(self, labels: Sequence[Shown], active: int) -> None:
        """Show other tabs; `active` is one of them, from 0."""
        self._labels, self._active = tuple(labels), active
        self._lay_out()

    @on(events.Resize)
    def lay_out_again(self) -> None:
        """Another width holds another number of tabs."""
        self._lay_out()

    def _lay_out(self) -> None:
        width = self.size.width or self.app.size.width
        self.parts, self._first = arranged(self._labels, self._active, width)

    @on(events.Click)
    def choose(self, event: events.Click) -> None:
        """Tell which tab was clicked."""
        part = self.part_at(event.x)
        if part and self.parts[part].text != ">":
            self.post_message(self.Chosen(self, self._first + part - 1))
        elif part is not None:
            self.post_message(self.OthersRequested(self))


def arranged(labels: Sequence[Shown], active: int, width: int) -> tuple[tuple[Part, ...], int]:
    """The parts of the line, and the index of the first tab shown.

    The first part is the sign that there are tabs before, or empty; then each part is a tab.
    """
    first = 0
    while first < active and _width(labels[first : active + 1]) > width - 1:
        first += 1
    parts = [Part(Shown("<" if first else ""), "muted")]
    used = len(parts[0].text)
    for index, label in enumerate(labels[first:], first):
        if used + len(label) + 2 > width:
            if used == width:  # the sign takes the blank behind the last tab
                parts[-1] = Part(Shown(parts[-1].text[:-1]), parts[-1].look)
            parts.append(Part(Shown(">"), "muted"))
            break
        is_active = index == active
        text = f"[{label}]" if is_active else f" {label} "
        parts.append(Part(Shown(text), "accent" if is_active else ""))
        used += len(text)
    return tuple(parts), first


def _width(labels: Sequence[Shown]) -> int:
    return sum(len(label) + 2 for label in labels)
