"""Rehearsing: a workspace made for the moment, in which a plan is run before it is run in earnest."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from app.domain.backend import Backend
from app.domain.records import Record, RecordId
from app.domain.schema import RecordType


@dataclass(frozen=True, slots=True)
class Clone:
    """What of a workspace a rehearsal needs."""

    record_types: tuple[RecordType, ...]
    records: tuple[Record, ...]
    stand_ins: tuple[RecordId, ...] = ()
    """Records that are only pointed to, and of which nothing but the id is known."""


class OpenScratch(Protocol):
    """Makes a workspace that holds a clone and nothing else, for as long as it is used; then it is removed."""

    def __call__(self, clone: Clone) -> AbstractAsyncContextManager[Backend]:
        """Entering raises `WorkspaceError` if no workspace can be made of this clone."""
        ...
