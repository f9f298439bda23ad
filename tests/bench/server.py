"""Figures of the server in process: pages of a filtered, sorted query over the big workspace."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine, MutableMapping
from statistics import median
from typing import Any

from starlette.types import ASGIApp

from app.server.application import create_application
from app.server.store.workspace import open_workspace
from tests.bench.figures import Figure, Limit
from tests.bench.programs import Bench
from tests.bench.stored_page import StoredPage

PATH = "/api/v2/contact/_query"
PAGE_SIZE = 100
FIRST_PAGE: dict[str, object] = {
    "filters": [{"field": "stage", "operator": "eq", "value": "working"}],
    "sort": [{"field": "updated_at", "direction": "desc"}],
    "limit": PAGE_SIZE,
}
DEEP_PAGE = 1_000
"""The page whose time is compared with that of the first; the last full one when there are less."""


def page(bench: Bench) -> list[Figure]:
    """The first page beside hand-written SQL with its answer, and a deep page beside the first."""
    store = open_workspace(bench.big_workspace)
    stored = StoredPage(bench.big_workspace)
    try:
        return asyncio.run(_page_figures(bench, create_application(store), stored))
    finally:
        stored.close()
        store.close()


async def _page_figures(bench: Bench, server: ASGIApp, stored: StoredPage) -> list[Figure]:
    answer = json.loads(await ask(server, FIRST_PAGE))
    if answer["data"] != json.loads(stored.answer())["data"]:
        raise AssertionError("the hand-written SQL has another answer than the server")
    deep, number = await _deep_page(bench, server)
    first_s: list[float] = []
    stored_s: list[float] = []
    deep_s: list[float] = []
    bench.tell(f"pages 1 and {number} in process")
    for _ in range(bench.choose(quick=30, full=200)):
        stored_s.append(timed(stored.answer))
        first_s.append(await awaited(ask(server, FIRST_PAGE)))
        deep_s.append(await awaited(ask(server, deep)))
    first_ms, stored_ms, deep_ms = (median(each) * 1000 for each in (first_s, stored_s, deep_s))
    return [
        Figure("server.page.first", first_ms, "ms", stored_ms, Limit(3.0)),
        Figure(f"server.page.{number}", deep_ms, "ms", first_ms, Limit(1.2)),
    ]


async def _deep_page(bench: Bench, server: ASGIApp) -> tuple[dict[str, object], int]:
    """The request of the deep page, and its number; found by walking there."""
    bench.tell(f"walking to page {DEEP_PAGE}")
    body, number = FIRST_PAGE, 0
    following: dict[str, object] = FIRST_PAGE
    while number < DEEP_PAGE:
        answer = json.loads(await ask(server, following))
        if answer["next_cursor"] is None:
            break
        body, number = following, number + 1
        following = {"cursor": answer["next_cursor"], "limit": PAGE_SIZE}
    return body, number


def timed(work: Callable[[], object]) -> float:
    """Seconds that work takes."""
    started_s = time.perf_counter()
    work()
    return time.perf_counter() - started_s


async def awaited(work: Coroutine[Any, Any, object]) -> float:
    """Seconds until awaited work is done."""
    started_s = time.perf_counter()
    await work
    return time.perf_counter() - started_s


async def ask(server: ASGIApp, body: dict[str, object], path: str = PATH) -> bytes:
    """POST to an ASGI application, with nothing between; the body of its answer."""
    return await _exchange(server, "POST", path, json.dumps(body).encode())


async def get(server: ASGIApp, path: str) -> bytes:
    """GET from an ASGI application, with nothing between; the body of its answer."""
    return await _exchange(server, "GET", path, b"")


async def _exchange(server: ASGIApp, method: str, path: str, request: bytes) -> bytes:
    chunks: list[bytes] = []
    status = 0

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": request, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        chunks.append(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(request)).encode()),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await server(scope, receive, send)
    answer = b"".join(chunks)
    if status != 200:
        raise AssertionError(f"status {status}: {answer.decode(errors='replace')[:500]}")
    return answer
