"""Changing records in a terminal: seen before it is sent, not lost when the program is killed, taken back."""

import json
import re
import signal
from pathlib import Path

import pytest

from tests.journeys.program import Deck, run

LISTED = re.compile(r"contact: \d+ loaded")


def first_contact(home: Path) -> tuple[str, dict[str, object]]:
    """The contact in the first row."""
    answer = run(home, "query", "contact", "--limit", "1", "--format", "json")
    row = json.loads(answer.stdout)[0]
    return str(row["id"]), row["attributes"]


def title_of(home: Path, record_id: str) -> object:
    """What the server has as a contact's title."""
    answer = run(home, "get", "contact", record_id, "--format", "json")
    return json.loads(answer.stdout)["attributes"]["title"]


def open_title(deck: Deck) -> None:
    """Open the editor of the title of the first contact."""
    deck.wait_for(LISTED)
    deck.press("e", until="> edit")
    for _ in range(40):
        if re.search(r"^ > [ ~] Title", deck.screen, re.MULTILINE):
            break
        deck.send("j")
        deck.settle()
    deck.press("enter", until="EDITING")


@pytest.mark.usefixtures("workspace")
def test_a_title_is_changed_and_taken_back(home: Path) -> None:
    """e, a text, the review, A: the server has it; u, A: it has the old one again."""
    record_id, before = first_contact(home)
    with Deck(home) as deck:
        open_title(deck)
        deck.send("ctrl+u")
        deck.type("Head of tests")
        deck.wait_for('+ "title": "Head of tests"')
        deck.send("enter")
        deck.wait_gone("EDITING")
        assert title_of(home, record_id) == before["title"]
        deck.press("A", until="-- saved --")
        assert title_of(home, record_id) == "Head of tests"
        deck.press("esc", until=LISTED)
        deck.press("u", until="Take this back?")
        deck.press("A", until="-- saved --")
        assert title_of(home, record_id) == before["title"]
        deck.press("esc", until="f query")
        deck.press("U", until=re.compile(r"saved +patch .* undo"))


@pytest.mark.usefixtures("workspace")
def test_what_was_typed_survives_kill_9(home: Path) -> None:
    """The next start offers the draft and goes on where typing ended; nothing was sent."""
    record_id, before = first_contact(home)
    with Deck(home) as deck:
        open_title(deck)
        deck.send("ctrl+u")
        deck.type("Never lost")
        deck.wait_for(re.compile(r"draft \d\d:\d\d:\d\d"))
        deck.signal(signal.SIGKILL)
        deck.wait_exit()
    with Deck(home) as deck:
        deck.wait_for("1 draft, newest")
        deck.press("N", until="EDITING")
        assert "Never lost" in deck.screen
        deck.type("!")
        deck.wait_for('"Never lost!"')
        deck.send("enter")
        deck.wait_gone("EDITING")
        assert title_of(home, record_id) == before["title"]
        deck.press("A", until="-- saved --")
        assert title_of(home, record_id) == "Never lost!"


@pytest.mark.usefixtures("workspace")
def test_a_record_is_archived_after_a_review(home: Path) -> None:
    """What hangs on it is shown; then it is gone from the list."""
    record_id, _ = first_contact(home)
    with Deck(home) as deck:
        deck.wait_for(LISTED)
        deck.press("D", until="cannot be undone here")
        assert "DELETE" in deck.screen
        deck.press("A", until="-- saved --")
    assert run(home, "get", "contact", record_id).returncode != 0


@pytest.mark.usefixtures("workspace")
def test_a_long_text_is_edited_in_a_program(home: Path) -> None:
    """`$EDITOR` has the terminal to itself; what it wrote is in the review, and the deck goes on."""
    program = home / "editor"
    program.write_text('#!/bin/sh\nprintf "from the program\\nline two\\n" > "$1"\n')
    program.chmod(0o700)
    with Deck(home, env={"EDITOR": str(program)}) as deck:
        deck.wait_for(LISTED)
        deck.press("2", until=re.compile(r"account: \d+ loaded"))
        deck.press("e", until="> edit")
        for _ in range(60):
            if re.search(r"^ > [ ~] Description", deck.screen, re.MULTILINE):
                break
            deck.send("j")
            deck.settle()
        deck.press("enter", until="EDITING")
        deck.press("ctrl+e", until='"from the program\\nline two"')
        deck.send("esc")
        deck.wait_gone("EDITING")
