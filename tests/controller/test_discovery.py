"""Finding record types: from known names to what the schemas name."""

import asyncio

import pytest

from app.controller.discovery import CONFIGURED, DOCUMENTED, MAX_AT_ONCE, MAX_TYPES, Discovery
from app.domain.errors import NotFound, ServerFailed
from app.domain.schema import RecordType, Relationship
from app.wire.public_v2.matrix import RESOURCES
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import memory_session, small_workspace


async def test_known_names_come_first() -> None:
    """Before any request the documented names are there, then those of the profile."""
    backend = small_workspace()
    discovery = Discovery(memory_session(backend, record_types=("renewal", "task")))
    assert discovery.known == (*RESOURCES.rules, "renewal")
    assert [row.how for row in discovery.found] == [DOCUMENTED] * 7 + [CONFIGURED]
    assert backend.sent == []


async def test_a_schema_is_fetched_once() -> None:
    """Two callers at one time share one request, and later ones the answer."""
    backend = small_workspace()
    discovery = Discovery(memory_session(backend))
    first, second = await asyncio.gather(discovery.schema("contact"), discovery.schema("contact"))
    assert first is second is await discovery.schema("contact")
    assert backend.sent == ["GET /_schema/contact"]


async def test_a_fresh_schema_replaces_the_old() -> None:
    """Asking for a fresh one sends again."""
    backend = small_workspace()
    discovery = Discovery(memory_session(backend))
    await discovery.schema("contact")
    backend.record_types["contact"] = RecordType("contact", "Person")
    assert (await discovery.schema("contact", is_fresh=True)).display_name == "Person"
    row = discovery.get("contact")
    assert row is not None
    assert row.label == "Person"


async def test_a_schema_adds_the_types_it_names() -> None:
    """Related types and junctions are met with the relationship that named them."""
    discovery = Discovery(memory_session())
    await discovery.schema("contact")
    found = {row.name: row.how for row in discovery.found}
    assert found["renewal"] == "contact.renewals"
    assert found["contact_account"] == "junction of contact.accounts"


async def test_a_walk_reaches_everything_a_few_at_once() -> None:
    """A walk fetches each missing schema once, at most four together, and tells of each."""
    backend = small_workspace()
    discovery = Discovery(memory_session(backend))
    await discovery.schema("contact")
    told: list[str] = []
    await discovery.walk(lambda row: told.append(row.name))
    assert all(row.record_type is not None for row in discovery.found)
    assert sorted(told) == sorted(row.name for row in discovery.found if row.name != "contact")
    assert len(backend.sent) == len(set(backend.sent)) == 9
    assert backend.most_at_once == MAX_AT_ONCE


async def test_a_failing_type_stays_with_its_error() -> None:
    """One schema that cannot be had does not end the walk; a later walk tries it again."""
    backend = small_workspace()
    backend.fail("GET /_schema/task", ServerFailed("broken"), times=1)
    discovery = Discovery(memory_session(backend))
    await discovery.walk()
    row = discovery.get("task")
    assert row is not None
    assert isinstance(row.error, ServerFailed)
    await discovery.walk()
    row = discovery.get("task")
    assert row is not None
    assert row.error is None
    assert row.record_type is not None


async def test_an_unknown_name_raises() -> None:
    """A name that nobody knows is the caller's error and is not listed."""
    discovery = Discovery(memory_session())
    with pytest.raises(NotFound):
        await discovery.schema("nothing")
    assert discovery.get("nothing") is None


async def test_cancelling_leaves_it_usable() -> None:
    """A cancelled fetch neither blocks nor fails the next one."""
    backend = small_workspace()
    gate = backend.hold("GET /_schema/contact")
    discovery = Discovery(memory_session(backend))
    task = asyncio.create_task(discovery.schema("contact"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    gate.set()
    assert (await discovery.schema("contact")).api_name == "contact"


class EndlessBackend(MemoryBackend):
    """A server whose every schema names a new record type."""

    async def schema(self, record_type: str) -> RecordType:
        relationship = Relationship("more", "More", f"{record_type}x")
        return RecordType(record_type, record_type, relationships=(relationship,))


async def test_an_endless_server_is_not_followed_for_ever() -> None:
    """Beyond a limit further names are counted, not followed."""
    discovery = Discovery(memory_session(EndlessBackend(())))
    await discovery.walk()
    assert len(discovery.found) == MAX_TYPES
    assert discovery.left_out > 0
