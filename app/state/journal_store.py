"""The journal's tables, and what is asked of them; all within the caller's transaction.

Texts are kept as bytes, so that one that no encoding knows is kept too. Each row carries a digest of itself: SQLite would
not notice a changed letter.
"""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.domain.journal import (
    KEPT_FOR,
    AlreadySent,
    AlreadySettled,
    Draft,
    DraftOwner,
    DraftTaken,
    Intent,
    IntentEvent,
    IntentState,
    NotInJournal,
    OpenDraft,
    Settlement,
)
from app.domain.journal_json import draft_json, draft_of, intent_json, intent_of
from app.domain.json_text import dump_json
from app.domain.values import Json
from app.state.processes import ProcessMark

VERSION: Final = 1
"""Of the tables; a file of a newer one is neither read nor written."""

APPLICATION_ID: Final = 0x63726A31

PAGE_BYTES: Final = 4096

DDL: Final = (
    "CREATE TABLE draft (id BLOB NOT NULL PRIMARY KEY, workspace BLOB NOT NULL, saved_us INTEGER NOT NULL,"
    " owner BLOB NOT NULL, document BLOB NOT NULL, digest BLOB NOT NULL)",
    "CREATE TABLE intent (id BLOB NOT NULL PRIMARY KEY, workspace BLOB NOT NULL, draft_id BLOB, plan_id BLOB,"
    " undo_of BLOB, state TEXT NOT NULL, settled_us INTEGER NOT NULL, owner BLOB NOT NULL,"
    " document BLOB NOT NULL, digest BLOB NOT NULL)",
    "CREATE TABLE intent_event (intent_id BLOB NOT NULL REFERENCES intent (id) ON DELETE CASCADE,"
    " document BLOB NOT NULL, digest BLOB NOT NULL)",
    "CREATE INDEX intent_event_by_intent ON intent_event (intent_id)",
    "CREATE INDEX intent_by_draft ON intent (draft_id) WHERE draft_id IS NOT NULL",
    "CREATE INDEX intent_by_plan ON intent (plan_id) WHERE plan_id IS NOT NULL",
    "CREATE INDEX intent_by_undone ON intent (undo_of) WHERE undo_of IS NOT NULL",
)

TABLES: Final = {
    "draft": ("id", "workspace", "saved_us", "owner", "document", "digest"),
    "intent": (
        "id",
        "workspace",
        "draft_id",
        "plan_id",
        "undo_of",
        "state",
        "settled_us",
        "owner",
        "document",
        "digest",
    ),
    "intent_event": ("intent_id", "document", "digest"),
}
"""Columns of each table; the last is the digest of the others. A table stands behind those it refers to."""

Cell = str | bytes | int | None
Clock = Callable[[], datetime]

_NOT_AGAIN: Final = (IntentState.SENDING, IntentState.SAVED, IntentState.UNKNOWN)
"""States in which the same bytes of a draft are not sent once more."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def create_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of a new journal, within the caller's transaction."""
    for statement in DDL:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")


def insert(connection: sqlite3.Connection, table: str, cells: Sequence[Cell]) -> None:
    """Add a row, given without its digest."""
    marks = ", ".join("?" * (len(cells) + 1))
    connection.execute(f"INSERT INTO {table} VALUES ({marks})", (*cells, _digest(cells)))  # noqa: S608 - a name of ours


def put(connection: sqlite3.Connection, table: str, cells: Sequence[Cell]) -> None:
    """Add a row, given without its digest, or change the one of its id, which keeps its place in the order."""
    marks = ", ".join("?" * (len(cells) + 1))
    changed = ", ".join(f"{name} = excluded.{name}" for name in TABLES[table])
    connection.execute(
        f"INSERT INTO {table} VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET {changed}",  # noqa: S608 - names of ours
        (*cells, _digest(cells)),
    )


def is_sound(cells: Sequence[Cell]) -> bool:
    """Whether a row, given with its digest, is as it was written."""
    return cells[-1] == _digest(cells[:-1])


def unsound_rows(connection: sqlite3.Connection) -> Iterator[str]:
    """The table of each row that is not as it was written."""
    for table, columns in TABLES.items():
        for cells in connection.execute(f"SELECT {', '.join(columns)} FROM {table}"):  # noqa: S608 - names of ours
            if not is_sound(cells):
                yield table


@dataclass(frozen=True, slots=True)
class JournalStore:
    """Drafts and intents in one open database."""

    connection: sqlite3.Connection
    clock: Clock
    process: ProcessMark
    """Who writes."""
    is_durable: bool = True
    """Whether a commit is on a disk."""

    def open_drafts(self, workspace: str) -> tuple[OpenDraft, ...]:
        """As the port says."""
        rows = self.connection.execute(
            "SELECT document, owner FROM draft WHERE workspace = ? ORDER BY saved_us DESC, rowid DESC",
            (_bytes(workspace),),
        )
        return tuple(OpenDraft(draft_of(_json(row[0])), self._owner(row[1])) for row in rows)

    def save_draft(self, draft: Draft) -> datetime | None:
        """As the port says, once it is committed."""
        now = self.clock()
        since = self._since(draft.id, now)
        saved = replace(draft, saved_at=now)
        self._keep_draft(saved, since)
        return now if self.is_durable else None

    def take_draft(self, draft_id: str) -> Draft:
        """As the port says, once it is committed."""
        since = self._since(draft_id, self.clock())
        draft = self._draft(draft_id)
        if draft is None:
            raise NotInJournal(f"There is no draft {draft_id} any more.")
        self._keep_draft(draft, since)
        return draft

    def discard_draft(self, draft_id: str) -> None:
        """As the port says, once it is committed."""
        self._since(draft_id, self.clock())
        self.connection.execute("DELETE FROM draft WHERE id = ?", (_bytes(draft_id),))

    def _keep_draft(self, draft: Draft, since: datetime) -> None:
        saved_us = _microseconds(draft.saved_at or since)
        owner = self._owner_bytes(since)
        cells = (_bytes(draft.id), _bytes(draft.workspace), saved_us, owner, _document(draft_json(draft)))  # fmt: skip
        put(self.connection, "draft", cells)

    def _draft(self, draft_id: str) -> Draft | None:
        found = self.connection.execute(
            "SELECT document FROM draft WHERE id = ?", (_bytes(draft_id),)
        ).fetchone()
        return None if found is None else draft_of(_json(found[0]))

    def _since(self, draft_id: str, now: datetime) -> datetime:
        """Since when this process has had the draft: from now on, unless it has it. Raises `DraftTaken`."""
        found = self.connection.execute(
            "SELECT owner FROM draft WHERE id = ?", (_bytes(draft_id),)
        ).fetchone()
        if found is None:
            return now
        owner = self._owner(found[0])
        if owner.is_in_the_way:
            raise DraftTaken(owner)
        return owner.since if owner.is_own else now

    def begin_intents(self, intents: Sequence[Intent]) -> tuple[Intent, ...]:
        """As the port says, once it is committed."""
        now = self.clock()
        begun = tuple(
            replace(intent, state=IntentState.SENDING, sent_at=now, settled_at=None)
            for intent in intents
        )
        claimed: list[Intent] = []
        for intent in begun:
            claimed += self._claimed(intent)
            if not claimed:
                insert(self.connection, "intent", _intent_cells(intent, self._owner_bytes(now)))
                self._note(intent.id, IntentEvent(now, intent.state))
        if claimed:
            raise AlreadySent(claimed)
        return begun

    def _claimed(self, intent: Intent) -> Iterator[Intent]:
        """What stands in the way of a claim."""
        by_id = self.intent(intent.id)
        if by_id is not None:
            yield by_id
        if intent.draft_id is None:
            return
        for other in self._intents("draft_id = ?", _bytes(intent.draft_id)):
            is_same = (intent.method, intent.path, intent.body) == (
                other.method,
                other.path,
                other.body,
            )
            if is_same and other.id != intent.id and other.state in _NOT_AGAIN:
                yield other

    def settle(self, intent_id: str, settlement: Settlement) -> Intent:
        """As the port says, once it is committed."""
        key = _bytes(intent_id)
        found = self.connection.execute(
            "SELECT document, owner FROM intent WHERE id = ?", (key,)
        ).fetchone()
        if found is None:
            raise NotInJournal(f"There is no request {intent_id} in the journal.")
        before = intent_of(_json(found[0]))
        if not before.state.may_become(settlement.state):
            raise AlreadySettled(before)
        now = self.clock()
        after = _settled(before, settlement, now)
        put(self.connection, "intent", _intent_cells(after, found[1]))
        event = IntentEvent(now, settlement.state, settlement.number, settlement.note)
        self._note(intent_id, event)
        if settlement.ends_draft and after.draft_id is not None:
            self.connection.execute("DELETE FROM draft WHERE id = ?", (_bytes(after.draft_id),))
        return after

    def unsettled(self, workspace: str) -> tuple[Intent, ...]:
        """As the port says."""
        rows = self.connection.execute(
            "SELECT document, owner, state FROM intent"
            " WHERE workspace = ? AND state IN (?, ?) ORDER BY rowid",
            (_bytes(workspace), IntentState.SENDING.value, IntentState.UNKNOWN.value),
        )
        return tuple(
            intent_of(_json(document))
            for document, owner, state in rows
            if state == IntentState.UNKNOWN or not self._owner(owner).is_live
        )

    def recent(self, workspace: str, limit: int) -> tuple[Intent, ...]:
        """As the port says."""
        return tuple(
            self._intents("workspace = ? ORDER BY rowid DESC LIMIT ?", _bytes(workspace), limit)
        )

    def intent(self, intent_id: str) -> Intent | None:
        """As the port says."""
        return next(self._intents("id = ?", _bytes(intent_id)), None)

    def of_plan(self, plan_id: str) -> tuple[Intent, ...]:
        """As the port says."""
        return tuple(self._intents("plan_id = ? ORDER BY rowid", _bytes(plan_id)))

    def events(self, intent_id: str) -> tuple[IntentEvent, ...]:
        """As the port says."""
        rows = self.connection.execute(
            "SELECT document FROM intent_event WHERE intent_id = ? ORDER BY rowid",
            (_bytes(intent_id),),
        )
        return tuple(_event_of(_json(document)) for (document,) in rows)

    def last_undoable(self, workspace: str) -> Intent | None:
        """As the port says."""
        where = (
            "workspace = ? AND state = ? AND undo_of IS NULL AND NOT EXISTS (SELECT 1 FROM intent AS taking_back"
            " WHERE taking_back.undo_of = intent.id AND taking_back.state IN (?, ?, ?)) ORDER BY rowid DESC LIMIT 1"
        )
        states = (state.value for state in _NOT_AGAIN)
        return next(self._intents(where, _bytes(workspace), IntentState.SAVED.value, *states), None)

    def purge(self) -> int:
        """Forget intents that ended longer ago than `KEPT_FOR`; how many there were."""
        final = [state.value for state in IntentState if state.is_final]
        marks = ", ".join("?" * len(final))
        return self.connection.execute(
            f"DELETE FROM intent WHERE state IN ({marks}) AND settled_us < ?",  # noqa: S608 - question marks
            (*final, _microseconds(self.clock() - KEPT_FOR)),
        ).rowcount

    def _intents(self, where: str, *values: Cell) -> Iterator[Intent]:
        rows = self.connection.execute(f"SELECT document FROM intent WHERE {where}", values)  # noqa: S608 - words of ours
        for (document,) in rows:
            yield intent_of(_json(document))

    def _note(self, intent_id: str, event: IntentEvent) -> None:
        document: Json = {
            "at": event.at.isoformat(),
            "state": event.state.value,
            "number": event.number,
            "note": event.note,
        }
        insert(self.connection, "intent_event", (_bytes(intent_id), _document(document)))

    def _owner_bytes(self, since: datetime) -> bytes:
        process = self.process
        return _document(
            {"pid": process.pid, "started": process.started, "since": since.isoformat()}
        )

    def _owner(self, data: bytes) -> DraftOwner:
        match _json(data):
            case {"pid": int(pid), "started": str(started), "since": str(since)}:
                mark = ProcessMark(pid, started)
                is_own = mark == self.process
                is_live = is_own or mark.is_running
                return DraftOwner(pid, datetime.fromisoformat(since), is_live, is_own)
        raise ValueError("is no owner")


def _intent_cells(intent: Intent, owner: bytes) -> tuple[Cell, ...]:
    moment = intent.settled_at or intent.sent_at or _EPOCH
    return (
        _bytes(intent.id),
        _bytes(intent.workspace),
        None if intent.draft_id is None else _bytes(intent.draft_id),
        None if intent.plan_id is None else _bytes(intent.plan_id),
        None if intent.undo_of is None else _bytes(intent.undo_of),
        intent.state.value,
        _microseconds(moment),
        owner,
        _document(intent_json(intent)),
    )


def _settled(intent: Intent, settlement: Settlement, now: datetime) -> Intent:
    return replace(
        intent,
        state=settlement.state,
        settled_at=now,
        number=intent.number if settlement.number is None else settlement.number,
        note=settlement.note or intent.note,
        record_id=settlement.record_id or intent.record_id,
        after=intent.after if settlement.after is None else settlement.after,
    )


def _event_of(document: Json) -> IntentEvent:
    match document:
        case {
            "at": str(at),
            "state": str(state),
            "number": int() | None as number,
            "note": str(note),
        }:
            return IntentEvent(datetime.fromisoformat(at), IntentState(state), number, note)
    raise ValueError("is no step of an intent")


def _digest(cells: Sequence[Cell]) -> bytes:
    return hashlib.blake2b(repr(tuple(cells)).encode(), digest_size=16).digest()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _document(value: Json) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except TypeError:  # it holds a `Decimal`, for which the fast encoder has no digits
        text = dump_json(value)
    return _bytes(text)


def _json(data: bytes) -> Json:
    """What `_document` was given. Unlike `parse_json` it keeps lone surrogates, which are typed text too."""
    value: Json = json.loads(data.decode("utf-8", "surrogatepass"), parse_float=Decimal)
    return value


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND
