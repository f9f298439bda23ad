"""The statistics screen: what it shows, what Enter answers, and what it refuses."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot

from app.domain.expression import Condition
from app.domain.query import Query
from app.domain.records import Record
from app.domain.schema import Attribute, RecordType
from app.domain.statistics import Scope
from app.screens.statistics import StatisticsAnswer, StatisticsScreen
from tests.support.deck import HostApp, host, press, screen_lines, screen_text, settle
from tests.support.small_workspace import small_record_types, small_workspace

CONTACT = next(row for row in small_record_types() if row.api_name == "contact")


@asynccontextmanager
async def statistics_of(
    *names: str,
    size: tuple[int, int] = (80, 24),
    has_blocks: bool = True,
    records: Sequence[Record] | None = None,
    schema: RecordType = CONTACT,
) -> AsyncIterator[tuple[HostApp, Pilot[Any], list[StatisticsAnswer | None]]]:
    """The screen over twenty contacts, or given records, and its answers."""
    if records is None:
        records = (await small_workspace().query(Query("contact", limit=20))).records
    scope = Scope(len(records), is_all=not records)
    columns = [schema.attribute_by_name[name] for name in names]
    answers: list[StatisticsAnswer | None] = []
    async with host(size=size) as (app, pilot):
        screen = StatisticsScreen(schema, columns, 0, records, scope, has_blocks=has_blocks)
        app.push_screen(screen, answers.append)
        await settle(pilot)
        yield app, pilot, answers


async def test_a_funnel_of_stages_sums_to_the_loaded_rows() -> None:
    """In the order of the workspace, with the share of all that were counted."""
    async with statistics_of("stage") as (app, _, _answers):
        lines = screen_lines(app)
        assert "Stage [contact_stage]  of 20 loaded" in lines[0]
        rows = [line.replace(">", " ").split() for line in lines[2:8] if line.strip()]
        assert [row[0] for row in rows] == ["New", "Working", "Won", "Lost"]
        assert sum(int(row[1]) for row in rows) == 20
        assert rows[0][2] == "25%"


async def test_enter_answers_with_the_condition_of_the_row() -> None:
    """And with what it says in words."""
    async with statistics_of("stage") as (_, pilot, answers):
        await press(pilot, "j", "enter")
        assert answers == [
            StatisticsAnswer(0, Condition("stage", "eq", "working"), "Stage is Working")
        ]


async def test_a_tilde_asks_for_all_others() -> None:
    """The opposite of Enter."""
    async with statistics_of("stage") as (_, pilot, answers):
        await press(pilot, "tilde")
        assert answers[0] is not None
        assert answers[0].node == Condition("stage", "ne", "new")


async def test_left_and_right_go_to_the_neighbouring_columns() -> None:
    """And the table's cursor can follow to where one was."""
    async with statistics_of("stage", "sms_consent") as (app, pilot, answers):
        await press(pilot, "left", "l", "right")
        assert "Sms consent" in screen_lines(app)[0]
        await press(pilot, "escape")
        assert answers == [StatisticsAnswer(1)]


async def test_what_cannot_be_asked_says_why_and_stays() -> None:
    """The reason stands below the bars."""
    hidden = Attribute("stage", "Stage", "contact_stage")
    schema = RecordType("contact", "Contact", attributes=(hidden,))
    async with statistics_of("stage", schema=schema) as (app, pilot, answers):
        await press(pilot, "enter")
        assert "is_filterable=false for contact.stage" in screen_text(app)
        assert not answers


async def test_times_have_ends_and_ranges() -> None:
    """Earliest and latest in one line, a bar for each range."""
    async with statistics_of("created_at") as (app, _, _answers):
        text = screen_text(app)
        assert "earliest 20" in text
        assert "week of" in text
        assert "\u2588" in text


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (60, 15)])
async def test_bars_are_ascii_where_the_terminal_needs_it(size: tuple[int, int]) -> None:
    """Every character on the screen then is one a plain terminal has."""
    async with statistics_of("stage", size=size, has_blocks=False) as (app, _, _answers):
        text = screen_text(app)
        assert text.isascii()
        assert "###" in text


async def test_y_copies_the_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Title, counts and bars as plain lines."""
    copied: list[str] = []
    monkeypatch.setattr(HostApp, "copy_to_clipboard", lambda _, text: copied.append(text))
    async with statistics_of("stage", has_blocks=False) as (_, pilot, _answers):
        await press(pilot, "y")
        assert copied[0].startswith("Stage [contact_stage]  of 20 loaded\n")
        assert "Working" in copied[0]


async def test_nothing_loaded_has_no_rows() -> None:
    """And no key does any harm."""
    async with statistics_of("title", records=()) as (app, pilot, answers):
        await press(pilot, "enter", "y", "tilde", "j")
        assert "of all 0" in screen_text(app)
        await press(pilot, "number_sign")
        assert answers[-1] is not None
