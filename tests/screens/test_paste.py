"""The paste screen: what is recognised, what is asked, what was not found, and what it answers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot

from app.domain.errors import ServerFailed
from app.domain.expression import Condition
from app.domain.safe_text import shown
from app.domain.values import EmailItem
from app.screens.paste import PasteAnswer, PasteScreen
from tests.support.backends import MemoryBackend
from tests.support.deck import HostApp, deck, host, press, screen_text, settle, type_text
from tests.support.small_workspace import record, small_record_types

TYPES = {row.api_name: row for row in small_record_types()}


def crowd(count: int) -> MemoryBackend:
    """A workspace of contacts with an address each."""
    people = [
        record(
            "contact",
            index,
            primary_email=f"p{index}@b.example",
            contact_emails=(EmailItem(str(index), f"p{index}@b.example", is_primary=True),),
        )
        for index in range(count)
    ]
    return MemoryBackend(small_record_types(), people)


def column(*numbers: int) -> str:
    """Addresses as a spreadsheet copies them."""
    return "\n".join(f"P{number}@b.example" for number in numbers)


@asynccontextmanager
async def paste_screen(
    backend: MemoryBackend, record_type: str = "contact", size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[HostApp, Pilot[Any], list[PasteAnswer | None]]]:
    """The screen for one record type, and its answers."""
    answers: list[PasteAnswer | None] = []
    async with host(size=size) as (app, pilot):
        app.push_screen(PasteScreen(backend, TYPES[record_type]), answers.append)
        await settle(pilot)
        yield app, pilot, answers


async def paste(app: HostApp, pilot: Pilot[Any], text: str) -> None:
    """What a terminal with bracketed paste sends."""
    app.post_message(events.Paste(text))
    await settle(pilot)


async def test_a_paste_tells_what_it_holds_and_what_it_costs() -> None:
    """Before anything is sent."""
    async with paste_screen(backend := crowd(3)) as (app, pilot, _):
        await paste(app, pilot, "email\n" + column(0, 1, 1, 2))
        words = "3 e-mail addresses, 1 duplicate, 1 not recognised -> contact_emails, 1 request"
        assert words in screen_text(app)
        assert backend.sent == []


async def test_one_enter_looks_up_and_the_next_shows_what_was_found() -> None:
    """What was not found stands in a list between the two."""
    async with paste_screen(backend := crowd(115)) as (app, pilot, answers):
        await paste(app, pilot, column(*range(120)))
        await press(pilot, "enter")
        text = screen_text(app)
        assert "115 records found, 5 e-mail addresses not found:" in text
        assert "P117@b.example" in text
        assert len(backend.sent) == 2
        await press(pilot, "enter")
        (answer,) = answers
        assert answer is not None
        assert answer.condition.field == "contact_emails"
        assert isinstance(answer.condition.value, tuple)
        assert len(answer.condition.value) == 120
        assert answer.words == "Contact emails is one of 120 e-mail addresses"


async def test_what_was_not_recognised_is_listed_too() -> None:
    """Behind what was not found, so that nothing of the column gets lost silently."""
    async with paste_screen(crowd(1)) as (app, pilot, _):
        await paste(app, pilot, "E-Mail\n" + column(0, 4))
        await press(pilot, "enter")
        text = screen_text(app)
        assert "1 record found, 1 e-mail address not found:" in text
        assert "E-Mail (not recognised)" in text


async def test_typed_values_are_looked_up_from_an_empty_line() -> None:
    """Enter on a line with words only ends the line, so that a column that comes key by key is whole."""
    async with paste_screen(backend := crowd(2)) as (app, pilot, answers):
        await type_text(pilot, "p0@b.example")
        await press(pilot, "enter")
        assert backend.sent == []
        await type_text(pilot, "p1@b.example")
        await press(pilot, "enter", "enter")
        assert "2 records found, 0 e-mail addresses not found" in screen_text(app)
        await press(pilot, "enter")
        assert answers[0] is not None
        assert answers[0].condition == Condition(
            "contact_emails", "in", ("p0@b.example", "p1@b.example")
        )


async def test_tab_looks_them_up_in_another_attribute() -> None:
    """Where there is more than one."""
    async with paste_screen(crowd(1)) as (app, pilot, answers):
        await paste(app, pilot, column(0))
        assert "-> contact_emails" in screen_text(app)
        await press(pilot, "tab")
        assert "-> primary_email" in screen_text(app)
        await press(pilot, "enter", "enter")
        assert answers[0] is not None
        assert answers[0].condition.field == "primary_email"


async def test_a_failure_is_told_and_enter_goes_on() -> None:
    """What was answered is not asked for again."""
    backend = crowd(110)
    async with paste_screen(backend) as (app, pilot, _):
        await paste(app, pilot, column(*range(110)))
        backend.fail("POST /contact/_query", ServerFailed("the disk is full"), times=1)
        await press(pilot, "enter")
        assert "the disk is full" in screen_text(app)
        await press(pilot, "enter")
        assert "110 records found" in screen_text(app)
        assert len(backend.sent) == 3


async def test_escape_stops_then_goes_back_then_leaves() -> None:
    """One step at a time; the text is still there."""
    backend = crowd(1)
    async with paste_screen(backend) as (app, pilot, answers):
        await paste(app, pilot, column(0, 7))
        gate = backend.hold("POST /contact/_query")
        await press(pilot, "enter")
        assert "0 of 1 requests answered" in screen_text(app)
        await press(pilot, "escape")
        assert "Stopped; Enter goes on." in screen_text(app)
        gate.set()
        await press(pilot, "enter")
        assert "1 record found" in screen_text(app)
        await press(pilot, "escape")
        assert "P7@b.example" in screen_text(app)
        await press(pilot, "escape")
        assert answers == [None]


async def test_ctrl_c_stops_looking_up() -> None:
    """As it stops every other request; what was pasted stays."""
    backend = crowd(1)
    async with deck(backend) as (app, pilot):
        await press(pilot, "colon", *"paste", "enter")
        app.post_message(events.Paste(column(0)))
        await settle(pilot)
        gate = backend.hold("POST /contact/_query")
        await press(pilot, "enter", "ctrl+c")
        assert "Stopped; Enter goes on." in screen_text(app)
        gate.set()
        await press(pilot, "enter")
        assert "1 record found" in screen_text(app)


async def test_y_copies_what_was_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """A value a line, to be pasted where they came from."""
    copied: list[str] = []
    monkeypatch.setattr(HostApp, "copy_to_clipboard", lambda _, text: copied.append(text))
    async with paste_screen(crowd(1)) as (app, pilot, _):
        await paste(app, pilot, column(0, 8, 9))
        await press(pilot, "enter", "y")
        assert copied == ["P8@b.example\nP9@b.example"]


async def test_nothing_found_leaves_nothing_to_show() -> None:
    """Enter says so instead of showing an empty table."""
    async with paste_screen(crowd(0)) as (app, pilot, answers):
        await paste(app, pilot, column(1))
        await press(pilot, "enter", "enter")
        assert "nothing to show" in screen_text(app)
        assert not answers


async def test_more_than_one_question_holds_is_shown_in_parts() -> None:
    """Left and Right choose the part."""
    async with paste_screen(crowd(1_005)) as (app, pilot, answers):
        await paste(app, pilot, column(*range(1_010)))
        await press(pilot, "enter")
        assert "part 1 of 2" in screen_text(app)
        await press(pilot, "right", "enter")
        assert answers[0] is not None
        assert isinstance(answers[0].condition.value, tuple)
        assert len(answers[0].condition.value) == 5


@pytest.mark.parametrize(
    ("record_type", "text", "words"),
    [
        ("contact", "hello", "none of them an id"),
        ("contact", "acme.com", "contact has no attribute for a domain"),
        ("contact", "", "Nothing pasted yet"),
    ],
)
async def test_what_cannot_be_looked_up_is_said(record_type: str, text: str, words: str) -> None:
    """And Enter sends nothing."""
    async with paste_screen(backend := crowd(1), record_type) as (app, pilot, _):
        await paste(app, pilot, text)
        await press(pilot, "enter", "enter", "tab")
        assert words in screen_text(app)
        assert backend.sent == []


async def test_hostile_values_are_shown_as_marks() -> None:
    """An address can hold what turns a line around; the list of those not found shows it as a mark."""
    hostile = "a\u202eb@b.example"
    async with paste_screen(crowd(0)) as (app, pilot, _):
        await type_text(pilot, "p@b.example")
        screen = app.screen
        assert isinstance(screen, PasteScreen)
        screen.area.text = f"{hostile}\n"
        app.safety.caught = 0
        await settle(pilot)
        screen.area.move_cursor(screen.area.document.end)
        await press(pilot, "enter")
        assert shown(hostile) in screen_text(app)
        app.safety.caught = 0
