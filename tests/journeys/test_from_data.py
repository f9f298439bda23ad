"""From data to query by keys alone: figures of a column, a cell, a pasted column, and columns that stay in sight."""

import re
import sqlite3
from pathlib import Path

import pytest

from tests.journeys.program import Deck

ROW = re.compile(r"^ (?:>|\s) (\w[\w ]*?) +(\d+) +(\d+)%", re.MULTILINE)
"""A line of the figures: what it is, how many, their share."""

PASTED = 120
UNKNOWN = 5


@pytest.mark.parametrize(("kind", "sign"), [("xterm-256color", "\u2588"), ("linux", "###")])
def test_the_stages_of_the_loaded_rows_sum_to_them(
    home: Path, workspace: Path, kind: str, sign: str
) -> None:
    """The funnel says of how many it tells, its bars are of characters the terminal has, and Enter asks for a stage."""
    del workspace
    with Deck(home, env={"TERM": kind}) as deck:
        deck.wait_for("contact: 50 loaded")
        deck.press(
            "right", "right", "#", until=re.compile(r"Stage \[contact_stage\] +of 50 loaded")
        )
        deck.wait_for(sign)
        rows = ROW.findall(deck.screen)
        assert sum(int(count) for _, count, _ in rows) == 50
        assert deck.screen.isascii() is (kind == "linux")
        stage = rows[1][0]
        deck.press("down", "enter", until=re.compile(r"^ / stage = ", re.MULTILINE))
        deck.wait_for(re.compile(r"contact: \d+ loaded"))
        deck.press("#", until=re.compile(rf"^ [> ] {stage} +\d+ +100%", re.MULTILINE))
        deck.press("esc", until=re.compile(r"contact: \d+ loaded"))
        deck.send("q")
        assert deck.wait_exit() == 0


def test_a_pasted_column_finds_its_records_and_lists_the_others(
    home: Path, workspace: Path
) -> None:
    """120 addresses of which 5 are unknown: 115 records, 5 named, and the table shows the 115."""
    known = addresses(workspace, PASTED - UNKNOWN)
    unknown = [f"nobody{index}@nowhere.example" for index in range(UNKNOWN)]
    with Deck(home) as deck:
        deck.wait_for("contact: 50 loaded")
        deck.command("paste", until="Paste a column")
        deck.paste("\n".join([*known, *unknown]))
        deck.wait_for("120 e-mail addresses -> contact_emails, 2 requests")
        deck.press("enter", until="115 records found, 5 e-mail addresses not found:")
        for address in unknown:
            assert address in deck.screen
        deck.press("enter", until=re.compile(r"contact: 50 loaded, more on server"))
        deck.press("end", until=re.compile(r"contact: 100 loaded, more on server"))
        deck.press("end", until=re.compile(r"contact: 115 loaded, all there are"))
        deck.send("q")
        assert deck.wait_exit() == 0


def test_a_pinned_column_stays_in_sight(home: Path, workspace: Path) -> None:
    """Chosen in the list of columns; the others scroll behind it."""
    del workspace
    with Deck(home) as deck:
        deck.wait_for("contact: 50 loaded")
        name = deck.wait_for(re.compile(r"^ > (\S+ \S+)", re.MULTILINE))[1]
        deck.press("c", until="Columns of contact")
        deck.press("P", until=re.compile(r"\[P\] Display name"))
        deck.press("enter", until="contact: 50 loaded")
        deck.press(*["right"] * 7, until="Updated at")
        assert re.search(rf"^ > {name}", deck.screen, re.MULTILINE)
        deck.send("q")
        assert deck.wait_exit() == 0


def addresses(workspace: Path, count: int) -> list[str]:
    """E-mail addresses of different contacts of the workspace, in capitals."""
    with sqlite3.connect(workspace) as file:
        rows = file.execute("SELECT DISTINCT primary_email FROM contact WHERE primary_email > ''")
        found = sorted({row[0].upper() for row in rows})
    assert len(found) >= count
    return found[:count]
