"""Keys pressed at random in a read-only session: whatever they open, no write reaches the server."""

import random
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.actions import ACTIONS
from app.domain.secret import Secret
from app.wiring import BACKENDS, Connection
from tests.support.deck import deck, press
from tests.support.remote_crm import small_crm
from tests.support.small_workspace import memory_session

LEAVING = ("quit", "cancel")
"""Actions that end the deck."""

KEYS = [key for row in ACTIONS for key in row.keys if row.name not in LEAVING]

STEPS = 60


@pytest.mark.parametrize("seed", range(3))
async def test_no_write_reaches_the_server(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over HTTP, with every key of the table, and text typed into whatever is open; the server notes every request."""
    monkeypatch.chdir(tmp_path)  # an export may be among the keys
    dice = random.Random(seed)
    with small_crm() as crm:
        backend = BACKENDS["public-v2"](Connection(crm.url, Secret("key"), is_read_only=True))
        session = replace(memory_session(), backend=backend, name="acme")
        async with deck(session) as (app, pilot):
            for _ in range(STEPS):
                await press(pilot, dice.choice([*KEYS, "enter", "enter", "A", "a", "z"]))
                if not app.is_running:
                    break
        assert "POST /contact/_query" in crm.seen
        others = [
            call
            for call in crm.seen
            if not call.startswith("GET ") and not call.endswith("/_query")
        ]
        assert others == []
        assert backend.log.writes == 0
