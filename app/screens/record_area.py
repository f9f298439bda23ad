"""The record beside or over the table: opened, previewed, read again."""

from typing import TYPE_CHECKING, Final

from textual import work
from textual.app import ComposeResult
from textual.getters import query_one
from textual.reactive import reactive
from textual.timer import Timer

from app.domain.capabilities import Action
from app.domain.errors import BackendError
from app.screens.tab_area import TabArea
from widgets.record_view import RecordView

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView
    from app.domain.fields import Field
    from app.domain.records import Record
    from app.screens.waits import Waits

PREVIEW_DELAY_S: Final = 0.15
"""The record beside the table follows the cursor once it rests, so that a held key costs no bytes there."""


class RecordArea(TabArea):
    """One record of the tab it was shown last."""

    view = query_one("#record", RecordView)

    record: reactive["Record | None"] = reactive(None, init=False, repaint=False)
    """The open record; a preview opens none."""

    def __init__(self, waits: "Waits", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._waits = waits
        self._preview_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """The record's attributes."""
        yield RecordView(id="record")

    def show_tab(self, browser: "Browser", tab: "TypeView") -> None:
        """Work on a tab from now on; a preview of rows that are gone does not stay."""
        super().show_tab(browser, tab)
        if self.record is None and (tab.schema is None or not tab.row_count):
            self.view.show_fields(())

    @property
    def current_record(self) -> "Record | None":
        """The open record, or the one under the table's cursor."""
        if self.record is not None:
            return self.record
        return self._tab.record(self._tab.row) if self._tab is not None else None

    @property
    def current_field(self) -> "Field | None":
        """The field under the cursor of whatever has the focus."""
        if self.record is not None and self.view.has_focus:
            return self.view.field
        if self._tab is None or self._browser is None:
            return None
        return self._browser.current_field(self._tab)

    # Preview

    def preview(self) -> None:
        """The record under the cursor, as the list has it; no request."""
        record = self.current_record
        if record is not None:
            self._show(record, cursor=self.view.cursor)

    def preview_soon(self) -> None:
        """Preview once the cursor rests."""
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(PREVIEW_DELAY_S, self.preview)

    def _show(self, record: "Record", *, cursor: int = 0) -> None:
        if self._browser is not None and self._tab is not None and self._tab.schema is not None:
            self.view.show_fields(self._browser.fields(self._tab, record), cursor=cursor)

    # The open record

    def open(self) -> None:
        """Open the record under the cursor: first as the list has it, then as it is now."""
        browser, tab, record = self._browser, self._tab, self.current_record
        if browser is None or tab is None:
            return
        if record is None and tab.row_count:
            self.say("This row is still being read.")
        if record is None or tab.schema is None:
            return
        self._show(record)
        self.record = record
        self.view.focus()
        can_read = browser.backend.resources.capability(tab.record_type, Action.READ)
        if can_read.is_open:
            self.read_again()
        else:
            self.say(f"Shown as the list had it. {can_read.reason}")

    @work(exclusive=True, group="record")
    async def read_again(self) -> None:
        """Read the open record as it is now."""
        browser, tab, record = self._browser, self._tab, self.record
        if browser is None or tab is None or record is None:
            return
        try:
            with self._waits.waiting("reading the record"):
                fresh = await browser.read(record.record_id)
                if tab.schema is not None:
                    fresh = await browser.name_all(fresh, tab.schema)
        except BackendError as error:
            self.say(f"Not read again: {error.reason} Shown as the list had it.", is_bad=True)
            return
        if self.record is record:
            self._show(fresh, cursor=self.view.cursor)
            self.record = fresh

    def close(self) -> None:
        """Back to the table; whoever watches `record` gives the focus on."""
        self.workers.cancel_group(self, "record")
        self.record = None

    def leave(self) -> None:
        """Show nothing of the tab any more."""
        self.close()
        self.view.show_fields(())
