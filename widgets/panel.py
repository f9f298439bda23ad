"""A pane at the bottom with a title: explanations, requests, the log. It covers no data, it takes rows from the table."""

from collections.abc import Callable, Sequence
from typing import Final

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.getters import query_one

from app.domain.safe_text import Shown
from widgets.line import Line, Part
from widgets.lines_view import Item, LinesView

Layout = Callable[[int], Sequence[Item]]
"""What the pane holds, laid out for a width in cells."""

_OTHER_LINES: Final = 6
"""Lines that stand above and below the pane and the table; of the rest the pane takes half."""


class Panel(Vertical):
    """Shows one text at a time; hidden until `open_with`."""

    title = query_one("#panel-title", Line)
    view = query_one("#panel-lines", LinesView)

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.kind = ""
        """What it shows now, empty while it is closed."""
        self._layout: Layout = lambda _: ()

    def compose(self) -> ComposeResult:
        """The title above the lines."""
        yield Line(id="panel-title")
        yield LinesView(id="panel-lines")

    def open_with(
        self, kind: str, title: Shown, layout: Layout, *, takes_focus: bool = True
    ) -> None:
        """Show a text and, as a rule, take the focus."""
        self.kind, self._layout = kind, layout
        self.title.parts = (
            Part(Shown("-- ")),
            Part(title, "strong"),
            Part(Shown(" -- ")),
            Part(Shown("Esc"), "key"),
            Part(Shown(" closes, ")),
            Part(Shown("y"), "key"),
            Part(Shown(" copies ")),
        )
        self.add_class("-open")
        self._lay_out()
        if takes_focus:
            self.view.focus()

    def close(self) -> None:
        """Hide it."""
        self.kind = ""
        self.remove_class("-open")

    def _lay_out(self) -> None:
        width = max(20, (self.size.width or self.app.size.width) - 2)
        items = self._layout(width)
        lines = sum(len(item) for item in items)
        room = (self.app.size.height - _OTHER_LINES) // 2
        self.view.styles.height = max(1, min(lines, room))
        self.view.show_items(items)

    @on(events.Resize)
    def lay_out_again(self) -> None:
        """Text wraps to the width."""
        if self.kind:
            self._lay_out()
