"""`crmdeck types`: the record types of a workspace."""

from typing import Final

import click

from app.cli.failures import Exit, Failed, describe
from app.cli.json_output import put_json
from app.cli.output import put, say
from app.cli.table import Column, Table
from app.cli.workspace import Workspace, with_workspace
from app.controller.discovery import Discovery, FoundType
from app.controller.session import Session
from app.domain.capabilities import Action, may
from app.domain.errors import NotFound
from app.domain.safe_text import Shown, shown
from app.domain.values import Json

_COLUMNS: Final = tuple(
    Column(Shown(heading)) for heading in ("TYPE", "LABEL", "KIND", "FOUND", "ACTIONS")
)


@click.command("types")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to write it.",
)
@with_workspace
def command(workspace: Workspace, form: str) -> None:
    """List the record types of the workspace.

    Starts from the names the API documents and those the profile adds, and follows every relationship of their schemas.
    A type whose schema cannot be had is listed too.
    """
    workspace.run(lambda session: _list(session, is_json=form == "json"))  # fmt: skip


async def _list(session: Session, *, is_json: bool) -> None:
    discovery = Discovery(session)
    await discovery.walk()
    found = discovery.found
    errors = [row.error for row in found if row.error is not None]
    if errors and len(errors) == len(found):
        raise errors[0]
    if is_json:
        put_json([_to_json(row, session) for row in found])
    else:
        rows = [_cells(row, session) for row in found]
        table = Table(_COLUMNS, rows)
        put(table.heading, *map(table.line, rows))
    for row in found:
        if row.error is not None:
            say(f"{row.name}: no schema: {describe(row.error)[0]}")
    if discovery.left_out:
        say(f"{len(found)} record types listed; the schemas name more, which were not followed.")
    if any(not isinstance(error, NotFound) for error in errors) or discovery.left_out:
        raise Failed("Not every record type could be read.", status=Exit.PARTLY)


def _kind(row: FoundType) -> str:
    match row.record_type:
        case None:
            return "unknown"
        case record_type if record_type.is_junction:
            return "junction"
        case record_type:
            return "custom" if record_type.is_custom else "standard"


def _actions(row: FoundType, session: Session) -> list[str]:
    """What may be done with it; nothing is promised for a type without a schema."""
    if row.record_type is None:
        return []
    return [
        action.value
        for action in Action
        if may(
            session.backend.resources,
            row.name,
            action,
            is_read_only=session.is_read_only,
            is_junction=row.record_type.is_junction,
        ).is_open
    ]


_MAIN_ACTIONS: Final = tuple(action.value for action in Action)[:6]


def _cells(row: FoundType, session: Session) -> list[Shown]:
    actions = [name for name in _actions(row, session) if name in _MAIN_ACTIONS]
    return [shown(text, limit=200)
            for text in (row.name, row.label, _kind(row), row.how, " ".join(actions))]  # fmt: skip


def _to_json(row: FoundType, session: Session) -> Json:
    return {
        "record_type": row.name,
        "label": row.label,
        "kind": _kind(row),
        "found": row.how,
        "actions": list[Json](_actions(row, session)),
        "error": None if row.error is None else describe(row.error)[0],
    }
