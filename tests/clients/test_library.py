"""What the HTTP library does beside requests."""

import sys
from collections.abc import Sequence
from types import ModuleType

import pytest

from app.clients.library import httpx


class Searches:
    """A finder that finds nothing, and notes what was looked for."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> None:
        """Note a name."""
        del path, target
        self.names.append(name)


async def test_a_request_looks_for_no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for one that is not there searches every folder of the path, with each request anew."""

    async def answer(scope: object, receive: object, send: object) -> None:
        del scope, receive
        assert callable(send)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async with httpx.AsyncClient(transport=httpx.ASGITransport(answer)) as client:
        await client.get("http://test/")
        searches = Searches()
        monkeypatch.setattr(sys, "meta_path", [searches, *sys.meta_path])
        await client.get("http://test/")
    assert searches.names == []
