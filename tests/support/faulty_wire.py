"""A wire that loses what a test wants, between the real client and the real server.

    wire = FaultyWire(EmbeddedTransport(application))
    wire.plan("POST /contact", Fault.LOST)          # the next such request is done, and its answer is lost
    ...
    assert wire.done == ["POST /contact"]

Paths are without `/api/v2`. It makes the errors httpx makes, without a socket and without waiting.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path
from typing import Final

from app.clients.embedded import EMBEDDED_URL, EmbeddedTransport
from app.clients.library import httpx
from app.clients.public_v2 import PublicV2Client
from app.clients.transport import Timing, Transport
from app.server.application import create_application
from app.server.store.workspace import open_workspace
from app.wire.public_v2.endpoints import READS
from app.wire.public_v2.errors import error_from_answer

_BASE: Final = "/api/v2"


class Fault(StrEnum):
    """What becomes of a request."""

    DROPPED = "dropped request"
    """It never reaches the server, and nobody can know that."""
    LOST = "lost answer"
    """It is done; the connection breaks before the answer."""
    STALLED_BEFORE = "stall before it is done"
    STALLED_AFTER = "stall after it is done"
    FAILED_AFTER = "500 after commit"
    FAILED_BEFORE = "500 before anything"
    BUSY = "429"
    """Not processed; the same again is."""
    DOWN = "connection refused"
    """Provably not sent."""


IS_DONE: Final = frozenset({Fault.LOST, Fault.STALLED_AFTER, Fault.FAILED_AFTER})
"""Faults after which the server has done it."""


class FaultyWire(httpx.AsyncBaseTransport):
    """Passes requests on, or treats them as planned."""

    def __init__(self, inner: EmbeddedTransport) -> None:
        self._inner = inner
        self._plans: list[tuple[str, Fault]] = []
        self._others: list[tuple[str, Callable[[], Awaitable[object]]]] = []
        self._is_acting = False
        self.seen: list[str] = []
        """`METHOD /path` of every request that left the client."""
        self.done: list[str] = []
        """Of every request that reached the server."""
        self.arrived: list[httpx.Request] = []
        """Every request that reached the server, as it came."""

    def plan(self, prefix: str, fault: Fault, *, times: int = 1) -> None:
        """Let the next requests whose `METHOD /path` starts with `prefix` meet a fault."""
        self._plans += [(prefix, fault)] * times

    def meanwhile(self, prefix: str, act: Callable[[], Awaitable[object]]) -> None:
        """Let somebody else act right before the next request whose `METHOD /path` starts with `prefix` arrives."""
        self._others.append((prefix, act))

    def mend(self) -> None:
        """End every plan."""
        self._plans.clear()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        call = f"{request.method} {request.url.path.removeprefix(_BASE)}"
        self.seen.append(call)
        fault = self._planned(call)
        match fault:
            case Fault.DROPPED:
                raise httpx.RemoteProtocolError("Server disconnected", request=request)
            case Fault.STALLED_BEFORE:
                raise httpx.ReadTimeout("", request=request)
            case Fault.DOWN:
                raise httpx.ConnectError("refused", request=request)
            case Fault.FAILED_BEFORE:
                return _answer(500)
            case Fault.BUSY:
                return _answer(429)
            case _:
                return await self._passed(call, request, fault)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def _passed(
        self, call: str, request: httpx.Request, fault: Fault | None
    ) -> httpx.Response:
        await self._act(call)
        self.done.append(call)
        await request.aread()
        self.arrived.append(request)
        response = await self._inner.handle_async_request(request)
        match fault:
            case Fault.LOST:
                raise httpx.ReadError("", request=request)
            case Fault.STALLED_AFTER:
                raise httpx.ReadTimeout("", request=request)
            case Fault.FAILED_AFTER:
                return _answer(500)
            case _:
                return response

    async def _act(self, call: str) -> None:
        """Let the next one act who waits for such a call; what that one sends calls nobody else."""
        other = next((row for row in self._others if call.startswith(row[0])), None)
        if other is None or self._is_acting:
            return
        self._others.remove(other)
        self._is_acting = True
        await other[1]()
        self._is_acting = False

    def _planned(self, call: str) -> Fault | None:
        for plan in self._plans:
            if call.startswith(plan[0]):
                self._plans.remove(plan)
                return plan[1]
        return None


def _answer(status: int) -> httpx.Response:
    """An answer that says nothing but its status, and asks for no wait."""
    return httpx.Response(status, headers={"Retry-After": "0"}, stream=httpx.ByteStream(b""))


async def no_wait(_: float) -> None:
    """Sleep not at all."""


@asynccontextmanager
async def faulty_workspace(file: Path) -> AsyncIterator[tuple[PublicV2Client, FaultyWire]]:
    """A local workspace behind a faulty wire."""
    wire = FaultyWire(EmbeddedTransport(create_application(open_workspace(file))))
    transport = Transport(
        EMBEDDED_URL,
        refusal=error_from_answer,
        reads=READS,
        wire=wire,
        timing=Timing(sleep=no_wait, dice=lambda: 0.0),
    )
    backend = PublicV2Client(transport)
    try:
        yield backend, wire
    finally:
        await backend.close()
