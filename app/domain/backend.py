"""The port through which everything talks to a workspace."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.domain.capabilities import ResourceMatrix
from app.domain.edits import Change
from app.domain.outcomes import WriteOutcome
from app.domain.query import Query
from app.domain.records import Cursor, LinkPage, Page, Record, RecordId
from app.domain.requests import PreparedRequest, RequestLog
from app.domain.schema import RecordType
from app.domain.values import Json


@dataclass(frozen=True, slots=True)
class Health:
    """What the unauthenticated health call said."""

    status: str
    """The server's word, such as `ok`; not yet sanitised."""
    features: tuple[str, ...] = ()
    """What the server offers beyond the documented API; empty when it says nothing."""


class Backend(Protocol):
    """A workspace. Every method but the `prepare` ones sends.

    Reads raise `BackendError` and nothing else. Writes give their outcome and raise nothing; one that is cancelled has an
    unknown outcome. A write with an `intent` (a text that no other write has, such as a UUID) carries it as its
    `Idempotency-Key` to servers that offer this; without one the backend makes one up.
    """

    @property
    def resources(self) -> ResourceMatrix:
        """What the API documents per resource and action, and what it refused in this session."""
        ...

    @property
    def log(self) -> RequestLog:
        """What was sent in this session."""
        ...

    @property
    def is_read_only(self) -> bool:
        """Whether the transport refuses writes."""
        ...

    @property
    def can_unlock(self) -> bool:
        """Whether `unlock` would let writes pass: not where the workspace was opened read-only."""
        ...

    def lock(self) -> None:
        """Refuse every write from now on; one that waits to be sent again is not sent."""
        ...

    def unlock(self) -> None:
        """Take `lock` back."""
        ...

    async def health(self) -> Health:
        """Ask whether the API is there; needs no key."""
        ...

    async def schema(self, record_type: str) -> RecordType:
        """Fetch the schema of one record type."""
        ...

    async def read(self, record_id: RecordId) -> Record:
        """Read one record."""
        ...

    async def query(self, query: Query, cursor: Cursor | None = None) -> Page:
        """Fetch the first page of a query, or the one `cursor` points to."""
        ...

    async def skim(self, query: Query, cursor: Cursor | None = None) -> Page:
        """Fetch a page as `query` does, for records that are looked at once and let go.

        Values may stay as they came until they are looked at: they are there sooner, and take several times the memory.
        """
        ...

    async def links(
        self, record_id: RecordId, relationship: str, cursor: Cursor | None = None
    ) -> LinkPage:
        """Read a page of one relationship of one record."""
        ...

    def prepare_schema(self, record_type: str) -> PreparedRequest:
        """The request `schema` would send."""
        ...

    def prepare_read(self, record_id: RecordId) -> PreparedRequest:
        """The request `read` would send."""
        ...

    def prepare_query(self, query: Query, cursor: Cursor | None = None) -> PreparedRequest:
        """The request `query` would send. Raises `Rejected` for a question the API has no words for."""
        ...

    def parse_query(self, record_type: str, body: Json) -> Query:
        """The query that a body of the API's own means; a cursor in it is not looked at.

        Raises:
            Rejected: naming the place that is wrong.
        """
        ...

    async def create(
        self, record_type: str, changes: Sequence[Change], *, intent: str | None = None
    ) -> WriteOutcome:
        """Create a record. Never sent again once its outcome is unknown."""
        ...

    async def patch(
        self, record_id: RecordId, changes: Sequence[Change], *, base: Record | None = None
    ) -> WriteOutcome:
        """Change attributes of a record; with a `base` only if it is still as read, where the server offers that."""
        ...

    async def archive(self, record_id: RecordId, *, base: Record | None = None) -> WriteOutcome:
        """Archive a record; with a `base` as for `patch`."""
        ...

    async def assert_record(
        self,
        record_type: str,
        match: Change,
        changes: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        """Change the one record that has a unique value, or create it."""
        ...

    async def add_link(
        self,
        record_id: RecordId,
        relationship: str,
        target: str | Change,
        edge: Sequence[Change] = (),
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        """Link to a record by its id, or to the one that has a unique value."""
        ...

    async def patch_link(
        self, record_id: RecordId, relationship: str, target_id: str, edge: Sequence[Change]
    ) -> WriteOutcome:
        """Change what a link carries."""
        ...

    async def remove_link(
        self, record_id: RecordId, relationship: str, target_id: str
    ) -> WriteOutcome:
        """Remove a link."""
        ...

    async def add_item(
        self,
        record_id: RecordId,
        attribute: str,
        members: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> WriteOutcome:
        """Add an item to a list-like attribute."""
        ...

    async def patch_item(
        self, record_id: RecordId, attribute: str, item_id: str, members: Sequence[Change]
    ) -> WriteOutcome:
        """Change an item of a list-like attribute."""
        ...

    async def remove_item(self, record_id: RecordId, attribute: str, item_id: str) -> WriteOutcome:
        """Remove an item of a list-like attribute."""
        ...

    def prepare_create(
        self, record_type: str, changes: Sequence[Change], *, intent: str | None = None
    ) -> PreparedRequest:
        """The request `create` would send.

        This and its siblings raise `Rejected` for what JSON or the API has no words for. Headers that depend on what the
        server offers are there once a write, or `health`, has asked for it.
        """
        ...

    def prepare_patch(
        self, record_id: RecordId, changes: Sequence[Change], *, base: Record | None = None
    ) -> PreparedRequest:
        """The request `patch` would send."""
        ...

    def prepare_archive(
        self, record_id: RecordId, *, base: Record | None = None
    ) -> PreparedRequest:
        """The request `archive` would send."""
        ...

    def prepare_assert_record(
        self,
        record_type: str,
        match: Change,
        changes: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        """The request `assert_record` would send."""
        ...

    def prepare_add_link(
        self,
        record_id: RecordId,
        relationship: str,
        target: str | Change,
        edge: Sequence[Change] = (),
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        """The request `add_link` would send."""
        ...

    def prepare_patch_link(
        self, record_id: RecordId, relationship: str, target_id: str, edge: Sequence[Change]
    ) -> PreparedRequest:
        """The request `patch_link` would send."""
        ...

    def prepare_remove_link(
        self, record_id: RecordId, relationship: str, target_id: str
    ) -> PreparedRequest:
        """The request `remove_link` would send."""
        ...

    def prepare_add_item(
        self,
        record_id: RecordId,
        attribute: str,
        members: Sequence[Change],
        *,
        intent: str | None = None,
    ) -> PreparedRequest:
        """The request `add_item` would send."""
        ...

    def prepare_patch_item(
        self, record_id: RecordId, attribute: str, item_id: str, members: Sequence[Change]
    ) -> PreparedRequest:
        """The request `patch_item` would send."""
        ...

    def prepare_remove_item(
        self, record_id: RecordId, attribute: str, item_id: str
    ) -> PreparedRequest:
        """The request `remove_item` would send."""
        ...

    async def raw(self, request: PreparedRequest) -> bytes:
        """Send a prepared request and give the answer's body as it came."""
        ...

    async def close(self) -> None:
        """Let go of connections and, for an embedded workspace, of its file."""
        ...
