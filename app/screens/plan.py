"""Bulk changes: what is to become of the chosen records; the plan of it, rehearsed, tried on a few, run, taken back.

Nothing is sent by a lower-case key.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.getters import query_one
from textual.screen import ModalScreen
from textual.widgets import Input

from app.controller import rehearsing
from app.controller.clock import Clock, utc_now
from app.controller.counting import requests_in_words
from app.controller.plan_run import Ending, PlanRun, RowResult, RunResult
from app.controller.planning import (
    BulkChange,
    Place,
    PlanMaking,
    planned_rows,
    read_by_ids,
    undoing,
)
from app.domain.assignments import AssignmentError, split_line, to_changes
from app.domain.capabilities import Action, may
from app.domain.errors import BackendError, WorkspaceError
from app.domain.json_text import dump_json
from app.domain.lint import fault_of, lint_names, lint_write
from app.domain.plan import Plan, PlanError, PlanRow
from app.domain.plan_progress import PlanCounts, ProgressFile, RowNote, RowState
from app.domain.safe_text import Shown, shown
from widgets.line import Line, Part, fit, paragraph
from widgets.lines_view import Item, LinesView

if TYPE_CHECKING:
    from app.controller.session import Session
    from app.domain.records import RecordId
    from app.domain.schema import RecordType
    from app.domain.values import Json
    from widgets.looks import Look

ARCHIVE: Final = "archive"
"""The word that archives instead of setting something."""

CANARY: Final = 5
"""Rows that are tried before all others."""

MIN_WIDTH: Final = 20
"""Cells within which words are wrapped at least."""

MOST_SHOWN: Final = 1_000
"""Rows that the screen lists; the file has all."""

VALUE_WIDTH: Final = 40
"""Characters of a value that a row shows."""

_HINT: Final = 'Such as stage=working or title="VP Sales"; title= clears; archive archives.'

_LOOKS: Final[dict[RowState, "Look"]] = {
    RowState.DONE: "good",
    RowState.REFUSED: "bad",
    RowState.CONFLICT: "bad",
    RowState.UNKNOWN: "bad",
}


class Stage(StrEnum):
    """What the screen is at."""

    ASKING = "asking"
    """What is to be set is typed."""
    PLANNED = "planned"
    """There is a plan, and nothing was sent."""
    RUNNING = "running"
    RUN = "run"
    """It was run, at least in part."""


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of the footer."""

    key: str
    words: str


class PlanScreen(ModalScreen[str]):
    """The plan for some records of one type. The answer says what was done; empty text when nothing was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "back", priority=True),
        Binding("r", "rehearse", show=False),
        Binding("s", "save", show=False),
        Binding("C", "canary", show=False),
        Binding("A", "apply", show=False),
        Binding("R", "retry", show=False),
        Binding("U", "undo", show=False),
    ]

    entry = query_one("#plan-entry", Input)
    rows_view = query_one("#plan-rows", LinesView)
    state = query_one("#plan-state", LinesView)
    footer = query_one("#plan-footer", Line)

    def __init__(
        self,
        session: "Session",
        schema: "RecordType",
        ids: Sequence["RecordId"],
        *,
        clock: Clock = utc_now,
        folder: Path | None = None,
    ) -> None:
        """The records of these ids are read when the plan is made; `folder` is where it is written."""
        super().__init__()
        self._session = session
        self._schema = schema
        self._ids = tuple(ids)
        self._clock = clock
        self._folder = Path.cwd() if folder is None else folder
        self._plan: Plan | None = None
        self._path: Path | None = None
        self._progress: ProgressFile | None = None
        self._run: PlanRun | None = None
        self._notes: dict[str, RowNote] = {}
        self._answer = ""
        self.stage = Stage.ASKING
        """What the screen is at."""

    def compose(self) -> ComposeResult:
        """What is to be set, the rows, how it stands, the keys."""
        yield Line(id="plan-title")
        entry = Input(compact=True, select_on_focus=False, id="plan-entry")
        entry.cursor_blink = False
        yield entry
        yield LinesView(has_cursor=True, id="plan-rows")
        yield LinesView(id="plan-state")
        yield Line(id="plan-footer")

    def on_mount(self) -> None:
        """Ask what is to be set."""
        self.ask()

    def on_unmount(self) -> None:
        """Let go of the progress; a run that is under way was cancelled with the screen."""
        if self._progress is not None:
            self._progress.close()

    # Showing

    def ask(self) -> None:
        """Let what is to be set be typed."""
        self.stage, self._plan, self._path, self._notes = Stage.ASKING, None, None, {}
        self.entry.disabled = False
        self.entry.focus()
        self.rows_view.show_items([])
        self.tell(_HINT)
        self.show_title()

    def show_title(self) -> None:
        """Whose records, and which keys do what now."""
        plan, name = self._plan, self._schema.api_name
        count = len(self._ids) if plan is None else plan.header.count
        words = f" Change {count:,} {name} records in {self._session.name}"
        parts = [Part(shown(words, limit=90), "strong")]
        if self._session.is_read_only:
            parts.append(Part(Shown("  READ-ONLY"), "bad"))
        if self._path is not None:
            parts.append(Part(shown(f"  {self._path.name}"), "muted"))
        self.query_one("#plan-title", Line).parts = tuple(parts)
        keys: list[Part] = []
        for row in self._keys():
            keys += [Part(Shown(f" {row.key}"), "key"), Part(Shown(f" {row.words} "))]
        self.footer.parts = tuple(keys)

    def _keys(self) -> list[_Key]:
        match self.stage:
            case Stage.ASKING:
                return [_Key("Enter", "makes the plan"), _Key("Esc", "closes")]
            case Stage.PLANNED:
                return [
                    _Key("r", "rehearses"),
                    _Key("C", f"runs {CANARY}"),
                    _Key("A", "runs all"),
                    _Key("s", "saves"),
                    _Key("Esc", "back"),
                ]
            case Stage.RUNNING:
                return [_Key("Esc", "pauses")]
            case Stage.RUN:
                counts = self._counts()
                keys = [_Key("A", "goes on")] if counts[RowState.PENDING] or counts.open else []
                keys += [_Key("R", "retries failed")] if counts.failed else []
                keys += [_Key("U", "takes back")] if counts[RowState.DONE] else []
                return [*keys, _Key("Esc", "closes")]

    def _counts(self) -> PlanCounts:
        return PlanCounts({}) if self._run is None else self._run.counts

    def tell(self, text: str, *, is_bad: bool = False) -> None:
        """Say how it stands."""
        look: Look = "bad" if is_bad else ""
        width = max(MIN_WIDTH, self.app.size.width - 2)
        self.state.show_items([paragraph(shown(text), width, look, indent=1)])

    def show_rows(self) -> None:
        """The rows with what becomes of them, or became; those that went wrong first."""
        assert self._plan is not None
        rows = sorted(
            planned_rows(self._session.backend, self._plan),
            key=lambda row: not _is_bad(self._notes.get(row.row.id)),
        )[:MOST_SHOWN]
        width = max(MIN_WIDTH, self.app.size.width // 3)
        items = [_item(row.row, row.after, self._notes.get(row.row.id), width) for row in rows]
        hidden = self._plan.header.count - len(rows)
        if hidden:
            items.append(((Part(Shown(f"... {hidden:,} more in the file"), "muted"),),))
        self.rows_view.show_items(items, cursor=min(self.rows_view.cursor, len(items) - 1))

    # Planning

    @on(Input.Submitted, "#plan-entry")
    def make(self, event: Input.Submitted) -> None:
        """Make the plan of what was typed."""
        event.stop()
        if self.is_busy:
            return
        try:
            change = self._change(event.value)
        except AssignmentError as error:
            self.tell(str(error), is_bad=True)
            return
        self.work_on(self._make(change))

    def _change(self, text: str) -> BulkChange:
        """What was typed. Raises AssignmentError for what is none, or cannot be done."""
        matrix, schema = self._session.backend.resources, self._schema
        if text.strip() == ARCHIVE:
            capability = may(matrix, schema.api_name, Action.ARCHIVE, is_read_only=False)
            if not capability.is_open:
                raise AssignmentError(fault_of(capability).message)
            return BulkChange()
        rows = split_line(text)
        if not rows:
            raise AssignmentError(_HINT)
        faults = lint_names((row.name for row in rows), schema.attribute_by_name, schema.api_name)
        if not faults:
            changes = to_changes(rows, schema.attribute_by_name)
            faults = lint_write(matrix, schema, changes, [Action.PATCH], is_read_only=False)
        if faults:
            raise AssignmentError(" ".join(fault.message for fault in faults))
        return BulkChange(changes)

    async def _make(self, change: BulkChange) -> None:
        session = self._session
        making = PlanMaking(session.backend, change)
        ids = [row.id for row in self._ids]
        records, missing = await read_by_ids(session.backend, self._schema, ids)
        await making.add(records)
        plan = making.plan(
            Place(session.name, session.workspace), self._schema.api_name, self._clock()
        )
        left_out = []
        if making.unchanged:
            left_out.append(f"{making.unchanged:,} are so already")
        if making.unreadable:
            left_out.append(f"{len(making.unreadable):,} hold a value that could not be read")
        if missing:
            left_out.append(f"{len(missing):,} were not found")
        words = f" ({', '.join(left_out)})" if left_out else ""
        if not making.rows:
            self.tell(f"Nothing would change{words}.", is_bad=True)
            return
        self._show_plan(plan, words)

    def _show_plan(self, plan: Plan, words: str) -> None:
        self._plan, self._path, self._notes, self._run = plan, None, {}, None
        self.stage = Stage.PLANNED
        self.entry.disabled = True
        self.rows_view.focus()
        self.show_rows()
        count = plan.header.count
        no_undo = " An archive cannot be taken back." if plan.rows[0].body is None else ""
        cost = f"{count:,} to {2 * count:,} requests, fewer where the server offers If-Match"
        self.tell(f"{plan.header.what}: {count:,} rows{words}; {cost}.{no_undo} Nothing was sent.")
        self.show_title()

    # Trying and running

    def action_rehearse(self) -> None:
        """Run the plan in a clone."""
        if self._plan is not None and self.stage is Stage.PLANNED and not self.is_busy:
            self.tell("Cloning what the plan touches...")
            self.work_on(self._rehearse(self._plan))

    async def _rehearse(self, plan: Plan) -> None:
        session = self._session
        shown_rows = await rehearsing.rehearse(
            session.backend, plan, session.open_scratch, clock=self._clock, tell=self.show_progress
        )
        self._notes = {row.row.id: row.note for row in shown_rows.rows}
        self.show_rows()
        counts = shown_rows.result.counts
        cost = requests_in_words(shown_rows.requests)
        self.tell(
            f"Rehearsed in a clone: {counts.in_words()}. {session.name} was only read, {cost}. "
            "What other records and the rights of the key have to say does not show in a clone.",
            is_bad=not counts.is_all_well,
        )

    def action_save(self) -> None:
        """Write the plan to its file."""
        if self._plan is not None and self.stage is Stage.PLANNED and not self.is_busy:
            self.work_on(self._save())

    async def _save(self) -> None:
        path = await self._saved()
        self.tell(f"Saved: {path}. Run it also with: crmdeck apply {path.name}")
        self.show_title()

    async def _saved(self) -> Path:
        """Where the plan is; written there unless it was. Raises PlanError."""
        assert self._plan is not None
        if self._path is None:
            moment = self._clock().astimezone(self._session.time_zone)
            kind = "undo" if self._plan.header.undo_of is not None else "plan"
            name = f"{kind}-{self._schema.api_name}-{moment:%Y%m%d-%H%M%S}.jsonl"
            path = self._folder / name
            await asyncio.to_thread(self._session.plan_files.write, path, self._plan)
            self._path = path
        return self._path

    def action_canary(self) -> None:
        """Run a few rows."""
        if self.stage is Stage.PLANNED:
            self.start(limit=CANARY)

    def action_apply(self) -> None:
        """Run all rows, or the rest of them."""
        if self.stage in (Stage.PLANNED, Stage.RUN):
            self.start()

    def action_retry(self) -> None:
        """Send again what failed."""
        if self.stage is Stage.RUN and self._counts().failed:
            self.start(is_retrying=True)

    def start(self, *, limit: int | None = None, is_retrying: bool = False) -> None:
        """Begin a run or go on with it."""
        if self._plan is not None and not self.is_busy:
            self.work_on(self._go(self._plan, limit, is_retrying=is_retrying))

    async def _go(self, plan: Plan, limit: int | None, *, is_retrying: bool) -> None:
        session = self._session
        path = await self._saved()
        if self._run is None:
            if self._progress is not None:
                self._progress.close()
            self._progress = await asyncio.to_thread(session.plan_files.open, path, plan)
            self._run = PlanRun(session.backend, plan, self._progress, clock=self._clock)
        self._notes = dict(self._run_notes())
        self.stage = Stage.RUNNING
        self.show_title()
        try:
            result = await self._run.run(self.show_progress, limit=limit, is_retrying=is_retrying)
        finally:
            self.stage = Stage.RUN
            self._notes = dict(self._run_notes())
        self.show_result(result)

    def _run_notes(self) -> dict[str, RowNote]:
        return {} if self._progress is None else dict(self._progress.notes)

    def show_progress(self, row: RowResult, counts: PlanCounts) -> None:
        """How far it is."""
        del row
        ended = counts.total - counts[RowState.PENDING] - counts[RowState.SENDING]
        if self.is_attached:
            self.tell(f"{ended:,} of {counts.total:,}: {counts.in_words()}")

    def show_result(self, result: RunResult) -> None:
        """Why it ended and how it stands."""
        words = result.counts.in_words()
        lead = {
            Ending.FINISHED: "Done",
            Ending.CANARY: "Paused behind the first rows: look at them",
            Ending.PAUSED: "Paused",
            Ending.STOPPED: "Stopped at a row that went wrong",
        }.get(result.ending, "Halted")
        error = "" if result.error is None else f" {result.error.reason}."
        bad = next((row for row in self._notes.values() if _is_bad(row)), None)
        why = f" Row {bad.row_id}: {bad.note}." if bad is not None and not error else ""
        self.show_rows()
        self._answer = f"{self._path.name if self._path else ''}: {words}"
        self.tell(f"{lead}: {words}.{error}{why}", is_bad=bool(error or why))
        self.show_title()

    def action_undo(self) -> None:
        """Make the plan that takes back what was done."""
        if self._plan is None or self.stage is not Stage.RUN or self.is_busy:
            return
        made = undoing(self._session.backend, self._plan, self._notes, self._clock())
        if not made.plan.rows:
            self.tell("Nothing that was done can be taken back.", is_bad=True)
            return
        archived = f", {made.archived:,} archives left out" if made.archived else ""
        self._show_plan(made.plan, archived)

    # Working and leaving

    @property
    def is_busy(self) -> bool:
        """Whether something is under way."""
        return any(
            worker.node is self and worker.group == "plan" and not worker.is_finished
            for worker in self.workers
        )

    @work(exclusive=True, group="plan")
    async def work_on(self, task: Coroutine[object, object, None]) -> None:
        """Do something that asks the workspace; what goes wrong is told."""
        try:
            await task
        except BackendError as error:
            self.tell(error.reason, is_bad=True)
        except (PlanError, WorkspaceError) as error:
            self.tell(str(error), is_bad=True)
        except asyncio.CancelledError:
            if self.is_attached:
                self.tell(f"Stopped. {self._counts().in_words()}.", is_bad=True)
            raise
        finally:
            if self.is_attached:
                self.call_later(self.show_title)

    def cancel_running(self) -> bool:
        """Pause a run behind the row under way, stop anything else; whether anything was under way."""
        if not self.is_busy:
            return False
        if self.stage is Stage.RUNNING and self._run is not None:
            self._run.pause()
        else:
            self.workers.cancel_group(self, "plan")
        return True

    def action_back(self) -> None:
        """Pause, go back to what is typed, or close: the nearest of these."""
        if self.cancel_running():
            return
        if self.stage is Stage.PLANNED and not self._answer:
            self.ask()
        else:
            self.dismiss(self._answer)


def _item(row: PlanRow, after: dict[str, "Json"], note: RowNote | None, width: int) -> Item:
    """One row: who, what from and to, and what became of it."""
    state = RowState.PENDING if note is None else note.state
    title = fit(shown(row.title, limit=width), width)
    if after:
        changes = [
            f"{name}: {_short(row.before.get(name))} -> {_short(value)}"
            for name, value in after.items()
        ]
        words = "; ".join(changes)
    else:
        words = "archive"
    lead = fit(Shown("" if note is None else state.value), 9)
    line = (Part(lead, _LOOKS.get(state, "")), Part(title, "strong"), Part(shown(f" {words}")))
    if note is None or not note.note:
        return (line,)
    return (line, (Part(Shown(" " * 9)), Part(shown(note.note, limit=200), "muted")))


def _is_bad(note: RowNote | None) -> bool:
    return note is not None and (note.state.is_failed or note.state.is_open)


def _short(value: "Json") -> str:
    text = "-" if value is None else dump_json(value)
    return text if len(text) <= VALUE_WIDTH else f"{text[:VALUE_WIDTH]}..."
