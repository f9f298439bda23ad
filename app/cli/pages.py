"""Reading a query to its end or to a limit, page by page; what servers get wrong about paging stops here."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Final

from app.domain.backend import Backend
from app.domain.errors import BadAnswer
from app.domain.query import Query
from app.domain.records import Cursor, Record, RecordId

MAX_PAGE: Final = 100
"""Records asked for at once. Source: contract section 7, row 5."""

BARREN_PAGES: Final = 2
"""Pages in a row without a new record after which paging is taken to be broken."""


PAGING_STUCK: Final = "The server's paging does not move on; the list ends here"


class Pages:
    """The records of a query, each once, in the server's order; `limit` of `None` reads all."""

    def __init__(self, backend: Backend, query: Query, limit: int | None) -> None:
        self._backend = backend
        self._query = replace(query, limit=MAX_PAGE if limit is None else min(limit, MAX_PAGE))
        self._limit = limit
        self._seen: set[RecordId] = set()
        self.count = 0
        """Records given so far."""
        self.repeated = 0
        """Records the server sent a second time."""
        self.has_more = False
        """Whether the server has more than was given."""

    async def __aiter__(self) -> AsyncIterator[tuple[Record, ...]]:
        """The new records of each page; the tuple may be empty.

        Raises:
            BackendError: `BadAnswer` when the paging does not move on; what was given before holds.
        """
        cursor: Cursor | None = None
        barren = 0
        while True:
            page = await self._backend.query(self._query, cursor)
            new = self._new(page.records)
            room = len(new) if self._limit is None else self._limit - self.count
            self.count += len(new[:room])
            self.has_more = len(new) > room or page.next_cursor is not None
            yield new[:room]
            if page.next_cursor is None or self.count == self._limit:
                return
            barren = 0 if new else barren + 1
            if page.next_cursor == cursor or barren >= BARREN_PAGES:
                raise BadAnswer(PAGING_STUCK)
            cursor = page.next_cursor

    def _new(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """Those that were not given yet."""
        new: list[Record] = []
        for record in records:
            if record.record_id in self._seen:
                self.repeated += 1
            else:
                self._seen.add(record.record_id)
                new.append(record)
        return tuple(new)
