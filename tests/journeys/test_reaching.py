"""Reaching a server: one that is not there yet, and where the key never shows up."""

import socket
from dataclasses import replace
from pathlib import Path

from tests.journeys.program import (
    BROKEN,
    CANARY,
    Deck,
    places_of,
    run,
    write_profile,
    written_by,
)
from tests.support.remote_crm import refusal, small_crm
from tests.support.terminal import modes_left_set


def test_a_server_that_is_not_there_may_come(home: Path) -> None:
    """Nothing listens: that is told with the host and a way out; once something does, `r` goes on."""
    with socket.socket() as reserved:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        write_profile(home, f"http://127.0.0.1:{port}/api/v2")
        with Deck(home, "acme") as deck:
            deck.wait_for("Nothing listens at 127.0.0.1 (connection refused)")
            assert (
                "Check the address and the network (crmdeck doctor), then press r." in deck.screen
            )
            reserved.close()
            with small_crm(port):
                deck.press("r", until="contact: 3 loaded")
            deck.send("q")
            assert deck.wait_exit() == 0
            assert modes_left_set(deck.raw) == set()


def test_the_key_is_nowhere(home: Path) -> None:
    """Not on the screen, in the clipboard, in a file, in an argument or in a report; not even when a server repeats it."""
    with small_crm() as crm:
        write_profile(home, crm.url)
        crm.add("contact", {"display_name": "Echo {key} here"})
        page = crm.reply_to("POST", "/api/v2/contact/_query", b"", "")
        crm.answer("POST /contact/_query", replace(page, is_echoing=True))
        echo = refusal(
            403, "no_{key}", "Your key {key} may not.", reason="No {key}", is_echoing=True
        )
        crm.answer("POST /account/_query", echo)
        with Deck(home, "acme", program=(*BROKEN, "handler")) as deck:
            deck.wait_for("contact: 4 loaded")
            deck.wait_for("Echo ••• here")
            deck.press("i", until="Bearer $CRMDECK_KEY")
            deck.press("y", until="Copied the request")
            deck.press("@", until="newest first")
            deck.press("y", until="Copied the log")
            deck.press_away("esc", gone="newest first")
            deck.press("2", until="account could not be read")
            deck.wait_for("Your key ••• may not.")
            deck.press("w", until="what went wrong")
            deck.press("y", until="Copied the why")
            deck.press_away("esc", gone="what went wrong")
            arguments = Path(f"/proc/{deck.pid}/cmdline").read_bytes()
            deck.send("p")
            assert deck.wait_exit() == 70
            said = written_by(deck)
        asked = run(home, "query", "account", "--profile", "acme")
        examined = run(home, "doctor", "--profile", "acme")
    assert f"Bearer {CANARY}" in crm.keys
    assert (asked.returncode, asked.stdout) == (1, "")
    assert "may not" in asked.stderr
    everything = (
        said + arguments + "".join((asked.stderr, examined.stdout, examined.stderr)).encode()
    )
    assert CANARY.encode() not in everything
    assert places_of(CANARY, home) == []
    assert len([*(home / "state").glob("crash-*")]) == 1
