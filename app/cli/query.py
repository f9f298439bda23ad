"""`crmdeck query TYPE`: the records that match."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import click

from app.cli.asking import Asked, ask_text
from app.cli.failures import Exit, Failed, describe
from app.cli.output import flush, put, put_part, put_raw, say, width_cells
from app.cli.records import named_columns
from app.cli.saved import find_saved
from app.cli.table import Column, Table
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import put_request
from app.controller.clock import Clock
from app.controller.columns import default_columns
from app.controller.pages import Pages
from app.controller.paging import MAX_PAGE, PAGING_STUCK, READ_AGAIN
from app.controller.session import Session
from app.domain.date_words import Calendar
from app.domain.errors import BackendError, Rejected
from app.domain.json_text import parse_json
from app.domain.query import DEFAULT_LIMIT, Node, Query, Sort
from app.domain.record_formats import RECORD_FORMATS, RecordFormat, Shape, table_cell
from app.domain.records import Cursor, Record
from app.domain.remembered import SavedQuery
from app.domain.safe_text import Shown, shown
from app.domain.schema import Attribute, RecordType
from app.domain.values import Ordering
from app.wire.public_v2.queries import json_to_nodes
from app.wiring import saved_queries


class Writer(Protocol):
    """Writes records in one format."""

    def page(self, records: Sequence[Record]) -> None:
        """Write the records of a page."""
        ...

    def end(self) -> None:
        """Write what closes the output."""
        ...


class FormatWriter:
    """Writes one of the formats for programs, each page at once."""

    def __init__(self, form: RecordFormat) -> None:
        self._format = form
        self._is_empty = True
        put_part(form.opening())

    def page(self, records: Sequence[Record]) -> None:
        put_part(self._format.rows(records, is_first=self._is_empty))
        self._is_empty = self._is_empty and not records

    def end(self) -> None:
        put_part(self._format.closing(is_empty=self._is_empty))


class TableWriter:
    """An aligned table for people; its layout is settled by the first page."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._table: Table | None = None

    def page(self, records: Sequence[Record]) -> None:
        rows = [
            [table_cell(record, column) for column in self._shape.columns] for record in records
        ]
        if self._table is None and rows:
            self._start(rows)
        if self._table is not None:
            put(*map(self._table.line, rows))

    def end(self) -> None:
        if self._table is None:
            self._start([])

    def _start(self, rows: Sequence[Sequence[Shown]]) -> None:
        is_ours = not self._shape.are_columns_named
        headings = [_heading(column) for column in self._shape.columns]
        self._table = Table(headings, rows, width_cells(), keeps_last=is_ours)
        put(self._table.heading)
        if self._table.left_out and not is_ours:
            names = ", ".join(self._table.left_out)
            say(f"No room for {names}: choose with --columns, or write --format csv.")


def _heading(attribute: Attribute) -> Column:
    row = attribute.type_row
    is_rigid = row.is_right_aligned or row.ordering is Ordering.TIME
    return Column(shown(attribute.api_name), row.is_right_aligned, is_rigid)


TABLE: Final = "table"
"""The format for people."""


def _writer(form: str, shape: Shape) -> Writer:
    return TableWriter(shape) if form == TABLE else FormatWriter(RECORD_FORMATS[form](shape))


@dataclass(frozen=True, slots=True)
class _Question:
    """What was asked on the command line."""

    query: Query
    """As far as it is known without a schema."""
    text: str | None
    """An expression, whose conditions come instead of the query's, and whose order behind it."""
    limit: int | None
    """`None` asks for all."""
    columns: tuple[str, ...] | None
    form: str
    is_saved: bool = False
    """Whether the columns are those of a saved query: one that the schema has lost is then left out."""

    def named_columns(self, schema: RecordType) -> tuple[Attribute, ...] | None:
        """The attributes to write, `None` for a fitting choice. Raises click.UsageError."""
        if self.columns is None:
            return None
        lost = [name for name in self.columns if name not in schema.attribute_by_name]
        if not self.is_saved or not lost:
            return named_columns(schema, self.columns)
        say(f"{schema.api_name} has no attribute {', '.join(lost)}: left out.")
        return named_columns(schema, [name for name in self.columns if name not in lost]) or None


@click.command("query")
@click.argument("record_type", metavar="TYPE", required=False)
@click.argument("words", metavar="[EXPR]", nargs=-1)
@click.option("--saved", metavar="NAME", help="Ask a saved query in the place of TYPE and EXPR.")
@click.option(
    "--filters",
    metavar="JSON",
    help="The API's own list of filters, as JSON, as @FILE, or as @- for stdin.",
)
@click.option(
    "--sort",
    multiple=True,
    metavar="[-]ATTRIBUTE",
    help="Sort by it, descending with a minus; up to three times. Comes before the order of EXPR.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Stop after N records.  [default: {DEFAULT_LIMIT}]",
)
@click.option("--all", "is_all", is_flag=True, help="Read every page.")
@click.option("--columns", metavar="A,B", help="The attributes to write, in this order.")
@click.option(
    "--format",
    "form",
    type=click.Choice([TABLE, *RECORD_FORMATS]),
    default=TABLE,
    show_default=True,
    help="How to write them.",
)
@click.option("--raw", is_flag=True, help="Write the API's own answers, one page per line.")
@click.option("--dry-run", "is_dry", is_flag=True, help="Print the exact request; ask nothing.")
@with_workspace
def command(
    workspace: Workspace,
    record_type: str | None,
    words: tuple[str, ...],
    saved: str | None,
    filters: str | None,
    sort: tuple[str, ...],
    limit: int | None,
    is_all: bool,
    columns: str | None,
    form: str,
    raw: bool,
    is_dry: bool,
) -> None:
    r"""List the records of TYPE that match EXPR; all of them without one.

    EXPR is one argument, such as 'stage = working and updated_at >= 7d order by -updated_at'. It is looked at before it is
    sent: what the API would refuse is named with the API's own code. Days are those of the profile's time zone.

    json is an array and jsonl a line each of {"id", "record_type", "attributes": {name: plain value}}. table and md show the
    named columns or a fitting choice; csv adds the id to that choice.

    \b
    crmdeck query contact 'stage = working and title contains "VP"'
    crmdeck query contact --sort -updated_at
    crmdeck query contact --all --format jsonl
    crmdeck query --saved 'sales/Hot leads' --all --format csv
    crmdeck query contact --filters '[{"field": "stage", "operator": "eq", "value": "working"}]'
    """
    if is_all and limit is not None:
        raise click.UsageError("Give --limit or --all, not both.")
    names = None if columns is None else tuple(filter(None, map(str.strip, columns.split(","))))
    if names == ():
        raise click.UsageError("--columns names no attribute.")
    kept = None if saved is None else _saved(saved, record_type, filters)
    if kept is not None:
        record_type, words = kept.record_type, (kept.text,)
        names = kept.columns or None if names is None else names
    if record_type is None:
        raise click.UsageError("Missing argument 'TYPE'.")
    question = _Question(
        Query(record_type, _filters(filters or "[]"), tuple(Sort.parse(key) for key in sort)),
        _expression(words, filters),
        None if is_all else limit or DEFAULT_LIMIT,
        names,
        form,
        is_saved=kept is not None and columns is None,
    )
    use = _rehearse if is_dry else _write_raw if raw else _write
    clock = workspace.ports.clock
    workspace.run(lambda session: use(session, question, clock))


def _saved(name: str, record_type: str | None, filters: str | None) -> SavedQuery:
    """The saved query of a name. Raises click.UsageError, and `Failed` as `find_saved` does."""
    if record_type is not None or filters is not None:
        raise click.UsageError("--saved NAME stands in the place of TYPE, EXPR and --filters.")
    return find_saved(saved_queries(), name)


def _filters(text: str) -> tuple[Node, ...]:
    """The filters as given; exit status 2 for what is none."""
    try:
        if text == "@-":
            document = sys.stdin.buffer.read()
        elif text.startswith("@"):
            document = Path(text[1:]).read_bytes()
        else:
            document = text.encode()
        return json_to_nodes(parse_json(document))
    except OSError as error:
        raise click.UsageError(f"--filters: {text[1:]}: {error.strerror}") from None
    except Rejected as error:
        raise click.UsageError(f"{error.reason.removeprefix('/')} (in --filters)") from None
    except ValueError as error:
        raise click.UsageError(f"--filters is not JSON: {error}") from None


def _expression(words: tuple[str, ...], filters: str | None) -> str | None:
    """The expression as given, `None` without one. Raises click.UsageError."""
    if words and filters is not None:
        raise click.UsageError("Give EXPR or --filters, not both.")
    if len(words) > 1:
        raise click.UsageError(
            shown(f"EXPR is one argument: put it in quotes, '{' '.join(words)}'.")
        )
    return words[0] if words else None


async def _asked(session: Session, question: _Question, schema: RecordType, clock: Clock) -> Asked:
    """What to send. Raises `Failed` for an expression that is none, or that the API would refuse."""
    if question.text is None:
        return Asked(question.query)
    calendar = Calendar(clock(), session.time_zone)
    return await ask_text(session, schema, question.text, question.query.sort, calendar)


async def _rehearse(session: Session, question: _Question, clock: Clock) -> None:
    """Print the request for the first page."""
    schema = await session.backend.schema(question.query.record_type)
    asked = await _asked(session, question, schema, clock)
    put_request(session.backend.prepare_query(_first_page(asked.query, question.limit)))
    say("Dry run: this request was not sent. The key stands as $CRMDECK_KEY.")
    say("Each further page is asked for by the cursor of the one before.")


def _first_page(query: Query, limit: int | None) -> Query:
    return replace(query, limit=min(limit or MAX_PAGE, MAX_PAGE))


async def _write(session: Session, question: _Question, clock: Clock) -> None:
    record_type = await session.backend.schema(question.query.record_type)
    named_columns(record_type, [key.field for key in question.query.sort])
    asked = await _asked(session, question, record_type, clock)
    named = question.named_columns(record_type)
    shape = Shape(record_type, named or default_columns(record_type), named is not None)
    pages = Pages(session.backend, asked.query, question.limit)
    writer: Writer | None = None
    try:
        async for records in pages.read():
            writer = writer or _writer(question.form, shape)
            writer.page(records)
            flush()
    except BackendError as error:
        if not pages.count:
            raise asked.pinned(error) or error from None
        told = f"{pages.count} records were written before this; the list is not complete."
        raise Failed(*describe(error), told, status=Exit.PARTLY) from None
    assert writer is not None
    writer.end()
    _tell_paging(pages)


def _tell_paging(pages: Pages) -> None:
    if pages.was_read_again:
        say(f"{READ_AGAIN}; what was written before is not written twice.")
    if pages.repeated:
        say(f"{pages.repeated} records came twice from the server and are written once.")
    if pages.has_more:
        say(f"{pages.count} shown, more on server: --limit N or --all")


async def _write_raw(session: Session, question: _Question, clock: Clock) -> None:
    """Write whole answers as they came, until there are `limit` records in them or no more pages."""
    backend = session.backend
    asked = Asked(question.query)
    if question.text is not None:
        schema = await backend.schema(question.query.record_type)
        asked = await _asked(session, question, schema, clock)
    query = _first_page(asked.query, question.limit)
    cursor: Cursor | None = None
    count = 0
    while True:
        body = await backend.raw(backend.prepare_query(query, cursor))
        put_raw(body)
        found, following = _read_page(body)
        count += found
        if following is None:
            return
        if question.limit is not None and count >= question.limit:
            say(f"{count} records written, more on server: --limit N or --all")
            return
        if following == cursor or not found:
            raise Failed(PAGING_STUCK, status=Exit.PARTLY)
        cursor = following


def _read_page(body: bytes) -> tuple[int, Cursor | None]:
    """How many records an answer holds, and where the next page starts."""
    try:
        answer = parse_json(body)
    except ValueError as error:
        raise Failed(f"The answer is not JSON: {error}", status=Exit.PARTLY) from None
    records = answer.get("data") if isinstance(answer, dict) else None
    following = answer.get("next_cursor") if isinstance(answer, dict) else None
    return (
        len(records) if isinstance(records, list) else 0,
        Cursor(following) if isinstance(following, str) and following else None,
    )
