"""Reading on in a view keeps the place by the record."""

from app.controller.browse import TypeView
from app.controller.record_list import RecordList
from app.controller.view_paging import PageLoaded, load_missing, load_next
from app.domain.query import Query
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import small_workspace


async def viewed(
    row: int, pages: int = 2, *, kept_pages: int = 20
) -> tuple[TypeView, RecordList, MemoryBackend]:
    """A view of ten rows a page, with the cursor on a row."""
    backend = small_workspace(contacts=60)
    records = RecordList(backend, Query("contact", limit=10), kept_pages=kept_pages)
    for _ in range(pages):
        await records.load_next()
    view = TypeView("contact")
    view.records, view.row = records, row
    return view, records, backend


async def test_a_page_leaves_the_place_alone() -> None:
    """Nothing is told where nothing happened."""
    view, records, _ = await viewed(19)
    assert await load_next(view, records) == PageLoaded(was_read_again=False, has_changes=False)
    assert (view.row, records.count) == (19, 30)


async def test_after_an_expired_cursor_one_is_on_the_same_record() -> None:
    """Rows before it are gone on the server: the row is another, the record is not."""
    view, records, backend = await viewed(19)
    record = view.record(19)
    for record_id in [*backend.records][6:9]:
        del backend.records[record_id]
    backend.expire_cursors()
    assert (await load_next(view, records)).was_read_again
    assert view.row == 16
    current = view.record(view.row)
    assert current is not None
    assert record is not None
    assert current.record_id == record.record_id
    assert records.count == 30


async def test_a_record_that_is_gone_leaves_one_near_its_row() -> None:
    """There is no better place."""
    view, records, backend = await viewed(19)
    record = view.record(19)
    assert record is not None
    del backend.records[record.record_id]
    backend.expire_cursors()
    await load_next(view, records)
    assert view.row == 19


async def test_scrolling_back_over_an_expired_cursor_keeps_the_record_too() -> None:
    """Forgotten rows come from a list read again."""
    view, records, backend = await viewed(0, pages=6, kept_pages=2)
    backend.expire_cursors()
    view.row = 12
    assert (await load_missing(view, records, 10, 25)).was_read_again
    assert view.row == 12
    assert all(records.get(row) is not None for row in range(12, 25))
