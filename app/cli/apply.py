"""`crmdeck apply PLAN`: a plan shown, rehearsed, run, gone on with, or taken back."""

import asyncio
import shlex
import signal
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from app.cli.failures import Exit, Failed, describe
from app.cli.json_output import put_json_line
from app.cli.output import ProgressLine, flush, say
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import check_action, put_request
from app.controller import rehearsing
from app.controller.plan_run import Ending, PlanRun, RowResult, RunResult
from app.controller.planning import (
    Place,
    check_place,
    planned_rows,
    request_of,
    undoing,
)
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.plan import Plan, PlanError
from app.domain.plan_progress import PlanCounts, ProgressFile, RowState, counts_of, undo_path
from app.domain.values import Json

MAX_AT_ONCE: Final = 8
"""The transport has no more connections."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked on the command line."""

    path: Path
    is_dry: bool
    is_rehearsal: bool
    canary: int | None
    is_resumed: bool
    is_retrying: bool
    is_undo: bool
    is_going_on: bool
    at_once: int


@click.command("apply")
@click.argument("path", metavar="PLAN", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Print the exact requests; send nothing.")
@click.option(
    "--rehearse", is_flag=True, help="Run it in a clone of what it touches; only read here."
)
@click.option("--canary", type=click.IntRange(min=1), metavar="K", help="Run K rows, then pause.")
@click.option("--resume", is_flag=True, help="Go on with a run that was begun.")
@click.option("--retry-failed", is_flag=True, help="Go on, and try again what was refused.")
@click.option("--undo", is_flag=True, help="Take back the rows that were done.")
@click.option("--continue-on-error", is_flag=True, help="Do not stop at a row that goes wrong.")
@click.option(
    "--at-once",
    type=click.IntRange(1, MAX_AT_ONCE),
    default=1,
    show_default=True,
    metavar="N",
    help="Rows under way together.",
)
@with_workspace
def command(
    workspace: Workspace,
    path: Path,
    dry_run: bool,
    rehearse: bool,
    canary: int | None,
    resume: bool,
    retry_failed: bool,
    undo: bool,
    continue_on_error: bool,
    at_once: int,
) -> None:
    r"""Run a plan that crmdeck plan wrote. Every row that ends is a line of JSON.

    A row is sent only if its record still holds what the plan replaces, and never twice: progress is kept beside the plan,
    and after a crash rows that may have been sent are found out about first. Ctrl+C pauses.

    \b
    crmdeck apply plan.jsonl --rehearse
    crmdeck apply plan.jsonl --canary 5
    crmdeck apply plan.jsonl --resume
    crmdeck apply plan.jsonl --undo
    """
    is_run = not dry_run and not rehearse
    if not is_run and (resume or retry_failed or canary is not None or (dry_run and rehearse)):
        raise click.UsageError("--dry-run and --rehearse take the whole plan, one at a time.")
    wish = _Wish(
        path, dry_run, rehearse, canary, resume, retry_failed, undo, continue_on_error, at_once
    )
    try:
        workspace.run(lambda session: _Apply(workspace, session, wish).run())
    except PlanError as error:
        raise Failed(str(error)) from None


class _Apply:
    """One run of the command."""

    def __init__(self, workspace: Workspace, session: Session, wish: _Wish) -> None:
        self._clock = workspace.ports.clock
        self._session = session
        self._wish = wish
        self._path = wish.path
        self._line = ProgressLine()

    async def run(self) -> None:
        """Raises Failed unless everything asked for was done."""
        session, wish = self._session, self._wish
        plan = session.plan_files.read(wish.path)
        if not wish.is_rehearsal:
            check_place(plan, Place(session.name, session.workspace))
        if wish.is_undo:
            plan = self._undo_of(plan)
        if wish.is_dry:
            self._show(plan)
            return
        if wish.is_rehearsal:
            await self._rehearse(plan)
            return
        for is_archive in {planned.is_archive for planned in planned_rows(session.backend, plan)}:
            action = Action.ARCHIVE if is_archive else Action.PATCH
            check_action(session, plan.header.record_type, action, is_dry=False)
        progress = session.plan_files.open(self._path, plan)
        try:
            await self._run(plan, progress)
        finally:
            progress.close()

    def _undo_of(self, plan: Plan) -> Plan:
        """The plan that takes back this one: the one that was begun, or a new one."""
        session, files, wish = self._session, self._session.plan_files, self._wish
        self._path = undo_path(wish.path)
        if self._path.exists():
            begun = files.read(self._path)
            if begun.header.undo_of != plan.fingerprint:
                raise PlanError(f"{self._path} is there and takes back another plan.")
            if files.look(self._path, begun):
                return begun
        made = undoing(session.backend, plan, files.look(wish.path, plan), self._clock())
        if made.archived:
            say(f"{made.archived:,} rows archived a record: no call brings it back.")
        if made.nameless:
            say(f"{made.nameless:,} rows do not say what was there before.")
        if not made.plan.rows:
            raise PlanError("No row was done that can be taken back.")
        if wish.is_dry or wish.is_rehearsal:
            return made.plan
        files.write(self._path, made.plan, is_forced=True)
        return made.plan

    def _show(self, plan: Plan) -> None:
        backend = self._session.backend
        for planned in planned_rows(backend, plan):
            put_request(request_of(backend, planned))
        say(f"Dry run: {plan.header.what}. These {plan.header.count:,} requests were not sent.")
        say("The key stands as $CRMDECK_KEY. Where the server offers it, If-Match goes with them.")

    async def _rehearse(self, plan: Plan) -> None:
        session = self._session
        shown = await rehearsing.rehearse(
            session.backend, plan, session.open_scratch, clock=self._clock, tell=self._tell
        )
        self._line.close()
        counts = shown.result.counts
        read = f"{session.name} was only read, {shown.requests:,} requests"
        say(f"Rehearsed in a clone: {counts.in_words()}. {read}.")
        say("What other records and the rights of the key have to say does not show in a clone.")
        if not counts.is_all_well:
            raise Failed("Not every row would be done.", status=_status(counts))
        say(f"Run it: {self._again()}")

    async def _run(self, plan: Plan, progress: ProgressFile) -> None:
        wish = self._wish
        before = counts_of(plan.rows, progress.notes)
        if progress.notes and not (wish.is_resumed or wish.is_retrying):
            if before.is_all_well:
                raise Failed(f"This plan was run: {before.in_words()}. Nothing is left to do.")
            told = f"This plan was begun: {before.in_words()}."
            raise Failed(told, f"Go on with: {self._again('--resume')}")
        run = PlanRun(
            self._session.backend,
            plan,
            progress,
            clock=self._clock,
            is_going_on=wish.is_going_on,
            at_once=wish.at_once,
        )
        try:
            result = await _pausable(run, self._work(run))
        except asyncio.CancelledError:
            raise Failed(
                f"Stopped in the middle: {run.counts.in_words()}.",
                f"What was under way is found out about by: {self._again('--resume')}",
                status=Exit.PARTLY,
            ) from None
        finally:
            self._line.close()
        self._conclude(result)

    async def _work(self, run: PlanRun) -> RunResult:
        wish = self._wish
        return await run.run(self._tell, limit=wish.canary, is_retrying=wish.is_retrying)

    def _tell(self, row: RowResult, counts: PlanCounts) -> None:
        note = row.note
        line: dict[str, Json] = {
            "row": row.row.id,
            "record_type": row.row.record_type,
            "record_id": row.row.record_id,
            "state": note.state.value,
            "number": note.number,
            "note": note.note,
        }
        put_json_line(line)
        flush()
        ended = counts.total - counts[RowState.PENDING] - counts[RowState.SENDING]
        self._line.show(f"{ended:,} of {counts.total:,}: {counts.in_words()}")

    def _conclude(self, result: RunResult) -> None:
        """Say how it stands and how to go on."""
        counts, words = result.counts, result.counts.in_words()
        say(f"{self._path}: {words}")
        if result.ending is Ending.FINISHED and counts.is_all_well:
            return
        ways = []
        if result.ending is not Ending.FINISHED:
            ways.append(f"Go on with: {self._again('--resume')}")
        if counts.failed:
            ways.append(f"Send the failed ones again: {self._again('--retry-failed')}")
        if counts.open:
            ways.append("Nobody knows whether the unknown ones were done; look at these records.")
        if result.ending is Ending.CANARY and not counts.failed and not counts.open:
            say(ways[0])
            return
        what = {
            Ending.PAUSED: "Paused.",
            Ending.STOPPED: "Stopped at a row that went wrong.",
            Ending.CANARY: "Paused behind the canary.",
        }.get(result.ending, "Some rows were not done.")
        lines = (what,) if result.error is None else describe(result.error)
        raise Failed(*lines, *ways, status=_status(counts))

    def _again(self, *options: str) -> str:
        """The command line that goes on."""
        words = ["crmdeck apply", shlex.quote(str(self._wish.path))]
        words += filter(None, [self._session.command_options])
        words += ["--undo"] if self._wish.is_undo else []
        return " ".join([*words, *options])


def _status(counts: PlanCounts) -> Exit:
    is_any_done = counts[RowState.DONE] + counts[RowState.SKIPPED] + counts.open > 0
    return Exit.PARTLY if is_any_done else Exit.FAILED


async def _pausable(run: PlanRun, work: Coroutine[object, object, RunResult]) -> RunResult:
    """Let Ctrl+C pause the run behind the row that is under way; a second one stops at once."""
    task = asyncio.create_task(work)
    loop = asyncio.get_running_loop()
    was_told = False

    def stop() -> None:
        nonlocal was_told
        if was_told:
            task.cancel()
            return
        was_told = True
        say("Pausing behind the row that is under way; Ctrl+C once more stops at once.")
        run.pause()

    loop.add_signal_handler(signal.SIGINT, stop)
    try:
        return await task
    finally:
        loop.remove_signal_handler(signal.SIGINT)
