"""Slow answers: one can leave, cancel, go on elsewhere; nothing that comes late does harm."""

import asyncio

import pytest

from app.domain.query import Query
from app.domain.records import Cursor, Page
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle
from tests.support.small_workspace import memory_session, small_workspace


@pytest.mark.parametrize("key", ["ctrl+c", "escape"])
@pytest.mark.parametrize("call", ["GET /_schema/contact", "POST /contact/_query"])
async def test_first_read_can_be_cancelled(key: str, call: str) -> None:
    """The request is let go, the deck says so, r reads again."""
    backend = small_workspace()
    gate = backend.hold(call)
    async with deck(backend) as (app, pilot):
        assert "reading contact (Ctrl+C cancels)" in screen_text(app)
        await press(pilot, key)
        assert backend.at_once == 0
        assert "Cancelled" in screen_text(app)
        assert "reading contact (" not in screen_text(app)
        gate.set()
        await press(pilot, "r")
        assert "> Sarah Person001" in screen_text(app)


async def test_cancelled_refresh_keeps_the_rows() -> None:
    """The list is as it was, with its place."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        gate = backend.hold("POST /contact/_query")
        await press(pilot, "j", "r")
        assert "reading contact (Ctrl+C cancels)" in screen_text(app)
        await press(pilot, "ctrl+c")
        assert "> Omar Person002" in screen_text(app)
        assert "Cancelled" in screen_text(app)
        gate.set()


async def test_cancelled_sort_keeps_the_order_that_is_shown() -> None:
    """Heads and query line go back to what the rows have."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        gate = backend.hold("POST /contact/_query")
        await press(pilot, "s")
        await press(pilot, "ctrl+c")
        assert "the server's order" in screen_lines(app)[2]
        assert "Display name ^" not in screen_text(app)
        gate.set()
        await press(pilot, "s")
        assert "Display name ^" in screen_text(app)


async def test_sorting_again_before_the_answer_asks_for_the_last_word() -> None:
    """S s while the server thinks: the second order wins."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        gate = backend.hold("POST /contact/_query")
        await press(pilot, "s")
        await press(pilot, "s")
        gate.set()
        await settle(pilot)
        assert "Display name v" in screen_text(app)
        assert "> Zoë" in screen_text(app) or "> Ōta" in screen_text(app)
        assert backend.at_once == 0


@pytest.mark.parametrize("key", ["pagedown", "G", "j"])
async def test_cancelled_page_is_asked_for_again(key: str) -> None:
    """On the last row the key that moves on loads the page, though the cursor cannot move."""
    backend = small_workspace(contacts=80)
    async with deck(backend) as (app, pilot):
        gate = backend.hold("POST /contact/_query")
        await press(pilot, "G")
        assert "reading the next page" in screen_text(app)
        await press(pilot, "ctrl+c")
        assert "50 loaded, more on server" in screen_lines(app)[0]
        gate.set()
        await press(pilot, key)
        assert "80 loaded, all there are" in screen_lines(app)[0]


async def test_deck_is_usable_while_it_waits() -> None:
    """Moving, explaining, help and other tabs do not wait."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        gate = backend.hold("POST /contact/_query")
        await press(pilot, "r")
        await press(pilot, "j", "w")
        assert "> Omar Person002" in screen_text(app)
        assert browse(app).panel.kind == "why"
        await press(pilot, "escape")
        await press(pilot, "2")
        assert "> Acme Corp" in screen_text(app)
        gate.set()


async def test_late_answer_does_not_come_up_in_another_tab() -> None:
    """The tab one went to stays, whatever the first one answers."""
    backend = small_workspace()
    gate = backend.hold("POST /contact/_query")
    async with deck(backend) as (app, pilot):
        await press(pilot, "2")
        assert "> Acme Corp" in screen_text(app)
        gate.set()
        await settle(pilot)
        assert "[2 account]" in screen_lines(app)[1]
        assert "> Acme Corp" in screen_text(app)
        assert "Sarah" not in screen_text(app)
        await press(pilot, "1")
        assert "> Sarah Person001" in screen_text(app)


async def test_fast_switching_ends_where_one_stopped() -> None:
    """Keys faster than answers: only the last tab counts."""
    backend = small_workspace()
    gates = [backend.hold(f"GET /_schema/{name}") for name in ("account", "opportunity", "task")]
    async with deck(backend) as (app, pilot):
        await pilot.press("2", "3", "4", "1", "3")
        for gate in gates:
            gate.set()
        await settle(pilot)
        assert "[3 opportunity]" in screen_lines(app)[1]
        assert "Deal 1" in screen_text(app)
        assert backend.at_once == 0


async def test_leaving_a_tab_lets_its_request_go() -> None:
    """Nobody waits for what nobody looks at."""
    backend = small_workspace()
    backend.hold("POST /account/_query")
    async with deck(backend) as (_, pilot):
        await press(pilot, "2")
        assert backend.at_once == 1
        await press(pilot, "1")
        assert backend.at_once == 0


class LingeringBackend(MemoryBackend):
    """Takes its time to end a cancelled query of contacts."""

    def linger(self) -> None:
        """From now on."""
        self.never, self.end = asyncio.Event(), asyncio.Event()

    async def query(self, query: Query, cursor: Cursor | None = None) -> Page:
        if query.record_type == "contact" and hasattr(self, "never"):
            try:
                await self.never.wait()
            finally:
                await self.end.wait()
        return await super().query(query, cursor)


async def test_request_slow_to_let_go_says_nothing_of_the_next_one() -> None:
    """While the second type is read one is told so, though the first one's end comes in between."""
    small = small_workspace()
    backend = LingeringBackend(small.record_types.values(), small.records.values())
    async with deck(backend) as (app, pilot):
        backend.linger()
        await press(pilot, "r")
        gate = backend.hold("GET /_schema/account")
        await press(pilot, "2")
        assert "reading account" in screen_text(app)
        backend.end.set()
        await settle(pilot)
        assert "reading account" in screen_text(app)
        gate.set()
        await settle(pilot)
        assert "reading" not in screen_text(app)


async def test_opening_can_be_cancelled_and_tried_again() -> None:
    """A workspace that does not answer holds nobody."""
    gate = asyncio.Event()

    async def connect():  # type: ignore[no-untyped-def]  # the shape of Connect
        await gate.wait()
        return memory_session()

    async with deck(connect) as (app, pilot):
        assert "Opening the workspace" in screen_text(app)
        await press(pilot, "ctrl+c")
        assert "Cancelled" in screen_text(app)
        assert "Opening the workspace..." not in "\n".join(screen_lines(app)[3:])
        gate.set()
        await press(pilot, "r")
        assert "> Sarah Person001" in screen_text(app)


async def test_cancelled_record_read_keeps_the_record() -> None:
    """Esc cancels first and closes second."""
    backend = small_workspace()
    gate = backend.hold("GET /contact/")
    async with deck(backend) as (app, pilot):
        await press(pilot, "enter")
        await press(pilot, "escape")
        assert "contact > Sarah Person001" in screen_lines(app)[0]
        assert backend.at_once == 0
        await press(pilot, "escape")
        assert "contact: 37 loaded" in screen_lines(app)[0]
        gate.set()
