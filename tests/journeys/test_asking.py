"""Asking a question in a terminal, by keys alone: built clause by clause, then as text; and the same in a shell."""

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.journeys.program import Deck, run

COUNT = re.compile(r"contact: (\d+) loaded, all there are")


@pytest.mark.parametrize(("columns", "lines"), [(80, 24), (160, 45)])
def test_a_question_is_built_and_asked_also_in_a_shell(
    home: Path, workspace: Path, columns: int, lines: int
) -> None:
    """What the deck shows as its command line finds the same records."""
    del workspace
    with Deck(home, columns=columns, lines=lines) as deck:
        deck.wait_for("contact: 50 loaded")
        deck.press("f", until="Query contact")
        deck.press("a", until="which attribute?")
        deck.press("stage", until=re.compile(r"> stage +Stage"))
        deck.press("enter", until="stage ... which operator?")
        deck.press("in", until=re.compile(r"> in +is one of"))
        deck.press("enter", until="stage in ...")
        deck.press("custom", until=re.compile(r"> Customer"))
        deck.press("enter", until="take these")
        deck.press("unq", until=re.compile(r"> Unqualified +unqualified"))
        deck.press("enter", until=re.compile("take these +customer, unqualified"))
        deck.press("enter", until=re.compile(r"> stage in \(customer, unqualified\)"))
        deck.wait_for("edited, not asked: r asks")
        deck.press("a", until="which attribute?")
        deck.press("accounts.", until=re.compile(r"> accounts\."))
        deck.press("enter", until="display_name")
        deck.press("display_name", until=re.compile(r"> display_name"))
        deck.press("enter", until="which operator?")
        deck.press("contains", until=re.compile("> contains"))
        deck.press("enter", until="contains ...")
        deck.press("a", "enter", until="accounts.display_name contains a")
        deck.press("n", until=" and not accounts")
        deck.press("n", until=" and accounts")
        deck.press("r", until=COUNT)
        found = int(deck.wait_for(COUNT)[1])
        deck.press("i", until="byte for byte")
        deck.press("G", until="command line")
        words = command_of(deck.screen)
        assert words[:2] == ["crmdeck", "query"]
    done = run(home, *words[1:], "--all", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)) == found > 0


def command_of(screen: str) -> list[str]:
    """The command line below its heading, however it is wrapped."""
    told = screen.split("command line\n", 1)[1]
    return shlex.split(re.split(r"\n-- ", told, maxsplit=1)[0].replace("\n", " "))


def test_a_text_with_a_mistake_is_mended_and_asked(home: Path, workspace: Path) -> None:
    """The place is marked, nothing is sent; the mended text asks."""
    del workspace
    with Deck(home) as deck:
        deck.wait_for("contact: 50 loaded")
        deck.press("F", until="EDITING THE QUERY")
        deck.send('stage = working and titel contains "a"', "enter")
        deck.wait_for("Did you mean title?")
        deck.send("ctrl+u")
        deck.send('stage = working and title contains "a" order by -updated_at', "enter")
        deck.wait_for(re.compile(r"/ stage = working and title contains a +sort: -updated_at"))
        deck.wait_for(COUNT)
        deck.press("esc", until="contact: 50 loaded")
        deck.send("q")
        assert deck.wait_exit() == 0


def test_a_wrong_expression_in_a_shell_shows_the_place(home: Path, workspace: Path) -> None:
    """On stderr, with a caret; nothing is sent and stdout stays empty."""
    del workspace
    done = run(home, "query", "contact", "stage = working and (title = x")
    assert done.returncode == 2
    assert done.stdout == ""
    assert re.search(r"^ *\^", done.stderr, re.MULTILINE)
