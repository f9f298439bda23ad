"""Counting: what it would cost, that it is told as it goes, and that it stops where it must."""

import asyncio
from datetime import UTC, datetime

import pytest

from app.controller.counting import Count, Counting
from app.controller.record_list import RecordList
from app.domain.errors import ServerFailed
from app.domain.query import Query
from tests.support.paging import ScriptedBackend, people
from tests.support.small_workspace import small_workspace

QUERY = Query("contact", limit=10)


def clock() -> datetime:
    """Two minutes past two."""
    return datetime(2026, 11, 21, 14, 2, tzinfo=UTC)


def quiet(count: Count) -> None:
    """Tells nobody."""


async def loaded(contacts: int = 250) -> tuple[Counting, RecordList]:
    """A view of a list whose end is not known."""
    records = RecordList(small_workspace(contacts=contacts), QUERY)
    await records.load_next()
    return Counting(), records


async def test_a_count_takes_the_largest_pages() -> None:
    """250 rows are three requests; the result has its time."""
    backend = small_workspace(contacts=250)
    count = Count(QUERY)
    told: list[tuple[int, int]] = []
    await count.run(backend, clock, lambda row: told.append((row.rows, row.requests)))
    assert told == [(100, 1), (200, 2), (250, 3)]
    assert (count.is_complete, count.words) == (True, "250 counted 14:02")


async def test_a_count_stops_at_its_ceiling_and_goes_on_when_asked() -> None:
    """No list is so long that it is read unasked; what was counted is not counted again."""
    backend = small_workspace(contacts=350)
    count = Count(QUERY)
    await count.run(backend, clock, quiet, ceiling=2)
    assert (count.is_complete, count.words) == (False, "at least 200 counted 14:02")
    await count.run(backend, clock, quiet, ceiling=2)
    assert (count.words, count.requests) == ("350 counted 14:02", 4)
    assert backend.sent.count("POST /contact/_query") == 4


async def test_a_cancelled_count_says_how_far_it_came() -> None:
    """Esc leaves what is known, and the next one goes on from there."""
    backend = small_workspace(contacts=250)
    count = Count(QUERY)
    await count.run(backend, clock, quiet, ceiling=1)
    gate = backend.hold("POST")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(count.run(backend, clock, quiet), 0.01)
    assert count.words == "at least 100 counted 14:02"
    gate.set()
    await count.run(backend, clock, quiet)
    assert count.words == "250 counted 14:02"


async def test_a_failed_count_says_how_far_it_came() -> None:
    """An error takes nothing away."""
    backend = small_workspace(contacts=250)
    count = Count(QUERY)
    await count.run(backend, clock, quiet, ceiling=1)
    backend.fail("POST", ServerFailed("broken"), times=1)
    with pytest.raises(ServerFailed):
        await count.run(backend, clock, quiet)
    assert count.rows == 100
    await count.run(backend, clock, quiet)
    assert count.rows == 250


async def test_a_count_gone_on_with_too_late_begins_anew() -> None:
    """The server's cursor expired meanwhile: the number is right all the same."""
    backend = small_workspace(contacts=250)
    count = Count(QUERY)
    await count.run(backend, clock, quiet, ceiling=1)
    backend.expire_cursors()
    await count.run(backend, clock, quiet)
    assert count.words == "250 counted 14:02"


async def test_repeated_records_count_once() -> None:
    """A record that moved while one counted is one record."""
    rows = people(5)
    backend = ScriptedBackend({None: [(rows[:3], "b")], "b": [(rows[1:], None)]})
    count = Count(QUERY)
    await count.run(backend, clock, quiet)
    assert (count.rows, count.is_complete) == (5, True)


async def test_a_finished_count_is_made_anew() -> None:
    """Asked again, it asks the server again."""
    backend = small_workspace(contacts=150)
    count = Count(QUERY)
    await count.run(backend, clock, quiet)
    del backend.records[next(iter(backend.records))]
    await count.run(backend, clock, quiet)
    assert count.words == "149 counted 14:02"


async def test_the_cost_is_told_first() -> None:
    """The first time words, the second time the count."""
    counting, records = await loaded()
    told = counting.offer(records)
    assert told == "unknown: at least 10 rows; R again asks up to 200 requests to count, Esc stops"
    assert counting.offer(records) == ""
    assert counting.total(records) is None


async def test_the_cost_is_known_once_it_was_counted() -> None:
    """About as many requests as before."""
    counting, records = await loaded()
    await counting.start(QUERY).run(small_workspace(contacts=250), clock, quiet)
    assert counting.offer(records) == "250 counted 14:02; R again counts anew: about 3 requests"
    assert counting.total(records) == 250
    assert counting.known(Query("contact", limit=11)) is None


async def test_an_unfinished_count_is_offered_to_go_on() -> None:
    """And is no total."""
    counting, records = await loaded()
    await counting.start(QUERY).run(small_workspace(contacts=250), clock, quiet, ceiling=1)
    assert counting.offer(records).startswith("at least 100 counted 14:02; R again goes on")
    assert counting.total(records) is None
    assert counting.start(QUERY).rows == 100


async def test_a_whole_list_needs_no_count() -> None:
    """What is loaded to its end is the total."""
    counting, records = await loaded(contacts=7)
    assert counting.offer(records).startswith("7 rows: these are all")
    assert counting.total(records) == 7
