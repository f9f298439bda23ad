"""`crmdeck capabilities [TYPE]`: what can be done, and on what evidence."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import click

from app.cli.json_output import put_json
from app.cli.output import put, say
from app.cli.table import Column, Table
from app.cli.workspace import Workspace, with_workspace
from app.controller.session import Session
from app.domain.capabilities import Action, Capability, Source, may
from app.domain.safe_text import Shown, shown
from app.domain.text_formats import csv_line, csv_text
from app.domain.values import Json

_HEADINGS: Final = {
    Action.ARCHIVE: "ARCH",
    Action.RELATIONSHIP_READ: "LINKS",
    Action.RELATIONSHIP_WRITE: "LINK",
    Action.EDGE_PATCH: "EDGE",
    Action.ATTRIBUTE_ITEMS: "ITEMS",
}
"""Short headings, so that all actions fit on 80 columns."""

_MARKS: Final = {
    Source.DOCUMENTED: "",
    Source.DECLARED: "+",
    Source.LEARNED: "*",
    Source.POLICY: "!",
    Source.ASSUMED: "?",
}
"""What stands behind an answer for its source."""

_CSV_HEADINGS: Final = (
    "record_type", "action", "answer", "source", "reason", "evidence", "error_code", "instead",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Row:
    record_type: str
    capabilities: dict[Action, Capability]


@click.command("capabilities")
@click.argument("record_type", metavar="[TYPE]", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to write it.",
)
@with_workspace
def command(workspace: Workspace, record_type: str | None, form: str) -> None:
    """Show what can be done with each record type, or with TYPE and why.

    The answers come from the API's documentation and from --read-only or the profile; the source is part of each. LINKS and
    LINK are reading and changing relationships, EDGE is changing the attributes of a link, ITEMS are the attributes whose
    items have calls of their own.
    """
    workspace.run(lambda session: _show(session, record_type, form))  # fmt: skip


async def _show(session: Session, name: str | None, form: str) -> None:
    rows = (
        [_row(session, entry) for entry in _names(session)]
        if name is None
        else [await _one(session, name)]
    )
    match form:
        case "json":
            put_json([_to_json(row, action) for row in rows for action in Action])
        case "csv":
            put(csv_line(_CSV_HEADINGS))
            put(*(csv_line(_csv_cells(row, action)) for row in rows for action in Action))
        case _ if name is None:
            _put_matrix(session, rows)
        case _:
            _put_reasons(rows[0])


def _names(session: Session) -> Iterator[str]:
    """The rows of the matrix, its last one for every other record type."""
    yield from session.backend.resources.rules
    yield session.backend.resources.custom.resource


async def _one(session: Session, name: str) -> _Row:
    """The row of one type; a name the documentation does not list must have a schema."""
    if name in session.backend.resources.rules:
        return _row(session, name)
    record_type = await session.backend.schema(name)
    return _row(session, name, is_junction=record_type.is_junction)


def _row(session: Session, name: str, *, is_junction: bool = False) -> _Row:
    return _Row(
        name,
        {
            action: may(
                session.backend.resources,
                name,
                action,
                is_read_only=session.is_read_only,
                is_junction=is_junction,
            )
            for action in Action
        },
    )


def _put_matrix(session: Session, rows: list[_Row]) -> None:
    columns = [Column(Shown("TYPE"))]
    columns += [Column(Shown(_HEADINGS.get(action, action.value.upper()))) for action in Action]
    cells = [
        [_name(session, row), *(_cell(row.capabilities[action]) for action in Action)]
        for row in rows
    ]
    table = Table(columns, cells)
    put(table.heading, *map(table.line, cells))
    sources = {row.capabilities[action].source for row in rows for action in Action}
    legend = ", ".join(
        f"{mark or 'no mark'} {source.value}"
        for source, mark in _MARKS.items()
        if source in sources
    )
    say(f"Source of the answers: {legend}. Reasons: crmdeck capabilities TYPE.")


def _name(session: Session, row: _Row) -> Shown:
    """A type's name; the row for all others is called `custom`."""
    is_last = row.record_type == session.backend.resources.custom.resource
    return Shown("custom") if is_last else shown(row.record_type)


def _cell(capability: Capability) -> Shown:
    return Shown(capability.answer.value + _MARKS[capability.source])


def _put_reasons(row: _Row) -> None:
    columns = [Column(Shown(heading)) for heading in ("ACTION", "ANSWER", "SOURCE", "REASON")]
    cells = [
        [Shown(action.value), Shown(found.answer.value), Shown(found.source.value), _reason(found)]
        for action, found in row.capabilities.items()
    ]
    table = Table(columns, cells)
    put(table.heading, *map(table.line, cells))


def _reason(capability: Capability) -> Shown:
    return shown(" ".join(part for part in (capability.reason, capability.instead) if part))


def _to_json(row: _Row, action: Action) -> Json:
    found = row.capabilities[action]
    return {
        "record_type": row.record_type,
        "action": action.value,
        "answer": found.answer.value,
        "source": found.source.value,
        "reason": found.reason,
        "evidence": found.evidence,
        "error_code": found.error_code,
        "instead": found.instead,
    }


def _csv_cells(row: _Row, action: Action) -> list[Shown]:
    found = row.capabilities[action]
    texts = (
        row.record_type, action.value, found.answer.value, found.source.value, found.reason, found.evidence,
        found.error_code or "", found.instead,
    )  # fmt: skip
    return [csv_text(shown(text)) for text in texts]
