"""How a query is read on, page by page, and what servers get wrong about that. Sends nothing.

Everything that pages stands on `Pager`: the list of the deck, `crmdeck query`, exports and counts. A record comes once. One
that was changed meanwhile and is sent again is told apart: a list on screen keeps its row where it stood and takes the later
version, because that is what the record is now; a file keeps the version it has, because it is written.
"""

from dataclasses import dataclass
from typing import Final

from app.controller.seen_ids import SeenIds, id_digest
from app.domain.errors import BackendError, Conflict
from app.domain.records import Cursor, Page, Record

MAX_PAGE: Final = 100
"""Records asked for at once at most. Source: contract section 7, row 5."""

BARREN_PAGES: Final = 2
"""Pages in a row without a new record after which a server's paging is taken to be broken."""

PAGING_STUCK: Final = "The server's paging does not move on; the list ends here"
READ_AGAIN: Final = "The server's cursor expired; the list was read again from its start"
EXPIRED_TWICE: Final = (
    "The server's cursor expired, and so did the one it gave when the list was read again"
)


def is_cursor_expired(error: BackendError) -> bool:
    """Whether the server no longer takes the cursor it gave."""
    return any(fault.code == "invalid_cursor" for fault in error.faults)


def expired_twice(error: BackendError) -> Conflict:
    """What is raised when a list that was begun again comes to the same end."""
    return Conflict(
        EXPIRED_TWICE,
        method=error.method,
        path=error.path,
        status=error.status,
        number=error.number,
        faults=error.faults,
    )


def is_page_wanted(*, count: int, last_page: int, shown_end: int, wanted_end: int) -> bool:
    """Whether a list of `count` rows needs another page: to fill the screen, or to be one page ahead and no more.

    Its last page starts with the row `last_page`; rows up to `shown_end` are on screen, up to `wanted_end` they may be soon.
    """
    if count < shown_end:
        return True
    return count < wanted_end and last_page < shown_end


@dataclass(frozen=True, slots=True)
class Taken:
    """What of a page is new."""

    new: tuple[Record, ...]
    again: tuple[Record, ...]
    """Records that were given before, as they are now."""


class Pager:
    """Where the reading of a query stands."""

    def __init__(self, *, start: Cursor | None = None, given: SeenIds | None = None) -> None:
        """`start` goes on with a reading that gave the records `given`."""
        self.cursor = start
        """What the next request carries."""
        self.is_at_end = False
        """Whether the server said that there are no more records."""
        self.is_stuck = False
        """Whether the server says there are more, but does not give any."""
        self.repeated = 0
        """Records the server sent a second time, other than for a restart."""
        self.restarts = 0
        self._is_resumed = start is not None
        self._given = SeenIds() if given is None else given
        self._met = SeenIds() if self._is_resumed else self._given
        self._barren = 0

    @property
    def has_more(self) -> bool:
        """Whether another request may bring records."""
        return not self.is_at_end and not self.is_stuck

    def take(self, page: Page) -> Taken:
        """Move on by an answer."""
        new: list[Record] = []
        again: list[Record] = []
        met = 0
        for record in page.records:
            digest = id_digest(record.record_id)
            is_new = self._given.add(digest)
            met += is_new if self._met is self._given else self._met.add(digest)
            (new if is_new else again).append(record)
        self.repeated += len(page.records) - met
        self._barren = 0 if met else self._barren + 1
        self.is_at_end = page.next_cursor is None
        is_same = page.next_cursor == self.cursor
        self.is_stuck = not self.is_at_end and (is_same or self._barren >= BARREN_PAGES)
        self.cursor = page.next_cursor
        self._is_resumed = False
        return Taken(tuple(new), tuple(again))

    def restart(self, error: BackendError) -> None:
        """Begin again from the start if `error` says that the cursor expired; what was given is not given again.

        Raises:
            BackendError: `error` itself if it says anything else, or if nothing was read since a reading was gone on with.
            Conflict: the second time.
        """
        if self.cursor is None or self._is_resumed or not is_cursor_expired(error):
            raise error
        if self.restarts:
            raise expired_twice(error)
        self.restarts += 1
        self.cursor = None
        self._met = SeenIds()
        self._barren = 0
