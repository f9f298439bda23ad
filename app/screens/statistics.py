"""Statistics of a column: figures, and a bar for each value, choice or range; Enter asks for one of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import TYPE_CHECKING, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen

from app.domain.capabilities import Capability
from app.domain.safe_text import Shown, shown, shown_lines
from app.domain.statistics import Scope, Statistics, column_statistics
from app.domain.statistics_filters import row_condition, row_words
from app.screens import statistics_lines as lines
from widgets.bars import bar, terminal_draws_blocks
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part
from widgets.lines_view import LinesView

if TYPE_CHECKING:
    from app.domain.expression import ExpressionNode
    from app.domain.records import Record
    from app.domain.schema import Attribute, RecordType


@dataclass(frozen=True, slots=True)
class StatisticsAnswer:
    """Where one was in the columns, and what is to be asked."""

    column: int
    node: "ExpressionNode | None" = None
    """A condition to add to what is asked; `None` when one only looked."""
    words: str = ""
    """The condition as read aloud; not yet sanitised."""


class StatisticsScreen(ModalScreen[StatisticsAnswer]):
    """Looks at records in memory only: nothing is asked of the server. Left and right go to the neighbouring columns."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("back", "quit", "cursor_left", "cursor_right", "copy_value"),
        Binding("equals_sign", "filter", show=False),
        Binding("tilde", "exclude", show=False),
        Binding("number_sign", "back", show=False),
    ]

    rows = query_one("#statistics-rows", LinesView)
    note = query_one("#statistics-message", Line)

    def __init__(
        self,
        record_type: "RecordType",
        columns: Sequence["Attribute"],
        column: int,
        records: Sequence["Record"],
        scope: Scope,
        *,
        zone: tzinfo = UTC,
        has_blocks: bool | None = None,
    ) -> None:
        """`has_blocks`: whether the terminal shows block characters; `None` finds out."""
        super().__init__()
        self._record_type = record_type
        self._columns = columns
        self._column = column
        self._records = records
        self._scope = scope
        self._zone = zone
        self._has_blocks = terminal_draws_blocks() if has_blocks is None else has_blocks
        self._found = self._count()

    def _count(self) -> Statistics:
        return column_statistics(self.attribute, self._records, zone=self._zone)

    @property
    def attribute(self) -> "Attribute":
        """The attribute of the column one is on."""
        return self._columns[self._column]

    @property
    def found(self) -> Statistics:
        """The figures that are shown."""
        return self._found

    @property
    def text(self) -> str:
        """Everything that is shown, as plain lines."""
        heads = (line.text.strip() for line in self.query(Line) if line.has_class("figures"))
        return "\n".join([*(head for head in heads if head), self.rows.text])

    def compose(self) -> ComposeResult:
        """The figures above, the bars, what a key just said, the keys."""
        yield Line(id="statistics-title", classes="figures")
        yield Line(id="statistics-counts", classes="figures")
        yield Line(id="statistics-facts", classes="figures")
        yield LinesView(has_cursor=True, id="statistics-rows")
        yield Line(id="statistics-message")
        yield Line(id="statistics-footer")

    def on_mount(self) -> None:
        """Show the column one came from."""
        parts = []
        for key, words in (
            ("Enter", "filter"),
            ("~", "exclude"),
            ("Left/Right", "move"),
            ("y", "copy"),
            ("Esc", "back"),
        ):
            parts += [Part(Shown(" ")), Part(Shown(key), "key"), Part(Shown(f" {words} "))]
        self.query_one("#statistics-footer", Line).parts = tuple(parts)
        self.rows.focus()
        self.show_column()

    def show_column(self) -> None:
        """Show the figures of the column one is on."""
        self._found = self._count()
        self.query_one("#statistics-title", Line).parts = lines.title(self.attribute, self._scope)
        self.query_one("#statistics-counts", Line).parts = lines.counts(self._found)
        facts = self.query_one("#statistics-facts", Line)
        facts.parts = lines.facts(self._found)
        facts.display = bool(self._found.facts)
        self.tell(Shown(""))
        self.show_rows(cursor=0)

    def show_rows(self, *, cursor: int) -> None:
        """Draw the bars for the width there is."""
        items = lines.rows(self._found, self.app.size.width, self._draw)
        self.rows.show_items(items, cursor=cursor)

    def _draw(self, share: float, width_cells: int) -> Shown:
        return bar(self.app.console, share, width_cells, has_blocks=self._has_blocks)

    @on(events.Resize)
    def fit(self) -> None:
        """Bars as long as the new width allows."""
        self.show_rows(cursor=self.rows.cursor)

    def tell(self, text: Shown, *, is_bad: bool = False) -> None:
        """Say something to the person; it stays until something else is said."""
        self.note.parts = (Part(Shown(" ")), Part(text, "bad" if is_bad else ""))

    @on(LinesView.ItemChosen)
    def action_filter(self) -> None:
        """Ask for the records of this row."""
        self._leave_with(is_excluded=False)

    def action_exclude(self) -> None:
        """Ask for all others."""
        self._leave_with(is_excluded=True)

    def _leave_with(self, *, is_excluded: bool) -> None:
        if not self._found.rows:
            return
        row = self._found.rows[self.rows.cursor]
        node = row_condition(
            self._record_type, self.attribute, row, is_excluded=is_excluded, zone=self._zone
        )
        if isinstance(node, Capability):
            self.tell(shown(node.reason), is_bad=True)
            return
        words = row_words(self.attribute, row, is_excluded=is_excluded)
        self.dismiss(StatisticsAnswer(self._column, node, words))

    def action_cursor_left(self) -> None:
        """The column before this one."""
        self._go_to(self._column - 1)

    def action_cursor_right(self) -> None:
        """The column after this one."""
        self._go_to(self._column + 1)

    def _go_to(self, column: int) -> None:
        if 0 <= column < len(self._columns):
            self._column = column
            self.show_column()

    def action_copy_value(self) -> None:
        """Copy the figures as text."""
        safe = "\n".join(shown_lines(self.text))
        self.app.copy_to_clipboard(safe)
        self.tell(Shown(f"Copied the figures: {len(safe):,} characters (OSC 52)"))

    def action_back(self) -> None:
        """Close."""
        self.dismiss(StatisticsAnswer(self._column))

    def action_quit(self) -> None:
        """The same."""
        self.action_back()
