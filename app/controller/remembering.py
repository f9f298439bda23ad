"""Remembering: saved queries, history, how tabs were left, and what changed since a saved query was last run.

The ports read and write files; each of their calls is made in a thread.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from app.controller.clock import Clock
from app.controller.pages import Pages
from app.controller.session import Session
from app.domain.changes_since import MAX_RUN_ROWS, ChangesSince, Run, RunRow, changes_since
from app.domain.finding import fitness
from app.domain.query import Query
from app.domain.records import Record
from app.domain.remembered import (
    BrokenFile,
    HistoryEntry,
    NotRemembered,
    Recalled,
    SavedListing,
    SavedQuery,
    ViewKey,
    ViewState,
    distinct,
)
from app.domain.schema import RecordType
from app.domain.values import plain


class CannotAsk(Exception):
    """A saved query that means nothing now; the text says what is wrong with it. Not yet sanitised."""


Prepare = Callable[[SavedQuery], Awaitable[tuple[Query, RecordType]]]
"""What a saved query means now, and the schema of its records. Raises `CannotAsk` and `BackendError`."""

SHOWN_HISTORY: Final = 1_000
"""Questions of the history that are looked through."""


Kept = SavedQuery | HistoryEntry | BrokenFile
"""One thing that is found again."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """Everything that can be opened again."""

    saved: SavedListing
    history: tuple[HistoryEntry, ...]
    """Newest first, each question once."""
    warning: str = ""
    """Why a part of it is missing; empty when nothing is. Not yet sanitised."""

    def found(self, typed: str) -> "tuple[Kept, ...]":
        """What fits some typed letters, best first: saved queries, then history, then broken files."""
        saved = _fitting(
            self.saved.queries,
            lambda row: fitness(typed, row.path, (row.text, row.record_type, row.note)),
        )
        history = _fitting(
            self.history, lambda row: fitness(typed, "", (row.text, row.record_type, row.workspace))
        )
        broken = _fitting(
            self.saved.broken,
            lambda row: fitness(typed, row.file.rpartition("/")[2], (row.reason,)),
        )
        return (*saved, *history, *broken)


@dataclass(frozen=True, slots=True)
class Rerun:
    """A saved query's answer now, beside its last one."""

    run: Run
    changes: ChangesSince | None
    """`None` where there was no run to compare with."""
    warning: str = ""
    """Why there was none, or why this one was not kept; empty where all is well. Not yet sanitised."""


class Remembering:
    """What one session keeps and finds again. Every method but `rerun` raises `NotRemembered` and nothing else."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._memory = session.memory
        self._clock = clock

    async def everything(self) -> Remembered:
        """Saved queries and history; what cannot be read is told of, and the rest is there."""
        saved, warnings = SavedListing(), list[str]()
        history: tuple[HistoryEntry, ...] = ()
        try:
            saved = await asyncio.to_thread(self._memory.queries.all)
        except NotRemembered as error:
            warnings.append(str(error))
        try:
            history = await asyncio.to_thread(self._memory.history.recent, SHOWN_HISTORY)
        except NotRemembered as error:
            warnings.append(str(error))
        return Remembered(saved, distinct(history), " ".join(warnings))

    async def pinned(self) -> tuple[SavedQuery, ...]:
        """Saved queries with tabs of their own, in the order of the tabs."""
        return (await asyncio.to_thread(self._memory.queries.all)).pinned

    async def save(self, query: SavedQuery, *, over: SavedQuery | None = None) -> SavedQuery:
        """Keep a question under a name; one that has that name already keeps its note and its pin.

        Raises:
            QueryExists: if the name stands for another question than this and `over`.
        """
        listing = await asyncio.to_thread(self._memory.queries.all)
        existing = listing.by_path(query.path)
        if existing is not None:
            query = replace(
                query,
                note=query.note or existing.note,
                is_pinned=query.is_pinned or existing.is_pinned,
            )
        await asyncio.to_thread(self._memory.queries.save, query, over=over)
        return query

    async def pin(self, query: SavedQuery, *, is_pinned: bool) -> SavedQuery:
        """Give a saved query a tab of its own, or take it away."""
        changed = replace(query, is_pinned=is_pinned)
        await asyncio.to_thread(self._memory.queries.save, changed, over=query)
        return changed

    async def rename(self, query: SavedQuery, path: str) -> SavedQuery:
        """Give a saved query another name or folder; its last run and its view go along."""
        renamed = await asyncio.to_thread(self._memory.queries.rename, query, path)
        if renamed.path != query.path:
            await asyncio.to_thread(self._memory.runs.move, query.path, renamed.path)
            old_key, new_key = self.key_of(query), self.key_of(renamed)
            state = (await self.recall()).views.get(old_key)
            if state is not None:
                await self.note_views({old_key: None, new_key: state})
        return renamed

    async def delete(self, query: SavedQuery) -> None:
        """Remove a saved query with its last run and its view; its question stays in the history."""
        await self.note_asked(query.record_type, query.text)
        await asyncio.to_thread(self._memory.queries.delete, query)
        await asyncio.to_thread(self._memory.runs.move, query.path, None)
        await self.note_views({self.key_of(query): None})

    async def note_asked(
        self,
        record_type: str,
        text: str,
        row_count: int | None = None,
        *,
        has_more: bool = False,
    ) -> None:
        """Put a question into the history, with the rows its answer had so far."""
        entry = HistoryEntry(
            self._clock(), record_type, text, row_count, has_more, self._session.name
        )
        await asyncio.to_thread(self._memory.history.add, entry)

    async def recall(self) -> Recalled:
        """How the tabs of this workspace were left."""
        return await asyncio.to_thread(self._memory.views.recall)

    async def note_views(self, states: Mapping[ViewKey, ViewState | None]) -> str:
        """Keep how tabs are left, `None` to forget one; why something else was lost, empty when nothing was.

        It writes a file: call it once things rest.
        """
        return await asyncio.to_thread(self._memory.views.note, states)

    @staticmethod
    def key_of(query: SavedQuery) -> ViewKey:
        """The key of a saved query's own tab."""
        return ViewKey(query.record_type, query.path)

    async def rerun(self, saved: SavedQuery, query: Query, schema: RecordType) -> Rerun:
        """Ask a saved query again and compare with its last run, in whose place the new one is kept.

        Raises:
            BackendError: the last run is then kept.
        """
        pages = Pages(self._session.backend, query, MAX_RUN_ROWS)
        asked_at = self._clock()
        rows: list[RunRow] = []
        async for records in pages.read():
            rows += (_row(record, schema) for record in records)
        run = Run(asked_at, saved.record_type, saved.text, tuple(rows), not pages.has_more)
        before, warnings = None, list[str]()
        try:
            before = await asyncio.to_thread(self._memory.runs.last, saved.path)
        except NotRemembered as error:
            warnings.append(str(error))
        try:
            await asyncio.to_thread(self._memory.runs.keep, saved.path, run)
            await self.note_asked(saved.record_type, saved.text, len(rows), has_more=pages.has_more)
        except NotRemembered as error:
            warnings.append(str(error))
        changes = changes_since(before, run) if before is not None else None
        return Rerun(run, changes, " ".join(warnings))


_Found = TypeVar("_Found")


def _fitting(rows: Iterable[_Found], score: Callable[[_Found], int]) -> list[_Found]:
    """Those with a score, the highest first; equals keep their order."""
    scored = [(score(row), row) for row in rows]
    scored.sort(key=lambda pair: -pair[0])
    return [row for points, row in scored if points]


def _row(record: Record, schema: RecordType) -> RunRow:
    """A record in plain values."""
    types = schema.attribute_by_name
    values = {
        name: plain(value, types[name].value_type if name in types else "")
        for name, value in record.attributes.items()
    }
    return RunRow(record.record_id.id, record.title, values)
