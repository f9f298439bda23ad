"""Building a query by keys: clauses are made, joined, moved, switched off, asked; what is wrong is named first."""

import pytest

from app.domain.errors import Fault, Rejected
from app.domain.expression import Condition, ConditionGroup, DateWord, Expression
from app.domain.query import Direction, GroupKind, Sort
from tests.support.deck import browse, deck, press, screen_lines, screen_text, type_text
from tests.support.small_workspace import small_workspace

NARROW, WIDE = (80, 24), (160, 45)
STAGE = Condition("stage", "eq", "working")
TITLE = Condition("title", "contains", "VP")


async def answer(pilot: object, *texts: str) -> None:
    """Type and take each answer in turn."""
    for text in texts:
        await type_text(pilot, text)  # type: ignore[arg-type]  # a pilot of any application
        await press(pilot, "enter")  # type: ignore[arg-type]  # as above


async def test_a_condition_is_made_and_asked_by_keys_alone() -> None:
    """Nothing is sent before r; then the rows answer."""
    backend = small_workspace()
    async with deck(backend, WIDE) as (app, pilot):
        before = len(backend.sent)
        await press(pilot, "f", "a")
        await answer(pilot, "stage", "=", "wor")
        view = browse(app).view
        assert view is not None
        assert view.expression == Expression((STAGE,))
        assert "edited, not asked: r asks" in screen_lines(app)[2]
        assert "stage = working" in screen_lines(app)[2]
        assert len(backend.sent) == before
        await press(pilot, "r")
        assert view.row_count == 9
        assert "edited" not in screen_lines(app)[2]


async def test_on_a_narrow_screen_the_pane_covers_the_table_until_it_is_asked() -> None:
    """The rows come to the front with the answer; f brings the query back."""
    async with deck(size=NARROW) as (app, pilot):
        await press(pilot, "f")
        assert not browse(app).list_area.display
        await press(pilot, "a")
        await answer(pilot, "stage", "=", "won")
        await press(pilot, "r")
        assert browse(app).list_area.display
        assert browse(app).focused is browse(app).table
        await press(pilot, "f")
        assert " > stage = won" in screen_text(app)


async def test_escape_leaves_step_by_step() -> None:
    """The question, then the pane; what was edited stays."""
    async with deck(size=NARROW) as (app, pilot):
        await press(pilot, "f", "a")
        await answer(pilot, "title")
        await press(pilot, "escape")
        assert browse(app).query_pane.is_open
        await press(pilot, "escape")
        assert not browse(app).query_pane.is_open
        assert browse(app).focused is browse(app).table


@pytest.mark.parametrize(
    ("keys", "nodes"),
    [
        (["space"], (Condition("stage", "eq", "working", is_off=True), TITLE)),
        (["space", "space"], (STAGE, TITLE)),
        (["n"], (ConditionGroup(GroupKind.NOT, (STAGE,)), TITLE)),
        (["n", "n"], (STAGE, TITLE)),
        (["o"], (ConditionGroup(GroupKind.OR, (STAGE, TITLE)),)),
        (["x"], (TITLE,)),
        (["delete"], (TITLE,)),
        (["J"], (TITLE, STAGE)),
        (["down", "K"], (TITLE, STAGE)),
        (["left_parenthesis"], (ConditionGroup(GroupKind.OR, (STAGE,)), TITLE)),
        (["left_parenthesis", "right_parenthesis"], (STAGE, TITLE)),
        (["x", "x", "u"], (TITLE,)),
        (["x", "u"], (STAGE, TITLE)),
    ],
)
async def test_keys_edit_the_clause_under_the_cursor(
    keys: list[str], nodes: tuple[object, ...]
) -> None:
    """And the query line follows at once."""
    async with deck(size=WIDE) as (app, pilot):
        await with_expression(app, pilot, Expression((STAGE, TITLE)))
        await press(pilot, "f", *keys)
        view = browse(app).view
        assert view is not None
        assert view.expression.nodes == nodes
        assert browse(app).browser is not None
        assert browse(app).browser.text(view) in screen_lines(app)[2]  # type: ignore[union-attr]  # checked above


async def test_the_cursor_stays_on_the_clause_that_moves() -> None:
    """So that it can be moved on."""
    async with deck(size=WIDE) as (app, pilot):
        await with_expression(app, pilot, Expression((STAGE, TITLE)))
        await press(pilot, "f", "J")
        assert " > stage = working" in screen_text(app)


async def test_a_clause_that_is_off_is_shown_and_not_asked() -> None:
    """It says so in a word."""
    backend = small_workspace()
    async with deck(backend, WIDE) as (app, pilot):
        await with_expression(app, pilot, Expression((STAGE,)))
        await press(pilot, "f", "space", "r")
        assert "off stage = working" in screen_text(app)
        view = browse(app).view
        assert view is not None
        assert view.row_count == 37


async def test_sort_keys_are_added_flipped_and_limited() -> None:
    """Three at most, each from the sortable attributes, none twice."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "f", "G", "enter")
        await answer(pilot, "last_name")
        await press(pilot, "enter")
        for name in ("first_name", "title"):
            await press(pilot, "G", "enter")
            await answer(pilot, name)
        view = browse(app).view
        assert view is not None
        keys = (Sort("last_name", Direction.DESC), Sort("first_name"), Sort("title"))
        assert view.expression.sort == keys
        await press(pilot, "G", "enter")
        assert "sort_too_many_fields" in screen_text(app)


async def test_a_date_word_shows_what_will_be_sent() -> None:
    """And stays a word."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "f", "a")
        await answer(pilot, "updated_at", ">=", "2020")
        view = browse(app).view
        assert view is not None
        assert view.expression.nodes == (Condition("updated_at", "gte", DateWord("2020")),)
        assert "(2020-01-01T00:00:00Z)" in screen_text(app)


async def test_a_path_reads_the_schema_it_leads_to() -> None:
    """Once it is there its attributes are offered."""
    backend = small_workspace()
    async with deck(backend, WIDE) as (app, pilot):
        await press(pilot, "f", "a")
        await answer(pilot, "accounts.", "display_name", "=", "Acme Corp")
        assert "accounts.display_name =" in screen_text(app)
        assert "GET /_schema/account" in backend.sent


async def test_a_reference_is_picked_by_its_name() -> None:
    """The id is sent; the name is shown beside it."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "f", "a")
        await answer(pilot, "owner_user_id", "=", "J. D")
        assert "(J. Diaz)" in screen_text(app)
        await press(pilot, "r")
        view = browse(app).view
        assert view is not None
        assert 0 < view.row_count < 37


async def test_what_is_known_to_be_refused_is_not_sent() -> None:
    """The clause is named with the API's code and the legal choices; asked again it is sent."""
    backend = small_workspace()
    async with deck(backend, WIDE) as (app, pilot):
        wrong = Condition("stage", "contains", "wor")
        await with_expression(app, pilot, Expression((wrong,)))
        before = len(backend.sent)
        await press(pilot, "f", "r")
        assert "invalid_filter_operator" in screen_text(app)
        assert "Not sent: " in screen_text(app)
        assert len(backend.sent) == before
        await press(pilot, "r")
        assert len(backend.sent) == before + 1


async def test_a_refusal_of_the_server_is_pinned_to_its_clause() -> None:
    """Until the query is changed."""
    backend = small_workspace()
    async with deck(backend, WIDE) as (app, pilot):
        await with_expression(app, pilot, Expression((STAGE, TITLE)))
        fault = Fault("invalid_filter_value", "no such title", "/filters/1/value")
        backend.fail("POST /contact/_query", Rejected("no such title", status=422, faults=(fault,)))
        await press(pilot, "f", "r")
        lines = screen_lines(app)
        at = next(index for index, line in enumerate(lines) if "title contains" in line[:44])
        assert "! no such title" in lines[at + 1]
        await press(pilot, "space")
        assert "! no such title" not in screen_text(app)


async def test_the_query_of_each_tab_is_its_own() -> None:
    """Going to another record type and back finds it as it was."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "f", "a")
        await answer(pilot, "stage", "=", "won")
        await press(pilot, "2")
        assert "stage = won" not in screen_text(app)
        assert " Query account" in screen_text(app)
        await press(pilot, "1")
        assert "stage = won" in screen_text(app)


async def test_keys_of_the_builder_say_so_when_it_is_closed() -> None:
    """Chosen from help they name the way."""
    async with deck(size=WIDE) as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "add_clause")
        await press(pilot, "enter")
        assert "f opens it" in screen_text(app)


async def with_expression(app: object, pilot: object, expression: Expression) -> None:
    """Ask an expression in the first tab, as if it had been built before."""
    screen = browse(app)  # type: ignore[arg-type]  # any application
    assert screen.view is not None
    screen.view.expression = expression
    screen.show_lines()
    await press(pilot)  # type: ignore[arg-type]  # as above
