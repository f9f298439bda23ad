"""What must outlive the program: unsent edits, and what is sent with how it ended; and the port that keeps them.

A draft is an unsent edit. An intent is one request that writes: it is on the disk before the request leaves, and its id is
claimed once, so that nothing is sent twice.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol

from app.domain.values import Json

KEPT_FOR: Final = timedelta(days=30)
"""How long an intent that has ended stays. Drafts, and intents whose end nobody knows, stay for ever."""

_NOTHING: Final[Mapping[str, Json]] = MappingProxyType({})
_NO_TEXTS: Final[Mapping[str, str]] = MappingProxyType({})


def new_id() -> str:
    """An id for a draft or an intent that no other has, also fit as an idempotency key."""
    return str(uuid.uuid4())


class EditAction(StrEnum):
    """What is done with an item of a list-like attribute, or with a link."""

    ADD = "add"
    SET = "set"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEdit:
    """An unsent change of a list-like attribute, which goes to an endpoint of its own."""

    attribute: str
    action: EditAction
    item_id: str | None = None
    """`None` for an item that is to be added."""
    members: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """The members as they are to be; of an item that is removed, none."""
    before: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """The members as they were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEdit:
    """An unsent change of a link, which goes to an endpoint of its own."""

    relationship: str
    action: EditAction
    target_type: str
    target_id: str
    title: str = ""
    """What a person calls the target. Not yet sanitised."""
    edge: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """Edge attributes as they are to be."""
    before: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """Edge attributes as they were read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An unsent edit of one record, or a record that is not there yet."""

    id: str
    workspace: str
    """What tells the workspace from all others."""
    record_type: str
    record_id: str | None = None
    """`None`: a new record."""
    title: str = ""
    """What a person calls the record. Not yet sanitised."""
    base: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """The record as it was read, in the form in which it would be written."""
    version: str | None = None
    """The server's own mark of the state that was read."""
    updated_at: datetime | None = None
    values: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """Changed attributes alone; `None` clears."""
    texts: Mapping[str, str] = field(default_factory=lambda: _NO_TEXTS)
    """By attribute: what was typed and is no value yet."""
    items: tuple[ItemEdit, ...] = ()
    links: tuple[LinkEdit, ...] = ()
    focus: str | None = None
    """The attribute that was being edited."""
    caret: int | None = None
    """Where in it, in characters from its start."""
    saved_at: datetime | None = None
    """When it was last on the disk; the journal sets it."""


@dataclass(frozen=True, slots=True)
class DraftOwner:
    """The crmdeck in which a draft was last edited."""

    pid: int
    since: datetime
    """When it began with the draft."""
    is_live: bool
    """Whether that process still runs."""
    is_own: bool = False
    """Whether it is this process."""

    @property
    def is_in_the_way(self) -> bool:
        """Whether the draft is being edited in another process."""
        return self.is_live and not self.is_own


@dataclass(frozen=True, slots=True)
class OpenDraft:
    """A draft as it is found, with whose it is."""

    draft: Draft
    owner: DraftOwner


class IntentKind(StrEnum):
    """What a request is to do."""

    CREATE = "create"
    PATCH = "patch"
    ARCHIVE = "archive"
    ASSERT = "assert"
    LINK = "link"
    PATCH_LINK = "patch_link"
    UNLINK = "unlink"
    ADD_ITEM = "add_item"
    SET_ITEM = "set_item"
    REMOVE_ITEM = "remove_item"


class IntentState(StrEnum):
    """How far a request is."""

    SENDING = "sending"
    """It is about to leave, or has left; found after a crash, nobody knows which."""
    SAVED = "saved"
    """The server did it, and said or showed so."""
    REFUSED = "refused"
    """It changed nothing."""
    CONFLICT = "conflict"
    """It changed nothing, because somebody else changed the record."""
    UNKNOWN = "unknown"
    """It may have been done."""
    DISCARDED = "discarded"
    """It never left, or its owner does not want to hear of it again."""

    @property
    def is_final(self) -> bool:
        """Whether nothing more has to be found out."""
        return self not in _OPEN

    def may_become(self, later: "IntentState") -> bool:
        """Whether a request in this state can turn out to be in that one; what was saved stays saved."""
        match self:
            case IntentState.SENDING | IntentState.UNKNOWN:
                return later is not IntentState.SENDING
            case IntentState.REFUSED | IntentState.CONFLICT:
                return later in (self, IntentState.DISCARDED)
            case _:
                return later is self


_OPEN: Final = frozenset({IntentState.SENDING, IntentState.UNKNOWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One request that writes, and how it ended."""

    id: str
    """Claimed once, by all crmdecks together."""
    workspace: str
    kind: IntentKind
    record_type: str
    record_id: str | None = None
    """`None` for a record that has no id yet; the journal fills in what the answer told."""
    title: str = ""
    """What a person calls the record. Not yet sanitised."""
    method: str
    path: str
    body: bytes | None = None
    """Exactly what is sent."""
    before: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """What is changed, as it was, in the form in which it would be written."""
    after: Mapping[str, Json] = field(default_factory=lambda: _NOTHING)
    """The same, as it is to be, or as the answer said it is."""
    state: IntentState = IntentState.SENDING
    sent_at: datetime | None = None
    """When it was claimed; the journal sets it."""
    settled_at: datetime | None = None
    """When its state last changed; the journal sets it."""
    number: int | None = None
    """The request's number in the log of its session."""
    note: str = ""
    """Why it was refused, or what was found out. Not yet sanitised."""
    undo_of: str | None = None
    """The id of the intent that this one takes back."""
    draft_id: str | None = None
    plan_id: str | None = None


@dataclass(frozen=True, slots=True)
class IntentEvent:
    """One step of an intent, as it was noted; steps are only ever added."""

    at: datetime
    state: IntentState
    number: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """How a request ended."""

    state: IntentState
    number: int | None = None
    """The request's number in the log."""
    note: str = ""
    record_id: str | None = None
    """The id of the record that was made; `None` keeps what is known."""
    after: Mapping[str, Json] | None = None
    """What the answer said; `None` keeps what was to be."""
    ends_draft: bool = False
    """Whether its draft goes in the same step."""


@dataclass(frozen=True, slots=True)
class JournalWarning:
    """Why something was lost, or will be."""

    text: str
    """What happened, and what to do. Not yet sanitised."""
    is_unsaved: bool = False
    """Whether drafts and intents are kept in memory only, and end with the program."""


class JournalFailed(Exception):
    """The journal could not be read or written now; the text says why. Not yet sanitised. Later calls may work."""


class AlreadySent(Exception):
    """Some intents are claimed already: they are sent, are being sent, or may have been. None of the others was claimed."""

    def __init__(self, intents: Sequence[Intent]) -> None:
        super().__init__("This was sent already; it is not sent twice.")
        self.intents = tuple(intents)
        """The claimed ones, as they are now."""


class AlreadySettled(Exception):
    """An intent ended otherwise before."""

    def __init__(self, intent: Intent) -> None:
        super().__init__(f"This request was settled already: it is {intent.state}.")
        self.intent = intent
        """As it is."""


class NotInJournal(Exception):
    """There is no draft or intent of that id, or none any more."""


class DraftTaken(Exception):
    """A draft is being edited in another process that is alive."""

    def __init__(self, owner: DraftOwner) -> None:
        super().__init__(f"This draft is being edited in pid {owner.pid}.")
        self.owner = owner


class Journal(Protocol):
    """Drafts and intents of all workspaces, shared by all crmdecks of one user.

    Every method returns at once and never blocks: the work is done in a thread, in the order of the calls. A future of a
    method that writes ends when the change is on the disk. Futures raise `JournalFailed`, and what else is said below.
    """

    def listen(self, listener: Callable[[JournalWarning], None]) -> None:
        """Tell of what was lost, from any thread; what was told before is told again at once."""
        ...

    def open_drafts(self, workspace: str) -> Future[tuple[OpenDraft, ...]]:
        """All drafts of a workspace, the one saved last first."""
        ...

    def save_draft(self, draft: Draft) -> Future[datetime | None]:
        """Keep a draft in the place of the one with its id, as this process's; when it was on the disk.

        `None`: it is in memory only.

        Raises:
            DraftTaken: another process is editing it; it stays as that one left it.
        """
        ...

    def take_draft(self, draft_id: str) -> Future[Draft]:
        """Make a draft this process's, to go on with it; as it is now.

        Raises:
            DraftTaken: another process is editing it.
            NotInJournal: there is none of that id any more.
        """
        ...

    def discard_draft(self, draft_id: str) -> Future[None]:
        """Forget a draft; nothing happens where there is none.

        Raises:
            DraftTaken: another process is editing it.
        """
        ...

    def begin_intents(self, intents: Sequence[Intent]) -> Future[tuple[Intent, ...]]:
        """Claim intents before they are sent, all or none; as they are noted. Send only when this has ended well.

        Raises:
            AlreadySent: one is claimed: by its id, or because the same bytes of the same draft are sent, saved or unknown.
        """
        ...

    def settle(self, intent_id: str, settlement: Settlement) -> Future[Intent]:
        """Note how an intent ended; as it is afterwards.

        Raises:
            AlreadySettled: it ended otherwise before.
            NotInJournal: there is none of that id.
        """
        ...

    def unsettled(self, workspace: str) -> Future[tuple[Intent, ...]]:
        """Intents whose end is not known, oldest first; without those that a live process is sending."""
        ...

    def recent(self, workspace: str, limit: int) -> Future[tuple[Intent, ...]]:
        """The latest intents, newest first."""
        ...

    def intent(self, intent_id: str) -> Future[Intent | None]:
        """One intent."""
        ...

    def of_plan(self, plan_id: str) -> Future[tuple[Intent, ...]]:
        """The intents of a plan, in the order they were claimed."""
        ...

    def events(self, intent_id: str) -> Future[tuple[IntentEvent, ...]]:
        """The steps of one intent, oldest first."""
        ...

    def last_undoable(self, workspace: str) -> Future[Intent | None]:
        """The latest saved intent that no other takes back, has taken back or may have, and that takes back none itself."""
        ...

    def close(self) -> None:
        """Do what is queued, and let go of the file. Blocks; later calls fail."""
        ...
