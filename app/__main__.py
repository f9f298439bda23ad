"""The way in: a sub-command, or the deck; only the deck loads Textual."""

import io
import os
import resource
import sys
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, NoReturn

import click

from app.cli.failures import Exit
from app.cli.output import OutputLost, flush, say
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
    except OutputLost as error:
        return _on_lost_output(error)
    except SystemExit as error:  # click's answer to a reader that left during --help
        return error.code if isinstance(error.code, int) else Exit.FAILED
    except Exception as error:  # noqa: BLE001  the last boundary: a bug ends in a report, not in a traceback with values
        return _report(error)
    return result if isinstance(result, int) else Exit.DONE


def _connect(target: "Target") -> "Awaitable[Session]":
    from app.wiring import connect

    return connect(target, notify=say)


def _open_deck(
    target: "Target", *, record_type: str | None, query_text: str | None, is_mouse_on: bool
) -> int:
    from app.main import run_deck

    return run_deck(target, record_type=record_type, query_text=query_text, is_mouse_on=is_mouse_on)


def _report(error: Exception) -> int:
    from app.cli.crash import write_report

    say(write_report(error))
    return Exit.BUG


def _prepare_streams() -> None:
    """Make all three streams usable: a closed one leads nowhere, and a letter the encoding lacks is written as an escape."""
    for descriptor, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            # Files opened later must not get the number of a standard stream.
            if os.open(os.devnull, os.O_RDWR) != descriptor:
                os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
            setattr(sys, name, os.fdopen(descriptor, mode, encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _close_output(status: int) -> int:
    """Write out what is left."""
    try:
        flush()
    except OutputLost as error:
        return _on_lost_output(error)
    return status


def _on_lost_output(error: OutputLost) -> int:
    """Whoever reads stdout may be gone, which is no failure of ours; a full disk is told."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    if error.is_reader_gone:
        return Exit.PIPE_CLOSED
    say(f"crmdeck: {error}")
    return Exit.FAILED


if __name__ == "__main__":
    main()
