"""`crmdeck plan TYPE [EXPR] a=v ... -o FILE`: bulk changes as a file, made and not yet run."""

import re
import shlex
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from app.cli.arguments import Argument, split_arguments, to_changes
from app.cli.asking import asked_query
from app.cli.failures import Exit, Failed, describe
from app.cli.output import ProgressLine, say
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import check_action, check_faults
from app.controller.pages import Pages
from app.controller.planning import BulkChange, Place, PlanMaking, read_by_ids
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.date_words import Calendar
from app.domain.errors import BackendError
from app.domain.lint import lint_names, lint_write
from app.domain.plan import Plan, PlanError
from app.domain.query import Query
from app.domain.records import Record, RecordId
from app.domain.schema import RecordType

_ASSIGNMENT: Final = re.compile(r"\w+:?=")
"""How a word begins that sets an attribute; the signs of an expression stand between blanks."""

MAX_NAMED: Final = 10
"""Records that a message names."""

MAX_IDS_BYTES: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Wish:
    """What was asked on the command line."""

    record_type: str
    text: str | None
    """The expression; `None` where none was given."""
    arguments: tuple[Argument, ...]
    ids: tuple[str, ...] | None
    target: Path
    is_forced: bool

    @property
    def action(self) -> Action:
        return Action.PATCH if self.arguments else Action.ARCHIVE


@click.command("plan")
@click.argument("record_type", metavar="TYPE")
@click.argument("words", metavar="[EXPR] [A=V]...", nargs=-1)
@click.option(
    "-o",
    "--output",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The plan to write, such as plan.jsonl.",
)
@click.option("--archive", is_flag=True, help="Archive the records instead of setting attributes.")
@click.option("--ids", metavar="FILE|-", help="The records of these ids, one a line.")
@click.option("--all", "is_all", is_flag=True, help="All records of TYPE.")
@click.option("--force", is_flag=True, help="Replace FILE, unless a run of it was begun.")
@with_workspace
def command(
    workspace: Workspace,
    record_type: str,
    words: tuple[str, ...],
    target: Path,
    archive: bool,
    ids: str | None,
    is_all: bool,
    force: bool,
) -> None:
    r"""Write a plan that changes the records of TYPE that match EXPR; nothing is changed yet.

    a=v, a= and a:=JSON are those of crmdeck patch. The plan holds a request per record with the values it replaces; records
    that are so already are left out. crmdeck apply shows it, rehearses it and runs it.

    \b
    crmdeck plan contact 'stage = new' stage=working -o plan.jsonl
    crmdeck plan contact --ids ids.txt --archive -o plan.jsonl
    crmdeck apply plan.jsonl --dry-run
    """
    text = words[0] if words and not _ASSIGNMENT.match(words[0]) else None
    arguments = split_arguments(words if text is None else words[1:])
    if archive == bool(arguments):
        raise click.UsageError("Give what to set, as in stage=working, or --archive.")
    if [text is not None, ids is not None, is_all].count(True) != 1:
        raise click.UsageError(
            "Say which records: EXPR with blanks around its signs ('stage = new'), --ids or --all; one of them."
        )
    if str(target) == "-":
        raise click.UsageError("-o needs a file: its progress is kept beside it.")
    wish = _Wish(record_type, text, arguments, _read_ids(ids), target, force)
    try:
        workspace.run(lambda session: _make(workspace, session, wish))
    except PlanError as error:
        raise Failed(str(error), *(() if force else _ways_out(target))) from None


def _ways_out(target: Path) -> tuple[str, ...]:
    return ("--force replaces it.",) if target.exists() else ()


def _read_ids(source: str | None) -> tuple[str, ...] | None:
    """The ids of a file or of stdin, one a line; `None` where neither was named."""
    if source is None:
        return None
    try:
        if source == "-":
            data = sys.stdin.buffer.read(MAX_IDS_BYTES)
        else:
            with Path(source).open("rb") as file:
                data = file.read(MAX_IDS_BYTES)
        ids = tuple(filter(None, (line.strip() for line in data.decode().splitlines())))
    except OSError as error:
        raise click.UsageError(f"--ids {source}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise click.UsageError(f"--ids {source}: is no text.") from None
    if not ids:
        raise click.UsageError(f"--ids {source}: holds no id.")
    return ids


async def _make(workspace: Workspace, session: Session, wish: _Wish) -> None:
    check_action(session, wish.record_type, wish.action, is_dry=True)
    schema = await session.backend.schema(wish.record_type)
    making = PlanMaking(session.backend, _change(session, schema, wish))
    calendar = Calendar(workspace.ports.clock(), session.time_zone)
    line = ProgressLine()
    try:
        async with aclosing(_records(session, schema, wish, making, calendar)) as pages:
            async for records in pages:
                await making.add(records)
                line.show(f"{len(making.rows):,} rows, {making.unchanged:,} are so already")
    except BackendError as error:
        raise Failed(*describe(error), "No plan was written.") from None
    finally:
        line.close()
    place = Place(session.name, session.workspace)
    plan = making.plan(place, schema.api_name, calendar.now)
    session.plan_files.write(wish.target, plan, is_forced=wish.is_forced)
    _tell(session, wish.target, plan, making)


def _change(session: Session, schema: RecordType, wish: _Wish) -> BulkChange:
    known = schema.attribute_by_name
    check_faults(lint_names((row.name for row in wish.arguments), known, schema.api_name))
    changes = to_changes(wish.arguments, known)
    matrix = session.backend.resources
    check_faults(lint_write(matrix, schema, changes, [wish.action], is_read_only=False))
    return BulkChange(changes)


async def _records(
    session: Session, schema: RecordType, wish: _Wish, making: PlanMaking, calendar: Calendar
) -> AsyncGenerator[tuple[Record, ...], None]:
    """The records to plan, page by page."""
    if wish.ids is not None:
        found, missing = await read_by_ids(session.backend, schema, wish.ids)
        making.missing.extend(missing)
        yield found
        return
    query = Query(schema.api_name)
    if wish.text is not None:
        query = await asked_query(session, schema, wish.text, (), calendar)
    async with aclosing(Pages(session.backend, query, is_ahead=True).read()) as pages:
        async for records in pages:
            yield records


def _tell(session: Session, target: Path, plan: Plan, making: PlanMaking) -> None:
    rows = f"{plan.header.count:,} row{'' if plan.header.count == 1 else 's'}"
    say(f"{target}: {rows}: {plan.header.what}")
    if making.unchanged:
        say(f"{making.unchanged:,} records are so already and were left out.")
    _name("hold a value that could not be read, so it could not be put back", making.unreadable)
    _name("were not found", making.missing)
    least, most = plan.header.count, 2 * plan.header.count
    say(f"A run takes {least:,} to {most:,} requests: the fewer where the server offers If-Match.")
    options = "".join(f" {word}" for word in [session.command_options] if word)
    say(
        f"Nothing was changed. Try it: crmdeck apply {shlex.quote(str(target))}{options} --rehearse"
    )
    if making.unreadable or making.missing:
        raise Failed("The plan leaves out what is named above.", status=Exit.PARTLY)


def _name(what: str, ids: list[RecordId]) -> None:
    if ids:
        named = ", ".join(row.id for row in ids[:MAX_NAMED])
        say(f"{len(ids):,} records {what}: {named}{', ...' if len(ids) > MAX_NAMED else ''}")
