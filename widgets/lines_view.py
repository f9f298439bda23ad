"""Items of one or more lines, scrolled, with or without a cursor: records, help, the log, explanations."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.segment import Segment
from textual import events, on
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from widgets.key_bindings import bindings_of
from widgets.line import Part, cut
from widgets.looks import look_style

SIGN_WIDTH: Final = 3
"""Cells before each line of a view with a cursor."""

LineParts = tuple[Part, ...]
"""One line."""

Item = tuple[LineParts, ...]
"""Lines that belong together; the cursor moves from item to item."""


class LinesView(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows items; with a cursor one of them is marked, without one the keys scroll."""

    ALLOW_SELECT = False

    BINDINGS = bindings_of(
        "cursor_down", "cursor_up", "page_down", "page_up", "first_row", "last_row", "open_record"
    )

    cursor: reactive[int] = reactive(0, repaint=False)
    """The chosen item, where there is a cursor."""

    @dataclass
    class ItemMoved(Message):
        """The cursor came to another item."""

        view: "LinesView"
        index: int

        @property
        def control(self) -> "LinesView":
            """The view."""
            return self.view

        def can_replace(self, message: Message) -> bool:
            """Only the last place matters."""
            return isinstance(message, LinesView.ItemMoved) and message.view is self.view

    @dataclass
    class ItemChosen(Message):
        """An item was asked to open."""

        view: "LinesView"
        index: int

        @property
        def control(self) -> "LinesView":
            """The view."""
            return self.view

    def __init__(self, *, has_cursor: bool = False, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._has_cursor = has_cursor
        self._lines: list[LineParts] = []
        self._starts: list[int] = []

    def show_items(self, items: Sequence[Item], *, cursor: int = 0) -> None:
        """Show other items, with the cursor on one of them."""
        self._lines = [line for item in items for line in item]
        self._starts = []
        start = 0
        for item in items:
            self._starts.append(start)
            start += len(item)
        self._resize_content()
        self.set_reactive(LinesView.cursor, max(0, min(cursor, len(items) - 1)))
        if self._has_cursor:
            self._scroll_into_view()
        else:
            self.scroll_to(y=0, animate=False, force=True, immediate=True)
        self.refresh()
        if items and self._has_cursor:
            self.post_message(self.ItemMoved(self, self.cursor))

    def _resize_content(self) -> None:
        """What can be scrolled; without the watchers, which would lay the whole screen out again."""
        self.set_reactive(LinesView.virtual_size, Size(self.size.width, len(self._lines)))

    @property
    def allow_vertical_scroll(self) -> bool:
        """Whether the wheel moves the view: by the lines there are, for no scrollbar tells Textual."""
        return self.max_scroll_y > 0

    @property
    def item_count(self) -> int:
        """Items shown."""
        return len(self._starts)

    @property
    def text(self) -> str:
        """Everything it holds, as plain lines."""
        return "\n".join("".join(part.text for part in line) for line in self._lines)

    def render_line(self, y: int) -> Strip:
        """One line, with the cursor's sign before the first line of its item."""
        index = int(self.scroll_offset.y) + y
        style = self.rich_style
        if index >= len(self._lines):
            return Strip.blank(self.size.width, style)
        segments = [
            Segment(
                part.text,
                style + look_style(self, part.look),
            )
            for part in self._lines[index]
        ]
        if self._has_cursor:
            is_chosen = bool(self._starts) and index == self._starts[self.cursor]
            sign = style + look_style(self, "accent")
            segments.insert(0, Segment(" > ", sign) if is_chosen else Segment("   ", style))
        return cut(Strip(segments), self.size.width, style)

    def validate_cursor(self, cursor: int) -> int:
        """The cursor stays on the items there are."""
        return max(0, min(cursor, len(self._starts) - 1))

    def watch_cursor(self, old: int, new: int) -> None:
        """Show the move and tell it: only the signs change, unless the view moves too."""
        top = int(self.scroll_offset.y)
        self._scroll_into_view()
        if top == int(self.scroll_offset.y):
            for item in (old, new):
                self._refresh_sign(item)
        else:
            self.refresh()
        if self._starts:
            self.post_message(self.ItemMoved(self, self.cursor))

    def _refresh_sign(self, item: int) -> None:
        """Repaint the cells before an item's first line."""
        if self._has_cursor and item < len(self._starts):
            y = self._starts[item] - int(self.scroll_offset.y)
            if 0 <= y < self.size.height:
                self.refresh(Region(0, y, SIGN_WIDTH, 1))

    def _scroll_into_view(self) -> None:
        if not self._starts or not self.size.height:
            return
        start = self._starts[self.cursor]
        following = (
            self._starts[self.cursor + 1]
            if self.cursor + 1 < len(self._starts)
            else len(self._lines)
        )
        top, height = int(self.scroll_offset.y), self.size.height
        if start < top:
            top = start
        elif following > top + height:
            top = min(start, following - height)
        self.scroll_to(y=top, animate=False, force=True, immediate=True)

    @on(events.Resize)
    def fit_content(self) -> None:
        """Keep the scrollable height and the cursor in view."""
        self._resize_content()
        if self._has_cursor:
            self._scroll_into_view()

    def _move(self, items: int, lines: int) -> None:
        if self._has_cursor:
            self.cursor += items
        else:
            self.scroll_to(
                y=int(self.scroll_offset.y) + lines, animate=False, force=True, immediate=True
            )

    def action_cursor_down(self) -> None:
        """Next item, or one line on."""
        self._move(1, 1)

    def action_cursor_up(self) -> None:
        """Previous item, or one line back."""
        self._move(-1, -1)

    def action_page_down(self) -> None:
        """One screen on."""
        self._move(max(1, self.size.height // 2), self.size.height - 1)

    def action_page_up(self) -> None:
        """One screen back."""
        self._move(-max(1, self.size.height // 2), 1 - self.size.height)

    def action_first_row(self) -> None:
        """To the first item or line."""
        self._move(-len(self._starts), -len(self._lines))

    def action_last_row(self) -> None:
        """To the last item or line."""
        self._move(len(self._starts), len(self._lines))

    def action_open_record(self) -> None:
        """Ask to open the chosen item."""
        if self._has_cursor and self._starts:
            self.post_message(self.ItemChosen(self, self.cursor))

    @on(events.Click)
    def choose(self, event: events.Click) -> None:
        """A click chooses an item, a second one opens it."""
        offset = event.get_content_offset(self)
        if not self._has_cursor or offset is None:
            return
        line = int(self.scroll_offset.y) + offset.y
        if line < len(self._lines):
            self.cursor = max(index for index, start in enumerate(self._starts) if start <= line)
            if event.chain == 2:
                self.action_open_record()
