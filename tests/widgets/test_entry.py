"""The one-line input: it takes the place of a line and gives it back."""

from textual.widgets import Input

from app.domain.safe_text import Shown
from tests.support.deck import host, press, screen_text, settle, type_text
from widgets.entry import Entry
from widgets.line import Line, Part


async def test_entry_takes_the_place_of_its_line() -> None:
    """Open, it stands where the line was; closed, the line is back."""
    line = Line()
    entry = Entry("what", line)
    async with host(line, entry) as (app, pilot):
        line.parts = (Part(Shown("the line")),)
        entry.open_with("")
        await settle(pilot)
        assert entry.is_open
        assert "the line" not in screen_text(app)
        assert "what" in screen_text(app)
        entry.close()
        await settle(pilot)
        assert not entry.is_open
        assert "the line" in screen_text(app)


async def test_typing_goes_on_behind_the_text() -> None:
    """A text one starts from is kept by the first key."""
    line = Line()
    entry = Entry("what", line)
    async with host(line, entry) as (_, pilot):
        entry.open_with("acme")
        await type_text(pilot, " x")
        assert entry.value == "acme x"


async def test_enter_hands_the_text_over() -> None:
    """The message carries what was typed; opening alone tells nothing."""
    line = Line()
    entry = Entry("what", line)
    async with host(line, entry) as (app, pilot):
        entry.open_with("acme")
        await settle(pilot)
        assert app.heard(Input.Changed) == []
        await press(pilot, "enter")
        assert [message.value for message in app.heard(Input.Submitted)] == ["acme"]


async def test_cursor_does_not_blink() -> None:
    """A blinking cursor costs bytes for nothing."""
    entry = Entry("what", Line())
    async with host(entry):
        assert entry.cursor_blink is False
