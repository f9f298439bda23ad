"""Which rows a column's figures are made of, and how much of the answer they claim to be."""

from datetime import UTC, datetime

from app.controller.browse import Browser, TypeView
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import memory_session, small_workspace

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


async def opened(backend: MemoryBackend) -> tuple[Browser, TypeView]:
    """The contacts with their first page."""
    browser = Browser(memory_session(backend))
    view = browser.view("contact")
    await browser.open(view, NOW)
    return browser, view


async def test_a_first_page_is_not_called_all() -> None:
    """Until the last page has come."""
    browser, view = await opened(small_workspace(contacts=120))
    records, scope = browser.counted_rows(view)
    assert (len(records), str(scope)) == (50, "of 50 loaded")
    assert view.records is not None
    while view.records.has_more:
        await view.records.load_next()
    records, scope = browser.counted_rows(view)
    assert (len(records), str(scope)) == (120, "of all 120")


async def test_rows_that_pass_the_quick_filter_are_counted_alone() -> None:
    """And never called all: the filter looks at loaded rows only."""
    browser, view = await opened(small_workspace(contacts=20))
    browser.filter_rows(view, "sarah")
    records, scope = browser.counted_rows(view)
    assert 0 < len(records) < 20
    assert str(scope) == f"of {len(records)} that match the filter, of 20 loaded"
    assert all("sarah" in str(record.attributes["display_name"]).lower() for record in records)


async def test_forgotten_pages_are_told() -> None:
    """Only so many pages stay in memory."""
    browser, view = await opened(small_workspace(contacts=1_100))
    assert view.records is not None
    while view.records.has_more:
        await view.records.load_next()
    records, scope = browser.counted_rows(view)
    assert str(scope) == f"of {len(records):,} in memory, 1,100 were loaded"
    assert not scope.is_all
