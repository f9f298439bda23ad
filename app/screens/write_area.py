"""The door to everything that writes: it loads the form and the journal when they are first asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from app.domain.records import Record
from app.screens.tab_area import TabArea

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView
    from app.screens.edit_area import EditArea

CurrentRecord = Callable[[], Record | None]
"""The open record, or the one under the cursor."""


class WriteArea(TabArea):
    """Beside the table, or over it; hidden until something is edited."""

    @dataclass
    class Opened(Message):
        """A form or a review came to the front."""

        area: TabArea

    @dataclass
    class Left(Message):
        """It was left; the focus is free."""

        area: TabArea

    @dataclass
    class DraftSaved(Message):
        """A draft is on the disk, or why it is not."""

        area: TabArea
        at: datetime | None
        trouble: str
        """Not yet sanitised."""

    @dataclass
    class Wrote(Message):
        """Something was sent: what is shown elsewhere may be another by now."""

        area: TabArea
        record: Record | None
        """As it now is, where that is known."""

    def __init__(self, current_record: CurrentRecord, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._current_record = current_record
        self.edit_area: EditArea | None = None
        """What edits; `None` until something is to be edited."""
        self._drafts_offered = False

    def show_tab(self, browser: "Browser", tab: "TypeView") -> None:
        """Work on a tab from now on; at the first one, look for drafts that were left."""
        super().show_tab(browser, tab)
        if not self._drafts_offered and tab.records is not None and tab.records.is_started:
            self._drafts_offered = True
            self.offer_drafts(browser)

    async def _opened(self, browser: "Browser") -> "EditArea":
        if self.edit_area is None:
            from app.screens.edit_area import EditArea

            self.edit_area = EditArea(browser, id="edit-area")
            await self.mount(self.edit_area)
        return self.edit_area

    @work(exclusive=True, group="drafts")
    async def offer_drafts(self, browser: "Browser") -> None:
        """Tell of drafts that were left, in a line."""
        from app.controller.drafts import draft_words

        words = await draft_words(browser.session)
        if words:
            self.say(words)

    @property
    def is_open(self) -> bool:
        """Whether something is edited or reviewed."""
        return self.edit_area is not None and self.edit_area.is_open

    async def action_edit(self) -> None:
        """Edit the record in front."""
        ready, record = self.ready, self._current_record()
        if ready is None:
            return
        if record is None:
            self.say("There is no record here to edit.")
            return
        browser, tab, _ = ready
        (await self._opened(browser)).edit(tab, record)

    async def action_new_record(self) -> None:
        """Make a record."""
        if (ready := self.ready) is not None:
            browser, tab, _ = ready
            (await self._opened(browser)).create(tab)

    async def action_archive(self) -> None:
        """Archive the record in front, after a review."""
        ready, record = self.ready, self._current_record()
        if ready is None:
            return
        if record is None:
            self.say("There is no record here to archive.")
            return
        browser, tab, _ = ready
        (await self._opened(browser)).archive(tab, record)

    async def action_undo(self) -> None:
        """Take the last confirmed write back, after a review."""
        if self._browser is not None:
            (await self._opened(self._browser)).undo()

    async def action_resume_draft(self) -> None:
        """Go on with the draft that was saved last."""
        if self._browser is not None and self._tab is not None:
            (await self._opened(self._browser)).resume_newest(self._tab)

    def action_apply(self) -> None:
        """Send what the review on screen shows."""
        if self.edit_area is not None and self.edit_area.is_open:
            self.edit_area.action_apply()
        else:
            self.say("There is nothing to send: no review is on screen.")

    async def action_journal(self) -> None:
        """What was sent."""
        if self._browser is not None:
            await (await self._opened(self._browser)).show_journal()
