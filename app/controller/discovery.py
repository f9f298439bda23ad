"""Finding the record types of a workspace: from the names that are known to those the schemas name."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from app.controller.session import Session
from app.domain.errors import BackendError
from app.domain.schema import RecordType

MAX_TYPES: Final = 500
"""Record types that are kept; a server that names more and more is not followed for ever."""

MAX_AT_ONCE: Final = 4
"""Schema requests under way at one time."""

DOCUMENTED: Final = "documented"
"""How a name was found that the API's own pages list."""

CONFIGURED: Final = "profile"
"""How a name was found that the profile's `record_types` lists."""

ASKED: Final = "asked for by name"
"""How a name was found that a person typed."""


@dataclass(frozen=True, slots=True)
class FoundType:
    """A record type's name and what is known of it."""

    name: str
    how: str
    """`documented`, `profile`, or the relationship that named it, such as `contact.renewals`; not yet sanitised."""
    record_type: RecordType | None = None
    """Its schema; `None` until it is fetched."""
    error: BackendError | None = None
    """Why the last attempt to fetch it failed."""

    @property
    def label(self) -> str:
        """The display name, or the name as long as there is no schema. Not yet sanitised."""
        return self.name if self.record_type is None else self.record_type.display_name

    @property
    def is_junction(self) -> bool:
        """Whether it only joins two others, as far as is known."""
        if self.record_type is not None:
            return self.record_type.is_junction
        return self.how.startswith("junction of ")


class Discovery:
    """The record types of one workspace and their schemas, each fetched once."""

    def __init__(self, session: Session) -> None:
        self._backend = session.backend
        self._found: dict[str, FoundType] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self.left_out = 0
        """Names beyond `MAX_TYPES`, counted each time they were met."""
        for name in self._backend.resources.rules:
            self._meet(name, DOCUMENTED)
        for name in session.record_types:
            self._meet(name, CONFIGURED)
        self.known = tuple(self._found)
        """The names the walk starts from."""

    @property
    def found(self) -> tuple[FoundType, ...]:
        """Every record type met so far, in the order they were met."""
        return tuple(self._found.values())

    def get(self, name: str) -> FoundType | None:
        """What is known of a name, without asking the server."""
        return self._found.get(name)

    async def schema(self, name: str, *, is_fresh: bool = False) -> RecordType:
        """The schema of a record type, fetched on first use; `is_fresh` fetches it again.

        Raises:
            BackendError: as the backend does; the next call tries again.
        """
        async with self._locks.setdefault(name, asyncio.Lock()):
            entry = self._found.get(name)
            if entry is not None and entry.record_type is not None and not is_fresh:
                return entry.record_type
            try:
                record_type = await self._backend.schema(name)
            except BackendError as error:
                if entry is not None:
                    self._found[name] = replace(entry, error=error)
                raise
            self._keep(name, record_type)
            return record_type

    async def walk(self, on_progress: Callable[[FoundType], None] | None = None) -> None:
        """Fetch every schema that is missing, nearest first, and those of the types they name.

        A type whose schema cannot be had stays in `found` with its error; each is tried once per walk. `on_progress` is
        called after each type. Raises nothing of the backend's.
        """
        gate = asyncio.Semaphore(MAX_AT_ONCE)
        tried: set[str] = set()

        async def fetch(name: str) -> None:
            async with gate:
                with contextlib.suppress(BackendError):  # `schema` has kept it in `found`
                    await self.schema(name)
                if on_progress is not None:
                    on_progress(self._found[name])

        while level := [
            row.name for row in self.found if row.record_type is None and row.name not in tried
        ]:
            tried.update(level)
            async with asyncio.TaskGroup() as group:
                for name in level:
                    group.create_task(fetch(name))

    def _keep(self, name: str, record_type: RecordType) -> None:
        self._meet(name, ASKED)
        entry = self._found.get(name)
        if entry is not None:
            self._found[name] = replace(entry, record_type=record_type, error=None)
        for related, how in record_type.related_record_types:
            self._meet(related, how)

    def _meet(self, name: str, how: str) -> None:
        if name in self._found:
            return
        if len(self._found) >= MAX_TYPES:
            self.left_out += 1
            return
        self._found[name] = FoundType(name, how)
