"""The ways out."""

from tests.support.deck import browse, deck, press, screen_text, type_text
from tests.support.small_workspace import small_workspace


async def test_q_leaves_from_the_list() -> None:
    """The exit status is that of success."""
    async with deck() as (app, pilot):
        await pilot.press("q")
        assert not app.is_running
        assert app.return_code == 0


async def test_q_closes_what_is_open_before_it_leaves() -> None:
    """The pane, then the record, then the deck."""
    async with deck() as (app, pilot):
        await press(pilot, "enter", "w")
        await press(pilot, "q")
        assert browse(app).panel.kind == ""
        assert "contact > Sarah" in screen_text(app)
        await press(pilot, "q")
        assert "contact: 37 loaded" in screen_text(app)
        await pilot.press("q")
        assert not app.is_running


async def test_command_q_leaves() -> None:
    """As in vim."""
    async with deck() as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "q")
        await pilot.press("enter")
        await pilot.pause()
        assert not app.is_running


async def test_escape_never_leaves() -> None:
    """However often it is pressed."""
    async with deck() as (app, pilot):
        await press(pilot, *["escape"] * 5)
        assert app.is_running


async def test_first_ctrl_c_says_what_a_second_does() -> None:
    """Nothing runs: nothing is cancelled, and nobody is thrown out by accident."""
    async with deck() as (app, pilot):
        await press(pilot, "ctrl+c")
        assert app.is_running
        assert "Ctrl+C again leaves crmdeck" in screen_text(app)


async def test_second_ctrl_c_leaves() -> None:
    """From anywhere: the list, an entry, help."""
    for keys in ((), ("slash",), ("question_mark",), ("w",), ("0",)):
        async with deck() as (app, pilot):
            await press(pilot, *keys)
            await pilot.press("ctrl+c", "ctrl+c")
            assert not app.is_running
            assert app.return_code == 0


async def test_leaving_while_a_request_runs_lets_it_go() -> None:
    """No answer is waited for, and the workspace is closed."""
    backend = small_workspace()
    async with deck(backend) as (_, pilot):
        backend.hold("POST /contact/_query")
        await press(pilot, "r")
        assert backend.at_once == 1
        await pilot.press("q")
    assert backend.at_once == 0
    assert backend.is_closed
