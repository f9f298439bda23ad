"""A place for requests beneath the guard, which sees what really left: what the proof of read-only stands on."""

from app.clients.library import httpx
from app.wire.endpoint import Endpoint


class Sink(httpx.AsyncBaseTransport):
    """Hands requests on and keeps those that are no known reads, by their own method and path alone."""

    def __init__(self, wire: httpx.AsyncBaseTransport, reads: tuple[Endpoint, ...]) -> None:
        self._wire = wire
        self._reads = reads
        self.requests = 0
        """How many requests came."""
        self.writes: list[str] = []
        """`METHOD /path` of those that were no known reads, in the order they came."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Note it and hand it on."""
        self.requests += 1
        path = request.url.raw_path.decode("ascii").removeprefix("/api/v2")
        if not any(read.matches(request.method, path) for read in self._reads):
            self.writes.append(f"{request.method} {path}")
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        """Let go of the wire below."""
        await self._wire.aclose()
