"""Exports: what a file is to hold, how far it is, and the port of the files they are written to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.domain.query import Query
from app.domain.records import Cursor


class ExportError(Exception):
    """A file cannot be written as asked; the text says why. No finished file was touched."""

    def __init__(
        self, reason: str, *, can_resume: bool = False, can_start_anew: bool = False
    ) -> None:
        super().__init__(reason)
        self.can_resume = can_resume
        """Whether going on with what is there is a way out."""
        self.can_start_anew = can_start_anew
        """Whether replacing what is there is one."""


@dataclass(frozen=True, slots=True)
class ExportPlan:
    """What a file is to hold; an interrupted one is gone on with by the same plan only."""

    source: str
    """The workspace, by the name the header shows."""
    query: Query
    form: str
    """A name of `RECORD_FORMATS`."""
    columns: tuple[str, ...]
    """The attributes that tables show, by API name."""
    are_columns_named: bool = False
    is_guarded: bool = True

    def differences(self, other: "ExportPlan") -> tuple[str, ...]:
        """In what another plan differs, in words; the size of the pages is no difference."""
        pairs = (
            ("workspace", self.source, other.source),
            ("record type", self.query.record_type, other.query.record_type),
            ("query", self.query.filters, other.query.filters),
            ("sort", self.query.sort, other.query.sort),
            ("format", self.form, other.form),
            ("choice of columns", self._choice, other._choice),
            ("guard against formulas", self.is_guarded, other.is_guarded),
        )
        return tuple(word for word, ours, theirs in pairs if ours != theirs)

    @property
    def _choice(self) -> tuple[bool, tuple[str, ...]]:
        return self.are_columns_named, self.columns


@dataclass(frozen=True, slots=True)
class ExportMark:
    """How far an interrupted export came."""

    cursor: Cursor | None
    """Where to go on; `None`: at the start, past the records that are written."""
    rows: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Interrupted:
    """An export that was not finished."""

    plan: ExportPlan
    mark: ExportMark


@dataclass(frozen=True, slots=True)
class Place:
    """What is where a file is to be written."""

    is_taken: bool
    """Whether a finished file is there."""
    has_part: bool
    """Whether an unfinished one is, whatever is known of it."""
    interrupted: Interrupted | None = None
    """The unfinished one, if it can be gone on with."""


class ExportFile(Protocol):
    """A file under construction, beside its final name. Every method may block, and raises `ExportError`."""

    @property
    def rows(self) -> int:
        """Records written so far."""
        ...

    @property
    def kept_rows(self) -> int:
        """Those of them that were kept."""
        ...

    def write(self, text: str, digests: Sequence[int] = ()) -> None:
        """Append a piece, all of it or none, with the digests of the ids of its records."""
        ...

    def keep(self, cursor: Cursor | None) -> None:
        """Make what was written last through a crash, with where to go on."""
        ...

    def finish(self, closing: str) -> None:
        """Append the last piece, give the file its name and let go of it. When this fails it stands as before."""
        ...

    def leave(self) -> None:
        """Let go of it unfinished, as it was last kept."""
        ...

    def discard(self) -> None:
        """Remove what was written."""
        ...


class ExportFiles(Protocol):
    """Where exports are written. Every method may block, and raises `ExportError`."""

    def look(self, target: Path) -> Place:
        """What is there. Raises for a target that no file can be written to."""
        ...

    def begin(self, target: Path, plan: ExportPlan, *, is_forced: bool = False) -> ExportFile:
        """Start a file; `is_forced` replaces a finished one at the end, and drops an unfinished one now."""
        ...

    def resume(
        self, target: Path, plan: ExportPlan
    ) -> tuple[ExportFile, ExportMark, Sequence[int]]:
        """Go on with an interrupted file: where it stands, and the digests of the ids that are in it."""
        ...
