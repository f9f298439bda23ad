"""Help that can be searched and run."""

from dataclasses import dataclass
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input

from app.domain.actions import ACTIONS
from app.domain.expression_grammar import GRAMMAR, OPERATOR_GRAMMAR
from app.domain.safe_text import Shown
from widgets.key_bindings import keys_in_words
from widgets.line import Line, Part, fit
from widgets.lines_view import Item, LinesView


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of help."""

    group: str
    keys: str
    """The keys of an action, or what is typed in a query."""
    help: str
    action: str
    """What Enter runs."""
    command_line: str = ""
    keys_cells: int = 15
    words: str = ""
    """What else it is found by."""

    def holds(self, word: str) -> bool:
        """Whether a word stands anywhere in it."""
        return (
            word
            in f"{self.group} {self.keys} {self.help} {self.command_line} {self.words}".casefold()
        )


_FORM_CELLS: Final = 30

_ROWS: Final = (
    *(
        _Row(row.group, keys_in_words(row), row.help, row.name, row.command_line, words=f"{row.label} {row.name}")
        for row in ACTIONS
    ),
    *(
        _Row(group, row.form, row.meaning, "query_text", keys_cells=_FORM_CELLS)
        for group, rows in (("Query text", GRAMMAR), ("Operators", OPERATOR_GRAMMAR))
        for row in rows
    ),
)  # fmt: skip
"""The actions, then what may be typed in a query: Enter there opens the line for it."""


class HelpScreen(ModalScreen[str]):
    """Every action with its keys, and the grammar of queries; type to search, Enter runs. The answer is an action's name."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,f1", "leave", "close"),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("pagedown", "move(10)", show=False, priority=True),
        Binding("pageup", "move(-10)", show=False, priority=True),
    ]

    search = query_one("#help-entry", Input)
    list = query_one("#help-list", LinesView)
    footer = query_one("#help-footer", Line)

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[_Row, ...] = ()

    def compose(self) -> ComposeResult:
        """The search above, the actions below."""
        yield Line(id="help-title")
        entry = Input(placeholder="type to search, Enter runs", compact=True, id="help-entry")
        entry.cursor_blink = False
        yield entry
        yield LinesView(has_cursor=True, id="help-list")
        yield Line(id="help-footer")

    def on_mount(self) -> None:
        """Show everything and take what is typed."""
        title = Part(Shown(" Help: what the keys do, and how to say it in a shell"), "strong")
        self.query_one("#help-title", Line).parts = (title,)
        self.search.focus()
        self.show_matches("")

    @on(Input.Changed, "#help-entry")
    def narrow(self, event: Input.Changed) -> None:
        """Keep the actions that hold every word."""
        self.show_matches(event.value)

    def show_matches(self, text: str) -> None:
        """The actions that hold every word of a text."""
        words = text.casefold().split()
        self._rows = tuple(row for row in _ROWS if all(row.holds(word) for word in words))
        self.list.show_items(
            [_item(row, self._is_new_group(index)) for index, row in enumerate(self._rows)]
        )
        found = (
            f" {len(self._rows)} of {len(_ROWS)} lines   " if self._rows else " nothing matches   "
        )
        self.footer.parts = (
            Part(Shown(found), "muted"),
            Part(Shown("Enter"), "key"),
            Part(Shown(" runs   ")),
            Part(Shown("Esc"), "key"),
            Part(Shown(" closes")),
        )

    def _is_new_group(self, index: int) -> bool:
        return index == 0 or self._rows[index].group != self._rows[index - 1].group

    @on(Input.Submitted, "#help-entry")
    @on(LinesView.ItemChosen, "#help-list")
    def run_chosen(self) -> None:
        """Close and name the chosen action."""
        if self._rows:
            self.dismiss(self._rows[self.list.cursor].action)

    @on(events.Click, "#help-list")
    def keep_typing(self) -> None:
        """The mouse chooses; what is typed still searches."""
        self.search.focus()

    def action_move(self, items: int) -> None:
        """Choose another action."""
        self.list.cursor += items

    def action_leave(self) -> None:
        """Close without running anything."""
        self.dismiss("")


def _item(row: _Row, is_new_group: bool) -> Item:
    group = Shown(row.group if is_new_group else "")
    command = f"   {row.command_line}" if row.command_line else ""
    return (
        (
            Part(fit(group, 13), "muted"),
            Part(fit(Shown(row.keys), row.keys_cells), "key"),
            Part(Shown(row.help)),
            Part(Shown(command), "muted"),
        ),
    )
