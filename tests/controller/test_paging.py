"""Reading on: what a page brings, when a server's paging is broken, what an expired cursor costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.controller.pages import Pages
from app.controller.paging import MAX_PAGE, Pager, is_page_wanted
from app.controller.seen_ids import SeenIds, id_digest
from app.domain.errors import BadAnswer, Conflict, Fault, Rejected, ServerFailed
from app.domain.query import Query
from app.domain.records import Cursor, Page, Record, RecordId
from tests.support.backends import MemoryBackend
from tests.support.paging import ScriptedBackend, expired, people
from tests.support.small_workspace import small_workspace


def page(records: list[Record], following: str | None) -> Page:
    """An answer."""
    return Page(tuple(records), None if following is None else Cursor(following))


def test_a_page_tells_new_records_from_those_given_before() -> None:
    """What comes again is told apart, with its later version."""
    rows = people(4)
    pager = Pager()
    assert pager.take(page(rows[:3], "b")).new == tuple(rows[:3])
    taken = pager.take(page(rows[2:], None))
    assert (taken.new, taken.again) == ((rows[3],), (rows[2],))
    assert (pager.repeated, pager.is_at_end, pager.has_more) == (1, True, False)


def test_paging_is_stuck_after_two_pages_without_anything_new() -> None:
    """One such page may happen; a cursor that names itself may not."""
    rows = people(2)
    pager = Pager()
    pager.take(page(rows, "b"))
    pager.take(page(rows, "c"))
    assert not pager.is_stuck
    pager.take(page([], "d"))
    assert pager.is_stuck
    pager = Pager()
    pager.take(page(rows, "b"))
    pager.take(page(people(4), "b"))
    assert pager.is_stuck


def test_a_restart_gives_nothing_twice() -> None:
    """Pages of known records are progress after a restart, but not for ever."""
    rows = people(8)
    pager = Pager()
    pager.take(page(rows[:3], "b"))
    pager.take(page(rows[3:6], "c"))
    pager.restart(expired())
    assert pager.cursor is None
    for first, following in ((0, "x"), (2, "y"), (4, "z")):
        assert pager.take(page(rows[first : first + 2], following)).new == ()
    assert not pager.is_stuck
    assert pager.take(page(rows[6:], None)).new == tuple(rows[6:])
    assert pager.repeated == 0


def test_a_cursor_that_expires_again_is_an_error() -> None:
    """The second time the server is asked no more; its own code stays."""
    pager = Pager()
    pager.take(page(people(1), "b"))
    pager.restart(expired())
    pager.take(page(people(2), "c"))
    with pytest.raises(Conflict, match="expired, and so did") as caught:
        pager.restart(expired())
    assert caught.value.code == "invalid_cursor"


def test_only_an_expired_cursor_restarts() -> None:
    """Other errors pass; so does this one where no cursor was sent, or where one was handed over from outside."""
    pager = Pager()
    for error in (ServerFailed("broken"), Rejected("no", faults=(Fault("unsortable_field"),))):
        with pytest.raises(type(error)):
            pager.restart(error)
    with pytest.raises(Rejected):
        pager.restart(expired())
    with pytest.raises(Rejected):
        Pager(start=Cursor("old")).restart(expired())


@pytest.mark.parametrize(
    ("count", "last_page", "shown_end", "wanted_end", "is_wanted"),
    [
        (50, 0, 15, 15, False),
        (50, 0, 50, 65, True),
        (100, 50, 50, 65, False),
        (100, 50, 65, 115, True),
        (50, 0, 90, 90, True),
        (150, 100, 180, 270, True),
        (200, 150, 180, 270, True),
        (250, 200, 180, 270, False),
    ],
)
def test_one_page_ahead_and_no_more(
    count: int, last_page: int, shown_end: int, wanted_end: int, is_wanted: bool
) -> None:
    """The screen is filled, then one page that lies beyond it."""
    assert is_wanted == is_page_wanted(
        count=count, last_page=last_page, shown_end=shown_end, wanted_end=wanted_end
    )


@given(st.lists(st.integers(0, 2000), max_size=3000))
def test_seen_ids_are_a_set(numbers: list[int]) -> None:
    """The flat table holds exactly what was put into it."""
    digests = [id_digest(RecordId("contact", str(number))) for number in numbers]
    seen = SeenIds()
    plain: set[int] = set()
    for digest in digests:
        assert seen.add(digest) == (digest not in plain)
        plain.add(digest)
    assert len(seen) == len(plain)
    assert all(digest in seen for digest in plain)
    assert id_digest(RecordId("contact", "-1")) not in seen


def test_an_id_of_any_characters_has_a_digest() -> None:
    """Lone surrogates and empty ids are ids as well."""
    digests = {id_digest(RecordId("contact", text)) for text in ("", "\ud800", "\x00", "a")}
    assert len(digests) == 4
    assert 0 not in digests


async def read(pages: Pages) -> list[Record]:
    """Everything, in order."""
    return [record async for part in pages.read() for record in part]


@pytest.mark.parametrize("is_ahead", [False, True])
async def test_pages_read_again_after_an_expired_cursor(is_ahead: bool) -> None:
    """Each record comes once, those the server gained meanwhile too."""
    rows = people(6)
    backend = ScriptedBackend(
        {
            None: [(rows[:2], "b"), (rows[:3], "x")],
            "b": [(rows[2:4], "c")],
            "c": [expired()],
            "x": [(rows[3:], None)],
        }
    )
    pages = Pages(backend, Query("contact"), is_ahead=is_ahead)
    assert await read(pages) == rows
    assert pages.was_read_again
    assert (pages.requests, pages.repeated) == (5, 0)


async def test_pages_end_when_the_new_cursor_expires_too() -> None:
    """What was given before holds."""
    rows = people(4)
    backend = ScriptedBackend({None: [(rows[:2], "b")], "b": [expired()]})
    pages = Pages(backend, Query("contact"))
    with pytest.raises(Conflict, match="expired"):
        await read(pages)
    assert pages.count == 2
    assert backend.sent == ["contact None", "contact b", "contact None", "contact b"]


async def test_pages_are_as_large_as_the_server_allows() -> None:
    """Reading all takes the fewest requests."""
    backend = small_workspace(contacts=250)
    pages = Pages(backend, Query("contact", limit=7))
    assert len(await read(pages)) == 250
    assert pages.requests == 3
    assert MAX_PAGE == 100


class SkimmedBackend(MemoryBackend):
    """Notes what was skimmed."""

    skimmed = 0

    async def skim(self, query: Query, cursor: Cursor | None = None) -> Page:
        self.skimmed += 1
        return await super().skim(query, cursor)


@pytest.mark.parametrize(("is_skimmed", "skimmed"), [(False, 0), (True, 3)])
async def test_only_pages_that_are_let_go_are_skimmed(is_skimmed: bool, skimmed: int) -> None:
    """Who keeps records wants them read: unread ones take several times the memory."""
    small = small_workspace(contacts=250)
    backend = SkimmedBackend(small.record_types.values(), small.records.values())
    pages = Pages(backend, Query("contact"), is_skimmed=is_skimmed)
    assert len(await read(pages)) == 250
    assert backend.skimmed == skimmed


async def test_leaving_early_lets_go_of_the_page_that_is_under_way() -> None:
    """One page ahead, not more, and nothing is left running."""
    backend = small_workspace(contacts=250)
    reading = Pages(backend, Query("contact"), is_ahead=True).read()
    async for _ in reading:
        break
    await reading.aclose()
    assert len(backend.sent) <= 2


async def test_pages_stop_where_paging_does_not_move_on() -> None:
    """The rows of the page that names itself are given before the error."""
    rows = people(4)
    backend = ScriptedBackend({None: [(rows[:2], "b")], "b": [(rows[2:], "b")]})
    pages = Pages(backend, Query("contact"))
    with pytest.raises(BadAnswer, match="does not move on"):
        await read(pages)
    assert pages.count == 4
