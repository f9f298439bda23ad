"""A tab that starts with a question as text."""

from datetime import UTC, datetime

import pytest

from app.controller.asking import Asking
from app.controller.browse import Browser
from app.controller.discovery import Discovery
from app.domain.errors import Rejected
from app.domain.query import Filter
from tests.support.small_workspace import memory_session, uuid_of

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


async def test_a_type_that_is_queried_within_a_scope_is_asked_in_its_own_words() -> None:
    """They are no attributes of its records, and yet a text can name them."""
    session = memory_session()
    discovery = Discovery(session)
    await discovery.schema("activity")
    asking = Asking(session, discovery, lambda: NOW)
    scope = uuid_of("contact", 1)
    expression = asking.parse("activity", f"contact_id = {scope} and created_at = today")
    assert asking.faults("activity", expression) == ()
    assert asking.query("activity", expression).filters == (
        Filter("contact_id", "eq", scope),
        Filter("created_at", "gte", "2026-06-17T00:00:00Z"),
        Filter("created_at", "lte", "2026-06-17T23:59:59.999999Z"),
    )
