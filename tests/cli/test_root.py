"""The root: sub-commands, the deck, and what happens when something goes wrong."""

import importlib
from pathlib import Path

import click
import pytest

from app import __version__
from app.cli.root import COMMANDS, module_of
from app.domain.errors import RateLimited, Rejected, ServerFailed, Unauthorized, Unreachable
from tests.cli.conftest import Opened, Run
from tests.support.backends import MemoryBackend


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Settings and files of our own."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("CRMDECK_HOME", str(tmp_path))
    return tmp_path


def test_version(crmdeck: Run) -> None:
    """`--version` is one line of data."""
    assert crmdeck("--version").out == f"crmdeck {__version__}\n"


def test_help_names_every_command(crmdeck: Run) -> None:
    """The root's help lists all sub-commands and the deck's options."""
    text = crmdeck("--help").out
    for word in (*COMMANDS, "--workspace", "--empty", "--read-only", "--record-type", "--no-mouse"):
        assert word in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_the_object_of_its_module(name: str) -> None:
    """A name of the table is a module with a command of that name and a help text."""
    command = importlib.import_module(module_of(name)).command
    assert isinstance(command, click.Command)
    assert command.name == name
    assert command.help


def test_examples_stand_on_lines_of_their_own(crmdeck: Run) -> None:
    """To be copied one by one."""
    for words in (("query",), ("patch",), ("attribute", "add")):
        text = crmdeck(*words, "--help").out
        assert text.count(f"\n  crmdeck {' '.join(words)} ") >= 1
        assert "\\b" not in text


@pytest.mark.usefixtures("home")
def test_no_words_open_the_deck(crmdeck: Run, opened: Opened) -> None:
    """`crmdeck` alone opens the local workspace."""
    assert crmdeck(is_interactive=True).status == 0
    target, record_type, query_text, is_mouse_on = opened[0]
    assert (target.profile, target.workspace, target.is_read_only) == (None, None, False)
    assert (record_type, query_text, is_mouse_on) == (None, None, True)


@pytest.mark.usefixtures("home")
def test_options_reach_the_deck(crmdeck: Run, opened: Opened, tmp_path: Path) -> None:
    """Every option of the deck arrives."""
    file = tmp_path / "other.db"
    words = ("--workspace", str(file), "--empty", "--read-only", "--no-mouse")
    asked = ("--record-type", "task", "--query", "status = OPEN")
    assert crmdeck(*words, *asked, is_interactive=True).status == 0
    target, record_type, query_text, is_mouse_on = opened[0]
    assert (target.workspace, target.is_empty, target.is_read_only) == (file, True, True)
    assert (record_type, query_text, is_mouse_on) == ("task", "status = OPEN", False)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--query", "status = OPEN"), "--query needs --record-type TYPE"),
        (("--record-type", "task", "--query", "status = ("), "  status = (\n           ^"),
    ],
)
def test_a_question_that_is_none_does_not_open_the_deck(
    crmdeck: Run, opened: Opened, words: tuple[str, ...], text: str
) -> None:
    """It is said before the screen is taken."""
    answer = crmdeck(*words, is_interactive=True)
    assert (answer.status, opened) == (2, [])
    assert text in answer.err


def test_a_known_profile_opens(crmdeck: Run, opened: Opened, home: Path) -> None:
    """A first word that is a profile opens the deck on it, wherever its options stand."""
    (home / "config").mkdir(mode=0o700)
    settings = '[profiles.acme]\napi = "public-v2"\nkey = { env = "ACME_KEY" }\n'
    (home / "config" / "config.toml").write_text(settings)
    assert crmdeck("acme", "--read-only", is_interactive=True).status == 0
    assert opened[0][0].profile == "acme"
    assert opened[0][0].is_read_only


@pytest.mark.usefixtures("home")
def test_an_unknown_profile_is_wrong_usage(crmdeck: Run, opened: Opened) -> None:
    """A first word that is nothing opens nothing; a mistyped command is told."""
    answer = crmdeck("qurey", is_interactive=True)
    assert answer.status == 2
    assert "no profile qurey" in answer.err
    assert "Did you mean crmdeck query?" in answer.err
    assert not opened


def test_a_command_behind_options_is_told(crmdeck: Run) -> None:
    """The deck's options do not stand before a sub-command."""
    answer = crmdeck("--read-only", "types")
    assert answer.status == 2
    assert "crmdeck types [OPTIONS]" in answer.err


def test_the_deck_needs_a_terminal(crmdeck: Run, opened: Opened) -> None:
    """Without a terminal the deck is refused in words, with status 2."""
    answer = crmdeck()
    assert (answer.status, answer.out) == (2, "")
    assert "needs a terminal" in answer.err
    assert not opened


@pytest.mark.usefixtures("home")
def test_a_dumb_terminal_is_refused(crmdeck: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that cannot move its cursor gets words instead of a screen."""
    monkeypatch.setenv("TERM", "dumb")
    assert crmdeck(is_interactive=True).status == 2


@pytest.mark.parametrize("words", [("--key=s3cret",), ("query", "contact", "--token", "s3cret")])
def test_a_key_is_no_argument(crmdeck: Run, words: tuple[str, ...]) -> None:
    """An option for a key does not exist, and the refusal says where keys go without repeating it."""
    answer = crmdeck(*words)
    assert answer.status == 2
    assert "never stands on a command line" in answer.err
    assert "s3cret" not in answer.err


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (Unreachable("The server was not reached"), "crmdeck doctor"),
        (Unauthorized("The key is not accepted", status=401), "crmdeck doctor"),
        (Rejected("stage does not take gt", status=400), "crmdeck schema"),
        (RateLimited("Too many requests", status=429), "Wait"),
        (ServerFailed("It broke", status=500), "try again later"),
    ],
)
def test_an_error_is_two_lines(
    crmdeck: Run, backend: MemoryBackend, error: ServerFailed, hint: str
) -> None:
    """A failed call says what, where and the way out on stderr, without keys of the deck or a traceback."""
    backend.fail("GET /_schema/contact", error)
    answer = crmdeck("schema", "contact")
    assert (answer.status, answer.out) == (1, "")
    what, way_out = answer.err.splitlines()
    assert what.startswith(f"crmdeck: {error.reason} (")
    assert "GET /_schema/contact" in what
    assert hint in way_out
    assert "press" not in answer.err


def test_remote_words_in_errors_are_harmless(crmdeck: Run, backend: MemoryBackend) -> None:
    """A server's message cannot reach the terminal as a control sequence."""
    backend.fail("GET /_schema/contact", ServerFailed("\x1b]0;owned\x07\u202e"))
    answer = crmdeck("schema", "contact")
    assert "\x1b" not in answer.err
    assert "\u202e" not in answer.err
    assert "\u241b]0;owned\u2407" in answer.err


def test_a_bug_leaves_a_report(crmdeck: Run, backend: MemoryBackend, home: Path) -> None:
    """An unexpected exception ends with status 70 and a private report that holds no value."""
    secret = "value-of-a-record"
    backend.fail("GET /_schema/contact", KeyError(secret))  # type: ignore[arg-type]
    answer = crmdeck("schema", "contact")
    assert answer.status == 70
    assert len(answer.err.splitlines()) == 1
    (file,) = (home / "state").glob("crash-*.txt")
    assert str(file) in answer.err
    assert file.stat().st_mode & 0o777 == 0o600
    report = file.read_text()
    assert "builtins.KeyError" in report
    assert "in schema" in report
    assert secret not in report + answer.err


def test_the_session_is_closed(crmdeck: Run, backend: MemoryBackend) -> None:
    """A command lets go of its workspace, also when it fails."""
    backend.fail("GET /_schema/contact", ServerFailed("broken"))
    crmdeck("schema", "contact")
    assert backend.is_closed
