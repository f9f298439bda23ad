"""One question: typing narrows the choices, Enter takes one or, where that is allowed, what was typed."""

import pytest

from app.domain.safe_text import Shown
from tests.support.deck import host, press, screen_text, type_text
from widgets.chooser import Choice, Chooser

CHOICES = (
    Choice("stage", Shown("stage"), Shown("Stage")),
    Choice("title", Shown("title"), Shown("Job title")),
    Choice("owner", Shown("owner"), Shown("Whose stage it is")),
)


@pytest.mark.parametrize(
    ("typed", "keys", "key"),
    [
        ("", ["enter"], "stage"),
        ("ti", ["enter"], "title"),
        ("stage", ["enter"], "stage"),
        ("stage", ["down", "enter"], "owner"),
        ("JOB", ["enter"], "title"),
        ("", ["down", "down", "tab"], "owner"),
    ],
)
async def test_the_marked_choice_is_taken(typed: str, keys: list[str], key: str) -> None:
    """Those that begin with what was typed stand first; arrows mark another."""
    chooser = Chooser()
    async with host(chooser) as (app, pilot):
        chooser.ask(Shown("Which?"), CHOICES)
        await type_text(pilot, typed)
        await press(pilot, *keys)
        assert [message.key for message in app.heard(Chooser.Chosen)] == [key]


async def test_text_that_matches_nothing_is_no_answer() -> None:
    """Where only choices count."""
    chooser = Chooser()
    async with host(chooser) as (app, pilot):
        chooser.ask(Shown("Which?"), CHOICES)
        await type_text(pilot, "zzz")
        await press(pilot, "enter", "tab")
        assert app.heard(Chooser.Chosen) == []
        assert "nothing matches" in screen_text(app)


@pytest.mark.parametrize(
    ("typed", "keys", "key"),
    [
        ("tit", ["enter"], None),
        ("title", ["enter"], "title"),
        ("tit", ["tab"], "title"),
        ("stage", ["down", "enter"], "owner"),
        ("anything", ["enter"], None),
    ],
)
async def test_where_text_is_an_answer_enter_takes_it(
    typed: str, keys: list[str], key: str | None
) -> None:
    """Unless it is a choice's very name, or a choice was marked by hand."""
    chooser = Chooser()
    async with host(chooser) as (app, pilot):
        chooser.ask(Shown("Which?"), CHOICES, takes_text=True)
        await type_text(pilot, typed)
        await press(pilot, *keys)
        assert [(row.key, row.typed) for row in app.heard(Chooser.Chosen)] == [(key, typed)]


@pytest.mark.parametrize(("key", "is_back"), [("escape", False), ("shift+tab", True)])
async def test_leaving_and_stepping_back(key: str, is_back: bool) -> None:
    """Neither is an answer."""
    chooser = Chooser()
    async with host(chooser) as (app, pilot):
        chooser.ask(Shown("Which?"), CHOICES)
        await press(pilot, key)
        assert [message.is_back for message in app.heard(Chooser.Left)] == [is_back]
        assert app.heard(Chooser.Chosen) == []


async def test_a_double_click_takes_a_choice() -> None:
    """The mouse does what Enter does."""
    chooser = Chooser()
    async with host(chooser) as (app, pilot):
        chooser.ask(Shown("Which?"), CHOICES)
        await pilot.pause()
        await pilot.click(chooser.list, offset=(5, 1), times=2)
        await pilot.pause()
        assert [message.key for message in app.heard(Chooser.Chosen)] == ["title"]
