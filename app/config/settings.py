"""The settings file `config.toml`: profiles, and where each takes its key from.

It is read, never written. What is wrong with it is said with file, line and what to do; nothing is guessed.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Final

from app.config.keys import KeySource, VariableKey
from app.domain.errors import ConfigError
from app.state.private_files import read_private

FILE_NAME: Final = "config.toml"

MAX_FILE_BYTES: Final = 1024 * 1024
"""A settings file larger than this is something else."""

DEFAULT_URLS: Final[Mapping[str, str]] = MappingProxyType(
    {"public-v2": "https://api.reevo.ai/api/v2", "hubspot": "https://api.hubapi.com"}
)
"""The APIs a profile may name, and where each lives unless the profile says otherwise."""


@dataclass(frozen=True, slots=True)
class Profile:
    """How to reach one CRM."""

    name: str
    api: str
    """A key of `DEFAULT_URLS`."""
    url: str
    key: KeySource
    is_read_only: bool = False
    label: str | None = None
    """A word for the header, such as PROD."""
    record_types: tuple[str, ...] = ()
    """Record types that no schema leads to."""
    time_zone: tzinfo | None = None
    """Where days begin and end for date words; `None`: the machine's own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the settings file says."""

    file: Path
    """Where it is, or would be."""
    profiles: Mapping[str, Profile] = field(default_factory=lambda: MappingProxyType({}))

    def profile(self, name: str) -> Profile:
        """The profile of that name.

        Raises:
            ConfigError: if there is none; names those that exist.
        """
        if name in self.profiles:
            return self.profiles[name]
        known = ", ".join(self.profiles) or "none"
        raise ConfigError(f"There is no profile {name} in {self.file}. Known: {known}.")

    @property
    def key_variables(self) -> frozenset[str]:
        """Environment variables that hold keys; no child process may see them."""
        keys = (profile.key for profile in self.profiles.values())
        return frozenset(key.variable for key in keys if isinstance(key, VariableKey))


def load_settings(folder: Path) -> Settings:
    """Read the settings file of a configuration folder; a missing one is an empty one.

    Raises:
        ConfigError: for anything wrong in it, with file and line.
    """
    file = folder / FILE_NAME
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return Settings(file)
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}.") from None
    text, tables = _parsed(file, data)
    if tables.get("keys"):
        text, tables = _parsed(file, read_private(file))
    if not tables:
        return Settings(file)
    from app.config.settings_shape import checked_profiles

    return Settings(file, MappingProxyType(checked_profiles(file, text, tables)))


def _parsed(file: Path, data: bytes) -> tuple[str, dict[str, object]]:
    if len(data) > MAX_FILE_BYTES:
        raise ConfigError(f"{file} is too large for a settings file.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{file}, line {line}: is not UTF-8 text.") from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax_error(file, text, str(error))) from None
    except RecursionError:
        raise ConfigError(f"{file}: is nested too deeply.") from None


_PLACE: Final = re.compile(r" \((?:at line (\d+), column \d+|at end of document)\)$")


def _syntax_error(file: Path, text: str, message: str) -> str:
    """The parser's words without the place it appends, after file and line. It may quote a character, never a value."""
    place = _PLACE.search(message)
    line = place[1] if place is not None and place[1] else str(text.count("\n") + 1)
    words = _PLACE.sub("", message)
    return f"{file}, line {line}: {words}. The file must be TOML (https://toml.io)."
