"""What the command line is given from outside: how to reach a workspace and how to open the deck."""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from app.controller.clock import Clock, utc_now

if TYPE_CHECKING:
    from app.controller.session import Session
    from app.wiring import Target


class Connect(Protocol):
    """Opens a workspace; raises `BackendError`, `ConfigError` or `WorkspaceError`."""

    def __call__(self, target: "Target") -> "Awaitable[Session]": ...


class OpenDeck(Protocol):
    """Shows the deck until it is left; returns the exit status."""

    def __call__(
        self,
        target: "Target",
        *,
        record_type: str | None,
        query_text: str | None,
        is_mouse_on: bool,
    ) -> int: ...


@dataclass(frozen=True, slots=True)
class Ports:
    """The object of the click context."""

    connect: Connect
    open_deck: OpenDeck
    is_interactive: bool
    """Whether input and output are a terminal."""
    clock: Clock = utc_now
    """What date words count from."""
