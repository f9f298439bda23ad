"""The main screen: puts the areas of the deck together, opens tabs, and decides what a key means where several could."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final, assert_never

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from app.controller.clock import Clock, utc_now
from app.controller.commands import (
    CommandError,
    OpenType,
    RunAction,
    SortBy,
    WhyAttribute,
    parse_command,
)
from app.controller.session import Session
from app.domain.actions import ACTION_BY_NAME
from app.domain.errors import BackendError, BadAnswer, ConfigError, WorkspaceError
from app.domain.query import Direction
from app.domain.safe_text import Shown, shown
from app.screens.browse_lines import unopened_words
from app.screens.data_area import DataArea
from app.screens.deck_lines import DeckLines
from app.screens.explain_area import ExplainArea
from app.screens.explain_panel import ExplainPanel
from app.screens.list_area import ListArea
from app.screens.query_area import QueryArea
from app.screens.query_pane import QueryPane
from app.screens.record_area import RecordArea
from app.screens.tab_area import TabArea
from app.screens.type_tabs import TypeTabs
from app.screens.waits import Waits
from app.screens.write_area import WriteArea
from widgets.entry import Entry
from widgets.key_bindings import bindings_of
from widgets.lines_view import LinesView
from widgets.notice import Notice
from widgets.record_table import RecordTable
from widgets.record_view import RecordView

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView
    from app.controller.view_keeper import ViewKeeper
    from app.domain.fields import Field
    from app.domain.records import Record
    from app.domain.remembered import SavedQuery
    from app.domain.requests import Exchange

Connect = Callable[[], Awaitable[Session]]
"""Opens the workspace. Raises ConfigError, WorkspaceError or BackendError."""

_EDITING: Final = Shown("EDITING  Enter takes it, Esc leaves")

MIN_WIDTH: Final = 60
MIN_HEIGHT: Final = 15
"""Below this size the deck cannot show what it must."""

CANCELLABLE: Final = frozenset(
    {"session", "view", "page", "missing", "record", "question", "count"}
)
"""Groups of workers that someone waits for."""


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
            "back", "quick_filter", "refresh", "preview", "command", "lock", "help", "quit"
        ),
        *bindings_of(
            "previous_tab", "next_tab", "record_types", "previous_view", "sort", "add_sort",
            "refresh_schema", "count", "export", "import_file", "bulk", "whole_value", "why", "request", "request_log",
            "copy_value", "copy_id", "edit", "new_record", "archive", "undo", "journal", "apply",
            "resume_draft", through="run_named",
        ),
        *(
            Binding(key, f"run_named('open_tab', {key})", show=False)
            for key in ACTION_BY_NAME["open_tab"].keys
        ),
    ]  # fmt: skip
    """What an area does that need not have the focus goes through `run_named`."""

    tabs = query_one("#tabs", TypeTabs)
    query_area = query_one("#query-area", QueryArea)
    query_pane = query_one("#query-pane", QueryPane)
    data_area = query_one("#body", DataArea)
    list_area = query_one("#list-area", ListArea)
    table = query_one("#table", RecordTable)
    record_area = query_one("#record-area", RecordArea)
    record_view = query_one("#record", RecordView)
    write_area = query_one("#write-area", WriteArea)
    explain_area = query_one("#explain-area", ExplainArea)
    panel = query_one("#panel", ExplainPanel)
    command_entry = query_one("#command-entry", Entry)
    unlock_entry = query_one("#unlock-entry", Entry)

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
        self._keeper: ViewKeeper | None = None
        self._warning = ""
        """What is told once the first rows are there, so that no request covers it."""
        self._focused_before: Widget | None = None
        self._lines = DeckLines(lambda: self.app.size.width)
        self._waits = Waits(self.say_busy)

    def compose(self) -> ComposeResult:
        """Lines above and below, table and record between."""
        yield self._lines.header
        yield TypeTabs(id="tabs")
        yield Notice(id="too-small")
        yield QueryArea(
            ListArea(self._waits, self._clock, id="list-area"),
            (record_area := RecordArea(self._waits, id="record-area")),
            WriteArea(lambda: record_area.current_record, id="write-area"),
            id="query-area",
        )
        yield ExplainArea(record_area, id="explain-area")
        yield self._lines.page
        yield self._lines.capability
        yield self._lines.status
        yield self._lines.hints
        yield Entry(
            "a record type, why NAME, sort -NAME, help, q", self._lines.hints, id="command-entry"
        )
        yield Entry("the workspace's name unlocks it", self._lines.hints, id="unlock-entry")

    def on_mount(self) -> None:
        """Show the frame first; the workspace is opened after it is painted."""
        self.show_lines()
        self.table.show_words(Shown("Opening the workspace..."))
        # Watched, not told by message: so the lines change in the frame in which the cursor moves.
        self.watch(self.table, "cursor_row", self.show_field, init=False)
        self.watch(self.table, "cursor_column", self.show_field, init=False)
        self.watch(self.list_area, "filled", self.show_filled, init=False)
        self.watch(self.record_area, "record", self.follow_record, init=False)
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

    def say_busy(self, words: str) -> None:
        """Say what is being waited for."""
        self.busy = words

    def watch_busy(self) -> None:
        """Waiting is said once, without moving signs: an idle screen writes nothing."""
        self._lines.show_page(self.browser, self.view, self.busy)

    # Opening

    @work(exclusive=True, group="session")
    async def open_session(self) -> None:
        """Open the workspace and fill the first tab."""
        try:
            with self._waits.waiting("opening the workspace"):
                session = await self._connect()
                browsers, keepers = await asyncio.to_thread(_load_controllers)
        except (ConfigError, WorkspaceError, BackendError) as error:
            self.table.show_words(*unopened_words(error))
            return
        browser = browsers(session, self._clock)
        keeper = keepers(browser, self.write_later, self.tell_not_kept)
        self._warning = await keeper.recall()
        self.session, self.browser, self._keeper = session, browser, keeper
        if self.has_class("-wide"):
            self.add_class("-preview")
        session.backend.log.listen(self.show_exchange)
        wanted = self._start_type or browser.discovery.found[0].name
        browser.view(wanted).typed = self._start_text
        self.open_type(wanted)

    def open_type(self, record_type: str) -> None:
        """Switch to a record type's tab."""
        if self.browser is not None:
            self.open_view(self.browser.view(record_type))

    def open_view(self, view: "TypeView") -> None:
        """Switch to a tab and read what it lacks."""
        if self._keeper is None or self.browser is None:
            return
        self.list_area.leave()
        self.close_entries()
        self.record_area.leave()
        if self.panel.kind:
            self.close_panel()
        self.view = view
        self._keeper.switch(view)
        self.show_view()
        self.list_area.fill(self.browser, view)

    def show_filled(self, view: "TypeView") -> None:
        """Show the first rows, or what kept them away."""
        if view.error is None and view.asked.nodes:
            self.note_question(view)
        if self._keeper is not None:
            self._keeper.return_to_record(view)
        if self.view is not view:
            return
        self.note_view()
        self.show_view()
        self.list_area.name_references()
        if view.error is not None and (view.row_count or isinstance(view.error, BadAnswer)):
            self.tell(shown(f"{view.error.reason} {view.error.way_out}"), is_bad=True)
        elif self._warning:
            self.tell(shown(self._warning), is_bad=True)
        self._warning = ""

    # Keeping

    def note_question(self, view: "TypeView") -> None:
        """Put what a view asks into the history."""
        if self._keeper is not None:
            self.run_worker(self._keeper.note_question(view), group="history")

    def note_view(self) -> None:
        """How the tab is will be written soon."""
        if self._keeper is not None:
            self._keeper.note()

    def write_later(self, delay_s: float, write: Callable[[], Coroutine[None, None, None]]) -> None:
        """Write once things rest, beside whatever else goes on."""
        self.set_timer(delay_s, lambda: self.run_worker(write(), group="views"))

    def tell_not_kept(self, words: str) -> None:
        """Say what is not kept."""
        self.tell(shown(words), is_bad=True)

    @on(events.Unmount)
    async def write_at_last(self) -> None:
        """Write what was not written yet."""
        if self._keeper is not None:
            await self._keeper.write_at_last()

    @on(events.ScreenResume)
    def look_for_pinned(self) -> None:
        """Another screen may have pinned a query."""
        if self._keeper is not None:
            self.read_pinned(self._keeper)

    @work(exclusive=True, group="pinned")
    async def read_pinned(self, keeper: "ViewKeeper") -> None:
        """Show which queries have tabs of their own."""
        await keeper.read_pinned()
        self.show_tabs()

    # Showing

    def show_view(self) -> None:
        """Bring every area up to the active view."""
        if self.view is not None and self.browser is not None:
            areas = (self.list_area, self.record_area, self.query_area, self.explain_area)
            for area in (*areas, self.write_area):
                area.show_tab(self.browser, self.view)
            self.show_lines()

    @on(ListArea.Changed)
    def show_lines(self) -> None:
        """Header, tabs, query, page and hints."""
        self._lines.show_place(self.browser, self.view, self.record_area.record)
        self.show_tabs()
        self.query_area.show_line()
        self._lines.show_page(self.browser, self.view, self.busy)
        self.show_field()

    def show_tabs(self) -> None:
        """The record types met so far, and pinned queries."""
        if self.browser is not None and self.view is not None:
            self.tabs.show(self.browser, self.view)

    @on(LinesView.ItemMoved, "#record")
    def show_field(self) -> None:
        """The line about the focused cell."""
        is_in_list = self.record_area.record is None
        row = self.view.row if self.view is not None and is_in_list else None
        self._lines.show_field(row, self.current_field)

    def show_exchange(self, exchange: "Exchange") -> None:
        """The last request, as it ends."""
        if self.session is not None and self.is_attached:
            self._lines.show_exchange(exchange, self.session.backend.log.sent)

    def tell(self, text: Shown, *, is_bad: bool = False) -> None:
        """Say something to the person; it stays until something else is said."""
        self._lines.tell(text, is_bad=is_bad)

    @on(TabArea.Told)
    def tell_words(self, event: TabArea.Told) -> None:
        """Say what an area has to say."""
        self.tell(event.words, is_bad=event.is_bad)

    @on(TabArea.Refused)
    def tell_refused(self, event: TabArea.Refused) -> None:
        """Say why not, in a line; `w` tells the rest."""
        self.explain_area.refusal = (event.word, event.capability)
        reason = event.capability
        code = f" ({reason.error_code})" if reason.error_code else ""
        self.tell(shown(f"{reason.reason}{code} {reason.instead}".strip()), is_bad=True)

    # The record

    @property
    def current_record(self) -> "Record | None":
        """The open record, or the one under the table's cursor."""
        return self.record_area.current_record

    @property
    def current_field(self) -> "Field | None":
        """The field under the cursor of whatever has the focus."""
        return self.record_area.current_field

    @on(RecordTable.CursorMoved)
    def remember_record(self) -> None:
        """What one looked at last scopes other types; the preview follows once the cursor rests."""
        record = self.view.record(self.view.row) if self.view is not None else None
        if record is None or self.browser is None:
            return
        self.browser.remember(record)
        self.note_view()
        if self.has_class("-preview") and self.record_area.record is None:
            self.record_area.preview_soon()

    @on(RecordTable.RowChosen)
    def open_chosen(self) -> None:
        """Open the record under the cursor."""
        self.record_area.open()

    def follow_record(self, record: "Record | None") -> None:
        """Make room for the open record, or give it back to the table."""
        was_open = self.has_class("-record-open")
        self.set_class(record is not None, "-record-open")
        if was_open and record is None:
            self.table.focus()
        self.show_lines()

    def action_preview(self) -> None:
        """Show or hide the record beside the table."""
        if self.has_class("-narrow"):
            self.record_area.open()
            return
        self.toggle_class("-preview")
        if self.has_class("-preview"):
            self.record_area.preview()

    @on(TypeTabs.ViewChosen)
    def open_chosen_view(self, event: TypeTabs.ViewChosen) -> None:
        """Open another tab."""
        self.open_view(event.view)

    # The query

    def action_refresh(self) -> None:
        """Read again what is on screen."""
        if self.browser is None:
            self.open_session()
        elif self.record_area.record is not None:
            self.record_area.read_again()
        else:
            self.ask()

    @on(QueryArea.AskRequested)
    def ask(self) -> None:
        """Ask what the query says now; on a narrow screen the rows come to the front."""
        is_sent = self.list_area.ask()
        if is_sent and self.query_pane.is_open and self.has_class("-narrow"):
            self.query_area.close_pane()

    @on(QueryArea.Edited)
    def show_edited(self) -> None:
        """The line says that what is asked was edited; the request beside it is the one that would be sent."""
        self.query_area.show_line()
        self.explain_area.follow_query()

    @on(DataArea.Arranged)
    def show_arranged(self) -> None:
        """Show the columns as they are arranged now."""
        self.show_view()
        self.note_view()

    @on(QueryArea.OpenRequested)
    def open_question(self, event: QueryArea.OpenRequested) -> None:
        """Open a saved query, or a question of the history, in its own tab or that of its record type."""
        self.read_question(event.saved)

    @work(exclusive=True, group="question")
    async def read_question(self, saved: "SavedQuery") -> None:
        """Find out what a kept text means now; one that means nothing is told, and the tab stays as it is."""
        from app.controller.remembering import CannotAsk

        browser = self.browser
        if browser is None:
            return
        try:
            with self._waits.waiting(f"reading {shown(saved.record_type)}"):
                view = await browser.open_saved(saved)
        except CannotAsk as error:
            self.tell(shown(str(error)), is_bad=True)
            return
        except BackendError as error:
            self.tell(shown(f"{error.reason} {error.way_out}"), is_bad=True)
            return
        self.open_view(view)
        if view.records is not None:
            self.ask()

    # Writing

    @on(WriteArea.Opened)
    def make_room(self) -> None:
        """The form stands beside the table, or over it."""
        self.add_class("-edit-open")
        self._lines.is_editing = True
        self.show_lines()

    @on(WriteArea.Left)
    def close_room(self) -> None:
        """The table is in front again."""
        self.remove_class("-edit-open")
        self._lines.is_editing = False
        self.show_lines()
        self.focus_front()

    @on(WriteArea.DraftSaved)
    def show_draft_time(self, event: WriteArea.DraftSaved) -> None:
        """When a draft was last on the disk."""
        self._lines.show_draft(self.browser, event.at, event.trouble)
        self.show_lines()

    @on(WriteArea.Wrote)
    def show_written(self, event: WriteArea.Wrote) -> None:
        """Show the record as it now is; what was made or archived is read with its list."""
        if self.record_area.record is not None and event.record is not None:
            self.record_area.read_again()
        if not self.list_area.put(event.record):
            self.list_area.ask()
        self.show_lines()

    @on(ExplainArea.Left)
    @on(QueryArea.Left)
    def take_focus_back(self) -> None:
        """The table is in front again, or what is open over it."""
        self.focus_front()

    def focus_front(self) -> None:
        """Give the focus to the open record, else to the table."""
        if self.record_area.record is not None:
            self.record_view.focus()
        elif self.query_pane.is_open:
            self.query_pane.list.focus()
        else:
            self.table.focus()

    def close_panel(self) -> None:
        """Hide the pane and give the focus back."""
        self.panel.close()
        self.focus_front()

    # Actions: everywhere

    def action_back(self) -> None:
        """Leave the entry, close the pane, cancel, clear the filter or close the record: the nearest of these."""
        if self.close_entries():
            return
        if self.panel.kind:
            self.close_panel()
        elif self.cancel_running():
            return
        elif self.record_area.record is not None:
            self.record_area.close()
        elif self.query_pane.is_open:
            self.query_area.close_pane()
        elif self.view is not None and self.view.quick_filter:
            self.list_area.filter_rows("")
        elif self.view is not None and self.view.expression.nodes:
            self.clear_query(self.view)

    def clear_query(self, view: "TypeView") -> None:
        """Ask for all records again; the question stays in the history."""
        self.note_question(view)
        view.expression = replace(view.expression, nodes=())
        view.saved = None
        self.ask()
        self.tell(Shown("All records again. H finds the query."))

    def cancel_running(self) -> bool:
        """Cancel what is being waited for; whether there was anything."""
        areas = (self, self.list_area, self.record_area)
        running = [
            worker
            for worker in self.workers
            if worker.node in areas and not worker.is_finished and worker.group in CANCELLABLE
        ]
        for worker in running:
            worker.cancel()
        if running:
            self._waits.clear()
            self.tell(Shown("Cancelled. r reads again."))
            if self.view is None or not self.view.row_count:
                self.table.show_words(Shown("Cancelled"), Shown("r reads again."))
        return bool(running)

    def action_quit(self) -> None:
        """Leave; in a view close it."""
        if self.panel.kind:
            self.close_panel()
        elif self.record_area.record is not None:
            self.record_area.close()
        else:
            self.app.exit(0)

    def action_lock(self) -> None:
        """Refuse every write at once; where that is so already, ask for the workspace's name."""
        session = self.session
        if session is None:
            return
        if not session.is_read_only:
            session.backend.lock()
            self.show_view()
            self.tell(Shown("Locked: every write is refused. ! again unlocks."))
        elif session.backend.can_unlock:
            self.unlock_entry.open_with("")
            self.tell(
                shown(f"EDITING  Type {session.name} and Enter to unlock; Esc leaves it locked")
            )
        else:
            self.tell(
                Shown("Opened read-only, by --read-only or the profile: it stays so."), is_bad=True
            )

    @on(Entry.Submitted, "#unlock-entry")
    def unlock(self, event: Entry.Submitted) -> None:
        """Let writes pass again, if what was typed is the workspace's name."""
        self.close_entries()
        session = self.session
        if session is None:
            return
        if event.value.strip() != session.name:
            self.tell(shown(f"Still locked: that is not {session.name}."), is_bad=True)
            return
        session.backend.unlock()
        self.show_view()
        self.tell(Shown("Unlocked: writes are sent again."))

    async def action_help(self) -> None:
        """Search what works here and run it."""
        from app.screens.help import HelpScreen

        await self.app.push_screen(HelpScreen(), self.run_chosen)

    async def run_chosen(self, name: str | None) -> None:
        """Run what was chosen in help."""
        if name:
            await self.run_named(name)

    async def action_run_named(self, name: str, *arguments: int) -> None:
        """Run an action by its name."""
        await self.run_named(name, *arguments)

    async def run_named(self, name: str, *arguments: int) -> None:
        """Run an action by its name on whatever has it: the focused widget, an area, this screen, the application."""
        seen = (self.data_area, self.list_area, self.record_area, self.explain_area, self.tabs)
        areas = (*seen, self.write_area)
        for node in (self.focused, self.query_pane, self.query_area, *areas, self, self.app):
            if node is None or not hasattr(node, f"action_{name}"):
                continue
            if node is self.query_pane and not self.query_pane.is_open:
                self.tell(Shown("That is a key of the query builder: f opens it."))
            else:
                listed = ", ".join(map(str, arguments))
                await node.run_action(f"{name}({listed})")
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
        for entry in (self.command_entry, self.unlock_entry):
            if entry.is_open:
                entry.close()
                was_open = True
        if was_open:
            self.focus_front()
            self.tell(Shown(""))
        return was_open

    @on(Entry.Submitted, "#quick-entry")
    def take_quick_filter(self, event: Entry.Submitted) -> None:
        """Filter the loaded rows."""
        self.close_entries()
        self.list_area.filter_rows(event.value)

    @on(Entry.Submitted, "#command-entry")
    async def take_command(self, event: Entry.Submitted) -> None:
        """Run a command."""
        self.close_entries()
        try:
            command = parse_command(event.value, self.tabs.record_types)
        except CommandError as error:
            self.tell(shown(str(error)), is_bad=True)
            return
        match command:
            case OpenType(record_type):
                self.open_type(record_type)
            case SortBy(attribute, is_descending):
                direction = Direction.DESC if is_descending else Direction.ASC
                self.list_area.sort_by_name(attribute, direction)
            case WhyAttribute(attribute):
                self.explain_area.why_attribute(attribute)
            case RunAction(name):
                await self.run_named(name)
            case _:
                assert_never(command)


def _load_controllers() -> "tuple[type[Browser], type[ViewKeeper]]":
    """Load what stands between the screens and a workspace: off the loop, and after the first frame."""
    from app.controller.browse import Browser
    from app.controller.view_keeper import ViewKeeper

    return Browser, ViewKeeper
