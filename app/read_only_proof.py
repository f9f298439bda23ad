"""The proof that a read-only session writes nothing: everything is tried against a sink beneath the guard.

`crmdeck doctor --assert-read-only` runs it as a program of its own, in a home of its own, over a sample workspace: the
user's files and workspaces are out of its reach. It prints a line of JSON for each thing it tried.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from textual.pilot import Pilot

from app.clients.embedded import EMBEDDED_URL, EmbeddedTransport
from app.clients.public_v2 import PublicV2Client
from app.clients.sink import Sink
from app.clients.transport import Transport
from app.controller.session import Session
from app.controller.write_calls import WRITE_CALLS
from app.domain.actions import ACTIONS, ActionRow
from app.domain.errors import BackendError
from app.domain.json_text import dump_ascii
from app.domain.query import Query
from app.domain.records import RecordId
from app.domain.requests import PreparedRequest
from app.main import CrmDeck
from app.screens.browse import BrowseScreen
from app.server.application import create_application
from app.server.sample.workspace import write_sample
from app.server.store.workspace import open_workspace
from app.wire.public_v2.endpoints import READS
from app.wire.public_v2.errors import error_from_answer
from app.wiring import Target, connect

_CONTACTS: Final = 20
_LEAVING: Final = frozenset({"quit", "cancel"})
"""Actions that end the deck; each has a deck of its own."""

_AFTER: Final = ("enter", "A", "escape", "escape")
"""Pressed after each action: what it opened is confirmed, applied, and left."""

_BEFORE: Final = {"list": (), "record": ("enter",)}
"""What is pressed to come to each place in which actions are tried."""


@dataclass(frozen=True, slots=True)
class Fired:
    """One thing that was tried."""

    kind: str
    """`control`, `call` or `action`."""
    name: str
    place: str
    writes: tuple[str, ...]
    """The writes that left."""

    def line(self) -> str:
        """As JSON on one line."""
        return dump_ascii(
            {"kind": self.kind, "name": self.name, "place": self.place, "writes": [*self.writes]}
        )


async def prove(file: Path) -> AsyncIterator[Fired]:
    """Try everything over a workspace file, and say after each thing what left."""
    async with _session(file, is_read_only=False) as (session, sink):
        yield await _control(session, sink)
    async with _session(file, is_read_only=True) as (session, sink):
        async for fired in _calls(session, sink):
            yield fired
    for place in _BEFORE:
        rows = [row for row in ACTIONS if row.name not in _LEAVING]
        for some in (rows, *([row] for row in ACTIONS if row.name in _LEAVING)):
            async for fired in _actions(file, place, some):
                yield fired


@asynccontextmanager
async def _session(file: Path, *, is_read_only: bool) -> AsyncIterator[tuple[Session, Sink]]:
    """A session as wiring makes it, its wire led through a sink."""
    usual = await connect(Target(workspace=file, is_read_only=is_read_only))
    await usual.backend.close()
    wire = EmbeddedTransport(create_application(await asyncio.to_thread(open_workspace, file)))
    await wire.start()
    sink = Sink(wire, READS)
    transport = Transport(
        EMBEDDED_URL, refusal=error_from_answer, reads=READS, is_read_only=is_read_only, wire=sink
    )
    session = replace(usual, backend=PublicV2Client(transport))
    try:
        yield session, sink
    finally:
        await session.close()


def _left(sink: Sink) -> Iterator[str]:
    """The writes that came since the last look."""
    while sink.writes:
        yield sink.writes.pop(0)


async def _a_record(session: Session) -> RecordId:
    name = next(iter(session.backend.resources.rules))
    page = await session.backend.query(Query(name, limit=1))
    return page.records[0].record_id


async def _control(session: Session, sink: Sink) -> Fired:
    """A write in a session that may: if the sink does not see it, it proves nothing."""
    record = await _a_record(session)
    await WRITE_CALLS["create"](session.backend, record)
    return Fired("control", "create", "unlocked", tuple(_left(sink)))


async def _calls(session: Session, sink: Sink) -> AsyncIterator[Fired]:
    """Every writing call of the backend, and a raw request for each verb that claims to be a read."""
    record = await _a_record(session)
    for name, call in WRITE_CALLS.items():
        await call(session.backend, record)
        yield Fired("call", name, "backend", tuple(_left(sink)))
    base_url = session.backend.prepare_read(record).base_url
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        request = PreparedRequest(method, base_url, f"/{record.record_type}", b"{}", is_read=True)
        with suppress(BackendError):  # refused, as it should be; what left is what counts
            await session.backend.raw(request)
        yield Fired("call", f"raw {method}", "backend", tuple(_left(sink)))


async def _actions(file: Path, place: str, rows: "list[ActionRow]") -> AsyncIterator[Fired]:
    """Actions one after the other in one deck, by key and by name."""
    async with _session(file, is_read_only=True) as (session, sink):

        async def opened() -> Session:
            return session

        deck = CrmDeck(opened)
        async with deck.run_test(size=(80, 24)) as pilot:
            await _settle(pilot)
            for row in rows:
                await _fire(deck, pilot, place, row)
                yield Fired("action", row.name, place, tuple(_left(sink)))


async def _fire(deck: CrmDeck, pilot: Pilot[int], place: str, row: ActionRow) -> None:
    """Come to the place, press the key or call it by name, confirm what it opened, and leave it."""
    await _press(deck, pilot, *_BEFORE[place])
    if row.keys:
        await _press(deck, pilot, row.keys[0])
    elif deck.is_running and isinstance(deck.screen, BrowseScreen):
        await deck.screen.run_named(row.name)
        await _settle(pilot)
    if row.name not in _LEAVING:
        await _press(deck, pilot, *_AFTER)
        while deck.is_running and len(deck.screen_stack) > 2:
            deck.pop_screen()
            await _settle(pilot)


async def _press(deck: CrmDeck, pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        if deck.is_running:
            await pilot.press(key)
            await _settle(pilot)


async def _settle(pilot: Pilot[int]) -> None:
    """Wait until messages are handled and workers are through, or wait for a person."""
    for _ in range(4):
        await pilot.pause()
        if not any(not worker.is_finished for worker in pilot.app.workers):
            return


async def _run() -> None:
    with tempfile.TemporaryDirectory(prefix="crmdeck-") as folder:
        os.environ["CRMDECK_HOME"] = folder
        os.chdir(folder)  # what an action writes to a file goes away with it
        file = Path(folder) / "proof.db"
        await asyncio.to_thread(write_sample, file, _CONTACTS)
        async for fired in prove(file):
            sys.stdout.write(fired.line() + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run())
