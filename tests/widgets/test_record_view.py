"""One record: values of every kind, how long ones are cut, and what is said of each."""

from decimal import Decimal

import pytest

from app.domain.capabilities import Answer, Capability, Source
from app.domain.fields import Field
from app.domain.safe_text import FORBIDDEN
from app.domain.schema import Attribute
from app.domain.values import EmailItem, Raw, Value
from tests.support.deck import host, press, screen_lines, screen_text, settle
from tests.support.hostile import HOSTILE_TEXTS
from widgets.lines_view import LinesView
from widgets.record_view import MAX_LINES, RecordView

OPEN = Capability(Answer.YES, Source.DECLARED, "is_updatable=true")
SHUT = Capability(Answer.NO, Source.DECLARED, "is_updatable=false")


def field(
    value: Value,
    value_type: str = "string",
    *,
    name: str = "Title",
    is_sent: bool = True,
    change: Capability = OPEN,
    is_array: bool = False,
) -> Field:
    """A field of a record."""
    attribute = Attribute("title", name, value_type, is_array=is_array)
    return Field(attribute, value, is_sent, change, has_own_endpoint=False)


async def test_field_tells_name_value_type_and_right() -> None:
    """All that matters of an attribute stands in its line."""
    async with host(view := RecordView()) as (app, pilot):
        view.show_fields([field("VP", change=SHUT)])
        await settle(pilot)
        words = screen_lines(app)[0].split()
        assert words == [">", "Title", "VP", "string", "locked"]


@pytest.mark.parametrize(
    ("shown_field", "words"),
    [
        (field(None), "-"),
        (field(""), "-"),
        (field(()), "-"),
        (field(None, is_sent=False), "not sent"),
        (field(Decimal("1234.50"), "currency"), "1,234.50"),
        (field(Raw('{"a": 1}', "unknown value type aura"), "aura"), '{"a": 1}'),
        (field(True, "boolean"), "yes"),
    ],
)
async def test_value_is_shown_in_its_form(shown_field: Field, words: str) -> None:
    """Empty and not sent are not the same; an unknown value type is text."""
    async with host(view := RecordView()) as (app, pilot):
        view.show_fields([shown_field])
        await settle(pilot)
        assert f"  {words}  " in screen_lines(app)[0]


async def test_unknown_value_type_is_not_offered_for_editing() -> None:
    """What cannot be read cannot be edited, though the schema would allow it."""
    async with host(view := RecordView()) as (app, pilot):
        view.show_fields([field(Raw("calm", "unknown value type aura"), "aura")])
        await settle(pilot)
        assert screen_lines(app)[0].split()[-2:] == ["aura", "unreadable"]


async def test_list_has_an_item_a_line() -> None:
    """Items of a list-like attribute stand below each other."""
    items = tuple(EmailItem(str(n), f"p{n}@acme.test", n == 0) for n in range(3))
    async with host(view := RecordView()) as (app, pilot):
        view.show_fields([field(items, "contact_email", is_array=True), field("next")])
        await settle(pilot)
        lines = screen_lines(app)
        assert [line.split()[-1] for line in lines[1:3]] == ["p1@acme.test", "p2@acme.test"]
        assert "contact_email[]" in lines[0]
        assert "next" in lines[3]


async def test_long_value_wraps_below_itself() -> None:
    """What does not fit goes on at the same cell."""
    async with host(view := RecordView()) as (app, pilot):
        view.show_fields([field("word " * 12)])
        await settle(pilot)
        first, second, *_ = screen_lines(app)
        assert first.index("word") == second.index("word")
        assert screen_text(app).count("word") == 12


async def test_very_long_value_says_how_much_is_left_out() -> None:
    """At most some lines, the last of which counts the others and names the key."""
    async with host(view := RecordView()) as (app, pilot):
        view.show_fields([field("\n".join(f"line {n}" for n in range(30))), field("next")])
        await settle(pilot)
        lines = screen_lines(app)
        assert f"({30 - MAX_LINES + 1} more lines: V)" in lines[MAX_LINES - 1]
        assert "next" in lines[MAX_LINES]


async def test_hidden_characters_are_counted() -> None:
    """One is told what one cannot see."""
    async with host(view := RecordView()) as (app, pilot):
        view.show_fields([field("pay\u200bpal\u202e")])
        await settle(pilot)
        assert "(2 hidden characters)" in screen_text(app)


async def test_field_under_the_cursor() -> None:
    """The cursor goes from field to field, over the lines of long values."""
    first, second = field("a\nb\nc"), field("d", name="Second")
    async with host(view := RecordView()) as (app, pilot):
        view.show_fields([first, second])
        view.focus()
        assert view.field is first
        await press(pilot, "j")
        assert view.field is second
        assert app.heard(LinesView.ItemMoved)[-1].index == 1


async def test_no_fields_are_nothing() -> None:
    """Before a record is chosen there is none."""
    async with host(view := RecordView()):
        view.show_fields([])
        assert view.field is None


@pytest.mark.parametrize("width", [45, 60, 80, 160])
async def test_values_wrap_to_the_width(width: int) -> None:
    """At any width the whole value is there and no line is wider than the view."""
    text = "abcdefghij " * 6
    async with host(view := RecordView(), size=(width, 30)) as (app, pilot):
        view.show_fields([field(text)])
        await settle(pilot)
        assert screen_text(app).count("j") == 6
        assert {len(line) for line in screen_lines(app)} == {width}


async def test_another_width_wraps_anew() -> None:
    """A wider window needs fewer lines; the cursor stays on its field."""
    async with host(view := RecordView(), size=(50, 30)) as (_, pilot):
        view.show_fields([field("word " * 20), field("next")], cursor=1)
        await settle(pilot)
        narrow = len(view.text.splitlines())
        await pilot.resize_terminal(160, 30)
        await settle(pilot)
        assert len(view.text.splitlines()) < narrow
        assert view.cursor == 1


async def test_hostile_values_and_names_are_harmless() -> None:
    """No control character is drawn, every line has the view's width."""
    fields = [
        field(text, name=text[:300], value_type=text[:300] if n % 2 else "string")
        for n, text in enumerate(HOSTILE_TEXTS.values())
    ]
    async with host(view := RecordView(), size=(80, 200)) as (app, pilot):
        view.show_fields(fields)
        await settle(pilot)
        assert not any(FORBIDDEN.search(line) for line in screen_lines(app))
        assert "\x1b" not in view.text
