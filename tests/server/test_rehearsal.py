"""Trouble on purpose: the limit on requests and the slow answers of `crmdeck serve`."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from app.server.access import Access, hash_key
from app.server.application import create_application
from app.server.rehearsal import Latency, LatencyLayer, RateLimitLayer, Rehearsal, TokenBucket
from app.server.store.workspace import open_workspace
from tests.server.workspaces import BASE, People

KEY = {"X-Api-Key": "key"}


@dataclass
class Time:
    """A clock that is set, and sleep that only moves it."""

    now_s: float = 100.0
    slept_s: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        self.now_s += seconds


async def _answer(scope: Scope, receive: Receive, send: Send) -> None:
    """An application that answers 204 to everything."""
    del scope, receive
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _client(application: object) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(application), base_url=BASE)  # type: ignore[arg-type]  # layers


def test_a_bucket_lets_the_rate_pass_and_no_more() -> None:
    """Over a long run: what it holds at the start, then as many as the rate says."""
    time = Time()
    bucket = TokenBucket(5.0, time)
    passed = 0
    for _ in range(10_000):
        passed += bucket.take() == 0.0
        time.now_s += 0.01
    assert 500 <= passed <= 506


@pytest.mark.parametrize("rate", [0.1, 1.0, 3.0, 100.0])
def test_who_waits_as_long_as_told_passes(rate: float) -> None:
    """The wait is enough, and not a request's time more."""
    time = Time()
    bucket = TokenBucket(rate, time)
    while not (wait_s := bucket.take()):
        pass
    assert 0 < wait_s <= 1 / rate
    time.now_s += wait_s * 0.9
    assert bucket.take() > 0
    time.now_s += wait_s * 0.1 + 1e-9
    assert bucket.take() == 0


def test_a_pause_saves_up_one_second_at_most() -> None:
    """An hour of silence is no licence for a flood."""
    time = Time()
    bucket = TokenBucket(3.0, time)
    time.now_s += 3_600
    assert [bucket.take() == 0 for _ in range(5)] == [True, True, True, False, False]


async def test_beyond_the_limit_the_answer_is_429_and_says_when() -> None:
    """`Retry-After` in whole seconds, never too early; no other header tells of limits; health is free."""
    time = Time()
    async with _client(RateLimitLayer(_answer, TokenBucket(0.4, time))) as client:
        assert (await client.get("/contact/x")).status_code == 204
        refused = await client.get("/contact/x")
        assert (refused.status_code, refused.json()["error"]["code"]) == (429, "rate_limited")
        assert refused.headers["retry-after"] == "3"
        assert not [name for name in refused.headers if "ratelimit" in name]
        for _ in range(5):
            assert (await client.get("/health")).status_code == 204
        time.now_s += 2.6
        assert (await client.get("/contact/x")).status_code == 204


async def test_answers_come_later_the_same_way_in_every_run() -> None:
    """Between the two limits, health at once."""
    runs = []
    for _ in range(2):
        time = Time()
        async with _client(LatencyLayer(_answer, Latency(100, 400), time.sleep)) as client:
            for _ in range(20):
                await client.get("/contact/x")
            await client.get("/health")
        runs.append(time.slept_s)
    assert runs[0] == runs[1]
    assert len(runs[0]) == 20
    assert all(0.1 <= delay_s <= 0.4 for delay_s in runs[0])
    assert len(set(runs[0])) == 20


async def test_another_seed_is_another_sequence() -> None:
    """Of the same spread."""
    delays = []
    for seed in (1, 2):
        time = Time()
        async with _client(LatencyLayer(_answer, Latency(100, 400, seed), time.sleep)) as client:
            await client.get("/contact/x")
        delays.append(time.slept_s)
    assert delays[0] != delays[1]


async def test_a_delayed_answer_ends_with_its_request() -> None:
    """Nothing is sent after the request was cancelled, and no thread waits."""
    is_asleep = asyncio.Event()

    async def sleep(_: float) -> None:
        is_asleep.set()
        await asyncio.Event().wait()

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        return {"type": "http.request"}

    layer = LatencyLayer(_answer, Latency(1, 1), sleep)
    task = asyncio.create_task(layer({"type": "http", "path": "/x"}, receive, send))
    async with asyncio.timeout(5):
        await is_asleep.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert sent == []


@pytest.fixture
async def limited(workspace: Path, people: People) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a served workspace that answers two requests per hour or so."""
    del people
    store = open_workspace(workspace)
    application = create_application(store, Access(hash_key("key")), rehearsal=Rehearsal(0.0005))
    async with _client(application) as client:
        yield client
    store.close()


async def test_a_stranger_does_not_empty_the_bucket(limited: httpx.AsyncClient) -> None:
    """A request without the key is refused before it counts."""
    for _ in range(3):
        assert (await limited.get("/_schema/contact")).status_code == 401
    assert (await limited.get("/_schema/contact", headers=KEY)).status_code == 200
    assert (await limited.get("/_schema/contact", headers=KEY)).status_code == 429
    assert (await limited.get("/health", headers=KEY)).status_code == 200


async def test_without_a_rehearsal_nothing_is_limited(client: httpx.AsyncClient) -> None:
    """Both are off unless asked for."""
    statuses = {
        (await client.get("/_schema/contact")).status_code for _ in itertools.repeat(None, 50)
    }
    assert statuses == {200}
