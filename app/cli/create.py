"""`crmdeck create TYPE a=v ...`: a new record."""

from dataclasses import replace

import click

from app.cli.arguments import Argument, split_arguments, to_changes
from app.cli.finding import find_created
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import Write, carry_out, check_action, check_faults, dry_run
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.lint import lint_names, lint_write


@click.command("create")
@click.argument("record_type", metavar="TYPE")
@click.argument("words", metavar="[A=V]...", nargs=-1)
@dry_run
@with_workspace
def command(workspace: Workspace, record_type: str, words: tuple[str, ...], is_dry: bool) -> None:
    r"""Create a record of TYPE and write it as JSON.

    a=v sets an attribute by its value type, a:=JSON sets it to a JSON value; a list-like attribute takes an item per
    argument. What the schema does not allow is refused before anything is sent. A create whose answer is lost ends with
    status 3 and is never sent again by itself.

    \b
    crmdeck create contact first_name=Dana last_name=Reyes stage=working
    crmdeck create opportunity display_name=Rollout stage=proposal account_id=ID amount=150000
    crmdeck create note note_html='<p>Called.</p>' --dry-run
    """
    arguments = split_arguments(words)
    workspace.run(lambda session: _create(session, record_type, arguments, is_dry=is_dry))  # fmt: skip


async def _create(
    session: Session, record_type: str, arguments: tuple[Argument, ...], *, is_dry: bool
) -> None:
    check_action(session, record_type, Action.CREATE, is_dry=is_dry)
    backend = session.backend
    schema = await backend.schema(record_type)
    words = backend.resources.rule(record_type).create_words
    taken = replace(schema, attributes=words) if words else schema
    known = taken.attribute_by_name
    check_faults(lint_names((row.name for row in arguments), known, record_type))
    changes = to_changes(arguments, known)
    check_faults(lint_write(backend.resources, taken, changes, [Action.CREATE], is_read_only=False))
    write = Write(
        f"the {record_type}",
        "created",
        lambda: backend.prepare_create(record_type, changes),
        lambda: backend.create(record_type, changes),
        find_created(session, schema, changes),
    )
    await carry_out(session, write, schema, is_dry=is_dry)
