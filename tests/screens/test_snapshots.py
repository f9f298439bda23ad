"""How each screen looks, at the smallest usual size and at a wide one.

Pictures guard looks only; what the screens do is asserted elsewhere. Renew them by `pytest -n 0 --snapshot-update` and look
at each one that changed.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from textual.app import App
from textual.pilot import Pilot

from app.controller.session import Session
from app.domain.errors import Fault, Forbidden, ServerFailed
from app.main import CrmDeck
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, press, settle
from tests.support.small_workspace import memory_session, small_record_types, small_workspace

SnapCompare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])


def deck_of(backend: MemoryBackend) -> CrmDeck:
    """A deck whose clock stands still."""

    async def connect() -> Session:
        return memory_session(backend, name="acme")

    return CrmDeck(connect, clock=lambda: datetime(2026, 1, 5, 9, 30, tzinfo=UTC))


def is_same(snap_compare: SnapCompare, size: tuple[int, int], app: App[int], *keys: str) -> bool:
    """Whether the deck looks as before, after these keys."""

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        for key in keys:
            await press(pilot, key)
        browse(pilot.app).record_area.preview()
        await settle(pilot)

    return snap_compare(app, terminal_size=size, run_before=prepare)


@SIZES
def test_table(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The list, with two sort keys and the cursor in the middle."""
    app = deck_of(small_workspace(contacts=120))
    assert is_same(snap_compare, size, app, "l", "l", "s", "l", "S", "j", "j", "j")


@SIZES
def test_record(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """One record, on a field that can be changed."""
    assert is_same(snap_compare, size, deck_of(small_workspace()), "enter", "j")


@SIZES
def test_why(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Why an attribute is locked."""
    assert is_same(snap_compare, size, deck_of(small_workspace()), "w")


@SIZES
def test_request(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The request in its three faces."""
    assert is_same(snap_compare, size, deck_of(small_workspace()), "s", "i")


@SIZES
def test_log(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The log, with a failure in it."""
    backend = small_workspace()
    backend.fail("POST /account", ServerFailed("The server is on fire", status=503))
    assert is_same(snap_compare, size, deck_of(backend), "2", "1", "enter", "at")


@SIZES
def test_help(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Help, before anything is typed."""
    assert is_same(snap_compare, size, deck_of(small_workspace()), "question_mark")


@SIZES
def test_types(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """All record types, one of them broken."""
    backend = small_workspace()
    backend.fail("GET /_schema/task", ServerFailed("The server is on fire", status=503))
    assert is_same(snap_compare, size, deck_of(backend), "0", "j")


@SIZES
def test_error(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """A type that the key may not read."""
    backend = small_workspace()
    fault = Fault("insufficient_scope", "records:read is missing")
    reason = "The key may not read contacts"
    backend.fail("POST /contact", Forbidden(reason, status=403, faults=(fault,)))
    assert is_same(snap_compare, size, deck_of(backend))


@SIZES
def test_empty(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """A workspace without records."""
    assert is_same(snap_compare, size, deck_of(MemoryBackend(small_record_types())))


def test_too_small(snap_compare: SnapCompare) -> None:
    """A window in which nothing fits."""
    assert is_same(snap_compare, (40, 10), deck_of(small_workspace()))
