"""Files that are not what they should be: told in words, with a way out, and left exactly as they were."""

import os
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.journeys.program import (
    CANARY,
    Deck,
    fingerprint,
    fresh_line_settings,
    run,
    write_profile,
    write_settings,
)
from tests.support.terminal import modes_left_set


def as_text(file: Path, good: Path) -> None:
    """A text somebody saved under the name."""
    file.write_text("My dear diary\n" * 100)


def as_nothing(file: Path, good: Path) -> None:
    """An empty file."""
    file.touch()


def as_cut(file: Path, good: Path) -> None:
    """A workspace whose copy broke off."""
    file.write_bytes(good.read_bytes()[: good.stat().st_size // 3])


def as_scribbled(file: Path, good: Path) -> None:
    """A workspace whose catalogue was overwritten on the disk."""
    data = bytearray(good.read_bytes())
    data[100:4096] = os.urandom(3996)
    file.write_bytes(data)


def as_foreign(file: Path, good: Path) -> None:
    """The database of another application."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA application_id = 305419896")
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()


def as_newer(file: Path, good: Path) -> None:
    """A workspace of a later version."""
    shutil.copyfile(good, file)
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA user_version = 9000")
    connection.close()


def as_dangling(file: Path, good: Path) -> None:
    """A link that leads to a folder."""
    (file.parent / "folder").mkdir(exist_ok=True)
    file.symlink_to("folder")


BAD_FILES: Final[dict[str, tuple[Callable[[Path, Path], None], tuple[str, ...]]]] = {
    "text": (as_text, ("is not a crmdeck workspace", "left as it is", "another file")),
    "cut": (as_cut, ("is damaged", "left as it is", "Restore a backup")),
    "nothing": (as_nothing, ("is not a crmdeck workspace", "left as it is", "another file")),
    "scribbled": (as_scribbled, ("is damaged", "left as it is", "Restore a backup")),
    "foreign": (as_foreign, ("is not a crmdeck workspace", "left as it is", "another file")),
    "newer": (as_newer, ("newer crmdeck (file version 9000", "update crmdeck")),
    "folder": (as_dangling, ("cannot be read: Is a directory",)),
}
"""How a file is spoilt, and what must be said. No two in a row are told alike, so that a screen shows which one is meant."""


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Another program holds a workspace for itself alone."""
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        yield
    finally:
        connection.close()


def remove(file: Path) -> None:
    """Make room for the next one, with what a database leaves beside it."""
    for leftover in file.parent.glob(f"{file.name}*"):
        leftover.unlink()


def tells(text: str, *words: str | Path) -> bool:
    """Whether all of these are in a text, however a screen has wrapped it."""
    solid = "".join(text.split())
    return all("".join(str(word).split()) in solid for word in words)


def test_the_deck_tells_each_bad_workspace_and_opens_it_once_it_is_good(
    home: Path, sample_file: Path
) -> None:
    """Every bad file is told with its name and a way out and left alone; after a good one is put there, `r` opens it."""
    file = home / "data" / "workspace.db"
    file.parent.mkdir(mode=0o700)
    as_newer(file, sample_file)
    with Deck(home, columns=150, lines=30) as deck:
        deck.wait_for("The workspace could not be opened")
        for name, (spoil, words) in BAD_FILES.items():
            remove(file)
            spoil(file, sample_file)
            before = fingerprint(file)
            deck.press("r", until=re.compile(r"\s+".join(map(re.escape, words[0].split()))))
            assert tells(deck.screen, *words, file, "q leaves"), deck.screen
            assert fingerprint(file) == before, name
        remove(file)
        shutil.copyfile(sample_file, file)
        deck.press("r", until="contact: 50 loaded")
        deck.send("q")
        assert deck.wait_exit() == 0
        assert modes_left_set(deck.raw) == set()
    assert b"Traceback" not in deck.raw


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_command_tells_a_bad_workspace(
    tmp_path: Path, home: Path, sample_file: Path, name: str
) -> None:
    """Status 1, the file and the way out on stderr, nothing on stdout, and not a byte changed."""
    spoil, words = BAD_FILES[name]
    file = tmp_path / "files" / "mine.db"
    file.parent.mkdir()
    spoil(file, sample_file)
    before = fingerprint(file.parent)
    done = run(home, "query", "contact", "--workspace", file)
    assert (done.returncode, done.stdout) == ((2 if name == "folder" else 1), "")
    if name != "folder":
        assert tells(done.stderr, *words, file), done.stderr
    assert "Traceback" not in done.stderr
    assert fingerprint(file.parent) == before


def test_a_locked_workspace_is_told_and_opened_later(home: Path, workspace: Path) -> None:
    """Another program holds the file: deck and command say so within seconds; once it is let go, `r` opens it."""
    with ExitStack() as lock:
        lock.enter_context(locked(workspace))
        with Deck(home) as deck:
            done = run(home, "query", "contact")
            deck.wait_for("The workspace could not be opened")
            assert tells(deck.screen, workspace, "is locked by another program", "try again")
            lock.close()
            deck.press("r", until="contact: 50 loaded")
    assert (done.returncode, done.stdout) == (1, "")
    assert tells(done.stderr, workspace, "is locked by another program", "try again")


BAD_SETTINGS: Final = {
    "syntax": ("[profiles.acme]\nurl = \n", ("config.toml, line 2: ", "https://toml.io")),
    "unknown word": (
        '[profiles.acme]\napi = "public-v2"\nkey = { env = "ACME_KEY" }\ncolour = "red"\n',
        ("config.toml, line 4: ", "colour"),
    ),
    "wrong kind": (
        '[profiles.acme]\napi = "public-v2"\nkey = { env = "ACME_KEY" }\nread_only = "yes"\n',
        ("config.toml, line 4: ", "read_only"),
    ),
    "unsafe address": (
        '[profiles.acme]\napi = "public-v2"\nurl = "http://crm.example.com/api/v2"\nkey = { env = "ACME_KEY" }\n',
        ("config.toml, line 3: ", "https://"),
    ),
    "unknown api": (
        '[profiles.acme]\napi = "salesforce"\nkey = { env = "ACME_KEY" }\n',
        ("config.toml, line 2: ", "public-v2"),
    ),
}
"""Settings with a wrong line, and what must be said."""


@pytest.mark.parametrize("name", BAD_SETTINGS)
def test_a_wrong_line_is_named(home: Path, name: str) -> None:
    """Deck and command name the file and the line before anything else happens."""
    text, words = BAD_SETTINGS[name]
    settings = write_settings(home, text)
    before = fingerprint(home)
    assert_refused(home, "acme", (str(settings), *words))
    assert fingerprint(home) == before


def test_an_unknown_profile_is_told_with_the_known_ones(home: Path) -> None:
    """Deck and command list what there is."""
    settings = write_profile(home, "http://127.0.0.1:9/api/v2")
    before = fingerprint(home)
    words = (f"There is no profile acmee in {settings}.", "Known: acme.")
    assert_refused(home, "acmee", words)
    assert fingerprint(home) == before


def test_keys_that_others_can_read_are_refused(home: Path) -> None:
    """A settings file with keys that is open to others is refused with the command that closes it; the key is not shown."""
    text = f'[profiles.acme]\napi = "public-v2"\n\n[keys]\nacme = "{CANARY}"\n'
    settings = write_settings(home, text, mode=0o644)
    before = fingerprint(home)
    assert_refused(home, "acme", (f"chmod 600 {settings}", "others may open it"))
    assert fingerprint(home) == before


def test_a_key_that_is_not_there_is_told(home: Path) -> None:
    """A profile whose variable is not set: the deck says which one, and so does a command."""
    settings = '[profiles.acme]\napi = "public-v2"\nkey = { env = "NOT_SET_ANYWHERE" }\n'
    write_settings(home, settings)
    with Deck(home, "acme") as deck:
        deck.wait_for("The workspace could not be opened")
        assert "The variable NOT_SET_ANYWHERE is not set" in deck.screen
        deck.send("q")
        assert deck.wait_exit() == 0
    done = run(home, "query", "contact", "--profile", "acme")
    assert (done.returncode, done.stdout) == (2, "")
    assert "The variable NOT_SET_ANYWHERE is not set" in done.stderr


def assert_refused(home: Path, profile: str, words: tuple[str, ...]) -> None:
    """Deck and command end with status 2 and these words; the deck does not take the screen."""
    __tracebackhide__ = True
    with Deck(home, profile, columns=200) as deck:
        assert deck.wait_exit() == 2
        said = deck.screen
        assert b"\x1b" not in deck.raw
        assert deck.line_settings == fresh_line_settings()
    done = run(home, "query", "contact", "--profile", profile)
    assert (done.returncode, done.stdout) == (2, "")
    for text in (said, done.stderr):
        assert tells(text, *words), text
        assert CANARY not in text
        assert "Traceback" not in text
