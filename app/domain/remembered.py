"""What is kept between two runs of the program: saved queries, history, views, last runs; and the ports that keep it.

Every method of a port reads or writes files and so blocks: the controller calls it in a thread.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Protocol

from app.domain.changes_since import Run
from app.domain.safe_text import hidden_count

MAX_NAME: Final = 80
"""Characters in the name of a saved query or of one folder."""

MAX_FOLDERS: Final = 5
"""Folders within each other."""

NO_WIDTHS: Final[Mapping[str, int]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A question with a name, and how its answer is laid out."""

    name: str
    record_type: str
    text: str
    """The expression as text; empty asks for all records."""
    folder: str = ""
    """Folders joined by `/`; empty: none."""
    columns: tuple[str, ...] = ()
    """Attributes by API name or dot path, in order; empty: a fitting choice."""
    widths: Mapping[str, int] = field(default_factory=lambda: NO_WIDTHS)
    """Widths in cells of columns that have one of their own."""
    is_pinned: bool = False
    """Whether it has a tab of its own."""
    note: str = ""
    """What its owner wrote about it."""
    pinned_columns: tuple[str, ...] = ()
    """Columns that stay in sight at the left."""

    @property
    def path(self) -> str:
        """Folder and name, as people and command lines write it."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    def asks_the_same(self, other: "SavedQuery") -> bool:
        """Whether both ask one question, however they are laid out."""
        return (self.record_type, self.text) == (other.record_type, other.text)


@dataclass(frozen=True, slots=True)
class BrokenFile:
    """A file among the saved queries that is none; it is left as it is."""

    file: str
    """Its place, for people. Not yet sanitised."""
    line: int | None
    """From 1; `None` where the fault has no line."""
    reason: str

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line is not None else ""
        return f"{self.file}{line}: {self.reason}"


@dataclass(frozen=True, slots=True)
class SavedListing:
    """Everything in the folder of saved queries, by folder and name."""

    queries: tuple[SavedQuery, ...] = ()
    broken: tuple[BrokenFile, ...] = ()

    def by_path(self, path: str) -> SavedQuery | None:
        """The one of that folder and name."""
        return next((row for row in self.queries if row.path == path), None)

    def named(self, words: str) -> tuple[SavedQuery, ...]:
        """Those meant by a name, with its folder or without; the first of these that finds any."""
        exact = self.by_path(words)
        if exact is not None:
            return (exact,)
        wanted = words.casefold()
        return tuple(
            row for row in self.queries if wanted in (row.path.casefold(), row.name.casefold())
        )

    @property
    def pinned(self) -> tuple[SavedQuery, ...]:
        """Those with tabs of their own, in order."""
        return tuple(row for row in self.queries if row.is_pinned)


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One question that was asked, or was let go."""

    asked_at: datetime
    record_type: str
    text: str
    row_count: int | None = None
    """Rows that were read; `None` where the question was not answered."""
    has_more: bool = False
    """Whether the server had more than `row_count`."""
    workspace: str = ""
    """The name of the workspace it was asked in."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """How a tab was left."""

    text: str = ""
    """The expression as text, with its order."""
    columns: tuple[str, ...] = ()
    """Empty: a fitting choice."""
    widths: Mapping[str, int] = field(default_factory=lambda: NO_WIDTHS)
    pinned: tuple[str, ...] = ()
    """Columns that stay in sight at the left."""
    cursor_id: str | None = None
    """The id of the record under the cursor."""


@dataclass(frozen=True, slots=True)
class ViewKey:
    """Which tab: that of a record type, or that of a saved query."""

    record_type: str
    saved_path: str | None = None
    """The path of the saved query; `None` for the record type's own tab."""


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a workspace's tabs looked like."""

    views: Mapping[ViewKey, ViewState] = field(default_factory=lambda: MappingProxyType({}))
    warning: str = ""
    """Why something was lost, in words; empty when nothing was."""


class NotRemembered(Exception):
    """Something could not be kept or read; the text says which file, why, and what to do. Not yet sanitised."""


class QueryExists(NotRemembered):
    """A saved query of that name asks something else, or is not the one that was seen."""

    def __init__(self, existing: SavedQuery) -> None:
        super().__init__(
            f"There is a saved query {existing.path} already; it was left as it is: "
            f"{existing.record_type}: {existing.text or 'all records'}"
        )
        self.existing = existing


class SavedQueries(Protocol):
    """Saved queries as files of the owner's. Every method raises `NotRemembered`."""

    def all(self) -> SavedListing:
        """All of them, and the files that could not be read."""
        ...

    def save(self, query: SavedQuery, *, over: SavedQuery | None = None) -> None:
        """Keep a query; `over` names the one it may replace, as the caller saw it.

        Raises:
            QueryExists: if there is one of that name which is neither the same question nor `over`.
        """
        ...

    def rename(self, query: SavedQuery, path: str) -> SavedQuery:
        """Give a query another name or folder; the query as it is afterwards.

        Raises:
            QueryExists: if the new name is taken, or `query` is not what is kept under the old one.
        """
        ...

    def delete(self, query: SavedQuery) -> None:
        """Remove a query.

        Raises:
            QueryExists: if what is kept under its name is not `query`.
        """
        ...


class History(Protocol):
    """Questions in the order they were asked; a bounded number. Every method raises `NotRemembered`."""

    def add(self, entry: HistoryEntry) -> None:
        """Note one more."""
        ...

    def recent(self, limit: int) -> tuple[HistoryEntry, ...]:
        """The latest, newest first."""
        ...

    def search(self, words: str, limit: int) -> tuple[HistoryEntry, ...]:
        """The latest that hold every word, newest first."""
        ...


class ViewMemory(Protocol):
    """How the tabs of one workspace were left. Both methods raise `NotRemembered`."""

    def recall(self) -> Recalled:
        """All tabs."""
        ...

    def note(self, states: Mapping[ViewKey, ViewState | None]) -> str:
        """Keep how some tabs are, `None` to forget one; why something else was lost, empty when nothing was."""
        ...


class Runs(Protocol):
    """The last answer to each saved query in one workspace. Every method raises `NotRemembered`."""

    def last(self, path: str) -> Run | None:
        """The last run of the query of that path, if there was one."""
        ...

    def keep(self, path: str, run: Run) -> None:
        """Put a run in the place of the one before."""
        ...

    def move(self, old_path: str, new_path: str | None) -> None:
        """Follow a renamed query, or forget a deleted one; nothing happens where there was no run."""
        ...


@dataclass(frozen=True, slots=True)
class Memory:
    """The ports of one workspace; saved queries and history are shared by all workspaces."""

    queries: SavedQueries
    history: History
    views: ViewMemory
    runs: Runs


def split_path(path: str) -> tuple[str, str]:
    """Folder and name of a path as it was typed, in the form they are kept.

    Raises:
        NotRemembered: if it is no name for a file.
    """
    parts = [unicodedata.normalize("NFC", part.strip()) for part in path.split("/")]
    for part in parts:
        if not part or part in {".", ".."}:
            raise NotRemembered(f"{path or 'An empty text'} is no name for a saved query.")
        if len(part) > MAX_NAME:
            raise NotRemembered(f"A name has at most {MAX_NAME} characters; this has {len(part)}.")
        if hidden_count(part):
            raise NotRemembered("A name has no line ends, controls or invisible characters.")
    if len(parts) > MAX_FOLDERS + 1:
        raise NotRemembered(f"At most {MAX_FOLDERS} folders stand within each other.")
    *folders, name = parts
    return "/".join(folders), name


def sort_queries(queries: Iterable[SavedQuery]) -> tuple[SavedQuery, ...]:
    """By folder, then by name, as people sort; those without a folder come first."""
    return tuple(
        sorted(queries, key=lambda row: (row.folder.casefold(), row.name.casefold(), row.path))
    )


def distinct(entries: Iterable[HistoryEntry]) -> tuple[HistoryEntry, ...]:
    """The same without questions that stand further up; of each the first stays."""
    first: dict[tuple[str, str, str], HistoryEntry] = {}
    for row in entries:
        first.setdefault((row.workspace, row.record_type, row.text), row)
    return tuple(first.values())
