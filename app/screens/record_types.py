"""All record types of the workspace, how each was found, and what can be done with it."""

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one
from textual.screen import ModalScreen

from app.domain.capabilities import Action, may
from app.domain.safe_text import Shown, shown
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part, fit
from widgets.lines_view import Item, LinesView

if TYPE_CHECKING:
    from app.controller.browse import Browser
    from app.controller.discovery import FoundType


class RecordTypesScreen(ModalScreen[str]):
    """Walks the schemas, lists what is found; the answer is the chosen type's name, or empty text."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("back", "quit", "refresh")

    list = query_one("#record-types", LinesView)
    footer = query_one("#record-types-footer", Line)

    def __init__(self, browser: "Browser") -> None:
        super().__init__()
        self._browser = browser

    def compose(self) -> ComposeResult:
        """A title, the list, what is going on."""
        yield Line(id="record-types-title")
        yield LinesView(has_cursor=True, id="record-types")
        yield Line(id="record-types-footer")

    def on_mount(self) -> None:
        """Show what is known and ask for the rest."""
        title = Part(Shown(" All record types of this workspace"), "strong")
        self.query_one("#record-types-title", Line).parts = (title,)
        self.list.focus()
        self.show_found()
        self.walk()

    @work(exclusive=True, group="walk")
    async def walk(self) -> None:
        """Fetch the schemas that are missing; each names further types."""
        self.show_footer("walking the schemas (Ctrl+C stops)")
        await self._browser.discovery.walk(lambda _: self.show_found())
        self.show_found()
        failed = sum(1 for row in self._browser.discovery.found if row.error is not None)
        self.show_footer(
            f"{failed} not readable (r tries again)" if failed else "every schema was asked for"
        )

    def cancel_running(self) -> bool:
        """Stop the walk; whether there was one."""
        running = [
            worker for worker in self.workers if worker.node is self and not worker.is_finished
        ]
        for worker in running:
            worker.cancel()
        if running:
            self.show_footer("stopped (r goes on)")
        return bool(running)

    def show_found(self) -> None:
        """The list as far as it is known; the cursor keeps its place."""
        self.list.show_items(
            [self._item(found) for found in self._browser.discovery.found], cursor=self.list.cursor
        )

    def show_footer(self, state: str) -> None:
        """What is going on, and the keys."""
        count = len(self._browser.discovery.found)
        self.footer.parts = (
            Part(Shown(f" {count} record types, {state}   "), "muted"),
            Part(Shown("Enter"), "key"),
            Part(Shown(" opens   ")),
            Part(Shown("Esc"), "key"),
            Part(Shown(" closes")),
        )

    def _item(self, found: "FoundType") -> Item:
        resources = self._browser.backend.resources
        actions = [
            action.value
            for action in (Action.CREATE, Action.READ, Action.QUERY, Action.PATCH, Action.ARCHIVE)
            if may(
                resources, found.name, action, is_read_only=self._browser.session.is_read_only
            ).is_open
        ]
        how_width = max(16, min(34, self.app.size.width - 63))
        line = [
            Part(fit(shown(found.name), 18), "strong"),
            Part(Shown("  ")),
            Part(fit(Shown(_kind(found)), 9)),
            Part(fit(shown(found.how), how_width - 1), "muted"),
            Part(Shown(" ")),
        ]
        if found.error is not None:
            line.append(Part(shown(found.error.reason, limit=80), "bad"))
        else:
            line.append(Part(Shown(" ".join(actions))))
        return (tuple(line),)

    @on(LinesView.ItemChosen)
    def choose(self, event: LinesView.ItemChosen) -> None:
        """Open the chosen type."""
        self.dismiss(self._browser.discovery.found[event.index].name)

    def action_refresh(self) -> None:
        """Try the missing schemas again."""
        self.walk()

    def action_back(self) -> None:
        """Close; schemas that are under way are let go."""
        self.dismiss("")

    def action_quit(self) -> None:
        """The same."""
        self.dismiss("")


def _kind(found: "FoundType") -> str:
    if found.record_type is None:
        return "unread" if found.error is None else "failed"
    if found.record_type.is_junction:
        return "junction"
    return "custom" if found.record_type.is_custom else "standard"
