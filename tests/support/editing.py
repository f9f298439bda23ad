"""A form and its review over a workspace in memory, without the rest of the deck."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from textual.pilot import Pilot

from app.controller.browse import Browser, TypeView
from app.domain.edits import Change
from app.domain.outcomes import Done
from app.domain.records import Record, RecordId
from app.domain.values import Json
from app.screens.edit_area import EditArea
from app.screens.tab_area import TabArea
from tests.support.backends import MemoryBackend
from tests.support.deck import HostApp, host, press, screen_text, settle, type_text
from tests.support.journal import MemoryJournal
from tests.support.small_workspace import memory_session, small_workspace, uuid_of


@dataclass
class Desk:
    """What a test of editing works with."""

    app: HostApp
    pilot: Pilot[None]
    area: EditArea
    backend: MemoryBackend
    journal: MemoryJournal
    tab: TypeView
    others: set[int] = field(default_factory=set)
    """The requests of somebody else, by number."""

    async def somebody_sets(self, record_id: RecordId, **values: Json) -> None:
        """Let somebody else change a record."""
        changes = [Change(name, value) for name, value in values.items()]
        outcome = await self.backend.patch(record_id, changes)
        assert isinstance(outcome, Done)
        self.others.add(outcome.number or 0)

    async def edit(self, number: int = 0) -> None:
        """Open a record of the tab."""
        record_id = RecordId(self.tab.record_type, uuid_of(self.tab.record_type, number))
        self.area.edit(self.tab, Record(record_id, {}))
        await settle(self.pilot)

    async def to_field(self, name: str, *keys: str) -> None:
        """Put the cursor on a field and press keys."""
        self.area.form.move_to(name)
        await press(self.pilot, *keys)

    async def type_over(self, name: str, text: str) -> None:
        """Type a text in the place of a field's value, and leave its editor."""
        await self.to_field(name, "enter", "ctrl+u")
        await type_text(self.pilot, text)
        await press(self.pilot, "enter")

    async def press(self, *keys: str) -> None:
        """Press keys and settle."""
        await press(self.pilot, *keys)

    @property
    def text(self) -> str:
        """The screen."""
        return screen_text(self.app)

    @property
    def said(self) -> str:
        """What was said last."""
        return self.app.heard(TabArea.Told)[-1].words

    @property
    def sent(self) -> list[str]:
        """The writes that were sent, by method and path."""
        return [
            f"{entry.method} {entry.path}"
            for entry in self.backend.log.entries
            if entry.number not in self.others
            and entry.request is not None
            and not entry.request.is_read
        ]


async def at_once(_: float) -> None:
    """Wait for nothing."""


@asynccontextmanager
async def editing(
    record_type: str = "contact",
    *,
    backend: MemoryBackend | None = None,
    journal: MemoryJournal | None = None,
    size: tuple[int, int] = (80, 24),
) -> AsyncIterator[Desk]:
    """An edit area for records of one type."""
    backend = backend or small_workspace()
    journal = journal or MemoryJournal()
    browser = Browser(memory_session(backend, journal=journal))
    area = EditArea(browser, sleep=at_once)
    async with host(area, size=size) as (app, pilot):
        tab = browser.view(record_type)
        tab.schema = await backend.schema(record_type)
        yield Desk(app, pilot, area, backend, journal, tab)
        await area.journaling.flush()
