"""The first start, from the first screen to the way out, and the second one."""

import re
import sqlite3
from pathlib import Path

from tests.journeys.program import WALKED, Deck, fresh_line_settings
from tests.support.terminal import modes_left_set

DATA_ROWS = 15
"""What the product's page promises of 80x24."""


def test_from_first_start_to_quit_by_keys_alone(home: Path) -> None:
    """The first start makes the sample workspace, each key of the first minute does its work, and nothing is left behind."""
    with Deck(home) as deck:
        deck.wait_for(re.compile(r"contact: 50 loaded, more on server"))
        assert len(rows_of(deck)) >= DATA_ROWS
        assert "workspace.db  READ-WRITE" in deck.screen

        open_a_record(deck)
        deck.press("]", until="account: 50 loaded")
        deck.command("account", until="[2 account]")
        deck.command("opportunity", until="opportunity: 40 loaded")
        filter_and_sort(deck)
        explain(deck)
        search_help(deck)
        use_palette(deck)
        walk_the_schemas(deck)

        deck.send("q")
        assert deck.wait_exit() == 0
        assert modes_left_set(deck.raw) == set()
        assert deck.screen.strip() == ""
        assert deck.line_settings == fresh_line_settings()
    file = home / "data" / "workspace.db"
    assert file.stat().st_mode & 0o777 == 0o600
    assert counts(file)["contact"] == 200


def test_the_second_start_uses_the_file_again(home: Path, workspace: Path) -> None:
    """A start leaves the workspace as it is; on a wide terminal the record stands beside the table."""
    before = counts(workspace)
    with Deck(home, columns=160, lines=45) as deck:
        deck.wait_for("contact: 50 loaded")
        name = deck.wait_for(re.compile(r"^ > (\S+ \S+)", re.MULTILINE))[1]
        deck.wait_for(re.compile(rf"Display name +{name} +locked"))
        deck.press_away("down", gone=f"> {name}")
        other = deck.wait_for(re.compile(r"^ > (\S+ \S+)", re.MULTILINE))[1]
        deck.wait_for(re.compile(rf"Display name +{other} +locked"))
        deck.send("q")
        assert deck.wait_exit() == 0
    assert counts(workspace) == before


def rows_of(deck: Deck) -> list[str]:
    """The lines of the table, between its head and the line about the page."""
    lines = deck.screen.splitlines()
    head = next(index for index, line in enumerate(lines) if "Display name" in line)
    end = next(index for index, line in enumerate(lines) if line.startswith("-- "))
    return [line for line in lines[head + 1 : end] if line.strip()]


def open_a_record(deck: Deck) -> None:
    """Enter opens the record under the cursor with all its attributes, Esc closes it."""
    name = deck.wait_for(re.compile(r"^ > (\S+ \S+)", re.MULTILINE))[1]
    deck.press("enter", until=re.compile(rf"contact > {name}"))
    deck.wait_for(re.compile(rf"Display name +{name} +string +locked"))
    deck.wait_for(re.compile(r"OK 200 in \d+ ms - GET /contact/"))
    deck.press("esc", until="contact: 50 loaded")


def filter_and_sort(deck: Deck) -> None:
    """`/` filters what is loaded, `s` asks the server for another order."""
    deck.press("/", until="EDITING")
    deck.press_away("negot", "enter", gone="EDITING")
    deck.wait_for(re.compile(r"opportunity: (\d+) of 40 loaded rows match"))
    deck.wait_for("/ negot  loaded rows only")
    deck.press("esc", until="opportunity: 40 loaded")
    deck.press("s", until=re.compile(r"sort: display_name\b.*\n +Name \^", re.DOTALL))
    deck.press("s", until="sort: -display_name")
    deck.press("s", until="sort: the server's order")


def explain(deck: Deck) -> None:
    """`w` names the rule and its source, `i` the request, `@` all of them."""
    deck.press("6", until="[6 meeting(ro)]")
    deck.wait_for("meeting: 26 loaded")
    deck.press("w", until=re.compile(r"change +no +source: DOCUMENTED"))
    deck.wait_for("method_not_allowed")
    deck.press_away("esc", gone="method_not_allowed")
    deck.press("i", until="POST http://127.0.0.1:8484/api/v2/meeting/_query")
    deck.wait_for('{"limit": 50}')
    deck.wait_for("curl -sS -X POST")
    deck.wait_for("Bearer $CRMDECK_KEY")
    deck.press("@", until=re.compile(r"\d+ requests, newest first"))
    deck.wait_for(re.compile(r"#\d+ .*POST +/meeting/_query"))
    deck.press_away("esc", gone="newest first")


def search_help(deck: Deck) -> None:
    """`?` finds an action by its words and runs it."""
    deck.press("?", until="Help: what the keys do")
    deck.press("of this session", until=re.compile(r"1 of \d+ lines"))
    deck.press("enter", until="newest first")
    deck.press_away("esc", gone="newest first")


def use_palette(deck: Deck) -> None:
    """`Ctrl+P` does the same."""
    deck.press("ctrl+p", until="Search for commands")
    deck.press("exact request", until=re.compile(r"request: The exact request"))
    deck.press("enter", until="the request, byte for byte")
    deck.press_away("esc", gone="byte for byte")


def walk_the_schemas(deck: Deck) -> None:
    """`0` finds what the schemas name, and what those that they name do: `device` is two steps from the contact."""
    deck.press("0", until=WALKED)
    assert re.search(r"subscription +custom +contact\.subs", deck.screen)
    assert re.search(r"device +custom +subscription", deck.screen)
    deck.press_away("esc", gone="All record types")


def counts(file: Path) -> dict[str, int]:
    """How many rows each table of a workspace has."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        names = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
        ).fetchall()
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]
            for (name,) in names
        }
    finally:
        connection.close()
