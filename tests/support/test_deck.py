"""The helpers for screens: they must see what they are there to see."""

import pytest
from textual.widgets import Static

from tests.support.deck import deck, host, press, screen_lines, screen_text
from tests.support.small_workspace import small_workspace


async def test_host_fails_on_a_control_character() -> None:
    """A widget that writes ESC fails the test, although nothing is drawn without a terminal."""
    with pytest.raises(AssertionError, match="caught"):
        async with host(Static("a\x1b[2Jb", markup=False)):
            pass


async def test_host_replaces_what_it_catches() -> None:
    """The filter that counts also cleans."""
    async with host(Static("a\x9bb", markup=False), is_safe=False) as (app, _):
        assert "a\ufffdb" in screen_text(app)
        assert app.safety.caught == 1


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_screen_lines_fill_the_terminal(size: tuple[int, int]) -> None:
    """What the tests see has the terminal's size."""
    async with deck(size=size) as (app, _):
        lines = screen_lines(app)
        assert (len(lines[0]), len(lines)) == size


async def test_settle_comes_back_from_a_gate() -> None:
    """A request that never ends does not hang the test; one that goes on is waited for."""
    backend = small_workspace()
    gate = backend.hold("POST /contact/_query")
    async with deck(backend) as (app, pilot):
        assert "Reading contact" in screen_text(app)
        gate.set()
        await press(pilot)
        assert "Sarah Person001" in screen_text(app)
