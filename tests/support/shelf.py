"""The screen of saved queries over ports in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone

from textual.pilot import Pilot

from app.controller.asking import Asking
from app.controller.discovery import Discovery
from app.controller.remembering import Remembering
from app.controller.saved_question import read_question
from app.domain.query import Query
from app.domain.remembered import Memory, SavedQuery
from app.domain.schema import RecordType
from app.screens.saved_queries import Choice, SavedQueriesScreen
from tests.support.backends import MemoryBackend
from tests.support.deck import HostApp, host, settle
from tests.support.remembered import MemoryHistory, MemoryQueries, MemoryRuns, MemoryViews
from tests.support.small_workspace import memory_session, small_workspace

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
"""When everything happens."""


class Shelf:
    """The screen over ports in memory, and what it answered."""

    def __init__(self, *queries: SavedQuery, backend: MemoryBackend | None = None) -> None:
        self.queries = MemoryQueries(*queries)
        self.history = MemoryHistory()
        self.runs = MemoryRuns()
        self.backend = backend or small_workspace()
        self.answers: list[Choice | None] = []
        memory = Memory(self.queries, self.history, MemoryViews(), self.runs)
        session = memory_session(self.backend, name="acme", memory=memory)
        discovery = Discovery(session)
        asking = Asking(session, discovery, lambda: NOW)

        async def prepare(saved: SavedQuery) -> tuple[Query, RecordType]:
            return await read_question(saved, asking, discovery)

        zone = timezone(timedelta(hours=2))
        self.screen = SavedQueriesScreen(Remembering(session, lambda: NOW), prepare, zone)

    @asynccontextmanager
    async def open(
        self, size: tuple[int, int] = (80, 24)
    ) -> AsyncIterator[tuple[HostApp, Pilot[None]]]:
        """Show it, with what was asked read."""
        async with host(size=size) as (app, pilot):
            app.push_screen(self.screen, self.answers.append)
            await settle(pilot)
            yield app, pilot
