"""Connections that do not wait for ever: a client that sends its request too slowly is cut off.

Uvicorn waits without end for a request's head and body; a few idle connections would then use up all that there are.
"""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


def impatient_protocol(head_s: float, body_s: float) -> type[H11Protocol]:
    """Uvicorn's protocol, with a limit for the head of each request and one for its body, in seconds."""

    class ImpatientProtocol(H11Protocol):
        """A connection with a timer while it is the client's turn."""

        _timer: asyncio.TimerHandle | None = None
        _timed: object = None
        """What the timer waits for: a state of the client's side."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            super().connection_made(transport)
            self._set_timer()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._set_timer()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop_timer()
            super().connection_lost(exc)

        def _set_timer(self) -> None:
            """Start anew when the client gets to another part of its request, not with each byte."""
            state = self.conn.their_state
            if state is self._timed:
                return
            self._stop_timer()
            limits: dict[Any, float] = {h11.IDLE: head_s, h11.SEND_BODY: body_s}
            if state in limits:
                self._timed = state
                self._timer = self.loop.call_later(limits[state], self._cut_off)

        def _stop_timer(self) -> None:
            self._timed = None
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _cut_off(self) -> None:
            if not self.transport.is_closing():
                self.transport.abort()

    return ImpatientProtocol
