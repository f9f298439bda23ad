"""Scrolled items: with a cursor it moves from item to item, without one the keys scroll."""

from typing import Any

import pytest
from textual.events import MouseScrollDown
from textual.geometry import Region

from app.domain.safe_text import Shown
from tests.support.deck import host, press, screen_text, settle
from widgets.line import Part
from widgets.lines_view import Item, LinesView

SIZE = (20, 6)


def items(count: int, lines: int = 1) -> list[Item]:
    """Numbered items of so many lines each."""
    return [
        tuple((Part(Shown(f"item {index}.{line}")),) for line in range(lines))
        for index in range(count)
    ]


@pytest.mark.parametrize(
    ("keys", "index"),
    [
        (["j"], 1),
        (["down", "down", "up"], 1),
        (["k"], 0),
        (["G"], 19),
        (["end", "home"], 0),
        (["G", "j"], 19),
        (["pagedown"], 3),
        (["pagedown", "pageup"], 0),
    ],
)
async def test_keys_move_the_cursor(keys: list[str], index: int) -> None:
    """The cursor goes from item to item and stays on those there are."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE) as (app, pilot):
        view.show_items(items(20))
        view.focus()
        await press(pilot, *keys)
        assert view.cursor == index
        assert f" > item {index}.0" in screen_text(app)


async def test_cursor_moves_are_told() -> None:
    """Each move is a message, and so is the first place."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE) as (app, pilot):
        view.show_items(items(5))
        view.focus()
        await press(pilot, "j")
        assert [message.index for message in app.heard(LinesView.ItemMoved)] == [0, 1]


class SpyView(LinesView):
    """Remembers what it asked to have repainted; an empty tuple stands for everything."""

    def __init__(self) -> None:
        super().__init__(has_cursor=True)
        self.repainted: list[tuple[Region, ...]] = []

    def refresh(self, *regions: Region, **options: Any) -> "SpyView":
        if hasattr(self, "repainted"):
            self.repainted.append(regions)
        super().refresh(*regions, **options)
        return self


async def test_a_step_repaints_two_signs() -> None:
    """Over a slow link a list of bars costs no more than a list of names; only a jump repaints all."""
    view = SpyView()
    async with host(view, size=SIZE) as (_, pilot):
        view.show_items(items(20))
        view.focus()
        await settle(pilot)
        view.repainted.clear()
        await press(pilot, "j", "j", "k")
        assert view.repainted
        assert all(region.area == 3 for regions in view.repainted for region in regions)
        assert () not in view.repainted
        await press(pilot, "G")
        assert () in view.repainted


async def test_enter_chooses_the_item() -> None:
    """Enter asks to open the item under the cursor."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE) as (app, pilot):
        view.show_items(items(5))
        view.focus()
        await press(pilot, "j", "enter")
        assert [message.index for message in app.heard(LinesView.ItemChosen)] == [1]


async def test_items_of_several_lines_are_seen_whole() -> None:
    """The view follows the cursor so far that the last line of its item is seen."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE) as (app, pilot):
        view.show_items(items(9, lines=4))
        view.focus()
        await press(pilot, "j")
        assert "item 1.0" in screen_text(app)
        assert "item 1.3" in screen_text(app)


async def test_an_item_longer_than_the_view_starts_at_the_top() -> None:
    """Of an item that cannot be seen whole one sees the start."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE) as (_, pilot):
        view.show_items(items(3, lines=9))
        view.focus()
        await press(pilot, "j")
        assert view.render_line(0).text.startswith(" > item 1.0")


async def test_without_a_cursor_the_keys_scroll() -> None:
    """Text is read line by line, screen by screen."""
    async with host(view := LinesView(), size=SIZE) as (app, pilot):
        view.show_items(items(20))
        view.focus()
        await press(pilot, "j", "j", "k")
        assert view.scroll_offset.y == 1
        await press(pilot, "pagedown")
        assert view.scroll_offset.y == 6
        await press(pilot, "G")
        assert screen_text(app).rstrip().endswith("item 19.0")
        await press(pilot, "g", "enter")
        assert view.scroll_offset.y == 0
        assert app.heard(LinesView.ItemChosen) == []


async def test_wheel_scrolls() -> None:
    """The mouse reads on too."""
    async with host(view := LinesView(), size=SIZE) as (_, pilot):
        view.show_items(items(20))
        await settle(pilot)
        view.post_message(MouseScrollDown(view, 2, 2, 0, 1, 0, False, False, False))
        await settle(pilot)
        assert view.scroll_offset.y > 0


async def test_click_chooses_and_a_second_click_opens() -> None:
    """Any line of an item stands for it."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE) as (app, pilot):
        view.show_items(items(3, lines=2))
        await settle(pilot)
        await pilot.click(view, offset=(4, 3))
        await settle(pilot)
        assert view.cursor == 1
        assert app.heard(LinesView.ItemChosen) == []
        await pilot.click(view, offset=(4, 3), times=2)
        await settle(pilot)
        assert [message.index for message in app.heard(LinesView.ItemChosen)] == [1]


async def test_click_below_the_items_does_nothing() -> None:
    """Blank lines stand for nothing."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE) as (_, pilot):
        view.show_items(items(2))
        await settle(pilot)
        await pilot.click(view, offset=(4, 5))
        await settle(pilot)
        assert view.cursor == 0


async def test_no_items_are_no_trouble() -> None:
    """An empty view takes every key."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE) as (app, pilot):
        view.show_items([])
        view.focus()
        await press(pilot, "j", "G", "g", "pagedown", "enter")
        assert view.item_count == 0
        assert app.heard(LinesView.ItemChosen) == []


async def test_cursor_keeps_its_place_among_other_items() -> None:
    """A list that grows keeps the cursor; one that shrinks puts it on its end."""
    view = LinesView(has_cursor=True)
    async with host(view, size=SIZE):
        view.show_items(items(9), cursor=5)
        assert view.cursor == 5
        view.show_items(items(2), cursor=5)
        assert view.cursor == 1


async def test_a_smaller_window_keeps_the_cursor_in_view() -> None:
    """The chosen item is seen at any size."""
    view = LinesView(has_cursor=True)
    async with host(view, size=(20, 20)) as (app, pilot):
        view.show_items(items(30), cursor=18)
        await settle(pilot)
        await pilot.resize_terminal(20, 5)
        await settle(pilot)
        assert " > item 18.0" in screen_text(app)


async def test_text_is_everything_it_holds() -> None:
    """Also what is not on screen: that is what gets copied."""
    async with host(view := LinesView(), size=SIZE):
        view.show_items(items(9))
        assert view.text.splitlines()[-1] == "item 8.0"


async def test_line_that_is_cut_says_so() -> None:
    """What does not fit ends in an ellipsis."""
    async with host(view := LinesView(), size=(10, 3)):
        view.show_items([((Part(Shown("longer than the view")),),)])
        assert view.render_line(0).text == "longer th\u2026"
