"""`crmdeck schema TYPE`: what a record type is made of."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Final

import click

from app.cli.json_output import put_json
from app.cli.output import put, put_raw, say
from app.cli.table import Column, Table
from app.cli.workspace import Workspace, with_workspace
from app.controller.session import Session
from app.domain.safe_text import Shown, shown
from app.domain.schema import Attribute, RecordType, Relationship
from app.domain.values import Json, Option

_ATTRIBUTE_HEADINGS: Final = ("ATTRIBUTE", "TYPE", "RIGHTS", "SORT", "OPERATORS")
_RELATIONSHIP_HEADINGS: Final = ("RELATIONSHIP", "TO", "RIGHTS", "THROUGH", "INVERSE")


@click.command("schema")
@click.argument("record_type", metavar="TYPE")
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
def command(workspace: Workspace, record_type: str, form: str, raw: bool) -> None:
    """Show the attributes and relationships of a record type.

    With each attribute: its value type ([] for a list), whether it can be set on create and changed by update, whether it
    is required or unique, whether a query can sort by it, and the operators a filter on it takes.
    """
    workspace.run(lambda session: _show(session, record_type, is_json=form == "json", is_raw=raw))  # fmt: skip


async def _show(session: Session, name: str, *, is_json: bool, is_raw: bool) -> None:
    backend = session.backend
    if is_raw:
        put_raw(await backend.raw(backend.prepare_schema(name)))
        return
    record_type = await backend.schema(name)
    if is_json:
        put_json(_to_json(record_type))
        return
    put(_title(record_type))
    _put_table(_ATTRIBUTE_HEADINGS, [_attribute_cells(row) for row in record_type.attributes])
    if record_type.relationships:
        put(Shown(""))
        cells = [_relationship_cells(row) for row in record_type.relationships]
        _put_table(_RELATIONSHIP_HEADINGS, cells)
    for oddity in record_type.oddities:
        say(f"left out: {oddity}")


def _title(record_type: RecordType) -> Shown:
    kind = "custom" if record_type.is_custom else "standard"
    if record_type.is_junction:
        kind = "junction"
    description = f": {record_type.description}" if record_type.description else ""
    return shown(
        f"{record_type.api_name} ({record_type.display_name}, {kind}){description}", limit=500
    )


def _put_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    cells = [[shown(text, limit=500) for text in row] for row in rows]
    table = Table([Column(Shown(heading)) for heading in headings], cells)
    put(table.heading, *map(table.line, cells))


def _attribute_cells(row: Attribute) -> tuple[str, ...]:
    kind = row.value_type + ("[]" if row.is_array else "")
    if row.related_record_type is not None:
        kind += f" {row.related_record_type}"
    return (
        row.api_name,
        kind,
        _rights(
            create=row.is_creatable,
            update=row.is_updatable,
            required=row.is_required_on_create,
            unique=row.is_unique,
        ),
        "sort" if row.is_sortable else "-",
        (" ".join(row.filter_operators) or "-") if row.is_filterable else "-",
    )


def _relationship_cells(row: Relationship) -> tuple[str, ...]:
    return (
        row.api_name,
        row.related_record_type + ("[]" if row.is_array else ""),
        _rights(create=row.is_creatable, update=row.is_updatable),
        row.junction_record_type or "-",
        row.inverse_api_name or "-",
    )


def _rights(**flags: bool) -> str:
    return " ".join(name for name, is_set in flags.items() if is_set) or "read only"


def _to_json(record_type: RecordType) -> Json:
    return {
        **_members(record_type, leave_out={"attributes", "relationships"}),
        "attributes": [_attribute_json(row) for row in record_type.attributes],
        "relationships": [_members(row) for row in record_type.relationships],
    }


def _attribute_json(row: Attribute) -> Json:
    return {**_members(row, leave_out={"options"}), "options": [_members(o) for o in row.options]}


def _members(
    row: RecordType | Attribute | Relationship | Option,
    leave_out: frozenset[str] | set[str] = frozenset(),
) -> dict[str, Json]:
    """The fields of a domain object under their own names."""
    found: dict[str, Json] = {}
    for field in fields(row):
        if field.name not in leave_out:
            value = getattr(row, field.name)
            found[field.name] = list(value) if isinstance(value, tuple) else value
    return found
