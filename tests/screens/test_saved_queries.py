"""The list of what was asked before: found by letters, opened, pinned, renamed, deleted."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.domain.remembered import BrokenFile, HistoryEntry, SavedQuery
from app.screens.saved_queries import OpenSaved, OpenText, SavedQueriesScreen
from tests.support.deck import HostApp, press, screen_lines, screen_text, settle, type_text
from tests.support.shelf import NOW, Shelf
from widgets.lines_view import LinesView

HOT = SavedQuery("Hot leads", "contact", "stage = working", "sales", is_pinned=True, note="Mondays")
COLD = SavedQuery("Cold", "account", "updated_at < -90d", columns=("display_name", "owner"))
ALL = SavedQuery("All", "contact", "")
BROKEN = BrokenFile("/home/me/queries/old.toml", 3, "Unclosed string")
ASKED = HistoryEntry(NOW, "contact", 'title contains "VP"', 50, True, "acme")


def rows(app: HostApp) -> str:
    """What the list holds."""
    return app.screen.query_one("#saved-list", LinesView).text


def footer(app: HostApp) -> str:
    """The last line."""
    return screen_lines(app)[-1]


async def test_everything_stands_in_one_list() -> None:
    """Saved queries with their pins, then history with counts and local times, then broken files with the reason."""
    shelf = Shelf(HOT, COLD, ALL)
    shelf.history.entries = [
        HistoryEntry(NOW - timedelta(days=1), "account", "x = 1"),
        ASKED,
    ]
    shelf.queries.broken = (BROKEN,)
    async with shelf.open() as (app, _):
        lines = [" ".join(line.split()) for line in rows(app).splitlines()]
        assert lines == [
            "saved All contact all records",
            "Cold account updated_at < -90d",
            "^ sales/Hot leads contact stage = working",
            'asked 2026-01-05 11:30 50+ contact title contains "VP"',
            "2026-01-04 11:30 - account x = 1",
            "broken ! old.toml:3 Unclosed string",
        ]
        assert "3 saved, 1 unreadable" in screen_lines(app)[0]


async def test_three_letters_and_enter_open_a_query() -> None:
    """Typed while the search has the focus, as it has from the start."""
    shelf = Shelf(HOT, COLD, ALL)
    async with shelf.open() as (app, pilot):
        await type_text(pilot, "hld")
        assert rows(app).split()[:3] == ["saved", "^", "sales/Hot"]
        assert "1 of 3 found" in screen_lines(app)[0]
        await press(pilot, "enter")
    assert shelf.answers == [OpenSaved(HOT)]


async def test_a_question_of_the_history_is_opened_as_text() -> None:
    """With its record type."""
    shelf = Shelf(ALL)
    shelf.history.entries = [ASKED]
    async with shelf.open() as (_, pilot):
        await press(pilot, "down", "enter")
    assert shelf.answers == [OpenText("contact", 'title contains "VP"')]


async def test_letters_typed_before_the_files_are_read_count() -> None:
    """A slow disk loses no key."""
    shelf = Shelf(HOT, COLD)
    gate = asyncio.Event()
    everything = shelf.screen._remembering.everything

    async def slow() -> Any:
        await gate.wait()
        return await everything()

    shelf.screen._remembering.everything = slow  # type: ignore[method-assign]
    async with shelf.open() as (app, pilot):
        await type_text(pilot, "cold")
        await press(pilot, "enter")
        assert shelf.answers == []
        gate.set()
        await settle(pilot)
        assert "sales/Hot" not in rows(app)
        await press(pilot, "enter")
    assert shelf.answers == [OpenSaved(COLD)]


@pytest.mark.parametrize("keys", [["escape"], ["tab", "escape"], ["tab", "q"]])
async def test_leaving_opens_nothing(keys: list[str]) -> None:
    """From the search and from the list."""
    shelf = Shelf(HOT)
    async with shelf.open() as (_, pilot):
        await press(pilot, *keys)
    assert shelf.answers == [None]


async def test_single_keys_are_letters_in_the_search() -> None:
    """Nothing is pinned or deleted by typing a word."""
    shelf = Shelf(HOT)
    async with shelf.open() as (app, pilot):
        await type_text(pilot, "dypceq")
        assert shelf.queries.kept == {HOT.path: HOT}
        assert "Nothing matches" in screen_text(app)
        await press(pilot, "enter")
    assert shelf.answers == []


async def test_tab_leads_to_the_keys_and_back() -> None:
    """The last line says which there are."""
    shelf = Shelf(HOT)
    async with shelf.open() as (app, pilot):
        assert "Tab keys for it" in footer(app)
        await press(pilot, "tab")
        assert "p unpin  c changes  e rename  d delete  / search" in footer(app)
        await press(pilot, "slash")
        await type_text(pilot, "d")
        assert app.focused is shelf.screen.search
        assert shelf.screen.search.value == "d"
        await press(pilot, "tab", "tab")
        assert app.focused is shelf.screen.search


async def test_the_keys_are_those_of_what_is_chosen() -> None:
    """A question of the history cannot be pinned."""
    shelf = Shelf(ALL, HOT)
    shelf.history.entries = [ASKED]
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab")
        assert "p pin" in footer(app)
        await press(pilot, "j")
        assert "p unpin" in footer(app)
        await press(pilot, "j")
        assert "pin" not in footer(app)
        await press(pilot, "p", "c", "e", "d", "y")
        assert {*shelf.queries.kept} == {"All", HOT.path}
        assert app.screen is shelf.screen


async def test_p_pins_and_unpins() -> None:
    """The cursor stays; the line says what it means."""
    shelf = Shelf(ALL, COLD, HOT)
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "j", "p")
        assert shelf.queries.kept["Cold"].is_pinned
        assert "Cold has a tab of its own now." in footer(app)
        assert shelf.screen.chosen == replace(COLD, is_pinned=True)
        await press(pilot, "p")
        assert not shelf.queries.kept["Cold"].is_pinned
        assert "Cold has no tab of its own any more." in footer(app)


@pytest.mark.parametrize("second", ["y", "d"])
async def test_deleting_asks_first(second: str) -> None:
    """One press says what would go; y, or the same key again, does it; the question stays in the history."""
    shelf = Shelf(ALL, COLD)
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "j", "d")
        assert "Delete Cold? y deletes it" in footer(app)
        assert "Cold" in shelf.queries.kept
        await press(pilot, second)
        assert [*shelf.queries.kept] == ["All"]
        assert "Cold is deleted; its question stays in the history." in footer(app)
        assert "asked" in rows(app)
        assert "updated_at < -90d" in rows(app)


@pytest.mark.parametrize(
    "keys", [["j", "k"], ["slash", "tab"], ["p"], ["e", "escape"], ["c", "escape"]]
)
async def test_any_other_key_keeps_what_was_about_to_be_deleted(keys: list[str]) -> None:
    """A y that comes later deletes nothing."""
    shelf = Shelf(ALL, COLD)
    async with shelf.open() as (_, pilot):
        await press(pilot, "tab", "d", *keys)
        await press(pilot, "y")
        assert {*shelf.queries.kept} == {"All", "Cold"}


async def test_y_alone_deletes_nothing() -> None:
    """Nobody asked."""
    shelf = Shelf(ALL)
    async with shelf.open() as (_, pilot):
        await press(pilot, "tab", "y", "y")
        assert "All" in shelf.queries.kept


async def test_e_renames_into_folders() -> None:
    """The name is edited in the last line; the cursor follows it."""
    shelf = Shelf(ALL, COLD)
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "j", "e")
        assert shelf.screen.name_entry.value == "Cold"
        await press(pilot, "down", "home")
        await type_text(pilot, "old/")
        await press(pilot, "enter")
        assert {*shelf.queries.kept} == {"All", "old/Cold"}
        assert "Cold is now old/Cold." in footer(app)
        assert shelf.screen.chosen == replace(COLD, folder="old")
        assert app.focused is shelf.screen.list


async def test_a_taken_name_is_refused_with_what_it_asks() -> None:
    """And a name that is none with the reason."""
    shelf = Shelf(ALL, COLD)
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "e", "ctrl+u")
        await type_text(pilot, "Cold")
        await press(pilot, "enter")
        assert "There is a saved query Cold already" in footer(app)
        await press(pilot, "e", "ctrl+u")
        await type_text(pilot, "../up")
        await press(pilot, "enter")
        assert "no name" in footer(app)
        assert {*shelf.queries.kept} == {"All", "Cold"}


async def test_escape_leaves_the_name_first() -> None:
    """Then the screen."""
    shelf = Shelf(ALL)
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "e", "escape")
        assert isinstance(app.screen, SavedQueriesScreen)
        assert "p pin" in footer(app)
        await press(pilot, "escape")
    assert shelf.answers == [None]
    assert [*shelf.queries.kept] == ["All"]


async def test_the_chosen_one_is_told_whole() -> None:
    """Name, type, columns, pin, the whole question and the note; of a broken file the place and what to do."""
    long = " and ".join(f'title contains "word {number}"' for number in range(5))
    shelf = Shelf(replace(HOT, text=long, columns=("title", "stage")), COLD)
    shelf.queries.broken = (BROKEN,)
    async with shelf.open() as (app, pilot):
        await press(pilot, "down")
        told = " ".join(app.screen.query_one("#saved-details", LinesView).text.split())
        for words in (
            "sales/Hot leads",
            "contact",
            "pinned",
            "title, stage",
            '"word 4"',
            "Mondays",
        ):
            assert words in told
        await press(pilot, "down", "enter")
        told = app.screen.query_one("#saved-details", LinesView).text
        assert "/home/me/queries/old.toml, line 3: Unclosed string" in told
        assert "mend or remove it" in footer(app)
    assert shelf.answers == []


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (60, 15)])
async def test_an_empty_shelf_says_how_to_fill_it(size: tuple[int, int]) -> None:
    """At every size."""
    async with Shelf().open(size) as (app, _):
        assert "Nothing was asked or saved yet" in screen_text(app)
        assert "Ctrl+S" in screen_text(app)


async def test_what_cannot_be_read_is_told() -> None:
    """The rest is there."""
    shelf = Shelf(HOT)
    shelf.history.failure = "history.jsonl: Input/output error."
    async with shelf.open() as (app, _):
        assert "history.jsonl: Input/output error." in footer(app)
        assert "Hot leads" in rows(app)


async def test_a_file_that_cannot_be_written_changes_nothing() -> None:
    """It says so."""
    shelf = Shelf(ALL)
    async with shelf.open() as (app, pilot):
        shelf.history.failure = "No space left on device."
        await press(pilot, "tab", "d", "y")
        assert "No space left on device." in footer(app)
        assert [*shelf.queries.kept] == ["All"]


async def test_hostile_names_are_shown_harmless() -> None:
    """A file or a question may have come from a stranger."""
    evil = "\x1b[2J\u202eevil"
    shelf = Shelf(SavedQuery(f"a{evil}", "con\x9btact", evil, columns=(evil,), note=evil))
    shelf.queries.broken = (BrokenFile(f"/x/{evil}", None, evil),)
    shelf.history.entries = [HistoryEntry(NOW, evil, evil, 1, workspace=evil)]
    async with shelf.open() as (app, pilot):
        await press(pilot, "down")
        await press(pilot, "down")
        assert "\u241b[2J" in screen_text(app)


async def test_a_mouse_chooses_and_opens() -> None:
    """One click, then two."""
    shelf = Shelf(ALL, COLD)
    async with shelf.open() as (_, pilot):
        await pilot.click("#saved-list", offset=(20, 1))
        await settle(pilot)
        assert shelf.screen.chosen == COLD
        await pilot.click("#saved-list", offset=(20, 1), times=2)
        await settle(pilot)
    assert shelf.answers == [OpenSaved(COLD)]


async def test_a_thousand_questions_are_searched_as_one_types() -> None:
    """All of them, the latest first."""
    shelf = Shelf(HOT)
    shelf.history.entries = [
        HistoryEntry(NOW, "contact", f"amount > {number}", number) for number in range(1000)
    ]
    async with shelf.open() as (app, pilot):
        await type_text(pilot, "> 77")
        found = [line.split()[-1] for line in rows(app).splitlines()]
        assert found == [str(number) for number in range(999, -1, -1) if "77" in str(number)]
