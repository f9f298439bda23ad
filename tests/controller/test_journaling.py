"""Journaling: when drafts are saved, what the header says, and what a cancelled send leaves behind."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.controller.journaling import MOST_S, REST_S, Journaling
from app.domain.journal import DraftOwner, IntentState, JournalWarning, Settlement
from tests.domain.journal_strategies import draft, intent
from tests.support.journal import NOON, MemoryJournal


class _Call:
    """One call at a later time."""

    def __init__(self, at_s: float, callback: Callable[[], object]) -> None:
        self.at_s = at_s
        self.callback = callback
        self.is_cancelled = False

    def cancel(self) -> None:
        self.is_cancelled = True


class Hands:
    """Timers whose time passes when the test says so; also the clock of the journal."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._calls: list[_Call] = []

    def __call__(self) -> datetime:
        return NOON + timedelta(seconds=self.now_s)

    def time(self) -> float:
        return self.now_s

    def call_later(self, delay: float, callback: Callable[[], object], /) -> _Call:
        self._calls.append(_Call(self.now_s + delay, callback))
        return self._calls[-1]

    async def pass_s(self, seconds: float) -> None:
        """Let time go by; what is due is called in order, and the loop gets its turns."""
        end_s = self.now_s + seconds
        while due := [row for row in self._calls if row.at_s <= end_s and not row.is_cancelled]:
            first = min(due, key=lambda row: row.at_s)
            self._calls.remove(first)
            self.now_s = max(self.now_s, first.at_s)
            first.callback()
            await turns()
        self.now_s = end_s


async def turns() -> None:
    """Let the loop do what it has been handed."""
    for _ in range(3):
        await asyncio.sleep(0)


class Desk:
    """Somebody who types."""

    def __init__(self) -> None:
        self.hands = Hands()
        self.journal = MemoryJournal(self.hands)
        self.journaling = Journaling(self.journal, "w", self.hands)

    def type(self, text: str, id_: str = "d1") -> None:
        """Change the draft."""
        self.journaling.note(draft(id_, texts={"title": text}))

    @property
    def saved(self) -> list[str]:
        """What was saved, in order."""
        return [row.texts["title"] for row in self.journal.saves]


async def test_a_draft_is_saved_once_typing_rests() -> None:
    """Half a second after the last letter, and not before."""
    desk = Desk()
    desk.type("C")
    await desk.hands.pass_s(REST_S * 0.9)
    desk.type("CE")
    await desk.hands.pass_s(REST_S * 0.9)
    assert desk.saved == []
    assert len(desk.journaling.unsaved) == 1
    await desk.hands.pass_s(REST_S * 0.1)
    assert desk.saved == ["CE"]
    assert not desk.journaling.unsaved
    assert desk.journaling.status.last_saved_at == desk.hands()


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.01, 1.5), min_size=1, max_size=60))
async def test_at_most_two_seconds_of_typing_are_lost(pauses: list[float]) -> None:
    """Whenever the program ends: however fast or slowly somebody types."""
    desk = Desk()
    typed: list[float] = []
    for pause in pauses:
        desk.type(str(len(typed)))
        typed.append(desk.hands.now_s)
        await desk.hands.pass_s(pause)
        kept = int(desk.saved[-1]) if desk.saved else -1
        lost = typed[kept + 1 :]
        assert all(desk.hands.now_s - moment < MOST_S + 1e-6 for moment in lost)
    await desk.hands.pass_s(REST_S)
    assert desk.saved[-1] == str(len(typed) - 1)


async def test_drafts_rest_on_their_own() -> None:
    """Typing in one does not put off another."""
    desk = Desk()
    desk.type("one", "d1")
    await desk.hands.pass_s(REST_S * 0.8)
    desk.type("two", "d2")
    await desk.hands.pass_s(REST_S * 0.8)
    assert desk.saved == ["one"]
    await desk.hands.pass_s(REST_S)
    assert desk.saved == ["one", "two"]


async def test_only_a_confirmed_save_counts() -> None:
    """While the disk is slow the header keeps the time before, and only the latest letters wait."""
    desk = Desk()
    desk.journal.is_holding = True
    desk.type("a")
    await desk.hands.pass_s(REST_S)
    for text in ("ab", "abc", "abcd"):
        desk.type(text)
        await desk.hands.pass_s(5)
    assert desk.saved == ["a"]
    assert desk.journaling.status.last_saved_at is None
    desk.journal.release()
    await turns()
    assert desk.journaling.status.last_saved_at == desk.hands()
    assert [row.texts["title"] for row in desk.journaling.unsaved] == ["abcd"]
    await desk.hands.pass_s(REST_S)
    assert desk.saved == ["a", "abcd"]
    assert desk.journaling.unsaved == ()


async def test_a_full_disk_is_told_and_gets_over() -> None:
    """Typing goes on in memory; the draft is saved by itself once there is space."""
    desk = Desk()
    told: list[str] = []
    desk.journaling.listen(lambda: told.append(desk.journaling.status.trouble))
    desk.journal.failure = "The disk is full."
    desk.type("a")
    await desk.hands.pass_s(REST_S)
    assert told == ["The disk is full."]
    assert desk.journaling.status.is_unsaved
    assert len(desk.journaling.unsaved) == 1
    await desk.hands.pass_s(MOST_S)
    desk.journal.failure = None
    await desk.hands.pass_s(MOST_S)
    assert told[-1] == ""
    assert not desk.journaling.status.is_unsaved
    assert desk.journaling.unsaved == ()


async def test_a_listener_can_stop() -> None:
    """The result of `listen` ends it."""
    desk = Desk()
    told: list[bool] = []
    stop = desk.journaling.listen(lambda: told.append(True))
    stop()
    desk.type("a")
    await desk.hands.pass_s(REST_S)
    assert told == []


async def test_a_discarded_draft_does_not_come_back() -> None:
    """Not by a save that was due, nor by one that was on its way."""
    desk = Desk()
    desk.type("a")
    await desk.hands.pass_s(REST_S)
    desk.type("ab")
    await desk.journaling.discard("d1")
    await desk.hands.pass_s(5)
    assert desk.journal.open_drafts("w").result() == ()
    assert desk.saved == ["a"]


async def test_warnings_reach_the_header() -> None:
    """Whenever they come, and from whatever thread."""
    desk = Desk()
    warning = JournalWarning("Drafts are not saved.", is_unsaved=True)
    await asyncio.to_thread(desk.journal.warn, warning)
    await turns()
    assert desk.journaling.status.warnings == (warning,)
    assert desk.journaling.status.is_unsaved


async def test_quitting_saves_what_was_typed_last() -> None:
    """Without waiting for typing to rest, and nothing twice."""
    desk = Desk()
    desk.type("a")
    assert await desk.journaling.flush() == ()
    assert await desk.journaling.flush() == ()
    await desk.hands.pass_s(60)
    assert desk.saved == ["a"]


async def test_quitting_tells_what_could_not_be_saved() -> None:
    """Rather than pretending."""
    desk = Desk()
    desk.journal.failure = "The disk is full."
    desk.type("a")
    assert [row.id for row in await desk.journaling.flush()] == ["d1"]
    assert desk.journaling.status.trouble == "The disk is full."


async def test_what_is_typed_while_a_save_is_flushed_is_saved_too() -> None:
    """A flush answers for what was typed before it, not for what came after."""
    desk = Desk()
    desk.journal.is_holding = True
    desk.type("a")
    flushing = asyncio.ensure_future(desk.journaling.flush())
    await turns()
    desk.type("ab")
    desk.journal.release()
    assert [row.texts["title"] for row in await flushing] == ["ab"]
    await desk.hands.pass_s(REST_S)
    assert desk.saved == ["a", "ab"]


async def test_a_cancelled_flush_saves_all_the_same() -> None:
    """Whoever waited is gone; what was typed is not."""
    desk = Desk()
    desk.journal.is_holding = True
    desk.type("a")
    flushing = asyncio.ensure_future(desk.journaling.flush())
    await turns()
    flushing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flushing
    desk.journal.release()
    await turns()
    assert desk.journaling.unsaved == ()


async def test_a_draft_that_was_sent_does_not_come_back() -> None:
    """Its journal ended it with the request; a save that was due would begin it anew."""
    desk = Desk()
    desk.type("a")
    await desk.journaling.flush()
    desk.type("ab")
    desk.journaling.let_go("d1")
    desk.journal.begin_intents([intent("i1", draft_id="d1")]).result()
    desk.journal.settle("i1", Settlement(IntentState.SAVED, ends_draft=True)).result()
    await desk.hands.pass_s(60)
    assert desk.journal.open_drafts("w").result() == ()


async def test_a_draft_edited_elsewhere_is_not_written_over() -> None:
    """It is told, and not tried again until something is typed."""
    desk = Desk()
    owner = DraftOwner(7, NOON, is_live=True)
    desk.journal.taken_by = owner
    desk.type("a")
    await desk.hands.pass_s(60)
    assert desk.saved == ["a"]
    assert "edited in pid 7" in desk.journaling.status.trouble
    assert desk.journaling.status.is_unsaved


async def test_requests_are_read_without_blocking() -> None:
    """Drafts, the latest requests, one, and its steps."""
    desk = Desk()
    desk.type("a")
    await desk.journaling.flush()
    assert [row.draft.id for row in await desk.journaling.open_drafts()] == ["d1"]
    desk.journal.begin_intents([intent("i1"), intent("i2", workspace="v")])
    assert [row.id for row in await desk.journaling.recent(9)] == ["i1"]
    kept = await desk.journaling.intent("i2")
    assert kept is not None
    assert [row.state for row in await desk.journaling.events("i2")] == [kept.state]
