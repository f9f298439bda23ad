"""The local CRM as a transport: the ASGI application answers in this process, without a socket.

What `httpx.ASGITransport` leaves out is added here: the application's lifespan is run (in one task from start to end), a
handler has a context of its own, and the end of a wait is decided by the caller: a read is dropped with it, a write runs on
until its commit, for a half-done write would be worse than a late one.
"""

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from app.clients.library import httpx
from app.clients.transport import IS_READ
from app.domain.errors import WorkspaceError

EMBEDDED_URL: Final = "http://127.0.0.1:8484/api/v2"
"""Stands for the local workspace: where `crmdeck serve` would offer it, so that a copied curl command fits."""

CLOSE_LIMIT_S: Final = 10.0
"""How long closing waits for writes that still run."""

Message = MutableMapping[str, Any]
"""A scope or an event of ASGI, which leaves their values untyped."""

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]
"""An ASGI application."""


class Lifespan:
    """Starts and stops an ASGI application, both in one task as its scopes demand."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._events: asyncio.Queue[str] = asyncio.Queue()
        self._started: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.state: dict[str, object] = {}
        """What the application set up for its requests."""
        self._task = asyncio.create_task(self._run(), context=contextvars.Context())
        self._task.add_done_callback(_look_at)

    async def start(self) -> None:
        """Wait until the application is ready.

        Raises:
            WorkspaceError: if it says that it cannot start.
        """
        await self._events.put("lifespan.startup")
        await asyncio.shield(self._started)

    async def stop(self) -> None:
        """Let the application put its things away."""
        await self._events.put("lifespan.shutdown")
        await asyncio.wait({self._task}, timeout=CLOSE_LIMIT_S)
        self._task.cancel()

    async def _run(self) -> None:
        async def receive() -> Message:
            return {"type": await self._events.get()}

        async def send(message: Message) -> None:
            if message["type"] == "lifespan.startup.complete":
                self._started.set_result(None)

        scope: Message = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": self.state}
        try:
            await self._application(scope, receive, send)
        except WorkspaceError as error:
            self._fail(error)
        finally:
            self._fail(WorkspaceError("The local workspace cannot start"))

    def _fail(self, error: WorkspaceError) -> None:
        if not self._started.done():
            self._started.set_exception(error)


class EmbeddedTransport(httpx.AsyncBaseTransport):
    """Sends requests to an ASGI application in this process."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._lifespan: Lifespan | None = None
        self._inner = httpx.ASGITransport(self._serve, raise_app_exceptions=False)
        self._running: set[asyncio.Task[httpx.Response]] = set()
        self._starting = asyncio.Lock()

    async def start(self) -> None:
        """Start the application, unless it has been started.

        Raises:
            WorkspaceError: if it cannot start.
        """
        async with self._starting:
            if self._lifespan is None:
                lifespan = Lifespan(self._application)
                await lifespan.start()
                self._lifespan = lifespan

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            await self.start()
        except WorkspaceError:
            raise httpx.ConnectError("the application cannot start", request=request) from None
        task = asyncio.create_task(
            self._inner.handle_async_request(request), context=contextvars.Context()
        )
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_look_at)
            if request.extensions.get(IS_READ, False):
                task.cancel()
            raise

    async def aclose(self) -> None:
        """Wait for writes that still run, then stop the application."""
        if self._running:
            await asyncio.wait(self._running, timeout=CLOSE_LIMIT_S)
        if self._lifespan is not None:
            await self._lifespan.stop()
            self._lifespan = None

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        state = self._lifespan.state if self._lifespan is not None else {}
        await self._application({**scope, "state": dict(state)}, receive, send)


def _look_at(task: asyncio.Task[Any]) -> None:
    """Take note of how a task that nobody waits for ended, so that asyncio does not complain of it."""
    if not task.cancelled():
        task.exception()
