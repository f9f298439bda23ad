"""`crmdeck attribute add|set|remove TYPE ID NAME ...`: single items of a list-like attribute."""

from collections.abc import Sequence

import click

from app.cli.arguments import Argument, split_arguments, to_changes
from app.cli.finding import get_command
from app.cli.workspace import Workspace, with_workspace
from app.cli.writing import Write, carry_out, check_capability, check_faults, dry_run, refused
from app.controller.session import Session
from app.domain.capabilities import attribute_items_write
from app.domain.edits import Change
from app.domain.errors import Fault
from app.domain.lint import ITEM_MEMBERS, lint_members, lint_names
from app.domain.records import RecordId


@click.group("attribute")
def command() -> None:
    r"""Add, change or remove one item of a list-like attribute; the others stay as they are.

    \b
    crmdeck attribute add contact ID contact_emails email=dana@example.com is_primary=false
    crmdeck attribute set account ID domains acme.example is_primary=true
    crmdeck attribute remove contact ID contact_emails ITEM_ID
    """


@command.command("add")
@click.argument("record_type", metavar="TYPE")
@click.argument("record_id", metavar="ID")
@click.argument("name", metavar="NAME")
@click.argument("words", metavar="A=V...", nargs=-1, required=True)
@dry_run
@with_workspace
def add(
    workspace: Workspace,
    record_type: str,
    record_id: str,
    name: str,
    words: tuple[str, ...],
    is_dry: bool,
) -> None:
    r"""Add an item and write it as JSON; labels=WORK may stand several times.

    \b
    crmdeck attribute add contact ID contact_emails email=dana@example.com is_primary=false labels=WORK
    crmdeck attribute add account ID domains domain_name=acme.example
    """
    owner, arguments = RecordId(record_type, record_id), split_arguments(words)
    workspace.run(lambda session: _add(session, owner, name, arguments, is_dry=is_dry))  # fmt: skip


@command.command("set")
@click.argument("record_type", metavar="TYPE")
@click.argument("record_id", metavar="ID")
@click.argument("name", metavar="NAME")
@click.argument("item_id", metavar="ITEM")
@click.argument("words", metavar="A=V...", nargs=-1, required=True)
@dry_run
@with_workspace
def set_(
    workspace: Workspace,
    record_type: str,
    record_id: str,
    name: str,
    item_id: str,
    words: tuple[str, ...],
    is_dry: bool,
) -> None:
    r"""Change the item with the id ITEM, for domains the one of that name, and write it as JSON.

    \b
    crmdeck attribute set contact ID contact_emails ITEM is_primary=true
    crmdeck attribute set account ID domains acme.example is_primary=true
    """
    owner, arguments = RecordId(record_type, record_id), split_arguments(words)
    workspace.run(lambda session: _set(session, owner, name, item_id, arguments, is_dry=is_dry))  # fmt: skip


@command.command("remove")
@click.argument("record_type", metavar="TYPE")
@click.argument("record_id", metavar="ID")
@click.argument("name", metavar="NAME")
@click.argument("item_id", metavar="ITEM")
@dry_run
@with_workspace
def remove(
    workspace: Workspace, record_type: str, record_id: str, name: str, item_id: str, is_dry: bool
) -> None:
    r"""Remove the item with the id ITEM, for domains the one of that name.

    \b
    crmdeck attribute remove contact ID contact_emails ITEM
    crmdeck attribute remove account ID domains acme.example
    """
    owner = RecordId(record_type, record_id)
    workspace.run(lambda session: _remove(session, owner, name, item_id, is_dry=is_dry))  # fmt: skip


async def _add(
    session: Session,
    owner: RecordId,
    name: str,
    arguments: Sequence[Argument],
    *,
    is_dry: bool,
) -> None:
    members = await _members(session, owner, name, arguments, is_new=True, is_dry=is_dry)
    backend = session.backend
    write = Write(
        f"{owner} {name} item",
        "added",
        lambda: backend.prepare_add_item(owner, name, members),
        lambda: backend.add_item(owner, name, members),
        get_command(session, owner),
    )
    await carry_out(session, write, None, is_dry=is_dry)


async def _set(
    session: Session,
    owner: RecordId,
    name: str,
    item_id: str,
    arguments: Sequence[Argument],
    *,
    is_dry: bool,
) -> None:
    members = await _members(session, owner, name, arguments, is_new=False, is_dry=is_dry)
    backend = session.backend
    write = Write(
        f"{owner} {name} {item_id}",
        "changed",
        lambda: backend.prepare_patch_item(owner, name, item_id, members),
        lambda: backend.patch_item(owner, name, item_id, members),
        get_command(session, owner),
    )
    await carry_out(session, write, None, is_dry=is_dry)


async def _remove(
    session: Session, owner: RecordId, name: str, item_id: str, *, is_dry: bool
) -> None:
    _check(session, owner, name, is_dry=is_dry)
    backend = session.backend
    write = Write(
        f"{owner} {name} {item_id}",
        "removed",
        lambda: backend.prepare_remove_item(owner, name, item_id),
        lambda: backend.remove_item(owner, name, item_id),
        get_command(session, owner),
    )
    await carry_out(session, write, None, is_dry=is_dry)


def _check(session: Session, owner: RecordId, name: str, *, is_dry: bool) -> None:
    is_read_only = session.is_read_only and not is_dry
    check_capability(
        attribute_items_write(
            session.backend.resources, owner.record_type, name, is_read_only=is_read_only
        )
    )


async def _members(
    session: Session,
    owner: RecordId,
    name: str,
    arguments: Sequence[Argument],
    *,
    is_new: bool,
    is_dry: bool,
) -> tuple[Change, ...]:
    """What the arguments set on one item. Raises Failed for what the item does not take."""
    _check(session, owner, name, is_dry=is_dry)
    schema = await session.backend.schema(owner.record_type)
    attribute = schema.attribute_by_name.get(name)
    if attribute is None:
        text = f"{owner.record_type} has no attribute {name}."
        raise refused([Fault("unknown_field", text, name)])
    members = ITEM_MEMBERS.get(attribute.value_type, ())
    known = {row.api_name: row for row in members}
    what = f"an item of {owner.record_type} {name}"
    check_faults(lint_names((row.name for row in arguments), known, what))
    changes = to_changes(arguments, known)
    check_faults(lint_members(members, changes, what, is_new=is_new))
    return changes
