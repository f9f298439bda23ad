"""The way in: a sub-command, or the deck; only the deck loads Textual."""

import io
import os
import resource
import sys
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from app.cli.failures import Exit
from app.cli.output import say
from app.cli.ports import Ports
from app.cli.root import root

if TYPE_CHECKING:
    from app.controller.session import Session
    from app.wiring import Target


def main() -> NoReturn:
    """Run the command line of crmdeck; ends the process with its exit status."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold keys and records
    _prepare_streams()
    status = run(sys.argv[1:])
    sys.exit(_close_output(status))


def run(arguments: Sequence[str], ports: Ports | None = None) -> int:
    """Run a command line; what goes wrong is said on stderr. Returns the exit status."""
    given = ports or Ports(_connect, _open_deck, sys.stdin.isatty() and sys.stdout.isatty())
    try:
        result = root.main([*arguments], "crmdeck", standalone_mode=False, obj=given)
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return Exit.INTERRUPTED
    except BrokenPipeError:
        return Exit.PIPE_CLOSED
    except Exception as error:  # noqa: BLE001  the last boundary: a bug ends in a report, not in a traceback with values
        return _report(error)
    return result if isinstance(result, int) else Exit.DONE


def _connect(target: "Target") -> "Awaitable[Session]":
    from app.wiring import connect

    return connect(target, notify=say)


def _open_deck(target: "Target", *, record_type: str | None, is_mouse_on: bool) -> int:
    from app.main import run_deck

    return run_deck(target, record_type=record_type, is_mouse_on=is_mouse_on)


def _report(error: Exception) -> int:
    from app.cli.crash import write_report

    say(write_report(error))
    return Exit.BUG


def _prepare_streams() -> None:
    """Let no character of a name break the output: what the encoding lacks is written as an escape."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8"))
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _close_output(status: int) -> int:
    """Write out what is left; whoever read it may be gone."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.PIPE_CLOSED
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        say(f"crmdeck: the output cannot be written: {error.strerror}")
        return Exit.FAILED
    return status


if __name__ == "__main__":
    main()
