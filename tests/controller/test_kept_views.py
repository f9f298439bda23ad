"""Tabs come back as they were left, as far as the schema and the rows allow."""

from datetime import UTC, datetime

import pytest

from app.controller.browse import Browser, TypeView
from app.controller.kept_views import KeptViews
from app.controller.session import Session
from app.domain.column_layout import ColumnLayout
from app.domain.errors import Rejected
from app.domain.expression import EMPTY, Condition, Expression
from app.domain.query import Sort
from app.domain.remembered import NotRemembered, ViewKey, ViewState
from tests.support.remembered import MemoryViews
from tests.support.small_workspace import memory_session

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
CONTACT = ViewKey("contact")
ASKED = Expression(
    (Condition("stage", "eq", "working"), Condition("title", "contains", "VP", is_off=True)),
    (Sort.parse("-updated_at"),),
)
LAYOUT = ColumnLayout.from_parts(("title", "stage"), {"stage": 20}, ("stage",))


def views_of(session: Session) -> MemoryViews:
    """What the session's memory holds."""
    views = session.memory.views
    assert isinstance(views, MemoryViews)
    return views


async def opened(session: Session) -> tuple[Browser, KeptViews, TypeView]:
    """The contacts as a deck opens them."""
    browser = Browser(session, lambda: NOW)
    kept = KeptViews(browser)
    assert await kept.recall() == ""
    view = browser.view("contact")
    kept.restore(view)
    await browser.open(view, NOW)
    kept.return_to_record(view)
    return browser, kept, view


async def test_a_tab_comes_back_as_it_was_left() -> None:
    """Its query with what is off in it, its order, its columns, and the record one was on."""
    session = memory_session()
    browser, kept, view = await opened(session)
    view.expression = ASKED
    await browser.load_first(view, NOW)
    browser.arrange(view, LAYOUT)
    view.row = 3
    left = view.record(3)
    assert kept.note(view)
    assert await kept.flush() == ""

    _, _, again = await opened(session)
    assert again.expression == again.asked == ASKED
    assert [column.api_name for column in again.columns] == ["stage", "title"]
    assert again.shown_layout == LAYOUT
    assert again.pinned_count == 1
    assert again.record(again.row) == left


async def test_a_tab_nobody_touched_is_not_noted() -> None:
    """But for the record one is on."""
    session = memory_session()
    _, kept, view = await opened(session)
    first = view.record(0)
    assert first is not None
    assert kept.note(view)
    await kept.flush()
    assert views_of(session).views == {CONTACT: ViewState(cursor_id=first.record_id.id)}
    assert not kept.note(view)


async def test_what_is_edited_and_not_asked_is_not_noted() -> None:
    """Half a question is no way to begin a day."""
    session = memory_session()
    _, kept, view = await opened(session)
    kept.note(view)
    await kept.flush()
    view.expression = ASKED
    assert not kept.note(view)


async def test_a_record_that_is_not_among_the_rows_leaves_the_cursor() -> None:
    """It may have been archived, or stand on a later page."""
    session = memory_session()
    views_of(session).views[CONTACT] = ViewState(cursor_id="gone")
    _, kept, view = await opened(session)
    assert view.row == 0
    view.row = 2
    kept.return_to_record(view)
    assert view.row == 2


async def test_a_question_that_means_nothing_any_more_is_told_once() -> None:
    """The schema has lost the field; asked again, the tab shows all records."""
    session = memory_session()
    views_of(session).views[CONTACT] = ViewState("lost = 3")
    browser = Browser(session, lambda: NOW)
    kept = KeptViews(browser)
    await kept.recall()
    view = browser.view("contact")
    kept.restore(view)
    with pytest.raises(Rejected, match="lost"):
        await browser.open(view, NOW)
    kept.return_to_record(view)
    await browser.open(view, NOW)
    assert view.expression == EMPTY
    assert view.row_count == 37


async def test_a_question_from_the_command_line_comes_first() -> None:
    """What was left is not asked over it; a tab that is open stays as it is."""
    session = memory_session()
    views_of(session).views[CONTACT] = ViewState("stage = lost", ("title",))
    browser = Browser(session, lambda: NOW)
    kept = KeptViews(browser)
    await kept.recall()
    view = browser.view("contact")
    view.typed = "stage = new"
    kept.restore(view)
    await browser.open(view, NOW)
    assert view.asked == Expression((Condition("stage", "eq", "new"),))
    kept.restore(view)
    assert view.typed is None
    assert view.layout is None


async def test_a_note_that_cannot_be_written_is_told() -> None:
    """And not tried again before there is something new."""
    session = memory_session()
    _, kept, view = await opened(session)
    views_of(session).failure = "no room"
    assert kept.note(view)
    with pytest.raises(NotRemembered, match="no room"):
        await kept.flush()
    assert not kept.note(view)
    assert await kept.flush() == ""
