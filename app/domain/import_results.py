"""What became of each row of an import: as it is told, as a file holds it, and what a later run makes of that file."""

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, Protocol

from app.domain.import_source import SourceFile
from app.domain.json_text import dump_ascii, parse_json
from app.domain.values import Json, plain_timestamp

VERSION: Final = 1
"""A number this version does not know is a file it cannot go on with."""


class RowOutcome(StrEnum):
    """What became of a row."""

    SENDING = "sending"
    """A create is about to be sent; without another outcome behind it nobody knows whether it was done."""
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    """The record holds all of it already: nothing was sent."""
    BAD = "bad"
    """Something in the row is wrong: nothing was sent."""
    REFUSED = "refused"
    """The server refused it."""
    UNKNOWN = "unknown"
    """Nobody knows whether it was done; never sent again by a program."""
    NOT_SENT = "not sent"
    """The import ended before it: nothing was done, a later run does it."""


OPEN: Final = frozenset({RowOutcome.SENDING, RowOutcome.UNKNOWN})
"""Outcomes that a later run finds out more of."""

SETTLED: Final = frozenset(RowOutcome) - OPEN - {RowOutcome.NOT_SENT}
"""Outcomes that stand."""

FAILED: Final = frozenset({RowOutcome.BAD, RowOutcome.REFUSED, RowOutcome.UNKNOWN})
"""Outcomes of rows that are not in the workspace as they should be."""

_ORDER: Final = tuple(RowOutcome)


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of one row, as far as it is known."""

    number: int
    line: int
    outcome: RowOutcome
    record_id: str | None = None
    code: str | None = None
    """The API's own code, where something was wrong."""
    why: str = ""
    """In words; not yet sanitised."""
    intent: str | None = None
    """The `Idempotency-Key` a create was sent with."""
    at: datetime | None = None
    """When a create was about to be sent, UTC."""


@dataclass(frozen=True, slots=True)
class ImportHeading:
    """What an import is of; its results are gone on with by the same one only."""

    workspace: str
    fingerprint: str
    """Of the file's content."""
    plan: str
    """`ImportPlan.identity`."""
    fixes: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    """Texts that stand in the place of cells, by row and column."""

    def differences(self, other: "ImportHeading") -> tuple[str, ...]:
        """In what another one differs, in words; cells that were put right are no difference."""
        pairs = (
            ("workspace", self.workspace, other.workspace),
            ("content of the file", self.fingerprint, other.fingerprint),
            ("record type, match or mapping", self.plan, other.plan),
        )
        return tuple(word for word, ours, theirs in pairs if ours != theirs)


class ImportRecord:
    """What is known of the rows of an import so far: a byte for each, and those in full whose outcome is open."""

    def __init__(self) -> None:
        self._outcomes = array("B")
        self.counts: dict[RowOutcome, int] = dict.fromkeys(RowOutcome, 0)
        """How many rows there are of each outcome."""
        self.open: dict[int, RowResult] = {}
        """Rows whose outcome nobody knows yet, by number."""

    def outcome(self, number: int) -> RowOutcome | None:
        """What became of a row; `None` for one that was not come to."""
        index = self._outcomes[number] if number < len(self._outcomes) else 0
        return _ORDER[index - 1] if index else None

    def note(self, result: RowResult) -> None:
        """Take a result in; the last one of a row counts."""
        before = self.outcome(result.number)
        if before is not None:
            self.counts[before] -= 1
        missing = result.number + 1 - len(self._outcomes)
        if missing > 0:
            self._outcomes.extend(bytes(missing))
        self._outcomes[result.number] = _ORDER.index(result.outcome) + 1
        self.counts[result.outcome] += 1
        if result.outcome in OPEN:
            self.open[result.number] = result
        else:
            self.open.pop(result.number, None)

    @property
    def done(self) -> int:
        """Rows that were come to."""
        return sum(self.counts.values())

    @property
    def failed(self) -> int:
        """Rows that are not in the workspace as they should be."""
        return sum(self.counts[outcome] for outcome in FAILED)

    @property
    def words(self) -> str:
        """The counts, in a line."""
        named = [f"{count:,} {outcome}" for outcome, count in self.counts.items() if count]
        return ", ".join(named) or "no rows"


class ResultFile(Protocol):
    """Where results are written, a line each. Every method may block, and raises `CannotImport`."""

    def write(self, result: RowResult, *, is_lasting: bool = False) -> None:
        """Append a result; `is_lasting` waits until it would outlive a power cut."""
        ...

    def close(self) -> None:
        """Make all of it last, and let go of it."""
        ...


class ImportFiles(Protocol):
    """The files of imports. Every method may block, and raises `CannotImport`."""

    def source(self, path: Path) -> SourceFile:
        """A file to import."""
        ...

    def names(self, typed: str) -> tuple[str, ...]:
        """Files and folders whose name goes on as typed; folders end in a slash. What cannot be read has none."""
        ...

    def begin(self, path: Path, heading: ImportHeading) -> ResultFile:
        """Start a file of results. Raises if something is there."""
        ...

    def heading(self, path: Path) -> ImportHeading | None:
        """Of which import a file of results is; `None` if there is none."""
        ...

    def resume(self, path: Path, heading: ImportHeading) -> tuple[ResultFile, ImportRecord]:
        """Go on with a file of results, and what it says. Raises if it is of another import."""
        ...


def dump_heading(heading: ImportHeading) -> bytes:
    """The first line of a file of results."""
    fixes: dict[str, Json] = {str(number): {**cells} for number, cells in heading.fixes.items()}
    document: dict[str, Json] = {
        "crmdeck_import": VERSION,
        "workspace": heading.workspace,
        "fingerprint": heading.fingerprint,
        "plan": heading.plan,
        "fixes": fixes,
    }
    return dump_ascii(document).encode() + b"\n"


def parse_heading(line: bytes) -> ImportHeading:
    """What `dump_heading` was given. Raises ValueError for anything else."""
    document = parse_json(line)
    if not isinstance(document, dict) or document.get("crmdeck_import") != VERSION:
        raise ValueError("no results of an import that this version knows")
    fixes = document.get("fixes")
    if not isinstance(fixes, dict):
        raise ValueError("fixes is no object")
    return ImportHeading(
        str(document.get("workspace")),
        str(document.get("fingerprint")),
        str(document.get("plan")),
        {
            int(number): {name: str(text) for name, text in cells.items()}
            for number, cells in fixes.items()
            if isinstance(cells, dict)
        },
    )


def dump_result(result: RowResult) -> bytes:
    """One line of a file of results."""
    document: dict[str, Json] = {
        "row": result.number,
        "line": result.line,
        "outcome": result.outcome.value,
    }
    others = {
        "id": result.record_id,
        "code": result.code,
        "why": result.why or None,
        "intent": result.intent,
        "at": None if result.at is None else plain_timestamp(result.at),
    }
    document |= {name: value for name, value in others.items() if value is not None}
    return dump_ascii(document).encode() + b"\n"


def parse_result(line: bytes) -> RowResult:
    """What `dump_result` was given. Raises ValueError for anything else."""
    document = parse_json(line)
    if not isinstance(document, dict):
        raise ValueError("is no object")
    number, at = document.get("row"), document.get("at")
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ValueError("names no row")
    source_line = document.get("line")
    return RowResult(
        number,
        source_line if isinstance(source_line, int) else 0,
        RowOutcome(str(document.get("outcome"))),
        _text(document.get("id")),
        _text(document.get("code")),
        _text(document.get("why")) or "",
        _text(document.get("intent")),
        datetime.fromisoformat(at).astimezone(UTC) if isinstance(at, str) else None,
    )


def _text(value: Json) -> str | None:
    return value if isinstance(value, str) else None
