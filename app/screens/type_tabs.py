"""The line of tabs: the record types met so far, and pinned queries; and the ways from one to another."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.message import Message

from app.controller.discovery import FoundType
from app.screens import browse_lines as lines
from widgets.tab_bar import TabBar

if TYPE_CHECKING:
    from app.controller.browse import Browser, Tab, TypeView


class TypeTabs(TabBar):
    """Junctions are among all record types only, unless one is open."""

    @dataclass
    class ViewChosen(Message):
        """Another tab is to be opened."""

        tabs: "TypeTabs"
        view: "TypeView"

        @property
        def control(self) -> "TypeTabs":
            """The line of tabs."""
            return self.tabs

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._browser: Browser | None = None
        self._tabs: tuple[Tab, ...] = ()
        self._shown: TypeView | None = None
        self._previous: TypeView | None = None

    def show(self, browser: "Browser", active: "TypeView") -> None:
        """Show everything that has a tab now."""
        if active is not self._shown:
            self._previous, self._shown = self._shown, active
        self._browser = browser
        self._tabs = browser.tabs(active)
        resources = browser.backend.resources
        labels = [
            lines.tab_label(number, tab, is_read_only=resources.rule(tab.name).is_read_only)
            if isinstance(tab, FoundType)
            else lines.pinned_label(number, tab)
            for number, tab in enumerate(self._tabs, 1)
        ]
        self.show_tabs(labels, self._active_index)

    @property
    def record_types(self) -> list[str]:
        """The record types that have a tab."""
        return [tab.name for tab in self._tabs if isinstance(tab, FoundType)]

    @property
    def _active_index(self) -> int:
        assert self._browser is not None
        views = (self._browser.tab_view(tab) for tab in self._tabs)
        return next((index for index, view in enumerate(views) if view is self._shown), 0)

    def _choose(self, index: int) -> None:
        if self._browser is not None and 0 <= index < len(self._tabs):
            view = self._browser.tab_view(self._tabs[index])
            self.post_message(self.ViewChosen(self, view))

    async def action_open_tab(self, number: int = 0) -> None:
        """The record type with a number; without one, all of them to choose from."""
        if number:
            self._choose(number - 1)
        else:
            await self.action_record_types()

    def action_next_tab(self) -> None:
        """The record type to the right, round the end."""
        if self._tabs:
            self._choose((self._active_index + 1) % len(self._tabs))

    def action_previous_tab(self) -> None:
        """The record type to the left, round the end."""
        if self._tabs:
            self._choose((self._active_index - 1) % len(self._tabs))

    def action_previous_view(self) -> None:
        """The record type one came from."""
        if self._previous is not None:
            self.post_message(self.ViewChosen(self, self._previous))

    async def action_record_types(self) -> None:
        """All record types, how each was found, and those that are found by asking for every schema."""
        if self._browser is not None:
            from app.screens.record_types import RecordTypesScreen

            await self.app.push_screen(RecordTypesScreen(self._browser), self._leave_record_types)

    def _leave_record_types(self, chosen: str | None) -> None:
        """Open the chosen type; the walk may have found others for the tabs."""
        if self._browser is None or self._shown is None:
            return
        self.show(self._browser, self._shown)
        if chosen:
            self.post_message(self.ViewChosen(self, self._browser.view(chosen)))

    @on(TabBar.Chosen)
    def open_chosen_tab(self, event: TabBar.Chosen) -> None:
        """A click on a tab opens it."""
        event.stop()
        self._choose(event.index)

    @on(TabBar.OthersRequested)
    async def show_all_types(self, event: TabBar.OthersRequested) -> None:
        """A click on an arrow shows all record types."""
        event.stop()
        await self.action_record_types()
