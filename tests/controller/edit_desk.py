"""A desk to edit at, for tests: a backend, a journal, and the use cases over them."""

import itertools
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.controller.editing import Editing, Opened
from app.controller.landing import Landing
from app.controller.undo import Undo
from app.domain.backend import Backend
from app.domain.edit_draft import with_value
from app.domain.edits import WriteValue
from app.domain.journal import Intent, Journal
from app.domain.records import RecordId
from app.domain.review import Applied, Review
from tests.support.journal import MemoryJournal

WORKSPACE = "desk"


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything an edit needs."""

    backend: Backend
    journal: Journal
    editing: Editing
    landing: Landing
    undo: Undo
    waits: list[float]
    """Seconds that were waited, without waiting."""

    async def edited(self, record_id: RecordId, **values: WriteValue) -> Opened:
        """A record opened, with changes."""
        return self.changed(await self.editing.open(record_id), **values)

    async def made(self, record_type: str, **values: WriteValue) -> Opened:
        """A new record with values."""
        return self.changed(await self.editing.new(record_type), **values)

    def changed(self, opened: Opened, **values: WriteValue) -> Opened:
        """More changes."""
        draft = opened.draft
        form = self.editing.form(opened.schema, draft)
        for name, value in values.items():
            draft = with_value(draft, form.schema.attribute_by_name[name], value)
        return replace(opened, draft=draft)

    async def reviewed(self, opened: Opened) -> Review:
        """What it will send."""
        form = self.editing.form(opened.schema, opened.draft, opened.record)
        return await self.editing.review(form)

    async def saved(self, opened: Opened) -> Applied:
        """Reviewed and sent."""
        return await self.editing.apply(await self.reviewed(opened))

    def intents(self) -> tuple[Intent, ...]:
        """Everything the journal noted, newest first."""
        return self.journal.recent(WORKSPACE, 1000).result()


def desk_at(backend: Backend, journal: Journal | None = None, now: datetime | None = None) -> Desk:
    """A desk at a backend; time stands still, and nothing waits."""
    moment = now or datetime.now(UTC)
    journal = journal or MemoryJournal(lambda: moment)
    numbers = itertools.count(1)
    prefix = f"{id(journal):x}"
    editing = Editing(
        backend, journal, WORKSPACE, new_id=lambda: f"{prefix}-{id(numbers):x}-{next(numbers)}"
    )
    waits: list[float] = []

    async def wait(seconds: float) -> None:
        waits.append(seconds)

    landing = Landing(backend, journal, WORKSPACE, sleep=wait)
    return Desk(backend, journal, editing, landing, Undo(backend, journal, editing), waits)
