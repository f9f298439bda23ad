"""The tabs: what fits, which is active, what a click says."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.safe_text import Shown
from tests.support.deck import host, settle
from widgets.tab_bar import TabBar, arranged

LABELS = [Shown(f"{n} {name}") for n, name in enumerate(("contact", "account", "note", "site"), 1)]


def text_of(active: int, width: int) -> str:
    return "".join(part.text for part in arranged(LABELS, active, width)[0])


def test_all_tabs_stand_where_there_is_room() -> None:
    """Nothing is hidden, the active one is in brackets."""
    assert text_of(1, 80) == " 1 contact [2 account] 3 note  4 site "


def test_signs_tell_that_there_are_more() -> None:
    """On the side on which they are."""
    assert text_of(0, 24) == "[1 contact] 2 account >"
    assert text_of(3, 24) == "< 3 note [4 site]"


@given(active=st.integers(0, 3), width=st.integers(16, 60))
def test_the_active_tab_is_always_shown(active: int, width: int) -> None:
    """Whatever the width, and the line is never longer than it."""
    text = text_of(active, width)
    assert len(text) <= width
    assert f"[{LABELS[active]}" in text


async def test_a_click_tells_the_tab() -> None:
    """Counted among all tabs, also where the first ones are hidden."""
    async with host(bar := TabBar(), size=(24, 3)) as (app, pilot):
        bar.show_tabs(LABELS, 3)
        await pilot.click(bar, offset=(bar.text.index("note"), 0))
        await settle(pilot)
        assert [event.index for event in app.heard(TabBar.Chosen)] == [2]
        await pilot.click(bar, offset=(0, 0))
        await settle(pilot)
        assert app.heard(TabBar.OthersRequested)
