"""`crmdeck patch TYPE ID a=v ...`: change attributes of a record."""

import click

from app.cli.arguments import Argument, split_arguments, to_changes
from app.cli.finding import get_command
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import Write, carry_out, check_action, check_faults, dry_run
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.lint import lint_names, lint_write
from app.domain.records import RecordId


@click.command("patch")
@click.argument("record_type", metavar="TYPE")
@click.argument("record_id", metavar="ID")
@click.argument("words", metavar="A=V...", nargs=-1, required=True)
@dry_run
@with_workspace
def command(
    workspace: Workspace, record_type: str, record_id: str, words: tuple[str, ...], is_dry: bool
) -> None:
    r"""Change attributes of a record and write the record as JSON.

    a=v sets an attribute by its value type, a= clears it, a:=JSON sets it to a JSON value. Only what is named is sent. A
    list-like attribute is replaced as a whole; crmdeck attribute changes single items.

    \b
    crmdeck patch contact ID title=CTO department=
    crmdeck patch opportunity ID stage=closed_won
    crmdeck patch contact ID 'address:={"city": "Lyon", "country": "FR"}' --dry-run
    """
    target, arguments = RecordId(record_type, record_id), split_arguments(words)
    workspace.run(lambda session: _patch(session, target, arguments, is_dry=is_dry))  # fmt: skip


async def _patch(
    session: Session, record_id: RecordId, arguments: tuple[Argument, ...], *, is_dry: bool
) -> None:
    check_action(session, record_id.record_type, Action.PATCH, is_dry=is_dry)
    backend = session.backend
    schema = await backend.schema(record_id.record_type)
    known = schema.attribute_by_name
    check_faults(lint_names((row.name for row in arguments), known, schema.api_name))
    changes = to_changes(arguments, known)
    check_faults(lint_write(backend.resources, schema, changes, [Action.PATCH], is_read_only=False))
    write = Write(
        str(record_id),
        "changed",
        lambda: backend.prepare_patch(record_id, changes),
        lambda: backend.patch(record_id, changes),
        get_command(session, record_id),
    )
    await carry_out(session, write, schema, is_dry=is_dry)
