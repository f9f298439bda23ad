"""`crmdeck link TYPE ID NAME TARGET_ID`: connect two records."""

import click

from app.cli.arguments import Argument, split_argument, split_arguments, to_changes, to_match
from app.cli.finding import find_link
from app.cli.links import checked_relationship
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import Write, carry_out, check_faults, dry_run
from app.controller.session import Session
from app.domain.lint import lint_names
from app.domain.records import RecordId


@click.command("link")
@click.argument("record_type", metavar="TYPE")
@click.argument("record_id", metavar="ID")
@click.argument("name", metavar="NAME")
@click.argument("words", metavar="[TARGET_ID] [A=V]...", nargs=-1)
@click.option("--match", metavar="A=V", help="Find the target by a unique value instead.")
@dry_run
@with_workspace
def command(
    workspace: Workspace,
    record_type: str,
    record_id: str,
    name: str,
    words: tuple[str, ...],
    match: str | None,
    is_dry: bool,
) -> None:
    r"""Link a record by its relationship NAME to TARGET_ID; write the link as JSON.

    Links of typed junctions take attributes: role and is_primary between contacts and accounts, is_primary between
    contacts and opportunities.

    \b
    crmdeck link contact ID accounts TARGET_ID role=CTO is_primary=true
    crmdeck link contact ID accounts --match domain_name=acme.example --dry-run
    """
    by_id = bool(words) and "=" not in words[0]
    if by_id == (match is not None):
        raise click.UsageError("Give TARGET_ID or --match, one of them.")
    target: str | Argument = words[0] if match is None else split_argument(match)
    edge = split_arguments(words[1:] if by_id else words)
    owner = RecordId(record_type, record_id)
    workspace.run(lambda session: _link(session, owner, name, target, edge, is_dry=is_dry))  # fmt: skip


async def _link(
    session: Session,
    owner: RecordId,
    name: str,
    wanted: str | Argument,
    arguments: tuple[Argument, ...],
    *,
    is_dry: bool,
) -> None:
    await checked_relationship(session, owner.record_type, name, is_dry=is_dry)
    backend = session.backend
    rule = backend.resources.rule(owner.record_type).relationships
    members = () if rule is None else rule.edge_attributes.get(name, ())
    known = {row.api_name: row for row in members}
    what = f"a link of {owner.record_type} {name}"
    check_faults(lint_names((row.name for row in arguments), known, what))
    edge = to_changes(arguments, known)
    target = wanted if isinstance(wanted, str) else to_match(wanted, {})
    write = Write(
        f"{owner} {name}",
        "linked",
        lambda: backend.prepare_add_link(owner, name, target, edge),
        lambda: backend.add_link(owner, name, target, edge),
        find_link(session, owner, name, target),
    )
    await carry_out(session, write, None, is_dry=is_dry)
