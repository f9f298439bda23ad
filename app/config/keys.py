"""Where a profile's key comes from, and how it is fetched."""

import importlib
import queue
import subprocess
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from app.domain.errors import ConfigError
from app.domain.secret import Secret, secret_from

COMMAND_LIMIT_S: Final = 10.0
"""How long a key command may take."""

KEYRING_LIMIT_S: Final = 3.0
"""How long a key store may take; on machines without a desktop it may wait for ever."""

MAX_KEY_CHARACTERS: Final = 4096
"""A command that prints more than this printed something else."""

SERVICE: Final = "crmdeck"
"""What our entries in a key store are filed under."""

OWN_PREFIX: Final = "CRMDECK_"
"""Variables of ours; no child process gets them."""


@dataclass(frozen=True, slots=True)
class VariableKey:
    """In an environment variable."""

    variable: str


@dataclass(frozen=True, slots=True)
class KeyringKey:
    """In the system's key store, as user `name` of the service `SERVICE`."""

    name: str


@dataclass(frozen=True, slots=True)
class CommandKey:
    """What a command prints on its first line."""

    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredKey:
    """In the `[keys]` table of the settings file."""

    key: Secret


KeySource = VariableKey | KeyringKey | CommandKey | StoredKey
"""The ways to give a key; none of them puts it into an argument."""


def describe(source: KeySource) -> str:
    """Where the key is, in words; never the key."""
    match source:
        case VariableKey(variable):
            return f"the variable {variable}"
        case KeyringKey(name):
            return f"the key store, entry {name}"
        case CommandKey(arguments):
            return f"the command {arguments[0]}"
        case StoredKey():
            return "the settings file"


def resolve_key(
    source: KeySource, *, environ: Mapping[str, str], hidden: Iterable[str] = ()
) -> Secret:
    """Fetch the key; may block for some seconds. `hidden` are variables that no child process may see.

    Raises:
        ConfigError: if it cannot be had; says where it was looked for and what to do.
    """
    match source:
        case StoredKey(key):
            return key
        case VariableKey(variable):
            if variable not in environ:
                raise ConfigError(f"The variable {variable} is not set; it should hold the key.")
            return _checked(environ[variable], f"The variable {variable}")
        case CommandKey(arguments):
            printed = _printed(arguments, child_environment(environ, hidden))
            return _checked(printed, f"What {arguments[0]} printed")
        case KeyringKey(name):
            return _checked(_from_keyring(name), f"The key store's entry {name}")


def child_environment(environ: Mapping[str, str], hidden: Iterable[str] = ()) -> dict[str, str]:
    """The environment for a child process: without our variables and without those that hold keys."""
    left_out = set(hidden)
    return {
        name: value
        for name, value in environ.items()
        if name not in left_out and not name.startswith(OWN_PREFIX)
    }


def _checked(text: str, origin: str) -> Secret:
    try:
        return secret_from(text, origin)
    except ValueError as error:
        raise ConfigError(f"{error}; it should hold the key.") from None


def _printed(arguments: tuple[str, ...], environ: dict[str, str]) -> str:
    """The first line a command prints. What it says on stderr stays unseen: it might repeat the key."""
    name = arguments[0]
    try:
        done = subprocess.run(  # noqa: S603  # the user's own command, an argument list, no shell
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=COMMAND_LIMIT_S,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        limit = f"{COMMAND_LIMIT_S:g} s"
        raise ConfigError(f"The key command {name} printed nothing within {limit}.") from None
    except OSError as error:
        raise ConfigError(f"The key command {name} cannot run: {error.strerror}.") from None
    if done.returncode != 0:
        raise ConfigError(
            f"The key command {name} failed with status {done.returncode}; run it by hand to see why."
        )
    lines = done.stdout[:MAX_KEY_CHARACTERS].decode("utf-8", "replace").splitlines()
    return lines[0] if lines else ""


def _from_keyring(name: str) -> str:
    """Ask the system's key store, in a thread that is left behind if it hangs."""
    found: queue.SimpleQueue[str | ConfigError] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(_asked_keyring(name))
        except ConfigError as error:
            found.put(error)
        except Exception as error:  # noqa: BLE001  # key stores are plug-ins and raise what they like
            found.put(ConfigError(f"The key store failed ({type(error).__name__})."))

    threading.Thread(target=ask, name="keyring", daemon=True).start()
    try:
        answer = found.get(timeout=KEYRING_LIMIT_S)
    except queue.Empty:
        raise ConfigError(
            f"The key store did not answer within {KEYRING_LIMIT_S:g} s; "
            "a key can also come from a variable or a command."
        ) from None
    if isinstance(answer, ConfigError):
        raise answer
    return answer


def _asked_keyring(name: str) -> str:
    """Raises ConfigError where there is no usable store or no such entry."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        raise ConfigError(
            "The key store needs the extra package: install crmdeck[keyring]."
        ) from None
    kind = type(keyring.get_keyring()).__module__
    if kind in ("keyring.backends.fail", "keyring.backends.null"):
        raise ConfigError(
            "This machine has no key store; take the key from a variable or a command."
        )
    if not kind.startswith("keyring.backends."):
        raise ConfigError(f"The key store is of a kind crmdeck does not trust: {kind}.")
    key = keyring.get_password(SERVICE, name)
    if key is None:
        raise ConfigError(f"The key store has no entry {name}: keyring set {SERVICE} {name}")
    return str(key)
