"""`crmdeck export TYPE`: the records that match, into a file that is whole or not there."""

import shlex
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeGuard

import click

from app.cli.asking import Asked, ask_text
from app.cli.failures import Exit, Failed, describe
from app.cli.output import ProgressLine, say
from app.cli.records import named_columns
from app.cli.workspace import Workspace, with_workspace
from app.controller.columns import default_columns
from app.controller.exporting import Export, Progress, every_column, format_of
from app.controller.paging import READ_AGAIN
from app.controller.session import Session
from app.domain.date_words import Calendar
from app.domain.errors import BackendError
from app.domain.exports import ExportError, ExportPlan
from app.domain.query import Query, Sort
from app.domain.record_formats import RECORD_FORMATS
from app.domain.schema import RecordType

EVERY_COLUMN: Final = "*"
"""What `--columns` takes for all attributes of the schema."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked on the command line; `None` where nothing was said."""

    record_type: str
    text: str | None
    sort: tuple[Sort, ...]
    target: Path
    form: str | None
    columns: tuple[str, ...] | None
    is_raw: bool
    is_forced: bool
    is_resumed: bool

    def goes_on_with(self, kept: ExportPlan | None) -> TypeGuard[ExportPlan]:
        """Whether what an interrupted file is to hold is taken from its record: nothing else was said about it."""
        is_plain = self.text is None and not self.sort and not self.is_raw and self.columns is None
        is_same_type = kept is not None and kept.query.record_type == self.record_type
        return self.is_resumed and is_plain and is_same_type


@click.command("export")
@click.argument("record_type", metavar="TYPE")
@click.argument("words", metavar="[EXPR]", nargs=-1)
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file to write; it appears when it is complete.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice([*RECORD_FORMATS]),
    help="How to write them.  [default: as FILE ends]",
)
@click.option(
    "--columns",
    metavar="A,B",
    help="The attributes to write, in this order; '*' for all the schema has.",
)
@click.option(
    "--sort",
    multiple=True,
    metavar="[-]ATTRIBUTE",
    help="Sort by it, descending with a minus; up to three times.",
)
@click.option("--force", is_flag=True, help="Replace FILE, and drop an interrupted export of it.")
@click.option("--resume", is_flag=True, help="Go on with the interrupted export of FILE.")
@click.option(
    "--raw",
    is_flag=True,
    help="CSV: leave texts as they are that a spreadsheet might run as formulas.",
)
@with_workspace
def command(
    workspace: Workspace,
    record_type: str,
    words: tuple[str, ...],
    target: Path,
    form: str | None,
    columns: str | None,
    sort: tuple[str, ...],
    force: bool,
    resume: bool,
    raw: bool,
) -> None:
    r"""Write all records of TYPE that match EXPR to FILE; all of them without one.

    FILE is whole or not there. When the export is interrupted, what was written stays in FILE.part, and --resume goes on
    with it, to the same bytes. The formats and columns are those of crmdeck query --format.

    \b
    crmdeck export contact -o contacts.csv
    crmdeck export contact 'stage = working' -o working.jsonl --columns '*'
    crmdeck export contact -o contacts.csv --resume
    """
    if force and resume:
        raise click.UsageError("--force starts anew, --resume goes on: give one of them.")
    if str(target) == "-":
        told = f"To write to a pipe: crmdeck query {record_type} --all --format csv."
        raise click.UsageError(f"-o needs a file. {told}")
    if len(words) > 1:
        raise click.UsageError(f"EXPR is one argument: put it in quotes, '{' '.join(words)}'.")
    wish = _Wish(
        record_type,
        words[0] if words else None,
        tuple(Sort.parse(key) for key in sort),
        target,
        form,
        _names(columns),
        raw,
        force,
        resume,
    )
    _Run(workspace, wish).run()


def _names(columns: str | None) -> tuple[str, ...] | None:
    if columns is None:
        return None
    names = tuple(filter(None, map(str.strip, columns.split(","))))
    if not names:
        raise click.UsageError("--columns names no attribute.")
    return names


class _Run:
    """One run of the command: what it tells, and what it leaves."""

    def __init__(self, workspace: Workspace, wish: _Wish) -> None:
        self._workspace = workspace
        self._wish = wish
        self._line = ProgressLine()
        self._export: Export | None = None
        self._asked: Asked | None = None
        self._options = ""
        self._started_s = time.perf_counter()
        self._rows_before = 0

    def run(self) -> None:
        """Write the file and say what it holds.

        Raises:
            Failed: with how to go on, where there is something to go on with.
        """
        try:
            done = self._workspace.run(self._write)
        except BackendError as error:
            pinned = self._asked.pinned(error) if self._asked is not None else None
            lines = pinned.lines if pinned is not None else describe(error)
            raise self._interrupted(*lines) from None
        except ExportError as error:
            is_over = error.can_start_anew and not error.can_resume
            raise self._interrupted(str(error), *_ways_out(error), is_over=is_over) from None
        except KeyboardInterrupt:
            if self._kept is None:
                raise
            raise self._interrupted("Stopped.") from None
        finally:
            self._line.close()
        self._tell(done)

    async def _write(self, session: Session) -> Progress:
        wish, files = self._wish, session.export_files
        self._options = session.command_options
        place = files.look(wish.target)
        if place.is_taken and not (wish.is_forced or wish.is_resumed):
            raise ExportError(f"{wish.target} exists already.", can_start_anew=True)
        schema = await session.backend.schema(wish.record_type)
        kept = place.interrupted.plan if place.interrupted is not None else None
        if wish.goes_on_with(kept):
            plan = replace(kept, source=session.name, form=wish.form or kept.form)
        else:
            plan = await self._plan(session, schema)
        self._rows_before = place.interrupted.mark.rows if place.interrupted is not None else 0
        if plan.form == "csv" and not plan.is_guarded:
            say("Texts are left as they are: a spreadsheet may run those that look like formulas.")
        self._export = Export(files, wish.target, plan, schema)
        self._started_s = time.perf_counter()
        return await self._export.write_all(
            session.backend,
            self._show,
            is_forced=wish.is_forced,
            is_resumed=wish.is_resumed,
        )

    async def _plan(self, session: Session, schema: RecordType) -> ExportPlan:
        wish = self._wish
        form = wish.form or format_of(wish.target.name)
        if form is None:
            known = ", ".join(f".{name}" for name in RECORD_FORMATS)
            raise click.UsageError(f"{wish.target} ends in none of {known}: give --format.")
        named_columns(schema, [key.field for key in wish.sort])
        query = Query(wish.record_type, (), wish.sort)
        if wish.text is not None:
            calendar = Calendar(self._workspace.ports.clock(), session.time_zone)
            self._asked = await ask_text(session, schema, wish.text, wish.sort, calendar)
            query = self._asked.query
        columns, are_named = _columns(schema, wish.columns)
        return ExportPlan(session.name, query, form, columns, are_named, not wish.is_raw)

    @property
    def _kept(self) -> int | None:
        return self._export.kept if self._export is not None else None

    def _show(self, progress: Progress) -> None:
        elapsed_s = max(time.perf_counter() - self._started_s, 0.001)
        new = progress.rows - (self._rows_before if self._wish.is_resumed else 0)
        rate = f"{new / elapsed_s:,.0f} rows/s"
        self._line.show(f"{progress.rows:,} rows, {progress.requests:,} requests, {rate}")

    def _interrupted(self, *lines: str, is_over: bool = False) -> Failed:
        """The failure for what ended the export, with what is left and, unless that is over, how to go on."""
        if self._kept is None:
            return Failed(*lines)
        target = self._wish.target
        left = f"{target} was not written; {self._kept:,} rows are kept in {target}.part."
        if is_over:
            return Failed(*lines, left, status=Exit.PARTLY)
        words = ["crmdeck export", shlex.quote(self._wish.record_type)]
        words += ["-o", shlex.quote(str(target)), *filter(None, [self._options]), "--resume"]
        return Failed(
            *lines,
            left,
            f"Go on with: {' '.join(words)}",
            status=Exit.PARTLY,
        )

    def _tell(self, done: Progress) -> None:
        elapsed_s = time.perf_counter() - self._started_s
        requests = f"{done.requests:,} request{'' if done.requests == 1 else 's'}"
        rows = f"{done.rows:,} row{'' if done.rows == 1 else 's'}"
        say(f"{self._wish.target}: {rows}, {requests} in {elapsed_s:.1f} s")
        if done.was_read_again:
            say(f"{READ_AGAIN}; what was written before is in the file once.")
        if done.repeated:
            say(f"{done.repeated:,} records came twice from the server and are written once.")


def _ways_out(error: ExportError) -> tuple[str, ...]:
    """What one can type."""
    ways = [
        *(["--resume goes on with it"] if error.can_resume else []),
        *(["--force starts anew"] if error.can_start_anew else []),
    ]
    return (f"{', '.join(ways)}.",) if ways else ()


def _columns(schema: RecordType, wished: tuple[str, ...] | None) -> tuple[tuple[str, ...], bool]:
    """The names of the attributes to write, and whether they are all there is to be."""
    if wished == (EVERY_COLUMN,):
        return every_column(schema)
    rows = default_columns(schema) if wished is None else named_columns(schema, wished)
    return tuple(row.api_name for row in rows), wished is not None
