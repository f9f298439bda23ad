"""How far a plan is, row by row, and the ports of the files that keep plans and their progress.

A row is noted as being sent before it is sent, on the disk; and as what became of it afterwards. Whatever ends the program,
a row that stands as being sent may have been done: it is found out about, and never simply sent again.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from app.domain.plan import Plan, PlanRow


class RowState(StrEnum):
    """How far one row is."""

    PENDING = "pending"
    """It was not sent, or provably did not arrive."""
    SENDING = "sending"
    """It is about to leave, or has left; found later, nobody knows which."""
    DONE = "done"
    """The server did it, and said or showed so."""
    REFUSED = "refused"
    """It changed nothing."""
    CONFLICT = "conflict"
    """It was not done, because the record is no longer as it was when the plan was made."""
    UNKNOWN = "unknown"
    """It may have been done."""
    SKIPPED = "skipped"
    """There was nothing to do: the record was so already."""

    @property
    def is_well(self) -> bool:
        """Whether nothing is left to do."""
        return self in (RowState.DONE, RowState.SKIPPED)

    @property
    def is_failed(self) -> bool:
        """Whether it ended and may be tried again."""
        return self in (RowState.REFUSED, RowState.CONFLICT)

    @property
    def is_open(self) -> bool:
        """Whether it may have been done."""
        return self in (RowState.SENDING, RowState.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowNote:
    """What is known of one row."""

    row_id: str
    state: RowState
    at: datetime
    number: int | None = None
    """The request's number in the log of its session."""
    note: str = ""
    """Why it was not done, or what was found out. Not yet sanitised."""
    version: str | None = None
    """The server's mark of the record as the row left it."""


@dataclass(frozen=True, slots=True)
class PlanCounts:
    """How many rows are how far."""

    by_state: Mapping[RowState, int]

    def __getitem__(self, state: RowState) -> int:
        return self.by_state.get(state, 0)

    @property
    def total(self) -> int:
        return sum(self.by_state.values())

    @property
    def failed(self) -> int:
        """Rows that ended without being done."""
        return self[RowState.REFUSED] + self[RowState.CONFLICT]

    @property
    def open(self) -> int:
        """Rows that may have been done."""
        return self[RowState.SENDING] + self[RowState.UNKNOWN]

    @property
    def is_all_well(self) -> bool:
        """Whether nothing is left to do."""
        return self[RowState.DONE] + self[RowState.SKIPPED] == self.total

    def in_words(self) -> str:
        """Such as `27 done, 3 refused`; what there is none of is left out."""
        parts = [f"{self[state]:,} {state.value}" for state in _READING_ORDER if self[state]]
        return ", ".join(parts) or "no rows"


_READING_ORDER: Final = (
    RowState.DONE, RowState.SKIPPED, RowState.REFUSED, RowState.CONFLICT, RowState.UNKNOWN, RowState.SENDING,
    RowState.PENDING,
)  # fmt: skip


def state_of(notes: Mapping[str, RowNote], row: PlanRow) -> RowState:
    """How far a row is; nothing noted is pending."""
    note = notes.get(row.id)
    return RowState.PENDING if note is None else note.state


def counts_of(rows: Iterable[PlanRow], notes: Mapping[str, RowNote]) -> PlanCounts:
    """How many of these rows are how far."""
    return PlanCounts(Counter(state_of(notes, row) for row in rows))


class ProgressFile(Protocol):
    """The progress of one plan, which nobody else runs meanwhile. Every method may block, and raises `PlanError`."""

    @property
    def notes(self) -> Mapping[str, RowNote]:
        """The latest note of each row that has one, by the row's id."""
        ...

    def add(self, notes: Sequence[RowNote], *, is_lasting: bool) -> None:
        """Append notes; `is_lasting` waits until they, and all before them, are on the disk."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class PlanFiles(Protocol):
    """Where plans and their progress are kept. Every method may block, and raises `PlanError`."""

    def read(self, path: Path) -> Plan:
        """Read a plan."""
        ...

    def write(self, path: Path, plan: Plan, *, is_forced: bool = False) -> None:
        """Write a plan in one step; `is_forced` replaces a file that is there, but never the plan of a begun run."""
        ...

    def look(self, path: Path, plan: Plan) -> Mapping[str, RowNote]:
        """How far a plan is, without going on with it."""
        ...

    def open(self, path: Path, plan: Plan) -> ProgressFile:
        """The progress of a plan, begun or gone on with. Raises also for the progress of another plan."""
        ...


def undo_path(path: Path) -> Path:
    """Where the plan stands that takes back another."""
    return path.with_name(f"{path.name.removesuffix('.jsonl')}.undo.jsonl")
