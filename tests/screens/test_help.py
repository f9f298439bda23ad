"""Help and palette: every action can be found by a word and run."""

import pytest

from app.domain.actions import ACTIONS
from app.domain.expression_grammar import GRAMMAR, OPERATOR_GRAMMAR
from app.screens.help import HelpScreen
from app.screens.record_types import RecordTypesScreen
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle, type_text
from widgets.lines_view import LinesView
from widgets.query_entry import QueryEntry

LINES = len(ACTIONS) + len(GRAMMAR) + len(OPERATOR_GRAMMAR)


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_lists_every_action(key: str) -> None:
    """All of the table, with its keys."""
    async with deck() as (app, pilot):
        await press(pilot, key)
        listed = app.screen.query_one("#help-list", LinesView)
        assert listed.item_count == LINES
        assert all(row.help in listed.text for row in ACTIONS)
        assert f"{LINES} of {LINES} lines" in screen_text(app)


async def test_help_shows_the_grammar_of_queries() -> None:
    """Each form with what it means; Enter opens the line where it is typed."""
    async with deck() as (app, pilot):
        await press(pilot, "question_mark")
        listed = app.screen.query_one("#help-list", LinesView)
        assert all(row.form in listed.text and row.meaning in listed.text for row in GRAMMAR)
        await type_text(pilot, "starts with")
        assert "a starts with X" in screen_text(app)
        await press(pilot, "enter")
        assert browse(app).query_one(QueryEntry).is_open


async def test_help_is_searched_by_every_word() -> None:
    """Words may stand anywhere in a line."""
    async with deck() as (app, pilot):
        await press(pilot, "question_mark")
        await type_text(pilot, "clipboard id")
        listed = app.screen.query_one("#help-list", LinesView)
        assert listed.item_count == 1
        assert "Copy the record's id" in listed.text


async def test_search_without_a_match_says_so() -> None:
    """Enter then does nothing."""
    async with deck() as (app, pilot):
        await press(pilot, "question_mark")
        await type_text(pilot, "xyzzy")
        assert "nothing matches" in screen_text(app)
        await press(pilot, "enter")
        assert isinstance(app.screen, HelpScreen)


@pytest.mark.parametrize(
    ("words", "kind"), [("exact request", "request"), ("why is this", "why"), ("every request", "log")]
)  # fmt: skip
async def test_help_runs_the_chosen_action(words: str, kind: str) -> None:
    """Enter closes help and does it."""
    async with deck() as (app, pilot):
        await press(pilot, "question_mark")
        await type_text(pilot, words)
        await press(pilot, "enter")
        assert browse(app).panel.kind == kind


async def test_help_runs_moves_on_the_table() -> None:
    """Actions of the focused widget are meant for the one that had the focus."""
    async with deck() as (app, pilot):
        await press(pilot, "question_mark")
        await type_text(pilot, "next row")
        await press(pilot, "enter")
        assert browse(app).table.cursor_row == 1


async def test_arrows_choose_while_one_types() -> None:
    """The search keeps the focus."""
    async with deck() as (app, pilot):
        await press(pilot, "question_mark", "down", "down", "up")
        listed = app.screen.query_one("#help-list", LinesView)
        assert listed.cursor == 1
        await type_text(pilot, "j")
        assert isinstance(app.screen, HelpScreen)
        assert app.screen.search.value == "j"


@pytest.mark.parametrize("key", ["escape", "f1"])
async def test_help_closes_without_running_anything(key: str) -> None:
    """One is where one was."""
    async with deck() as (app, pilot):
        await press(pilot, "question_mark", key)
        assert app.focused is browse(app).table
        assert browse(app).panel.kind == ""


RUNNABLE = [row.name for row in ACTIONS if row.name not in ("quit", "cancel", "help", "palette")]


@pytest.mark.parametrize("name", RUNNABLE)
async def test_every_action_runs_by_name(name: str) -> None:
    """Help, palette and command line can run whatever the table names; nothing ends the deck."""
    async with deck() as (app, pilot):
        await browse(app).run_named(name)
        await settle(pilot)
        assert app.is_running
        screen_text(app)


async def test_tab_by_number_asks_which_one() -> None:
    """Run without a number, one is given the list to choose from."""
    async with deck() as (app, pilot):
        await press(pilot, "question_mark")
        await type_text(pilot, "by its number")
        await press(pilot, "enter")
        assert isinstance(app.screen, RecordTypesScreen)


async def test_palette_lists_every_action() -> None:
    """Ctrl+P has all of the table and nothing else."""
    async with deck(size=(100, 240)) as (app, pilot):
        await press(pilot, "ctrl+p")
        text = screen_text(app)
        assert [row.help for row in ACTIONS if row.help not in text] == []
        assert sum(f"{row.label}: {row.help}" in text for row in ACTIONS) == len(ACTIONS)
        for stock in ("Change theme", "Save screenshot", "Maximize"):
            assert stock not in text


async def test_palette_runs_what_it_found() -> None:
    """Typed and entered, an action runs on the deck below."""
    async with deck() as (app, pilot):
        await press(pilot, "ctrl+p")
        await type_text(pilot, "exact request")
        await press(pilot, "down", "enter")
        await settle(pilot)
        assert browse(app).panel.kind == "request"


async def test_command_runs_actions() -> None:
    """:log is @."""
    async with deck() as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "log")
        await press(pilot, "enter")
        assert browse(app).panel.kind == "log"


async def test_last_line_has_at_most_seven_keys() -> None:
    """The rest is in help, which is one of them."""
    async with deck() as (app, pilot):
        assert screen_lines(app)[-1].rstrip().endswith("? help  q quit")
        assert len(screen_lines(app)[-1].split("  ")) - 1 <= 30
        await press(pilot, "enter")
        assert screen_lines(app)[-1].startswith(" Esc back")
