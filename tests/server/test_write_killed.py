"""Changes in a server that is killed with SIGKILL while they are made: nothing acknowledged is lost.

    CRMDECK_TEST_KILLS=200 python -m pytest -n 0 tests/server/test_write_killed.py

kills more often than the 30 times of the suite.
"""

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

PROJECT = Path(__file__).parents[2]
KEY = "a-key-for-tests-of-this-server-alone-0123456789"
KILLS = int(os.environ.get("CRMDECK_TEST_KILLS", "30"))
CLIENTS = 8
MOMENTS = 10
"""How many different moments there are to kill at, counted from the first acknowledged change."""
STEP_S = 0.02
"""Between two such moments: about three commits."""
START_S = 30.0
"""What the first acknowledged change may take."""

STATES = ("made", "changed", "archived")
"""What the changes of one contact lead to, in their order."""


@contextmanager
def serving(file: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`crmdeck serve` in a process of its own, and its address."""
    home = file.parent
    environment = os.environ | {
        "CRMDECK_SERVE_KEY": KEY,
        "HOME": str(home),
        **{
            f"XDG_{name}_HOME": str(home / name.lower())
            for name in ("CONFIG", "STATE", "DATA", "CACHE")
        },
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0", "--workspace", str(file)],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Serving "), (line, process.poll())
        yield process, line.split()[1]
    finally:
        process.kill()
        process.communicate()


class Load:
    """Clients that make, change and archive contacts until the server is gone."""

    def __init__(self) -> None:
        self.acknowledged: dict[str, str] = {}
        """The last state that was acknowledged of each contact, by id."""
        self.begun = asyncio.Event()
        """Whether anything was acknowledged since the server started."""

    async def run(self, url: str, cycle: int) -> None:
        """Returns when the server is gone; fails when it answers wrongly."""
        async with (
            httpx.AsyncClient(
                base_url=f"{url}/api/v2", headers={"X-Api-Key": KEY}, trust_env=False, timeout=30
            ) as client,
            asyncio.TaskGroup() as group,
        ):
            for worker in range(CLIENTS):
                group.create_task(self._work(client, f"c{cycle}-{worker}"))

    async def _work(self, client: httpx.AsyncClient, name: str) -> None:
        number = 0
        try:
            while True:
                number += 1
                await self._change(client, f"{name}-{number}@x.test")
        except httpx.TransportError:
            return  # the server was killed

    async def _change(self, client: httpx.AsyncClient, email: str) -> None:
        made, changed, archived = STATES
        attributes = {
            "first_name": "A",
            "last_name": "B",
            "title": made,
            "primary_email": email,
        }
        answer = await client.post("/contact", json={"attributes": attributes})
        assert answer.status_code == 201, answer.text
        path = f"/contact/{answer.json()['data']['id']}"
        self._note(path, made)
        answer = await client.patch(path, json={"attributes": {"title": changed}})
        assert answer.status_code == 200, answer.text
        self._note(path, changed)
        answer = await client.delete(path)
        assert answer.status_code == 204, answer.text
        self._note(path, archived)

    def _note(self, path: str, state: str) -> None:
        self.acknowledged[path.rpartition("/")[2]] = state
        self.begun.set()


def stored_states(file: Path) -> dict[str, str]:
    """The state of each contact in a file that is whole."""
    made, changed, archived = STATES
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return {
            record: archived if archived_at else title
            for record, title, archived_at in connection.execute(
                "SELECT id, title, archived_at FROM contact"
            )
            if title in {made, changed}
        }


def missing(acknowledged: dict[str, str], stored: dict[str, str]) -> dict[str, str]:
    """Acknowledged states that the file is not at; a change that nobody heard of may have been made as well."""
    later = {state: STATES[number : number + 2] for number, state in enumerate(STATES)}
    return {
        record: state
        for record, state in acknowledged.items()
        if stored.get(record) not in later[state]
    }


@pytest.mark.timeout(60 + 8 * KILLS)
async def test_nothing_acknowledged_is_lost_when_the_server_is_killed(copied: Path) -> None:
    """Many times under load, at various moments: the file is whole each time, and the next server takes it."""
    load = Load()
    for cycle in range(KILLS):
        before = len(load.acknowledged)
        load.begun.clear()
        with serving(copied) as (process, url):
            running = asyncio.create_task(load.run(url, cycle))
            begun = asyncio.create_task(load.begun.wait())
            await asyncio.wait({running, begun}, timeout=START_S, return_when="FIRST_COMPLETED")
            await asyncio.sleep(cycle % MOMENTS * STEP_S)
            process.kill()
            await running
            begun.cancel()
        assert len(load.acknowledged) > before
        assert not missing(load.acknowledged, stored_states(copied))
