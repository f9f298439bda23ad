"""The lines around the areas of the deck, and what each of them says."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from app.domain.safe_text import Shown, shown
from app.screens import browse_lines as lines
from widgets.line import Line

if TYPE_CHECKING:
    from app.controller.browse import Browser, TypeView
    from app.domain.fields import Field
    from app.domain.records import Record
    from app.domain.requests import Exchange


class DeckLines:
    """Makes the lines; whoever composes the screen puts each in its place."""

    def __init__(self, width: Callable[[], int]) -> None:
        """`width` tells the cells there are now."""
        self._width = width
        self.header = Line(id="header")
        self.page = Line(id="page")
        self.capability = Line(id="capability")
        self.status = Line(id="status")
        self.hints = Line(id="hints")
        self.is_editing = False
        """Whether a form or a review is in front."""
        self._draft: tuple[Shown, bool] | None = None
        """What is told of drafts, and whether it is bad."""

    def show_place(
        self, browser: "Browser | None", view: "TypeView | None", record: "Record | None"
    ) -> None:
        """Where one is, and the keys that matter there."""
        crumb = shown(record.title, limit=32) if record is not None else None
        if self.is_editing:
            crumb = Shown("edit")  # whose it is stands above the form
        session = browser.session if browser is not None else None
        self.header.parts = (*lines.header(session, view, crumb), *lines.draft_parts(self._draft))
        self.hints.parts = lines.hints(
            is_record_open=record is not None, is_editing=self.is_editing
        )

    def show_draft(self, browser: "Browser | None", at: datetime | None, trouble: str) -> None:
        """When the draft was last on the disk, or that it is not; nothing where there is none."""
        self._draft = None
        if trouble or browser is None:
            self._draft = (shown(f"drafts are not saved: {trouble}", limit=40), True)
        elif at is not None:
            zone = browser.session.time_zone
            self._draft = (Shown(f"draft {at.astimezone(zone):%H:%M:%S}"), False)

    def show_page(self, browser: "Browser | None", view: "TypeView | None", busy: str) -> None:
        """Where in the list one is, and what is waited for."""
        found = None
        if browser is not None and view is not None:
            found = browser.discovery.get(view.record_type)
        self.page.parts = lines.page_line(view, found, busy=busy, width=self._width())

    def show_field(self, row: int | None, field: "Field | None") -> None:
        """The focused cell; `row` is `None` in an open record."""
        self.capability.parts = lines.capability_line(row, field, self._width())

    def show_exchange(self, exchange: "Exchange", sent: int) -> None:
        """The last request, as it ends; one that was cancelled has been told of in other words."""
        if not exchange.is_cancelled:
            self.status.parts = lines.exchange_line(exchange, sent)

    def tell(self, text: Shown, *, is_bad: bool = False) -> None:
        """Say something to the person; it stays until something else is said."""
        self.status.parts = lines.message_line(text, is_bad=is_bad)
