"""The screens in tests: single widgets under the real stylesheets, and the whole deck over a workspace in memory.

    async with host(table := RecordTable()) as (app, pilot):
        await pilot.press("j")
        assert app.heard(RecordTable.CursorMoved)[-1].row == 1

    async with deck(small_workspace(), (80, 24)) as (app, pilot):
        await press(pilot, "w")
        assert "source: DECLARED" in screen_text(app)

Both fail at the end when a control or invisible character of some record would have reached the terminal.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual.app import App, ComposeResult
from textual.filter import LineFilter
from textual.message import Message
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker

from app.controller.session import Session
from app.main import CrmDeck, SafetyFilter
from app.screens.browse import BrowseScreen, Connect
from styles import stylesheets
from styles.themes import CRMDECK
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import memory_session

_Heard = TypeVar("_Heard", bound=Message)

WAITING_GROUP = "dialog"
"""Workers that wait for a person's answer; nobody waits for them."""


class HostApp(App[None]):
    """Some widgets under the real stylesheets and theme; remembers every message once."""

    CSS_PATH = stylesheets()
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *hosted: Widget) -> None:
        super().__init__()
        self.safety = SafetyFilter()
        self._hosted = hosted
        self._messages: dict[int, Message] = {}
        self.animation_level = "none"
        self.register_theme(CRMDECK)
        self.theme = CRMDECK.name

    def compose(self) -> ComposeResult:
        yield from self._hosted

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), self.safety]

    def keep(self, message: Message) -> None:
        """Remember a message; Textual shows each one once per node it visits."""
        self._messages.setdefault(id(message), message)

    def heard(self, kind: type[_Heard]) -> list[_Heard]:
        """Every message of a kind so far, in order."""
        return [message for message in self._messages.values() if isinstance(message, kind)]

    def forget(self) -> None:
        """Start listening anew."""
        self._messages.clear()


@asynccontextmanager
async def host(
    *hosted: Widget, size: tuple[int, int] = (80, 24), is_safe: bool = True
) -> AsyncIterator[tuple[HostApp, Pilot[None]]]:
    """Widgets on a screen of their own; `is_safe` checks at the end that nothing hidden came through."""
    app = HostApp(*hosted)
    async with app.run_test(size=size, message_hook=app.keep) as pilot:
        await settle(pilot)
        yield app, pilot
        if is_safe:
            screen_text(app)
            assert app.safety.caught == 0, f"{app.safety.caught} segments caught by the filter"


@asynccontextmanager
async def deck(
    workspace: Session | MemoryBackend | Connect | None = None,
    size: tuple[int, int] = (80, 24),
    *,
    record_type: str | None = None,
) -> AsyncIterator[tuple[CrmDeck, Pilot[int]]]:
    """The whole deck over a workspace, the small one by default, once it waits for keys."""
    app = CrmDeck(_connect(workspace), record_type)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot
        if app.is_running and app.screen_stack:
            screen_text(app)
        assert app.safety.caught == 0, f"{app.safety.caught} segments caught by the filter"


def _connect(workspace: Session | MemoryBackend | Connect | None) -> Connect:
    if callable(workspace):
        return workspace
    session = workspace if isinstance(workspace, Session) else memory_session(workspace)

    async def connect() -> Session:
        return session

    return connect


async def settle(pilot: Pilot[Any]) -> None:
    """Wait until messages are handled and workers are through, or stand at a gate."""
    still, before = 0, 0
    while still < 3:
        await pilot.pause()
        running = [worker for worker in pilot.app.workers if _is_awaited(worker)]
        if not running and not before:
            return
        still = still + 1 if len(running) == before and running else 0
        before = len(running)


def _is_awaited(worker: Worker[object]) -> bool:
    return not worker.is_finished and worker.group != WAITING_GROUP


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys and settle."""
    await pilot.press(*keys)
    await settle(pilot)


async def type_text(pilot: Pilot[Any], text: str) -> None:
    """Type characters, then settle."""
    await press(pilot, *text)


def screen_strips(app: App[Any]) -> list[Strip]:
    """The top screen, rendered as for a terminal.

    Asks the compositor, which has no public face: without a terminal Textual draws nothing by itself.
    """
    return app.screen._compositor.render_strips()


def screen_lines(app: App[Any]) -> list[str]:
    """The top screen's lines, trailing blanks included."""
    return [strip.text for strip in screen_strips(app)]


def screen_text(app: App[Any]) -> str:
    """The top screen as text."""
    return "\n".join(screen_lines(app))


def browse(app: App[Any]) -> BrowseScreen:
    """The deck's main screen."""
    return next(screen for screen in app.screen_stack if isinstance(screen, BrowseScreen))


def cells_of(strip: Strip) -> list[tuple[str, str]]:
    """A strip as one (character, style) a cell; the right half of a wide character is empty text."""
    from rich.cells import cell_len

    cells: list[tuple[str, str]] = []
    for segment in strip:
        for character in segment.text:
            width = cell_len(character)
            if width == 0 and cells:
                cells[-1] = (cells[-1][0] + character, cells[-1][1])
            else:
                cells += [(character, str(segment.style))] + [("", str(segment.style))] * (
                    width - 1
                )
    return cells
