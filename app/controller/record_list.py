"""The records of one query, loaded page by page as they are looked at, of which a bounded window is kept."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from app.domain.backend import Backend
from app.domain.errors import BadAnswer
from app.domain.query import Query
from app.domain.records import Cursor, Record, RecordId

KEPT_PAGES: Final = 20
"""Pages whose records stay in memory; the others keep their cursor and are fetched again when looked at."""

BARREN_PAGES: Final = 2
"""Pages in a row without a new record after which a server's paging is taken to be broken."""


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
    """Rows 0..count-1 of a query in the server's order; rows far from the last one asked for are forgotten and re-read."""

    def __init__(self, backend: Backend, query: Query, *, kept_pages: int = KEPT_PAGES) -> None:
        self._backend = backend
        self.query = query
        self._kept_pages = kept_pages
        self._slots: list[_Slot] = []
        self._firsts: list[int] = []
        self._next: Cursor | None = None
        self._barren = 0
        self._around = 0
        self.repeated = 0
        """Records the server sent a second time; they are not shown twice."""

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
        return not self._slots or self._next is not None

    @property
    def kept(self) -> int:
        """Rows whose records are in memory."""
        return sum(slot.count for slot in self._slots if slot.records is not None)

    @property
    def next_cursor(self) -> Cursor | None:
        """What the next request would carry."""
        return self._next

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

    async def load_next(self) -> int:
        """Fetch the next page; the number of rows it added.

        Raises:
            BackendError: the list stays as it was.
        """
        if not self.has_more:
            return 0
        cursor = self._next
        page = await self._backend.query(self.query, cursor)
        if cursor != self._next:
            return 0
        known = {record.record_id for slot in self._slots[-2:] for record in slot.records or ()}
        new = tuple(record for record in page.records if record.record_id not in known)
        self.repeated += len(page.records) - len(new)
        self._barren = 0 if new else self._barren + 1
        if page.next_cursor is not None and (
            page.next_cursor == cursor or self._barren >= BARREN_PAGES
        ):
            self._next = None
            raise BadAnswer("The server's paging does not move on; the list ends here")
        first = self.count
        repeated = frozenset(record.record_id for record in page.records) & known
        self._slots.append(_Slot(first, len(new), cursor, new, repeated))
        self._firsts.append(first)
        self._next = page.next_cursor
        self._around = first
        self._forget()
        return len(new)

    async def load_missing(self, start: int, stop: int) -> None:
        """Fetch forgotten pages that hold rows of [start, stop) again.

        Raises:
            BackendError: the list stays as it was.
        """
        self._around = start
        for slot in self._between(start, stop):
            if slot.records is None:
                page = await self._backend.query(self.query, slot.cursor)
                new = (record for record in page.records if record.record_id not in slot.repeated)
                slot.records = tuple(new)[: slot.count]
        self._forget()

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
