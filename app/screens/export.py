"""Export: which rows, which format, which columns, which file; then the progress, and what is left when one stops."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input

from app.controller.clock import Clock, utc_now
from app.controller.counting import requests_in_words
from app.controller.export_choices import (
    ExportChoices,
    Scope,
    cost,
    file_name_for,
    plan_of,
    rows_of,
)
from app.controller.exporting import Export, Progress
from app.domain.errors import BackendError
from app.domain.exports import ExportError, ExportPlan, Place
from app.domain.safe_text import Shown, shown
from widgets.line import Line, Part, fit, paragraph
from widgets.lines_view import Item, LinesView

if TYPE_CHECKING:
    from app.controller.browse import TypeView
    from app.controller.record_list import RecordList
    from app.controller.session import Session
    from app.domain.records import Record
    from app.domain.schema import RecordType
    from widgets.looks import Look

MIN_WIDTH: Final = 20
"""Cells within which words are wrapped at least."""

FILE_ROW: Final = 3
"""The row behind the choices: the file's name."""


class ExportScreen(ModalScreen[str]):
    """The export of one view. The answer says what was written; empty text when nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "close"),
        Binding("down,tab", "move(1)", show=False, priority=True),
        Binding("up,shift+tab", "move(-1)", show=False, priority=True),
        Binding("right,l,space", "change(1)", show=False),
        Binding("left,h", "change(-1)", show=False),
        Binding("n", "start_anew", show=False),
        Binding("q", "back", show=False),
    ]

    choices_view = query_one("#export-choices", LinesView)
    file_entry = query_one("#export-file", Input)
    state = query_one("#export-state", LinesView)
    footer = query_one("#export-footer", Line)

    def __init__(
        self,
        session: "Session",
        view: "TypeView",
        schema: "RecordType",
        records: "RecordList",
        *,
        on_screen: range,
        total: int | None = None,
        clock: Clock = utc_now,
        folder: Path | None = None,
    ) -> None:
        """`on_screen` are the rows one sees; `total` is the number of all rows, where it is known."""
        super().__init__()
        self._session = session
        self._view = view
        self._schema = schema
        self._records = records
        self._on_screen = on_screen
        self._total = total
        self._folder = Path.cwd() if folder is None else folder
        today = clock().astimezone(session.time_zone).date()
        self.choices = ExportChoices(file_name_for(view.record_type, "csv", today))
        """What is chosen."""
        self._asked: Place | None = None
        """What is in the way of the chosen file, once it was told: Enter goes on with it, n starts anew."""

    def compose(self) -> ComposeResult:
        """The choices, the file, what is going on."""
        yield Line(id="export-title")
        yield LinesView(has_cursor=True, id="export-choices")
        entry = Input(self.choices.file_name, compact=True, select_on_focus=False, id="export-file")
        entry.cursor_blink = False
        yield entry
        yield Line(id="export-folder")
        yield LinesView(id="export-state")
        yield Line(id="export-footer")

    def on_mount(self) -> None:
        """Start on the first choice."""
        title = Part(shown(f" Export {self._view.record_type}", limit=60), "strong")
        self.query_one("#export-title", Line).parts = (title,)
        where = Part(shown(f"   in {self._folder}"), "muted")
        self.query_one("#export-folder", Line).parts = (where,)
        self.choices_view.focus()
        self.show_choices()
        self.show_keys()

    def show_choices(self) -> None:
        """The choices as they are."""
        choices = self.choices
        on_screen = len(self._on_screen)
        what = cost(choices.scope, self._view, self._records, self._total, on_screen)
        shown_count = len(self._view.columns)
        columns = (
            f"all {len(self._schema.attributes)} attributes"
            if choices.is_every_column
            else f"the {shown_count} that are shown"
        )
        cost_line = (Part(fit(Shown(""), 9)), Part(shown(what), "muted"))
        items = [
            (*_item("Rows", choices.scope.value), cost_line),
            _item("Format", choices.form),
            _item("Columns", columns),
            _item("File"),
        ]
        self.choices_view.show_items(items, cursor=self.choices_view.cursor)

    def show_keys(self) -> None:
        """What the keys do now."""
        keys: tuple[tuple[str, str], ...]
        if self.is_running_export:
            keys = (("Esc", "stops"),)
        elif self._asked is not None and self._asked.interrupted is not None:
            keys = (("Enter", "goes on with it"), ("n", "starts anew"), ("Esc", "closes"))
        elif self._asked is not None:
            keys = (("n", "starts anew"), ("Esc", "closes"))
        else:
            keys = (("Arrows", "choose"), ("Enter", "starts"), ("Esc", "closes"))
        parts: list[Part] = []
        for key, words in keys:
            parts += [Part(Shown(f" {key}"), "key"), Part(Shown(f" {words}  "))]
        self.footer.parts = tuple(parts)

    def tell(self, text: str, *, is_bad: bool = False) -> None:
        """Say how it stands."""
        look: Look = "bad" if is_bad else ""
        width = max(MIN_WIDTH, self.app.size.width - 2)
        self.state.show_items([paragraph(shown(text), width, look, indent=1)])

    @property
    def is_running_export(self) -> bool:
        """Whether one is being written."""
        return any(
            worker.node is self and worker.group == "export" and not worker.is_finished
            for worker in self.workers
        )

    @property
    def target(self) -> Path:
        """The chosen file."""
        name = Path(self.choices.file_name.strip())
        with suppress(RuntimeError):  # a user who is none
            name = name.expanduser()
        return self._folder / name

    # Choosing

    def choose(self, choices: ExportChoices) -> None:
        """Take other choices; what was told of the file before no longer counts."""
        self.choices, self._asked = choices, None
        if self.file_entry.value != choices.file_name:
            with self.prevent(Input.Changed):
                self.file_entry.value = choices.file_name
        self.tell("")
        self.show_choices()
        self.show_keys()

    def action_move(self, rows: int) -> None:
        """Another row; on the last one the file's name is typed."""
        if self.is_running_export:
            return
        self.choices_view.cursor += rows
        if self.choices_view.cursor == FILE_ROW:
            self.file_entry.focus()
            self.file_entry.cursor_position = len(self.file_entry.value)
        else:
            self.choices_view.focus()

    def action_change(self, step: int) -> None:
        """Another choice in this row."""
        if self.is_running_export:
            return
        match self.choices_view.cursor:
            case 0:
                self.choose(self.choices.with_next_scope(step))
            case 1:
                self.choose(self.choices.with_next_format(step))
            case 2:
                self.choose(self.choices.with_other_columns())
            case _:
                self.file_entry.focus()

    @on(Input.Changed, "#export-file")
    def take_name(self, event: Input.Changed) -> None:
        """The format follows the suffix."""
        self.choose(self.choices.with_file_name(event.value))

    @on(LinesView.ItemMoved, "#export-choices")
    def follow_mouse(self, event: LinesView.ItemMoved) -> None:
        """A click on the row of the file types there."""
        if event.index == FILE_ROW:
            self.file_entry.focus()

    # Writing

    @on(Input.Submitted, "#export-file")
    @on(LinesView.ItemChosen, "#export-choices")
    async def start(self) -> None:
        """Write the file, or ask first where something is in the way."""
        if self.is_running_export:
            return
        if self._asked is not None:
            if self._asked.interrupted is not None:
                self.write(is_resumed=True)
            return
        if not self.choices.file_name.strip():
            self.tell("The file needs a name.", is_bad=True)
            return
        try:
            place = await asyncio.to_thread(self._session.export_files.look, self.target)
        except ExportError as error:
            self.tell(str(error), is_bad=True)
            return
        if place.is_taken or place.has_part:
            self.ask(place)
        else:
            self.write()

    def ask(self, place: Place) -> None:
        """Say what is in the way, and wait for a word."""
        interrupted, name = place.interrupted, self.target.name
        other: tuple[str, ...] = ()
        if interrupted is not None:
            other = interrupted.plan.differences(self.plan())
        if other or self.choices.scope is not Scope.ALL:  # only the same query is gone on with
            place = Place(place.is_taken, place.has_part)
        self._asked = place
        if interrupted is not None:
            rows = f"{name}.part holds {interrupted.mark.rows:,} rows of an interrupted export"
            self.tell(f"{rows} with another {' and '.join(other)}." if other else f"{rows}.")
        elif place.is_taken:
            self.tell(f"{name} exists. To start anew replaces it.", is_bad=True)
        else:
            self.tell(f"{name}.part is there, from an interrupted export.", is_bad=True)
        self.choices_view.cursor = 0
        self.choices_view.focus()
        self.show_keys()

    def plan(self) -> ExportPlan:
        """What the file is to hold."""
        columns = [column.api_name for column in self._view.columns]
        query = self._records.query
        return plan_of(self.choices, self._session.name, query, self._schema, columns)

    def action_start_anew(self) -> None:
        """Drop an interrupted export and begin."""
        if self._asked is not None and not self.is_running_export:
            self.write(is_forced=True)

    @work(exclusive=True, group="export")
    async def write(self, *, is_forced: bool = False, is_resumed: bool = False) -> None:
        """Write the file; close when it is complete."""
        self._asked = None
        self.tell("Starting...")
        self.call_later(self.show_keys)
        choices, target = self.choices, self.target
        export = Export(self._session.export_files, target, self.plan(), self._schema)
        try:
            if choices.scope is Scope.ALL:
                done = await export.write_all(
                    self._session.backend,
                    self.show_progress,
                    is_forced=is_forced,
                    is_resumed=is_resumed,
                )
            else:
                done = await export.write_rows(
                    self._rows(choices.scope), self.show_progress, is_forced=is_forced
                )
        except (BackendError, ExportError) as error:
            reason = error.reason if isinstance(error, BackendError) else str(error)
            self.show_left(reason, export.kept)
        except asyncio.CancelledError:
            if self.is_attached:
                self.show_left("Stopped.", export.kept)
            raise
        else:
            self.dismiss(_told(target, done))

    def _rows(self, scope: Scope) -> AsyncGenerator[tuple["Record", ...], None]:
        return rows_of(scope, self._view, self._records, self._on_screen)

    def show_progress(self, progress: Progress) -> None:
        """How far it is."""
        if self.is_attached:
            of = f" of about {self._total:,}" if self._total is not None else ""
            requests = requests_in_words(progress.requests)
            again = (
                "; the list is read again, its cursor expired" if progress.was_read_again else ""
            )
            self.tell(f"Writing: {progress.rows:,}{of} rows, {requests}{again}")

    def show_left(self, reason: str, kept: int | None) -> None:
        """Why it ended, what is left, and how to go on."""
        if kept is None:
            self.tell(f"{reason} Nothing was written.", is_bad=True)
        else:
            self.tell(f"{reason} {kept:,} rows are kept in {self.target.name}.part.", is_bad=True)
            with suppress(ExportError):
                self._asked = self._session.export_files.look(self.target)
        self.call_later(self.show_keys)

    def cancel_running(self) -> bool:
        """Stop writing; whether anything was being written."""
        is_running = self.is_running_export
        if is_running:
            self.workers.cancel_group(self, "export")
        return is_running

    def action_back(self) -> None:
        """Stop what is being written, else close."""
        if not self.cancel_running():
            self.dismiss("")


def _item(label: str, value: str = "") -> Item:
    """One row: what is chosen, between arrows."""
    arrows = (Part(Shown("< "), "muted"), Part(Shown(value), "strong"), Part(Shown(" >"), "muted"))
    return ((Part(fit(Shown(label), 9), "muted"), *(arrows if value else ())),)


def _told(target: Path, done: Progress) -> str:
    """What was written, in a line."""
    cost = f", {requests_in_words(done.requests)}" if done.requests else ""
    repeated = f"; {done.repeated:,} came twice and are written once" if done.repeated else ""
    again = "; the list was read again, its cursor had expired" if done.was_read_again else ""
    return f"Exported {done.rows:,} rows to {target.name}{cost}{repeated}{again}"
