"""Journaling: drafts are saved while they are typed, and the loop never waits for a disk."""

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar

from app.domain.journal import (
    Draft,
    DraftTaken,
    Intent,
    IntentEvent,
    Journal,
    JournalFailed,
    JournalWarning,
    OpenDraft,
)

REST_S: Final = 0.5
"""How long typing rests before a draft is saved."""

MOST_S: Final = 2.0
"""How long it is not saved at most while typing goes on, and the pause before a save that failed is tried again."""

Result = TypeVar("Result")
Listener = Callable[[], None]


class Timer(Protocol):
    """One call that is yet to be made."""

    def cancel(self) -> None:
        """Do not make it."""
        ...


class Timers(Protocol):
    """Time in seconds, and calls at a later one; the event loop is one."""

    def time(self) -> float:
        """Now, by a clock that never goes back."""
        ...

    def call_later(self, delay: float, callback: Callable[[], object], /) -> Timer:
        """Make a call once some time has passed."""
        ...


@dataclass(frozen=True, slots=True)
class JournalStatus:
    """What a header tells of the journal."""

    last_saved_at: datetime | None = None
    """When a draft was last on the disk, as the journal confirmed it."""
    trouble: str = ""
    """Why the latest save failed; empty once one works again. Not yet sanitised."""
    warnings: tuple[JournalWarning, ...] = ()
    """What was lost since the program started."""

    @property
    def is_unsaved(self) -> bool:
        """Whether drafts are in memory only, now or until the program ends."""
        return bool(self.trouble) or any(warning.is_unsaved for warning in self.warnings)


@dataclass(slots=True)
class _Edited:
    """A draft that is being edited."""

    draft: Draft
    """As it was noted last."""
    changed_s: float | None = None
    """When it was first changed since it was last handed to the journal; `None`: it was not."""
    timer: Timer | None = None
    is_saving: bool = False
    is_on_disk: bool = False
    """Whether `draft` is."""


class Journaling:
    """Saves drafts while they are typed. Made and used on the loop; a caller that is cancelled stops no save."""

    def __init__(self, journal: Journal, workspace: str, timers: Timers | None = None) -> None:
        """`workspace` tells the workspace from all others; without `timers` the running loop is asked."""
        self._journal = journal
        self._workspace = workspace
        self._loop = asyncio.get_running_loop()
        self._timers: Timers = timers or self._loop
        self._edited: dict[str, _Edited] = {}
        self._listeners: list[Listener] = []
        self.status = JournalStatus()
        """How things stand; another object whenever they change."""
        journal.listen(lambda warning: self._on_loop(lambda: self._warn(warning)))

    def listen(self, listener: Listener) -> Listener:
        """Call `listener`, on the loop, whenever `status` is another; the result ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def note(self, draft: Draft) -> None:
        """Take a draft as it is now, after each change; it is saved once typing rests. Never blocks, never fails."""
        now = self._timers.time()
        edited = self._edited.setdefault(draft.id, _Edited(draft))
        edited.draft, edited.is_on_disk = draft, False
        if edited.changed_s is None:
            edited.changed_s = now
        if not edited.is_saving:
            self._save_in(edited, min(REST_S, edited.changed_s + MOST_S - now))

    @property
    def unsaved(self) -> tuple[Draft, ...]:
        """Noted drafts that are not on the disk as they are."""
        return tuple(edited.draft for edited in self._edited.values() if not edited.is_on_disk)

    async def flush(self) -> tuple[Draft, ...]:
        """Save now what was noted; those that are not on the disk all the same, with the reason in `status`."""
        waiting = [edited for edited in self._edited.values() if not edited.is_on_disk]
        for save in [self._save(edited) for edited in waiting]:
            with contextlib.suppress(JournalFailed, DraftTaken):
                await _ended(save)
        return self.unsaved

    async def discard(self, draft_id: str) -> None:
        """Forget a draft, and what was noted of it. Raises `DraftTaken`, `JournalFailed`."""
        self.let_go(draft_id)
        await _ended(self._journal.discard_draft(draft_id))

    def let_go(self, draft_id: str) -> None:
        """Save a draft no more; what the journal has of it stays. For one that ended in another way, such as sending."""
        edited = self._edited.pop(draft_id, None)
        if edited is not None:
            _stop(edited)

    async def open_drafts(self) -> tuple[OpenDraft, ...]:
        """All drafts of the workspace, the one saved last first. Raises `JournalFailed`."""
        return await _ended(self._journal.open_drafts(self._workspace))

    async def recent(self, limit: int) -> tuple[Intent, ...]:
        """The latest requests of the workspace, newest first. Raises `JournalFailed`."""
        return await _ended(self._journal.recent(self._workspace, limit))

    async def events(self, intent_id: str) -> tuple[IntentEvent, ...]:
        """The steps of one request, oldest first. Raises `JournalFailed`."""
        return await _ended(self._journal.events(intent_id))

    async def intent(self, intent_id: str) -> Intent | None:
        """One request as the journal has it. Raises `JournalFailed`."""
        return await _ended(self._journal.intent(intent_id))

    def _save_in(self, edited: _Edited, delay_s: float) -> None:
        _stop(edited)
        edited.timer = self._timers.call_later(max(delay_s, 0.0), lambda: self._save(edited))

    def _save(self, edited: _Edited) -> Future[datetime | None]:
        """Hand a draft to the journal; one at a time of each, so that a slow disk is not given every letter."""
        _stop(edited)
        edited.is_saving, edited.changed_s = True, None
        draft = edited.draft
        saved = self._journal.save_draft(draft)
        saved.add_done_callback(
            lambda future: self._on_loop(lambda: self._saved(edited, draft, future))
        )
        return saved

    def _saved(self, edited: _Edited, draft: Draft, future: Future[datetime | None]) -> None:
        """Note the end of one save."""
        edited.is_saving = False
        is_wanted = self._edited.get(draft.id) is edited
        try:
            moment = future.result()
        except JournalFailed as error:
            self._set(trouble=str(error))
            if is_wanted:
                self._save_in(edited, MOST_S)
        except DraftTaken as error:
            self._set(trouble=str(error))
        else:
            edited.is_on_disk = moment is not None and edited.draft is draft
            self._set(moment=moment)
            if is_wanted and edited.changed_s is not None:
                self._save_in(edited, min(REST_S, edited.changed_s + MOST_S - self._timers.time()))

    def _warn(self, warning: JournalWarning) -> None:
        status = self.status
        self._tell(JournalStatus(status.last_saved_at, status.trouble, (*status.warnings, warning)))

    def _set(self, *, moment: datetime | None = None, trouble: str = "") -> None:
        self._tell(
            JournalStatus(moment or self.status.last_saved_at, trouble, self.status.warnings)
        )

    def _tell(self, status: JournalStatus) -> None:
        self.status = status
        for listener in tuple(self._listeners):
            listener()

    def _on_loop(self, callback: Callable[[], None]) -> None:
        """Go on, on the loop, from any thread."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(callback)


async def _ended(future: Future[Result]) -> Result:
    """What a call of the journal gave; a caller that is cancelled leaves it to go on."""
    waiting = asyncio.wrap_future(future)
    waiting.add_done_callback(_look_at)
    return await asyncio.shield(waiting)


def _look_at(waiting: asyncio.Future[Result]) -> None:
    """Nobody may be left to hear of an error."""
    if not waiting.cancelled():
        waiting.exception()


def _stop(edited: _Edited) -> None:
    if edited.timer is not None:
        edited.timer.cancel()
        edited.timer = None
