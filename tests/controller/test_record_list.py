"""Rows of a query: page by page, a bounded window of them, and what a broken server cannot do to it."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controller.record_list import RecordList
from app.domain.errors import BackendError, Conflict, ServerFailed
from app.domain.query import Query, Sort
from app.domain.records import Record
from tests.support.paging import ScriptedBackend, expired, people
from tests.support.small_workspace import small_workspace


def scripted(pages: Mapping[str | None, tuple[Sequence[Record], str | None]]) -> ScriptedBackend:
    """A server with one answer per cursor."""
    return ScriptedBackend({cursor: [answer] for cursor, answer in pages.items()})


async def load_all(records: RecordList) -> list[Record]:
    """Load to the end; the rows as they came, each looked at once."""
    rows: list[Record] = []
    while records.has_more:
        first = records.count
        await records.load_next()
        rows += [row for n in range(first, records.count) if (row := records.get(n)) is not None]
    return rows


@pytest.mark.parametrize("limit", [1, 7, 36, 37, 38, 100])
async def test_pages_joined_equal_the_whole(limit: int) -> None:
    """Whatever the page size, every record comes once and in the server's order."""
    backend = small_workspace()
    whole = [row for row in backend.records.values() if row.record_id.record_type == "contact"]
    rows = await load_all(RecordList(backend, Query("contact", limit=limit), kept_pages=3))
    assert rows == whole


async def test_list_is_empty_before_its_first_page() -> None:
    """Nothing is known, and there may be more."""
    records = RecordList(small_workspace(), Query("contact"))
    assert (records.count, records.is_started, records.has_more) == (0, False, True)
    assert records.get(0) is None
    assert not records.is_missing(0, 10)


async def test_end_of_the_list_is_known() -> None:
    """After the last page nothing more is asked for."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact"))
    assert await records.load_next() == 37
    assert not records.has_more
    assert await records.load_next() == 0
    assert len(backend.sent) == 1


@pytest.mark.parametrize("index", [-1, 37, 1000])
async def test_rows_that_do_not_exist_have_no_record(index: int) -> None:
    """Beside the list there is nothing, also before it."""
    records = RecordList(small_workspace(), Query("contact"))
    await records.load_next()
    assert records.get(index) is None


async def test_only_the_pages_nearby_stay_in_memory() -> None:
    """Far rows are known but forgotten; asking for them reads their page again, and forgets others."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=5), kept_pages=2)
    whole = await load_all(records)
    assert records.kept <= 10
    assert records.get(0) is None
    assert records.is_missing(0, 1)
    sent = len(backend.sent)
    await records.load_missing(3, 7)
    assert [records.get(index) for index in range(10)] == whole[:10]
    assert len(backend.sent) == sent + 2
    assert records.kept <= 10
    assert records.is_missing(30, 37)


async def test_rows_in_memory_are_not_read_again() -> None:
    """Looking at what is there sends nothing."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=5))
    await load_all(records)
    sent = len(backend.sent)
    await records.load_missing(0, 37)
    assert len(backend.sent) == sent


@given(
    st.integers(1, 12),
    st.integers(3, 6),
    st.lists(st.integers(0, 36), max_size=8),
)
def test_any_row_can_be_had_again(limit: int, kept: int, looks: list[int]) -> None:
    """However one jumps about, the rows asked for are the right ones, and the window stays bounded."""

    async def check() -> None:
        backend = small_workspace()
        records = RecordList(backend, Query("contact", limit=limit), kept_pages=kept)
        whole = await load_all(records)
        for first in looks:
            end = min(first + limit, 37)
            await records.load_missing(first, end)
            assert [records.get(index) for index in range(first, end)] == whole[first:end]
            assert records.kept <= limit * kept

    asyncio.run(check())


async def test_records_sent_twice_are_shown_once() -> None:
    """A record that moved onto the next page while one was reading is not a second row."""
    rows = people(6)
    backend = scripted({None: (rows[:3], "b"), "b": (rows[2:5], "c"), "c": (rows[4:], None)})
    records = RecordList(backend, Query("contact"))
    assert await load_all(records) == rows
    assert records.repeated == 2


async def test_records_sent_twice_are_left_out_on_re_read_too() -> None:
    """A page that is read again has the same rows as before."""
    rows = people(6)
    backend = scripted({None: (rows[:3], "b"), "b": (rows[2:5], "c"), "c": (rows[5:], None)})
    records = RecordList(backend, Query("contact"), kept_pages=1)
    assert await load_all(records) == rows
    await records.load_missing(3, 5)
    assert [records.get(3), records.get(4)] == rows[3:5]


async def test_an_empty_page_is_not_the_end() -> None:
    """A page may be empty although a next one exists."""
    rows = people(4)
    backend = scripted({None: ([], "b"), "b": (rows[:2], "c"), "c": (rows[2:], None)})
    assert await load_all(RecordList(backend, Query("contact"))) == rows


@pytest.mark.parametrize(
    "pages",
    [
        {None: (0, "a"), "a": (1, "a")},
        {None: (0, "a"), "a": (0, "b"), "b": (0, "a")},
        {None: (None, "a"), "a": (None, "b"), "b": (None, "c")},
    ],
    ids=["a page that names itself", "the same page again and again", "empty pages for ever"],
)
@pytest.mark.timeout(10)
async def test_paging_that_goes_in_circles_ends(
    pages: Mapping[str | None, tuple[int | None, str]],
) -> None:
    """A server that never ends its list is told apart from a long list, and asked no more."""
    rows = people(8)
    backend = scripted(
        {
            cursor: ([] if page is None else rows[page * 4 : page * 4 + 4], following)
            for cursor, (page, following) in pages.items()
        }
    )
    records = RecordList(backend, Query("contact"))
    with pytest.raises(BackendError, match="does not move on"):
        await load_all(records)
    assert not records.has_more
    sent = len(backend.sent)
    assert await records.load_next() == 0
    assert len(backend.sent) == sent <= 3


async def test_failed_page_leaves_the_list_as_it_was() -> None:
    """An error takes nothing away, and the next call asks for the same page."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=10))
    await records.load_next()
    backend.fail("POST /contact/_query", ServerFailed("broken"), times=1)
    cursor = records.next_cursor
    with pytest.raises(ServerFailed):
        await records.load_next()
    assert (records.count, records.next_cursor, records.has_more) == (10, cursor, True)
    assert await records.load_next() == 10


async def test_failed_re_read_leaves_the_rows_forgotten() -> None:
    """What could not be read again stays known, and is asked for the next time."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=10), kept_pages=1)
    whole = await load_all(records)
    backend.fail("POST /contact/_query", ServerFailed("broken"), times=1)
    with pytest.raises(ServerFailed):
        await records.load_missing(0, 5)
    assert records.is_missing(0, 5)
    assert records.count == 37
    await records.load_missing(0, 5)
    assert records.get(0) == whole[0]


async def test_cancelled_load_leaves_the_list_as_it_was() -> None:
    """Ctrl+C takes nothing away."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=10))
    await records.load_next()
    gate = backend.hold("POST /contact/_query")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(records.load_next(), 0.01)
    gate.set()
    assert records.count == 10
    assert await records.load_next() == 10


async def test_two_loads_at_once_add_one_page() -> None:
    """Asked for twice before the answer came, the page is taken once."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=10))
    assert sorted(await asyncio.gather(records.load_next(), records.load_next())) == [0, 10]
    assert (records.count, records.repeated) == (10, 0)


async def test_pages_are_asked_for_in_the_order_of_the_query() -> None:
    """Every page carries the same sort; the server could not resume otherwise."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", sort=(Sort.parse("-display_name"),), limit=10))
    names = [str(row.attributes["display_name"]) for row in await load_all(records)]
    assert names == sorted(names, key=str.casefold, reverse=True)


async def test_rows_in_memory_are_told_with_their_place() -> None:
    """What a filter over loaded rows looks at."""
    records = RecordList(small_workspace(), Query("contact", limit=10), kept_pages=1)
    await load_all(records)
    assert [index for index, _ in records.in_memory()] == list(range(30, 37))


async def test_records_that_moved_far_are_one_row_too() -> None:
    """A record edited while one reads may come again many pages later; its row stays and shows what came last."""
    rows = people(8)
    later = replace(rows[0], attributes={**rows[0].attributes, "display_name": "Edited"})
    backend = scripted(
        {
            None: (rows[:2], "b"),
            "b": (rows[2:4], "c"),
            "c": (rows[4:6], "d"),
            "d": ([*rows[6:], later], None),
        }
    )
    records = RecordList(backend, Query("contact"))
    await load_all(records)
    assert [records.get(index) for index in range(records.count)] == [later, *rows[1:]]
    assert (records.repeated, records.changes) == (1, 1)


async def test_a_total_is_known_only_at_the_end() -> None:
    """More on the server, or a server whose paging broke: the rows so far are no total."""
    rows = people(4)
    backend = scripted({None: (rows[:2], "b"), "b": (rows[2:], "b")})
    records = RecordList(backend, Query("contact"))
    await records.load_next()
    assert not records.is_complete
    with pytest.raises(BackendError):
        await records.load_next()
    assert (records.count, records.has_more, records.is_complete) == (4, False, False)
    whole = RecordList(small_workspace(), Query("contact"))
    await whole.load_next()
    assert whole.is_complete


async def test_an_expired_cursor_reads_the_list_again_and_once() -> None:
    """The rows are those of the server now, none twice, at least as many as before, and one more page."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=10))
    await records.load_next()
    await records.load_next()
    first = next(iter(backend.records))
    del backend.records[first]
    backend.expire_cursors()
    sent = len(backend.sent)
    assert await records.load_next() == 10
    assert (records.count, records.restarts, len(backend.sent) - sent) == (30, 1, 4)
    ids = [row.record_id for _, row in records.in_memory()]
    assert len(set(ids)) == 30
    assert first not in ids
    assert len(await load_all(records)) == 6
    assert records.restarts == 1


async def test_the_place_is_found_again_by_the_record() -> None:
    """A record that moved down meanwhile is looked for a little further, and stays in memory."""
    rows = people(12)
    backend = ScriptedBackend(
        {
            None: [(rows[:3], "b"), (rows[6:9], "x")],
            "b": [expired()],
            "x": [(rows[9:12], "y")],
            "y": [(rows[:3], "z")],
            "z": [(rows[3:6], None)],
        }
    )
    records = RecordList(backend, Query("contact"), kept_pages=1)
    await records.load_next()
    assert await records.load_next(rows[1].record_id) == 6
    assert records.row_of(rows[1].record_id) == 7
    assert records.row_of(rows[4].record_id) is None
    assert records.has_more


async def test_a_record_that_is_gone_is_not_looked_for_to_the_end() -> None:
    """Two pages more, not all of them."""
    backend = small_workspace(contacts=100)
    records = RecordList(backend, Query("contact", limit=10))
    await records.load_next()
    gone = records.get(4)
    assert gone is not None
    del backend.records[gone.record_id]
    backend.expire_cursors()
    await records.load_next(gone.record_id)
    assert (records.count, records.row_of(gone.record_id)) == (40, None)


async def test_a_cursor_that_expires_twice_ends_in_an_error() -> None:
    """The list stays as it was; the server is not asked for ever."""
    rows = people(4)
    backend = ScriptedBackend({None: [(rows[:2], "b")], "b": [expired()]})
    records = RecordList(backend, Query("contact"))
    await records.load_next()
    with pytest.raises(Conflict, match="expired"):
        await records.load_next()
    assert (records.count, records.restarts, len(backend.sent)) == (2, 0, 4)
    assert [records.get(0), records.get(1)] == rows[:2]


async def test_rows_forgotten_behind_an_expired_cursor_are_read_again() -> None:
    """Scrolled back to after an hour, the rows asked for are there."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=5), kept_pages=2)
    whole = await load_all(records)
    backend.expire_cursors()
    await records.load_missing(12, 20)
    assert [records.get(row) for row in range(12, 20)] == whole[12:20]
    assert records.restarts == 1
    assert (records.count, records.has_more) == (20, True)


async def test_rows_read_again_never_stand_twice_on_screen() -> None:
    """A page that changed on the server shows no record that another row has."""
    rows = people(6)
    backend = scripted({None: (rows[:3], "b"), "b": (rows[3:], None)})
    records = RecordList(backend, Query("contact"), kept_pages=1)
    await load_all(records)
    backend.answers[None] = [([rows[0], rows[4], rows[1]], "b")]
    records_kept = {row.record_id for _, row in records.in_memory()}
    await records.load_missing(0, 3)
    assert rows[4].record_id in records_kept
    assert [row.record_id for _, row in records.in_memory()] == [row.record_id for row in rows[:2]]


async def test_rows_can_be_walked_without_keeping_them() -> None:
    """What is in memory is given as it is, the rest is fetched; the window stays where it was."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=10), kept_pages=1)
    whole = await load_all(records)
    sent = len(backend.sent)
    walked = [row async for part in records.walk(5, 33) for row in part]
    assert walked == whole[5:33]
    assert len(backend.sent) - sent == 3
    assert [index for index, _ in records.in_memory()] == list(range(30, 37))
