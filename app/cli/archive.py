"""`crmdeck archive TYPE ID`: archive a record."""

import click

from app.cli.finding import get_command
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import Write, carry_out, check_action, dry_run
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.records import RecordId


@click.command("archive")
@click.argument("record_type", metavar="TYPE")
@click.argument("record_id", metavar="ID")
@dry_run
@with_workspace
def command(workspace: Workspace, record_type: str, record_id: str, is_dry: bool) -> None:
    r"""Archive a record: reads and queries no longer find it. The API documents no way back.

    \b
    crmdeck archive task ID
    crmdeck archive task ID --dry-run
    """
    target = RecordId(record_type, record_id)
    workspace.run(lambda session: _archive(session, target, is_dry=is_dry))  # fmt: skip


async def _archive(session: Session, record_id: RecordId, *, is_dry: bool) -> None:
    check_action(session, record_id.record_type, Action.ARCHIVE, is_dry=is_dry)
    backend = session.backend
    write = Write(
        str(record_id),
        "archived",
        lambda: backend.prepare_archive(record_id),
        lambda: backend.archive(record_id),
        f"{get_command(session, record_id)} (not found: it was archived)",
    )
    await carry_out(session, write, None, is_dry=is_dry)
