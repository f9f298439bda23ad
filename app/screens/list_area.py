"""The table of the deck and how it comes by its rows: first and further pages, names, sort, count, export."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import ComposeResult
from textual.getters import query_one
from textual.message import Message
from textual.reactive import reactive
from textual.worker import Worker

from app.domain.capabilities import Action, Capability, may
from app.domain.errors import BackendError
from app.domain.safe_text import shown
from app.screens import browse_lines as lines
from app.screens.query_pane import fault_words
from app.screens.tab_area import TabArea
from widgets.record_table import RecordTable

if TYPE_CHECKING:
    from app.controller import view_paging
    from app.controller.browse import Browser, TypeView
    from app.controller.clock import Clock
    from app.controller.counting import Count
    from app.controller.record_list import RecordList
    from app.domain.expression import Expression
    from app.domain.query import Direction
    from app.domain.records import Record, RecordId
    from app.screens.waits import Say, Waits


class ListArea(TabArea):
    """The list of the tab it was shown last."""

    table = query_one("#table", RecordTable)

    filled: reactive["TypeView | None"] = reactive(
        None, init=False, repaint=False, always_update=True
    )
    """The tab that has its first rows, or the error that kept them away; set each time.

    Watched, not told by message: so a tab that lacks nothing is drawn once, not in two frames.
    """

    @dataclass
    class Changed(Message):
        """What is said of the list may have changed: its rows, its names, what is asked, whether it is stale."""

        area: "ListArea"

        @property
        def control(self) -> "ListArea":
            """The area."""
            return self.area

    def __init__(self, waits: "Waits", clock: "Clock", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._waits = waits
        self._clock = clock
        self._doubted: Expression | None = None
        """What was known to be refused when it was to be asked last."""

    def compose(self) -> ComposeResult:
        """The table."""
        yield RecordTable(id="table")

    def on_mount(self) -> None:
        """Keep the place of the tab."""
        self.watch(self.table, "cursor_row", self.keep_place, init=False)
        self.watch(self.table, "cursor_column", self.keep_place, init=False)

    def keep_place(self) -> None:
        """The tab is where the cursor is."""
        if self._tab is not None and self._tab.row_count:
            self._tab.row, self._tab.column = self.table.cursor_row, self.table.cursor_column

    def show_tab(self, browser: "Browser", tab: "TypeView") -> None:
        """Show the rows of a tab, or why there are none, and work on it from now on."""
        super().show_tab(browser, tab)
        if tab.schema is not None and tab.row_count:
            self.table.show_rows(
                tab.columns,
                tab.asked.sort,
                tab.record,
                tab.row_count,
                (tab.row, tab.column),
                widths=tab.shown_layout.widths,
                pinned=tab.pinned_count,
                is_marked=lambda record: record.record_id in tab.marks,
            )
        else:
            self.table.show_rows((), (), tab.record, 0)
            self.table.show_words(*lines.empty_words(tab, browser.needs_scope(tab)))

    def put(self, record: "Record | None") -> bool:
        """Show a record as it now is; whether it stands among the rows."""
        tab = self._tab
        if record is None or tab is None or tab.records is None:
            return False
        wanted = record.record_id
        if tab.records.row_of(wanted) is None:
            return False
        tab.records.replace(lambda row: record if row.record_id == wanted else row)
        self._show_anew()
        return True

    def leave(self) -> None:
        """Read no more for the tab."""
        self.workers.cancel_group(self, "view")
        self.workers.cancel_group(self, "page")

    def running(self, *groups: str) -> Sequence[Worker[object]]:
        """Its own workers that are under way."""
        return [
            worker
            for worker in self.workers
            if worker.node is self and not worker.is_finished and worker.group in groups
        ]

    def _is_shown(self, tab: "TypeView") -> bool:
        return self._tab is tab

    def _changed(self) -> None:
        if self.is_attached:
            self.post_message(self.Changed(self))

    # First rows

    @work(exclusive=True, group="view")
    async def fill(
        self,
        browser: "Browser",
        tab: "TypeView",
        *,
        is_reread: bool = False,
        is_schema_fresh: bool = False,
        otherwise: "Expression | None" = None,
    ) -> None:
        """Fetch what a tab lacks, or all of it anew; `otherwise` as for `Browser.load_first`."""
        now = self._clock()
        try:
            with self._waits.waiting(f"reading {shown(tab.record_type)}"):
                if is_schema_fresh:
                    await browser.refetch_schema(tab)
                if is_reread and tab.schema is not None and not browser.needs_scope(tab):
                    await browser.load_first(tab, now, otherwise=otherwise)
                else:
                    await browser.open(tab, now)
        except BackendError as error:
            tab.error = error
        finally:
            self._changed()
        self.filled = tab

    def ask(self) -> bool:
        """Ask what the tab's expression says now; whether it was sent.

        What is known to be refused is asked only when it is asked for again.
        """
        browser, tab = self._browser, self._tab
        if browser is None or tab is None:
            return False
        faults = browser.faults(tab) if tab.schema is not None else ()
        if faults and self._doubted != tab.expression:
            self._doubted = tab.expression
            more = f" ({len(faults)} faults)" if len(faults) > 1 else ""
            self.say(f"Not sent: {fault_words(faults[0])}{more} r again sends it.", is_bad=True)
            return False
        if tab.is_edited:
            tab.row = 0
        self.fill(browser, tab, is_reread=True)
        self._changed()
        return True

    def action_refresh_schema(self) -> None:
        """Fetch the schema again, then the list."""
        if self._browser is not None and self._tab is not None:
            self.fill(self._browser, self._tab, is_reread=True, is_schema_fresh=True)

    # Further rows

    @on(RecordTable.RowsNeeded)
    def fetch_rows(self, event: RecordTable.RowsNeeded) -> None:
        """Read the next page when one comes near the end, and forgotten rows again."""
        event.stop()
        tab = self._tab
        if tab is None or tab.records is None or tab.matches is not None:
            return
        is_wanted = tab.error is None or tab.row == tab.row_count - 1  # after a failure on request
        if is_wanted and tab.records.needs_page(event.shown_end, event.end):
            if not self.running("page"):
                self.load_page(tab, tab.records)
        elif tab.records.is_missing(event.first, event.end) and not self.running("missing"):
            self.load_missing(tab, tab.records, event.first, event.end)

    @work(group="page")
    async def load_page(self, tab: "TypeView", records: "RecordList") -> None:
        """One page more; the table keeps its place."""
        from app.controller import view_paging

        loaded: view_paging.PageLoaded | None = None
        try:
            with self._waits.waiting("reading the next page"):
                loaded = await view_paging.load_next(tab, records)
        except BackendError as error:
            tab.error = error
            self.say_failed(error)
        if self._is_shown(tab) and tab.records is records:
            if not self.table.row_count:
                self._show_anew()
            elif not self._show_read_again(tab, loaded):
                self.table.rows_changed(tab.row_count)
            self._changed()
            self.name_references()

    @work(group="missing")
    async def load_missing(
        self, tab: "TypeView", records: "RecordList", first: int, end: int
    ) -> None:
        """Read forgotten rows again."""
        from app.controller import view_paging

        try:
            loaded = await view_paging.load_missing(tab, records, first, end)
        except BackendError as error:
            tab.error = error
            self.say_failed(error)
        else:
            if self._is_shown(tab):
                self._show_read_again(tab, loaded)
            self.table.ask_for_rows()  # one may have moved on meanwhile
        if self._is_shown(tab):
            self.table.rows_changed(tab.row_count)
            self._changed()
            self.name_references()

    def _show_anew(self) -> None:
        if self._browser is not None and self._tab is not None:
            self.show_tab(self._browser, self._tab)

    def _show_read_again(self, tab: "TypeView", loaded: "view_paging.PageLoaded | None") -> bool:
        """Say that the server's cursor had expired, and show the rows that came instead; whether it was so."""
        from app.controller.paging import READ_AGAIN

        if loaded is None or not loaded.was_read_again:
            if loaded is not None and loaded.has_changes:
                self.table.records_changed()
            return False
        tab.read_at = self._clock()
        self._show_anew()
        self.say(f"{READ_AGAIN}.")
        return True

    @work(exclusive=True, group="names")
    async def name_references(self) -> None:
        """Show references by name; costs nothing where the answer told the names already."""
        browser, tab = self._browser, self._tab
        if browser is None or tab is None:
            return
        if await browser.name_references(tab) and self._is_shown(tab):
            self.table.records_changed()
            self._changed()

    # Sort and quick filter

    def action_sort(self) -> None:
        """Sort by the focused column."""
        self._sort_by_column(self._tab.column if self._tab is not None else 0)

    def action_add_sort(self) -> None:
        """Add the focused column to the sort."""
        self._sort_by_column(self._tab.column if self._tab is not None else 0, is_added=True)

    @on(RecordTable.SortRequested)
    def sort_by_head(self, event: RecordTable.SortRequested) -> None:
        """A click on a head sorts by it."""
        event.stop()
        self._sort_by_column(event.column)

    def _sort_by_column(self, column: int, *, is_added: bool = False) -> None:
        browser, tab = self._browser, self._tab
        attribute = tab.attribute(column) if tab is not None else None
        if browser is not None and tab is not None and attribute is not None:
            self._read_sorted(browser, tab, browser.sort_by(tab, attribute, is_added=is_added))

    def sort_by_name(self, name: str, direction: "Direction") -> None:
        """Sort by an attribute that need not be a column."""
        browser, tab = self._browser, self._tab
        if browser is None or tab is None or tab.schema is None:
            return
        attribute = tab.schema.attribute_by_name.get(name)
        if attribute is None:
            self.say(f"{tab.record_type} has no attribute {name}", is_bad=True)
            return
        self._read_sorted(browser, tab, browser.sort_by_one(tab, attribute, direction))

    def _read_sorted(self, browser: "Browser", tab: "TypeView", refusal: Capability | None) -> None:
        """Read a list in its new order, or say why there is none."""
        if refusal is not None:
            self.refuse("sort", refusal)
            return
        tab.row = 0
        otherwise = replace(tab.expression, sort=tab.asked.sort)
        self.fill(browser, tab, is_reread=True, otherwise=otherwise)
        self._changed()

    def filter_rows(self, text: str) -> None:
        """Show only the loaded rows that pass; no text shows all again."""
        if self._browser is not None and self._tab is not None:
            self._browser.filter_rows(self._tab, text)
            self._show_anew()
            self._changed()

    # Marks

    @on(RecordTable.MarkRequested)
    def mark_row(self, event: RecordTable.MarkRequested) -> None:
        """Mark a row, or take its mark away."""
        event.stop()
        record = self._tab.record(event.row) if self._tab is not None else None
        if self._tab is not None and record is not None:
            self._tab.marks.toggle(record.record_id)
            self._show_marks(range(event.row, event.row + 1))

    @on(RecordTable.MarkRangeRequested)
    def mark_rows(self, event: RecordTable.MarkRangeRequested) -> None:
        """Mark the rows between the one that was marked last and this one; without one, this one alone."""
        event.stop()
        tab = self._tab
        if tab is None:
            return
        rows = range(tab.row_count)
        shown_rows = ((row, tab.record(row)) for row in rows)
        last = (row for row, record in shown_rows if record and record.record_id == tab.marks.last)
        start = next(last, event.row)
        between = range(min(start, event.row), max(start, event.row) + 1)
        tab.marks.mark(self._known(tab, between if start <= event.row else between[::-1]))
        self._show_marks(between)

    @on(RecordTable.MarkAllRequested)
    def mark_all(self, event: RecordTable.MarkAllRequested) -> None:
        """Mark all loaded rows that are shown, or take their marks away."""
        event.stop()
        if self._tab is not None:
            rows = range(self._tab.row_count)
            self._tab.marks.mark_all_or_none(self._known(self._tab, rows))
            self._show_marks(rows)

    def _known(self, tab: "TypeView", rows: range) -> list["RecordId"]:
        """The ids of rows that are in memory; that others are not is said."""
        ids = [record.record_id for row in rows if (record := tab.record(row)) is not None]
        if len(ids) < len(rows):
            self.say(
                f"{len(rows) - len(ids):,} rows are not in memory any more and stay as they are."
            )
        return ids

    def _show_marks(self, rows: range) -> None:
        self.table.marks_changed(rows)
        self._changed()

    # Count and export

    def action_count(self) -> None:
        """Say what counting would cost; asked again, count."""
        browser, tab = self._browser, self._tab
        if browser is None or tab is None or tab.records is None or not tab.records.is_started:
            return
        offer = tab.counting.offer(tab.records)
        if offer:
            self.say(offer)
        else:
            self.count_rows(browser, tab, tab.records)

    @work(exclusive=True, group="count")
    async def count_rows(self, browser: "Browser", tab: "TypeView", records: "RecordList") -> None:
        """Count the rows of a tab's query; ended early, what was counted stays known."""
        count = tab.counting.start(records.query)
        words = ""
        try:
            with self._waits.waiting("counting") as say:
                await count.run(browser.backend, self._clock, lambda so_far: _tell(say, so_far))
        except BackendError as error:
            words = f"{error.reason} "
        except asyncio.CancelledError:
            words = "Stopped: "
            raise
        finally:
            if self.is_attached:
                further = "" if count.is_complete else "; R goes on"
                self.say(f"{words}{count.words or 'nothing counted'}{further}")
                self._changed()

    async def action_export(self) -> None:
        """Choose what to write to a file."""
        from app.screens.export import ExportScreen

        browser, tab = self._browser, self._tab
        if browser is None or tab is None or tab.schema is None or tab.records is None:
            return
        screen = ExportScreen(
            browser.session,
            tab,
            tab.schema,
            tab.records,
            on_screen=self.table.rows_on_screen,
            total=tab.counting.total(tab.records),
            clock=self._clock,
        )
        await self.app.push_screen(screen, self.tell_exported)

    def tell_exported(self, told: str | None) -> None:
        """Say what was written, if anything was."""
        if told:
            self.say(told)

    async def action_import_file(self) -> None:
        """Choose a file whose rows become records; not where no record can be made."""
        from app.screens.importing import ImportScreen

        ready = self.ready
        if ready is None:
            return
        browser, tab, schema = ready
        session = browser.session
        may_create = may(
            session.backend.resources,
            tab.record_type,
            Action.CREATE,
            is_read_only=session.is_read_only,
            is_junction=schema.is_junction,
        )
        if not may_create.is_open:
            self.refuse("import", may_create)
            return
        await self.app.push_screen(ImportScreen(session, schema, self._clock), self.read_imported)

    async def action_bulk(self) -> None:
        """Choose what is to become of the marked records."""
        from app.screens.plan import PlanScreen

        ready = self.ready
        if ready is None:
            return
        browser, tab, schema = ready
        if not tab.marks:
            self.say("Nothing is marked: Space marks a record, v a range, * all that are loaded.")
            return
        screen = PlanScreen(browser.session, schema, tuple(tab.marks), clock=self._clock)
        await self.app.push_screen(screen, self.read_changed)

    def read_changed(self, told: str | None) -> None:
        """Say what was done, and read the list again."""
        if told:
            self.ask()
            self.say(told)

    def read_imported(self, told: str | None) -> None:
        """Say what was imported, and read the list again."""
        if told:
            self.ask()
            self.say(told)


def _tell(say: "Say", count: "Count") -> None:
    from app.controller.counting import requests_in_words

    say(f"counting: {count.rows:,} rows, {requests_in_words(count.requests)}")
