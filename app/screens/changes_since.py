"""What changed since a saved query was run before: new, gone and changed rows, with old and new values."""

from collections.abc import Sequence
from datetime import tzinfo
from itertools import islice
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.getters import query_one
from textual.screen import ModalScreen

from app.controller.remembering import CannotAsk, Prepare, Remembering, Rerun
from app.domain.edits import Unset
from app.domain.errors import BackendError
from app.domain.json_text import dump_json
from app.domain.safe_text import Shown, shown
from widgets.key_bindings import bindings_of
from widgets.line import Line, Part, paragraph
from widgets.lines_view import Item, LineParts, LinesView

if TYPE_CHECKING:
    from app.domain.changes_since import ChangesSince, RowChange, RunRow
    from app.domain.remembered import SavedQuery
    from app.domain.values import Json
    from widgets.looks import Look

SHOWN_ROWS: Final = 500
"""Rows of each kind that are laid out; of more the number is told."""

VALUE_LIMIT: Final = 300
"""Characters of a value."""


class ChangesSinceScreen(ModalScreen[None]):
    """Asks a saved query again and shows the differences. Closing it stops the asking."""

    BINDINGS: ClassVar[list[BindingType]] = bindings_of("back", "quit")

    lines = query_one("#changes-lines", LinesView)
    summary = query_one("#changes-summary", Line)

    def __init__(
        self, remembering: Remembering, prepare: Prepare, saved: "SavedQuery", zone: tzinfo
    ) -> None:
        super().__init__()
        self._remembering = remembering
        self._prepare = prepare
        self._saved = saved
        self._zone = zone

    def compose(self) -> ComposeResult:
        """A title, in how far anything changed, the changes."""
        yield Line(id="changes-title")
        yield Line(id="changes-summary")
        yield LinesView(id="changes-lines")
        yield Line(id="changes-footer")

    def on_mount(self) -> None:
        """Ask."""
        self.query_one("#changes-title", Line).parts = (
            Part(Shown(" What changed: "), "strong"),
            Part(shown(self._saved.path, limit=60), "strong"),
        )
        self.query_one("#changes-footer", Line).parts = (
            Part(Shown(" ")),
            Part(Shown("Esc"), "key"),
            Part(Shown(" closes")),
        )
        self.summary.parts = (Part(Shown(" asking again ... (Esc stops)"), "muted"),)
        self.lines.focus()
        self.compare()

    @work(exclusive=True, group="compare")
    async def compare(self) -> None:
        """Ask, compare, show."""
        try:
            query, schema = await self._prepare(self._saved)
            rerun = await self._remembering.rerun(self._saved, query, schema)
        except BackendError as error:
            self.refuse(f"{error.reason} {error.way_out}")
        except CannotAsk as error:
            self.refuse(str(error))
        else:
            self.show_rerun(rerun)

    def cancel_running(self) -> bool:
        """Stop asking; whether it was going on."""
        running = [
            worker for worker in self.workers if worker.node is self and not worker.is_finished
        ]
        for worker in running:
            worker.cancel()
        if running:
            self.summary.parts = (Part(Shown(" stopped; the answer before it is kept")),)
        return bool(running)

    def refuse(self, reason: str) -> None:
        """Say why there is no answer."""
        self.summary.parts = (Part(Shown(" It could not be asked:"), "bad"),)
        self.lines.show_items([paragraph(shown(reason), self._width)])

    @property
    def _width(self) -> int:
        return self.app.size.width - 2

    def show_rerun(self, rerun: Rerun) -> None:
        """In how far anything changed, and what."""
        count = f"{len(rerun.run.rows):,}{'' if rerun.run.is_complete else '+'} rows now"
        changes = rerun.changes
        if changes is None:
            words = f" {count}; nothing to compare with yet; kept for the next time"
            self.summary.parts = (Part(Shown(words)),)
        else:
            when = changes.before.asked_at.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
            numbers = (
                f"{len(changes.new):,} new, {len(changes.gone):,} gone, "
                f"{len(changes.changed):,} changed"
            )
            self.summary.parts = (
                Part(Shown(f" Since {when}: ")),
                Part(Shown(numbers if changes.is_any else "nothing changed"), "strong"),
                Part(Shown(f"   {count}"), "muted"),
            )
        warning: list[Item] = []
        if rerun.warning:
            warning = [paragraph(shown(rerun.warning), self._width, "bad")]
        self.lines.show_items([*warning, *(_items(changes, self._width) if changes else ())])

    def action_back(self) -> None:
        """Close; what is being asked is let go."""
        self.dismiss(None)

    def action_quit(self) -> None:
        """The same."""
        self.dismiss(None)


def _items(changes: "ChangesSince", width: int) -> Sequence[Item]:
    items: list[Item] = []
    if not changes.is_same_question:
        was = shown(" ".join(changes.before.text.split()) or "all records", limit=VALUE_LIMIT)
        items.append(paragraph(Shown(f"It asked something else then: {was}"), width, "bad"))
    items += _section(changes.new_words, "+", "good", changes.new)
    items += _section(changes.gone_words, "-", "bad", changes.gone)
    if changes.changed:
        items.append(((Part(Shown(f"changed ({len(changes.changed):,})"), "strong"),),))
        items += (_change(change, width) for change in islice(changes.changed, SHOWN_ROWS))
        items += _rest(len(changes.changed))
    return items


def _section(words: str, sign: str, look: "Look", rows: Sequence["RunRow"]) -> Sequence[Item]:
    """A head and a line for each row."""
    if not rows:
        return ()
    head = ((Part(Shown(f"{words} ({len(rows):,})"), "strong"),),)
    lines = [(_row_line(sign, look, row),) for row in islice(rows, SHOWN_ROWS)]
    return (head, *lines, *_rest(len(rows)))


def _rest(count: int) -> Sequence[Item]:
    if count <= SHOWN_ROWS:
        return ()
    return (((Part(Shown(f"  ... and {count - SHOWN_ROWS:,} more"), "muted"),),),)


def _row_line(sign: str, look: "Look", row: "RunRow") -> LineParts:
    return (
        Part(Shown(f"  {sign} "), look),
        Part(shown(row.title, limit=60)),
        Part(shown(f"   {row.record_id}", limit=60), "muted"),
    )


def _change(change: "RowChange", width: int) -> Item:
    """A row and below it each of its attributes, old value first."""
    lines: list[LineParts] = [_row_line("~", "accent", change.row)]
    for value in change.values:
        words = f"{value.attribute}: {_words(value.before)} -> {_words(value.after)}"
        lines += paragraph(shown(words), width, indent=6)
    return tuple(lines)


def _words(value: "Json | Unset") -> str:
    """A value for people: texts as they are, what is empty or was not sent by name."""
    match value:
        case Unset():
            text = "(not sent)"
        case None | "" | []:
            text = "(empty)"
        case str():
            text = value
        case _:
            text = dump_json(value)
    return text if len(text) <= VALUE_LIMIT else f"{text[:VALUE_LIMIT]}..."
