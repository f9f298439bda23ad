"""What takes a write back, and why some writes cannot be taken back: said before they are sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from app.domain.edits import Change
from app.domain.journal import Intent, IntentKind, IntentState
from app.domain.planned import PlannedWrite, as_changes, item_of, write_of
from app.domain.values import Json


@dataclass(frozen=True, slots=True)
class Reverse:
    """How a write is taken back."""

    write: PlannedWrite | None
    """`None` where it cannot be, or where only the answer will tell what to address."""
    words: str
    is_possible: bool = True


_NO_WAY_BACK: Final = "Cannot be undone here: the API documents no way back from the archive."
_BY_ARCHIVE: Final = "Undo archives the record that is made; the API has no other way back."
_OTHERWISE: Final = "Cannot be undone: it did something else than was expected when it was sent."


_MAY_HOLD: Final = (IntentState.SAVED, IntentState.SENDING, IntentState.UNKNOWN)


def reverse_of(
    write: PlannedWrite, before: Mapping[str, Json], *, has_unexpected_end: bool = False
) -> Reverse:
    """The write that takes another one back; `before` is what it changed, as it was, in the words of the journal."""
    match write.kind:
        case IntentKind.ARCHIVE:
            return Reverse(None, _NO_WAY_BACK, is_possible=False)
        case IntentKind.ASSERT if has_unexpected_end:
            return Reverse(None, _OTHERWISE, is_possible=False)
        case IntentKind.CREATE | IntentKind.ASSERT if not before:
            return Reverse(_archive(write), _BY_ARCHIVE)
        case IntentKind.CREATE | IntentKind.ASSERT | IntentKind.PATCH:
            return _back_to(write, before)
        case IntentKind.LINK:
            unlink = replace(write, kind=IntentKind.UNLINK, changes=())
            return Reverse(unlink, "Undo removes the link.")
        case IntentKind.UNLINK:
            link = replace(write, kind=IntentKind.LINK, changes=_members(before))
            return Reverse(link, "Undo links again; it is a new link.")
        case IntentKind.PATCH_LINK:
            return _back_to_members(write, before, "Undo sends what the link carried.")
        case IntentKind.ADD_ITEM:
            remove = replace(write, kind=IntentKind.REMOVE_ITEM, changes=())
            known = remove if write.target_id is not None else None
            return Reverse(known, "Undo removes the item.")
        case IntentKind.SET_ITEM:
            return _back_to_members(write, before, "Undo sends what the item was.")
        case IntentKind.REMOVE_ITEM:
            added = replace(
                write, kind=IntentKind.ADD_ITEM, target_id=None, changes=_members(before)
            )
            return Reverse(added, "Undo adds the item again; it is a new item.")


def reverse_of_intent(intent: Intent) -> Reverse:
    """What takes back a write that was confirmed."""
    if intent.state is not IntentState.SAVED:
        words = f"Cannot be undone: it is {intent.state}, and only what was confirmed is undone."
        return Reverse(None, words, is_possible=False)
    is_odd = intent.kind is IntentKind.ASSERT and not intent.after
    found = reverse_of(write_of(intent), intent.before, has_unexpected_end=is_odd)
    if found.is_possible and found.write is None:
        words = "Cannot be undone: its answer did not say what to address."
        return Reverse(None, words, is_possible=False)
    return found


def _archive(write: PlannedWrite) -> PlannedWrite | None:
    if write.record_id is None:
        return None
    return PlannedWrite(
        kind=IntentKind.ARCHIVE, record_type=write.record_type, record_id=write.record_id
    )


def _back_to(write: PlannedWrite, before: Mapping[str, Json]) -> Reverse:
    """The old values; only those that were written."""
    changes = as_changes(before)
    if write.record_id is None:
        return Reverse(None, "Undo sends the old values.")
    patch = PlannedWrite(
        kind=IntentKind.PATCH,
        record_type=write.record_type,
        record_id=write.record_id,
        changes=changes,
    )
    return Reverse(patch, "Undo sends the old values.")


def _back_to_members(write: PlannedWrite, before: Mapping[str, Json], words: str) -> Reverse:
    noted = item_of(before)
    known = {} if noted is None else noted.members
    wanted = {row.attribute: known[row.attribute] for row in write.changes if row.attribute in known}  # fmt: skip
    if not wanted:
        return Reverse(None, "Cannot be undone: what it was is not known.", is_possible=False)
    return Reverse(replace(write, changes=as_changes(wanted)), words)


def _members(before: Mapping[str, Json]) -> tuple[Change, ...]:
    noted = item_of(before)
    return () if noted is None else as_changes(noted.members)


# Which write is undone next, and which undo is taken back next


def last_undoable(intents: Sequence[Intent]) -> Intent | None:
    """The latest confirmed write that still holds and is no undo; `intents` stand newest first."""
    rows = (row for row in intents if row.state is IntentState.SAVED and row.undo_of is None)
    return next((row for row in rows if _holds(row, intents)), None)


def last_redoable(intents: Sequence[Intent]) -> Intent | None:
    """The latest undo that still holds, unless something new was written after it; `intents` stand newest first."""
    for row in intents:
        if row.state is not IntentState.SAVED:
            continue
        if row.undo_of is None:
            return None
        if _holds(row, intents) and _depth(row, intents) % 2:
            return row
    return None


def _holds(intent: Intent, intents: Sequence[Intent]) -> bool:
    """Whether nothing that holds takes it back, or may have."""
    takers = [row for row in intents if row.undo_of == intent.id and row.state in _MAY_HOLD]
    return not any(_holds(row, intents) for row in takers)


def _depth(intent: Intent, intents: Sequence[Intent]) -> int:
    """How many undos deep: 1 for an undo, 2 for one that takes an undo back."""
    by_id = {row.id: row for row in intents}
    depth, row = 0, intent
    while row.undo_of is not None:
        depth += 1
        if row.undo_of not in by_id:
            break
        row = by_id[row.undo_of]
    return depth
