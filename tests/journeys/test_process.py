"""How the process ends: by signals, without a terminal, by a bug; and what it makes of any window."""

import os
import pty
import random
import re
import select
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.journeys.program import (
    BROKEN,
    CANARY,
    CRMDECK,
    PROJECT,
    TIMEOUT_S,
    Deck,
    fresh_line_settings,
    processes_of,
    processor_s,
    write_profile,
)
from tests.support.remote_crm import small_crm
from tests.support.terminal import modes_left_set

GONE_WITHIN_S = 5.0
"""Source: RELIABILITY 3.6, T2."""

BURNT_S = 2.0
"""Processor time that leaving may cost; a program that spins for the five seconds takes more."""

READY = "contact: 50 loaded"

PRIVATE = 0o600


def assert_left_tidy(deck: Deck, status: int) -> None:
    """The program ends soon, the terminal is as it was, and nobody is left."""
    __tracebackhide__ = True
    before_s = processor_s(deck.pid)
    started_s = time.perf_counter()
    assert deck.wait_exit() == status
    assert time.perf_counter() - started_s < GONE_WITHIN_S
    assert modes_left_set(deck.raw) == set()
    assert deck.line_settings == fresh_line_settings()
    assert deck.screen.strip() == ""
    assert processes_of(deck.pid) == []
    assert processor_s(deck.pid) - before_s < BURNT_S


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)], ids=["TERM", "HUP"]
)
def test_a_signal_ends_it_tidily(
    home: Path, workspace: Path, number: signal.Signals, status: int
) -> None:
    """The terminal is restored and the status names the signal."""
    with Deck(home) as deck:
        deck.wait_for(READY)
        deck.signal(number)
        assert_left_tidy(deck, status)


def test_ctrl_c_twice_leaves(home: Path, workspace: Path) -> None:
    """Once it says how to leave, twice it leaves."""
    with Deck(home) as deck:
        deck.wait_for(READY)
        deck.press("ctrl+c", until="Ctrl+C again leaves crmdeck")
        deck.send("ctrl+c")
        assert_left_tidy(deck, 0)


@pytest.mark.parametrize("keys", [["q"], ["ctrl+c", "ctrl+c"]], ids=["q", "ctrl+c"])
def test_leaving_does_not_wait_for_a_request(home: Path, keys: list[str]) -> None:
    """A server that stays silent keeps nobody."""
    with small_crm() as crm:
        write_profile(home, crm.url)
        crm.hold("POST /contact/_query")
        with Deck(home, "acme") as deck:
            deck.wait_for("Reading contact...")
            deck.send(*keys)
            assert_left_tidy(deck, 0)


@pytest.mark.parametrize("is_ignored", [False, True], ids=["default", "ignored"])
def test_a_lost_terminal_ends_it(home: Path, workspace: Path, is_ignored: bool) -> None:
    """When the connection is gone the process is, too, also where whoever started it ignores SIGHUP."""
    shell = ("sh", "-c", "trap '' HUP; exec \"$@\"", "sh") if is_ignored else ()
    with Deck(home, program=(*shell, *CRMDECK)) as deck:
        deck.wait_for(READY)
        before_s = processor_s(deck.pid)
        deck.hang_up()
        assert deck.wait_exit(GONE_WITHIN_S) == 129
        assert processes_of(deck.pid) == []
        assert processor_s(deck.pid) - before_s < BURNT_S


def test_an_idle_deck_writes_nothing(home: Path, workspace: Path) -> None:
    """Without a key there is nothing to do; what it takes of the processor is for the measurements to say."""
    with Deck(home) as deck:
        deck.wait_for(READY)
        deck.settle(quiet_s=0.5)
        bytes_before = len(deck.raw)
        deck.settle(quiet_s=1.0)
        assert len(deck.raw) == bytes_before


@pytest.mark.parametrize(
    ("where", "keys"), [("handler", "p"), ("worker", "p"), ("compose", "?"), ("start", "")]
)
def test_a_bug_ends_in_a_report(home: Path, workspace: Path, where: str, keys: str) -> None:
    """Status 70, the terminal restored, one sentence, and a private report without any value."""
    with Deck(home, program=(*BROKEN, where)) as deck:
        if keys:
            deck.wait_for(READY)
            deck.send(keys)
        assert deck.wait_exit() == 70
        assert modes_left_set(deck.raw) == set()
        assert deck.line_settings == fresh_line_settings()
        said = "".join(line.ljust(80) for line in deck.screen.splitlines()).strip()
        raw = deck.raw
    (report,) = (home / "state").glob("crash-*")
    assert re.fullmatch(
        rf"crmdeck: a bug ended the program \(\w+\); the report without your data: {report}", said
    )
    text = report.read_text()
    assert report.stat().st_mode & 0o777 == PRIVATE
    assert "ZeroDivisionError" in text
    assert "broken.py" in text
    assert CANARY not in text
    assert CANARY.encode() not in raw
    assert b"Traceback" not in raw


def test_a_dumb_terminal_is_refused_in_words(home: Path) -> None:
    """Status 2 at once, and the way out; the workspace is not even made."""
    with Deck(home, env={"TERM": "dumb"}) as deck:
        assert deck.wait_exit() == 2
        assert "crmdeck: The deck cannot be drawn on a terminal of the type dumb." in deck.screen
        assert "crmdeck query TYPE" in deck.screen
        assert b"\x1b" not in deck.raw
    assert not (home / "data").exists()


@pytest.mark.parametrize("stream", ["stdin", "stdout"])
def test_half_a_terminal_is_refused_in_words(home: Path, stream: str) -> None:
    """Where keys or screen lead elsewhere there is no deck: status 2 within two seconds of work."""
    master, slave = pty.openpty()
    streams = {"stdin": slave, "stdout": slave, stream: subprocess.DEVNULL}
    try:
        done = subprocess.run(
            CRMDECK,
            **streams,  # type: ignore[call-overload]
            stderr=subprocess.PIPE,
            env={**os.environ, "CRMDECK_HOME": str(home)},
            cwd=PROJECT,
            timeout=TIMEOUT_S,
            check=False,
        )
        written = os.read(master, 1024) if select.select([master], [], [], 0)[0] else b""
    finally:
        os.close(master)
        os.close(slave)
    assert done.returncode == 2
    assert written == b""
    assert b"The deck needs a terminal for its input and output." in done.stderr
    assert b"crmdeck query TYPE" in done.stderr


def test_any_window_is_survived(home: Path) -> None:
    """Sizes from one cell to a wall, also while a list is loading: the deck lives, and its content comes back."""
    dice = random.Random(2026)
    with small_crm() as crm:
        write_profile(home, crm.url)
        crm.hold("POST /contact/_query")
        with Deck(home, "acme") as deck:
            deck.wait_for("Reading contact...")
            for _ in range(50):
                deck.resize(dice.randint(1, 160), dice.randint(1, 50))
                deck.read(0.01)
            deck.resize(40, 10)
            deck.wait_for("40x10 is too small")
            deck.resize(80, 24)
            deck.wait_for("Reading contact...")
            crm.mend()
            deck.press("r", until="contact: 3 loaded")
            deck.press("down", until="> Omar Haddad")
            for columns, lines in ((1, 1), (500, 200), (40, 10), (1, 200), (500, 1)):
                deck.resize(columns, lines)
                deck.settle()
            deck.resize(80, 24)
            deck.wait_for("> Omar Haddad")
            deck.press("down", until="> Lena Fischer")
            deck.send("q")
            assert_left_tidy(deck, 0)
