"""The Textual application: the terminal, signals, theme, and what is true on every screen."""

import asyncio
import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

from rich.segment import Segment
from textual.binding import BindingType
from textual.color import Color
from textual.filter import LineFilter

from app.controller.clock import Clock, utc_now
from app.controller.session import Session
from app.domain.safe_text import FORBIDDEN, Shown
from app.screens.browse import BrowseScreen, Connect
from app.screens.orderly_keys import OrderlyKeysApp
from styles import stylesheets
from styles.themes import CRMDECK
from widgets.key_bindings import bindings_of

if TYPE_CHECKING:
    from textual.command import Provider

    from app.wiring import Target

TWICE_WITHIN_S: Final = 2.0
"""Two presses of Ctrl+C within this time leave the program."""

HARD_EXIT_S: Final = 2.0
"""After a signal or a lost terminal the process is gone within this time, whatever hangs."""


@runtime_checkable
class Cancellable(Protocol):
    """A screen that may be waiting for an answer."""

    def cancel_running(self) -> bool:
        """Stop waiting; whether there was anything to wait for."""
        ...


class SafetyFilter(LineFilter):
    """The backstop behind `shown`: no control or invisible character of any data reaches the terminal."""

    def __init__(self) -> None:
        super().__init__()
        self.caught = 0
        """Segments that had to be cleaned; above zero the first line of defence has a hole."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Replace what must not be written; control segments are Textual's own and pass."""
        del background
        return [self._clean(segment) for segment in segments]

    def _clean(self, segment: Segment) -> Segment:
        text = segment.text
        if segment.control or (text.isascii() and text.isprintable()) or not FORBIDDEN.search(text):
            return segment
        self.caught += 1
        return Segment(FORBIDDEN.sub("\ufffd", text), segment.style)


def action_provider() -> "type[Provider]":
    """The palette's content, imported when the palette is first opened."""
    from app.screens.palette import ActionProvider  # noqa: PLC0415

    return ActionProvider


class CrmDeck(OrderlyKeysApp):
    """crmdeck on a terminal."""

    TITLE = "crmdeck"
    CSS_PATH = stylesheets()
    COMMANDS: ClassVar = {action_provider}
    BINDINGS: ClassVar[list[BindingType]] = bindings_of("cancel", is_priority=True)

    def __init__(
        self,
        connect: Connect,
        record_type: str | None = None,
        *,
        query_text: str | None = None,
        clock: Clock = utc_now,
    ) -> None:
        super().__init__()
        self.safety = SafetyFilter()
        """Sees every segment before it is written."""
        self.crash: Exception | None = None
        """The exception that ended the program, if one did: the first."""
        self._connect = connect
        self._record_type = record_type
        self._query_text = query_text
        self._clock = clock
        self._session: Session | None = None
        self._cancelled_at = -TWICE_WITHIN_S
        self.animation_level = "none"
        self.register_theme(CRMDECK)
        self.theme = CRMDECK.name

    def get_line_filters(self) -> Sequence[LineFilter]:
        """The usual filters, then our own."""
        return [*super().get_line_filters(), self.safety]

    def on_mount(self) -> None:
        """Watch for signals and the end of the terminal; show the deck."""
        if not self.is_headless:
            self._watch_process()
        screen = BrowseScreen(
            self.connect, self._record_type, query_text=self._query_text, clock=self._clock
        )
        self.push_screen(screen)

    async def connect(self) -> Session:
        """Open the workspace and remember to close it."""
        session = await self._connect()
        await self.close_session()
        self._session = session
        return session

    async def close_session(self) -> None:
        """Let go of connections and files."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def on_unmount(self) -> None:
        """Close what is open."""
        await self.close_session()

    def action_cancel(self) -> None:
        """Cancel the running request; a second press soon after leaves."""
        now = monotonic()
        is_second = now - self._cancelled_at < TWICE_WITHIN_S
        self._cancelled_at = now
        if is_second:
            self.exit(0)
            return
        for screen in reversed(self.screen_stack):
            if isinstance(screen, Cancellable) and screen.cancel_running():
                return
            if isinstance(screen, BrowseScreen):
                screen.tell(Shown("Nothing is running. Ctrl+C again leaves crmdeck."))

    def action_palette(self) -> None:
        """Open the palette."""
        self.action_command_palette()

    def _watch_process(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.leave_for_signal, number)
        threading.Thread(target=self._watch_terminal, args=(loop,), daemon=True).start()

    def leave_for_signal(self, number: signal.Signals) -> None:
        """End with the terminal restored; the status tells the signal."""
        timer = threading.Timer(HARD_EXIT_S, os._exit, (128 + number,))
        timer.daemon = True
        timer.start()
        self.exit(128 + number, return_code=128 + number)

    def _watch_terminal(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait, without waking up, until the terminal is gone: a hang-up may be ignored by whoever started us."""
        poll = select.poll()
        poll.register(sys.__stdin__.fileno() if sys.__stdin__ is not None else 0, 0)
        poll.poll()
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are leaving already
            loop.call_soon_threadsafe(self.leave_for_signal, signal.SIGHUP)

    def _fatal_error(self) -> None:
        """Keep the exception for the crash report instead of printing a traceback that holds locals.

        Overrides a hook that Textual does not document; there is no public one.
        """
        error = sys.exception()
        if self.crash is None:  # what fails while all is taken down only follows from the first
            self.crash = error if isinstance(error, Exception) else RuntimeError("unknown failure")
        self._close_messages_no_wait()


def run_deck(
    target: "Target",
    *,
    record_type: str | None = None,
    query_text: str | None = None,
    is_mouse_on: bool = True,
) -> int:
    """Open the deck and give its exit status. A bug is raised after the terminal is restored."""

    async def connect() -> Session:
        wiring = await asyncio.to_thread(_import_wiring)
        return await wiring(target)

    deck = CrmDeck(connect, record_type, query_text=query_text)
    deck.run(mouse=is_mouse_on)
    if deck.crash is not None:
        raise deck.crash
    return deck.return_code or 0


def _import_wiring() -> "Callable[[Target], Awaitable[Session]]":
    """Load the client, the server and what they stand on, off the loop and after the first frame."""
    from app.wiring import connect  # noqa: PLC0415

    return connect
