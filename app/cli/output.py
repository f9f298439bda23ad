"""Where the headless commands write: data to stdout, everything said to people to stderr.

No other module of this room prints. Text passes `shown` before it comes here; raw bodies and escaped JSON are data as they
are.
"""

import contextlib
import errno
import shutil
import sys
from collections.abc import Iterator
from typing import Final

import click

from app.domain.safe_text import Shown, shown

PIPED_WIDTH_CELLS: Final = 100
"""How wide a table is drawn when stdout is no terminal."""

MIN_WIDTH_CELLS: Final = 20
"""No table is drawn narrower, whatever a terminal says of itself."""


class OutputLost(Exception):
    """What was to be written to stdout cannot be."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"the output cannot be written: {error.strerror}")
        self.is_reader_gone = error.errno == errno.EPIPE
        """Whether the reader of a pipe left, as `head` does."""


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputLost(error) from None


def put(*lines: Shown) -> None:
    """Write lines of data to stdout."""
    for line in lines:
        put_part(line + "\n")


def put_part(text: str) -> None:
    """Write a piece of sanitised or ASCII text to stdout as it is."""
    with _writing():
        sys.stdout.write(text)


def put_raw(body: bytes) -> None:
    """Write an API's answer to stdout as it came; only line ends within it become blanks, so that it takes one line."""
    flush()
    with _writing():
        sys.stdout.buffer.write(body.strip().replace(b"\r", b" ").replace(b"\n", b" ") + b"\n")
        sys.stdout.buffer.flush()


def flush() -> None:
    """Hand on what was written so far; called once per page."""
    with _writing():
        sys.stdout.flush()


def say(text: str) -> None:
    """Tell a person something on stderr. Remote words in it become harmless here."""
    with contextlib.suppress(OSError):  # nobody is there to be told
        click.echo(shown(text), err=True)


def width_cells() -> int:
    """How wide a table may be: the terminal, or `PIPED_WIDTH_CELLS` when stdout is none."""
    if not sys.stdout.isatty():
        return PIPED_WIDTH_CELLS
    return max(MIN_WIDTH_CELLS, shutil.get_terminal_size((PIPED_WIDTH_CELLS, 24)).columns)


class ProgressLine:
    """One line on stderr that is written over; silent where stderr is no terminal."""

    def __init__(self) -> None:
        self._is_shown = sys.stderr.isatty()
        self._is_open = False

    def show(self, text: str) -> None:
        """Write over what the line said."""
        if self._is_shown:
            self._is_open = True
            with contextlib.suppress(OSError):
                click.echo(f"\r{shown(text)}\x1b[K", err=True, nl=False)

    def close(self) -> None:
        """End the line, so that what is said next stands below it."""
        if self._is_open:
            self._is_open = False
            with contextlib.suppress(OSError):
                click.echo(err=True)
