"""Servers whose paging is written down in advance."""

from collections.abc import Mapping, Sequence

from app.domain.errors import BackendError, Fault, Rejected
from app.domain.query import Query
from app.domain.records import Cursor, Page, Record
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import record, small_record_types

Answer = tuple[Sequence[Record], str | None] | BackendError
"""A page: its records and the cursor of the next one; or a failure."""


def people(count: int) -> list[Record]:
    """Numbered contacts."""
    return [record("contact", index, display_name=f"Person {index}") for index in range(count)]


def expired() -> Rejected:
    """What a server says of a cursor it no longer knows."""
    reason = "the cursor is malformed, expired or of another query"
    return Rejected(reason, status=400, faults=(Fault("invalid_cursor", reason),))


class ScriptedBackend(MemoryBackend):
    """Answers queries by what was written down for their cursor, in turn; the last answer stays."""

    def __init__(self, answers: Mapping[str | None, Sequence[Answer]]) -> None:
        super().__init__(small_record_types())
        self.answers = {cursor: list(turns) for cursor, turns in answers.items()}

    async def query(self, query: Query, cursor: Cursor | None = None) -> Page:
        self.sent.append(f"{query.record_type} {cursor}")
        turns = self.answers[cursor]
        answer = turns.pop(0) if len(turns) > 1 else turns[0]
        if isinstance(answer, BackendError):
            raise answer
        records, following = answer
        return Page(tuple(records), None if following is None else Cursor(following))
