"""The main screen: tabs of record types, the table, the record, and the lines that say what is going on."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import ClassVar, Final, assert_never

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.reactive import reactive
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget
from textual.worker import Worker

from app.controller import view_paging
from app.controller.browse import Browser, Tab, TypeView
from app.controller.clock import Clock, utc_now
from app.controller.commands import (
    CommandError,
    OpenType,
    RunAction,
    SortBy,
    WhyAttribute,
    parse_command,
)
from app.controller.counting import Count, requests_in_words
from app.controller.discovery import FoundType
from app.controller.kept_views import KeptViews
from app.controller.paging import READ_AGAIN
from app.controller.record_list import RecordList
from app.controller.remembering import CannotAsk
from app.controller.session import Session
from app.domain.actions import ACTION_BY_NAME
from app.domain.capabilities import Action, Capability
from app.domain.errors import BackendError, BadAnswer, ConfigError, WorkspaceError
from app.domain.expression import Expression
from app.domain.fields import Field
from app.domain.query import Direction
from app.domain.records import Record
from app.domain.remembered import NotRemembered, SavedQuery
from app.domain.requests import Exchange
from app.domain.safe_text import Shown, shown, shown_lines
from app.domain.schema import Attribute
from app.screens import browse_lines as lines
from app.screens.capability_matrix import CapabilityMatrixScreen
from app.screens.explain_panel import ExplainPanel
from app.screens.explanations import value_text
from app.screens.export import ExportScreen
from app.screens.help import HelpScreen
from app.screens.query_area import QueryArea
from app.screens.query_pane import QueryPane, fault_words
from app.screens.record_types import RecordTypesScreen
from widgets.entry import Entry
from widgets.key_bindings import bindings_of
from widgets.line import Line
from widgets.lines_view import LinesView
from widgets.notice import Notice
from widgets.record_table import RecordTable
from widgets.record_view import RecordView
from widgets.tab_bar import TabBar

Connect = Callable[[], Awaitable[Session]]
"""Opens the workspace. Raises ConfigError, WorkspaceError or BackendError."""

_EDITING: Final = Shown("EDITING  Enter takes it, Esc leaves")

PREVIEW_DELAY_S: Final = 0.15
"""The record beside the table follows the cursor once it rests, so that a held key costs no bytes there."""

NOTE_DELAY_S: Final = 1.0
"""How a tab is left is written once things rest; who is killed loses no more than this."""

MIN_WIDTH: Final = 60
MIN_HEIGHT: Final = 15
"""Below this size the deck cannot show what it must."""


class BrowseScreen(Screen[int]):
    """Browse the records of one workspace."""

    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012 (a list, as the base class declares it)
        (0, "-narrow"),
        (100, "-medium"),
        (140, "-wide"),
    ]
    AUTO_FOCUS = "#table"

    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of(
            "back", "previous_tab", "next_tab", "record_types", "previous_view", "quick_filter",
            "sort", "add_sort", "refresh", "refresh_schema", "count", "export", "preview", "whole_value", "why",
            "request", "request_log", "copy_value", "copy_id", "command", "help", "quit",
        ),
        *(Binding(key, f"open_tab({key})", show=False) for key in ACTION_BY_NAME["open_tab"].keys),
    ]  # fmt: skip

    header = query_one("#header", Line)
    tabs = query_one("#tabs", TabBar)
    query_area = query_one("#query-area", QueryArea)
    query_line = query_one("#query", Line)
    page = query_one("#page", Line)
    capability = query_one("#capability", Line)
    status = query_one("#status", Line)
    hints = query_one("#hints", Line)
    table = query_one("#table", RecordTable)
    record_view = query_one("#record", RecordView)
    panel = query_one("#panel", ExplainPanel)
    query_pane = query_one("#query-pane", QueryPane)
    command_entry = query_one("#command-entry", Entry)

    busy: reactive[str] = reactive("", init=False, repaint=False)
    """What is being waited for, in words; empty when nothing is."""

    def __init__(
        self,
        connect: Connect,
        record_type: str | None = None,
        *,
        query_text: str | None = None,
        clock: Clock = utc_now,
    ) -> None:
        """`query_text` is what the first tab asks, as text."""
        super().__init__()
        self._clock = clock
        self._connect = connect
        self._start_type = record_type
        self._start_text = query_text
        self.session: Session | None = None
        """The open workspace; `None` until it is open."""
        self.browser: Browser | None = None
        self.view: TypeView | None = None
        """What the active tab shows."""
        self._previous: TypeView | None = None
        self._kept: KeptViews | None = None
        self._note_timer: Timer | None = None
        self._is_note_refused = False
        self._warning = ""
        """What is told once the first rows are there, so that no request covers it."""
        self._record: Record | None = None
        self._refusal: tuple[str, Capability] | None = None
        self._tabs: tuple[Tab, ...] = ()
        self._preview_timer: Timer | None = None
        self._focused_before: Widget | None = None
        self._waits: dict[object, str] = {}
        self._doubted: Expression | None = None

    def compose(self) -> ComposeResult:
        """Lines above and below, table and record between."""
        yield Line(id="header")
        yield TabBar(id="tabs")
        yield Notice(id="too-small")
        yield QueryArea(id="query-area")
        yield ExplainPanel(id="panel")
        yield Line(id="page")
        yield Line(id="capability")
        yield Line(id="status")
        yield (hints := Line(id="hints"))
        yield Entry("a record type, why NAME, sort -NAME, help, q", hints, id="command-entry")

    def on_mount(self) -> None:
        """Show the frame first; the workspace is opened after it is painted."""
        self.show_lines()
        self.table.show_words(Shown("Opening the workspace..."))
        # Watched, not told by message: so the lines change in the frame in which the cursor moves.
        self.watch(self.table, "cursor_row", self.follow_cursor, init=False)
        self.watch(self.table, "cursor_column", self.follow_cursor, init=False)
        self.call_after_refresh(self.open_session)

    @on(events.Resize)
    def fit(self, event: events.Resize) -> None:
        """Lay the lines out for the new size, or say that it is too small."""
        width, height = event.size
        is_too_small = width < MIN_WIDTH or height < MIN_HEIGHT
        self.keep_focus(is_too_small=is_too_small)
        self.set_class(is_too_small, "-too-small")
        if is_too_small:
            self.query_one("#too-small", Notice).show_words(
                Shown(f"{width}x{height} is too small"),
                Shown(f"crmdeck needs {MIN_WIDTH}x{MIN_HEIGHT}: make the window larger."),
                Shown("q leaves. crmdeck query TYPE works at any size."),
            )
        self.show_lines()

    def keep_focus(self, *, is_too_small: bool) -> None:
        """Hiding everything takes the focus away: note who had it, and give it back afterwards."""
        was_too_small = self.has_class("-too-small")
        if is_too_small and not was_too_small:
            self._focused_before = self.focused
        elif was_too_small and not is_too_small and self._focused_before is not None:
            self.call_after_refresh(self._focused_before.focus)

    @contextmanager
    def waiting(self, words: str) -> Iterator[None]:
        """Say what is being waited for; a request that is slow to let go says nothing of those that follow it."""
        wait = object()
        self._waits[wait] = words
        self.busy = words
        try:
            yield
        finally:
            self._waits.pop(wait, None)
            self.busy = next(reversed(self._waits.values()), "")

    # Opening

    @work(exclusive=True, group="session")
    async def open_session(self) -> None:
        """Open the workspace and fill the first tab."""
        try:
            with self.waiting("opening the workspace"):
                session = await self._connect()
        except (ConfigError, WorkspaceError) as error:
            self.table.show_words(
                Shown("The workspace could not be opened"),
                *shown_lines(str(error)),
                Shown("q leaves; crmdeck doctor tells more."),
            )
            return
        except BackendError as error:
            self.table.show_words(
                Shown("The workspace could not be opened"),
                *shown_lines(error.reason),
                *shown_lines(error.way_out),
            )
            return
        browser = Browser(session, self._clock)
        self._kept = await self.recalled(browser)
        self.session, self.browser = session, browser
        if self.has_class("-wide"):
            self.add_class("-preview")
        session.backend.log.listen(self.show_exchange)
        wanted = self._start_type or browser.discovery.found[0].name
        browser.view(wanted).typed = self._start_text
        self.open_type(wanted)

    async def recalled(self, browser: Browser) -> KeptViews:
        """How the tabs were left; and which queries have tabs of their own."""
        kept = KeptViews(browser)
        try:
            self._warning = await kept.recall()
            browser.pinned = await browser.remembering.pinned()
        except NotRemembered as error:
            self._warning = str(error)
        return kept

    def open_type(self, record_type: str) -> None:
        """Switch to a record type's tab."""
        if self.browser is not None:
            self.open_view(self.browser.view(record_type))

    def open_view(self, view: TypeView) -> None:
        """Switch to a tab and read what it lacks."""
        if self._kept is None:
            return
        if self.view is not None and self.view is not view:
            self._kept.note(self.view)
            self._previous = self.view
        self.workers.cancel_group(self, "view")
        self.workers.cancel_group(self, "page")
        self.workers.cancel_group(self, "record")
        self.close_entries()
        self.close_record()
        if self.panel.kind:
            self.close_panel()
        self.record_view.show_fields(())
        self.view = view
        self._kept.restore(view)
        self.show_view()
        self.fill_view(view)

    @work(exclusive=True, group="view")
    async def fill_view(
        self,
        view: TypeView,
        *,
        is_reread: bool = False,
        is_schema_fresh: bool = False,
        otherwise: Expression | None = None,
    ) -> None:
        """Fetch what a view lacks, or all of it anew, and show it; `otherwise` as for `Browser.load_first`."""
        assert self.browser is not None
        now = self._clock()
        try:
            with self.waiting(f"reading {shown(view.record_type)}"):
                if is_schema_fresh:
                    await self.browser.refetch_schema(view)
                if is_reread and view.schema is not None and not self.browser.needs_scope(view):
                    await self.browser.load_first(view, now, otherwise=otherwise)
                else:
                    await self.browser.open(view, now)
        except BackendError as error:
            view.error = error
        finally:
            if self.is_attached:
                self.show_lines()
        if view.error is None and view.asked.nodes:
            self.note_question(view)
        if self._kept is not None:
            self._kept.return_to_record(view)
        if self.view is view:
            self.note_view()
            self.show_view()
            self.name_references(view)
            if view.error is not None and (view.row_count or isinstance(view.error, BadAnswer)):
                self.tell(shown(f"{view.error.reason} {view.error.way_out}"), is_bad=True)
            elif self._warning:
                self.tell(shown(self._warning), is_bad=True)
            self._warning = ""

    @work(group="history")
    async def note_question(self, view: TypeView) -> None:
        """Put what a view asks into the history, with its rows if these are its answer."""
        assert self.browser is not None
        try:
            await self.browser.note_question(view)
        except NotRemembered as error:
            self.tell(shown(f"The history was not written: {error}"), is_bad=True)

    def note_view(self) -> None:
        """How the tab is will be written soon."""
        if self._note_timer is None and not self._is_note_refused:
            self._note_timer = self.set_timer(NOTE_DELAY_S, self.write_views)

    @work(group="views")
    async def write_views(self) -> None:
        """Write how the tabs are; if that cannot be done it is told, and not tried again."""
        self._note_timer = None
        try:
            warning = await self.flush_views()
        except NotRemembered as error:
            warning = f"How tabs are left is not kept: {error}"
            self._is_note_refused = True
        if warning:
            self.tell(shown(warning), is_bad=True)

    async def flush_views(self) -> str:
        """Take down how the tab is and write what changed; as `KeptViews.flush`."""
        if self._kept is None or self.view is None:
            return ""
        return await self._kept.flush() if self._kept.note(self.view) else ""

    @on(events.Unmount)
    async def write_at_last(self) -> None:
        """What was not written yet; nobody is there to be told."""
        with suppress(NotRemembered):
            await self.flush_views()

    @on(events.ScreenResume)
    def look_for_pinned(self) -> None:
        """Another screen may have pinned a query."""
        if self._kept is not None:
            self.read_pinned()

    @work(exclusive=True, group="pinned")
    async def read_pinned(self) -> None:
        """Read which queries have tabs of their own."""
        assert self.browser is not None
        try:
            self.browser.pinned = await self.browser.remembering.pinned()
        except NotRemembered as error:
            self.tell(shown(str(error)), is_bad=True)
        self.show_tabs()

    # Showing

    def show_view(self) -> None:
        """Bring every area up to the active view."""
        view = self.view
        if view is None or self.browser is None:
            return
        if view.schema is not None and view.row_count:
            self.table.show_rows(
                view.columns,
                view.asked.sort,
                view.record,
                view.row_count,
                (view.row, view.column),
                widths=view.shown_layout.widths,
                pinned=view.pinned_count,
            )
        else:
            self.table.show_rows((), (), view.record, 0)
            if self._record is None:
                self.record_view.show_fields(())
            self.table.show_words(*lines.empty_words(view, self.browser.needs_scope(view)))
        self.query_area.show_tab(self.browser, view)
        self.show_lines()

    def show_lines(self) -> None:
        """Header, tabs, query, page and hints."""
        crumb = shown(self._record.title, limit=32) if self._record is not None else None
        self.header.parts = lines.header(self.session, self.view, crumb)
        self.show_tabs()
        self.show_query()
        self.show_page_line()
        self.show_capability()
        self.hints.parts = lines.hints(is_record_open=self._record is not None)

    def show_query(self) -> None:
        """What is asked, as text."""
        view = self.view
        text = self.browser.text(view) if view is not None and self.browser is not None else ""
        self.query_line.parts = lines.query_line(view, text)

    def show_tabs(self) -> None:
        """The record types met so far; junctions are listed under `0` only."""
        if self.browser is None or self.session is None or self.view is None:
            return
        self._tabs = self.browser.tabs(self.view)
        resources = self.session.backend.resources
        labels = [
            lines.tab_label(number, tab, is_read_only=resources.rule(tab.name).is_read_only)
            if isinstance(tab, FoundType)
            else lines.pinned_label(number, tab)
            for number, tab in enumerate(self._tabs, 1)
        ]
        self.tabs.show_tabs(labels, self._active_tab())

    def _active_tab(self) -> int:
        """Which of the tabs is shown."""
        assert self.browser is not None
        views = (self.browser.tab_view(tab) for tab in self._tabs)
        return next((index for index, view in enumerate(views) if view is self.view), 0)

    def show_page_line(self) -> None:
        """Where in the list one is."""
        found = None
        if self.browser is not None and self.view is not None:
            found = self.browser.discovery.get(self.view.record_type)
        self.page.parts = lines.page_line(
            self.view, found, busy=self.busy, width=self.app.size.width
        )

    def watch_busy(self) -> None:
        """Waiting is said once, without moving signs: an idle screen writes nothing."""
        self.show_page_line()

    def show_exchange(self, exchange: Exchange) -> None:
        """The last request, as it ends; one that was cancelled has been told of in other words."""
        if self.session is not None and self.is_attached and not exchange.is_cancelled:
            self.status.parts = lines.exchange_line(exchange, self.session.backend.log.sent)

    def tell(self, text: Shown, *, is_bad: bool = False) -> None:
        """Say something to the person; it stays until something else is said."""
        self.status.parts = lines.message_line(text, is_bad=is_bad)

    # The focused cell

    @property
    def current_record(self) -> Record | None:
        """The open record, or the one under the table's cursor."""
        if self._record is not None:
            return self._record
        return self.view.record(self.view.row) if self.view is not None else None

    @property
    def current_field(self) -> Field | None:
        """The field under the cursor of whatever has the focus."""
        if self._record is not None and self.focused is self.record_view:
            return self.record_view.field
        if self.view is None or self.browser is None:
            return None
        return self.browser.current_field(self.view)

    def show_capability(self) -> None:
        """The line about the focused cell."""
        row = self.view.row if self.view is not None and self._record is None else None
        self.capability.parts = lines.capability_line(row, self.current_field, self.app.size.width)

    def follow_cursor(self) -> None:
        """Keep the place, and say what the cell is."""
        view = self.view
        if view is None or not view.row_count:
            return
        view.row, view.column = self.table.cursor_row, self.table.cursor_column
        self.show_capability()

    @on(RecordTable.CursorMoved)
    def remember_record(self) -> None:
        """What one looked at last scopes other types; the preview follows once the cursor rests."""
        record = self.view.record(self.view.row) if self.view is not None else None
        if record is None or self.browser is None:
            return
        self.browser.remember(record)
        self.note_view()
        if self.has_class("-preview") and self._record is None:
            if self._preview_timer is not None:
                self._preview_timer.stop()
            self._preview_timer = self.set_timer(PREVIEW_DELAY_S, self.show_preview)

    def show_preview(self) -> None:
        """The record under the cursor, as the list has it; no request."""
        record, browser = self.current_record, self.browser
        if record is None or browser is None or self.view is None or self.view.schema is None:
            return
        self.record_view.show_fields(
            browser.fields(self.view, record), cursor=self.record_view.cursor
        )

    @on(LinesView.ItemMoved, "#record")
    def follow_field(self) -> None:
        """The capability line follows the field of an open record."""
        self.show_capability()

    # Paging

    @on(RecordTable.RowsNeeded)
    def fetch_rows(self, event: RecordTable.RowsNeeded) -> None:
        """Read the next page when one comes near the end, and forgotten rows again."""
        view = self.view
        if view is None or view.records is None or view.matches is not None or self.browser is None:
            return
        is_wanted = (
            view.error is None or view.row == view.row_count - 1
        )  # after a failure on request
        if is_wanted and view.records.needs_page(event.shown_end, event.end):
            if not self.running("page"):
                self.load_page(view)
        elif view.records.is_missing(event.first, event.end) and not self.running("missing"):
            self.load_missing(view, event.first, event.end)

    def running(self, *groups: str) -> Sequence[Worker[object]]:
        """Workers of this screen that are under way."""
        return [
            worker
            for worker in self.workers
            if worker.node is self and not worker.is_finished and worker.group in groups
        ]

    @work(group="page")
    async def load_page(self, view: TypeView) -> None:
        """One page more; the table keeps its place."""
        assert view.records is not None
        records = view.records
        loaded: view_paging.PageLoaded | None = None
        try:
            with self.waiting("reading the next page"):
                loaded = await view_paging.load_next(view, records)
        except BackendError as error:
            view.error = error
            self.tell(shown(f"{error.reason} {error.way_out}"), is_bad=True)
        if self.view is view and view.records is records:
            if self.table.row_count and not self.show_read_again(view, loaded):
                self.table.rows_changed(view.row_count)
                self.show_lines()
            else:
                self.show_view()
            self.name_references(view)

    def show_read_again(self, view: TypeView, loaded: view_paging.PageLoaded | None) -> bool:
        """Say that the server's cursor had expired, and show the rows that came instead; whether it was so."""
        if loaded is None or not loaded.was_read_again:
            if loaded is not None and loaded.has_changes:
                self.table.records_changed()
            return False
        view.read_at = self._clock()
        self.show_view()
        self.tell(Shown(f"{READ_AGAIN}."))
        return True

    @work(group="missing")
    async def load_missing(self, view: TypeView, first: int, end: int) -> None:
        """Read forgotten rows again."""
        assert view.records is not None
        try:
            loaded = await view_paging.load_missing(view, view.records, first, end)
        except BackendError as error:
            view.error = error
            self.tell(shown(f"{error.reason} {error.way_out}"), is_bad=True)
        else:
            if self.view is view:
                self.show_read_again(view, loaded)
            self.table.ask_for_rows()  # one may have moved on meanwhile
        if self.view is view:
            self.table.rows_changed(view.row_count)
            self.show_capability()
            self.name_references(view)

    @work(exclusive=True, group="names")
    async def name_references(self, view: TypeView) -> None:
        """Show references by name; costs nothing where the answer told the names already."""
        assert self.browser is not None
        if await self.browser.name_references(view) and self.view is view:
            self.table.records_changed()
            self.show_capability()

    # Records

    @on(RecordTable.RowChosen)
    def open_chosen(self) -> None:
        """Open the record under the cursor: first as the list has it, then as it is now."""
        record = self.current_record
        view = self.view
        if record is None and view is not None and view.row_count:
            self.tell(Shown("This row is still being read."))
        if record is None or view is None or view.schema is None or self.browser is None:
            return
        self._record = record
        self.add_class("-record-open")
        self.record_view.show_fields(self.browser.fields(view, record))
        self.record_view.focus()
        self.show_lines()
        can_read = self.browser.backend.resources.capability(view.record_type, Action.READ)
        if can_read.is_open:
            self.read_record(view, record)
        else:
            self.tell(shown(f"Shown as the list had it. {can_read.reason}"))

    @work(exclusive=True, group="record")
    async def read_record(self, view: TypeView, record: Record) -> None:
        """Read the open record again."""
        assert self.browser is not None
        try:
            with self.waiting("reading the record"):
                fresh = await self.browser.read(record.record_id)
                if view.schema is not None:
                    fresh = await self.browser.name_all(fresh, view.schema)
        except BackendError as error:
            self.tell(
                shown(f"Not read again: {error.reason} Shown as the list had it."), is_bad=True
            )
            return
        if self._record is record:
            self._record = fresh
            self.record_view.show_fields(
                self.browser.fields(view, fresh), cursor=self.record_view.cursor
            )
            self.show_lines()

    def close_record(self) -> None:
        """Back to the table."""
        self.workers.cancel_group(self, "record")
        if self._record is not None:
            self._record = None
            self.remove_class("-record-open")
            self.table.focus()
            self.show_lines()

    # Actions: record types

    async def action_open_tab(self, number: int = 0) -> None:
        """The record type with a number; without one, all of them to choose from."""
        if not number:
            await self.action_record_types()
        elif self.browser is not None and 1 <= number <= len(self._tabs):
            self.open_view(self.browser.tab_view(self._tabs[number - 1]))

    def action_next_tab(self) -> None:
        """The record type to the right, round the end."""
        self._step_tab(1)

    def action_previous_tab(self) -> None:
        """The record type to the left, round the end."""
        self._step_tab(-1)

    def _step_tab(self, step: int) -> None:
        if self.browser is not None and self._tabs:
            tab = self._tabs[(self._active_tab() + step) % len(self._tabs)]
            self.open_view(self.browser.tab_view(tab))

    def action_previous_view(self) -> None:
        """The record type one came from."""
        if self._previous is not None:
            self.open_view(self._previous)

    async def action_record_types(self) -> None:
        """All record types, how each was found, and those that are found by asking for every schema."""
        if self.browser is not None:
            await self.app.push_screen(RecordTypesScreen(self.browser), self.leave_record_types)

    def leave_record_types(self, chosen: str | None) -> None:
        """Open the chosen type; the walk may have found others for the tabs."""
        self.show_lines()
        if chosen:
            self.open_type(chosen)

    @on(TabBar.Chosen)
    async def open_chosen_tab(self, event: TabBar.Chosen) -> None:
        """A click on a tab opens it."""
        await self.action_open_tab(event.index + 1)

    @on(TabBar.OthersRequested)
    async def show_all_types(self) -> None:
        """A click on an arrow shows all record types."""
        await self.action_record_types()

    # Actions: the list

    def action_sort(self) -> None:
        """Sort by the focused column."""
        self.sort_by_column(self.view.column if self.view is not None else 0, is_added=False)

    def action_add_sort(self) -> None:
        """Add the focused column to the sort."""
        self.sort_by_column(self.view.column if self.view is not None else 0, is_added=True)

    @on(RecordTable.SortRequested)
    def sort_by_head(self, event: RecordTable.SortRequested) -> None:
        """A click on a head sorts by it."""
        self.sort_by_column(event.column, is_added=False)

    def sort_by_column(self, column: int, *, is_added: bool) -> None:
        """Sort by a column."""
        attribute = self.view.attribute(column) if self.view is not None else None
        if attribute is not None:
            self.apply_sort(attribute, is_added=is_added)

    def apply_sort(self, attribute: Attribute, *, is_added: bool) -> None:
        """Sort and read the list again; refused with the reason where the API cannot."""
        view = self.view
        if view is None or self.browser is None:
            return
        self.show_sorted(view, self.browser.sort_by(view, attribute, is_added=is_added))

    def show_sorted(self, view: TypeView, refusal: Capability | None) -> None:
        """Read a list in its new order, or say why there is none."""
        if refusal is not None:
            self.refuse("sort", refusal)
            return
        view.row = 0
        self.fill_view(
            view, is_reread=True, otherwise=replace(view.expression, sort=view.asked.sort)
        )
        self.show_lines()

    def refuse(self, word: str, capability: Capability) -> None:
        """Say why not, in a line; `w` tells the rest."""
        self._refusal = (word, capability)
        code = f" ({capability.error_code})" if capability.error_code else ""
        self.tell(shown(f"{capability.reason}{code} {capability.instead}".strip()), is_bad=True)

    def action_refresh(self) -> None:
        """Read again what is on screen."""
        if self.browser is None:
            self.open_session()
        elif self.view is not None:
            if self._record is not None:
                self.read_record(self.view, self._record)
            else:
                self.ask(self.view)

    def ask(self, view: TypeView) -> None:
        """Ask what the view's expression says now; on a narrow screen the rows come to the front.

        What is known to be refused is asked only when it is asked for again.
        """
        assert self.browser is not None
        faults = self.browser.faults(view) if view.schema is not None else ()
        if faults and self._doubted != view.expression:
            self._doubted = view.expression
            more = f" ({len(faults)} faults)" if len(faults) > 1 else ""
            words = f"Not sent: {fault_words(faults[0])}{more} r again sends it."
            self.tell(shown(words), is_bad=True)
            return
        if view.is_edited:
            view.row = 0
        if self.query_pane.is_open and self.has_class("-narrow"):
            self.query_area.close_pane()
        self.fill_view(view, is_reread=True)
        self.show_lines()

    def action_refresh_schema(self) -> None:
        """Fetch the schema again, then the list."""
        if self.view is not None and self.browser is not None:
            self.fill_view(self.view, is_reread=True, is_schema_fresh=True)

    def action_count(self) -> None:
        """Say what counting would cost; asked again, count."""
        view = self.view
        if view is None or view.records is None or not view.records.is_started:
            return
        offer = view.counting.offer(view.records)
        if offer:
            self.tell(Shown(offer))
        else:
            self.count_rows(view, view.records)

    @work(exclusive=True, group="count")
    async def count_rows(self, view: TypeView, records: RecordList) -> None:
        """Count the rows of a view's query; ended early, what was counted stays known."""
        assert self.browser is not None
        count = view.counting.start(records.query)
        words = ""
        try:
            with self.waiting("counting"):
                await count.run(self.browser.backend, self._clock, self.show_count)
        except BackendError as error:
            words = f"{error.reason} "
        except asyncio.CancelledError:
            words = "Stopped: "
            raise
        finally:
            if self.is_attached:
                further = "" if count.is_complete else "; R goes on"
                self.tell(shown(f"{words}{count.words or 'nothing counted'}{further}"))
                self.show_lines()

    def show_count(self, count: Count) -> None:
        """How far the counting is."""
        if self.is_attached:
            self.busy = f"counting: {count.rows:,} rows, {requests_in_words(count.requests)}"

    async def action_export(self) -> None:
        """Choose what to write to a file."""
        view = self.view
        if self.session is None or view is None or view.schema is None or view.records is None:
            return
        screen = ExportScreen(
            self.session,
            view,
            view.schema,
            view.records,
            on_screen=self.table.rows_on_screen,
            total=view.counting.total(view.records),
            clock=self._clock,
        )
        await self.app.push_screen(screen, self.tell_exported)

    def tell_exported(self, told: str | None) -> None:
        """Say what was written, if anything was."""
        if told:
            self.tell(shown(told))

    def action_preview(self) -> None:
        """Show or hide the record beside the table."""
        if self.has_class("-narrow"):
            self.open_chosen()
            return
        self.toggle_class("-preview")
        if self.has_class("-preview"):
            self.show_preview()

    # The query

    @on(QueryArea.Edited)
    def show_edited(self) -> None:
        """The line says that what is asked was edited; the request beside it is the one that would be sent."""
        self.show_query()
        if self.panel.kind == "request":
            self.show_request()

    @on(QueryArea.AskRequested)
    def ask_edited(self) -> None:
        """Ask what the query says now."""
        if self.view is not None:
            self.ask(self.view)

    @on(QueryArea.Arranged)
    def show_arranged(self) -> None:
        """Show the columns as they are arranged now."""
        self.show_view()
        self.note_view()

    @on(QueryArea.Refused)
    def tell_refused(self, event: QueryArea.Refused) -> None:
        """Say why something cannot be asked."""
        self.refuse(event.word, event.capability)

    @on(QueryArea.Told)
    def tell_words(self, event: QueryArea.Told) -> None:
        """Say what the query has to say."""
        self.tell(event.words, is_bad=event.is_bad)

    @on(QueryArea.OpenRequested)
    def open_question(self, event: QueryArea.OpenRequested) -> None:
        """Open a saved query, or a question of the history, in its own tab or that of its record type."""
        self.read_question(event.saved)

    @work(exclusive=True, group="question")
    async def read_question(self, saved: SavedQuery) -> None:
        """Find out what a kept text means now; one that means nothing is told, and the tab stays as it is."""
        browser = self.browser
        if browser is None:
            return
        try:
            with self.waiting(f"reading {shown(saved.record_type)}"):
                view = await browser.open_saved(saved)
        except CannotAsk as error:
            self.tell(shown(str(error)), is_bad=True)
            return
        except BackendError as error:
            self.tell(shown(f"{error.reason} {error.way_out}"), is_bad=True)
            return
        self.open_view(view)
        if view.records is not None:
            self.ask(view)

    @on(QueryArea.Left)
    def take_focus_back(self) -> None:
        """The table is in front again, or what is open over it."""
        self.focus_front()

    # Actions: explanations

    def focus_front(self) -> None:
        """Give the focus to the open record, else to the table."""
        if self.query_pane.is_open and self._record is None:
            self.query_pane.list.focus()
        else:
            (self.record_view if self._record is not None else self.table).focus()

    def close_panel(self) -> None:
        """Hide the pane and give the focus back."""
        self.panel.close()
        self.focus_front()

    def action_why(self) -> None:
        """What may be done to the focused attribute and its record type, and on what evidence."""
        view = self.view
        if view is None or self.session is None:
            return
        if view.schema is None and view.error is None:
            self.tell(Shown("The schema is still being read: nothing is known yet."))
            return
        refusal, self._refusal = self._refusal, None
        field = self.current_field
        attribute = field.attribute if field is not None else view.attribute(view.column)
        if refusal is not None:
            is_open = self.panel.why_refused(*refusal)
        elif view.error is not None or view.schema is None or attribute is None:
            is_open = self.panel.why_view(self.session, view)
        else:
            is_open = self.panel.why_attribute(self.session, view.schema, attribute)
        if not is_open:
            self.focus_front()

    def action_request(self) -> None:
        """The request that fills this view, or the one that reads the open record."""
        if self.panel.kind == "request":
            self.close_panel()
        else:
            self.show_request()
            self.panel.view.focus()

    def show_request(self) -> None:
        """Show the request in the pane; without taking the focus from where the query is edited."""
        if self.view is None or self.browser is None:
            return
        try:
            request = self.browser.prepared(self.view, self._record)
        except BackendError as error:
            self.tell(shown(error.reason), is_bad=True)
            return
        self.panel.request(request, self.browser.command_line(self.view, self._record))

    async def action_capabilities(self) -> None:
        """What can be done with every record type."""
        if self.browser is not None:
            await self.app.push_screen(CapabilityMatrixScreen(self.browser))

    def action_request_log(self) -> None:
        """Every request of this session."""
        if self.session is not None and not self.panel.requests(self.session):
            self.focus_front()

    def action_whole_value(self) -> None:
        """The whole value of the focused cell."""
        field = self.current_field
        if field is not None and not self.panel.whole_value(field):
            self.focus_front()

    # Actions: clipboard

    def action_copy_value(self) -> None:
        """Copy what is in front: the pane's text or the focused value."""
        field = self.current_field
        if self.panel.kind:
            self.copy(self.panel.text, f"the {self.panel.kind}")
        elif field is not None:
            text = value_text(field.attribute, field.value)
            self.copy(text, field.attribute.display_name)

    def action_copy_id(self) -> None:
        """Copy the record's id."""
        record = self.current_record
        if record is not None:
            self.copy(record.record_id.id, "the id")

    def copy(self, text: str, what: str) -> None:
        """Hand text to the terminal's clipboard, without control characters, and say so."""
        safe = "\n".join(shown_lines(text))
        self.app.copy_to_clipboard(safe)
        self.tell(shown(f"Copied {what}: {len(safe):,} characters, through the terminal (OSC 52)"))

    # Actions: everywhere

    def action_back(self) -> None:
        """Leave the entry, close the pane, cancel, clear the filter or close the record: the nearest of these."""
        if self.close_entries():
            return
        if self.panel.kind:
            self.close_panel()
        elif self.cancel_running():
            return
        elif self._record is not None:
            self.close_record()
        elif self.query_pane.is_open:
            self.query_area.close_pane()
        elif self.view is not None and self.view.quick_filter:
            self.filter_rows("")
        elif self.view is not None and self.view.expression.nodes:
            self.clear_query(self.view)

    def clear_query(self, view: TypeView) -> None:
        """Ask for all records again; the question stays in the history."""
        self.note_question(view)
        view.expression = replace(view.expression, nodes=())
        view.saved = None
        self.ask(view)
        self.tell(Shown("All records again. H finds the query."))

    def cancel_running(self) -> bool:
        """Cancel what is being waited for; whether there was anything."""
        running = self.running("session", "view", "page", "missing", "record", "question", "count")
        for worker in running:
            worker.cancel()
        if running:
            self._waits.clear()
            self.busy = ""
            self.tell(Shown("Cancelled. r reads again."))
            if self.view is None or not self.view.row_count:
                self.table.show_words(Shown("Cancelled"), Shown("r reads again."))
        return bool(running)

    def action_quit(self) -> None:
        """Leave; in a view close it."""
        if self.panel.kind:
            self.close_panel()
        elif self._record is not None:
            self.close_record()
        else:
            self.app.exit(0)

    async def action_help(self) -> None:
        """Search what works here and run it."""
        await self.app.push_screen(HelpScreen(), self.run_chosen)

    async def run_chosen(self, name: str | None) -> None:
        """Run what was chosen in help."""
        if name:
            await self.run_named(name)

    async def run_named(self, name: str) -> None:
        """Run an action by its name on whatever has it: the focused widget, this screen, the application."""
        for node in (self.focused, self.query_pane, self.query_area, self, self.app):
            if node is None or not hasattr(node, f"action_{name}"):
                continue
            if node is self.query_pane and not self.query_pane.is_open:
                self.tell(Shown("That is a key of the query builder: f opens it."))
            else:
                await node.run_action(name)
            return

    # Entries

    def action_quick_filter(self) -> None:
        """Type a filter for the loaded rows."""
        if self.view is not None:
            self.query_area.open_quick_filter()
            self.tell(_EDITING)

    def action_command(self) -> None:
        """Type a command."""
        self.command_entry.open_with("")
        self.tell(_EDITING)

    def close_entries(self) -> bool:
        """Leave typing; whether anything was being typed."""
        was_open = self.query_area.close_entries()
        if self.command_entry.is_open:
            self.command_entry.close()
            was_open = True
        if was_open:
            self.focus_front()
            self.tell(Shown(""))
        return was_open

    @on(Entry.Submitted, "#quick-entry")
    def take_quick_filter(self, event: Entry.Submitted) -> None:
        """Filter the loaded rows."""
        self.close_entries()
        self.filter_rows(event.value)

    def filter_rows(self, text: str) -> None:
        """Show only the loaded rows that pass; no text shows all again."""
        if self.view is None or self.browser is None:
            return
        self.browser.filter_rows(self.view, text)
        self.show_view()

    @on(Entry.Submitted, "#command-entry")
    async def take_command(self, event: Entry.Submitted) -> None:
        """Run a command."""
        self.close_entries()
        names = [tab.name for tab in self._tabs if isinstance(tab, FoundType)]
        try:
            command = parse_command(event.value, names)
        except CommandError as error:
            self.tell(shown(str(error)), is_bad=True)
            return
        match command:
            case OpenType(record_type):
                self.open_type(record_type)
            case SortBy(attribute, is_descending):
                self.sort_by_name(attribute, is_descending=is_descending)
            case WhyAttribute(attribute):
                self.explain(attribute)
            case RunAction(name):
                await self.run_named(name)
            case _:
                assert_never(command)

    def sort_by_name(self, name: str, *, is_descending: bool) -> None:
        """Sort by an attribute that need not be a column."""
        view = self.view
        if view is None or view.schema is None or self.browser is None:
            return
        attribute = view.schema.attribute_by_name.get(name)
        if attribute is None:
            self.tell(shown(f"{view.record_type} has no attribute {name}"), is_bad=True)
            return
        direction = Direction.DESC if is_descending else Direction.ASC
        self.show_sorted(view, self.browser.sort_by_one(view, attribute, direction))

    def explain(self, name: str) -> None:
        """Why, for an attribute by name."""
        view = self.view
        if view is None or view.schema is None or self.session is None:
            return
        attribute = view.schema.attribute_by_name.get(name)
        if attribute is None:
            self.tell(shown(f"{view.record_type} has no attribute {name}"), is_bad=True)
        elif not self.panel.why_attribute(self.session, view.schema, attribute):
            self.focus_front()
