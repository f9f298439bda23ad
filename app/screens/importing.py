"""Import: which file, which column sets what, which cells are wrong and are put right; what it would do; doing it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input
from textual.worker import Worker

from app.controller.clock import Clock, utc_now
from app.controller.import_run import ImportProgress, ImportRun, Survey
from app.domain.errors import BackendError
from app.domain.escaped_text import escaped_for_editing, unescaped
from app.domain.import_plan import ImportPlan, match_names, plan_import
from app.domain.import_results import ImportRecord
from app.domain.import_source import CannotImport
from app.domain.safe_text import Shown, shown
from widgets.chooser import Choice, Chooser
from widgets.line import Line, Part, fit, paragraph
from widgets.lines_view import Item, LinesView

if TYPE_CHECKING:
    from app.controller.session import Session
    from app.domain.importing import CellFault
    from app.domain.schema import RecordType
    from widgets.looks import Look

COLUMN_CELLS: Final = 24
"""Room for a column's name."""

NOTHING: Final = ""
"""The choice to write a column to nothing, or to match by nothing."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What a line of the list stands for."""

    column: str | None = None
    fault: "CellFault | None" = None
    number: int = 0
    """Of the row that has the fault."""


class ImportScreen(ModalScreen[str]):
    """The import of one file. The answer says what was done; empty text when nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "close"),
        Binding("tab", "complete", show=False, priority=True),
        Binding("d", "rehearse", show=False),
        Binding("A", "apply", show=False),
        Binding("q", "back", show=False),
    ]

    entry = query_one("#import-entry", Input)
    list = query_one("#import-list", LinesView)
    chooser = query_one("#import-chooser", Chooser)
    state = query_one("#import-state", LinesView)
    footer = query_one("#import-footer", Line)

    def __init__(self, session: "Session", schema: "RecordType", clock: Clock = utc_now) -> None:
        super().__init__()
        self._session = session
        self._schema = schema
        self._clock = clock
        self._path: Path | None = None
        self._columns: tuple[str, ...] = ()
        self._given: dict[str, str | None] = {}
        self._match: str | None = None
        self._fixes: dict[int, dict[str, str]] = {}
        self._plan: ImportPlan | None = None
        self._survey = Survey()
        self._rows: list[_Row] = []
        self._editing: _Row | None = None
        """The bad cell that is typed anew."""
        self._told = ""

    def compose(self) -> ComposeResult:
        """The title, what is typed, columns and bad cells, how it stands, the keys."""
        yield Line(id="import-title")
        entry = Input(placeholder="a CSV or JSON Lines file", compact=True, select_on_focus=False)
        entry.id, entry.cursor_blink = "import-entry", False
        yield entry
        yield LinesView(has_cursor=True, id="import-list")
        yield Chooser(id="import-chooser")
        yield LinesView(id="import-state")
        yield Line(id="import-footer")

    def on_mount(self) -> None:
        """Ask for the file."""
        title = Part(shown(f" Import {self._schema.api_name}", limit=60), "strong")
        self.query_one("#import-title", Line).parts = (title,)
        self.entry.focus()
        self.show_keys()

    # Saying

    def tell(self, text: str, *, is_bad: bool = False) -> None:
        """Say how it stands."""
        look: Look = "bad" if is_bad else ""
        width = max(20, self.app.size.width - 2)
        self.state.show_items([paragraph(shown(text), width, look, indent=1)])

    def show_keys(self) -> None:
        """What the keys do now."""
        keys: tuple[tuple[str, str], ...]
        if self.is_importing:
            keys = (("Esc", "stops"),)
        elif self._told:
            keys = (("Esc", "closes"),)
        elif self._editing is not None:
            keys = (("Enter", "puts it right"), ("Esc", "leaves it"))
        elif self._plan is None and not self._columns:
            keys = (("Tab", "completes"), ("Enter", "reads it"), ("Esc", "closes"))
        else:
            keys = (("Enter", "changes"), ("d", "dry run"), ("A", "imports"), ("Esc", "back"))
        parts: list[Part] = []
        for key, words in keys:
            parts += [Part(Shown(f" {key}"), "key"), Part(Shown(f" {words}  "))]
        self.footer.parts = tuple(parts)

    def show_plan(self) -> None:
        """Each column with what it sets, what is matched by, and each bad cell."""
        uses = {use.column: use for use in self._plan.uses} if self._plan is not None else {}
        items: list[Item] = []
        self._rows = []
        for column in self._columns:
            use = uses.get(column)
            attribute = use.attribute if use is not None else None
            is_match = self._plan is not None and column == self._plan.match_column
            words = attribute.api_name if attribute is not None else "not written"
            note = "  matched by" if is_match else f"  {use.why_not}" if use and use.why_not else ""
            items.append(
                (
                    (
                        Part(fit(shown(column), COLUMN_CELLS)),
                        Part(Shown(" -> "), "muted"),
                        Part(shown(words), "strong" if attribute is not None else "muted"),
                        Part(shown(note), "muted"),
                    ),
                )
            )
            self._rows.append(_Row(column))
        by = self._match or "nothing: every row is a new record"
        label = Part(fit(Shown("Match by"), COLUMN_CELLS), "accent")
        items.append(((label, Part(Shown(" -> "), "muted"), Part(shown(by), "strong")),))
        self._rows.append(_Row())
        for number, fault in self._survey.faults:
            where = f"! line {fault.line}, {fault.column or 'the row'}"
            text = f" {fault.text!r}" if fault.text else ""
            items.append(
                (
                    (
                        Part(shown(where), "bad"),
                        Part(shown(text)),
                        Part(shown(f"  {fault.why}"), "muted"),
                    ),
                )
            )
            self._rows.append(_Row(fault.column, fault, number))
        self.list.show_items(items, cursor=self.list.cursor)
        self.show_keys()

    # The file

    async def action_complete(self) -> None:
        """Go on with the file's name as far as it is certain."""
        if self.focused is not self.entry or self._columns:
            return
        names = await asyncio.to_thread(self._session.import_files.names, self.entry.value)
        if not names:
            self.tell("No file is called so.", is_bad=True)
            return
        common = names[0]
        for name in names[1:]:
            while not name.startswith(common):
                common = common[:-1]
        if len(common) >= len(self.entry.value):
            self.entry.value = common
            self.entry.cursor_position = len(common)
        self.tell("" if len(names) == 1 else "  ".join(names[:20]))

    @on(Input.Submitted, "#import-entry")
    def take_typed(self, event: Input.Submitted) -> None:
        """The file's name, or a bad cell's new text."""
        event.stop()
        if self._editing is not None:
            row, self._editing = self._editing, None
            assert row.column is not None
            self._fixes.setdefault(row.number, {})[row.column] = unescaped(event.value)
            self.entry.disabled = True
            self.list.focus()
            self.read_file()
        elif event.value.strip():
            path = Path(event.value.strip())
            with suppress(RuntimeError):  # a user who is none
                path = path.expanduser()
            self._path = path
            self.read_columns(path)

    @work(exclusive=True, group="import")
    async def read_columns(self, path: Path) -> None:
        """What columns it has; then what is in it."""
        try:
            source = self._session.import_files.source(path)
            self._columns = await asyncio.to_thread(source.columns)
        except CannotImport as error:
            self.tell(str(error), is_bad=True)
            return
        self.entry.disabled = True
        self.list.focus()
        self.read_file()

    def run_of(self, path: Path) -> ImportRun:
        """The import as it is chosen. Raises CannotImport."""
        self._plan = None
        resources = self._session.backend.resources
        self._plan = plan_import(
            resources, self._schema, self._columns, match=self._match, given=self._given
        )
        source = self._session.import_files.source(path)
        return ImportRun(self._session.backend, self._plan, source, self._clock, fixes=self._fixes)

    @work(exclusive=True, group="import")
    async def read_file(self) -> None:
        """Read it through, and show what is wrong with it."""
        assert self._path is not None
        self._survey = Survey()
        try:
            self._survey = await self.run_of(self._path).survey(self.show_reading)
        except CannotImport as error:
            self.tell(str(error), is_bad=True)
        else:
            survey = self._survey
            more = "" if len(survey.faults) < 1_000 else "; the first 1,000 faults are shown"
            self.tell(f"{survey.rows:,} rows, {survey.bad_rows:,} with something wrong{more}.")
        self.show_plan()

    def show_reading(self, survey: Survey) -> None:
        """How far the reading is."""
        if self.is_attached:
            self.tell(f"Reading: {survey.rows:,} rows (Esc stops)")

    # What is chosen

    @on(LinesView.ItemChosen, "#import-list")
    def change_row(self, event: LinesView.ItemChosen) -> None:
        """Ask what a column sets, what is matched by, or what a bad cell is to hold."""
        event.stop()
        if self.is_importing or self._told or event.index >= len(self._rows):
            return
        row = self._rows[event.index]
        if row.fault is not None:
            self.edit_cell(row, row.fault)
            return
        nothing = Choice(NOTHING, Shown("not written" if row.column else "nothing"))
        if row.column is None:
            rows = [Choice(name, shown(name)) for name in match_names(self._schema)]
            self.chooser.ask(Shown("Match existing records by"), [nothing, *rows])
        else:
            rows = [
                Choice(attribute.api_name, shown(attribute.display_name), shown(attribute.api_name))
                for attribute in self._schema.attributes
                if attribute.is_creatable or attribute.is_updatable or attribute.is_unique
            ]
            self.chooser.ask(shown(f"What {row.column} sets", limit=60), [*rows, nothing])

    def edit_cell(self, row: _Row, fault: "CellFault") -> None:
        """Type a bad cell anew; the row as a whole cannot be typed."""
        if row.column is None:
            self.tell("This row cannot be put right here: correct the file.", is_bad=True)
            return
        self._editing = row
        self.entry.disabled = False
        self.entry.value = escaped_for_editing(fault.text)
        self.entry.cursor_position = len(self.entry.value)
        self.entry.focus()
        self.tell(f"EDITING line {fault.line}, {row.column}: {fault.why}")
        self.show_keys()

    @on(Chooser.Chosen)
    def take_choice(self, event: Chooser.Chosen) -> None:
        """Take it, and read the file again for it."""
        event.stop()
        row = self._rows[self.list.cursor]
        if row.column is None:
            self._match = event.key or None
        elif event.key is not None:
            self._given[row.column] = event.key or None
        self.leave_chooser()
        self.read_file()

    @on(Chooser.Left)
    def leave_chooser(self) -> None:
        """Back to the list."""
        self.chooser.close()
        self.list.focus()

    # Doing it

    @property
    def is_importing(self) -> bool:
        """Whether rows are being looked up or sent."""
        return any(
            worker.node is self and worker.group == "import" and not worker.is_finished
            for worker in self.workers
        )

    def action_rehearse(self) -> None:
        """Say what it would do; nothing is sent."""
        if self._can_run:
            self.rehearse()

    def action_apply(self) -> None:
        """Import it."""
        if not self._can_run:
            return
        if self._session.is_read_only:
            self.tell("This session is read-only: nothing is sent.", is_bad=True)
            return
        self.send()

    @property
    def _can_run(self) -> bool:
        is_asked = self.chooser.is_open or self._editing is not None
        return self._plan is not None and not (self.is_importing or is_asked or self._told)

    @work(exclusive=True, group="import")
    async def rehearse(self) -> None:
        """Look up what is there, and count."""
        assert self._path is not None
        try:
            record = await self.run_of(self._path).rehearse(self.show_progress)
        except (BackendError, CannotImport) as error:
            self.tell(str(error), is_bad=True)
        else:
            self.tell(f"Dry run, nothing was sent. It would be: {record.words}.")

    @work(exclusive=True, group="import")
    async def send(self) -> None:
        """Send it row by row, going on where an earlier run of the same import ended."""
        assert self._path is not None
        path = self._path.with_name(f"{self._path.name}.results.jsonl")
        record = ImportRecord()
        files = self._session.import_files
        try:
            run = self.run_of(self._path)
            heading = await run.heading(self._session.workspace)
            kept = await asyncio.to_thread(files.heading, path)
            if kept is None:
                results = await asyncio.to_thread(files.begin, path, heading)
            else:
                results, record = await asyncio.to_thread(files.resume, path, heading)
            try:
                await run.run(results, record, heading, self.show_progress)
            finally:
                results.close()
        except (BackendError, CannotImport) as error:
            self.tell(f"{error} So far: {record.words}. A goes on.", is_bad=True)
        except asyncio.CancelledError:
            if self.is_attached:
                self.tell(f"Stopped. So far: {record.words}. A goes on.")
            raise
        else:
            self._told = f"Imported {self._path.name}: {record.words}"
            failed = f" {record.failed:,} failed:" if record.failed else ""
            self.tell(f"{record.words}.{failed} {path.name} has each row.", is_bad=bool(failed))

    def show_progress(self, progress: ImportProgress) -> None:
        """How far it is."""
        if self.is_attached:
            self.tell(f"{progress.rows:,} of {self._survey.rows:,} rows: {progress.words}")

    @on(Worker.StateChanged)
    def follow_work(self) -> None:
        """The keys are others while it works."""
        self.show_keys()

    # Leaving

    def cancel_running(self) -> bool:
        """Stop what is under way; whether anything was."""
        is_importing = self.is_importing
        if is_importing:
            self.workers.cancel_group(self, "import")
        return is_importing

    def action_back(self) -> None:
        """Stop, leave a cell, go back to the file, or close: the nearest of these."""
        if self.cancel_running():
            return
        if self._editing is not None:
            self._editing = None
            self.entry.disabled = True
            self.list.focus()
            self.show_keys()
        elif self._columns and not self._told:
            self._columns, self._plan, self._survey = (), None, Survey()
            self._given, self._fixes, self._match = {}, {}, None
            self.list.show_items([])
            self.entry.disabled = False
            self.entry.focus()
            self.tell("")
            self.show_keys()
        else:
            self.dismiss(self._told)
