"""The embedded transport: an ASGI application in this process behaves as a server should."""

import asyncio
import contextvars
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.clients.embedded import EMBEDDED_URL, EmbeddedTransport, Message, Receive, Send
from app.clients.transport import Limits, Transport
from app.domain.errors import NotFound, ServerFailed, TimedOut, Unreachable, WorkspaceError
from app.domain.requests import PreparedRequest
from tests.clients.senders import FakeTime, transport

WHERE: contextvars.ContextVar[str] = contextvars.ContextVar("where", default="nowhere")


class House:
    """An application that notes what happens to it."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    @property
    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/v2/health", self.health),
                Route("/api/v2/contact/bug", self.bug),
                Route("/api/v2/contact/slow", self.slow),
                Route("/api/v2/contact", self.slow, methods=["POST"]),
            ],
            lifespan=self.lifespan,
        )

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[dict[str, object]]:
        self.events.append("started")
        yield {"name": "the store"}
        self.events.append("stopped")

    async def health(self, request: Request) -> Response:
        where = WHERE.get()
        WHERE.set("in the handler")
        return JSONResponse({"status": where, "state": request.state.name})

    async def bug(self, _: Request) -> Response:
        raise RuntimeError("a bug")

    async def slow(self, _: Request) -> Response:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.events.append("dropped")
            raise
        self.events.append("done")
        return JSONResponse({})


def sender(house: House, limits: Limits | None = None) -> Transport:
    return transport(
        EmbeddedTransport(house.application), base_url=EMBEDDED_URL, key=None, limits=limits
    )


def get(path: str) -> PreparedRequest:
    return PreparedRequest("GET", EMBEDDED_URL, path)


POST = PreparedRequest("POST", EMBEDDED_URL, "/contact", b"{}", is_read=False)


async def test_lifespan_runs_once_around_all_requests_and_hands_over_its_state() -> None:
    """What the application sets up is there for every request, and is put away at the end."""
    house = House()
    embedded = sender(house)
    answers = [await embedded.send(get("/health")) for _ in range(2)]
    assert b"the store" in answers[0].body
    assert house.events == ["started"]
    await embedded.close()
    await embedded.close()
    assert house.events == ["started", "stopped"]


async def test_requests_at_once_start_it_once() -> None:
    """The first ones wait for the start together."""
    house = House()
    embedded = sender(house)
    await asyncio.gather(*(embedded.send(get("/health")) for _ in range(5)))
    assert house.events == ["started"]
    await embedded.close()


async def test_a_handler_neither_sees_nor_changes_the_callers_context() -> None:
    """Which screen is active is none of the server's business."""
    WHERE.set("on the screen")
    embedded = sender(House())
    got = await embedded.send(get("/health"))
    assert b"nowhere" in got.body
    assert WHERE.get() == "on the screen"
    await embedded.close()


async def test_a_bug_in_a_handler_is_a_500() -> None:
    """The server's exceptions stay on its side."""
    embedded = sender(House())
    with pytest.raises(ServerFailed) as caught:
        await embedded.send(get("/contact/bug"))
    assert caught.value.status == 500
    await embedded.close()


async def test_a_path_without_a_route_is_a_404() -> None:
    """As over a socket."""
    embedded = sender(House())
    with pytest.raises(NotFound):
        await embedded.send(get("/nowhere"))
    await embedded.close()


async def test_cancelling_a_read_drops_it() -> None:
    """A search that was typed over costs nothing more."""
    house = House()
    embedded = sender(house)
    task = asyncio.create_task(embedded.send(get("/contact/slow")))
    await house.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await embedded.close()
    assert house.events == ["started", "dropped", "stopped"]


async def test_cancelling_a_write_lets_it_finish() -> None:
    """Half-done is worse than late: closing waits for it."""
    house = House()
    embedded = sender(house)
    task = asyncio.create_task(embedded.send(POST))
    await house.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    closing = asyncio.create_task(embedded.close())
    house.go_on.set()
    await closing
    assert house.events == ["started", "done", "stopped"]


async def test_a_slow_read_ends_at_the_deadline() -> None:
    """The limits hold without a network too."""
    house = House()
    embedded = sender(house, Limits(read_attempt_s=0.01))
    with pytest.raises(TimedOut):
        await embedded.send(get("/contact/slow"))
    await embedded.close()
    assert house.events.count("dropped") == 3


async def broken(scope: Message, receive: Receive, send: Send) -> None:
    """An application whose start fails with a reason of ours."""
    await receive()
    raise WorkspaceError("the file is damaged")


async def silent(scope: Message, receive: Receive, send: Send) -> None:
    """An application that ends without a word."""
    await receive()


async def buggy(scope: Message, receive: Receive, send: Send) -> None:
    """An application whose start has a bug."""
    await receive()
    await send({"type": "lifespan.startup.failed", "message": "Traceback ..."})
    raise RuntimeError("a bug")


async def test_a_failed_start_says_why() -> None:
    """A workspace that cannot be used is told apart from a server that cannot be reached."""
    for application, words in (
        (broken, "the file is damaged"),
        (silent, "cannot start"),
        (buggy, "cannot start"),
    ):
        embedded = EmbeddedTransport(application)
        with pytest.raises(WorkspaceError, match=words):
            await embedded.start()
        with pytest.raises(httpx.ConnectError):
            await embedded.handle_async_request(httpx.Request("GET", EMBEDDED_URL))
        await embedded.aclose()


async def test_a_request_to_an_application_that_cannot_start_fails_as_unreachable() -> None:
    """No foreign exception, whatever happens inside."""
    embedded = transport(
        EmbeddedTransport(broken), base_url=EMBEDDED_URL, key=None, time=FakeTime()
    )
    with pytest.raises(Unreachable):
        await embedded.send(get("/health"))
    await embedded.close()
