"""Paging in the deck: one page ahead and no more, totals only when known, an expired cursor, counting on request."""

import pytest

from tests.support.backends import MemoryBackend
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle
from tests.support.paging import expired
from tests.support.small_workspace import small_workspace

QUERY = "POST /contact/_query"


def pages(backend: MemoryBackend) -> int:
    """Pages asked for so far."""
    return backend.sent.count(QUERY)


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (100, 70), (80, 140)])
async def test_a_page_down_reads_one_page_beyond_the_screen_at_most(size: tuple[int, int]) -> None:
    """At the start nothing is read ahead; each PgDn fills the screen, and one page at most lies beyond it."""
    backend = small_workspace(contacts=600)
    async with deck(backend, size) as (app, pilot):
        view = browse(app).view
        assert view is not None
        assert view.records is not None
        height = len(browse(app).table.rows_on_screen)
        on_screen = -(-height // 50)
        assert pages(backend) == on_screen
        for _ in range(6):
            before = pages(backend)
            await press(pilot, "pagedown")
            assert pages(backend) - before <= on_screen
            shown_end = browse(app).table.rows_on_screen.stop
            beyond = [first for first in range(0, view.records.count, 50) if first >= shown_end]
            assert len(beyond) <= 1


async def test_moving_within_the_page_ahead_asks_nothing() -> None:
    """What is in reserve is used first."""
    backend = small_workspace(contacts=600)
    async with deck(backend) as (_, pilot):
        await press(pilot, "pagedown", "pagedown", "pagedown")
        sent = len(backend.sent)
        await press(pilot, "j", "j", "k", "pageup", "pagedown")
        assert len(backend.sent) == sent


async def test_a_total_is_shown_only_when_it_is_known() -> None:
    """More on server, then all there are."""
    async with deck(small_workspace(contacts=60)) as (app, pilot):
        assert "50 loaded, more on server" in screen_lines(app)[0]
        await press(pilot, "G", "G")
        assert "60 loaded, all there are" in screen_lines(app)[0]


async def test_an_expired_cursor_is_told_and_keeps_the_place() -> None:
    """The list is read again from its start, no row stands twice, and one is on the same record."""
    backend = small_workspace(contacts=150)
    async with deck(backend) as (app, pilot):
        await press(pilot, *["pagedown"] * 2)
        table, view = browse(app).table, browse(app).view
        assert view is not None
        assert view.records is not None
        row = view.row_count - 1
        last = view.record(row)
        assert last is not None
        for record_id in [*backend.records][:3]:
            del backend.records[record_id]
        backend.expire_cursors()
        await press(pilot, "G")
        assert view.records.restarts == 1
        ids = [record.record_id for _, record in view.records.in_memory()]
        assert len(ids) == len(set(ids)) > row
        current = view.record(table.cursor_row)
        assert current is not None
        assert current.record_id == last.record_id
        assert view.row == table.cursor_row == row - 3


async def test_the_note_of_an_expired_cursor_is_on_screen() -> None:
    """Said once, in words, and the time of the reading is the new one."""
    backend = small_workspace(contacts=150)
    async with deck(backend) as (app, pilot):
        backend.expire_cursors()
        await press(pilot, "G")
        await settle(pilot)
        assert "cursor expired; the list was read again from its start" in screen_text(app)


async def test_a_cursor_that_always_expires_is_an_error_in_words() -> None:
    """The rows stay, and the server is not asked for ever."""
    backend = small_workspace(contacts=150)
    async with deck(backend) as (app, pilot):
        ask = backend.query

        async def always_expired(query: object, cursor: object = None) -> object:
            if cursor is not None:
                backend.sent.append(QUERY)
                raise expired()
            return await ask(query)  # type: ignore[arg-type]

        backend.query = always_expired  # type: ignore[method-assign,assignment]
        before = pages(backend)
        await press(pilot, "G")
        assert "cursor expired, and so did the one" in screen_text(app)
        assert "Person001" in screen_text(app) or "Person050" in screen_text(app)
        assert pages(backend) - before <= 3


async def test_counting_tells_the_cost_first() -> None:
    """R asks nothing; R again counts, and the header has the number with its time."""
    backend = small_workspace(contacts=250)
    async with deck(backend, (160, 45)) as (app, pilot):
        sent = len(backend.sent)
        await press(pilot, "R")
        assert "unknown: at least 50 rows; R again asks up to 200 requests" in screen_text(app)
        assert len(backend.sent) == sent
        await press(pilot, "R")
        assert len(backend.sent) == sent + 3
        assert "250 counted" in screen_lines(app)[0]
        await press(pilot, "R")
        assert "R again counts anew: about 3 requests" in screen_text(app)


async def test_counting_what_is_all_there_asks_nothing() -> None:
    """The list's end is known."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        sent = len(backend.sent)
        await press(pilot, "R", "R")
        assert "37 rows: these are all there are" in screen_text(app)
        assert len(backend.sent) == sent


async def test_escape_stops_counting_and_keeps_what_was_counted() -> None:
    """And one can go on."""
    backend = small_workspace(contacts=250)
    async with deck(backend) as (app, pilot):
        await press(pilot, "R")
        gate = backend.hold(QUERY)
        await press(pilot, "R")
        assert "counting" in screen_text(app)
        await press(pilot, "escape")
        assert "Stopped: nothing counted; R goes on" in screen_text(app)
        assert app.is_running
        gate.set()
        await press(pilot, "R")
        await press(pilot, "R")
        assert "250 counted" in screen_text(app)


async def test_another_query_is_not_the_one_that_was_counted() -> None:
    """A sort does not change the number, but what is asked is another question: its number is not known."""
    backend = small_workspace(contacts=250)
    async with deck(backend, (160, 45)) as (app, pilot):
        await press(pilot, "R", "R")
        assert "250 counted" in screen_lines(app)[0]
        await press(pilot, "s")
        assert "more on server" in screen_lines(app)[0]


async def test_export_opens_with_what_is_known() -> None:
    """E offers the rows on screen, the loaded ones, and all with the counted number."""
    backend = small_workspace(contacts=250)
    async with deck(backend) as (app, pilot):
        height = len(browse(app).table.rows_on_screen)
        await press(pilot, "R", "R", "E")
        assert "250 rows, about 3 requests" in screen_text(app)
        await press(pilot, "left")
        assert f"{height} rows, no request" in screen_text(app)
        await press(pilot, "escape")
        assert "Export" not in screen_lines(app)[0]
