"""How the plan of bulk changes looks, at the smallest usual size and at a wide one."""

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from app.domain.errors import Rejected
from app.screens.plan import PlanScreen
from tests.support.deck import HostApp, press, settle, type_text
from tests.support.plans import clock
from tests.support.small_workspace import memory_session, small_workspace

SnapCompare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A folder whose name does not show."""
    monkeypatch.chdir(tmp_path)


def is_same(
    snap_compare: SnapCompare, size: tuple[int, int], *keys: str, refused: int | None = None
) -> bool:
    """Whether the screen looks as before, after these keys; one record's change may be refused."""
    backend = small_workspace(contacts=40)
    rows = [row for row in backend.records if row.record_type == "contact"]
    if refused is not None:
        error = Rejected("The value is wrong", status=422)
        backend.fail(f"PATCH /contact/{rows[refused].id}", error)
    app = HostApp()

    async def prepare(pilot: Pilot[None]) -> None:
        schema = backend.record_types["contact"]
        await app.push_screen(
            PlanScreen(memory_session(backend, name="acme"), schema, rows[:24], clock=clock)
        )
        await settle(pilot)
        await type_text(pilot, "title=CTO sms_consent=true")
        await press(pilot, *keys)

    return snap_compare(app, terminal_size=size, run_before=prepare)


@SIZES
def test_asking(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What is to be set is typed."""
    assert is_same(snap_compare, size)


@SIZES
def test_planned(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The rows and what they cost; nothing was sent."""
    assert is_same(snap_compare, size, "enter")


@SIZES
def test_stopped(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """A row went wrong."""
    assert is_same(snap_compare, size, "enter", "A", refused=3)
