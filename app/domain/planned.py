"""One write that is about to be made: what it does, to which record, and how a journal notes it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.edits import Change, Unset, write_json
from app.domain.journal import Intent, IntentKind
from app.domain.records import RecordId
from app.domain.values import Json

ITEM_ID = "id"
"""Under which an item's id, and a link's target, stands in a journal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedWrite:
    """One request that writes, before it has words of an API."""

    kind: IntentKind
    record_type: str
    record_id: str | None = None
    """`None` for a create and an assert."""
    changes: tuple[Change, ...] = ()
    """Attributes; of an item its members, of a link its edge attributes."""
    name: str = ""
    """The list-like attribute or relationship; empty where the record itself is written."""
    target_id: str | None = None
    """The item's id, or the linked record's; `None` for an item that is added."""
    match: Change | None = None
    """What an assert finds its record by."""

    @property
    def owner(self) -> RecordId:
        """The record that is written. Only for one that is there."""
        assert self.record_id is not None
        return RecordId(self.record_type, self.record_id)

    @property
    def values(self) -> dict[str, Json]:
        """The changes as JSON, what an assert matches by among them."""
        changes = self.changes if self.match is None else (self.match, *self.changes)
        return as_values(changes)

    @property
    def is_reread(self) -> bool:
        """Whether the record is read again right before, to see whether it still is as it was."""
        is_known = self.kind is IntentKind.ASSERT and self.record_id is not None
        return is_known or self.kind in _REREAD


_REREAD = frozenset({IntentKind.PATCH, IntentKind.ARCHIVE, IntentKind.SET_ITEM, IntentKind.REMOVE_ITEM})  # fmt: skip

BODY_KINDS = frozenset({IntentKind.CREATE, IntentKind.PATCH, IntentKind.ASSERT})
"""Kinds that write attributes of a record in one body."""

ITEM_KINDS = frozenset({IntentKind.ADD_ITEM, IntentKind.SET_ITEM, IntentKind.REMOVE_ITEM})
LINK_KINDS = frozenset({IntentKind.LINK, IntentKind.PATCH_LINK, IntentKind.UNLINK})


def as_values(changes: Iterable[Change]) -> dict[str, Json]:
    """Changes as JSON, those that are sent."""
    return {
        row.attribute: write_json(row.value) for row in changes if not isinstance(row.value, Unset)
    }


def as_changes(values: Mapping[str, Json]) -> tuple[Change, ...]:
    """JSON as changes."""
    return tuple(Change(name, value) for name, value in values.items())


# How a journal notes items and links: under the name of the attribute or relationship, as an object with the id


def kept_item(name: str, item_id: str | None, members: Mapping[str, Json]) -> dict[str, Json]:
    """An item or link as a journal notes it."""
    kept: dict[str, Json] = {} if item_id is None else {ITEM_ID: item_id}
    return {name: kept | {key: value for key, value in members.items() if key != ITEM_ID}}


def no_item(name: str) -> dict[str, Json]:
    """Its absence."""
    return {name: None}


@dataclass(frozen=True, slots=True)
class KeptItem:
    """An item or link, as it was noted."""

    name: str
    id: str | None
    members: Mapping[str, Json]


def item_of(noted: Mapping[str, Json]) -> KeptItem | None:
    """Read a note of an item or link; `None` where it says that there is none."""
    for name, kept in noted.items():
        if isinstance(kept, dict):
            item_id = kept.get(ITEM_ID)
            members = {key: value for key, value in kept.items() if key != ITEM_ID}
            return KeptItem(name, item_id if isinstance(item_id, str) else None, members)
    return None


def write_of(intent: Intent) -> PlannedWrite:
    """The write that an intent noted; what an assert looked for stands among its changes."""
    kind, record_type = intent.kind, intent.record_type
    if kind in BODY_KINDS:
        changes = as_changes(intent.after)
        return PlannedWrite(
            kind=kind, record_type=record_type, record_id=intent.record_id, changes=changes
        )
    noted = item_of(intent.after) or item_of(intent.before)
    if noted is None:
        return PlannedWrite(kind=kind, record_type=record_type, record_id=intent.record_id)
    is_removal = kind in (IntentKind.REMOVE_ITEM, IntentKind.UNLINK)
    return PlannedWrite(
        kind=kind,
        record_type=record_type,
        record_id=intent.record_id,
        changes=() if is_removal else as_changes(noted.members),
        name=noted.name,
        target_id=noted.id,
    )
