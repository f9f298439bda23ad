"""How saved queries and their changes look, at the smallest usual size and at a wide one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from textual.pilot import Pilot

from app.controller.session import Session
from app.domain.changes_since import Run, RunRow
from app.domain.remembered import BrokenFile, HistoryEntry, Memory, SavedQuery
from app.main import CrmDeck
from tests.support.deck import press, settle
from tests.support.remembered import MemoryHistory, MemoryQueries, MemoryRuns, MemoryViews
from tests.support.small_workspace import memory_session, small_workspace, uuid_of

SnapCompare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)

QUERIES = (
    SavedQuery("All accounts", "account", ""),
    SavedQuery(
        "Hot leads",
        "contact",
        'stage = working and (title contains "VP" or not accounts.display_name = "Acme")',
        "sales/emea",
        is_pinned=True,
        note="Ask on Mondays",
    ),
    SavedQuery("Renewals at risk", "renewal", "ends_on < 30d order by ends_on", "sales"),
)


def shelf() -> Memory:
    """Three queries, a broken file, some questions."""
    broken = BrokenFile("/home/me/.config/crmdeck/queries/old.toml", 3, "Unclosed array")
    history = [
        HistoryEntry(
            NOW - timedelta(hours=7 * age), "contact", f"amount > {age}00", 50 - age, age > 2
        )
        for age in range(4)
    ]
    return Memory(
        MemoryQueries(*QUERIES, broken=(broken,)),
        MemoryHistory(*reversed(history)),
        MemoryViews(),
        MemoryRuns(),
    )


def is_same(snap_compare: SnapCompare, size: tuple[int, int], memory: Memory, *keys: str) -> bool:
    """Whether the deck looks as before, after these keys."""

    async def connect() -> Session:
        return memory_session(small_workspace(), name="acme", memory=memory)

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        for key in keys:
            await press(pilot, key)

    app = CrmDeck(connect, clock=lambda: NOW)
    return snap_compare(app, terminal_size=size, run_before=prepare)


@SIZES
def test_saved_queries(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The list, with the cursor on a pinned query and its keys below."""
    assert is_same(snap_compare, size, shelf(), "H", "tab", "j", "j")


@SIZES
def test_searched_queries(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What three letters find."""
    assert is_same(snap_compare, size, shelf(), "H", "o", "l", "d")


@SIZES
def test_no_saved_queries(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """How to get one."""
    empty = Memory(MemoryQueries(), MemoryHistory(), MemoryViews(), MemoryRuns())
    assert is_same(snap_compare, size, empty, "H")


@SIZES
def test_changes(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """New, gone and changed rows."""
    memory = shelf()
    rows = (
        RunRow("gone-1", "Gone Corp", {}),
        RunRow("gone-2", "Old & Sons", {}),
        RunRow(uuid_of("account", 1), "Acme", {"display_name": "Acme", "current_stage_id": None}),
    )
    before = Run(NOW - timedelta(days=3), "account", "", rows, True)
    memory.runs.keep("All accounts", before)
    assert is_same(snap_compare, size, memory, "H", "tab", "c")
