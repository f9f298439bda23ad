"""`!`: nothing is written from that moment on, and only the workspace's name takes it back."""

import pytest

from app.domain.edits import Change
from app.domain.outcomes import Done, Refused
from tests.support.backends import MemoryBackend
from tests.support.deck import deck, press, screen_lines, screen_text, type_text
from tests.support.small_workspace import memory_session, small_workspace


async def writes(backend: MemoryBackend) -> bool:
    """Whether a write is let through."""
    changes = [Change("first_name", "A"), Change("last_name", "B")]
    outcome = await backend.create("contact", changes)
    assert isinstance(outcome, Done | Refused)
    return isinstance(outcome, Done)


async def test_a_key_locks_at_once() -> None:
    """The header says so, with the writes that were sent; the guard refuses."""
    backend = small_workspace()
    async with deck(memory_session(backend, name="acme")) as (app, pilot):
        assert "READ-WRITE" in screen_lines(app)[0]
        await press(pilot, "exclamation_mark")
        assert "acme  READ-ONLY 0 writes sent" in screen_lines(app)[0]
        assert "every write is refused" in screen_text(app)
        assert not await writes(backend)


@pytest.mark.parametrize(("typed", "is_open"), [("acme", True), ("acm", False), ("", False)])
async def test_only_the_name_unlocks(typed: str, is_open: bool) -> None:
    """Anything else leaves it locked."""
    backend = small_workspace()
    async with deck(memory_session(backend, name="acme")) as (app, pilot):
        await press(pilot, "exclamation_mark", "exclamation_mark")
        assert "Type acme" in screen_text(app)
        await type_text(pilot, typed)
        await press(pilot, "enter")
        assert await writes(backend) is is_open
        assert ("READ-WRITE" in screen_lines(app)[0]) is is_open


async def test_escape_leaves_it_locked() -> None:
    """The keys are commands again."""
    backend = small_workspace()
    async with deck(memory_session(backend, name="acme")) as (app, pilot):
        await press(pilot, "exclamation_mark", "exclamation_mark", "a", "escape", "j")
        assert "READ-ONLY" in screen_lines(app)[0]
        assert not await writes(backend)


async def test_what_was_opened_read_only_cannot_be_unlocked() -> None:
    """It says why, and asks for nothing."""
    backend = small_workspace(is_read_only=True)
    async with deck(memory_session(backend, name="acme")) as (app, pilot):
        await press(pilot, "exclamation_mark")
        assert "it stays so" in screen_text(app)
        await type_text(pilot, "acme")
        assert not await writes(backend)


async def test_a_lock_closes_what_is_said_of_a_field() -> None:
    """The line about the cell follows at once."""
    async with deck() as (app, pilot):
        await press(pilot, "l")
        assert "editable" in screen_text(app)
        await press(pilot, "exclamation_mark")
        assert "read-only (w)" in screen_text(app)
