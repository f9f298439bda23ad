"""The pane at the bottom: opens with a text, takes rows, wraps it anew, closes."""

from collections.abc import Sequence

from textual.widgets import Static

from app.domain.safe_text import Shown
from tests.support.deck import host, press, screen_text, settle
from widgets.line import paragraph
from widgets.lines_view import Item
from widgets.panel import Panel


def words(width: int) -> Sequence[Item]:
    """Forty words, wrapped."""
    return [paragraph(Shown("word " * 40), width)]


def many_lines(width: int) -> Sequence[Item]:
    """A hundred lines."""
    return [paragraph(Shown(f"line {n}"), width) for n in range(100)]


async def test_panel_takes_no_room_until_it_is_opened() -> None:
    """A closed pane is not there."""
    panel = Panel()
    async with host(Static("above"), panel) as (_, _pilot):
        assert panel.size.height == 0


async def test_panel_shows_a_title_and_its_text() -> None:
    """The title tells what it is and how to leave; the text has the focus."""
    panel = Panel()
    async with host(panel) as (app, pilot):
        panel.open_with("why", Shown("why not"), words)
        await settle(pilot)
        assert "-- why not -- Esc closes, y copies" in screen_text(app)
        assert screen_text(app).count("word") == 40
        assert app.focused is panel.view


async def test_panel_is_as_high_as_its_text() -> None:
    """Short texts leave the rows to the table."""
    panel = Panel()
    async with host(panel) as (_, pilot):
        panel.open_with("why", Shown("why"), lambda width: [paragraph(Shown("short"), width)])
        await settle(pilot)
        assert panel.size.height == 2


async def test_panel_leaves_half_of_the_screen() -> None:
    """Long texts scroll."""
    panel = Panel()
    async with host(panel) as (app, pilot):
        panel.open_with("log", Shown("log"), many_lines)
        await settle(pilot)
        assert panel.size.height <= 12
        await press(pilot, "G")
        assert "line 99" in screen_text(app)


async def test_panel_starts_at_the_top_of_each_text() -> None:
    """Another text does not begin where the last one was left."""
    panel = Panel()
    async with host(panel) as (app, pilot):
        panel.open_with("log", Shown("log"), many_lines)
        await press(pilot, "G")
        panel.open_with("log", Shown("log"), many_lines)
        await settle(pilot)
        assert "line 0" in screen_text(app)


async def test_panel_wraps_to_another_width() -> None:
    """Nothing is cut off in a narrower window."""
    panel = Panel()
    async with host(panel, size=(120, 40)) as (app, pilot):
        panel.open_with("why", Shown("why"), words)
        await settle(pilot)
        await pilot.resize_terminal(40, 40)
        await settle(pilot)
        assert screen_text(app).count("word") == 40


async def test_closed_panel_has_no_kind() -> None:
    """Whoever asks what it shows learns that it shows nothing."""
    panel = Panel()
    async with host(panel) as (_, pilot):
        panel.open_with("why", Shown("why"), words)
        assert panel.kind == "why"
        panel.close()
        await settle(pilot)
        assert panel.kind == ""
        assert panel.size.height == 0
