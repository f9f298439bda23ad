"""Reading on in a view, with its place kept by the record one is on."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.controller.browse import TypeView
    from app.controller.record_list import RecordList
    from app.domain.records import RecordId


@dataclass(frozen=True, slots=True)
class PageLoaded:
    """What a page did to the rows that were there."""

    was_read_again: bool
    """Whether the server's cursor had expired: all rows are new, and the view's row is that of its record."""
    has_changes: bool
    """Whether rows show other values than before."""


async def load_next(view: "TypeView", records: "RecordList") -> PageLoaded:
    """Load the next page of a view's records.

    Raises:
        BackendError: the rows stay as they were.
    """
    anchor, before = _anchor(view), (records.restarts, records.changes)
    await records.load_next(anchor)
    return _settled(view, records, anchor, before)


async def load_missing(view: "TypeView", records: "RecordList", first: int, end: int) -> PageLoaded:
    """Load forgotten rows of a view's records again.

    Raises:
        BackendError: the rows stay as they were.
    """
    anchor, before = _anchor(view), (records.restarts, records.changes)
    await records.load_missing(first, end, anchor)
    return _settled(view, records, anchor, before)


def _anchor(view: "TypeView") -> "RecordId | None":
    record = view.record(view.row)
    return record.record_id if record is not None else None


def _settled(
    view: "TypeView", records: "RecordList", anchor: "RecordId | None", before: tuple[int, int]
) -> PageLoaded:
    restarts, changes = before
    was_read_again = records.restarts > restarts
    if was_read_again and view.records is records:
        row = records.row_of(anchor) if anchor is not None else None
        view.row = max(0, min(view.row, records.count - 1)) if row is None else row
    return PageLoaded(was_read_again, records.changes > changes)
