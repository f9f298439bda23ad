"""The root of the command line: picks the sub-command, or the deck for every other word, and loads only that."""

from collections.abc import Mapping
from importlib import import_module
from keyword import iskeyword
from types import MappingProxyType
from typing import Final

import click

from app import __version__
from app.cli.failures import failed
from app.domain.errors import BackendError, ConfigError, WorkspaceError

COMMANDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "types": "List the record types of the workspace and how each was found.",
        "schema": "Show the attributes, relationships and rights of a record type.",
        "capabilities": "Show what can be done with which record type, and on what evidence.",
        "query": "List the records that match.",
        "saved": "List the saved queries.",
        "export": "Write the records that match to a file.",
        "import": "Make or change records from the rows of a file.",
        "get": "Show one record.",
        "create": "Create a record.",
        "patch": "Change attributes of a record.",
        "archive": "Archive a record.",
        "assert": "Change the record that has a unique value, or create it.",
        "link": "Connect two records.",
        "unlink": "Remove a link between two records.",
        "attribute": "Add, change or remove one item of a list-like attribute.",
        "plan": "Write bulk changes as a plan, without running it.",
        "apply": "Rehearse, run, go on with or take back a plan.",
        "serve": "Serve a local workspace over HTTP.",
        "sample": "Write a sample workspace file.",
        "doctor": "Check terminal, files, workspace, address and key.",
    }
)
"""Every sub-command with its line of help.

Each is the object `command` of the module of its name in `app.cli`, with a `_` behind a word of Python's.
"""


DECK: Final = "deck"
"""The module of the command that opens the screens; it is not called by a name of its own."""

_ROOT_OPTIONS: Final = frozenset({"--help", "--version"})

_KEY_OPTIONS: Final = frozenset({"--key", "--api-key", "--token", "--password"})


def module_of(command: str) -> str:
    """The name of the module that holds a sub-command."""
    return f"app.cli.{command}_" if iskeyword(command) else f"app.cli.{command}"


class Root(click.Group):
    """`crmdeck`: sub-commands, and the deck for every other word. A sub-command's module is imported when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name != DECK and cmd_name not in COMMANDS:
            return None
        command = import_module(module_of(cmd_name)).command
        assert isinstance(command, click.Command)
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        is_ours = bool(args) and (args[0] in COMMANDS or args[0] in _ROOT_OPTIONS)
        return super().parse_args(ctx, args if is_ours else [DECK, *args])

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (BackendError, ConfigError, WorkspaceError) as error:
            raise failed(error) from None
        except click.UsageError as error:
            if isinstance(error, click.NoSuchOption) and error.option_name in _KEY_OPTIONS:
                hint = "A key never stands on a command line, where others can read it; a profile says where it is."
                error = click.UsageError(f"No such option {error.option_name}. {hint}", error.ctx)
            if error.ctx is not None and error.ctx.info_name == DECK:
                error.ctx = ctx
            raise error from None

    def collect_usage_pieces(self, ctx: click.Context) -> list[str]:
        del ctx
        return ["[PROFILE] [OPTIONS] | COMMAND [ARGS]..."]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        deck = self.get_command(ctx, DECK)
        assert deck is not None
        options = [
            row for row in (*deck.params, *self.get_params(ctx)) if isinstance(row, click.Option)
        ]
        rows = [row for option in options if (row := option.get_help_record(ctx)) is not None]
        with formatter.section("Options"):
            formatter.write_dl(rows)
        with formatter.section("Commands"):
            formatter.write_dl([*COMMANDS.items()])


@click.group("crmdeck", cls=Root, epilog="crmdeck COMMAND --help shows the options of a command.")
@click.version_option(__version__, prog_name="crmdeck", message="%(prog)s %(version)s")
def root() -> None:
    """The terminal deck for CRM records.

    Without a COMMAND it opens the deck on PROFILE, or on the local workspace, which is made with sample data on first
    start.
    """
