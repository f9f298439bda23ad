"""The port through which everything talks to a workspace."""

from dataclasses import dataclass
from typing import Protocol

from app.domain.capabilities import ResourceMatrix
from app.domain.query import Query
from app.domain.records import Cursor, LinkPage, Page, Record, RecordId
from app.domain.requests import PreparedRequest, RequestLog
from app.domain.schema import RecordType


@dataclass(frozen=True, slots=True)
class Health:
    """What the unauthenticated health call said."""

    status: str
    """The server's word, such as `ok`; not yet sanitised."""
    features: tuple[str, ...] = ()
    """What the server offers beyond the documented API; empty when it says nothing."""


class Backend(Protocol):
    """A workspace. Every method but the `prepare` ones sends; each raises `BackendError` and nothing else."""

    @property
    def resources(self) -> ResourceMatrix:
        """What the API documents per resource and action."""
        ...

    @property
    def log(self) -> RequestLog:
        """What was sent in this session."""
        ...

    @property
    def is_read_only(self) -> bool:
        """Whether the transport refuses writes."""
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

    async def raw(self, request: PreparedRequest) -> bytes:
        """Send a prepared request and give the answer's body as it came."""
        ...

    async def close(self) -> None:
        """Let go of connections and, for an embedded workspace, of its file."""
        ...
