"""The editors: each gives a text that its attribute can read, and gives back untouched what it was given."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.domain.date_words import Calendar
from app.domain.edit_draft import editable_text, read_text
from app.domain.journal import EditAction, ItemEdit
from app.domain.json_text import parse_json
from app.domain.values import VALUE_TYPES, EditorKind, Json
from tests.support.deck import host, press, screen_text, type_text
from tests.support.small_workspace import STAGES, attribute
from widgets.editors.editor import Editor, Opening
from widgets.editors.items import ItemsEditor
from widgets.editors.table import EDITORS

CALENDAR = Calendar(datetime(2026, 11, 22, 9, 30, tzinfo=UTC), ZoneInfo("Europe/Paris"))
RLO = "\u202e"


def opening(value_type: str, text: str = "", **rest: Any) -> Opening:
    """An attribute of a type with a text to edit."""
    options = STAGES if value_type.endswith("stage") else ()
    row = attribute("field", value_type, options=options, related_record_type="user")
    return Opening(row, text, CALENDAR, **rest)


def editor_of(start: Opening) -> Editor:
    """The editor that the table has for a value type."""
    return EDITORS[start.attribute.type_row.editor](start)


async def typed(start: Opening, text: str, *keys: str) -> list[str]:
    """What is told while a text is typed and keys are pressed."""
    editor = editor_of(start)
    async with host(editor) as (app, pilot):
        await type_text(pilot, text)
        await press(pilot, *keys)
        return [message.text for message in app.heard(Editor.Changed)]


def test_every_value_type_has_an_editor() -> None:
    """The table is whole; only what is locked has none."""
    assert {*EDITORS} == {*EditorKind} - {EditorKind.LOCKED}
    assert all(row.editor in EDITORS for row in VALUE_TYPES.values())


@pytest.mark.parametrize(
    ("value_type", "text", "told"),
    [
        ("string", "CTO", "CTO"),
        ("number", "12.5", "12.5"),
        ("currency", "1200", "1200"),
        ("percent", "7", "7"),
        ("time", "09:30", "09:30"),
        ("email", "a@b.c", "a@b.c"),
        ("date", "2026-11-21", "2026-11-21"),
        ("date", "tomorrow", "2026-11-23"),
        ("date", "monday", "2026-11-16"),
        ("date", "2026-11", "2026-11"),
        ("timestamp", "now", "2026-11-22T09:30:00Z"),
        ("timestamp", "tomorrow", "2026-11-22T23:00:00Z"),
        ("timestamp", "2026-11-21 10:00", "2026-11-21T09:00:00Z"),
        ("timestamp", "2026-11-21T10:00:00Z", "2026-11-21T10:00:00Z"),
    ],
)
async def test_what_is_typed_is_told(value_type: str, text: str, told: str) -> None:
    """Words of time become the time they mean, in the calendar's zone."""
    assert (await typed(opening(value_type), text))[-1] == told


async def test_a_resolved_word_is_shown() -> None:
    """So that nobody sends another day than was meant."""
    async with host(editor_of(opening("date"))) as (app, pilot):
        await type_text(pilot, "tomorrow")
        assert "= 2026-11-23" in screen_text(app)


async def test_a_number_that_is_none_says_so() -> None:
    """While it is typed."""
    async with host(editor_of(opening("number"))) as (app, pilot):
        await type_text(pilot, "12x")
        assert "is not a number" in screen_text(app)


@pytest.mark.parametrize("value_type", ["string", "long_text", "rich_text", "url"])
async def test_hidden_characters_are_seen_and_sent_as_they_were(value_type: str) -> None:
    """They stand escaped; what is typed beside them leaves them as they are."""
    value = f"a{RLO}b\x00c\\u0041"
    start = opening(value_type, editable_text(attribute("field", value_type), value))
    editor = editor_of(start)
    async with host(editor) as (app, pilot):
        assert "\\u202e" in screen_text(app)
        await type_text(pilot, "!")
        text = app.heard(Editor.Changed)[-1].text
    assert read_text(start.attribute, text) == value + "!"


@pytest.mark.parametrize("row", VALUE_TYPES.values(), ids=lambda row: row.name)
async def test_to_open_and_leave_tells_nothing(row: Any) -> None:
    """To look is not to change."""
    start = opening(row.name, "2026-11-21" if row.editor is EditorKind.DATE else "")
    async with host(editor_of(start)) as (app, pilot):
        await press(pilot, "escape")
        assert app.heard(Editor.Changed) == []
        assert len(app.heard(Editor.Finished)) == 1


async def test_a_choice_is_taken_by_its_label() -> None:
    """And told by its API name."""
    assert await typed(opening("contact_stage"), "lost", "enter") == ["lost"]


async def test_yes_or_no() -> None:
    """As the parser reads it."""
    assert await typed(opening("boolean"), "no", "enter") == ["false"]


async def test_a_reference_is_searched_by_name() -> None:
    """The editor asks by message and offers what it is given; the id is told."""
    editor = editor_of(opening("record_reference"))
    async with host(editor) as (app, pilot):
        await type_text(pilot, "dia")
        asked = app.heard(Editor.RecordsRequested)[-1]
        assert (asked.record_type, asked.text) == ("user", "dia")
        editor.offer_records("user", [("id-1", "J. Diaz"), ("id-2", "Diana")])
        await press(pilot, "down", "enter")
        assert [message.text for message in app.heard(Editor.Changed)] == ["id-1"]


async def test_an_address_is_told_whole() -> None:
    """A part that is typed joins those that were there."""
    start = opening("address", '{"city": "Lyon", "country": "FR", "street_one": null}')
    told = await typed(start, "Rue 1")
    assert parse_json(told[-1].encode()) == {
        "city": "Lyon",
        "country": "FR",
        "street_one": "Rue 1",
    }


async def test_an_address_without_parts_is_nothing() -> None:
    """Which clears the attribute."""
    start = opening("address", '{"street_one": "R"}')
    assert await typed(start, "", "backspace") == [""]


async def test_a_long_text_asks_for_the_program() -> None:
    """`$EDITOR` is opened by whoever has the terminal."""
    editor = editor_of(opening("long_text", "one\ntwo"))
    async with host(editor) as (app, pilot):
        await press(pilot, "f4")
        assert app.heard(Editor.ProgramRequested)[-1].text == "one\ntwo"
        editor.take_text("three")
        await press(pilot)
        assert app.heard(Editor.Changed)[-1].text == "three"


ITEMS: tuple[dict[str, Json], ...] = (
    {"id": "i1", "email": "a@x.test", "is_primary": True, "labels": []},
    {"id": "i2", "email": "b@x.test", "is_primary": False, "labels": []},
)


async def item_edits(*keys: str, text: str = "", last: tuple[str, ...] = ()) -> list[ItemEdit]:
    """What is told of items after these keys."""
    start = opening("contact_email", items=ITEMS, has_own_endpoint=True)
    async with host(ItemsEditor(start)) as (app, pilot):
        await press(pilot, *keys)
        await type_text(pilot, text)
        await press(pilot, *last)
        return [message.edit for message in app.heard(Editor.ItemEdited)]


async def test_an_item_is_added() -> None:
    """As a call of its own."""
    [edit] = await item_edits("a", text="c@x.test", last=("enter",))
    assert (edit.action, edit.item_id) == (EditAction.ADD, None)
    assert edit.members == {"email": "c@x.test", "is_primary": False}


async def test_an_item_is_changed() -> None:
    """With what it was before."""
    [edit] = await item_edits("j", "enter", "ctrl+u", text="d@x.test", last=("enter",))
    assert (edit.action, edit.item_id) == (EditAction.SET, "i2")
    assert edit.members == {"email": "d@x.test"}
    assert edit.before["email"] == "b@x.test"


async def test_an_item_is_removed_and_kept_again() -> None:
    """A second press takes the first back."""
    first, second = await item_edits("x", "x")
    assert first.action is EditAction.REMOVE
    assert second == first


async def test_an_item_is_made_primary() -> None:
    """The one that is primary already is left alone."""
    [edit] = await item_edits("m", "j", "m")
    assert (edit.item_id, edit.members) == ("i2", {"is_primary": True})


async def test_items_of_a_new_record_are_told_as_a_list() -> None:
    """They go into the body of the create."""
    async with host(ItemsEditor(opening("contact_email"))) as (app, pilot):
        await press(pilot, "a")
        await type_text(pilot, "c@x.test")
        await press(pilot, "enter")
        told = app.heard(Editor.Changed)[-1].text
    assert parse_json(told.encode()) == [{"email": "c@x.test", "is_primary": True}]
