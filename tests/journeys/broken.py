"""`crmdeck` with a bug in it: `python -m tests.journeys.broken WHERE [WORDS]`.

The bug's text and its local variables hold what no report may repeat.
"""

import asyncio
import sys
from contextlib import AbstractContextManager
from typing import Final, NoReturn
from unittest.mock import patch

from textual.app import ComposeResult

from app.__main__ import main
from app.screens.browse import BrowseScreen
from app.screens.help import HelpScreen
from tests.journeys.program import CANARY


def fail() -> NoReturn:
    """The bug."""
    key = CANARY
    raise ZeroDivisionError(f"{key}\x1b]0;title\x07")


def fail_in_handler(screen: BrowseScreen) -> None:
    """In what a key does (`p`)."""
    del screen
    fail()


async def fail_in_worker(screen: BrowseScreen) -> None:
    """In a worker, after it has waited (`p`)."""
    await asyncio.sleep(0)
    fail()


def start_worker(screen: BrowseScreen) -> None:
    """Start that worker."""
    screen.run_worker(fail_in_worker(screen))


def fail_in_compose(screen: HelpScreen | BrowseScreen) -> ComposeResult:
    """While a screen is made (`?`)."""
    del screen
    yield from ()
    fail()


BUGS: Final[dict[str, AbstractContextManager[object]]] = {
    "handler": patch.object(BrowseScreen, "action_preview", fail_in_handler),
    "worker": patch.object(BrowseScreen, "action_preview", start_worker),
    "compose": patch.object(HelpScreen, "compose", fail_in_compose),
    "start": patch.object(BrowseScreen, "compose", fail_in_compose),
}
"""What is put in the place of what."""


if __name__ == "__main__":
    with BUGS[sys.argv.pop(1)]:
        main()
