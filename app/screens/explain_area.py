"""What explains the thing in front: why, the request, the log, a whole value; and what `y` and `Y` copy of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from textual.app import ComposeResult
from textual.getters import query_one
from textual.message import Message

from app.domain.errors import BackendError
from app.domain.safe_text import shown_lines
from app.screens.explain_panel import ExplainPanel
from app.screens.explanations import value_text
from app.screens.tab_area import TabArea

if TYPE_CHECKING:
    from app.domain.capabilities import Capability
    from app.domain.fields import Field
    from app.domain.records import Record


class InFront(Protocol):
    """What one looks at."""

    @property
    def record(self) -> "Record | None":
        """The open record."""

    @property
    def current_record(self) -> "Record | None":
        """The open record, or the one under the cursor."""

    @property
    def current_field(self) -> "Field | None":
        """The field under the cursor."""


class ExplainArea(TabArea):
    """Works on what is in front of it in the tab it was shown last."""

    panel = query_one("#panel", ExplainPanel)

    @dataclass
    class Left(Message):
        """The focus is free."""

        area: "ExplainArea"

        @property
        def control(self) -> "ExplainArea":
            """The area."""
            return self.area

    def __init__(self, in_front: InFront, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._in_front = in_front
        self.refusal: tuple[str, Capability] | None = None
        """What was refused last, until `w` told of it."""

    def compose(self) -> ComposeResult:
        """The pane, hidden until something is asked for."""
        yield ExplainPanel(id="panel")

    def _settle(self, *, is_open: bool) -> None:
        """Asked for the same thing twice the panel has closed."""
        if not is_open:
            self.post_message(self.Left(self))

    # Why

    def action_why(self) -> None:
        """What may be done to the focused attribute and its record type, and on what evidence."""
        browser, tab = self._browser, self._tab
        if browser is None or tab is None:
            return
        if tab.schema is None and tab.error is None:
            self.say("The schema is still being read: nothing is known yet.")
            return
        refusal, self.refusal = self.refusal, None
        field = self._in_front.current_field
        self._settle(is_open=self.panel.why(browser.session, tab, field, refusal))

    def why_attribute(self, name: str) -> None:
        """The same for an attribute by name."""
        browser, tab = self._browser, self._tab
        if browser is None or tab is None or tab.schema is None:
            return
        attribute = tab.schema.attribute_by_name.get(name)
        if attribute is None:
            self.say(f"{tab.record_type} has no attribute {name}", is_bad=True)
        else:
            self._settle(is_open=self.panel.why_attribute(browser.session, tab.schema, attribute))

    async def action_capabilities(self) -> None:
        """What can be done with every record type."""
        if self._browser is not None:
            from app.screens.capability_matrix import CapabilityMatrixScreen

            await self.app.push_screen(CapabilityMatrixScreen(self._browser))

    # Requests

    def action_request(self) -> None:
        """The request that fills this tab, or the one that reads the open record."""
        if self.panel.kind == "request":
            self.panel.close()
            self._settle(is_open=False)
        else:
            self._show_request()
            self.panel.view.focus()

    def follow_query(self) -> None:
        """The request on screen is the one that would be sent now."""
        if self.panel.kind == "request":
            self._show_request()

    def _show_request(self) -> None:
        """Show the request without taking the focus from where the query is edited."""
        browser, tab, record = self._browser, self._tab, self._in_front.record
        if browser is None or tab is None:
            return
        try:
            request = browser.prepared(tab, record)
        except BackendError as error:
            self.say(error.reason, is_bad=True)
            return
        self.panel.request(request, browser.command_line(tab, record))

    def action_request_log(self) -> None:
        """Every request of this session."""
        if self._browser is not None:
            self._settle(is_open=self.panel.requests(self._browser.session))

    # Values

    def action_whole_value(self) -> None:
        """The whole value of the focused cell."""
        field = self._in_front.current_field
        if field is not None:
            self._settle(is_open=self.panel.whole_value(field))

    def action_copy_value(self) -> None:
        """Copy what is in front: the pane's text or the focused value."""
        field = self._in_front.current_field
        if self.panel.kind:
            self._copy(self.panel.text, f"the {self.panel.kind}")
        elif field is not None:
            text = value_text(field.attribute, field.value)
            self._copy(text, field.attribute.display_name)

    def action_copy_id(self) -> None:
        """Copy the record's id."""
        record = self._in_front.current_record
        if record is not None:
            self._copy(record.record_id.id, "the id")

    def _copy(self, text: str, what: str) -> None:
        """Hand text to the terminal's clipboard, without control characters, and say so."""
        safe = "\n".join(shown_lines(text))
        self.app.copy_to_clipboard(safe)
        self.say(f"Copied {what}: {len(safe):,} characters, through the terminal (OSC 52)")
