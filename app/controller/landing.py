"""Did it land? Finding out, by reading alone, what became of a write whose answer was lost. Nothing is ever sent again."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from app.controller.sending import kept
from app.domain.backend import Backend
from app.domain.edit_draft import is_changed, without_write
from app.domain.edits import UNSET
from app.domain.equality import is_kept, is_same
from app.domain.errors import BackendError, NotFound
from app.domain.journal import (
    AlreadySettled,
    DraftTaken,
    Intent,
    IntentKind,
    IntentState,
    Journal,
    NotInJournal,
    Settlement,
)
from app.domain.kept_items import edge_of, items_in
from app.domain.merging import base_of
from app.domain.planned import ITEM_KINDS, item_of, kept_item, write_of
from app.domain.query import Direction, Filter, Query, Sort
from app.domain.records import Cursor, Link, Record, RecordId
from app.domain.schema import Attribute, RecordType
from app.domain.unique_values import unique_filters
from app.domain.values import Json, plain_timestamp

MOMENTS_S: Final = (0, 2, 5, 10, 30)
"""When to look, in seconds from the start: an answer may be lost before the work is done."""

EARLIER: Final = timedelta(minutes=5)
"""How much older than its sending a new record may say that it is: clocks differ."""

NEWEST: Final = 50
"""New records that are looked through for one without a unique value."""

LINK_PAGES: Final = 20
"""Pages of links that are looked through for one."""

_TELLING: Final = ("string", "timestamp")
"""Value types of words that tell one record from another; enums are alike, and long texts are not always read."""

_MAKING: Final = (IntentKind.CREATE, IntentKind.ASSERT)

RECENT: Final = 500
"""Intents whose records are known to be others."""


@dataclass(frozen=True, slots=True)
class Landed:
    """It was done."""

    evidence: str
    """In words. Not yet sanitised."""
    record: Record | None = None
    item_id: str | None = None
    """Of an item that was added."""


@dataclass(frozen=True, slots=True)
class NotLanded:
    """It was not done: all is as it was before. It may be sent again, when a person asks for it."""

    evidence: str


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Nobody knows yet: a person decides."""

    evidence: str
    near: tuple[Record, ...] = ()
    """Records that may be it."""
    is_lasting: bool = False
    """Whether looking again cannot tell more."""


Verdict = Landed | NotLanded | CannotTell
"""Exactly one of the three."""

Sleep = Callable[[float], Awaitable[None]]


class Landing:
    """Finds out about intents of one workspace."""

    def __init__(
        self, backend: Backend, journal: Journal, workspace: str, *, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._backend = backend
        self._journal = journal
        self._workspace = workspace
        self._sleep = sleep

    async def open_questions(self) -> tuple[Intent, ...]:
        """Intents whose end nobody knows, oldest first. Raises JournalFailed."""
        return await kept(self._journal.unsettled(self._workspace))

    async def find_out(
        self, intent: Intent, tell: Callable[[Verdict], None] | None = None
    ) -> Verdict:
        """Look until it has landed, or for half a minute, and note what was found; `tell` is called after each look.

        Cancelled, it leaves the intent as it was. Raises JournalFailed.
        """
        verdict: Verdict = CannotTell("Nobody has looked yet.")
        now_s = 0
        for moment_s in MOMENTS_S:
            if moment_s > now_s:
                await self._sleep(moment_s - now_s)
                now_s = moment_s
            verdict = await self._look(intent)
            if tell is not None:
                tell(verdict)
            if isinstance(verdict, Landed) or _is_lasting(verdict):
                break
        await self._note(intent, verdict)
        return verdict

    async def give_up(self, intent: Intent, note: str = "Its owner gave it up.") -> None:
        """Let an intent rest, so that the same can be sent again on request. Raises JournalFailed."""
        await self._settle(intent, Settlement(IntentState.DISCARDED, note=note))

    async def _look(self, intent: Intent) -> Verdict:
        """What can be seen now."""
        try:
            return await self._see(intent)
        except BackendError as error:
            return CannotTell(f"It could not be looked up: {error.reason}")

    async def _see(self, intent: Intent) -> Verdict:
        """Raises BackendError."""
        match intent.kind:
            case IntentKind.PATCH:
                return await self._see_values(intent)
            case IntentKind.ASSERT if intent.record_id is not None:
                return await self._see_values(intent)
            case IntentKind.CREATE | IntentKind.ASSERT:
                return await self._see_new(intent)
            case IntentKind.ARCHIVE:
                return await self._see_archived(intent)
            case IntentKind.ADD_ITEM | IntentKind.SET_ITEM | IntentKind.REMOVE_ITEM:
                return await self._see_item(intent)
            case IntentKind.LINK | IntentKind.PATCH_LINK | IntentKind.UNLINK:
                return await self._see_link(intent)

    async def _see_values(self, intent: Intent) -> Verdict:
        """A change of attributes, by the values the record has now."""
        try:
            record = await self._backend.read(_owner(intent))
        except NotFound:
            words = (
                f"{_owner(intent)} is not there any more, so that its values cannot be compared."
            )
            return CannotTell(words, is_lasting=True)
        names = [name for name in intent.after if name in intent.before] or [*intent.after]
        after = {name: intent.after[name] for name in names}
        return _compared(str(_owner(intent)), intent.before, after, base_of(record), record)

    async def _see_archived(self, intent: Intent) -> Verdict:
        try:
            await self._backend.read(_owner(intent))
        except NotFound:
            return Landed(f"{_owner(intent)} is not found any more: it was archived.")
        return NotLanded(f"{_owner(intent)} is still there.")

    async def _see_item(self, intent: Intent) -> Verdict:
        """A change of an item, by the items the record has now."""
        try:
            record = await self._backend.read(_owner(intent))
        except NotFound:
            return CannotTell(f"{_owner(intent)} is not there any more.", is_lasting=True)
        write = write_of(intent)
        items = items_in(record, write.name)
        what = f"{_owner(intent)} {write.name}"
        if intent.kind is IntentKind.ADD_ITEM:
            wanted = write.values
            for item_id, members in items.items():
                if is_kept(_keys_of(wanted), dict(members)):
                    return Landed(f"{what} holds the item.", record, item_id)
            return NotLanded(f"{what} does not hold the item.")
        now = items.get(write.target_id or "")
        if intent.kind is IntentKind.REMOVE_ITEM:
            if now is None:
                return Landed(f"{what} does not hold the item any more.", record)
            return NotLanded(f"{what} still holds the item.")
        if now is None:
            return CannotTell(f"{what} does not hold the item any more.", is_lasting=True)
        noted = item_of(intent.before)
        before = {} if noted is None else noted.members
        return _compared(what, before, write.values, now, record)

    async def _see_link(self, intent: Intent) -> Verdict:
        """A change of a link, by the links the record has now."""
        write = write_of(intent)
        what = f"{_owner(intent)} {write.name}"
        link = await self._find_link(_owner(intent), write.name, write.target_id or "")
        if intent.kind is IntentKind.LINK:
            is_there = link is not None
            return Landed(f"{what}: linked.") if is_there else NotLanded(f"{what}: not linked.")
        if intent.kind is IntentKind.UNLINK:
            is_gone = link is None
            return Landed(f"{what}: not linked any more.") if is_gone else NotLanded(f"{what}: still linked.")  # fmt: skip
        if link is None:
            return CannotTell(f"{what}: not linked any more.", is_lasting=True)
        noted = item_of(intent.before)
        before = {} if noted is None else noted.members
        return _compared(what, before, write.values, edge_of(link), None)

    async def _find_link(self, owner: RecordId, relationship: str, target_id: str) -> Link | None:
        """Raises BackendError."""
        cursor: Cursor | None = None
        for _ in range(LINK_PAGES):
            page = await self._backend.links(owner, relationship, cursor)
            for link in page.links:
                if link.target.id.casefold() == target_id.casefold():
                    return link
            cursor = page.next_cursor
            if cursor is None:
                break
        return None

    async def _see_new(self, intent: Intent) -> Verdict:
        """A new record: by a unique value that was sent, else among the newest. Raises BackendError."""
        schema = await self._backend.schema(intent.record_type)
        filters = unique_filters(schema, intent.after)
        if filters:
            found = await self._with_unique(schema, filters)
            how = " or ".join(f"{leaf.field} {leaf.value}" for leaf in filters)
        else:
            found = await self._newest(schema, intent)
            how = f"the newest {schema.api_name} records"
        others = await self._known_others(intent)
        words = self._backend.resources.rule(schema.api_name).create_words
        new = [row for row in found if row.record_id not in others]
        return _the_new_one(intent, new, how, words)

    async def _with_unique(
        self, schema: RecordType, filters: Sequence[Filter]
    ) -> tuple[Record, ...]:
        found: dict[RecordId, Record] = {}
        for leaf in filters:
            page = await self._backend.query(Query(schema.api_name, (leaf,), limit=5))
            found |= {record.record_id: record for record in page.records}
        return tuple(found.values())

    async def _newest(self, schema: RecordType, intent: Intent) -> tuple[Record, ...]:
        """Records made since shortly before the sending, newest first."""
        filters = list(_scope(intent, self._backend.resources.rule(schema.api_name).query_scopes))
        created = schema.attribute_by_name.get("created_at")
        is_scoped = bool(filters)
        if intent.sent_at is not None and (
            is_scoped or (created is not None and "gte" in created.filter_operators)
        ):
            since = plain_timestamp(intent.sent_at - EARLIER)
            filters.append(Filter("created_at", "gte", since))
        sort = () if is_scoped else (Sort("created_at", Direction.DESC),)
        query = Query(schema.api_name, tuple(filters), sort, NEWEST)
        return (await self._backend.query(query)).records

    async def _known_others(self, intent: Intent) -> frozenset[RecordId]:
        """Records that other writes made: none of them is the one looked for."""
        rows = await kept(self._journal.recent(self._workspace, RECENT))
        return frozenset(
            RecordId(row.record_type, row.record_id)
            for row in rows
            if row.record_id is not None and row.id != intent.id and row.kind in _MAKING
        )

    async def _note(self, intent: Intent, verdict: Verdict) -> None:
        """Keep what was found; a draft that has landed ends."""
        match verdict:
            case Landed():
                settlement = _landed_settlement(intent, verdict)
                ends = await self._ends_draft(intent, verdict.record)
                await self._settle(intent, replace(settlement, ends_draft=ends))
            case NotLanded(evidence):
                await self._settle(intent, Settlement(IntentState.REFUSED, note=evidence))
            case CannotTell(evidence):
                await self._settle(intent, Settlement(IntentState.UNKNOWN, note=evidence))

    async def _settle(self, intent: Intent, settlement: Settlement) -> None:
        with suppress(AlreadySettled, NotInJournal):  # another crmdeck has found out first
            await kept(self._journal.settle(intent.id, settlement))

    async def _ends_draft(self, intent: Intent, record: Record | None) -> bool:
        """Take what has landed out of its draft; whether nothing is left of it."""
        rows = await kept(self._journal.open_drafts(self._workspace))
        draft = next((row.draft for row in rows if row.draft.id == intent.draft_id), None)
        if draft is None:
            return False
        left = without_write(draft, write_of(intent), record)
        if not is_changed(left):
            return True
        with suppress(DraftTaken):
            await kept(self._journal.save_draft(left))
        return False


def _is_lasting(verdict: Verdict) -> bool:
    return isinstance(verdict, CannotTell) and verdict.is_lasting


def _owner(intent: Intent) -> RecordId:
    assert intent.record_id is not None
    return RecordId(intent.record_type, intent.record_id)


def _compared(
    what: str,
    before: Mapping[str, Json],
    after: Mapping[str, Json],
    now: Mapping[str, Json],
    record: Record | None,
) -> Verdict:
    """What the values tell: as they were sent, as they were before, or otherwise."""
    names = ", ".join(after)
    is_as_sent = all(is_kept(value, now.get(name, UNSET)) for name, value in after.items())
    is_as_before = all(_was(before, name, now) for name in after)
    if is_as_sent and is_as_before:
        words = f"{what}: {names} cannot be told from what was there before."
        return CannotTell(words, is_lasting=True)
    if is_as_sent:
        return Landed(f"{what} holds what was sent: {names}.", record)
    if is_as_before:
        return NotLanded(f"{what} is as it was before: {names}.")
    words = f"{what}: {names} is neither what was sent nor what was there before."
    return CannotTell(words, () if record is None else (record,), is_lasting=True)


def _was(before: Mapping[str, Json], name: str, now: Mapping[str, Json]) -> bool:
    """Whether a value is what it was; of what is not known to have been there, whether it is empty."""
    if name not in before:
        return False
    found = now.get(name, UNSET)
    return is_same(before[name], found) or (before[name] is None and found is UNSET)


def _keys_of(members: Mapping[str, Json]) -> dict[str, Json]:
    """What an item is known by: its state as the primary one follows the others."""
    return {name: value for name, value in members.items() if name != "is_primary"}


def _scope(intent: Intent, scopes: Mapping[str, str]) -> tuple[Filter, ...]:
    """The filter that a scoped type is asked by, from what was sent."""
    for word in scopes.values():
        several = intent.after.get(f"{word}s")
        first = several[0] if isinstance(several, list) and several else None
        value = intent.after.get(word) or first
        if value is not None:
            return (Filter(word, "eq", value),)
    return ()


def _the_new_one(
    intent: Intent, found: Sequence[Record], how: str, words: Sequence[Attribute]
) -> Verdict:
    """Which of the records that were found is the new one."""
    earliest = None if intent.sent_at is None else intent.sent_at - EARLIER
    recent = [
        row
        for row in found
        if earliest is None or row.created_at is None or row.created_at >= earliest
    ]
    same = [row for row in recent if _holds(row, intent.after, words)]
    if len(same) == 1:
        record = same[0]
        evidence = f"{record.record_id} was made then and holds what was sent; found by {how}."
        return Landed(evidence, record)
    if same:
        evidence = f"{len(same)} records made then hold what was sent; found by {how}."
        return CannotTell(evidence, tuple(same))
    if found:
        evidence = f"Not found by {how}; what was found holds other values, or is older."
        return CannotTell(evidence, tuple(found[:5]))
    return CannotTell(f"Not found yet by {how}.")


def _holds(record: Record, sent: Mapping[str, Json], words: Sequence[Attribute]) -> bool:
    """Whether a record holds every value that was sent and can be compared, and there is any."""
    now = base_of(record)
    if words:
        return _holds_words(now, sent, words)
    compared = {
        name: value for name, value in sent.items() if name in now and not _is_a_question(value)
    }
    return bool(compared) and all(is_kept(value, now[name]) for name, value in compared.items())


def _holds_words(
    now: Mapping[str, Json], sent: Mapping[str, Json], words: Sequence[Attribute]
) -> bool:
    """Whether a record that is made in other words than it is read in holds the telling ones anywhere."""
    telling = [row.api_name for row in words if row.value_type in _TELLING]
    values = [sent[name] for name in telling if sent.get(name) is not None]
    return bool(values) and all(
        any(is_kept(value, held) for held in now.values()) for value in values
    )


def _is_a_question(value: Json) -> bool:
    """Whether a value names a record by something else than its id, and so cannot be compared."""
    return isinstance(value, dict) and "related_record_match" in value


def _landed_settlement(intent: Intent, landed: Landed) -> Settlement:
    """What a journal notes of a write that has landed: also what only its answer would have told."""
    record = landed.record
    record_id = None if record is None else record.record_id.id
    settlement = Settlement(IntentState.SAVED, note=landed.evidence, record_id=record_id)
    if intent.kind in ITEM_KINDS and landed.item_id is not None:
        write = write_of(intent)
        return replace(settlement, after=kept_item(write.name, landed.item_id, write.values))
    if record is None or intent.kind in ITEM_KINDS:
        return settlement
    now = base_of(record)
    return replace(settlement, after={name: now.get(name, value) for name, value in intent.after.items()})  # fmt: skip
