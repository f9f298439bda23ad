"""`crmdeck unlink TYPE ID NAME TARGET_ID`: remove a link."""

import click

from app.cli.finding import find_link
from app.cli.links import checked_relationship
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import Write, carry_out, dry_run
from app.controller.session import Session
from app.domain.records import RecordId


@click.command("unlink")
@click.argument("record_type", metavar="TYPE")
@click.argument("record_id", metavar="ID")
@click.argument("name", metavar="NAME")
@click.argument("target_id", metavar="TARGET_ID")
@dry_run
@with_workspace
def command(
    workspace: Workspace, record_type: str, record_id: str, name: str, target_id: str, is_dry: bool
) -> None:
    r"""Remove the link of a record by its relationship NAME to TARGET_ID. Both records stay.

    \b
    crmdeck unlink contact ID accounts TARGET_ID
    crmdeck unlink contact ID accounts TARGET_ID --dry-run
    """
    owner = RecordId(record_type, record_id)
    workspace.run(lambda session: _unlink(session, owner, name, target_id, is_dry=is_dry))  # fmt: skip


async def _unlink(
    session: Session, owner: RecordId, name: str, target_id: str, *, is_dry: bool
) -> None:
    await checked_relationship(session, owner.record_type, name, is_dry=is_dry)
    backend = session.backend
    write = Write(
        f"{owner} {name} {target_id}",
        "unlinked",
        lambda: backend.prepare_remove_link(owner, name, target_id),
        lambda: backend.remove_link(owner, name, target_id),
        f"{find_link(session, owner, name, target_id)} (listed: the link is still there)",
    )
    await carry_out(session, write, None, is_dry=is_dry)
