"""`crmdeck assert TYPE --match a=v a=v ...`: change the record that has a unique value, or create it."""

import click

from app.cli.arguments import Argument, split_argument, split_arguments, to_changes, to_match
from app.cli.finding import find_matching
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import Write, carry_out, check_action, check_faults, dry_run
from app.controller.session import Session
from app.domain.capabilities import Action
from app.domain.lint import lint_names, lint_write


@click.command("assert")
@click.argument("record_type", metavar="TYPE")
@click.argument("words", metavar="[A=V]...", nargs=-1)
@click.option("--match", metavar="A=V", required=True, help="The unique value to find it by.")
@dry_run
@with_workspace
def command(
    workspace: Workspace, record_type: str, words: tuple[str, ...], match: str, is_dry: bool
) -> None:
    r"""Change the one record of TYPE that has a unique value, or create it; write it as JSON.

    \b
    crmdeck assert contact --match primary_email=dana@example.com first_name=Dana last_name=Reyes
    crmdeck assert account --match domain_name=acme.example display_name=Acme --dry-run
    """
    by, arguments = split_argument(match), split_arguments(words)
    workspace.run(lambda session: _assert(session, record_type, by, arguments, is_dry=is_dry))  # fmt: skip


async def _assert(
    session: Session,
    record_type: str,
    by: Argument,
    arguments: tuple[Argument, ...],
    *,
    is_dry: bool,
) -> None:
    check_action(session, record_type, Action.ASSERT, is_dry=is_dry)
    backend = session.backend
    schema = await backend.schema(record_type)
    known = schema.attribute_by_name
    check_faults(lint_names((row.name for row in arguments), known, record_type))
    match, changes = to_match(by, known), to_changes(arguments, known)
    either = [Action.PATCH, Action.CREATE]
    check_faults(lint_write(backend.resources, schema, changes, either, is_read_only=False))
    write = Write(
        f"the {record_type}",
        "created or changed",
        lambda: backend.prepare_assert_record(record_type, match, changes),
        lambda: backend.assert_record(record_type, match, changes),
        find_matching(session, schema, match),
    )
    await carry_out(session, write, schema, is_dry=is_dry)
