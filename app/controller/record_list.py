"""The records of one query, loaded page by page as they are looked at, of which a bounded window is kept."""

from bisect import bisect_right
from collections.abc import AsyncGenerator, Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.controller.paging import (
    PAGING_STUCK,
    Pager,
    expired_twice,
    is_cursor_expired,
    is_page_wanted,
)
from app.domain.backend import Backend
from app.domain.errors import BackendError, BadAnswer
from app.domain.query import Query
from app.domain.records import Cursor, Record, RecordId

KEPT_PAGES: Final = 20
"""Pages whose records stay in memory; the others keep their cursor and are fetched again when looked at."""

ANCHOR_PAGES: Final = 2
"""Pages read beyond the rows that were there, to find a record which moved down meanwhile."""


@dataclass(slots=True)
class _Slot:
    """One page: where it starts, how to fetch it again, and its records while they are kept."""

    first: int
    count: int
    cursor: Cursor | None
    records: tuple[Record, ...] | None
    repeated: frozenset[RecordId]
    """Records of the page that the pages before it had shown; they are left out again when it is re-read."""


class RecordList:
    """Rows 0..count-1 of a query in the server's order; rows far from the last one asked for are forgotten and re-read.

    When the server's cursor has expired, the list is read again from its start, which costs the requests it took before. The
    old rows stay until the new ones are there.
    """

    def __init__(self, backend: Backend, query: Query, *, kept_pages: int = KEPT_PAGES) -> None:
        self._backend = backend
        self.query = query
        self._kept_pages = kept_pages
        self._slots: list[_Slot] = []
        self._firsts: list[int] = []
        self._pager = Pager()
        self._around = 0
        self.restarts = 0
        """How often the list was read again because the server's cursor had expired."""
        self.changes = 0
        """Records that came again from the server; their rows show what came last."""

    @property
    def count(self) -> int:
        """Rows known so far."""
        return self._slots[-1].first + self._slots[-1].count if self._slots else 0

    @property
    def is_started(self) -> bool:
        """Whether a first page has come."""
        return bool(self._slots)

    @property
    def has_more(self) -> bool:
        """Whether the server says that there are records beyond `count`."""
        return self._pager.has_more

    @property
    def is_complete(self) -> bool:
        """Whether the server said that these are all: only then `count` is a total."""
        return self._pager.is_at_end

    @property
    def repeated(self) -> int:
        """Records the server sent a second time; they are not shown twice."""
        return self._pager.repeated

    @property
    def kept(self) -> int:
        """Rows whose records are in memory."""
        return sum(slot.count for slot in self._slots if slot.records is not None)

    @property
    def forgotten_pages(self) -> int:
        """Pages whose records would have to be fetched again."""
        return sum(slot.records is None for slot in self._slots)

    @property
    def next_cursor(self) -> Cursor | None:
        """What the next request would carry."""
        return self._pager.cursor

    def get(self, index: int) -> Record | None:
        """The record of a row, or `None` while it is not in memory."""
        slot = self._slot(index)
        if slot is None or slot.records is None or index - slot.first >= len(slot.records):
            return None
        return slot.records[index - slot.first]

    def in_memory(self) -> Iterator[tuple[int, Record]]:
        """Every kept record with its row, in order."""
        for slot in self._slots:
            for offset, record in enumerate(slot.records or ()):
                yield slot.first + offset, record

    def replace(self, change: Callable[[Record], Record]) -> None:
        """Put changed records in the place of the kept ones; `change` gives the same object to leave one as it is."""
        for slot in self._slots:
            if slot.records is not None:
                slot.records = tuple(change(record) for record in slot.records)

    def is_missing(self, start: int, stop: int) -> bool:
        """Whether a row in [start, stop) is known but forgotten."""
        return any(slot.records is None for slot in self._between(start, stop))

    def row_of(self, record_id: RecordId) -> int | None:
        """The row of a record that is in memory."""
        return next(
            (row for row, record in self.in_memory() if record.record_id == record_id), None
        )

    def needs_page(self, shown_end: int, wanted_end: int) -> bool:
        """Whether the next page is needed to show rows up to `shown_end`, or to be one page ahead towards `wanted_end`."""
        return self.has_more and is_page_wanted(
            count=self.count,
            last_page=self._firsts[-1] if self._firsts else 0,
            shown_end=shown_end,
            wanted_end=wanted_end,
        )

    async def load_next(self, anchor: RecordId | None = None) -> int:
        """Fetch the next page; the number of rows it added.

        After an expired cursor the list is read again up to one page more, and until the record `anchor` is among its rows.

        Raises:
            BackendError: the list stays as it was; `BadAnswer` ends it where the server's paging does not move on.
        """
        if not self.has_more:
            return 0
        before = self.count
        cursor = self._pager.cursor
        self._around = before
        try:
            return await self._load_page()
        except BackendError as error:
            if cursor is None or not is_cursor_expired(error):
                raise
            await self._read_again(before + 1, anchor)
        return max(0, self.count - before)

    async def load_missing(self, start: int, stop: int, anchor: RecordId | None = None) -> None:
        """Fetch forgotten pages that hold rows of [start, stop) again.

        After an expired cursor the list is read again up to these rows, and until the record `anchor` is among them.

        Raises:
            BackendError: the list stays as it was.
        """
        self._around = start
        try:
            for slot in self._between(start, stop):
                if slot.records is None:
                    await self._load_slot(slot)
        except BackendError as error:
            if not is_cursor_expired(error):
                raise
            await self._read_again(stop, anchor)
        self._forget()

    async def walk(self, start: int, stop: int) -> AsyncGenerator[tuple[Record, ...], None]:
        """The records of rows [start, stop), page by page; forgotten ones are fetched and not kept.

        Raises:
            BackendError: when forgotten records cannot be had again.
        """
        for slot in self._between(start, stop):
            records = slot.records if slot.records is not None else await self._fetch_slot(slot)
            yield records[max(0, start - slot.first) : stop - slot.first]

    async def _load_page(self) -> int:
        pager, cursor, pages = self._pager, self._pager.cursor, len(self._slots)
        page = await self._backend.query(self.query, cursor)
        if pager is not self._pager or pages != len(self._slots):
            return 0  # another call was faster
        taken = pager.take(page)
        self._renew(taken.again)
        first = self.count
        repeated = frozenset(record.record_id for record in taken.again)
        self._slots.append(_Slot(first, len(taken.new), cursor, taken.new, repeated))
        self._firsts.append(first)
        self._forget()
        if pager.is_stuck:
            raise BadAnswer(PAGING_STUCK)
        return len(taken.new)

    def _renew(self, again: tuple[Record, ...]) -> None:
        """Put the later version of records in the rows they have."""
        if again:
            later = {record.record_id: record for record in again}
            self.changes += len(later)
            self.replace(lambda record: later.get(record.record_id, record))

    async def _load_slot(self, slot: _Slot) -> None:
        slot.records = await self._fetch_slot(slot)

    async def _fetch_slot(self, slot: _Slot) -> tuple[Record, ...]:
        """The rows of a page as they are now; records that have a row elsewhere in memory are left out."""
        page = await self._backend.query(self.query, slot.cursor)
        elsewhere = {
            record.record_id
            for other in self._slots
            if other is not slot
            for record in other.records or ()
        }
        left_out = slot.repeated | elsewhere
        new = (record for record in page.records if record.record_id not in left_out)
        return tuple(new)[: slot.count]

    async def _read_again(self, rows: int, anchor: RecordId | None) -> None:
        """Read the list from its start until it has so many rows and the anchor, then take it over.

        Raises:
            BackendError: the list stays as it was; `Conflict` if the server's new cursors expire as well.
        """
        old = self._pager
        fresh = RecordList(self._backend, self.query, kept_pages=self._kept_pages)
        try:
            anchor_row = await fresh._load_rows(rows, anchor)
        except BackendError as error:
            raise expired_twice(error) if is_cursor_expired(error) else error from None
        if self._pager is not old:
            return  # another call was faster
        self._slots, self._firsts, self._pager = fresh._slots, fresh._firsts, fresh._pager
        self._around = fresh._around if anchor_row is None else anchor_row
        self.restarts += 1

    async def _load_rows(self, rows: int, anchor: RecordId | None) -> int | None:
        """Load until there are so many rows and the anchor is one of them; the anchor's row if it was found."""
        anchor_row: int | None = None
        beyond = 0
        while self.has_more:
            is_looked_for = anchor is not None and anchor_row is None and beyond < ANCHOR_PAGES
            if self.count >= rows and not is_looked_for:
                break
            beyond += self.count >= rows
            self._around = self.count if anchor_row is None else anchor_row
            await self._load_page()
            if anchor is not None and anchor_row is None:
                anchor_row = self.row_of(anchor)
        return anchor_row

    def _slot(self, index: int) -> _Slot | None:
        if not 0 <= index < self.count:
            return None
        return self._slots[bisect_right(self._firsts, index) - 1]

    def _between(self, start: int, stop: int) -> list[_Slot]:
        low = max(0, bisect_right(self._firsts, start) - 1)
        return [slot for slot in self._slots[low:] if slot.first < stop]

    def _forget(self) -> None:
        kept = [slot for slot in self._slots if slot.records is not None]
        if len(kept) <= self._kept_pages:
            return
        kept.sort(key=lambda slot: abs(slot.first - self._around))
        for slot in kept[self._kept_pages :]:
            slot.records = None
