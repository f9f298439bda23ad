"""`crmdeck [PROFILE]`: opens the deck."""

import os
from pathlib import Path

import click

from app.cli.failures import Exit, Failed, describe, did_you_mean
from app.cli.ports import Ports
from app.cli.root import COMMANDS
from app.domain.errors import ConfigError


class Deck(click.Command):
    """The command behind `crmdeck` without a sub-command; its help is the root's."""

    def get_help(self, ctx: click.Context) -> str:
        root = ctx.find_root()
        return root.command.get_help(root)

    def get_usage(self, ctx: click.Context) -> str:
        root = ctx.find_root()
        return root.command.get_usage(root)


@click.command(cls=Deck)
@click.argument("profile", required=False)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Another local workspace file; made with sample data if it is not there.",
)
@click.option("--empty", is_flag=True, help="Make the workspace file without sample data.")
@click.option("--read-only", is_flag=True, help="Refuse every write in the transport.")
@click.option("--record-type", metavar="TYPE", help="Start on this record type.")
@click.option(
    "--query", "query_text", metavar="EXPR", help="Ask this there, as in 'stage = working'."
)
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    profile: str | None,
    workspace: Path | None,
    empty: bool,
    read_only: bool,
    record_type: str | None,
    query_text: str | None,
    no_mouse: bool,
) -> None:
    """Open the deck on a profile or a local workspace."""
    if profile in COMMANDS:
        raise click.UsageError(f"A command comes before its options: crmdeck {profile} [OPTIONS].")
    if profile is not None and workspace is not None:
        raise click.UsageError("Give a PROFILE or --workspace, not both.")
    if query_text is not None and record_type is None:
        raise click.UsageError("--query needs --record-type TYPE: what it asks for.")
    if profile is not None:
        _check_profile(profile)
    if query_text is not None:
        _check_text(query_text)
    ports = ctx.ensure_object(Ports)
    _check_terminal(is_interactive=ports.is_interactive)
    from app.wiring import Target  # noqa: PLC0415  root help needs this module's options only

    target = Target(profile, workspace, is_read_only=read_only, is_empty=empty)
    ctx.exit(
        ports.open_deck(
            target, record_type=record_type, query_text=query_text, is_mouse_on=not no_mouse
        )
    )


def _check_profile(name: str) -> None:
    """Refuse a word that is neither a profile nor a command before the screen is taken."""
    from app.config.folders import folders  # noqa: PLC0415  as above
    from app.config.settings import load_settings  # noqa: PLC0415

    try:
        load_settings(folders().config).profile(name)
    except ConfigError as error:
        near = did_you_mean(name, COMMANDS, "crmdeck ")
        raise Failed(*describe(error), *([near] if near else []), status=Exit.USAGE) from None


def _check_text(text: str) -> None:
    """Refuse what is no expression whatever the names in it mean, before the screen is taken."""
    from app.cli.asking import check_text  # noqa: PLC0415  as above

    check_text(text)


def _check_terminal(*, is_interactive: bool) -> None:
    """Refuse where no deck can be drawn, before anything heavy is loaded."""
    if not is_interactive:
        raise Failed(
            "The deck needs a terminal for its input and output.",
            "For scripts and pipes: crmdeck query TYPE, and the commands of crmdeck --help.",
            status=Exit.USAGE,
        )
    if os.environ.get("TERM") == "dumb":
        raise Failed(
            "The deck cannot be drawn on a terminal of the type dumb.",
            "Set TERM to what your terminal is, or use crmdeck query TYPE and the commands of crmdeck --help.",
            status=Exit.USAGE,
        )
