"""`crmdeck import TYPE FILE`: the rows of a file as new or changed records."""

import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from app.cli.failures import Exit, Failed, describe
from app.cli.output import ProgressLine, say
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import check_action, put_request
from app.controller.import_run import ImportProgress, ImportRun, Survey
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.errors import BackendError
from app.domain.import_plan import ImportPlan, plan_import
from app.domain.import_results import (
    FAILED,
    SETTLED,
    ImportRecord,
    ResultFile,
    RowOutcome,
    RowResult,
)
from app.domain.import_source import CannotImport

Note = Callable[[RowResult], None]
"""Takes each result as it is known."""

TOLD: Final = 20
"""Rows that are told of one by one; the file of results has all."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the command line asks for."""

    record_type: str
    source: Path
    match: str | None
    given: dict[str, str | None]
    results: Path
    limit: int | None
    is_dry: bool
    is_resumed: bool


@click.command("import")
@click.argument("record_type", metavar="TYPE")
@click.argument("source", metavar="FILE", type=click.Path(path_type=Path))
@click.option(
    "--match",
    metavar="FIELD",
    help="Change the record that has this unique value, create it if there is none.",
)
@click.option(
    "--map",
    "maps",
    multiple=True,
    metavar="COLUMN=FIELD",
    help="What a column sets; COLUMN= leaves it out. May be given again.",
)
@click.option("--dry-run", "is_dry", is_flag=True, help="Say what would be done; change nothing.")
@click.option(
    "--results",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the outcome of each row is written; FILE.results.jsonl by default.",
)
@click.option("--resume", is_flag=True, help="Go on with an import that was interrupted.")
@click.option("--limit", type=click.IntRange(1), metavar="N", help="Take the first N rows only.")
@with_workspace
def command(
    workspace: Workspace,
    record_type: str,
    source: Path,
    match: str | None,
    maps: tuple[str, ...],
    is_dry: bool,
    results: Path | None,
    resume: bool,
    limit: int | None,
) -> None:
    r"""Make records of TYPE from FILE: CSV with a heading (comma, semicolon or tab), or JSON Lines; UTF-8.

    A column sets the attribute of its name, or the one --map gives it. An empty cell leaves its attribute alone; null in
    JSON clears it. Items of a list-like attribute are separated by semicolons. What became of each row is written to a file
    of results, with which --resume goes on after any crash: no record is made twice. Rows with a wrong cell are not sent.

    \b
    crmdeck import contact people.csv --dry-run
    crmdeck import contact people.csv --match primary_email --map 'E-mail=primary_email' --map 'Notes='
    crmdeck import contact people.csv --resume
    """
    wish = _Wish(
        record_type,
        source,
        match,
        dict(map(_map, maps)),
        results if results is not None else source.with_name(f"{source.name}.results.jsonl"),
        limit,
        is_dry,
        resume,
    )
    _Import(workspace, wish).run()


def _map(word: str) -> tuple[str, str | None]:
    column, sign, name = word.rpartition("=")
    if not sign or not column:
        raise click.UsageError(f"--map {word}: expected COLUMN=FIELD, or COLUMN= to leave it out.")
    return column, name or None


class _Import:
    """One run of the command: what it tells, and what it leaves."""

    def __init__(self, workspace: Workspace, wish: _Wish) -> None:
        self._workspace = workspace
        self._wish = wish
        self._line = ProgressLine()
        self._record: ImportRecord | None = None
        self._failures: list[RowResult] = []
        self._options = ""
        self._total = 0
        self._started_s = time.perf_counter()

    def run(self) -> None:
        """Import, and say what became of the rows.

        Raises:
            Failed: with what is left and how to go on.
        """
        try:
            self._workspace.run(self._import)
        except BackendError as error:
            raise self._interrupted(*describe(error)) from None
        except CannotImport as error:
            raise self._interrupted(str(error)) from None
        except KeyboardInterrupt:
            if self._record is None:
                raise
            raise self._interrupted("Stopped.") from None
        finally:
            self._line.close()

    async def _import(self, session: Session) -> None:
        wish = self._wish
        check_action(session, wish.record_type, Action.CREATE, is_dry=wish.is_dry)
        self._options = session.command_options
        schema = await session.backend.schema(wish.record_type)
        source = session.import_files.source(wish.source)
        resources = session.backend.resources
        plan = plan_import(resources, schema, source.columns(), match=wish.match, given=wish.given)
        _tell_plan(plan)
        fixes: dict[int, dict[str, str]] = {}
        kept = session.import_files.heading(wish.results) if wish.is_resumed else None
        if kept is not None:
            fixes = {number: {**cells} for number, cells in kept.fixes.items()}
        clock = self._workspace.ports.clock
        run = ImportRun(session.backend, plan, source, clock, fixes=fixes, limit=wish.limit)
        if wish.is_dry:
            record = await run.rehearse(self._show, self._note)
            self._line.close()
            for request in run.samples.values():
                put_request(request)
            self._tell_failures()
            say(f"Dry run: nothing was sent. It would be: {record.words}.")
            if record.failed:
                raise Failed(f"{_rows(record.failed)} would not be imported.")
            return
        self._total = (await run.survey(self._show_reading)).rows
        heading = await run.heading(session.workspace)
        results, self._record = (
            session.import_files.resume(wish.results, heading)
            if wish.is_resumed
            else (session.import_files.begin(wish.results, heading), ImportRecord())
        )
        watched = _Watched(results, self._note)
        try:
            await run.run(watched, self._record, heading, self._show)
        finally:
            watched.close()
        self._line.close()
        self._tell(self._record)

    def _note(self, result: RowResult) -> None:
        if result.outcome in FAILED and len(self._failures) < TOLD:
            self._failures.append(result)

    def _show_reading(self, survey: Survey) -> None:
        self._line.show(f"Reading {self._wish.source}: {survey.rows:,} rows")

    def _show(self, progress: ImportProgress) -> None:
        of = f" of {self._total:,}" if self._total else ""
        self._line.show(f"{progress.rows:,}{of} rows: {progress.words}")

    def _tell_failures(self) -> None:
        for result in self._failures:
            code = f" ({result.code})" if result.code else ""
            where = "" if result.outcome is RowOutcome.BAD else f"line {result.line}, "
            kind = "" if result.outcome is RowOutcome.BAD else f"{result.outcome}: "
            say(f"{where}{kind}{result.why}{code}")

    def _tell(self, record: ImportRecord) -> None:
        elapsed_s = time.perf_counter() - self._started_s
        self._tell_failures()
        say(f"{self._wish.source}: {record.words} in {elapsed_s:.1f} s")
        if not record.failed:
            return
        others = record.failed - len(self._failures)
        more = f"; {others:,} more than are told here" if others > 0 else ""
        raise Failed(
            f"{_rows(record.failed)} of {record.done:,} not imported{more}.",
            f"{self._wish.results} has the outcome of each row.",
            status=Exit.PARTLY if record.failed < record.done else Exit.FAILED,
        )

    def _interrupted(self, *lines: str) -> Failed:
        """The failure for what ended the import, with what is done and how to go on."""
        record = self._record
        if record is None:
            return Failed(*lines)
        wish = self._wish
        words = ["crmdeck import", shlex.quote(wish.record_type), shlex.quote(str(wish.source))]
        words += [f"--match {shlex.quote(wish.match)}"] if wish.match is not None else []
        words += [
            f"--map {shlex.quote(f'{name}={to or str()}')}" for name, to in wish.given.items()
        ]
        words += [f"--results {shlex.quote(str(wish.results))}", *filter(None, [self._options])]
        is_any_done = any(record.counts[outcome] for outcome in SETTLED)
        return Failed(
            *lines,
            f"So far: {record.words}.",
            f"Go on with: {' '.join(words)} --resume",
            status=Exit.PARTLY if is_any_done or record.open else Exit.FAILED,
        )


class _Watched:
    """A file of results that tells each one to somebody too; a `ResultFile`."""

    def __init__(self, results: ResultFile, note: Note) -> None:
        self._results = results
        self._note = note

    def write(self, result: RowResult, *, is_lasting: bool = False) -> None:
        """Write it, then tell it."""
        self._results.write(result, is_lasting=is_lasting)
        self._note(result)

    def close(self) -> None:
        """Let go of the file."""
        self._results.close()


def _tell_plan(plan: ImportPlan) -> None:
    """Which column sets what, and which sets nothing."""
    for use in plan.uses:
        by = "  (matched by)" if use.column == plan.match_column else ""
        if use.attribute is not None:
            say(f"{use.column} -> {use.attribute.api_name}{by}")
        else:
            say(f"{use.column} -> not written{by or f': {use.why_not}'}")


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
