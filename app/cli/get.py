"""`crmdeck get TYPE ID`: one record."""

import click

from app.cli.failures import Failed
from app.cli.json_output import put_json
from app.cli.output import put, put_raw
from app.cli.table import Column, Table
from app.cli.workspace import Workspace, with_workspace
from app.controller.session import Session
from app.domain.capabilities import Action, may
from app.domain.fields import Field, record_fields
from app.domain.record_formats import record_json
from app.domain.records import RecordId
from app.domain.safe_text import Shown, shown, shown_lines
from app.domain.values import show

VALUE_LIMIT = 2000
"""Characters of a value that the table shows; `--format json` has all of them."""


@click.command("get")
@click.argument("record_type", metavar="TYPE")
@click.argument("record_id", metavar="ID")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to write it.",
)
@click.option("--raw", is_flag=True, help="Write the API's own answer.")
@with_workspace
def command(workspace: Workspace, record_type: str, record_id: str, form: str, raw: bool) -> None:
    """Show one record: every attribute with its value and whether it can be changed."""
    target = RecordId(record_type, record_id)
    workspace.run(lambda session: _show(session, target, is_json=form == "json", is_raw=raw))  # fmt: skip


async def _show(session: Session, record_id: RecordId, *, is_json: bool, is_raw: bool) -> None:
    backend = session.backend
    reading = may(
        backend.resources, record_id.record_type, Action.READ, is_read_only=session.is_read_only
    )
    if not reading.is_open:
        raise Failed(reason(reading.reason, reading.evidence), *filter(None, [reading.instead]))
    if is_raw:
        put_raw(await backend.raw(backend.prepare_read(record_id)))
        return
    schema = await backend.schema(record_id.record_type)
    record = await backend.read(record_id)
    if is_json:
        put_json(record_json(record, schema))
        return
    rows = [
        line
        for field in record_fields(
            backend.resources, schema, record, is_read_only=session.is_read_only
        )
        for line in _lines(field)
    ]
    table = Table([Column(Shown(heading)) for heading in ("ATTRIBUTE", "RIGHT", "VALUE")], rows)
    put(table.heading, *map(table.line, rows))


def reason(text: str, evidence: str) -> str:
    """Why something cannot be done, with what says so."""
    return f"{text} ({evidence})" if evidence else text


def _lines(field: Field) -> list[list[Shown]]:
    """The rows of one attribute; a long text takes a row per line."""
    text = show(field.value, field.attribute.value_type)
    empty = Shown("-") if field.is_sent else Shown("(not sent)")
    parts = shown_lines(text, limit=VALUE_LIMIT) if text else (empty,)
    rows = [[Shown(""), Shown(""), part] for part in parts]
    rows[0][:2] = [shown(field.attribute.api_name), Shown(field.right)]
    return rows
