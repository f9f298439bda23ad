"""Every size of terminal, and changes between them."""

import pytest

from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle

SIZES = [(60, 15), (80, 24), (100, 30), (120, 40), (160, 45), (200, 60)]


@pytest.mark.parametrize("size", SIZES)
async def test_deck_fits_every_size(size: tuple[int, int]) -> None:
    """Header, tabs, rows and the last line are there, and every line has the terminal's width."""
    async with deck(size=size) as (app, _):
        lines = screen_lines(app)
        assert {len(line) for line in lines} == {size[0]}
        assert lines[0].startswith(" crmdeck | memory  READ-WRITE")
        assert "[1 contact]" in lines[1]
        assert "> Sarah Person001" in lines[4]
        assert lines[-1].startswith(" Enter open")


@pytest.mark.parametrize("size", [(40, 10), (59, 24), (80, 14), (1, 1)])
async def test_window_too_small_says_so(size: tuple[int, int]) -> None:
    """Instead of a torn screen: how large it must be, and how to leave."""
    async with deck(size=size) as (app, pilot):
        if size[0] >= 40:
            text = " ".join(screen_text(app).split())
            assert f"{size[0]}x{size[1]} is too small" in text
            assert "60x15" in text
            assert "Sarah" not in text
        await pilot.press("q")
        assert not app.is_running


@pytest.mark.parametrize("keys", [(), ("enter",), ("w",), ("slash",), ("colon",)])
async def test_resizing_keeps_focus_and_place(keys: tuple[str, ...]) -> None:
    """Through every size and back, also through one too small: one goes on where one was."""
    async with deck() as (app, pilot):
        await press(pilot, "j", "j", "j", *keys)
        focused, header = app.focused, screen_lines(app)[0]
        for size in [(160, 45), (60, 15), (40, 10), (120, 40), (20, 5), (80, 24)]:
            await pilot.resize_terminal(*size)
            await settle(pilot)
            screen_text(app)
        assert app.focused is focused
        assert browse(app).table.cursor_row == 3
        assert screen_lines(app)[0] == header
        assert "Priya" in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_cursor_is_in_view_at_every_size(size: tuple[int, int]) -> None:
    """A row in the middle of the list stays on screen."""
    async with deck() as (app, pilot):
        await press(pilot, *["j"] * 20)
        await pilot.resize_terminal(*size)
        await settle(pilot)
        assert "> Tom Person021" in screen_text(app)


async def test_medium_screen_shows_the_record_below() -> None:
    """At 120 columns the list stays above an open record."""
    async with deck(size=(120, 40)) as (app, pilot):
        await press(pilot, "enter")
        lines = screen_lines(app)
        assert any("> Sarah Person001" in line for line in lines)
        assert any("First name" in line for line in lines)


async def test_narrow_screen_gives_the_record_all_rows() -> None:
    """At 80 columns the record takes the place of the list."""
    async with deck(size=(80, 24)) as (app, pilot):
        await press(pilot, "enter")
        assert "Omar Person002" not in screen_text(app)
        assert "Updated at" in screen_text(app)


@pytest.mark.parametrize("size", SIZES)
async def test_pane_leaves_rows_of_the_table(size: tuple[int, int]) -> None:
    """An explanation never covers the row it is about."""
    async with deck(size=size) as (app, pilot):
        await press(pilot, *["j"] * 12)
        await press(pilot, "w")
        text = screen_text(app)
        assert "> Tom Person013" in text
        assert "source: DECLARED" in text
