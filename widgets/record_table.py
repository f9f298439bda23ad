"""The table of records: shows only what is on screen, asks for more as one moves, repaints two cells a step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar, Final

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events, on
from textual.cache import LRUCache
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from app.domain.query import Direction, Sort
from app.domain.records import Record
from app.domain.safe_text import Shown, shown
from app.domain.schema import Attribute
from app.domain.values import show
from widgets.key_bindings import bindings_of
from widgets.line import fit, wrapped
from widgets.looks import look_style

MARKER_WIDTH: Final = 3
"""Cells before the first column: the cursor's sign and the room of a mark."""

MIN_COLUMN_WIDTH: Final = 4

MIN_SCROLLED_WIDTH: Final = 24
"""Cells that are left to the columns that scroll; pinned ones that would take more are not held."""

FITTING_WIDTHS: Final[Mapping[str, int]] = MappingProxyType({})
"""Every column as wide as its values ask for."""

CONTEXT_ROWS: Final = 2
"""Rows that stay on screen when the cursor runs over an edge and the view jumps; a jump is what costs bytes."""

MAX_CELL_TEXT: Final = 200
"""Characters of a value that a cell looks at; the whole value is one key away."""

RecordAt = Callable[[int], Record | None]
"""The record of a row; `None` while it is not in memory."""

IsMarked = Callable[[Record], bool]
"""Whether a record is marked."""


class RecordTable(ScrollView, can_focus=True, inherit_bindings=False):
    """Rows of one record type, of any number. Holds no records: it asks `record_at` for those on screen."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"record-table--header", "record-table--cursor"}
    """
    | Class | Used for |
    | :- | :- |
    | `record-table--header` | the attribute names |
    | `record-table--cursor` | the focused cell |
    """

    ALLOW_SELECT = False

    BINDINGS = bindings_of(
        "cursor_down", "cursor_up", "cursor_left", "cursor_right", "page_down", "page_up",
        "first_row", "last_row", "open_record", "mark", "mark_range", "mark_all",
    )  # fmt: skip

    row_count: reactive[int] = reactive(0, repaint=False)
    """Rows to show."""
    cursor_row: reactive[int] = reactive(0, repaint=False)
    """The row one is on; `refresh` is left to the watcher, which repaints two cells."""
    cursor_column: reactive[int] = reactive(0, repaint=False)
    """The column one is on."""

    @dataclass
    class CursorMoved(Message):
        """The cursor came to another cell."""

        table: "RecordTable"
        row: int
        column: int

        @property
        def control(self) -> "RecordTable":
            """The table."""
            return self.table

        def can_replace(self, message: Message) -> bool:
            """Only the last place matters."""
            return isinstance(message, RecordTable.CursorMoved) and message.table is self.table

    @dataclass
    class RowChosen(Message):
        """A row was asked to open."""

        table: "RecordTable"
        row: int

        @property
        def control(self) -> "RecordTable":
            """The table."""
            return self.table

    @dataclass
    class RowsNeeded(Message):
        """Rows [first, end) are about to be looked at; `end` may lie beyond `row_count`."""

        table: "RecordTable"
        first: int
        end: int
        shown_end: int
        """Rows before it are on screen, those behind it are one screen ahead."""

        @property
        def control(self) -> "RecordTable":
            """The table."""
            return self.table

        def can_replace(self, message: Message) -> bool:
            """Only the last place matters."""
            return isinstance(message, RecordTable.RowsNeeded) and message.table is self.table

    @dataclass
    class MarkRequested(Message):
        """A row's mark is to be set, or taken away if it has one."""

        table: "RecordTable"
        row: int

        @property
        def control(self) -> "RecordTable":
            """The table."""
            return self.table

    @dataclass
    class MarkRangeRequested(Message):
        """The rows from the one that was marked last to this one are to be marked."""

        table: "RecordTable"
        row: int

        @property
        def control(self) -> "RecordTable":
            """The table."""
            return self.table

    @dataclass
    class MarkAllRequested(Message):
        """All rows are to be marked, or none of them if they are."""

        table: "RecordTable"

        @property
        def control(self) -> "RecordTable":
            """The table."""
            return self.table

    @dataclass
    class SortRequested(Message):
        """A column's head was clicked."""

        table: "RecordTable"
        column: int

        @property
        def control(self) -> "RecordTable":
            """The table."""
            return self.table

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._columns: tuple[Attribute, ...] = ()
        self._sort: tuple[Sort, ...] = ()
        self._record_at: RecordAt = lambda _: None
        self._is_marked: IsMarked = lambda _: False
        self._widths: tuple[int, ...] = ()
        self._given_widths = FITTING_WIDTHS
        self._pinned_count = 0
        self._held_width = MARKER_WIDTH
        self._cells: LRUCache[int, tuple[Shown, ...]] = LRUCache(512)
        self._words: tuple[Shown, ...] = ()

    def show_rows(
        self,
        columns: tuple[Attribute, ...],
        sort: tuple[Sort, ...],
        record_at: RecordAt,
        row_count: int,
        cursor: tuple[int, int] = (0, 0),
        *,
        widths: Mapping[str, int] = FITTING_WIDTHS,
        pinned: int = 0,
        is_marked: IsMarked = lambda _: False,
    ) -> None:
        """Show another list from now on, with the cursor at (row, column).

        `widths` are cells by API name for columns that have a width of their own; the first `pinned` columns stay in sight.
        """
        self._columns, self._sort, self._record_at = columns, sort, record_at
        self._is_marked = is_marked
        self._given_widths, self._pinned_count = widths, pinned
        self._words = ()
        self._cells.clear()
        self.set_reactive(RecordTable.row_count, row_count)
        self._measure()
        row, column = cursor
        self.set_reactive(RecordTable.cursor_row, max(0, min(row, row_count - 1)))
        self.set_reactive(RecordTable.cursor_column, max(0, min(column, len(columns) - 1)))
        self._resize_content()
        self._scroll_into_view(is_centred=True)
        self.refresh()
        self._tell_cursor()

    def show_words(self, *words: Shown) -> None:
        """Show a few words instead of rows: why there are none. The first line is the title."""
        self.show_rows((), (), lambda _: None, 0)
        self._words = words

    @property
    def words(self) -> tuple[Shown, ...]:
        """What is said instead of rows; empty while rows are shown."""
        return self._words

    @property
    def rows_on_screen(self) -> range:
        """The rows one sees."""
        top = self._first_visible
        return range(top, min(self.row_count, top + self._visible_rows))

    def rows_changed(self, row_count: int) -> None:
        """Take over a new number of rows, and rows that have come into memory meanwhile."""
        top, height = self._first_visible, self._visible_rows
        is_seen = min(row_count, top + height) > min(self.row_count, top + height)
        self.row_count = row_count
        self._resize_content()
        if is_seen or any(
            self._cells.get(row) is None for row in range(top, min(row_count, top + height))
        ):
            self.refresh()

    def records_changed(self) -> None:
        """Take over other values of the same rows."""
        self._cells.clear()
        self.refresh()

    def marks_changed(self, rows: range) -> None:
        """Take over other marks of some rows: repaint the markers of those on screen, and nothing else."""
        seen = self.rows_on_screen
        for row in range(max(rows.start, seen.start), min(rows.stop, seen.stop)):
            self._refresh_cells(row, 0, MARKER_WIDTH)

    @property
    def columns(self) -> tuple[Attribute, ...]:
        """What is shown of each record, from left to right."""
        return self._columns

    @property
    def widths(self) -> tuple[int, ...]:
        """How wide the columns are drawn, in cells."""
        return self._widths

    @property
    def allow_vertical_scroll(self) -> bool:
        """Whether the wheel moves the view: by the rows there are, for no scrollbar tells Textual."""
        return self.max_scroll_y > 0

    @property
    def allow_horizontal_scroll(self) -> bool:
        """The same for the columns."""
        return self.max_scroll_x > 0

    @property
    def _visible_rows(self) -> int:
        return max(1, self.size.height - 1)

    @property
    def _first_visible(self) -> int:
        return int(self.scroll_offset.y)

    def _measure(self) -> None:
        """Widths from the heads and the rows in memory at the start of the list.

        A number is never cut. Room that is left over goes to columns that cut their values, from left to right. A width
        that was given is kept as it is.
        """
        sample = [
            row
            for index in range(min(self.row_count, 60))
            if (row := self._row_cells(index)) is not None
        ]
        wanted, widths = [], []
        for index, column in enumerate(self._columns):
            given = self._given_widths.get(column.api_name)
            if given is not None:
                wanted.append(max(MIN_COLUMN_WIDTH, given))
                widths.append(wanted[-1])
                continue
            longest = max((cell_len(row[index]) for row in sample), default=0)
            head = cell_len(shown(column.display_name)) + (3 if len(self._sort) > 1 else 2)
            wanted.append(max(MIN_COLUMN_WIDTH, longest, head))
            limit = max(column.type_row.width_cells, min(head, 16))
            widths.append(wanted[-1] if _is_right_aligned(column) else min(wanted[-1], limit))
        room = self.size.width - MARKER_WIDTH - sum(widths) - 2 * len(widths)
        for index, width in enumerate(widths):
            more = max(0, min(room, wanted[index] - width))
            widths[index] += more
            room -= more
        self._widths = tuple(widths)
        self._held_width = self._measure_held()

    def _measure_held(self) -> int:
        """Cells at the left that do not scroll: the marker and the pinned columns, as many as leave room for the others."""
        held = MARKER_WIDTH
        for width in self._widths[: self._pinned_count]:
            if held + width + 2 > self.size.width - MIN_SCROLLED_WIDTH:
                break
            held += width + 2
        return held

    def _is_held(self, x: int) -> bool:
        """Whether what starts at an unscrolled place stays there."""
        return x < self._held_width

    def _resize_content(self) -> None:
        width = MARKER_WIDTH + sum(self._widths) + 2 * len(self._widths)
        # Without the watchers: they would lay the whole screen out again, 20 kB for a page of rows nobody sees yet.
        self.set_reactive(RecordTable.virtual_size, Size(width, self.row_count + 1))

    def _row_cells(self, row: int) -> tuple[Shown, ...] | None:
        cached = self._cells.get(row)
        if cached is not None:
            return cached
        record = self._record_at(row)
        if record is None:
            return None
        cells = tuple(
            shown(
                show(record.attributes.get(column.api_name), column.value_type), limit=MAX_CELL_TEXT
            )
            for column in self._columns
        )
        self._cells[row] = cells
        return cells

    def _column_x(self, column: int) -> int:
        """Where a column starts, unscrolled."""
        return MARKER_WIDTH + sum(self._widths[:column]) + 2 * column

    def notify_style_update(self) -> None:
        """A theme or focus change makes every line stale."""
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """The heads on line 0, rows below."""
        width = self.size.width
        if self._words:
            return self._word_line(y, width)
        if y == 0:
            strip = self._head()
        else:
            row = self._first_visible + y - 1
            if row >= self.row_count:
                return Strip.blank(width, self.rich_style)
            strip = self._row(row)
        left = int(self.scroll_offset.x)
        if left:  # the marker and the pinned columns stay, whichever others are shown
            columns = strip.crop(self._held_width + left, left + width)
            strip = Strip.join([strip.crop(0, self._held_width), columns])
        return strip.simplify().crop_extend(0, width, self.rich_style)

    def _word_line(self, y: int, width: int) -> Strip:
        """A line of the words, in the middle of the table."""
        style = self.rich_style
        room = max(8, width - 8)
        title = [(line, True) for line in wrapped(self._words[0], room)]
        lines = title + [(line, False) for word in self._words[1:] for line in wrapped(word, room)]
        index = y - max(0, (self.size.height - len(lines)) // 2)
        if not 0 <= index < len(lines):
            return Strip.blank(width, style)
        text, is_title = lines[index]
        look = look_style(self, "strong" if is_title else "")
        left = max(0, (width - cell_len(text)) // 2)
        segments = [Segment(" " * left, style), Segment(text, style + look)]
        return Strip(segments).extend_cell_length(width, style).crop(0, width)

    def _head(self) -> Strip:
        style = self.get_component_rich_style("record-table--header")
        segments = [Segment(" " * MARKER_WIDTH, style)]
        keys = {key.field: (number, key.direction) for number, key in enumerate(self._sort, 1)}
        for index, column in enumerate(self._columns):
            width, hidden = self._room(index)
            sign = ""
            if column.api_name in keys:
                number, direction = keys[column.api_name]
                sign = ("^" if direction is Direction.ASC else "v") + (
                    str(number) if len(keys) > 1 else ""
                )
            name = (
                fit(shown(column.display_name), width - len(sign) - 1)
                if sign
                else shown(column.display_name)
            )
            label = f"{name.rstrip()} {sign}" if sign else name
            is_right = _is_right_aligned(column)
            text = fit(Shown(label), width, is_right_aligned=is_right)
            segments.append(Segment(text + " " * (hidden + 2), style))
        return Strip(segments)

    def _room(self, column: int) -> tuple[int, int]:
        """Cells a column has, and those of it that the right edge hides: what is cut there ends in an ellipsis."""
        width, x = self._widths[column], self._column_x(column)
        left = 0 if self._is_held(x) else int(self.scroll_offset.x)
        seen = left + self.size.width - x
        return (seen, width - seen) if 0 < seen < width else (width, 0)

    def _row(self, row: int) -> Strip:
        style = self.rich_style
        is_cursor = row == self.cursor_row
        segments = [self._marker(row, style)]
        cells = self._row_cells(row)
        if cells is None:
            waiting = style + look_style(self, "muted")
            return Strip([*segments, Segment("...", waiting)])
        for index, (column, cell) in enumerate(zip(self._columns, cells, strict=True)):
            width, hidden = self._room(index)
            is_right = _is_right_aligned(column)
            text = fit(cell, width, is_right_aligned=is_right)
            is_focused = is_cursor and index == self.cursor_column
            segments.append(Segment(text, self._cursor_style() if is_focused else style))
            segments.append(Segment(" " * (hidden + 2), style))
        return Strip(segments)

    def _marker(self, row: int, style: Style) -> Segment:
        """The signs before a row: where one is, and whether it is marked."""
        record = self._record_at(row)
        is_marked = record is not None and self._is_marked(record)
        if row == self.cursor_row:
            return Segment("*> " if is_marked else " > ", style + look_style(self, "accent"))
        return (
            Segment(" * ", style + look_style(self, "strong"))
            if is_marked
            else Segment("   ", style)
        )

    def _cursor_style(self) -> Style:
        return self.get_component_rich_style("record-table--cursor")

    def validate_cursor_row(self, row: int) -> int:
        """The cursor stays on the rows there are."""
        return max(0, min(row, self.row_count - 1))

    def validate_cursor_column(self, column: int) -> int:
        """The cursor stays on the columns there are."""
        return max(0, min(column, len(self._columns) - 1))

    def watch_cursor_row(self, old: int, new: int) -> None:
        """Repaint the marker and the focused cell of both rows, or everything when the view jumps."""
        if not self._scroll_into_view():
            for row in (old, new):
                self._refresh_cell(row, self.cursor_column)
                self._refresh_cells(row, 0, MARKER_WIDTH)
        self._tell_cursor()

    def watch_cursor_column(self, old: int, new: int) -> None:
        """Repaint the two cells."""
        if not self._scroll_into_view():
            for column in (old, new):
                self._refresh_cell(self.cursor_row, column)
        self._tell_cursor()

    def _refresh_cell(self, row: int, column: int) -> None:
        if column < len(self._widths):
            self._refresh_cells(row, self._column_x(column), self._widths[column])

    def _refresh_cells(self, row: int, x: int, width: int) -> None:
        """Repaint some cells of a row, as far as they are on screen; the marker and pinned columns do not scroll."""
        y = row - self._first_visible + 1
        if 1 <= y < self.size.height:
            is_held = self._is_held(x)
            left = 0 if is_held else int(self.scroll_offset.x)
            start = x if is_held else max(self._held_width, x - left)
            end = min(self.size.width, x + width - left)
            if start < end:
                self.refresh(Region(start, y, end - start, 1))

    def _scroll_into_view(self, *, is_centred: bool = False) -> bool:
        """Bring the cursor on screen; whether the view moved. At an edge it jumps, so that most steps repaint two cells."""
        if not self.size.height:
            return False
        height = self._visible_rows
        top = self._first_visible
        row = self.cursor_row
        jump = max(1, height - CONTEXT_ROWS)
        if is_centred:
            top = 0 if row < height else row - height // 2
        elif row < top:
            top = min(row, top - jump)
        elif row >= top + height:
            top = max(row - height + 1, top + jump)
        top = max(0, min(top, max(0, self.row_count - height)))
        left = self._left_for_column()
        if (left, top) == (int(self.scroll_offset.x), self._first_visible):
            return False
        self.scroll_to(x=left, y=top, animate=False, force=True, immediate=True)
        self.refresh()
        return True

    def _left_for_column(self) -> int:
        left = int(self.scroll_offset.x)
        if not self._widths:
            return 0
        start = self._column_x(self.cursor_column)
        end = start + self._widths[self.cursor_column]
        if self._is_held(start):
            return left
        room = self.size.width - self._held_width
        if start - self._held_width < left or end - start > room:
            return start - self._held_width
        return end - self.size.width if end > left + self.size.width else left

    def _tell_cursor(self) -> None:
        self.post_message(self.CursorMoved(self, self.cursor_row, self.cursor_column))
        self.ask_for_rows()

    def ask_for_rows(self) -> None:
        """What is on screen will be looked at; once one has moved on, the screen after it too, and no further."""
        top, height = self._first_visible, self._visible_rows
        ahead = height if self.cursor_row or top else 0
        self.post_message(self.RowsNeeded(self, top, top + height + ahead, top + height))

    def _ask_at_the_end(self) -> None:
        """On the last row the cursor cannot tell by moving that one wants more: an earlier ask may have been cancelled."""
        if self.cursor_row == self.row_count - 1:
            self.ask_for_rows()

    @on(events.Resize)
    def keep_cursor_in_view(self) -> None:
        """Columns fit the new width; the cursor stays on screen."""
        self._measure()
        self._resize_content()
        self._scroll_into_view()
        self._tell_cursor()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The wheel moves the view under the cursor; what comes into view is asked for."""
        super().watch_scroll_y(old_value, new_value)
        self.ask_for_rows()

    def action_cursor_down(self) -> None:
        """Next row."""
        self.cursor_row += 1
        self._ask_at_the_end()

    def action_cursor_up(self) -> None:
        """Previous row."""
        self.cursor_row -= 1

    def action_cursor_left(self) -> None:
        """Previous column."""
        self.cursor_column -= 1

    def action_cursor_right(self) -> None:
        """Next column."""
        self.cursor_column += 1

    def action_page_down(self) -> None:
        """One screen on, keeping a line of context."""
        self._page(self._visible_rows - 1)
        self._ask_at_the_end()

    def action_page_up(self) -> None:
        """One screen back, keeping a line of context."""
        self._page(1 - self._visible_rows)

    def _page(self, rows: int) -> None:
        top = max(0, min(self._first_visible + rows, max(0, self.row_count - self._visible_rows)))
        self.scroll_to(y=top, animate=False, force=True, immediate=True)
        self.cursor_row += rows
        self.refresh()

    def action_first_row(self) -> None:
        """First row."""
        self.cursor_row = 0

    def action_last_row(self) -> None:
        """Last loaded row."""
        self.cursor_row = self.row_count - 1
        self._ask_at_the_end()

    def action_open_record(self) -> None:
        """Ask to open the record under the cursor."""
        if self.row_count:
            self.post_message(self.RowChosen(self, self.cursor_row))

    def action_mark(self) -> None:
        """Ask to mark the row, or to take its mark away, and go on to the next."""
        if self.row_count:
            self.post_message(self.MarkRequested(self, self.cursor_row))
            self.action_cursor_down()

    def action_mark_range(self) -> None:
        """Ask to mark the rows from the last mark to here."""
        if self.row_count:
            self.post_message(self.MarkRangeRequested(self, self.cursor_row))

    def action_mark_all(self) -> None:
        """Ask to mark all rows, or none."""
        if self.row_count:
            self.post_message(self.MarkAllRequested(self))

    @on(events.Click)
    def move_to_click(self, event: events.Click) -> None:
        """A click moves the cursor, a second one opens, a click on a head sorts."""
        column = self._column_at(event.x)
        if event.y == 0:
            if column is not None:
                self.post_message(self.SortRequested(self, column))
            return
        row = self._first_visible + event.y - 1
        if row >= self.row_count:
            return
        self.cursor_row = row
        if column is not None:
            self.cursor_column = column
        if event.chain == 2:
            self.action_open_record()

    def _column_at(self, x: int) -> int | None:
        if x < MARKER_WIDTH:
            return None
        if not self._is_held(x):
            x += int(self.scroll_offset.x)
        for column, width in enumerate(self._widths):
            start = self._column_x(column)
            if start <= x < start + width + 2:
                return column
        return None


def _is_right_aligned(column: Attribute) -> bool:
    """Whether a column's values line up at their last digit."""
    return column.type_row.is_right_aligned and not column.is_array
