"""The query's other faces, and what is asked starting from the data."""

from app.domain.expression import Condition, Expression
from app.domain.query import Direction, Sort
from tests.support.deck import browse, deck, press, screen_lines, screen_text, type_text
from tests.support.small_workspace import small_workspace

WIDE = (160, 45)


def expression(app: object) -> Expression:
    """What the tab asks, or would."""
    view = browse(app).view  # type: ignore[arg-type]  # any application
    assert view is not None
    return view.expression


async def test_a_query_is_written_as_text_and_asked() -> None:
    """With completion; Enter asks at once."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "F")
        await type_text(pilot, "sta")
        await press(pilot, "tab")
        await type_text(pilot, "= wor")
        await press(pilot, "tab")
        await type_text(pilot, "order by -updated_at")
        await press(pilot, "enter")
        sort = (Sort("updated_at", Direction.DESC),)
        assert expression(app) == Expression((Condition("stage", "eq", "Working"),), sort)
        assert "9 loaded, all there are" in screen_lines(app)[0]
        assert browse(app).focused is browse(app).table


async def test_the_builder_follows_the_text_while_it_is_typed() -> None:
    """As far as it can be read; Escape gives it up."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "f", "F")
        await type_text(pilot, "title contains VP")
        assert "title contains VP" in browse(app).query_pane.list.text
        await press(pilot, "escape")
        if browse(app).query_area.entry.is_open:  # the first one closed the choices
            await press(pilot, "escape")
        assert expression(app) == Expression()
        assert "title contains" not in screen_text(app)


async def test_a_text_that_cannot_be_read_shows_where() -> None:
    """Nothing is asked, and what was typed stays."""
    backend = small_workspace()
    async with deck(backend, WIDE) as (app, pilot):
        before = len(backend.sent)
        await press(pilot, "F")
        await type_text(pilot, "titel = x")
        await press(pilot, "enter")
        assert "Did you mean title?" in screen_text(app)
        assert browse(app).query_area.entry.text == "titel = x"
        assert len(backend.sent) == before


async def test_the_json_face_is_edited_too() -> None:
    """What is asked is shown as the API takes it; what is written there is asked."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "json")
        await press(pilot, "enter")
        entry = browse(app).query_area.json_entry
        assert entry.value == '{"limit": 50}'
        entry.value = '{"filters":[{"field":"stage","operator":"eq","value":"won"}]}'
        await press(pilot, "enter")
        assert expression(app) == Expression((Condition("stage", "eq", "won"),))
        assert "stage = won" in screen_lines(app)[2]


async def test_json_that_is_none_is_told_and_kept() -> None:
    """Both what is no JSON and what is no query."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "json")
        await press(pilot, "enter")
        entry = browse(app).query_area.json_entry
        entry.value = '{"filters":'
        await press(pilot, "enter")
        assert "Not JSON" in screen_text(app)
        entry.value = '{"filter":[]}'
        await press(pilot, "enter")
        assert "/filter is none of the words of this body" in screen_text(app)
        assert entry.is_open


async def test_the_request_follows_the_builder() -> None:
    """Every face moves with the one that is edited."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "f", "i")
        assert '"filters"' not in screen_text(app)
        await press(pilot, "escape")
        await press(pilot, "i")
        browse(app).query_pane.list.focus()
        await press(pilot, "a")
        await type_text(pilot, "stage")
        await press(pilot, "enter", "enter")
        await type_text(pilot, "won")
        await press(pilot, "enter")
        assert '"value": "won"' in screen_text(app)
        assert "crmdeck query contact 'stage = won'" in screen_text(app)


async def test_only_and_all_but_the_value_of_a_cell() -> None:
    """Each is asked at once, and stands in the query line."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "l", "l", "equals_sign")
        assert expression(app).nodes == (Condition("stage", "eq", "new"),)
        await press(pilot, "j", "l", "tilde")
        assert len(expression(app).nodes) == 2
        assert "edited" not in screen_lines(app)[2]


async def test_like_this_row() -> None:
    """Choices and references are what rows have in common."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "ampersand")
        fields = [row.field for row in expression(app).nodes if isinstance(row, Condition)]
        assert "stage" in fields
        assert "display_name" not in fields


async def test_a_query_is_saved_and_found_again() -> None:
    """By three letters, in the list of saved queries; opened it is asked."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "l", "l", "equals_sign", "ctrl+s")
        await type_text(pilot, "mine/New ones")
        await press(pilot, "enter")
        assert "Saved as mine/New ones" in screen_text(app)
        await press(pilot, "F", "ctrl+u", "escape", "enter")
        assert expression(app) == Expression()
        await press(pilot, "H")
        await type_text(pilot, "new")
        assert "mine/New ones" in screen_text(app)
        await press(pilot, "enter")
        assert expression(app).nodes == (Condition("stage", "eq", "new"),)
        assert "stage = new" in screen_lines(app)[2]


async def test_a_name_that_is_taken_needs_a_second_enter() -> None:
    """The query that has it is told; nothing is replaced by a slip."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "ctrl+s")
        await type_text(pilot, "mine")
        await press(pilot, "enter", "2", "ctrl+s")
        await type_text(pilot, "mine")
        await press(pilot, "enter")
        assert "Enter again replaces it." in screen_text(app)
        await press(pilot, "enter")
        assert "Saved as mine" in screen_text(app)


async def test_statistics_filter_by_a_value() -> None:
    """Enter on a bar asks for it."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "l", "l", "number_sign")
        assert "of all 37" in screen_text(app)
        await press(pilot, "enter")
        assert [row.field for row in expression(app).nodes if isinstance(row, Condition)] == [
            "stage"
        ]


async def test_columns_are_arranged() -> None:
    """A column that is switched off is gone from the table, and stays off after a refresh."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "l", "c", "space", "enter")
        names = [row.api_name for row in browse(app).table.columns]
        assert "primary_email" not in names
        await press(pilot, "r")
        assert [row.api_name for row in browse(app).table.columns] == names


async def test_every_question_stands_in_the_history_with_its_rows() -> None:
    """Once, however often it is asked."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "l", "l", "equals_sign", "r", "r")
        browser = browse(app).browser
        assert browser is not None
        entries = (await browser.remembering.everything()).history
        assert [(row.text, row.row_count) for row in entries] == [("stage = new", 10)]


async def test_escape_clears_the_query_at_last() -> None:
    """All records are asked for again; the question is found in the history."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "l", "l", "equals_sign", "escape")
        assert expression(app) == Expression()
        assert "37 loaded, all there are" in screen_lines(app)[0]
        await press(pilot, "H", "enter")
        assert expression(app).nodes == (Condition("stage", "eq", "new"),)


async def test_an_empty_answer_names_the_query() -> None:
    """It is the query that matches nothing, not the workspace that is empty."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "F")
        await type_text(pilot, "title = Nobody")
        await press(pilot, "enter")
        assert "No contact matches the query" in screen_text(app)
