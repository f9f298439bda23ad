"""The journal as a file: `journal.db` in the state folder, behind a thread of its own.

Nothing is opened, read or loaded before the first call.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from app.domain.journal import (
    Draft,
    Intent,
    IntentEvent,
    JournalFailed,
    JournalWarning,
    OpenDraft,
    Settlement,
)

if TYPE_CHECKING:
    from app.state.journal_store import JournalStore

FILE_NAME: Final = "journal.db"

PATIENCE_S: Final = 5.0
"""How long another crmdeck may hold the journal before a call fails."""

Result = TypeVar("Result")


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class _Job(Generic[Result]):
    work: "Callable[[JournalStore], Result]"
    future: Future[Result]


class JournalFile:
    """The port `Journal` over one file."""

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], datetime] = _now,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`folder` is the state folder; `clock` dates what is kept."""
        self.path = folder.absolute() / FILE_NAME
        self._clock = clock
        self._patience_s = patience_s
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_closed = False
        self._warnings: list[JournalWarning] = []
        self._listeners: list[Callable[[JournalWarning], None]] = []

    def listen(self, listener: Callable[[JournalWarning], None]) -> None:
        """As the port says."""
        with self._lock:
            self._listeners.append(listener)
            told = tuple(self._warnings)
        for warning in told:
            listener(warning)

    def open_drafts(self, workspace: str) -> Future[tuple[OpenDraft, ...]]:
        """As the port says."""
        return self._do(lambda store: store.open_drafts(workspace))

    def save_draft(self, draft: Draft) -> Future[datetime | None]:
        """As the port says."""
        return self._do(lambda store: store.save_draft(draft))

    def take_draft(self, draft_id: str) -> Future[Draft]:
        """As the port says."""
        return self._do(lambda store: store.take_draft(draft_id))

    def discard_draft(self, draft_id: str) -> Future[None]:
        """As the port says."""
        return self._do(lambda store: store.discard_draft(draft_id))

    def begin_intents(self, intents: Sequence[Intent]) -> Future[tuple[Intent, ...]]:
        """As the port says."""
        return self._do(lambda store: store.begin_intents(intents))

    def settle(self, intent_id: str, settlement: Settlement) -> Future[Intent]:
        """As the port says."""
        return self._do(lambda store: store.settle(intent_id, settlement))

    def unsettled(self, workspace: str) -> Future[tuple[Intent, ...]]:
        """As the port says."""
        return self._do(lambda store: store.unsettled(workspace))

    def recent(self, workspace: str, limit: int) -> Future[tuple[Intent, ...]]:
        """As the port says."""
        return self._do(lambda store: store.recent(workspace, limit))

    def intent(self, intent_id: str) -> Future[Intent | None]:
        """As the port says."""
        return self._do(lambda store: store.intent(intent_id))

    def of_plan(self, plan_id: str) -> Future[tuple[Intent, ...]]:
        """As the port says."""
        return self._do(lambda store: store.of_plan(plan_id))

    def events(self, intent_id: str) -> Future[tuple[IntentEvent, ...]]:
        """As the port says."""
        return self._do(lambda store: store.events(intent_id))

    def last_undoable(self, workspace: str) -> Future[Intent | None]:
        """As the port says."""
        return self._do(lambda store: store.last_undoable(workspace))

    def close(self) -> None:
        """As the port says."""
        with self._lock:
            is_first, self._is_closed = not self._is_closed, True
            thread = self._thread
        if thread is None:
            return
        if is_first:
            self._jobs.put(None)
        thread.join()

    def _do(self, work: "Callable[[JournalStore], Result]") -> Future[Result]:
        """Queue work; its result comes once what it changed is on the disk."""
        future: Future[Result] = Future()
        with self._lock:
            if self._is_closed:
                future.set_exception(JournalFailed("The journal was closed."))
                return future
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._serve, name="crmdeck-journal", daemon=True
                )
                self._thread.start()
            self._jobs.put(_Job(work, future))
        return future

    def _serve(self) -> None:
        from app.state.journal_keeper import JournalKeeper  # noqa: PLC0415 - the deck starts without it

        keeper = JournalKeeper(self.path, self._clock, self._patience_s, self._tell)
        while (job := self._jobs.get()) is not None:
            if not job.future.set_running_or_notify_cancel():
                continue
            try:
                result = keeper.do(job.work)
            except Exception as error:  # noqa: BLE001 - its caller gets it
                job.future.set_exception(error)
            else:
                job.future.set_result(result)
        keeper.close()

    def _tell(self, warning: JournalWarning) -> None:
        with self._lock:
            self._warnings.append(warning)
            listeners = tuple(self._listeners)
        for listener in listeners:
            listener(warning)
