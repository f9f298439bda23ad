"""A query read to its end or to a limit, each record once, without keeping any."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace

from app.controller.paging import MAX_PAGE, PAGING_STUCK, Pager
from app.controller.seen_ids import SeenIds
from app.domain.backend import Backend
from app.domain.errors import BackendError, BadAnswer
from app.domain.query import Query
from app.domain.records import Cursor, Page, Record


class Pages:
    """The records of a query in the server's order; `limit` of `None` reads all.

    With `is_ahead` the next page is asked for while one is worked on. With `is_skimmed` records are looked at once and let
    go. `start` and `given` go on with an earlier reading.
    """

    def __init__(
        self,
        backend: Backend,
        query: Query,
        limit: int | None = None,
        *,
        is_ahead: bool = False,
        is_skimmed: bool = False,
        start: Cursor | None = None,
        given: SeenIds | None = None,
    ) -> None:
        self._ask_for = backend.skim if is_skimmed else backend.query
        self._query = replace(query, limit=MAX_PAGE if limit is None else min(limit, MAX_PAGE))
        self._limit = limit
        self._is_ahead = is_ahead
        self._pager = Pager(start=start, given=given)
        self.count = 0
        """Records given so far."""
        self.requests = 0
        """Requests sent so far, also for what was not given yet."""
        self.has_more = False
        """Whether the server has more than was given."""

    @property
    def cursor(self) -> Cursor | None:
        """Where to go on behind what was given; `None` at the end, and when the list is about to be read again."""
        return self._pager.cursor

    @property
    def repeated(self) -> int:
        """Records the server sent a second time."""
        return self._pager.repeated

    @property
    def was_read_again(self) -> bool:
        """Whether the server's cursor expired, so that the list was begun again."""
        return self._pager.restarts > 0

    async def read(self) -> AsyncGenerator[tuple[Record, ...], None]:
        """The new records of each page; the tuple may be empty.

        Close the generator when leaving it early: a page may be under way.

        Raises:
            BackendError: `BadAnswer` when the paging does not move on; what was given before holds.
        """
        pager = self._pager
        ahead: asyncio.Task[Page] | None = None
        try:
            while True:
                try:
                    page = await (self._ask() if ahead is None else ahead)
                except BackendError as error:
                    pager.restart(error)
                    ahead = None
                    continue
                new = pager.take(page).new
                room = len(new) if self._limit is None else self._limit - self.count
                self.count += len(new[:room])
                self.has_more = len(new) > room or not pager.is_at_end
                is_last = pager.is_at_end or self.count == self._limit
                is_going_on = self._is_ahead and pager.has_more and not is_last
                ahead = asyncio.create_task(self._ask()) if is_going_on else None
                yield new[:room]
                if is_last:
                    return
                if pager.is_stuck:
                    raise BadAnswer(PAGING_STUCK)
        finally:
            if ahead is not None:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)

    async def _ask(self) -> Page:
        self.requests += 1
        return await self._ask_for(self._query, self._pager.cursor)
