"""Planned writes put to a backend: prepared for the eye, or sent. Both take the same words, so the bytes are the same."""

import asyncio
from concurrent.futures import Future
from typing import TypeVar

from app.domain.backend import Backend
from app.domain.journal import IntentKind
from app.domain.outcomes import WriteOutcome
from app.domain.planned import PlannedWrite
from app.domain.records import Record
from app.domain.requests import PreparedRequest

Result = TypeVar("Result")


def prepare(
    backend: Backend, write: PlannedWrite, *, intent: str | None = None, base: Record | None = None
) -> PreparedRequest:
    """The request that `send` sends. Raises `Rejected` for what the API has no words for."""
    match write.kind:
        case IntentKind.CREATE:
            return backend.prepare_create(write.record_type, write.changes, intent=intent)
        case IntentKind.PATCH:
            return backend.prepare_patch(write.owner, write.changes, base=base)
        case IntentKind.ARCHIVE:
            return backend.prepare_archive(write.owner, base=base)
        case IntentKind.ASSERT:
            assert write.match is not None
            return backend.prepare_assert_record(
                write.record_type, write.match, write.changes, intent=intent
            )
        case IntentKind.LINK:
            return backend.prepare_add_link(
                write.owner, write.name, _target(write), write.changes, intent=intent
            )
        case IntentKind.PATCH_LINK:
            return backend.prepare_patch_link(
                write.owner, write.name, _target(write), write.changes
            )
        case IntentKind.UNLINK:
            return backend.prepare_remove_link(write.owner, write.name, _target(write))
        case IntentKind.ADD_ITEM:
            return backend.prepare_add_item(write.owner, write.name, write.changes, intent=intent)
        case IntentKind.SET_ITEM:
            return backend.prepare_patch_item(
                write.owner, write.name, _target(write), write.changes
            )
        case IntentKind.REMOVE_ITEM:
            return backend.prepare_remove_item(write.owner, write.name, _target(write))


async def send(
    backend: Backend, write: PlannedWrite, *, intent: str, base: Record | None = None
) -> WriteOutcome:
    """Send a write, once."""
    match write.kind:
        case IntentKind.CREATE:
            return await backend.create(write.record_type, write.changes, intent=intent)
        case IntentKind.PATCH:
            return await backend.patch(write.owner, write.changes, base=base)
        case IntentKind.ARCHIVE:
            return await backend.archive(write.owner, base=base)
        case IntentKind.ASSERT:
            assert write.match is not None
            return await backend.assert_record(
                write.record_type, write.match, write.changes, intent=intent
            )
        case IntentKind.LINK:
            return await backend.add_link(
                write.owner, write.name, _target(write), write.changes, intent=intent
            )
        case IntentKind.PATCH_LINK:
            return await backend.patch_link(write.owner, write.name, _target(write), write.changes)
        case IntentKind.UNLINK:
            return await backend.remove_link(write.owner, write.name, _target(write))
        case IntentKind.ADD_ITEM:
            return await backend.add_item(write.owner, write.name, write.changes, intent=intent)
        case IntentKind.SET_ITEM:
            return await backend.patch_item(write.owner, write.name, _target(write), write.changes)
        case IntentKind.REMOVE_ITEM:
            return await backend.remove_item(write.owner, write.name, _target(write))


def _target(write: PlannedWrite) -> str:
    assert write.target_id is not None
    return write.target_id


async def kept(future: Future[Result]) -> Result:
    """Wait for the journal. What it was asked for is done even if nobody waits any more."""
    return await asyncio.shield(asyncio.wrap_future(future))
