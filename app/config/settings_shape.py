"""What the settings file may hold, and each fault in it as a line a person can act on."""

import re
import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from app.config.keys import CommandKey, KeyringKey, KeySource, StoredKey, VariableKey
from app.config.settings import DEFAULT_URLS, Profile
from app.config.time_zone import named_zone
from app.domain.errors import ConfigError
from app.domain.requests import checked_base_url
from app.domain.secret import secret_from

KEY_HELP: Final = (
    'write key = { env = "NAME" }, { keyring = "NAME" } or { command = ["pass", "show", "NAME"] }, '
    "or put the key into the table [keys] under the profile's name"
)


class _Strict(BaseModel):
    """Takes no unknown keys and converts nothing; its errors never repeat a value, which might be a key."""

    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class KeyShape(_Strict):
    """`key = { ... }`: exactly one way."""

    env: str | None = Field(None, pattern="^[A-Za-z_][A-Za-z0-9_]*$")
    keyring: str | None = Field(None, min_length=1)
    command: list[str] | None = Field(None, min_length=1)

    def source(self) -> KeySource | None:
        """The one way that is given; `None` if it is not exactly one."""
        ways: list[KeySource] = []
        if self.env is not None:
            ways.append(VariableKey(self.env))
        if self.keyring is not None:
            ways.append(KeyringKey(self.keyring))
        if self.command is not None:
            ways.append(CommandKey(tuple(self.command)))
        return ways[0] if len(ways) == 1 else None


class ProfileShape(_Strict):
    """`[profiles.NAME]`."""

    api: str = "public-v2"
    url: str | None = None
    key: KeyShape | None = None
    read_only: bool = False
    label: str | None = Field(None, max_length=20)
    record_types: list[str] = Field(default_factory=list)
    time_zone: str | None = None

    @field_validator("api")
    @classmethod
    def is_known(cls, api: str) -> str:
        """Refuse an API that no version speaks."""
        if api not in DEFAULT_URLS:
            raise ValueError("must be one of " + ", ".join(f'"{known}"' for known in DEFAULT_URLS))
        return api

    @field_validator("url")
    @classmethod
    def is_safe(cls, url: str | None) -> str | None:
        """Refuse an address the transport would refuse."""
        return None if url is None else checked_base_url(url)

    @field_validator("time_zone")
    @classmethod
    def is_zone(cls, name: str | None) -> str | None:
        """Refuse a name of no zone."""
        if name is not None:
            named_zone(name)
        return name


class FileShape(_Strict):
    """The whole file."""

    profiles: dict[str, ProfileShape] = Field(default_factory=dict)
    keys: dict[str, str] = Field(default_factory=dict)


_TABLES: Final[dict[int, type[BaseModel]]] = {1: FileShape, 3: ProfileShape, 4: KeyShape}
"""Which keys are known at which depth of a path such as profiles / NAME / key / env."""

_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_WORDS: Final = {
    "string_type": "must be a text in quotes",
    "bool_type": "must be true or false",
    "list_type": "must be a list of texts in brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "string_too_long": "is too long; 20 characters at most",
    "string_too_short": "is empty",
    "too_short": "is empty",
    "string_pattern_mismatch": "is no name of a variable",
}


def checked_profiles(file: Path, text: str, tables: dict[str, object]) -> dict[str, Profile]:
    """The profiles, in the file's order.

    Raises:
        ConfigError: for the first thing wrong, with file and line.
    """
    fault = _Fault(file, text)
    try:
        shape = FileShape.model_validate(tables)
    except ValidationError as error:
        raise fault.of(error.errors(include_url=False, include_input=False)[0]) from None
    for name in shape.keys:
        if name not in shape.profiles:
            raise fault.at(("keys", name), "belongs to no profile" + _near(name, shape.profiles))
    return {
        name: _profile(name, profile, shape.keys.get(name), fault)
        for name, profile in shape.profiles.items()
    }


def _profile(name: str, shape: ProfileShape, stored: str | None, fault: "_Fault") -> Profile:
    if not _NAME.fullmatch(name):
        words = "names a profile; use letters, digits, dot, dash and underscore"
        raise fault.at(("profiles", name), words)
    return Profile(
        name,
        shape.api,
        shape.url or DEFAULT_URLS[shape.api],
        _key(name, shape, stored, fault),
        shape.read_only,
        shape.label,
        tuple(shape.record_types),
        None if shape.time_zone is None else named_zone(shape.time_zone),
    )


def _key(name: str, shape: ProfileShape, stored: str | None, fault: "_Fault") -> KeySource:
    place = ("profiles", name, "key")
    if stored is not None:
        if shape.key is not None:
            raise fault.at(place, "is given twice: here and in the table [keys]; remove one")
        try:
            return StoredKey(secret_from(stored, "the key"))
        except ValueError as error:
            raise fault.at(("keys", name), f"is no key: {error}") from None
    if shape.key is None:
        raise fault.at(("profiles", name), f"has no key: {KEY_HELP}")
    source = shape.key.source()
    if source is None:
        raise fault.at(place, "must say exactly one of env, keyring and command")
    return source


class _Fault:
    """Makes errors that name file and line."""

    def __init__(self, file: Path, text: str) -> None:
        self._file = file
        self._text = text

    def at(self, path: tuple[str, ...], words: str) -> ConfigError:
        """An error about one key."""
        line = line_of(self._text, path)
        return ConfigError(f"{self._file}, line {line}: {'.'.join(path)} {words}.")

    def of(self, error: ErrorDetails) -> ConfigError:
        """What the model found, in our words."""
        path = tuple(part for part in error["loc"] if isinstance(part, str))
        if error["type"] == "extra_forbidden":
            known = _TABLES[len(path)].model_fields if len(path) in _TABLES else {}
            near = _near(path[-1], known)
            return self.at(path, "is not a setting" + (near or f"; known: {', '.join(known)}"))
        if path[-1:] == ("key",) and error["type"] == "model_type":
            return self.at(path, f"must not be the key itself: {KEY_HELP}")
        if error["type"] == "value_error":
            return self.at(path, error["msg"].removeprefix("Value error, "))
        return self.at(path, _WORDS.get(error["type"], "is not of the right kind"))


def _near(name: str, known: object) -> str:
    """A question that names what was probably meant; empty if nothing is near."""
    found = get_close_matches(
        name, [str(one) for one in known] if isinstance(known, dict) else [], 1
    )
    return f"; did you mean {found[0]}?" if found else ""


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line, from 1, on which the statement begins that first brings `path`, or as much of it as there is.

    The parser itself says where: the shortest beginning of the file that has the path ends with that statement.
    """
    lines = text.splitlines(keepends=True)
    best_line, best_depth, done = 1, 0, 0
    for count in range(1, len(lines) + 1):
        try:
            tables = tomllib.loads("".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue  # inside a statement of several lines
        depth = _depth(tables, path)
        if depth > best_depth:
            best_line, best_depth = _first_content(lines, done, count), depth
        if depth == len(path):
            break
        done = count
    return best_line


def _first_content(lines: list[str], begin: int, end: int) -> int:
    """The first line with content among `lines[begin:end]`, from 1."""
    for index in range(begin, end):
        content = lines[index].strip()
        if content and not content.startswith("#"):
            return index + 1
    return end


def _depth(tables: object, path: tuple[str, ...]) -> int:
    """How many parts of `path` exist."""
    for depth, part in enumerate(path):
        if not isinstance(tables, dict) or part not in tables:
            return depth
        tables = tables[part]
    return len(path)
