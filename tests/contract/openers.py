"""The backends that the contract is tested on: each opens a small workspace with people, companies and activities."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import uvicorn

from app.clients.public_v2 import PublicV2Client
from app.clients.transport import Transport
from app.domain.backend import Backend
from app.domain.secret import Secret
from app.server.access import Access, hash_key
from app.server.application import create_application
from app.server.store.workspace import open_workspace
from app.wire.public_v2.endpoints import READS
from app.wire.public_v2.errors import error_from_answer
from app.wiring import Target, connect
from tests.support.small_workspace import small_workspace

KEY = "contract-key-5b1e"

Opener = Callable[[Path, bool], AbstractAsyncContextManager[Backend]]
"""Opens a workspace on a sample file, read-only or not."""


@asynccontextmanager
async def embedded(file: Path, is_read_only: bool) -> AsyncIterator[Backend]:
    """As the deck opens a local workspace: in process, through the wiring."""
    session = await connect(Target(workspace=file, is_read_only=is_read_only))
    try:
        yield session.backend
    finally:
        await session.backend.close()


class Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.is_ready = asyncio.Event()

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]  # only passed on
        await super().startup(sockets)  # type: ignore[arg-type]  # only passed on
        self.is_ready.set()


@asynccontextmanager
async def served(file: Path, is_read_only: bool) -> AsyncIterator[Backend]:
    """As `crmdeck serve` and a profile with its address: over a real socket, with a key."""
    application = create_application(open_workspace(file), Access(hash_key(KEY)))
    config = uvicorn.Config(application, port=0, lifespan="on", ws="none", log_config=None)
    server = Server(config)
    running = asyncio.create_task(server.serve())
    await server.is_ready.wait()
    port = server.servers[0].sockets[0].getsockname()[1]
    backend = PublicV2Client(
        Transport(
            f"http://127.0.0.1:{port}/api/v2",
            refusal=error_from_answer,
            reads=READS,
            key=Secret(KEY),
            is_read_only=is_read_only,
        )
    )
    try:
        yield backend
    finally:
        await backend.close()
        server.should_exit = True
        await running


@asynccontextmanager
async def memory(_: Path, is_read_only: bool) -> AsyncIterator[Backend]:
    """The stand-in that other tests use; it must mean the same."""
    backend = small_workspace(is_read_only=is_read_only)
    yield backend
    await backend.close()


OPENERS: dict[str, Opener] = {"embedded": embedded, "served": served, "memory": memory}
"""One row per backend."""
