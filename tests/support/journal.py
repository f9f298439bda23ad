"""A journal in memory for tests: the tables are the real ones, time and failures are the test's."""

import weakref
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import TypeVar

from app.domain.journal import (
    Draft,
    DraftOwner,
    DraftTaken,
    Intent,
    IntentEvent,
    JournalFailed,
    JournalWarning,
    OpenDraft,
    Settlement,
)
from app.state.journal_keeper import connect_to_memory, transact
from app.state.journal_store import JournalStore
from app.state.processes import this_process

Result = TypeVar("Result")

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class MemoryJournal:
    """The port `Journal`; every call is done at once, unless it is held."""

    def __init__(self, clock: Callable[[], datetime] = lambda: NOON) -> None:
        self._clock = clock
        self._opened: JournalStore | None = None
        self._listeners: list[Callable[[JournalWarning], None]] = []
        self._held: deque[Callable[[], None]] = deque()
        self.is_holding = False
        """Whether calls wait for `release`."""
        self.failure: str | None = None
        """Why every call fails; `None` lets them work."""
        self.saves: list[Draft] = []
        """Each draft that was to be saved, in order."""
        self.taken_by: DraftOwner | None = None
        """Who is editing every draft; `None`: nobody else."""

    def release(self) -> None:
        """Do what waits, in order; from now on calls are done at once again."""
        self.is_holding = False
        while self._held:
            self._held.popleft()()

    def warn(self, warning: JournalWarning) -> None:
        """Tell of a loss."""
        for listener in self._listeners:
            listener(warning)

    def listen(self, listener: Callable[[JournalWarning], None]) -> None:
        self._listeners.append(listener)

    def open_drafts(self, workspace: str) -> Future[tuple[OpenDraft, ...]]:
        return self._do(lambda store: store.open_drafts(workspace))

    def save_draft(self, draft: Draft) -> Future[datetime | None]:
        self.saves.append(draft)
        return self._do(lambda store: store.save_draft(draft))

    def take_draft(self, draft_id: str) -> Future[Draft]:
        return self._do(lambda store: store.take_draft(draft_id))

    def discard_draft(self, draft_id: str) -> Future[None]:
        return self._do(lambda store: store.discard_draft(draft_id))

    def begin_intents(self, intents: Sequence[Intent]) -> Future[tuple[Intent, ...]]:
        return self._do(lambda store: store.begin_intents(intents))

    def settle(self, intent_id: str, settlement: Settlement) -> Future[Intent]:
        return self._do(lambda store: store.settle(intent_id, settlement))

    def unsettled(self, workspace: str) -> Future[tuple[Intent, ...]]:
        return self._do(lambda store: store.unsettled(workspace))

    def recent(self, workspace: str, limit: int) -> Future[tuple[Intent, ...]]:
        return self._do(lambda store: store.recent(workspace, limit))

    def intent(self, intent_id: str) -> Future[Intent | None]:
        return self._do(lambda store: store.intent(intent_id))

    def of_plan(self, plan_id: str) -> Future[tuple[Intent, ...]]:
        return self._do(lambda store: store.of_plan(plan_id))

    def events(self, intent_id: str) -> Future[tuple[IntentEvent, ...]]:
        return self._do(lambda store: store.events(intent_id))

    def last_undoable(self, workspace: str) -> Future[Intent | None]:
        return self._do(lambda store: store.last_undoable(workspace))

    def close(self) -> None:
        """It ends with the test."""

    def _store(self) -> JournalStore:
        if self._opened is None:
            connection = connect_to_memory()
            weakref.finalize(self, connection.close)
            self._opened = JournalStore(connection, self._clock, this_process())
        return self._opened

    def _do(self, work: Callable[[JournalStore], Result]) -> Future[Result]:
        future: Future[Result] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                if self.failure is not None:
                    raise JournalFailed(self.failure)
                if self.taken_by is not None:
                    raise DraftTaken(self.taken_by)
                result = transact(self._store(), work)
            except Exception as error:  # noqa: BLE001 - its caller gets it
                future.set_exception(error)
            else:
                future.set_result(result)

        if self.is_holding:
            self._held.append(run)
        else:
            run()
        return future
