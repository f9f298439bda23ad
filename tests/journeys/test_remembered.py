"""A good question is not lost: saved, the deck killed, found again by three letters, and asked without a screen."""

import json
import re
import signal
import time
from pathlib import Path

import pytest

from tests.journeys.program import TIMEOUT_S, Deck, run

QUESTION = 'stage = working and title contains "VP" order by -updated_at'


@pytest.mark.usefixtures("workspace")
def test_a_saved_query_outlives_a_killed_deck(home: Path) -> None:
    """By keys alone: written, saved, killed, found by three letters, opened; then headless by its name."""
    with Deck(home) as deck:
        deck.wait_for("contact: 50 loaded")
        deck.press("F", until="EDITING THE QUERY")
        deck.press_away(QUESTION, "enter", gone="EDITING THE QUERY")
        count = int(deck.wait_for(re.compile(r"contact: (\d+) loaded(?!, more)"))[1])
        deck.press("ctrl+s", until="SAVING THE QUERY")
        deck.press("sales/Hot leads", "enter", until="Saved as sales/Hot leads")
        deck.signal(signal.SIGKILL)
    file = home / "config" / "queries" / "sales" / "Hot leads.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    with Deck(home) as deck:
        deck.wait_for(re.compile(r"contact: \d+ loaded"))
        deck.press("2", until="account: 50 loaded")
        deck.press("H", until="Saved queries and history")
        deck.press("h", "l", "d", until=re.compile(r"> saved +sales/Hot leads +contact"))
        deck.press("enter", until=f"contact: {count} loaded")
        deck.wait_for("stage = working")
    answer = run(home, "query", "--saved", "hot leads", "--all", "--format", "json")
    assert answer.returncode == 0, answer.stderr
    rows = json.loads(answer.stdout)
    assert len(rows) == count
    assert {row["attributes"]["stage"] for row in rows} == {"working"}


@pytest.mark.usefixtures("workspace")
def test_a_killed_deck_comes_back_where_it_was_left(home: Path) -> None:
    """Query, order and the row one was on; a pinned query has its tab again."""
    folder = home / "config" / "queries"
    folder.mkdir(mode=0o700, parents=True)
    (folder / "Rich.toml").write_text('type = "account"\ntext = "id exists"\npinned = true\n')
    with Deck(home, columns=160, lines=45) as deck:
        deck.wait_for(re.compile(r"contact: \d+ loaded"))
        deck.press("F", until="EDITING THE QUERY")
        deck.press_away(QUESTION, "enter", gone="EDITING THE QUERY")
        deck.wait_for(re.compile(r"contact: \d+ loaded(?!, more)"))
        first = deck.wait_for(re.compile(r"^ > (\S+ \S+)", re.MULTILINE))[1]
        deck.press_away("down", gone=f"> {first}")
        name = deck.wait_for(re.compile(r"^ > (\S+ \S+)", re.MULTILINE))[1]
        record_id = row_id(home, 1)
        wait_until_written(deck, home, record_id)
        deck.signal(signal.SIGKILL)
    with Deck(home, columns=160, lines=45) as deck:
        deck.wait_for(re.compile(rf"^ > {re.escape(name)}", re.MULTILINE))
        deck.wait_for("stage = working")
        deck.press("[", until=re.compile(r"\[\S+ \^Rich\]"))
        deck.wait_for("id exists")


def row_id(home: Path, row: int) -> str:
    """The id of a row of the question's answer."""
    answer = run(home, "query", "contact", QUESTION, "--format", "json")
    return str(json.loads(answer.stdout)[row]["id"])


def wait_until_written(deck: Deck, home: Path, words: str) -> None:
    """Wait until how the tabs are left is on the disk."""
    deadline_s = time.perf_counter() + TIMEOUT_S
    while not any(words in file.read_text() for file in (home / "state" / "views").glob("*.json")):
        assert time.perf_counter() < deadline_s, "nothing was written"
        deck.read(0.1)


@pytest.mark.usefixtures("workspace")
def test_what_changed_since_is_told(home: Path) -> None:
    """Another program changes a record between two looks."""
    file = home / "config" / "queries" / "All accounts.toml"
    file.parent.mkdir(mode=0o700, parents=True)
    file.write_text('type = "account"  # by hand\n')
    with Deck(home) as deck:
        deck.wait_for(re.compile(r"contact: \d+ loaded"))
        deck.press("H", until="All accounts")
        deck.press("tab", until="c changes")
        deck.press("c", until="nothing to compare with yet")
        deck.press("esc", until="c changes")
        accounts = json.loads(
            run(home, "query", "account", "--limit", "1", "--format", "json").stdout
        )
        changed = run(home, "patch", "account", accounts[0]["id"], "display_name=Quite new")
        assert changed.returncode == 0, changed.stderr
        deck.press("c", until="0 new, 0 gone, 1 changed")
        old = accounts[0]["attributes"]["display_name"]
        assert f"display_name: {old[:20]}" in deck.screen
        assert "-> Quite new" in " ".join(deck.screen.split())
    assert file.read_text() == 'type = "account"  # by hand\n'


@pytest.mark.usefixtures("workspace")
def test_a_file_of_nonsense_is_listed_and_left(home: Path) -> None:
    """The deck goes on; the reason stands beside its line."""
    file = home / "config" / "queries" / "mine.toml"
    file.parent.mkdir(mode=0o700, parents=True)
    file.write_text('type = "contact"\ntext = [\n')
    with Deck(home) as deck:
        deck.wait_for(re.compile(r"contact: \d+ loaded"))
        deck.press("H", until=re.compile(r"broken +! mine\.toml:3"))
        deck.press_away("esc", gone="mine.toml")
        deck.send("q")
        assert deck.wait_exit() == 0
    assert file.read_text() == 'type = "contact"\ntext = [\n'
    answer = run(home, "saved")
    assert answer.returncode == 3
    assert f"{file}, line 3" in answer.stderr
