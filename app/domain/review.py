"""What is seen before anything is sent, and what came of it: the exact requests, line by line.

A line's request is the one that goes out, byte for byte; only the mark of the state that was read (`If-Match`) is renewed
by the reading right before it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from app.domain.edits import UNSET, Unset
from app.domain.equality import is_same
from app.domain.errors import BackendError, Fault
from app.domain.journal import Draft, Intent, IntentKind
from app.domain.json_text import dump_json
from app.domain.merging import Clash, TheirChange
from app.domain.outcomes import WriteOutcome
from app.domain.planned import BODY_KINDS, PlannedWrite, item_of
from app.domain.records import Record
from app.domain.requests import PreparedRequest
from app.domain.schema import RecordType
from app.domain.values import Json

_NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})

ADDED_HEADERS: Final = ("Authorization: Bearer <the key>", "Accept: application/json")
"""What the transport adds to every request."""

BODY_HEADER: Final = "Content-Type: application/json"
"""What it adds to those with a body."""


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One attribute, or one part of an item or link, before and after; `UNSET`: it is not there."""

    attribute: str
    old: Json | Unset
    new: Json | Unset

    @property
    def old_text(self) -> str:
        """As JSON; empty where it is not there. Not yet sanitised."""
        return _text(self.old)

    @property
    def new_text(self) -> str:
        """As JSON; empty where it is not there. Not yet sanitised."""
        return _text(self.new)


def _text(value: Json | Unset) -> str:
    return "" if isinstance(value, Unset) else dump_json(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewLine:
    """One request that will write."""

    id: str
    """The id of its intent, claimed when it is sent; also its idempotency key."""
    write: PlannedWrite
    request: PreparedRequest
    """Exactly what will be sent."""
    reads: tuple[PreparedRequest, ...] = ()
    """What is read right before it."""
    rows: tuple[DiffRow, ...] = ()
    before: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """What it changes, as it was, in the words of the journal."""
    after: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    base: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """The whole record as it was read, to see whether it still is so."""
    undo: PreparedRequest | None = None
    """What undo would send, where that is known before the answer."""
    undo_words: str = ""
    """What undo would do, or why it cannot."""
    warnings: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        """Every header that goes with it, those that the transport adds among them."""
        own = [f"{name}: {value}" for name, value in self.request.headers]
        body = [] if self.request.body is None else [BODY_HEADER]
        return (*own, *body, *ADDED_HEADERS)


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a record: the links of one relationship."""

    relationship: str
    count: int | None
    """As far as one page tells; `None`: it could not be read."""
    has_more: bool = False
    reason: str = ""
    """Why it could not be read. Not yet sanitised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything that one key will send, in its order."""

    workspace: str
    title: str = ""
    """What a person calls the record. Not yet sanitised."""
    lines: tuple[ReviewLine, ...] = ()
    faults: tuple[Fault, ...] = ()
    """What stands against it; then there are no lines, and nothing is sent."""
    notes: tuple[str, ...] = ()
    """What else there is to know. Not yet sanitised."""
    hanging: tuple[Hanging, ...] = ()
    draft: Draft | None = None
    undo_of: str | None = None

    @property
    def request_count(self) -> int:
        """Requests it takes, those that only read among them."""
        return sum(1 + len(line.reads) for line in self.lines)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Of all lines, each once."""
        return tuple(dict.fromkeys(text for line in self.lines for text in line.warnings))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return not self.lines


class Ending(StrEnum):
    """What came of a line."""

    SAVED = "saved"
    NOTHING_LEFT = "nothing left to send"
    """Somebody else did the same meanwhile."""
    REFUSED = "refused"
    """It changed nothing."""
    CONFLICT = "conflict"
    """It changed nothing: somebody else changed the record, and a person has to decide."""
    UNKNOWN = "unknown"
    """It may have been done; it is not sent again."""
    NOT_SENT = "not sent"
    """It never left."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """What came of one line, with all that a person needs to go on."""

    line: ReviewLine
    ending: Ending
    reason: str = ""
    """In words. Not yet sanitised."""
    sent: PreparedRequest | None = None
    """What went out."""
    outcome: WriteOutcome | None = None
    error: BackendError | None = None
    theirs: Record | None = None
    """The record as it was read right before."""
    clashes: tuple[Clash, ...] = ()
    notes: tuple[TheirChange, ...] = ()
    """What somebody else changed meanwhile; it stays."""
    agreed: tuple[str, ...] = ()
    """What somebody else changed in the same way."""
    differences: tuple[DiffRow, ...] = ()
    """What the server made of it otherwise than it was sent, or changed along with it."""
    record: Record | None = None
    """The record as it now is."""
    earlier: tuple[Intent, ...] = ()
    """What was sent before and stands in the way."""
    is_claimed: bool = True
    """Whether the journal has an intent of it."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What came of a review: each line, in order; what follows one that failed was not sent."""

    review: Review
    results: tuple[LineResult, ...]
    draft: Draft | None
    """What is left to send."""

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        done = (Ending.SAVED, Ending.NOTHING_LEFT)
        return bool(self.results) and all(row.ending in done for row in self.results)

    @property
    def stopped_at(self) -> LineResult | None:
        """The line that ended otherwise; `None` when all is done."""
        done = (Ending.SAVED, Ending.NOTHING_LEFT)
        return next((row for row in self.results if row.ending not in done), None)

    @property
    def record(self) -> Record | None:
        """The record as it was last seen."""
        found = [row.record for row in self.results if row.record is not None]
        return found[-1] if found else None


def diff_rows(
    write: PlannedWrite, before: Mapping[str, Json], base: Mapping[str, Json]
) -> tuple[DiffRow, ...]:
    """What a write changes, row by row."""
    if write.kind in BODY_KINDS:
        return tuple(
            DiffRow(name, before.get(name, base.get(name, UNSET)), value)
            for name, value in write.values.items()
        )
    noted = item_of(before)
    old = {} if noted is None else noted.members
    if write.kind in (IntentKind.REMOVE_ITEM, IntentKind.UNLINK):
        return tuple(DiffRow(f"{write.name}.{name}", value, UNSET) for name, value in old.items())
    return tuple(
        DiffRow(f"{write.name}.{name}", old.get(name, UNSET), value)
        for name, value in write.values.items()
    )


def warnings_of(schema: RecordType, write: PlannedWrite) -> tuple[str, ...]:
    """What a write does beyond what its rows say."""
    found = []
    if write.kind is IntentKind.ARCHIVE:
        found.append("Archiving cannot be undone here: the API documents no way back.")
    for name in write.values if write.kind in BODY_KINDS else ():
        attribute = schema.attribute_by_name.get(name)
        if attribute is None:
            continue
        if attribute.value_type == "opportunity_stage" and write.kind is not IntentKind.CREATE:
            found.append(
                f"{name} moves a deal: the server may set dates and outcome along with it. "
                "Undo moves it back; what else happened stays."
            )
        if attribute.is_unique:
            found.append(f"{name} is unique: the server refuses a value that another record has.")
    if write.kind not in BODY_KINDS and write.values.get("is_primary") is True:
        found.append("Another one stops being primary; undo does not make it primary again.")
    return tuple(found)


def differences(
    sent: Mapping[str, Json], before: Mapping[str, Json], found: Mapping[str, Json]
) -> tuple[DiffRow, ...]:
    """Where a record is now otherwise than it was sent, or, for what was not sent, otherwise than right before."""
    rows = [
        DiffRow(name, value, found[name])
        for name, value in sent.items()
        if name in found and not is_same(value, found[name])
    ]
    rows += [
        DiffRow(name, before[name], value)
        for name, value in found.items()
        if name in before and name not in sent and not is_same(before[name], value)
    ]
    return tuple(rows)
