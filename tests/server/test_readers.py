"""The threads that read: how many, and what becomes of work whose caller or workspace has gone."""

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server.refusals import Refusal
from app.server.store.readers import Reader
from app.server.store.workspace import READERS, Store, open_workspace
from tests.server.workspaces import People

TIMEOUT_S = 20
"""Longer than anything here takes."""


@pytest.fixture
def store(workspace: Path, people: People) -> Iterator[Store]:
    """An open workspace."""
    del people
    with contextlib.closing(open_workspace(workspace)) as opened:
        yield opened


class Busy:
    """Work that fills all threads until it is let go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._go = threading.Event()
        self._all_began = threading.Barrier(READERS + 1)

    async def begin(self) -> "list[asyncio.Task[str]]":
        """Fill the threads."""
        tasks = [asyncio.create_task(self._store.read(self._work)) for _ in range(READERS)]
        await asyncio.to_thread(self._all_began.wait, TIMEOUT_S)
        return tasks

    def _work(self, _: Reader) -> str:
        self._all_began.wait(TIMEOUT_S)
        self._go.wait(TIMEOUT_S)
        return threading.current_thread().name

    def end(self) -> None:
        """Let it go."""
        self._go.set()


async def test_one_question_after_the_other_needs_one_thread(store: Store) -> None:
    """Each thread has a connection and memory of its own."""
    names = [await store.read(lambda _: threading.current_thread().name) for _ in range(20)]
    assert len(set(names)) == 1


async def test_questions_at_once_run_side_by_side(store: Store) -> None:
    """In as many threads as there may be."""
    busy = Busy(store)
    tasks = await busy.begin()
    busy.end()
    assert len({await task for task in tasks}) == READERS


async def test_a_question_whose_caller_has_gone_before_its_turn_is_not_asked(store: Store) -> None:
    """Its work is not begun."""
    busy, begun = Busy(store), []
    tasks = await busy.begin()
    waiting = asyncio.create_task(store.read(lambda _: begun.append("in vain")))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    busy.end()
    await asyncio.gather(*tasks)
    assert await store.read(lambda _: list(begun)) == []
    assert waiting.cancelled()


ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


async def test_closing_the_workspace_ends_what_runs_and_refuses_what_waits(store: Store) -> None:
    """And what comes afterwards."""
    all_began = threading.Barrier(READERS + 1)

    def endless(reader: Reader) -> None:
        all_began.wait(TIMEOUT_S)
        reader.connection.execute(ENDLESS).fetchall()

    tasks = [asyncio.create_task(store.read(endless)) for _ in range(READERS)]
    await asyncio.to_thread(all_began.wait, TIMEOUT_S)
    waiting = asyncio.create_task(store.read(lambda _: "too late"))
    await asyncio.sleep(0)
    await asyncio.to_thread(store.close)
    codes = []
    for task in (*tasks, waiting, asyncio.create_task(store.read(lambda _: "too late"))):
        with pytest.raises(Refusal) as refused:
            await task
        codes.append(refused.value.code)
    assert codes == ["too_slow"] * READERS + ["workspace_closed"] * 2
