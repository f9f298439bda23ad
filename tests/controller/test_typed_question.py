"""A tab that starts with a question as text."""

from datetime import UTC, datetime

import pytest

from app.controller.browse import Browser
from app.domain.errors import Rejected
from app.domain.query import Filter
from tests.support.small_workspace import memory_session

NOW = datetime(2026, 6, 17, 9, 30, tzinfo=UTC)


async def test_the_text_is_read_when_the_schema_is_there() -> None:
    """With the schemas of its paths, so that words mean what they mean beside their attributes."""
    browser = Browser(memory_session(), lambda: NOW)
    view = browser.view("contact")
    view.typed = "title = CTO and accounts.created_at < today"
    await browser.open(view, NOW)
    assert browser.query(view).filters == (
        Filter("title", "eq", "CTO"),
        Filter("accounts.created_at", "lt", "2026-06-17T00:00:00Z"),
    )
    assert view.asked == view.expression


async def test_a_text_that_is_none_asks_nothing_and_is_said_once() -> None:
    """The next reading asks for all."""
    browser = Browser(memory_session(), lambda: NOW)
    view = browser.view("contact")
    view.typed = "titel = CTO"
    with pytest.raises(Rejected, match=r"no attribute titel\. Did you mean title\? \(column 1\)"):
        await browser.open(view, NOW)
    assert view.records is None
    await browser.open(view, NOW)
    assert view.row_count == 37
