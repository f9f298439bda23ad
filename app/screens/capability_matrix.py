"""What can be done with which record type, and on what evidence: the resource matrix as this session knows it."""

from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one
from textual.screen import ModalScreen

from app.domain.capabilities import Action, Answer, Capability, Source, may
from app.domain.safe_text import Shown, shown
from app.screens.explanations import why_capabilities
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part, fit
from widgets.lines_view import Item, LinesView

if TYPE_CHECKING:
    from app.controller.browse import Browser
    from app.controller.discovery import FoundType
    from widgets.looks import Look

NAME_WIDTH: Final = 17

COLUMNS: Final = {
    Action.CREATE: "create",
    Action.READ: "read",
    Action.QUERY: "query",
    Action.PATCH: "patch",
    Action.ARCHIVE: "arch.",
    Action.ASSERT: "assert",
    Action.RELATIONSHIP_READ: "links",
    Action.RELATIONSHIP_WRITE: "link",
    Action.EDGE_PATCH: "edge",
    Action.ATTRIBUTE_ITEMS: "items",
}
"""Heads so short that all actions fit on 80 columns; a column is a cell wider than its head."""

SOURCES: Final = {
    Source.DOCUMENTED: "",
    Source.DECLARED: "+",
    Source.LEARNED: "*",
    Source.POLICY: "!",
    Source.ASSUMED: "?",
}
"""What stands behind an answer for its source."""

WORDS: Final = {Answer.YES: "yes", Answer.NO: "no", Answer.UNKNOWN: "-"}
LOOKS: Final[dict[Answer, "Look"]] = {Answer.YES: "good", Answer.NO: "muted", Answer.UNKNOWN: ""}


class CapabilityMatrixScreen(ModalScreen[str]):
    """Record types against actions; below, the reasons for the record type under the cursor. The answer is empty text."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("back", "quit")

    matrix = query_one("#matrix", LinesView)
    reasons = query_one("#matrix-reasons", LinesView)

    def __init__(self, browser: "Browser") -> None:
        super().__init__()
        self._browser = browser
        self._found = browser.discovery.found

    def compose(self) -> ComposeResult:
        """The matrix above, the reasons below."""
        yield Line(id="matrix-title")
        yield Line(id="matrix-heads")
        yield LinesView(has_cursor=True, id="matrix")
        yield LinesView(id="matrix-reasons")
        yield Line(id="matrix-footer")

    def on_mount(self) -> None:
        """Fill everything; nothing is asked of the server."""
        source = self._browser.backend.resources.source
        self.query_one("#matrix-title", Line).parts = (
            Part(Shown(" What can be done"), "strong"),
            Part(shown(f"   {source}, this session's settings, and what was refused"), "muted"),
        )
        heads = "".join(f"{head} " for head in COLUMNS.values())
        self.query_one("#matrix-heads", Line).parts = (
            Part(Shown(" " * (NAME_WIDTH + 4))),
            Part(Shown(heads), "strong"),
        )
        self.query_one("#matrix-footer", Line).parts = (
            Part(Shown(" no mark: documented   * learned   ! our setting   ? assumed   "), "muted"),
            Part(Shown("Tab"), "key"),
            Part(Shown(" reasons ")),
            Part(Shown("Esc"), "key"),
            Part(Shown(" closes")),
        )
        self.matrix.show_items([self._item(found) for found in self._found])
        self.matrix.focus()

    def _capability(self, found: "FoundType", action: Action) -> Capability:
        return may(
            self._browser.backend.resources,
            found.name,
            action,
            is_read_only=self._browser.session.is_read_only,
            is_junction=found.is_junction,
        )

    def _item(self, found: "FoundType") -> Item:
        parts = [Part(fit(shown(found.name), NAME_WIDTH), "strong"), Part(Shown(" "))]
        for action, head in COLUMNS.items():
            capability = self._capability(found, action)
            cell = Shown(WORDS[capability.answer] + SOURCES[capability.source])
            parts.append(Part(fit(cell, len(head) + 1), LOOKS[capability.answer]))
        return (tuple(parts),)

    @on(LinesView.ItemMoved, "#matrix")
    def show_reasons(self, event: LinesView.ItemMoved) -> None:
        """Why, action by action, for the record type under the cursor."""
        found = self._found[event.index]
        answers = {action: self._capability(found, action) for action in COLUMNS}
        self.reasons.show_items(why_capabilities(shown(found.label), answers, self.app.size.width))

    def action_back(self) -> None:
        """Close."""
        self.dismiss("")

    def action_quit(self) -> None:
        """The same."""
        self.dismiss("")
