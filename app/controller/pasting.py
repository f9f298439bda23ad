"""Looking up a pasted column: request after request, then what was found and what was not."""

from collections.abc import Callable
from typing import Final

from app.domain.backend import Backend
from app.domain.capabilities import Action, Answer, Capability, Source
from app.domain.expression import Condition
from app.domain.operators import OperatorName
from app.domain.pasted import CHUNK, chunks, compared, held_values
from app.domain.query import Filter, Query
from app.domain.records import Cursor, RecordId
from app.domain.schema import Attribute

MAX_ASKED: Final = 1_000
"""Values of one question that the deck shows; the local CRM takes no more, and of other servers it is not known."""


class Lookup:
    """The values of one paste, looked up in one attribute. After a failure `run` goes on where it stopped."""

    def __init__(
        self, backend: Backend, record_type: str, attribute: Attribute, values: tuple[str, ...]
    ) -> None:
        self.attribute = attribute
        self._backend = backend
        self._record_type = record_type
        self._values = values
        self._chunks = list(chunks(values))
        self._done = 0
        self._held: set[str] = set()
        self._records: set[RecordId] = set()

    @property
    def chunk_count(self) -> int:
        """Requests it takes if no answer has a second page."""
        return len(self._chunks)

    @property
    def done(self) -> int:
        """Chunks that were answered."""
        return self._done

    @property
    def record_count(self) -> int:
        """Different records that were found."""
        return len(self._records)

    @property
    def found(self) -> tuple[str, ...]:
        """Values that a record holds, in the order of the paste."""
        return tuple(value for value in self._values if compared(value) in self._held)

    @property
    def missing(self) -> tuple[str, ...]:
        """Values of answered chunks that no record holds, in the order of the paste."""
        answered = (value for chunk in self._chunks[: self._done] for value in chunk)
        return tuple(value for value in answered if compared(value) not in self._held)

    def refusal(self) -> Capability | None:
        """Why the record type cannot be asked at all, if it cannot."""
        resources = self._backend.resources
        capability = resources.capability(self._record_type, Action.QUERY)
        scopes = resources.rule(self._record_type).query_scopes
        if not capability.is_open or not scopes:
            return None if capability.is_open else capability
        reason = f"{self._record_type} is read for one {' or '.join(scopes)}; it takes no list of values."
        return Capability(Answer.NO, Source.DOCUMENTED, reason, resources.source)

    async def run(self, on_progress: Callable[[], None]) -> None:
        """Ask for one chunk after the other; `on_progress` is called after each.

        Raises:
            BackendError: what was found so far stays.
        """
        while self._done < len(self._chunks):
            await self._ask(self._chunks[self._done])
            self._done += 1
            on_progress()

    def conditions(self) -> tuple[Condition, ...]:
        """Questions for what was found, as few as hold all values; the first one mostly is the only one.

        A paste that fits into one question is asked for as a whole, so that records made later are found too.
        """
        values = self._values if len(self._values) <= MAX_ASKED else self.found
        return tuple(
            Condition(self.attribute.api_name, OperatorName.IN, values[start : start + MAX_ASKED])
            for start in range(0, len(values), MAX_ASKED)
        )

    async def _ask(self, chunk: tuple[str, ...]) -> None:
        filters = (Filter(self.attribute.api_name, OperatorName.IN, [*chunk]),)
        query = Query(self._record_type, filters, limit=CHUNK)
        cursor: Cursor | None = None
        seen: set[Cursor] = set()
        while True:
            page = await self._backend.query(query, cursor)
            self._held |= held_values(self.attribute, page.records)
            self._records |= {record.record_id for record in page.records}
            cursor = page.next_cursor
            if cursor is None or cursor in seen:
                return
            seen.add(cursor)
