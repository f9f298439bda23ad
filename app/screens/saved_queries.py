"""What was asked before: saved queries, history, and files that could not be read, searched by typing."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, ClassVar, Final, assert_never

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input

from app.domain.remembered import (
    BrokenFile,
    HistoryEntry,
    NotRemembered,
    SavedListing,
    SavedQuery,
)
from app.domain.safe_text import Shown, shown
from app.screens.changes_since import ChangesSinceScreen
from widgets.entry import Entry
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part, fit, paragraph
from widgets.lines_view import Item, LineParts, LinesView
from widgets.notice import Notice

if TYPE_CHECKING:
    from app.controller.remembering import Kept, Prepare, Remembered, Remembering


@dataclass(frozen=True, slots=True)
class OpenSaved:
    """A saved query was chosen."""

    query: SavedQuery


@dataclass(frozen=True, slots=True)
class OpenText:
    """A question of the history was chosen."""

    record_type: str
    text: str


Choice = OpenSaved | OpenText
"""What the screen answers; `None` when nothing was chosen."""

SECTION_WIDTH: Final = 8
TYPE_WIDTH: Final = 13
COUNT_WIDTH: Final = 9
SIGNS_WIDTH: Final = 5
"""The cursor's sign and the pin."""

TEXT_LIMIT: Final = 2_000
"""Characters of a question that the list or the details lay out."""


class SavedQueriesScreen(ModalScreen[Choice | None]):
    """Type to search, Enter opens. Tab goes to the list, where single keys pin, compare, rename and delete."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close"),
        Binding("tab,shift+tab", "switch", "keys", priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
        Binding("p", "pin", "pin"),
        Binding("c", "changes", "changes"),
        Binding("e", "rename", "rename"),
        Binding("d", "delete", "delete"),
        Binding("y", "confirm", "yes"),
        Binding("slash", "search", "search"),
        *bindings_of("quit"),
    ]

    search = query_one("#saved-search", Input)
    title_line = query_one("#saved-title", Line)
    list = query_one("#saved-list", LinesView)
    details = query_one("#saved-details", LinesView)
    footer = query_one("#saved-footer", Line)
    name_entry = query_one("#saved-name", Entry)
    empty = query_one("#saved-empty", Notice)

    def __init__(self, remembering: "Remembering", prepare: "Prepare", zone: tzinfo) -> None:
        super().__init__()
        self._remembering = remembering
        self._prepare = prepare
        self._zone = zone
        self._remembered: Remembered | None = None
        self._rows: tuple[Kept, ...] = ()
        self._doomed: SavedQuery | None = None
        """The query that a second press deletes."""
        self._keys_for: Kept | None = None
        """What the last line tells the keys for."""
        self._renamed: SavedQuery | None = None
        """The query whose new name is being typed."""

    def compose(self) -> ComposeResult:
        """The search above, the list, what is chosen below."""
        yield Line(id="saved-title")
        entry = Input(placeholder="type to search, Enter opens", compact=True, id="saved-search")
        entry.cursor_blink = False
        yield entry
        yield LinesView(has_cursor=True, id="saved-list")
        yield Notice(id="saved-empty")
        yield LinesView(id="saved-details")
        yield (footer := Line(id="saved-footer"))
        yield Entry("folder/name", footer, id="saved-name")

    def on_mount(self) -> None:
        """Take what is typed; the files are read meanwhile."""
        self.show_counts("reading ...")
        self.search.focus()
        self.load()

    @work(exclusive=True, group="remembered")
    async def load(self, chosen: str | None = None, said: Shown | None = None) -> None:
        """Read everything anew; the cursor goes to the query of a path."""
        self._remembered = remembered = await self._remembering.everything()
        self.show_rows(chosen, cursor=self.list.cursor)
        if remembered.warning:
            self.tell(shown(remembered.warning), is_bad=True)
        elif said is not None:
            self.tell(said)

    # Showing

    def show_rows(self, chosen: str | None = None, *, cursor: int = 0) -> None:
        """What fits the typed letters; the cursor goes to the query of a path, else to an item."""
        if self._remembered is None:
            return
        self._rows = rows = self._remembered.found(self.search.value)
        paths = [row.path if isinstance(row, SavedQuery) else None for row in rows]
        if chosen is not None and chosen in paths:
            cursor = paths.index(chosen)
        items = [self._item(row, _section(row), index) for index, row in enumerate(rows)]
        self.list.show_items(items, cursor=cursor)
        self.set_class(not rows, "-empty")
        self.show_details()
        self.show_keys()
        remembered = self._remembered
        if not rows:
            self.empty.show_words(*self._empty_words(remembered))
        saved, broken = len(remembered.saved.queries), len(remembered.saved.broken)
        total = saved + len(remembered.history) + broken
        words = f"{len(rows):,} of {total:,} found" if self.search.value else f"{saved:,} saved"
        self.show_counts(f"{words}, {broken:,} unreadable" if broken else words)

    def _empty_words(self, remembered: "Remembered") -> tuple[Shown, ...]:
        if self.search.value and (remembered.saved != SavedListing() or remembered.history):
            return Shown("Nothing matches"), Shown("Esc closes; fewer letters find more.")
        return (
            Shown("Nothing was asked or saved yet"),
            Shown("Ask something with f, then save it with Ctrl+S: it is kept as a file"),
            Shown("and stands here, with every question that was asked."),
        )

    def _item(self, row: "Kept", section: Shown, index: int) -> Item:
        is_first = index == 0 or _section(self._rows[index - 1]) != section
        width = self.app.size.width - SIGNS_WIDTH - SECTION_WIDTH
        head = Part(fit(section if is_first else Shown(""), SECTION_WIDTH), "muted")
        return ((head, *_cells(row, width, self._zone)),)

    @on(LinesView.ItemMoved, "#saved-list")
    def show_details(self) -> None:
        """All of what is chosen; what was about to be deleted is safe again."""
        if self.chosen is not self._keys_for:
            self.show_keys()
        chosen = self.chosen
        width = self.app.size.width - 2
        lines = _details(chosen, width, self._zone) if chosen is not None else ()
        self.details.show_items([(line,) for line in lines])

    def show_keys(self) -> None:
        """What can be pressed now."""
        self._doomed, self._keys_for = None, self.chosen
        pairs = [("Enter", "opens"), ("Tab", "keys for it"), ("Esc", "closes")]
        if not self._rows:
            pairs = [("Esc", "closes")]
        elif self.focused is self.list:
            pairs = [("Enter", "opens"), ("/", "search"), ("Esc", "closes")]
            if isinstance(self.chosen, SavedQuery):
                pin = "unpin" if self.chosen.is_pinned else "pin"
                pairs[1:1] = [("p", pin), ("c", "changes"), ("e", "rename"), ("d", "delete")]
        parts = [Part(Shown(" "))]
        for key, words in pairs:
            parts += [Part(Shown(key), "key"), Part(Shown(f" {words}  "))]
        self.footer.parts = tuple(parts)

    def show_counts(self, words: str) -> None:
        """The title, and how much there is."""
        self.title_line.parts = (
            Part(Shown(" Saved queries and history"), "strong"),
            Part(Shown(f"   {words}"), "muted"),
        )

    def tell(self, words: Shown, *, is_bad: bool = False) -> None:
        """Say something in the place of the keys."""
        self.footer.parts = (Part(Shown(" ")), Part(words, "bad" if is_bad else ""))

    # Choosing

    @property
    def chosen(self) -> "Kept | None":
        """What the cursor is on."""
        return self._rows[self.list.cursor] if self._rows else None

    @on(Input.Changed, "#saved-search")
    def narrow(self) -> None:
        """Keep what fits."""
        self.show_rows()

    @on(Input.Submitted, "#saved-search")
    @on(LinesView.ItemChosen, "#saved-list")
    def open_chosen(self) -> None:
        """Close and answer with the chosen one."""
        match self.chosen:
            case SavedQuery() as query:
                self.dismiss(OpenSaved(query))
            case HistoryEntry() as entry:
                self.dismiss(OpenText(entry.record_type, entry.text))
            case BrokenFile():
                self.tell(
                    Shown("This file holds no query; mend or remove it in an editor."), is_bad=True
                )
            case None:
                pass

    @on(events.Click, "#saved-list")
    def follow_mouse(self) -> None:
        """The mouse chooses; a name that was being typed is left."""
        self.name_entry.close()
        self.list.focus()

    @on(events.DescendantFocus)
    def follow_focus(self) -> None:
        """Other keys count now."""
        if not self.name_entry.is_open:
            self.show_keys()

    @on(events.Resize)
    def lay_out_again(self) -> None:
        """Other widths."""
        chosen = self.chosen
        path = chosen.path if isinstance(chosen, SavedQuery) else None
        self.show_rows(path, cursor=self.list.cursor)

    def action_move(self, items: int) -> None:
        """Choose another one."""
        if not self.name_entry.is_open:
            self.list.cursor += items

    def action_switch(self) -> None:
        """From the search to the list and back."""
        if not self.name_entry.is_open:
            (self.search if self.focused is self.list else self.list).focus()

    def action_search(self) -> None:
        """Go on typing."""
        self.search.focus()

    def action_leave(self) -> None:
        """Leave the name that is typed, else close."""
        if self.name_entry.is_open:
            self.name_entry.close()
            self.list.focus()
        else:
            self.dismiss(None)

    def action_quit(self) -> None:
        """Close."""
        self.dismiss(None)

    # What the single keys do to the chosen query

    def action_pin(self) -> None:
        """Give it a tab of its own, or take it away."""
        self._doomed = None
        if isinstance(self.chosen, SavedQuery):
            self.pin(self.chosen)

    @work(group="change")
    async def pin(self, query: SavedQuery) -> None:
        """Write the pin."""
        try:
            await self._remembering.pin(query, is_pinned=not query.is_pinned)
        except NotRemembered as error:
            self.tell(shown(str(error)), is_bad=True)
            return
        words = "has no tab of its own any more" if query.is_pinned else "has a tab of its own now"
        self.load(query.path, shown(f"{query.path} {words}."))

    def action_changes(self) -> None:
        """Ask it again and compare."""
        self._doomed = None
        query = self.chosen
        if isinstance(query, SavedQuery):
            screen = ChangesSinceScreen(self._remembering, self._prepare, query, self._zone)
            self.app.push_screen(screen, lambda _: self.reload(query.path))

    def reload(self, path: str) -> None:
        """Read everything again; the comparison stands in the history now."""
        self.load(path)

    def action_rename(self) -> None:
        """Type another name."""
        self._doomed = None
        if isinstance(self.chosen, SavedQuery):
            self._renamed = self.chosen
            self.name_entry.open_with(self.chosen.path)

    @on(Entry.Submitted, "#saved-name")
    def take_name(self, event: Entry.Submitted) -> None:
        """Rename the query it was opened for."""
        self.name_entry.close()
        self.list.focus()
        if self._renamed is not None:
            self.rename(self._renamed, event.value)

    @work(group="change")
    async def rename(self, query: SavedQuery, path: str) -> None:
        """Move its file."""
        try:
            renamed = await self._remembering.rename(query, path)
        except NotRemembered as error:
            self.tell(shown(str(error)), is_bad=True)
            return
        self.load(renamed.path, shown(f"{query.path} is now {renamed.path}."))

    def action_delete(self) -> None:
        """Ask first; a second press deletes."""
        if self._doomed is not None:
            self.action_confirm()
        elif isinstance(self.chosen, SavedQuery):
            self._doomed = self.chosen
            path = shown(self.chosen.path, limit=40)
            self.tell(Shown(f"Delete {path}? y deletes it, any other move keeps it."), is_bad=True)

    def action_confirm(self) -> None:
        """Delete what was asked about."""
        doomed, self._doomed = self._doomed, None
        if doomed is not None:
            self.delete(doomed)

    @work(group="change")
    async def delete(self, query: SavedQuery) -> None:
        """Remove its file."""
        try:
            await self._remembering.delete(query)
        except NotRemembered as error:
            self.tell(shown(str(error)), is_bad=True)
            return
        self.load(None, shown(f"{query.path} is deleted; its question stays in the history."))


def _section(row: "Kept") -> Shown:
    match row:
        case SavedQuery():
            return Shown("saved")
        case HistoryEntry():
            return Shown("asked")
        case BrokenFile():
            return Shown("broken")
        case _:
            assert_never(row)


def _cells(row: "Kept", width: int, zone: tzinfo) -> LineParts:
    """One line of the list behind its section."""
    name_width = max(21, min(40, (width - TYPE_WIDTH) // 2))
    match row:
        case SavedQuery():
            return (
                Part(Shown("^ " if row.is_pinned else "  "), "accent"),
                Part(fit(shown(row.path), name_width), "strong"),
                Part(Shown(" ")),
                Part(fit(shown(row.record_type), TYPE_WIDTH - 1)),
                Part(Shown(" ")),
                Part(_question(row.text), "muted"),
            )
        case HistoryEntry():
            when = Shown(_moment(row.asked_at, zone))
            if name_width - COUNT_WIDTH <= len(when):
                when = Shown(when[5:])  # without the year
            return (
                Part(Shown("  ")),
                Part(fit(when, name_width - COUNT_WIDTH), "muted"),
                Part(fit(Shown(_count(row)), COUNT_WIDTH)),
                Part(Shown(" ")),
                Part(fit(shown(row.record_type), TYPE_WIDTH - 1)),
                Part(Shown(" ")),
                Part(_question(row.text)),
            )
        case BrokenFile():
            where = f":{row.line}" if row.line is not None else ""
            name = row.file.rpartition("/")[2]
            return (
                Part(Shown("! "), "bad"),
                Part(fit(shown(f"{name}{where}"), name_width), "strong"),
                Part(Shown(" ")),
                Part(shown(row.reason, limit=TEXT_LIMIT), "bad"),
            )
        case _:
            assert_never(row)


def _details(row: "Kept", width: int, zone: tzinfo) -> tuple[LineParts, ...]:
    """What the lines below the list say of the chosen one."""
    match row:
        case SavedQuery():
            layout = f"   columns: {', '.join(row.columns)}" if row.columns else ""
            pin = "   pinned: has a tab of its own" if row.is_pinned else ""
            head = shown(f"{row.path}   {row.record_type}{pin}{layout}", limit=TEXT_LIMIT)
            note = paragraph(shown(row.note, limit=TEXT_LIMIT), width, "muted") if row.note else ()
            return (
                *paragraph(head, width, "strong"),
                *paragraph(_question(row.text), width),
                *note,
            )
        case HistoryEntry():
            place = f" in {row.workspace}" if row.workspace else ""
            answer = "not answered" if row.row_count is None else f"{_count(row)} rows read"
            head = shown(f"{_moment(row.asked_at, zone)}{place}   {row.record_type}   {answer}")
            return (*paragraph(head, width, "strong"), *paragraph(_question(row.text), width))
        case BrokenFile():
            told = shown(str(row), limit=TEXT_LIMIT)
            left = Shown("It was left as it is: mend or remove it in an editor.")
            return (*paragraph(told, width, "bad"), *paragraph(left, width))
        case _:
            assert_never(row)


def _question(text: str) -> Shown:
    """The text on one line."""
    return shown(" ".join(text.split()), limit=TEXT_LIMIT) if text.strip() else Shown("all records")


def _moment(moment: datetime, zone: tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _count(entry: HistoryEntry) -> str:
    """Rows that were read; a plus where the server had more."""
    if entry.row_count is None:
        return "-"
    return f"{entry.row_count:,}{'+' if entry.has_more else ''}"
