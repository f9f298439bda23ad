"""The line for questions: choices while typing, keys that go on to the screen, and mistakes with their place."""

from dataclasses import replace

from textual.widgets import Button

from app.domain.completion import Completions, complete
from app.domain.expression_error import ExpressionError
from app.domain.expression_text import parse_expression
from app.domain.safe_text import hidden_count
from tests.support.deck import HostApp, host, press, screen_text, settle, type_text
from tests.support.queries import CONTACT, SCHEMAS
from widgets.choice_list import ROWS
from widgets.query_entry import QueryEntry

HOSTILE = replace(
    CONTACT,
    attributes=tuple(
        replace(attribute, display_name="\x1b[2J\u202ebad[bold]")
        for attribute in CONTACT.attributes
    ),
)


def query_entry() -> QueryEntry:
    return QueryEntry(lambda text, cursor: complete(text, cursor, CONTACT, SCHEMAS), "all records")


def texts(entry: QueryEntry) -> list[str]:
    """The choices on the screen."""
    return [choice.text for choice in entry.list.choices] if entry.list.display else []


def submitted(app: HostApp) -> list[str]:
    return [message.text for message in app.heard(QueryEntry.Submitted)]


async def test_choices_float_below_what_is_typed() -> None:
    """Six at most, with their kind and what they are; the rest is counted."""
    entry = query_entry()
    async with host(entry) as (app, pilot):
        entry.open_with("")
        await settle(pilot)
        shown = screen_text(app)
        assert "a_string" in shown
        assert "attribute" in shown
        assert "A string, string" in shown
        assert f"{ROWS}/" in shown
        await type_text(pilot, "sele")
        assert texts(entry) == ["a_select"]


async def test_without_choices_the_box_says_what_is_expected() -> None:
    """It keeps its height, so that nothing below moves while one types."""
    entry = query_entry()
    async with host(entry) as (app, pilot):
        entry.open_with("a_string = ")
        await settle(pilot)
        assert "|  a value of A string, string" in screen_text(app)
        box = entry.list.region
        await type_text(pilot, "x ")
        assert entry.list.region == box
        assert entry.list.display


async def test_tab_takes_the_first_choice_and_typing_goes_on() -> None:
    """From nothing to a whole question by Tab and a few letters."""
    entry = query_entry()
    async with host(entry) as (app, pilot):
        entry.open_with("")
        await type_text(pilot, "sel")
        await press(pilot, "tab")
        assert entry.text == "a_select "
        assert texts(entry)[0] == "="
        await press(pilot, "tab", "c", "l", "tab")
        assert entry.text == 'a_select = "Closed Won" '
        await press(pilot, "enter")
        assert submitted(app) == ['a_select = "Closed Won" ']


async def test_tab_never_leaves_while_something_is_typed() -> None:
    """What is typed next would be taken for commands."""
    entry = query_entry()
    async with host(entry, Button("elsewhere")) as (_, pilot):
        entry.open_with("a_string = ")
        await settle(pilot)
        assert texts(entry) == []
        await press(pilot, "tab", "x")
        assert entry.text == "a_string = x"


async def test_enter_takes_only_what_was_marked() -> None:
    """Without a mark it asks, whatever floats there."""
    entry = query_entry()
    async with host(entry) as (app, pilot):
        entry.open_with("a_select = ")
        await settle(pilot)
        await press(pilot, "down", "down")
        assert '|> "Closed Won"' in screen_text(app)
        await press(pilot, "enter")
        assert entry.text == 'a_select = "Closed Won" '
        assert submitted(app) == []
        await press(pilot, "enter")
        assert submitted(app) == ['a_select = "Closed Won" ']


async def test_the_mark_goes_round() -> None:
    """Up from none is the last, past either end is none; the list scrolls with it."""
    entry = query_entry()
    async with host(entry) as (app, pilot):
        entry.open_with("a_number ")
        await press(pilot, "up")
        assert entry.list.marked == len(entry.list.choices) - 1
        assert "not exists" in screen_text(app)
        await press(pilot, "down")
        assert entry.list.marked is None


async def test_escape_closes_the_choices_and_then_belongs_to_the_screen() -> None:
    """Down brings them back, and so does typing."""
    entry = query_entry()
    async with host(entry) as (_, pilot):
        entry.open_with("a_s")
        await press(pilot, "escape")
        assert texts(entry) == []
        assert entry.check_action("close_choices", ()) is False
        assert entry.is_open
        await press(pilot, "down")
        assert entry.list.marked == 0
        await press(pilot, "escape")
        await type_text(pilot, "t")
        assert texts(entry)


async def test_choices_fit_the_cursor_in_the_middle() -> None:
    """Moving it is enough; the word there is replaced."""
    entry = query_entry()
    async with host(entry) as (_, pilot):
        entry.open_with("a_sel = x")
        await settle(pilot)
        assert texts(entry) == []
        await press(pilot, *["left"] * 4)
        assert texts(entry) == ["a_select"]
        await press(pilot, "tab")
        assert entry.text == "a_select = x"


async def test_every_change_is_told() -> None:
    """Typed or taken, but not what the screen sets itself."""
    entry = query_entry()
    async with host(entry) as (app, pilot):
        entry.open_with("a_sel")
        await settle(pilot)
        assert app.heard(QueryEntry.Changed) == []
        await type_text(pilot, "e")
        assert {message.control for message in app.heard(QueryEntry.Changed)} == {entry}
        await press(pilot, "tab")
        assert [message.text for message in app.heard(QueryEntry.Changed)] == [
            "a_sele",
            "a_select ",
        ]


async def test_a_click_takes_a_choice() -> None:
    """The mouse does all that keys do."""
    entry = query_entry()
    async with host(entry) as (_, pilot):
        entry.open_with("a_select = ")
        await settle(pilot)
        await pilot.click(entry.list, offset=(5, 1))
        await settle(pilot)
        assert entry.text == 'a_select = "Closed Won" '
        assert entry.input.has_focus


async def test_a_mistake_is_marked_and_told_until_the_next_key() -> None:
    """The caret stands below the first wrong character."""
    entry = query_entry()
    async with host(entry) as (app, pilot):
        entry.open_with("a_string = Acme Corp")
        await press(pilot, "enter")
        entry.error = error_of(entry.text)
        await settle(pilot)
        lines = screen_text(app).splitlines()
        row = next(number for number, line in enumerate(lines) if "Acme Corp" in line)
        assert lines[row + 1].index("^") == lines[row].index("Corp")
        assert 'Did you mean "Acme Corp"?' in " ".join(" ".join(lines[row + 2 : row + 4]).split())
        await type_text(pilot, "s")
        assert "^" not in screen_text(app)


async def test_a_message_stands_beside_its_caret_where_it_fits() -> None:
    """To the right, or to the left at the end of the line."""
    entry = query_entry()
    async with host(entry, size=(80, 24)) as (app, pilot):
        entry.open_with("x" * 79)
        entry.error = ExpressionError("Odd.", 2)
        await settle(pilot)
        assert "^ Odd." in screen_text(app)
        entry.error = ExpressionError("Odd.", 79)
        await settle(pilot)
        assert "Odd. ^" in screen_text(app)


async def test_a_pasted_text_is_read_as_it_was() -> None:
    """Lines and comments make one line of the same meaning; nothing hidden is left."""
    entry = query_entry()
    pasted = 'a_string = "a\nb\u202e" # first\nand (a_number>5\r\n or a_email exists)\n# last'
    async with host(entry) as (app, pilot):
        entry.open_with("")
        app.clear_selection()
        await paste(app, entry, pasted)
        await settle(pilot)
        assert entry.text.isprintable()
        assert hidden_count(entry.text) == 0
        assert parse_expression(entry.text, CONTACT, SCHEMAS) == parse_expression(
            pasted, CONTACT, SCHEMAS
        )


async def test_names_of_a_hostile_schema_stay_text() -> None:
    """No control character of a display name reaches the terminal."""
    entry = QueryEntry(lambda text, cursor: complete(text, cursor, HOSTILE, {}))
    async with host(entry) as (app, pilot):
        entry.open_with("")
        await settle(pilot)
        assert "[2J" in screen_text(app)


async def test_choices_are_asked_for_anew_when_more_is_known() -> None:
    """A schema on the way of a path may come while one types."""
    known = {"contact": CONTACT}
    entry = QueryEntry(lambda text, cursor: complete(text, cursor, CONTACT, known))
    async with host(entry) as (_, pilot):
        entry.open_with("accounts.a_sel")
        await settle(pilot)
        assert texts(entry) == []
        known |= SCHEMAS
        entry.complete_again()
        assert texts(entry) == ["accounts.a_select"]


async def test_closed_it_takes_no_room() -> None:
    """And floats nothing."""
    entry = query_entry()
    async with host(entry) as (app, pilot):
        entry.open_with("a")
        await settle(pilot)
        entry.close()
        await settle(pilot)
        assert not entry.is_open
        assert screen_text(app).strip() == ""


async def test_choices_are_asked_for_once_a_key() -> None:
    """A key changes both text and cursor."""
    asked = []

    def completer(text: str, cursor: int) -> Completions:
        asked.append(text)
        return Completions(cursor, cursor)

    entry = QueryEntry(completer)
    async with host(entry) as (_, pilot):
        entry.open_with("")
        await settle(pilot)
        asked.clear()
        await type_text(pilot, "abc")
        assert asked == ["a", "ab", "abc"]


def error_of(text: str) -> ExpressionError | None:
    try:
        parse_expression(text, CONTACT, SCHEMAS)
    except ExpressionError as error:
        return error
    return None


async def paste(app: HostApp, entry: QueryEntry, text: str) -> None:
    """As a terminal does."""
    from textual.events import Paste

    app.set_focus(entry.input)
    entry.input.post_message(Paste(text))
