"""Undo: a confirmed write is taken back by another one, reviewed like any other. The journal alone knows what there is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from app.controller.editing import Editing
from app.controller.sending import kept
from app.domain.backend import Backend
from app.domain.edits import UNSET, Unset
from app.domain.equality import is_same
from app.domain.errors import NotFound, Rejected
from app.domain.journal import Intent, IntentKind, Journal
from app.domain.kept_items import items_in
from app.domain.merging import Side, base_of
from app.domain.planned import PlannedWrite, as_changes, item_of
from app.domain.records import Record, RecordId
from app.domain.reversing import last_redoable, last_undoable, reverse_of_intent
from app.domain.review import Review
from app.domain.schema import RecordType
from app.domain.values import Json

RECENT: Final = 500
"""Intents among which the one to undo is looked for."""


@dataclass(frozen=True, slots=True)
class CannotUndo:
    """Why something cannot be undone."""

    reason: str
    """Not yet sanitised."""


@dataclass(frozen=True, slots=True)
class DriftRow:
    """A value that is no longer what we wrote."""

    attribute: str
    old: Json | Unset
    """What it was before our write."""
    ours: Json | Unset
    """What we wrote."""
    theirs: Json | Unset
    """What it is now."""


@dataclass(frozen=True, slots=True)
class Drift:
    """Somebody changed since what is to be undone: each value is decided, `MINE` for the old value, `THEIRS` to leave it."""

    intent: Intent
    record: Record
    rows: tuple[DriftRow, ...]


_NO_SIDES: Final[Mapping[str, Side]] = {}


class Undo:
    """Takes back confirmed writes of one workspace, and takes undos back."""

    def __init__(self, backend: Backend, journal: Journal, editing: Editing) -> None:
        self._backend = backend
        self._journal = journal
        self._editing = editing

    async def last(self) -> Intent | None:
        """The latest confirmed write that still holds. Raises JournalFailed."""
        return last_undoable(await self._recent())

    async def last_undone(self) -> Intent | None:
        """The latest undo that still holds, to be taken back. Raises JournalFailed."""
        return last_redoable(await self._recent())

    async def review(
        self, intent: Intent, sides: Mapping[str, Side] = _NO_SIDES
    ) -> Review | Drift | CannotUndo:
        """What taking back an intent, which may be an undo itself, will send; `sides` decides what has drifted.

        Raises:
            BackendError: the record cannot be read now.
        """
        reverse = reverse_of_intent(intent)
        if reverse.write is None:
            return CannotUndo(reverse.words)
        schema = await self._backend.schema(intent.record_type)
        try:
            found = await self._review(intent, reverse.write, schema, sides)
        except NotFound:
            return CannotUndo("Cannot be undone: the record is not there any more.")
        except Rejected as error:
            return CannotUndo(f"Cannot be undone: {error.reason}")
        if not isinstance(found, Review):
            return found
        return replace(
            found, undo_of=intent.id, title=intent.title, notes=(*found.notes, reverse.words)
        )

    async def _recent(self) -> tuple[Intent, ...]:
        return await kept(self._journal.recent(self._editing.workspace, RECENT))

    async def _review(
        self,
        intent: Intent,
        write: PlannedWrite,
        schema: RecordType,
        sides: Mapping[str, Side],
    ) -> Review | Drift | CannotUndo:
        """Raises NotFound, Rejected."""
        await self._editing.reviewer.ask_offers()
        match write.kind:
            case IntentKind.PATCH:
                return await self._patch(intent, write, schema, sides)
            case IntentKind.ARCHIVE:
                return await self._archive(intent, write)
            case IntentKind.SET_ITEM | IntentKind.REMOVE_ITEM:
                return await self._item(intent, write, schema, sides)
            case _:
                return self._of(write, schema, before=intent.after)

    def _of(
        self,
        write: PlannedWrite,
        schema: RecordType,
        *,
        before: Mapping[str, Json] | None = None,
        record: Record | None = None,
    ) -> Review:
        """A review of one line. Raises Rejected."""
        base = {} if record is None else base_of(record)
        members = None if before is None else _members_of(before)
        line = self._editing.reviewer.line(write, schema, base=base, before=members, as_read=record)
        return Review(workspace=self._editing.workspace, lines=(line,))

    async def _patch(
        self,
        intent: Intent,
        write: PlannedWrite,
        schema: RecordType,
        sides: Mapping[str, Side],
    ) -> Review | Drift | CannotUndo:
        record = await self._backend.read(write.owner)
        now, old = base_of(record), write.values
        drift = _drift(old, intent.after, now)
        if any(row.attribute not in sides for row in drift):
            return Drift(intent, record, drift)
        left = {row.attribute for row in drift if sides[row.attribute] is Side.THEIRS}
        wanted = {
            name: value
            for name, value in old.items()
            if name not in left and not is_same(value, now.get(name, UNSET))
        }
        if not wanted:
            return CannotUndo(
                "Nothing is left to undo: the record is as it was, or stays as it is."
            )
        return self._of(replace(write, changes=as_changes(wanted)), schema, record=record)

    async def _archive(self, intent: Intent, write: PlannedWrite) -> Review | CannotUndo:
        """The archive of a record we made, telling what became of it since."""
        record = await self._backend.read(write.owner)
        review = await self._editing.review_archive(write.owner)
        changed = [row.attribute for row in _drift(intent.after, intent.after, base_of(record))]
        if not changed:
            return review
        note = f"It was changed since it was made: {', '.join(changed)}."
        return replace(review, notes=(*review.notes, note))

    async def _item(
        self,
        intent: Intent,
        write: PlannedWrite,
        schema: RecordType,
        sides: Mapping[str, Side],
    ) -> Review | Drift | CannotUndo:
        record = await self._backend.read(RecordId(write.record_type, write.record_id or ""))
        now = items_in(record, write.name).get(write.target_id or "")
        if now is None:
            return CannotUndo("Cannot be undone: the item is not there any more.")
        if write.kind is IntentKind.REMOVE_ITEM:
            return self._of(write, schema, before={write.name: dict(now)})
        drift = _drift(write.values, _members_of(intent.after), now)
        if any(row.attribute not in sides for row in drift):
            return Drift(intent, record, drift)
        left = {row.attribute for row in drift if sides[row.attribute] is Side.THEIRS}
        wanted = {name: value for name, value in write.values.items() if name not in left}
        if not wanted:
            return CannotUndo("Nothing is left to undo: the item stays as it is.")
        part = replace(write, changes=as_changes(wanted))
        was = {name: value for name, value in now.items() if name in wanted}
        return self._of(part, schema, before={write.name: was})


def _members_of(noted: Mapping[str, Json]) -> Mapping[str, Json]:
    found = item_of(noted)
    return {} if found is None else found.members


def _drift(
    old: Mapping[str, Json], ours: Mapping[str, Json], now: Mapping[str, Json]
) -> tuple[DriftRow, ...]:
    """Values that are neither what we wrote nor what they were before."""
    rows = (
        DriftRow(name, value, ours.get(name, UNSET), now.get(name, UNSET))
        for name, value in old.items()
    )
    return tuple(
        row
        for row in rows
        if not is_same(row.ours, row.theirs) and not is_same(row.old, row.theirs)
    )
