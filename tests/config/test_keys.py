"""Fetching keys: from a variable, a command, the key store."""

import os
import stat
import sys
import threading
import types
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config import keys
from app.config.keys import (
    CommandKey,
    KeyringKey,
    KeySource,
    StoredKey,
    VariableKey,
    child_environment,
    describe,
    resolve_key,
)
from app.domain.errors import ConfigError
from app.domain.secret import Secret

CANARY = "canary-7f3a9c51-key"
ENVIRON = {"PATH": os.environ["PATH"], "ACME_KEY": CANARY, "CRMDECK_SERVE_KEY": "x", "LANG": "C"}


def fetched(source: KeySource) -> str:
    return resolve_key(source, environ=ENVIRON, hidden={"ACME_KEY"}).reveal()


def command(tmp_path: Path, script: str) -> CommandKey:
    file = tmp_path / "command"
    file.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    file.chmod(stat.S_IRWXU)
    return CommandKey((str(file), "an argument; not a shell line"))


def test_a_stored_key_is_there_already() -> None:
    """It came with the settings."""
    assert fetched(StoredKey(Secret(CANARY))) == CANARY


def test_a_variable() -> None:
    """Set, not set, empty."""
    assert fetched(VariableKey("ACME_KEY")) == CANARY
    with pytest.raises(ConfigError, match="variable NOPE is not set"):
        fetched(VariableKey("NOPE"))
    for text in ("", " ", "two words", "a\nb"):
        with pytest.raises(ConfigError, match="variable K"):
            resolve_key(VariableKey("K"), environ={"K": text})


def test_a_command_prints_the_key_on_its_first_line(tmp_path: Path) -> None:
    """What follows does not matter, as with pass."""
    assert fetched(command(tmp_path, f"echo {CANARY}; echo user: me")) == CANARY


def test_a_command_gets_its_arguments_as_they_are(tmp_path: Path) -> None:
    """No shell takes them apart."""
    assert (
        fetched(command(tmp_path, 'printf %s "$1" | tr " ;" "--"'))
        == "an-argument--not-a-shell-line"
    )


def test_a_command_sees_neither_our_keys_nor_our_input(tmp_path: Path) -> None:
    """The environment is scrubbed, standard input is empty."""
    script = 'cat; echo "${ACME_KEY-none}/${CRMDECK_SERVE_KEY-none}/$LANG"'
    reader, writer = os.pipe()
    os.write(writer, b"typed ahead\n")
    os.close(writer)
    kept = os.dup(0)
    os.dup2(reader, 0)
    try:
        assert fetched(command(tmp_path, script)) == "none/none/C"
    finally:
        os.dup2(kept, 0)
        os.close(kept)
        os.close(reader)


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("exit 3", "failed with status 3; run it by hand"),
        (f"echo {CANARY} >&2; exit 1", "failed with status 1"),
        ("true", "printed is empty"),
        ("echo", "printed is empty"),
        ("echo two words", "characters that no API key has"),
        ("head -c 100000 /dev/zero", "characters that no API key has"),
        ("printf '\\377'", "characters that no API key has"),
    ],
)
def test_a_command_that_gives_no_key(
    tmp_path: Path, script: str, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    """The message says what happened; what the command said is not repeated."""
    with pytest.raises(ConfigError, match=words) as caught:
        fetched(command(tmp_path, script))
    assert CANARY not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_a_command_that_is_not_there() -> None:
    """Named, with the reason of the system."""
    with pytest.raises(ConfigError, match="/nowhere/x cannot run: No such file"):
        fetched(CommandKey(("/nowhere/x",)))


def test_a_command_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is ten seconds; a tenth of one serves here."""
    monkeypatch.setattr(keys, "COMMAND_LIMIT_S", 0.1)
    with pytest.raises(ConfigError, match="nothing within"):
        fetched(command(tmp_path, "exec sleep 60"))


def keyring_module(
    get: Callable[[str, str], str | None], backend: str = "keyring.backends.SecretService"
) -> types.ModuleType:
    """A stand-in for the optional package."""
    module = types.ModuleType("keyring")
    kind = type("Keyring", (), {"__module__": backend})
    module.get_keyring = kind  # type: ignore[attr-defined]  # a stand-in
    module.get_password = get  # type: ignore[attr-defined]  # a stand-in
    return module


def with_keyring(
    monkeypatch: pytest.MonkeyPatch,
    get: Callable[[str, str], str | None],
    backend: str = "keyring.backends.SecretService",
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", keyring_module(get, backend))


def test_the_key_store(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for the entry of our own service."""
    asked: list[tuple[str, str]] = []

    def get(service: str, name: str) -> str:
        asked.append((service, name))
        return CANARY

    with_keyring(monkeypatch, get)
    assert fetched(KeyringKey("acme")) == CANARY
    assert asked == [("crmdeck", "acme")]


def test_a_key_store_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ConfigError, match=r"install crmdeck\[keyring\]"):
        fetched(KeyringKey("acme"))


@pytest.mark.parametrize(
    ("backend", "words"),
    [
        ("keyring.backends.fail", "no key store; take the key from a variable or a command"),
        ("keyring.backends.null", "no key store"),
        ("evil.backend", "does not trust: evil.backend"),
    ],
)
def test_key_stores_that_are_none(
    monkeypatch: pytest.MonkeyPatch, backend: str, words: str
) -> None:
    """Headless machines have none, and strange ones are not asked."""

    def get(service: str, name: str) -> str:
        raise AssertionError

    with_keyring(monkeypatch, get, backend)
    with pytest.raises(ConfigError, match=words):
        fetched(KeyringKey("acme"))


def test_a_missing_entry_says_how_to_make_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command prompts for the key; it is not on its line."""
    with_keyring(monkeypatch, lambda *_: None)
    with pytest.raises(ConfigError, match="keyring set crmdeck acme"):
        fetched(KeyringKey("acme"))


def test_a_key_store_that_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it raises; its words might hold anything and are not shown."""

    def get(service: str, name: str) -> str:
        raise RuntimeError(CANARY)

    with_keyring(monkeypatch, get)
    with pytest.raises(ConfigError, match=r"failed \(RuntimeError\)") as caught:
        fetched(KeyringKey("acme"))
    assert CANARY not in str(caught.value)


def test_a_key_store_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is three seconds; a tenth of one serves here."""
    release = threading.Event()

    def get(service: str, name: str) -> str:
        release.wait(10)
        return CANARY

    with_keyring(monkeypatch, get)
    monkeypatch.setattr(keys, "KEYRING_LIMIT_S", 0.1)
    with pytest.raises(ConfigError, match="did not answer within"):
        fetched(KeyringKey("acme"))
    release.set()


def test_where_a_key_is_in_words() -> None:
    """For doctor and for messages; never the key."""
    assert describe(VariableKey("K")) == "the variable K"
    assert describe(KeyringKey("acme")) == "the key store, entry acme"
    assert describe(CommandKey(("pass", "show", "crm"))) == "the command pass"
    assert describe(StoredKey(Secret(CANARY))) == "the settings file"


def test_the_environment_of_children() -> None:
    """Ours and the hidden ones are left out, everything else stays."""
    assert child_environment(ENVIRON, {"ACME_KEY"}) == {"PATH": ENVIRON["PATH"], "LANG": "C"}
