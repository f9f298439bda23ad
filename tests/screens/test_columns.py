"""The columns screen by its keys: what it shows, what it answers, and what it refuses."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from app.controller.columns import default_layout
from app.domain.column_layout import Column, ColumnLayout
from app.screens.columns import ColumnsScreen
from tests.support.deck import HostApp, host, press, screen_lines, screen_text, settle
from tests.support.small_workspace import small_record_types

CONTACT = next(row for row in small_record_types() if row.api_name == "contact")
LAYOUT = ColumnLayout((Column("display_name"), Column("stage"), Column("title")))


@asynccontextmanager
async def columns(
    layout: ColumnLayout = LAYOUT, *, path: str = "", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[HostApp, Pilot[Any], list[ColumnLayout | None]]]:
    """The screen over the contact's attributes, and its answers."""
    answers: list[ColumnLayout | None] = []
    async with host(size=size) as (app, pilot):
        screen = ColumnsScreen(CONTACT, layout, {"stage": 12}, path=path)
        app.push_screen(screen, answers.append)
        await settle(pilot)
        yield app, pilot, answers


@pytest.mark.parametrize(
    ("keys", "layout"),
    [
        (("space",), ColumnLayout((Column("stage"), Column("title")))),
        (("J",), ColumnLayout((Column("stage"), Column("display_name"), Column("title")))),
        (
            ("shift+down", "shift+down"),
            ColumnLayout((Column("stage"), Column("title"), Column("display_name"))),
        ),
        (("j", "K"), ColumnLayout((Column("stage"), Column("display_name"), Column("title")))),
        (
            ("j", "plus", "plus", "minus"),
            ColumnLayout((Column("display_name"), Column("stage", 14), Column("title"))),
        ),
        (("j", "plus", "equals_sign"), LAYOUT),
        (
            ("j", "P"),
            ColumnLayout(
                (Column("stage", is_pinned=True), Column("display_name"), Column("title"))
            ),
        ),
        (("r",), default_layout(CONTACT)),
        (
            ("slash", *"primary", "enter", "space"),
            ColumnLayout((*LAYOUT.columns, Column("primary_email"))),
        ),
    ],
    ids=str,
)
async def test_keys_arrange_the_columns(keys: tuple[str, ...], layout: ColumnLayout) -> None:
    """Enter answers with what is on screen."""
    async with columns() as (_, pilot, answers):
        await press(pilot, *keys, "enter")
        assert answers == [layout]


async def test_escape_leaves_the_layout_as_it_was() -> None:
    """Whatever was pressed before; out of a search it leads back to the whole list first."""
    async with columns() as (app, pilot, answers):
        await press(pilot, "space", "slash", *"stage", "escape")
        assert "Title" in screen_text(app)
        assert not answers
        await press(pilot, "escape")
        assert answers == [None]


async def test_a_relation_is_listed_and_says_why_it_is_no_column() -> None:
    """What one looks for is there, with the reason and what to do instead."""
    async with columns(size=(160, 45)) as (app, pilot, answers):
        await press(pilot, "G", "space")
        assert "renewals is no column" in screen_text(app)
        await press(pilot, "J", "plus", "P", "enter")
        assert answers == [LAYOUT]


async def test_the_cursor_stays_on_the_column_that_moves() -> None:
    """So that the same key moves it on."""
    async with columns() as (app, pilot, _answers):
        await press(pilot, "J")
        assert screen_lines(app)[2].startswith(" > [x] Display name")


async def test_it_starts_on_the_column_one_was_on() -> None:
    """The table's cursor tells which."""
    async with columns(path="title") as (app, _, _answers):
        assert screen_lines(app)[3].startswith(" > [x] Title")


async def test_a_table_without_columns_is_refused() -> None:
    """It would show nothing, and no way back."""
    async with columns(ColumnLayout((Column("stage"),))) as (app, pilot, answers):
        await press(pilot, "space", "enter")
        assert "at least one column" in screen_text(app)
        assert not answers


async def test_a_column_that_the_schema_lost_is_shown_as_such() -> None:
    """It can be taken off; if it stays, it comes back with the schema."""
    lost = ColumnLayout((Column("gone"), Column("stage")))
    async with columns(lost) as (app, pilot, answers):
        assert "not in the schema" in screen_lines(app)[1]
        await press(pilot, "space", "enter")
        assert answers == [ColumnLayout((Column("stage"),))]


async def test_a_search_for_nothing_holds_all_keys_harmless() -> None:
    """An empty list has no row to arrange."""
    async with columns() as (_, pilot, answers):
        await press(pilot, "slash", *"zzz", "enter", "space", "J", "plus", "P", "escape", "enter")
        assert answers == [LAYOUT]
