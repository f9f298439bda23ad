"""What the tests of the transport share: a transport over a scripted network, and a clock that never waits."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from app.clients.public_v2 import PublicV2Client
from app.clients.transport import Limits, Timing, Transport
from app.domain.requests import PreparedRequest
from app.domain.secret import Secret
from app.wire.public_v2.endpoints import READS
from app.wire.public_v2.errors import error_from_answer

BASE = "https://crm.example/api/v2"
CANARY = "canary-7f3a9c51-key"
"""A key that must turn up nowhere but in the header of a request to the profile's own origin."""

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass
class FakeTime:
    """Time that passes only when somebody sleeps."""

    now_s: float = 1000.0
    slept: list[float] = field(default_factory=list)
    dice: float = 0.5

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds

    def timing(self) -> Timing:
        return Timing(
            lambda: self.now_s,
            lambda: datetime(2026, 11, 21, 12, tzinfo=UTC),
            self.sleep,
            lambda: self.dice,
        )


@dataclass
class Script:
    """Answers requests one after the other; the last answer stays."""

    answers: list[httpx.Response | Exception]
    requests: list[httpx.Request] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Network(httpx.MockTransport):
    """A mock whose answers come as a stream, as from a real network."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await super().handle_async_request(request)
        if not response.is_stream_consumed:
            return response
        stream = httpx.ByteStream(response.content)
        return httpx.Response(response.status_code, headers=response.headers, stream=stream)


def script(*answers: httpx.Response | Exception) -> Script:
    return Script([*answers])


def transport(
    handler: Handler | httpx.AsyncBaseTransport,
    *,
    base_url: str = BASE,
    key: str | None = CANARY,
    is_read_only: bool = False,
    time: FakeTime | None = None,
    limits: Limits | None = None,
) -> Transport:
    """A transport whose network is `handler`."""
    wire = handler if isinstance(handler, httpx.AsyncBaseTransport) else Network(handler)
    return Transport(
        base_url,
        refusal=error_from_answer,
        reads=READS,
        key=None if key is None else Secret(key),
        is_read_only=is_read_only,
        wire=wire,
        limits=limits,
        timing=(time or FakeTime()).timing(),
    )


def client(handler: Handler, **kwargs: object) -> PublicV2Client:
    """A client whose network is `handler`."""
    return PublicV2Client(transport(handler, **kwargs))  # type: ignore[arg-type]  # passed through


def read_request(path: str = "/contact/1") -> PreparedRequest:
    return PreparedRequest("GET", BASE, path)


def query_request() -> PreparedRequest:
    return PreparedRequest("POST", BASE, "/contact/_query", b'{"limit": 1}')


def write_request(method: str = "POST", path: str = "/contact") -> PreparedRequest:
    return PreparedRequest(method, BASE, path, b'{"attributes": {}}', is_read=False)


def answer(
    body: object, status: int = 200, headers: Iterable[tuple[str, str]] = ()
) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(body).encode(), headers=[*headers])
