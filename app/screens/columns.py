"""The columns of a table: choose, order, width, pin."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input

from app.controller.columns import default_layout, relation_column
from app.domain.column_layout import ColumnLayout
from app.domain.safe_text import Shown, shown
from widgets.entry import Entry
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part, fit
from widgets.lines_view import Item, LinesView

if TYPE_CHECKING:
    from app.domain.capabilities import Capability
    from app.domain.schema import RecordType

WIDTH_STEP: Final = 2
"""Cells that one key press gives or takes."""

UNMEASURED_WIDTH: Final = 16
"""Where a column that the table does not show yet starts from."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One line: an attribute, a relation, or a column that the schema lost."""

    path: str
    label: Shown
    kind: Shown
    refusal: "Capability | None" = None
    """Why it cannot be a column."""

    def holds(self, text: str) -> bool:
        """Whether the words typed into the search stand in it."""
        line = f"{self.path} {self.label} {self.kind}".casefold()
        return all(word in line for word in text.casefold().split())


class ColumnsScreen(ModalScreen[ColumnLayout | None]):
    """Shown columns in their order, then what else there is. The answer is the layout; `None` leaves it as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("back", "quit", "quick_filter"),
        Binding("space", "switch_column", show=False),
        Binding("J,shift+down", "move(1)", show=False),
        Binding("K,shift+up", "move(-1)", show=False),
        Binding("plus", "widen(1)", show=False),
        Binding("minus,underscore", "widen(-1)", show=False),
        Binding("equals_sign", "fit_width", show=False),
        Binding("P", "pin", show=False),
        Binding("r", "reset", show=False),
        Binding("down", "go(1)", show=False),
        Binding("up", "go(-1)", show=False),
    ]

    list = query_one("#columns-list", LinesView)
    search = query_one("#columns-search", Entry)
    title_line = query_one("#columns-title", Line)
    note = query_one("#columns-message", Line)

    def __init__(
        self,
        record_type: "RecordType",
        layout: ColumnLayout,
        drawn_widths: Mapping[str, int],
        *,
        path: str = "",
    ) -> None:
        """`drawn_widths`: cells of the columns as they stand on screen; `path`: where to start."""
        super().__init__()
        self._record_type = record_type
        self._column_layout = layout.arranged()
        self._drawn_widths = drawn_widths
        self._path = path
        self._rows: tuple[_Row, ...] = ()

    @property
    def column_layout(self) -> ColumnLayout:
        """The columns as they are arranged now."""
        return self._column_layout

    def compose(self) -> ComposeResult:
        """A title that the search takes the place of, the list, what a key just said, the keys."""
        yield (title := Line(id="columns-title"))
        yield Entry("search: name or type", title, id="columns-search")
        yield LinesView(has_cursor=True, id="columns-list")
        yield Line(id="columns-message")
        yield Line(id="columns-footer")

    def on_mount(self) -> None:
        """Show the layout one came with."""
        parts = []
        for key, words in (
            ("Space", "on/off"),
            ("J K", "move"),
            ("+ -", "width"),
            ("=", "fit"),
            ("P", "pin"),
            ("r", "default"),
            ("/", "find"),
            ("Enter", "apply"),
        ):
            parts += [Part(Shown(" ")), Part(Shown(key), "key"), Part(Shown(f" {words}"))]
        self.query_one("#columns-footer", Line).parts = tuple(parts)
        self.list.focus()
        self.show_rows()

    # Showing

    def show_rows(self) -> None:
        """The list anew, with the cursor on the row it was on."""
        self._rows = tuple(row for row in self._all_rows() if row.holds(self.search.value))
        paths = [row.path for row in self._rows]
        cursor = paths.index(self._path) if self._path in paths else 0
        self.list.show_items([self._item(row) for row in self._rows], cursor=cursor)
        shown_count, count = len(self._column_layout.columns), len(self._record_type.attributes)
        self.title_line.parts = (
            Part(Shown(" Columns of ")),
            Part(shown(self._record_type.api_name), "strong"),
            Part(Shown(f"  {shown_count} shown, {count} attributes"), "muted"),
        )

    def _all_rows(self) -> tuple[_Row, ...]:
        known = self._record_type.attribute_by_name
        lost = Shown("not in the schema")
        rows = [
            _Row(path, shown(path), lost) for path in self._column_layout.paths if path not in known
        ]
        attributes = [known[path] for path in self._column_layout.paths if path in known]
        attributes += [
            known[name]
            for name in dict.fromkeys(row.api_name for row in self._record_type.attributes)
            if self._column_layout.column(name) is None
        ]
        for attribute in attributes:
            kind = shown(attribute.value_type) + ("[]" if attribute.is_array else "")
            rows.append(_Row(attribute.api_name, shown(attribute.display_name), Shown(kind)))
        rows.sort(key=self._place)
        for relationship in self._record_type.relationships:
            refusal = relation_column(self._record_type, relationship)
            name = shown(relationship.display_name)
            rows.append(_Row(f"{relationship.api_name}.", name, Shown("relation"), refusal))
        return tuple(rows)

    def _place(self, row: _Row) -> int:
        paths = self._column_layout.paths
        return paths.index(row.path) if row.path in paths else len(paths)

    def _item(self, row: _Row) -> Item:
        column = self._column_layout.column(row.path)
        sign = "-" if row.refusal else " " if column is None else "P" if column.is_pinned else "x"
        width = "" if column is None else str(column.width_cells or "fits")
        name_width = max(18, min(40, (self.app.size.width - 34) // 2))
        return (
            (
                Part(Shown(f"[{sign}] "), "strong" if column else "muted"),
                Part(fit(row.label, name_width), "" if column is None else "strong"),
                Part(Shown(" ")),
                Part(fit(shown(row.path), name_width), "muted"),
                Part(Shown(" ")),
                Part(fit(row.kind, 18), "muted"),
                Part(Shown(" ")),
                Part(Shown(width)),
            ),
        )

    def tell(self, text: Shown, *, is_bad: bool = False) -> None:
        """Say something to the person; it stays until something else is said."""
        self.note.parts = (Part(Shown(" ")), Part(text, "bad" if is_bad else ""))

    @on(events.Resize)
    def fit_rows(self) -> None:
        """Names as long as the new width allows."""
        self.show_rows()

    @on(LinesView.ItemMoved)
    def follow(self, event: LinesView.ItemMoved) -> None:
        """Remember the row one is on."""
        if event.index < len(self._rows):
            self._path = self._rows[event.index].path

    # Searching

    @on(Input.Changed, "#columns-search")
    def narrow(self) -> None:
        """Keep the rows that hold every word."""
        self.show_rows()

    @on(Input.Submitted, "#columns-search")
    def leave_search(self) -> None:
        """Back to the list, which stays narrowed."""
        self.search.close()
        self.list.focus()

    def action_quick_filter(self) -> None:
        """Search."""
        self.search.open_with(self.search.value)

    def action_go(self, rows: int) -> None:
        """Choose another row while searching."""
        self.list.cursor += rows

    # Arranging

    @property
    def _row(self) -> _Row | None:
        """The row under the cursor, if it can be a column; else the reason is told."""
        if not self._rows:
            return None
        row = self._rows[self.list.cursor]
        if row.refusal is not None:
            both = f"{row.refusal.reason} {row.refusal.instead}"
            has_room = len(both) < self.app.size.width
            self.tell(shown(both if has_room else row.refusal.reason), is_bad=True)
            return None
        self.tell(Shown(""))
        return row

    def _arrange(self, layout: ColumnLayout, path: str) -> None:
        self._column_layout, self._path = layout, path
        self.show_rows()

    def action_switch_column(self) -> None:
        """Show the attribute, or hide it."""
        if (row := self._row) is not None:
            self._arrange(self._column_layout.toggled(row.path), row.path)

    def _chosen(self) -> str | None:
        """The column under the cursor; the first key on an attribute that is none makes it one."""
        row = self._row
        if row is None:
            return None
        if self._column_layout.column(row.path) is None:
            self._column_layout = self._column_layout.toggled(row.path)
        return row.path

    def action_move(self, step: int) -> None:
        """The column one place to the left or right."""
        if (path := self._chosen()) is not None:
            self._arrange(self._column_layout.moved(path, step), path)

    def action_widen(self, steps: int) -> None:
        """Wider or narrower."""
        if (path := self._chosen()) is not None:
            drawn = self._drawn_widths.get(path, UNMEASURED_WIDTH)
            layout = self._column_layout.widened(path, steps * WIDTH_STEP, drawn)
            self._arrange(layout, path)

    def action_fit_width(self) -> None:
        """As wide as its values ask for."""
        if (path := self._chosen()) is not None:
            self._arrange(self._column_layout.fitted(path), path)

    def action_pin(self) -> None:
        """Hold the column at the left, or let it scroll."""
        if (path := self._chosen()) is not None:
            self._arrange(self._column_layout.pin_switched(path), path)

    def action_reset(self) -> None:
        """The choice that the schema alone gives."""
        self._arrange(default_layout(self._record_type), self._path)
        self.tell(Shown("The default columns; Enter applies them."))

    # Leaving

    @on(LinesView.ItemChosen)
    def apply(self) -> None:
        """Answer with the layout."""
        if not self._column_layout.columns:
            self.tell(Shown("A table has at least one column."), is_bad=True)
            return
        self.dismiss(self._column_layout)

    def action_back(self) -> None:
        """End the search; without one leave everything as it was."""
        if self.search.is_open or self.search.value:
            self.search.value = ""
            self.leave_search()
            return
        self.dismiss(None)

    def action_quit(self) -> None:
        """Leave everything as it was."""
        self.dismiss(None)
