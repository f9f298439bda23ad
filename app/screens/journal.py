"""The journal on screen: what was sent from here, and how each of it ended."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input

from app.domain.journal import (
    AlreadySettled,
    Intent,
    IntentEvent,
    IntentState,
    JournalFailed,
    NotInJournal,
)
from app.domain.json_text import dump_json
from app.domain.safe_text import Shown, shown
from app.screens.landing_words import verdict_words
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part, fit, paragraph
from widgets.lines_view import Item, LineParts, LinesView

if TYPE_CHECKING:
    from app.controller.journaling import Journaling
    from app.controller.landing import Landing
    from widgets.looks import Look

SHOWN: Final = 500
"""The latest requests that are listed."""

_LOOKS: Final[dict[IntentState, "Look"]] = {
    IntentState.SENDING: "accent",
    IntentState.SAVED: "good",
    IntentState.REFUSED: "bad",
    IntentState.CONFLICT: "bad",
    IntentState.UNKNOWN: "bad",
    IntentState.DISCARDED: "muted",
}


class JournalScreen(ModalScreen[None]):
    """Newest first. `/` searches, Enter looks what became of an unknown one, `d` gives an unknown one up after asking."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close"),
        Binding("slash", "search", "search"),
        Binding("d", "give_up", "give up"),
        Binding("y", "confirm", "yes"),
        Binding("r", "refresh", "read again"),
        *bindings_of("quit"),
    ]

    search = query_one("#journal-search", Input)
    list = query_one("#journal-list", LinesView)
    details = query_one("#journal-details", LinesView)
    footer = query_one("#journal-footer", Line)

    def __init__(self, journaling: "Journaling", landing: "Landing", zone: tzinfo) -> None:
        super().__init__()
        self._journaling = journaling
        self._landing = landing
        self._zone = zone
        self._intents: tuple[Intent, ...] = ()
        self._rows: tuple[Intent, ...] = ()
        self._doomed: Intent | None = None
        """The one that `y` gives up."""

    def compose(self) -> ComposeResult:
        """The search above, the requests, the chosen one whole below."""
        yield Line(id="journal-title")
        entry = Input(placeholder="type to search", compact=True, id="journal-search")
        entry.cursor_blink = False
        yield entry
        yield LinesView(has_cursor=True, id="journal-list")
        yield LinesView(id="journal-details")
        yield Line(id="journal-footer")

    def on_mount(self) -> None:
        """Show what there is."""
        self.list.focus()
        self.load()

    @work(exclusive=True, group="journal")
    async def load(self, said: str = "") -> None:
        """Read the journal anew."""
        try:
            self._intents = await self._journaling.recent(SHOWN)
        except JournalFailed as error:
            self.tell(str(error), is_bad=True)
            return
        self.show_rows(self.list.cursor)
        if said:
            self.tell(said)

    def show_rows(self, cursor: int = 0) -> None:
        """What holds every word typed."""
        words = self.search.value.casefold().split()
        self._rows = tuple(row for row in self._intents if _holds(row, words))
        nothing: Item = ((Part(Shown("nothing was sent from here yet"), "muted"),),)
        items = [self._item(row) for row in self._rows] or [nothing]
        self.list.show_items(items, cursor=cursor)
        unknown = sum(row.state is IntentState.UNKNOWN for row in self._intents)
        words_left = f", {unknown} unknown" if unknown else ""
        title = f" Journal: {len(self._rows)} of the last {len(self._intents)}{words_left}"
        self.query_one("#journal-title", Line).parts = (Part(Shown(title), "strong"),)
        self.show_keys()

    def _item(self, row: Intent) -> Item:
        at = "" if row.sent_at is None else f"{row.sent_at.astimezone(self._zone):%m-%d %H:%M:%S}"
        return (
            (
                Part(fit(Shown(at), 16), "muted"),
                Part(fit(Shown(row.state.value), 10), _LOOKS[row.state]),
                Part(fit(Shown(row.kind.value.replace("_", " ")), 12)),
                Part(fit(shown(row.record_type), 14)),
                Part(shown(row.title or row.record_id or "(new)", limit=60), "strong"),
                Part(Shown("  undo" if row.undo_of is not None else ""), "muted"),
            ),
        )

    @property
    def chosen(self) -> Intent | None:
        """The request under the cursor."""
        return self._rows[self.list.cursor] if self.list.cursor < len(self._rows) else None

    @on(LinesView.ItemMoved, "#journal-list")
    def follow_cursor(self) -> None:
        """All of the chosen one."""
        self._doomed = None
        self.show_details()

    @work(exclusive=True, group="details")
    async def show_details(self) -> None:
        """The request byte for byte, before and after, and each step."""
        row, width = self.chosen, max(20, self.app.size.width - 2)
        if row is None:
            self.details.show_items([])
            return
        try:
            events = await self._journaling.events(row.id)
        except JournalFailed as error:
            self.tell(str(error), is_bad=True)
            return
        self.details.show_items([_details(row, events, width, self._zone)])

    def show_keys(self) -> None:
        """What can be pressed now."""
        self.footer.parts = (
            Part(Shown(" Enter"), "key"),
            Part(Shown(" looks what became of an unknown one   ")),
            Part(Shown("d"), "key"),
            Part(Shown(" gives it up   ")),
            Part(Shown("/"), "key"),
            Part(Shown(" searches   ")),
            Part(Shown("Esc"), "key"),
            Part(Shown(" closes")),
        )

    def tell(self, words: str, *, is_bad: bool = False) -> None:
        """Say something in the last line."""
        self.footer.parts = (Part(Shown(f" {shown(words)}"), "bad" if is_bad else ""),)

    # Keys

    def action_search(self) -> None:
        """Type to search."""
        self.search.focus()

    @on(Input.Changed, "#journal-search")
    def narrow(self, event: Input.Changed) -> None:
        """Keep those that hold every word."""
        event.stop()
        self.show_rows()

    @on(Input.Submitted, "#journal-search")
    def leave_search(self, event: Input.Submitted) -> None:
        """Back to the list."""
        event.stop()
        self.list.focus()

    @on(LinesView.ItemChosen, "#journal-list")
    def look(self, event: LinesView.ItemChosen) -> None:
        """Look what became of it."""
        event.stop()
        row = self.chosen
        if row is not None and row.state is not IntentState.UNKNOWN:
            self.tell(f"It is {row.state.value}: there is nothing to find out.")
        elif row is not None:
            self.find_out(row)

    @work(exclusive=True, group="landing")
    async def find_out(self, row: Intent) -> None:
        """Read, and send nothing."""
        self.tell("looking ...")
        try:
            verdict = await self._landing.find_out(row)
        except JournalFailed as error:
            self.tell(str(error), is_bad=True)
            return
        word, evidence = verdict_words(verdict)
        self.load(f"{word}: {evidence}")

    def action_give_up(self) -> None:
        """Ask whether an unknown one is to rest."""
        row = self.chosen
        if row is None or row.state is not IntentState.UNKNOWN:
            self.tell("Only what is unknown can be given up.")
            return
        self._doomed = row
        self.tell("Give it up? It is not looked for any more. y gives it up, any move keeps it.")

    def action_confirm(self) -> None:
        """Yes."""
        if self._doomed is not None:
            self.give_up(self._doomed)
            self._doomed = None

    @work(exclusive=True, group="landing")
    async def give_up(self, row: Intent) -> None:
        """Let it rest."""
        try:
            await self._landing.give_up(row)
        except (JournalFailed, AlreadySettled, NotInJournal) as error:
            self.load(str(error))
            return
        self.load("It was given up.")

    def action_refresh(self) -> None:
        """Read the journal again."""
        self.load()

    def action_leave(self) -> None:
        """Back from the search, else close."""
        if self.search.has_focus:
            self.search.value = ""
            self.list.focus()
        else:
            self.dismiss(None)

    def action_quit(self) -> None:
        """Close."""
        self.dismiss(None)


def _holds(row: Intent, words: Sequence[str]) -> bool:
    body = "" if row.body is None else row.body.decode("utf-8", "replace")
    text = f"{row.state} {row.kind} {row.record_type} {row.title} {row.path} {row.note} {body}"
    return all(word in text.casefold() for word in words)


def _details(row: Intent, events: Sequence[IntentEvent], width: int, zone: tzinfo) -> Item:
    number = "" if row.number is None else f"   request {row.number}"
    lines: list[LineParts] = [
        *paragraph(shown(f"{row.method} {row.path}{number}"), width, "strong", indent=1)
    ]
    if row.body is not None:
        body = row.body.decode("utf-8", "replace")
        lines += paragraph(shown(body), width, "accent", indent=1)
    for word, values in (("before", row.before), ("after", row.after)):
        if values:
            lines += paragraph(shown(f"{word:<7} {dump_json(dict(values))}"), width, indent=1)
    for event in events:
        note = f"  {event.note}" if event.note else ""
        words = f"{event.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {event.state.value}{note}"
        lines += paragraph(shown(words), width, "muted", indent=1)
    return tuple(lines)
