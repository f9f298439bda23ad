"""Trouble on purpose, for rehearsing clients: a limit on requests per second, and slow answers.

Both leave health alone, so that what waits for the server to be ready, or watches it, is not part of the rehearsal. Nothing
here blocks: a delayed answer waits on the event loop and ends with its request.
"""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.access import refused
from app.server.refusals import Refusal
from app.wire.public_v2.endpoints import HEALTH, PREFIX

MAX_RATE: Final = 10_000.0
"""Requests per second a limit may allow."""

MAX_LATENCY_MS: Final = 60_000
"""The longest delay of an answer."""

SEED: Final = 0
"""Where the delays start: the first answer of every run waits as long as that of the last run, and so on."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How much later an answer comes: evenly spread between two limits."""

    least_ms: int
    most_ms: int
    seed: int = SEED


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The trouble to make; none by default."""

    rate_per_s: float | None = None
    """Requests per second and key; `None` for no limit."""
    latency: Latency | None = None


class TokenBucket:
    """Lets so many requests pass per second, and after a pause as many at once as a second would."""

    def __init__(self, rate_per_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate_per_s = rate_per_s
        self._clock = clock
        self._size = max(1.0, rate_per_s)
        self._tokens = self._size
        self._filled_s = clock()

    def take(self) -> float:
        """0 if a request may pass now, else the seconds until one may."""
        now_s = self._clock()
        grown = self._tokens + (now_s - self._filled_s) * self._rate_per_s
        self._tokens, self._filled_s = min(self._size, grown), now_s
        if self._tokens < 1.0:
            return (1.0 - self._tokens) / self._rate_per_s
        self._tokens -= 1.0
        return 0.0


class RateLimitLayer:
    """Refuses requests beyond the limit with 429 and `Retry-After`, in whole seconds, rounded up.

    It stands behind the check of the key, and a server has one key: one bucket is one per key, and strangers do not
    empty it.
    """

    def __init__(self, app: ASGIApp, bucket: TokenBucket) -> None:
        self._app = app
        self._bucket = bucket

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on or refuse."""
        wait_s = 0.0 if _is_exempt(scope) else self._bucket.take()
        if wait_s <= 0.0:
            await self._app(scope, receive, send)
            return
        refusal = Refusal("rate_limited", "too many requests; wait as Retry-After says")
        refusal.headers["Retry-After"] = str(math.ceil(wait_s))
        await refused(refusal)(scope, receive, send)


class LatencyLayer:
    """Holds every answer back, refusals too."""

    def __init__(
        self,
        app: ASGIApp,
        latency: Latency,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._app = app
        self._latency = latency
        self._sleep = sleep
        self._random = random.Random(latency.seed)  # noqa: S311 - delays, no secrets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; the delay comes before the head of the answer."""
        if _is_exempt(scope):
            await self._app(scope, receive, send)
            return
        delay_s = self._random.uniform(self._latency.least_ms, self._latency.most_ms) / 1_000

        async def late(message: Message) -> None:
            if message["type"] == "http.response.start":
                await self._sleep(delay_s)
            await send(message)

        await self._app(scope, receive, late)


def _is_exempt(scope: Scope) -> bool:
    return scope["type"] != "http" or bool(scope["path"] == PREFIX + HEALTH.path)
