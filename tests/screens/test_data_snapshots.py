"""How the screens that start from the data look: statistics, columns, paste; at the smallest usual size and at a wide one.

Renew the pictures by `pytest -n 0 --snapshot-update` and look at each one that changed.
"""

from collections.abc import Callable
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.screen import Screen

from app.controller.columns import default_layout
from app.domain.records import Record, RecordId
from app.domain.schema import Attribute
from app.domain.statistics import Scope
from app.domain.values import Value
from app.screens.columns import ColumnsScreen
from app.screens.paste import PasteScreen
from app.screens.statistics import StatisticsScreen
from tests.support.deck import HostApp, press, settle
from tests.support.small_workspace import STAGES, small_record_types, small_workspace

SnapCompare = Callable[..., bool]

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
TYPES = {row.api_name: row for row in small_record_types()}


def is_same(
    snap_compare: SnapCompare,
    size: tuple[int, int],
    screen: Screen[Any],
    *keys: str,
    pasted: str = "",
) -> bool:
    """Whether a screen looks as before, after a paste and these keys."""

    async def prepare(pilot: Pilot[None]) -> None:
        pilot.app.push_screen(screen)
        await settle(pilot)
        if pasted:
            pilot.app.post_message(events.Paste(pasted))
            await settle(pilot)
        for key in keys:
            await press(pilot, key)

    return snap_compare(HostApp(), terminal_size=size, run_before=prepare)


def deals() -> tuple[Record, ...]:
    """Opportunities with uneven stages and amounts, some of them empty."""
    return tuple(
        Record(
            RecordId("opportunity", str(index)),
            MappingProxyType[str, Value](
                {
                    "stage": STAGES[min(3, index * index % 7 // 2)],
                    "amount": Decimal(index * index * 137 + 900) if index % 9 else None,
                }
            ),
        )
        for index in range(50)
    )


def statistics(name: str, *, has_blocks: bool = True) -> StatisticsScreen:
    """The figures of one attribute of the opportunities."""
    schema = TYPES["opportunity"]
    columns: list[Attribute] = [schema.attribute_by_name[name]]
    scope = Scope(50, is_all=False)
    return StatisticsScreen(schema, columns, 0, deals(), scope, has_blocks=has_blocks)


@SIZES
def test_funnel(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Stages in the workspace's order."""
    assert is_same(snap_compare, size, statistics("stage"), "j")


@SIZES
def test_histogram(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Amounts in round ranges, on a terminal without block characters."""
    assert is_same(snap_compare, size, statistics("amount", has_blocks=False))


@SIZES
def test_columns(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """One pinned, one wider, and the reason why a relation is no column."""
    screen = ColumnsScreen(TYPES["contact"], default_layout(TYPES["contact"]), {})
    assert is_same(snap_compare, size, screen, "P", "j", "plus", "G", "space")


@SIZES
def test_paste(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What was recognised, before anything is sent."""
    screen = PasteScreen(small_workspace(), TYPES["contact"])
    pasted = "email\nperson1@acme.test\nPerson1@Acme.test\nnobody@nowhere.test\n"
    assert is_same(snap_compare, size, screen, pasted=pasted)


@SIZES
def test_not_found(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What was found, and the list of what was not."""
    screen = PasteScreen(small_workspace(), TYPES["contact"])
    pasted = "person1@acme.test\nnobody@nowhere.test\nnoone@nowhere.test\n"
    assert is_same(snap_compare, size, screen, "enter", pasted=pasted)
