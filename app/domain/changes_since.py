"""What is new, gone and changed between two runs of one question."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from app.domain.edits import UNSET, Unset
from app.domain.equality import is_same
from app.domain.values import Json

MAX_RUN_ROWS: Final = 5_000
"""Rows of a run that are kept and compared; a question with more is compared by its first rows."""


@dataclass(frozen=True, slots=True)
class RunRow:
    """One record of an answer, in plain values."""

    record_id: str
    title: str
    """What a person calls it. Not yet sanitised."""
    values: Mapping[str, Json]
    """By attribute."""


@dataclass(frozen=True, slots=True)
class Run:
    """The answer to a question at one moment; each record stands in it once."""

    asked_at: datetime
    record_type: str
    text: str
    rows: tuple[RunRow, ...]
    is_complete: bool
    """Whether the server had no more rows."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """One attribute of a row; `UNSET` where the answer did not have it."""

    attribute: str
    before: Json | Unset
    after: Json | Unset


@dataclass(frozen=True, slots=True)
class RowChange:
    """A row that both runs have, with other values."""

    row: RunRow
    """As it is now."""
    values: tuple[ValueChange, ...]


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """What became of a run."""

    before: Run
    after: Run
    new: tuple[RunRow, ...]
    """In the order of the newer run."""
    gone: tuple[RunRow, ...]
    """In the order of the older run."""
    changed: tuple[RowChange, ...]
    """In the order of the newer run."""

    @property
    def is_same_question(self) -> bool:
        """Whether both runs asked the same; a saved query may have been edited between them."""
        before, after = self.before, self.after
        return (before.record_type, before.text) == (after.record_type, after.text)

    @property
    def is_any(self) -> bool:
        """Whether there is any difference."""
        return bool(self.new or self.gone or self.changed)

    @property
    def new_words(self) -> str:
        """What it means to be new: a run that was cut short knew only its first rows."""
        return (
            "new"
            if self.before.is_complete
            else f"not among the first {len(self.before.rows)} then"
        )

    @property
    def gone_words(self) -> str:
        """What it means to be gone."""
        return (
            "gone" if self.after.is_complete else f"not among the first {len(self.after.rows)} now"
        )


def changes_since(before: Run, after: Run) -> ChangesSince:
    """Compare two runs, record by record."""
    old = {row.record_id: row for row in before.rows}
    new = {row.record_id: row for row in after.rows}
    pairs = ((old[row.record_id], row) for row in after.rows if row.record_id in old)
    changed = (RowChange(row, _changed_values(was, row)) for was, row in pairs)
    return ChangesSince(
        before,
        after,
        tuple(row for row in after.rows if row.record_id not in old),
        tuple(row for row in before.rows if row.record_id not in new),
        tuple(change for change in changed if change.values),
    )


def _changed_values(before: RunRow, after: RunRow) -> tuple[ValueChange, ...]:
    names = [*after.values, *(name for name in before.values if name not in after.values)]
    pairs = (
        ValueChange(name, before.values.get(name, UNSET), after.values.get(name, UNSET))
        for name in names
    )
    return tuple(pair for pair in pairs if not is_same(pair.before, pair.after))
