"""A workspace on a server, reached by a profile: what works, what fails, and the way out."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.journeys.program import CANARY, WALKED, Deck, write_profile, written_by
from tests.support.remote_crm import (
    RemoteCrm,
    Reply,
    attribute,
    json_reply,
    refusal,
    schema,
    small_crm,
)

ANSWERS_KEYS_WITHIN_S = 1.0
"""How soon a cancelled deck is there again."""

WEB_PAGE = Reply(200, b"<!doctype html><h1>Welcome to our hotel</h1>", content_type="text/html")

TROUBLES = {
    "a key that is not accepted": (
        refusal(401, "invalid_api_key", "The key is not accepted."),
        ("The key is not accepted.", "invalid_api_key", "Check where the profile takes its key"),
    ),
    "a right that is missing": (
        refusal(403, "missing_scope", "The key may not read this."),
        ("The key may not read this.", "missing_scope", "Ask an admin of the workspace"),
    ),
    "a type that is unknown": (
        refusal(404, "unknown_record_type", "There is no such type."),
        ("There is no such type.", "unknown_record_type", "press r to read again"),
    ),
    "a request that is refused": (
        json_reply({"detail": [{"loc": ["body", "limit"], "msg": "too much", "type": "value"}]}, 422),
        ("too much", "Change the query"),
    ),
    "too many requests": (
        refusal(429, "rate_limited", "Slow down.", headers={"Retry-After": "3600"}),
        ("Slow down.", "Wait 3600 s, then press r."),
    ),
    "a web page in place of an answer": (
        WEB_PAGE,
        ("with a web page, not with the API's JSON", "Is the address that of the API?"),
    ),
    "a gateway's web page": (
        Reply(403, WEB_PAGE.body, content_type="text/html"),
        ("The server answered 403 with a web page", "Ask an admin"),
    ),
    "a redirect": (
        Reply(302, b"", headers={"Location": "https://elsewhere.test/x?key=1"}),
        ("redirects to elsewhere.test, which crmdeck never follows",),
    ),
    "half a document": (
        Reply(200, b'{"data": [{"id": "1", '),
        ("The server's answer is not JSON", "Is the address that of the API?"),
    ),
    "another document": (
        json_reply(["nothing", "of", "the kind"]),
        ("Is the address that of the API?",),
    ),
    "nothing at all": (Reply(200, b""), ("without a body",)),
}  # fmt: skip
"""What a server does wrong, and what the screen must say to it."""


UNLIKE_NAMES = (
    "xylophone", "pluto", "venus", "sputnik", "quark", "fjord", "walrus", "lemon", "hockey", "zebra", "bicycle",
)  # fmt: skip
"""Record types, one for each trouble; `:NAME` takes what is like a known name for a slip of the fingers."""


@pytest.fixture(scope="module")
def crm() -> Iterator[RemoteCrm]:
    """A server for all journeys of this module."""
    with small_crm() as remote:
        yield remote


@pytest.fixture(scope="module")
def shared_home(crm: RemoteCrm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a profile for that server."""
    folder = tmp_path_factory.mktemp("home")
    write_profile(folder, crm.url)
    return folder


class SharedDeck:
    """One deck for all journeys that leave it on a list; a new one after those that do not."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._kept = ExitStack()
        self._deck: Deck | None = None

    def running(self) -> Deck:
        """A deck on some list."""
        if self._deck is None:
            self._deck = self._kept.enter_context(Deck(self._home, "acme"))
            self._deck.wait_for("contact: 3 loaded")
        return self._deck

    def check(self) -> None:
        """End it unless the next journey can go on with it."""
        deck = self._deck
        if deck is None or deck.exit_status is not None or " Enter open " not in deck.screen:
            self.end()

    def end(self) -> None:
        """End it."""
        self._deck = None
        self._kept.close()


@pytest.fixture(scope="module")
def shared_deck(shared_home: Path) -> Iterator[SharedDeck]:
    """The deck of this module."""
    shared = SharedDeck(shared_home)
    yield shared
    shared.end()


@pytest.fixture
def running(shared_deck: SharedDeck) -> Iterator[Deck]:
    """A deck that runs on some list."""
    yield shared_deck.running()
    shared_deck.check()


pytestmark = pytest.mark.xdist_group("remote")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_told_with_a_way_out(crm: RemoteCrm, running: Deck, trouble: str) -> None:
    """What a server does wrong is told in words, `w` tells more, and once it is well `r` reads again."""
    reply, words = TROUBLES[trouble]
    name = dict(zip(TROUBLES, UNLIKE_NAMES, strict=True))[trouble]
    crm.schemas[name] = schema(name, attribute("display_name"))
    crm.add(name, {"display_name": "Well again"})
    crm.answer(f"POST /{name}/_query", reply)
    running.command(name, until=f"{name} could not be read")
    assert all(word in unwrapped(running.screen) for word in words), running.screen
    running.press("w", until="what went wrong")
    running.wait_for(f"POST /{name}/_query - status {reply.status}")
    running.press_away("esc", gone="what went wrong")
    crm.mend()
    running.press("r", until=f"{name}: 1 loaded")
    assert "Well again" in running.screen
    assert "Traceback" not in running.raw.decode()


def test_a_type_the_server_does_not_know_leaves_the_others_alone(running: Deck) -> None:
    """404 on a documented type is told in its tab and in the list of all types; the others go on."""
    running.command("opportunity", until="opportunity could not be read")
    assert "There is no such record type. (unknown_record_type)" in running.screen
    running.press("0", until=WALKED)
    assert re.search(r"opportunity +failed +documented +There is no", running.screen)
    assert re.search(r"renewal +failed +contact\.renewals", running.screen)
    running.press_away("esc", gone="All record types")
    running.command("contact", until="contact: 3 loaded")


def test_what_was_read_stays_when_reading_again_fails(crm: RemoteCrm, running: Deck) -> None:
    """Rows stay on the screen, marked as stale."""
    running.command("contact", until="contact: 3 loaded")
    crm.answer("POST /contact/_query", refusal(401, "expired", "The key has expired."))
    running.press("r", until="stale: the last request failed")
    assert "Dana Reed" in running.screen
    assert "The key has expired." in running.screen
    crm.mend()
    running.press_away("r", gone="stale")
    assert "contact: 3 loaded" in running.screen


def test_an_empty_workspace_is_told(running: Deck) -> None:
    """No records is an answer, and not an error."""
    running.command("account", until="There is no account yet")
    running.wait_for("account: 0 loaded, all there a")
    running.press("w", until=re.compile("account as a whole|what the API allows"))
    running.press_away("esc", gone="what the API allows")


def test_an_odd_schema_is_read_as_far_as_it_goes(crm: RemoteCrm, running: Deck) -> None:
    """Unknown value types are shown as they came, missing keys are no error, and `w` names what is odd."""
    crm.schemas["odd"] = {
        "attributes": [
            {"api_name": "display_name"},
            {"api_name": "mood", "type_info": {"value_type": "aura"}},
            {"display_name": "Nameless"},
            7,
            {"api_name": "wrong", "type_info": "text", "is_sortable": "yes", "filter_operators": 3},
        ],
        "relationships": [{"api_name": "nowhere"}, None],
    }
    crm.records["odd"] = [
        {"id": "1", "attributes": {"mood": {"value_type": "aura", "value": {"hue": "blue"}}}},
        {"id": "2", "attributes": {"display_name": "no envelope", "surprise": {"value": 1}}},
        {"id": "3"},
    ]
    running.command("odd", until="odd: 3 loaded")
    running.wait_for("blue")
    running.press("enter", until=re.compile("odd > "))
    running.press_away("esc", gone=re.compile("odd > "))
    running.press("w", until="what the API allows")
    for _ in range(20):
        if "Odd in the schema" in running.screen:
            break
        running.send("pgdn")
        running.settle()
    assert "Odd in the schema" in running.screen
    running.press_away("esc", gone="what the API allows")


@pytest.mark.parametrize("key", ["ctrl+c", "esc"])
def test_a_slow_answer_is_not_waited_for(crm: RemoteCrm, running: Deck, key: str) -> None:
    """While the server is silent the deck answers; a key gives up, and the deck is there again within a second."""
    name = f"slow-{key.replace('+', '-')}"
    crm.schemas[name] = schema(name, attribute("display_name"))
    crm.add(name, {"display_name": "Here at last"})
    crm.hold(f"POST /{name}/_query")
    running.command(name, until=f"Reading {name}...")
    running.press("?", until="Help: what the keys do")
    running.press_away("esc", gone="Help: what the keys do")

    pressed_s = time.perf_counter()
    running.press(key, until="r reads again.")
    running.press("@", until="newest first")
    assert running.chunks[-1][0] - pressed_s < ANSWERS_KEYS_WITHIN_S
    running.wait_for(re.compile(rf"POST +/{name}/_query .*cancelled"))
    running.press_away("esc", gone="newest first")
    crm.mend()
    running.press("r", until="Here at last")


def test_a_profile_says_who_and_how(crm: RemoteCrm, running: Deck) -> None:
    """The header names the profile, its label and its mode; `w` says which setting forbids changes."""
    running.command("contact", until="contact: 3 loaded")
    assert running.screen.splitlines()[0].startswith(
        " crmdeck | acme  PROD  READ-ONLY 0 writes sent | contact"
    )
    running.press("w", until=re.compile(r"change +no +source: POLICY"))
    running.press_away("esc", gone="what the API allows")
    running.press("i", until="byte for byte")
    running.press("y", until="Copied the request")
    assert b"crmdeck query contact --profile acme" in written_by(running)
    running.press_away("esc", gone="byte for byte")
    assert crm.keys == {f"Bearer {CANARY}"}


def unwrapped(screen: str) -> str:
    """The words of a screen as one text."""
    return " ".join(screen.split())
