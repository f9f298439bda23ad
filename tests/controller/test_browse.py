"""Browsing without a screen: what is sent, how sorts and filters go on, and the headless twin."""

import shlex
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from app.controller.browse import Browser, TypeView
from app.domain.errors import BackendError, NotFound, ServerFailed
from app.domain.query import Direction, Sort
from app.domain.records import RecordId
from app.domain.schema import Attribute
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import memory_session, small_workspace

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)


def browser_of(backend: MemoryBackend | None = None) -> Browser:
    """A browser over the small workspace."""
    return Browser(memory_session(small_workspace() if backend is None else backend))


async def opened(browser: Browser, record_type: str = "contact") -> TypeView:
    """A filled view."""
    view = browser.view(record_type)
    await browser.open(view, NOW)
    return view


def attribute_of(view: TypeView, name: str) -> Attribute:
    """An attribute of a view by name."""
    assert view.schema is not None
    return view.schema.attribute_by_name[name]


def sort_by(browser: Browser, view: TypeView, name: str, *, is_added: bool = False) -> str | None:
    """Sort by an attribute; the error code of a refusal."""
    refusal = browser.sort_by(view, attribute_of(view, name), is_added=is_added)
    return None if refusal is None else refusal.error_code


async def test_opening_sends_one_schema_and_one_query() -> None:
    """Nothing is fetched that is not shown."""
    backend = small_workspace()
    view = await opened(browser_of(backend))
    assert backend.sent == ["GET /_schema/contact", "POST /contact/_query"]
    assert (view.row_count, view.read_at) == (37, NOW)


async def test_opening_again_sends_nothing() -> None:
    """What is there is shown."""
    backend = small_workspace()
    browser = browser_of(backend)
    view = await opened(browser)
    await browser.open(view, NOW)
    assert len(backend.sent) == 2
    assert browser.view("contact") is view


async def test_sort_goes_up_down_and_off() -> None:
    """One key, three states."""
    browser = browser_of()
    view = await opened(browser)
    seen = []
    for _ in range(3):
        assert sort_by(browser, view, "title") is None
        seen.append(view.sort)
    assert seen == [(Sort("title"),), (Sort("title", Direction.DESC),), ()]


async def test_sorting_by_another_attribute_replaces_the_sort() -> None:
    """Without adding there is one key."""
    browser = browser_of()
    view = await opened(browser)
    for name in ("title", "stage"):
        sort_by(browser, view, name, is_added=True)
    sort_by(browser, view, "last_name")
    assert view.sort == (Sort("last_name"),)


async def test_added_keys_keep_their_order() -> None:
    """A flipped key stays where it is, a dropped one leaves the others."""
    browser = browser_of()
    view = await opened(browser)
    for name in ("title", "stage", "title"):
        sort_by(browser, view, name, is_added=True)
    assert view.sort == (Sort("title", Direction.DESC), Sort("stage"))


async def test_an_added_key_that_was_flipped_is_dropped_next() -> None:
    """The other keys stay."""
    browser = browser_of()
    view = await opened(browser)
    for name in ("title", "stage", "title", "title"):
        sort_by(browser, view, name, is_added=True)
    assert view.sort == (Sort("stage"),)


async def test_fourth_sort_key_is_refused_with_the_reason() -> None:
    """The API takes three; the sort stays as it is and the code is the API's own."""
    browser = browser_of()
    view = await opened(browser)
    for name in ("title", "stage", "last_name"):
        sort_by(browser, view, name, is_added=True)
    kept = view.sort
    assert sort_by(browser, view, "first_name", is_added=True) == "sort_too_many_fields"
    assert view.sort == kept
    assert sort_by(browser, view, "stage", is_added=True) is None


async def test_unsortable_attribute_is_refused_with_the_reason() -> None:
    """The schema says so, and nothing is changed."""
    browser = browser_of()
    view = await opened(browser)
    refusal = browser.sort_by(view, attribute_of(view, "address"), is_added=False)
    assert refusal is not None
    assert refusal.error_code == "unsortable_field"
    assert "is_sortable=false" in refusal.reason
    assert view.sort == ()
    refusal = browser.sort_by_one(view, attribute_of(view, "address"), Direction.DESC)
    assert refusal is not None
    assert view.sort == ()


async def test_sorting_by_one_sets_the_direction() -> None:
    """As `:sort -title` asks for it, whatever the sort was."""
    browser = browser_of()
    view = await opened(browser)
    for _ in range(2):
        assert browser.sort_by_one(view, attribute_of(view, "title"), Direction.DESC) is None
        assert view.sort == (Sort("title", Direction.DESC),)


async def test_failed_sort_keeps_the_rows_and_their_sort() -> None:
    """The heads never tell an order that the rows do not have."""
    backend = small_workspace()
    browser = browser_of(backend)
    view = await opened(browser)
    backend.fail("POST /contact/_query", ServerFailed("broken"))
    sort_by(browser, view, "title")
    with pytest.raises(ServerFailed):
        await browser.load_first(view, NOW)
    assert view.asked.sort == ()
    assert view.row_count == 37


async def test_failed_refresh_keeps_the_rows() -> None:
    """What was read before stays."""
    backend = small_workspace()
    browser = browser_of(backend)
    view = await opened(browser)
    backend.fail("POST /contact/_query", ServerFailed("broken"), times=1)
    with pytest.raises(ServerFailed):
        await browser.load_first(view, NOW)
    assert view.row_count == 37


async def test_activity_waits_for_a_record_to_read_within() -> None:
    """Without one nothing but the schema is sent, and the types one may choose from are named."""
    backend = small_workspace()
    browser = browser_of(backend)
    view = await opened(browser, "activity")
    assert backend.sent == ["GET /_schema/activity"]
    assert "contact" in browser.needs_scope(view)
    assert view.row_count == 0


async def test_activity_is_read_within_the_record_last_looked_at() -> None:
    """The scope follows the person; another record means another list."""
    browser = browser_of()
    people = await opened(browser)
    for row in (0, 1):
        record = people.record(row)
        assert record is not None
        browser.remember(record)
        view = await opened(browser, "activity")
        assert view.scope is record
        assert browser.needs_scope(view) == ()
        names = [view.record(n).title for n in range(view.row_count)]  # type: ignore[union-attr]  # rows below row_count
        assert names == [["Call 4", "Call 1"], ["Call 5", "Call 2"]][row]


async def test_activity_of_the_same_record_is_not_read_again() -> None:
    """Coming back to the tab sends nothing."""
    backend = small_workspace()
    browser = browser_of(backend)
    people = await opened(browser)
    record = people.record(0)
    assert record is not None
    browser.remember(record)
    await opened(browser, "activity")
    sent = len(backend.sent)
    await opened(browser, "activity")
    assert len(backend.sent) == sent


@pytest.mark.parametrize(
    ("text", "count"),
    [("", 37), ("vp engineering", 13), ("VP ENG", 13), ("!vp eng", 24), ("zoë", 4), ("nobody", 0), ("!", 0)],
)  # fmt: skip
async def test_quick_filter_looks_at_the_rows_shown(text: str, count: int) -> None:
    """Upper and lower case are the same; an exclamation mark turns it round."""
    browser = browser_of()
    view = await opened(browser)
    view.quick_filter = text
    browser.apply_quick_filter(view)
    assert view.row_count == count


async def test_quick_filter_and_its_inverse_part_the_rows() -> None:
    """Each row passes one of them."""
    browser = browser_of()
    view = await opened(browser)
    found = []
    for text in ("cto", "!cto"):
        view.quick_filter = text
        browser.apply_quick_filter(view)
        found.append({view.record(row).record_id for row in range(view.row_count)})  # type: ignore[union-attr]  # rows below row_count
    assert not found[0] & found[1]
    assert len(found[0] | found[1]) == 37


async def test_rows_beyond_the_matches_have_no_record() -> None:
    """Also with a filter there is nothing beside the list."""
    browser = browser_of()
    view = await opened(browser)
    view.quick_filter = "zoë"
    browser.apply_quick_filter(view)
    assert view.record(-1) is None
    assert view.record(4) is None


async def test_command_line_is_the_query_in_words() -> None:
    """The headless twin asks the same, sort included."""
    browser = browser_of()
    view = await opened(browser)
    view.sort = (Sort("title"), Sort("updated_at", Direction.DESC))
    assert browser.command_line(view) == "crmdeck query contact --sort title --sort -updated_at"


async def test_command_line_of_a_record() -> None:
    """Reading one record has a twin too."""
    browser = browser_of()
    view = await opened(browser)
    record = view.record(0)
    assert record is not None
    line = browser.command_line(view, record)
    assert line == f"crmdeck get contact {record.record_id.id}"


async def test_command_line_of_a_scoped_view_has_its_filter() -> None:
    """The record one is within is part of the question."""
    browser = browser_of()
    record = (await opened(browser)).record(0)
    assert record is not None
    browser.remember(record)
    view = await opened(browser, "activity")
    words = shlex.split(browser.command_line(view))
    assert words[:3] == ["crmdeck", "query", "activity"]
    assert record.record_id.id in words[3]


async def test_command_line_names_the_workspace() -> None:
    """Copied into a shell it asks the same workspace."""
    session = replace(memory_session(name="acme"), command_options="--profile acme")
    browser = Browser(session)
    assert browser.command_line(browser.view("contact")) == "crmdeck query contact --profile acme"


@pytest.mark.parametrize("name", ["x; rm -rf ~", "$(id)", "a b", "'"])
async def test_command_line_is_safe_to_paste(name: str) -> None:
    """Names come from a server; in a shell they are words and no more."""
    browser = browser_of()
    view = browser.view(name)
    view.sort = (Sort(name),)
    assert shlex.split(browser.command_line(view)) == ["crmdeck", "query", name, "--sort", name]


async def test_prepared_is_what_is_then_sent() -> None:
    """The request one is shown is the one that goes out, in path and body."""
    backend = small_workspace()
    browser = browser_of(backend)
    view = await opened(browser)
    view.sort = (Sort("title", Direction.DESC),)
    request = browser.prepared(view)
    assert request.path == "/contact/_query"
    assert request == backend.prepare_query(browser.query(view))
    await browser.load_first(view, NOW)
    assert backend.sent[-1] == f"{request.method} {request.path}"


async def test_prepared_for_a_record_reads_it() -> None:
    """With a record open the request is the one that reads it."""
    browser = browser_of()
    view = await opened(browser)
    record = view.record(0)
    assert record is not None
    request = browser.prepared(view, record)
    assert (request.method, request.path) == ("GET", f"/contact/{record.record_id.id}")


async def test_unknown_type_is_an_error_of_the_server() -> None:
    """A name nobody knows is asked for, and the refusal is the server's."""
    browser = browser_of()
    with pytest.raises(NotFound) as caught:
        await opened(browser, "foo")
    assert caught.value.code == "unknown_record_type"


async def test_active_tab_is_always_among_the_tabs() -> None:
    """Also a type that only the person who typed it believes in; it leaves no tab behind."""
    browser = browser_of()
    assert "foo" in [found.name for found in browser.tab_types("foo")]
    assert "foo" not in [found.name for found in browser.tab_types("contact")]


async def test_junctions_have_a_tab_only_while_one_is_looked_at() -> None:
    """They are parts of links, not lists one browses."""
    browser = browser_of()
    await browser.discovery.walk()
    names = [found.name for found in browser.tab_types("contact")]
    assert "contact_account" not in names
    assert "renewal" in names
    assert "contact_account" in [found.name for found in browser.tab_types("contact_account")]


async def test_schema_can_be_fetched_again() -> None:
    """A change of the schema is seen without leaving."""
    backend = small_workspace()
    browser = browser_of(backend)
    view = await opened(browser)
    await browser.refetch_schema(view)
    assert backend.sent.count("GET /_schema/contact") == 2


async def test_reading_a_record_that_is_gone_is_an_error() -> None:
    """Archived meanwhile: the server's word, not an empty record."""
    with pytest.raises(BackendError):
        await browser_of().read(RecordId("contact", "gone"))


async def test_filtering_stays_on_the_record_one_is_on() -> None:
    """Setting and clearing the quick filter keep the record under the cursor while it is shown."""
    browser = browser_of()
    view = await opened(browser)
    view.row = 8
    before = view.record(8)
    assert before is not None
    browser.filter_rows(view, before.title)
    assert view.record(view.row) is before
    browser.filter_rows(view, "")
    assert view.row == 8
    browser.filter_rows(view, f"!{before.title}")
    assert view.row == 0
