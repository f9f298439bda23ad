"""What is remembered, held in memory: the ports of `app.domain.remembered` for tests."""

from collections.abc import Mapping
from dataclasses import replace

from app.domain.changes_since import Run
from app.domain.remembered import (
    BrokenFile,
    HistoryEntry,
    Memory,
    NotRemembered,
    QueryExists,
    Recalled,
    SavedListing,
    SavedQuery,
    ViewKey,
    ViewState,
    sort_queries,
    split_path,
)


class Fallible:
    """Fails as often as it is told to."""

    def __init__(self) -> None:
        self.failure: str | None = None
        """Why every call fails; `None` lets them work."""

    def check(self) -> None:
        """Fail, if that is what is wanted."""
        if self.failure is not None:
            raise NotRemembered(self.failure)


class MemoryQueries(Fallible):
    """Saved queries."""

    def __init__(self, *queries: SavedQuery, broken: tuple[BrokenFile, ...] = ()) -> None:
        super().__init__()
        self.kept = {query.path: query for query in queries}
        self.broken = broken

    def all(self) -> SavedListing:
        self.check()
        return SavedListing(sort_queries(self.kept.values()), self.broken)

    def save(self, query: SavedQuery, *, over: SavedQuery | None = None) -> None:
        self.check()
        split_path(query.path)
        existing = self.kept.get(query.path)
        is_same = existing is None or existing.asks_the_same(query) or existing == over
        if existing is not None and not is_same:
            raise QueryExists(existing)
        self.kept[query.path] = query

    def rename(self, query: SavedQuery, path: str) -> SavedQuery:
        self.check()
        folder, name = split_path(path)
        renamed = replace(query, folder=folder, name=name)
        self._expect(query)
        if renamed.path in self.kept:
            raise QueryExists(self.kept[renamed.path])
        self.kept[renamed.path] = renamed
        del self.kept[query.path]
        return renamed

    def delete(self, query: SavedQuery) -> None:
        self.check()
        self._expect(query)
        del self.kept[query.path]

    def _expect(self, query: SavedQuery) -> None:
        existing = self.kept.get(query.path)
        if existing is None:
            raise NotRemembered(f"There is no saved query {query.path} any more.")
        if existing != query:
            raise QueryExists(existing)


class MemoryHistory(Fallible):
    """The history, oldest first in `entries`."""

    def __init__(self, *entries: HistoryEntry) -> None:
        super().__init__()
        self.entries = [*entries]

    def add(self, entry: HistoryEntry) -> None:
        self.check()
        self.entries.append(entry)

    def recent(self, limit: int) -> tuple[HistoryEntry, ...]:
        self.check()
        return tuple(reversed(self.entries))[:limit]

    def search(self, words: str, limit: int) -> tuple[HistoryEntry, ...]:
        wanted = words.casefold().split()
        return tuple(
            row
            for row in self.recent(len(self.entries))
            if all(word in f"{row.text} {row.record_type}".casefold() for word in wanted)
        )[:limit]


class MemoryViews(Fallible):
    """Tabs."""

    def __init__(self) -> None:
        super().__init__()
        self.views: dict[ViewKey, ViewState] = {}

    def recall(self) -> Recalled:
        self.check()
        return Recalled(dict(self.views))

    def note(self, states: Mapping[ViewKey, ViewState | None]) -> str:
        self.check()
        for key, state in states.items():
            self.views.pop(key, None)
            if state is not None:
                self.views[key] = state
        return ""


class MemoryRuns(Fallible):
    """Last runs by the query's path."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: dict[str, Run] = {}

    def last(self, path: str) -> Run | None:
        self.check()
        return self.runs.get(path)

    def keep(self, path: str, run: Run) -> None:
        self.check()
        self.runs[path] = run

    def move(self, old_path: str, new_path: str | None) -> None:
        self.check()
        run = self.runs.pop(old_path, None)
        if run is not None and new_path is not None:
            self.runs[new_path] = run


def empty_memory(
    queries: MemoryQueries | None = None, history: MemoryHistory | None = None
) -> Memory:
    """A memory of nothing, or of these."""
    return Memory(
        queries or MemoryQueries(), history or MemoryHistory(), MemoryViews(), MemoryRuns()
    )
