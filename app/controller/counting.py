"""Counting the rows of a query, which the API does not tell: by reading all pages, on request, and within a limit."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.controller.clock import Clock
from app.controller.pages import Pages
from app.controller.paging import MAX_PAGE, is_cursor_expired
from app.controller.record_list import RecordList
from app.controller.seen_ids import SeenIds
from app.domain.backend import Backend
from app.domain.errors import BackendError
from app.domain.query import Query
from app.domain.records import Cursor

CEILING: Final = 200
"""Requests after which a count stops and asks; each further one goes on for as many."""

Tell = Callable[["Count"], None]
"""Takes the count after each page."""


def requests_for(rows: int) -> int:
    """Requests that reading so many rows takes, in the largest pages."""
    return max(1, -(-rows // MAX_PAGE))


def requests_in_words(number: int) -> str:
    """As people say it."""
    return f"{number:,} request{'' if number == 1 else 's'}"


class Count:
    """The rows of one query, as far as they were counted; no record is kept."""

    def __init__(self, query: Query) -> None:
        self.query = query
        self.rows = 0
        self.requests = 0
        self.is_complete = False
        """Whether these are all; otherwise there are at least as many."""
        self.at: datetime | None = None
        """When it was counted, UTC; `None` before."""
        self._cursor: Cursor | None = None
        self._given = SeenIds()

    async def run(
        self, backend: Backend, clock: Clock, tell: Tell, *, ceiling: int = CEILING
    ) -> None:
        """Count on for at most `ceiling` requests. Ended early, it stays as far as it came and can be gone on with.

        Raises:
            BackendError: in the same way.
        """
        if self.is_complete:
            self._begin_anew()
        try:
            await self._read(backend, clock, tell, ceiling)
        except BackendError as error:
            if self._cursor is None or not is_cursor_expired(error):
                raise
            self._begin_anew()
            await self._read(backend, clock, tell, ceiling)

    @property
    def words(self) -> str:
        """The number with its time; empty before anything was counted."""
        if self.at is None:
            return ""
        least = "" if self.is_complete else "at least "
        return f"{least}{self.rows:,} counted {self.at:%H:%M}"

    async def _read(self, backend: Backend, clock: Clock, tell: Tell, ceiling: int) -> None:
        pages = Pages(backend, self.query, is_skimmed=True, start=self._cursor, given=self._given)
        async with aclosing(pages.read()) as reading:
            async for records in reading:
                self.rows += len(records)
                self.requests += 1
                self._cursor, self.at = pages.cursor, clock()
                self.is_complete = not pages.has_more
                tell(self)
                if pages.requests >= ceiling:
                    return

    def _begin_anew(self) -> None:
        self.rows, self.requests, self.is_complete = 0, 0, False
        self._cursor, self._given = None, SeenIds()


@dataclass(slots=True)
class Counting:
    """What a view knows of the number of its rows, and whether counting was offered."""

    count: Count | None = None
    offered: Query | None = None
    """The query for which the cost was told; asked again, it is counted."""

    def known(self, query: Query) -> Count | None:
        """The count of a query, if it is this one that was counted."""
        return self.count if self.count is not None and self.count.query == query else None

    def total(self, records: RecordList) -> int | None:
        """The number of all rows, where it is known."""
        if records.is_complete:
            return records.count
        count = self.known(records.query)
        return count.rows if count is not None and count.is_complete else None

    def offer(self, records: RecordList) -> str:
        """What counting would tell and cost, in words. Asked a second time for the same query, nothing: then count."""
        if records.is_complete:
            return f"{records.count:,} rows: these are all there are, nothing is left to count."
        if self.offered == records.query:
            self.offered = None
            return ""
        self.offered = records.query
        count = self.known(records.query)
        if count is None or count.at is None:
            least = f"unknown: at least {records.count:,} rows"
            return f"{least}; R again asks up to {requests_in_words(CEILING)} to count, Esc stops"
        if count.is_complete:
            cost = requests_in_words(requests_for(count.rows))
            return f"{count.words}; R again counts anew: about {cost}"
        further = requests_in_words(CEILING)
        return f"{count.words}; R again goes on with up to {further}, Esc stops"

    def start(self, query: Query) -> Count:
        """The count to run: one that was begun is gone on with."""
        self.count = self.known(query) or Count(query)
        return self.count
