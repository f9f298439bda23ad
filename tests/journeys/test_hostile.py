"""Records, schemas and errors as an enemy would write them: whatever is opened, the terminal gets visible text only."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.journeys.program import WALKED, Deck, run, write_profile, written_by
from tests.support.remote_crm import (
    RemoteCrm,
    Reply,
    attribute,
    json_reply,
    refusal,
    relationship,
    schema,
)
from tests.support.terminal import modes_left_set
from tests.support.terminal_bytes import MARKS, PAYLOADS, hidden_in, marks_in, trespasses

FIELDS: Final = len(PAYLOADS)


def hostile_crm() -> RemoteCrm:
    """Every payload as value, attribute name, option label, description, record type name, error and status reason."""
    options = [
        {"id": str(index), "api_name": payload, "display_value": payload}
        for index, payload in enumerate(PAYLOADS)
    ]
    crm = RemoteCrm(
        [
            schema(
                "contact",
                attribute("display_name", description=PAYLOADS[5]),
                attribute("stage", "contact_stage", type_info={"options": options}),
                *(
                    attribute(
                        payload,
                        ("string", payload)[index % 2],
                        display_name=payload,
                        description=payload,
                        filter_operators=[payload],
                    )
                    for index, payload in enumerate(PAYLOADS)
                ),
                *(relationship(f"r{index}", text) for index, text in enumerate(PAYLOADS)),
                display_name=PAYLOADS[6],
                object_id=PAYLOADS[7],
            ),
            schema("account", attribute("display_name"), is_custom=PAYLOADS[8]),
        ]
    )
    for index, payload in enumerate(PAYLOADS):
        values = {"display_name": payload, "stage": options[index]}
        crm.add("contact", values | dict.fromkeys(PAYLOADS, payload))
    crm.records["account"] = [{"id": PAYLOADS[9], "attributes": {"display_name": PAYLOADS[9]}}]
    title, link = PAYLOADS[8], PAYLOADS[7]
    crm.answer("GET /_schema/opportunity", refusal(403, PAYLOADS[5], title, reason=link))
    crm.answer("GET /_schema/task", Reply(502, PAYLOADS[5].encode(), reason="\x1b]0;QX00\x07"))
    crm.answer("GET /_schema/note", Reply(302, headers={"Location": f"https://{title}/"}))
    detail = [{"loc": ["body", text], "msg": text, "type": text} for text in PAYLOADS]
    crm.answer("GET /_schema/meeting", json_reply({"detail": detail}, 422))
    crm.answer("GET /_schema/clear", refusal(404, title, link))
    return crm


@pytest.fixture(scope="module")
def crm() -> Iterator[RemoteCrm]:
    """The server for all journeys of this module."""
    with hostile_crm() as remote:
        yield remote


@pytest.fixture
def profile(crm: RemoteCrm, home: Path) -> Path:
    """A home whose profile `acme` leads there."""
    write_profile(home, crm.url)
    return home


def test_table_and_record_show_it_as_text(profile: Path) -> None:
    """The table, every record of it, the lines about the cell, and the record beside the table."""
    with Deck(profile, "acme", columns=160, lines=45) as deck:
        deck.wait_for(f"contact: {len(PAYLOADS)} loaded")
        assert all(mark in deck.screen for mark in MARKS), deck.screen
        for _ in PAYLOADS:
            deck.send("down")
            deck.settle(0.02)
        for _ in range(10):
            deck.send("right")
            deck.settle(0.02)
        deck.press("enter", until="Esc back")
        for _ in PAYLOADS:
            deck.send("down")
            deck.settle(0.02)
        deck.press_away("esc", gone="Esc back")
        leave(deck)
    assert trespasses(deck.raw) == []
    assert marks_in(deck.raw) == set(MARKS)


def test_the_pane_shows_it_as_text(profile: Path) -> None:
    """Why, the request, the whole value and the log; and what `y` copies of them holds nothing hidden."""
    with Deck(profile, "acme") as deck:
        deck.wait_for(f"contact: {len(PAYLOADS)} loaded")
        for row in range(len(PAYLOADS)):
            deck.wait_for(re.compile(rf"^ > .*{MARKS[row]}", re.MULTILINE))
            deck.press("V", until="-- Display name [string] --")
            deck.press_away("V", gone="Esc closes")
            deck.send("down")
        for _ in range(6):
            deck.press("w", until="what the API allows here")
            for _ in range(4):
                deck.send("pgdn")
                deck.settle(0.02)
            deck.press("y", until="Copied the why")
            deck.press_away("w", gone="what the API allows here")
            deck.press("V", until="Esc closes")
            deck.press("y", until=re.compile("Copied the value"))
            deck.press_away("V", gone="Esc closes")
            deck.send("right")
            deck.settle(0.02)
        deck.press("i", until="byte for byte")
        deck.press_away("i", gone="byte for byte")
        deck.press("@", until="newest first")
        deck.press_away("@", gone="newest first")
        deck.press("y", until="Copied ")
        leave(deck)
    assert trespasses(deck.raw, allows_copying=True) == []
    assert marks_in(deck.raw) == set(MARKS)
    copied = written_by(deck)[len(deck.raw) :].decode()
    assert "QX" in copied
    assert hidden_in(copied.replace("\n", "")) == []


def test_record_types_and_errors_show_it_as_text(profile: Path) -> None:
    """Tabs, the list of all types, types that cannot be read, their errors in the pane and in the log; help and palette."""
    with Deck(profile, "acme") as deck:
        deck.wait_for(f"contact: {len(PAYLOADS)} loaded")
        deck.press("2", until="account: 1 loaded")
        deck.press("enter", until=re.compile(r"OK 200 .* GET /account/"))
        deck.settle()
        deck.press_away("esc", gone="Esc back")
        deck.press("i", until="byte for byte")
        deck.press_away("i", gone="byte for byte")
        for number in ("3", "4", "5", "6", "8", "9"):
            deck.press(number, until=re.compile(rf"\[{number} "))
            deck.wait_for("could not be read")
            deck.press("w", until="what went wrong")
            deck.press_away("w", gone="what went wrong")
            deck.press("i", until="byte for byte")
            deck.press_away("i", gone="byte for byte")
        for _ in PAYLOADS:
            deck.send("]")
            deck.settle(0.05)
        deck.press("@", until="newest first")
        deck.press_away("@", gone="newest first")
        deck.press("0", until=WALKED)
        for _ in range(4):
            deck.send("pgdn")
            deck.settle(0.02)
        deck.press_away("esc", gone="All record types")
        deck.press("?", until="Help: what the keys do")
        deck.press_away("esc", gone="Help: what the keys do")
        deck.press("ctrl+p", until="Search for commands")
        deck.press_away("esc", gone="Search for commands")
        leave(deck)
    assert trespasses(deck.raw) == []
    assert marks_in(deck.raw) == set(MARKS)


def leave(deck: Deck) -> None:
    """The deck still lives: it takes `q`, and nothing is left behind."""
    deck.send("q")
    assert deck.wait_exit() == 0
    assert modes_left_set(deck.raw) == set()
    assert "Traceback" not in deck.raw.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "words",
    [
        ("query", "contact", "--format", "table", "--columns", "display_name"),
        ("query", "contact", "--format", "csv"),
        ("query", "contact", "--format", "md"),
        ("query", "contact", "--format", "json"),
        ("query", "contact", "--format", "jsonl"),
        ("schema", "contact"),
        ("types",),
    ],
    ids=" ".join,
)
def test_commands_write_it_as_text(profile: Path, words: tuple[str, ...]) -> None:
    """Every format is made of visible characters and line ends; JSON escapes what is not."""
    done = run(profile, *words, "--profile", "acme")
    assert done.returncode in (0, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert hidden_in((done.stdout + done.stderr).replace("\n", "")) == []
    assert all(mark in done.stdout for mark in MARKS)
    if "json" in words:
        rows = json.loads(done.stdout)
        assert [row["attributes"]["display_name"] for row in rows] == [*PAYLOADS]


@pytest.mark.parametrize("name", ["opportunity", "task", "note", "meeting", PAYLOADS[0]])
def test_errors_of_commands_are_text(profile: Path, name: str) -> None:
    """What a server says when it refuses goes to stderr in visible characters."""
    done = run(profile, "query", name, "--profile", "acme")
    assert (done.returncode, done.stdout) == (1, "")
    assert hidden_in(done.stderr.replace("\n", "")) == []
    assert "crmdeck: " in done.stderr
    assert "Traceback" not in done.stderr
