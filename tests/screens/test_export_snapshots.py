"""How the export looks, at the smallest usual size and at a wide one."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from textual.pilot import Pilot

from app.controller.session import Session
from app.main import CrmDeck
from tests.support.deck import press, settle
from tests.support.small_workspace import memory_session, small_workspace

SnapCompare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def is_same(snap_compare: SnapCompare, size: tuple[int, int], *keys: str) -> bool:
    """Whether the deck looks as before, after these keys."""

    async def connect() -> Session:
        return memory_session(small_workspace(contacts=120), name="acme")

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await press(pilot, *keys)

    deck = CrmDeck(connect, clock=lambda: NOW)
    return snap_compare(deck, terminal_size=size, run_before=prepare)


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder with the same name everywhere; nothing is written to it."""
    monkeypatch.chdir("/")


@SIZES
def test_choices(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What is exported, and what it costs."""
    assert is_same(snap_compare, size, "E", "down", "right")


@SIZES
def test_a_file_that_cannot_be(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Said below the choices."""
    assert is_same(
        snap_compare, size, "E", "down", "down", "down", *["backspace"] * 30, "t", "m", "p", "enter"
    )
