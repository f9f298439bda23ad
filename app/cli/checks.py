"""What `crmdeck doctor` looks at on this machine; each check says what it found and the way out."""

import codecs
import locale
import os
import platform
import shutil
import sqlite3
import stat
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from app import __version__
from app.config.folders import Folders
from app.config.settings import FILE_NAME, load_settings
from app.domain.errors import ConfigError

LIBRARIES: Final = ("click", "httpx", "pydantic", "starlette", "textual", "uvicorn")
"""Whose versions matter when something is odd."""

MIN_COLUMNS: Final = 60
MIN_LINES: Final = 15
"""Below this the deck cannot be laid out. Source: the screens' layout."""


class Level(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    """It works, but less well than it could."""
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at."""

    name: str
    level: Level
    finding: str
    """What was found; may hold remote words."""
    way_out: str = ""
    """What to do about it; empty when there is nothing to do."""


def terminal(environ: Mapping[str, str]) -> Iterator[Check]:
    """Its type, size, colours and characters."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield Check("terminal", Level.OK, "none: input or output is a pipe, so only commands work")
    else:
        yield from _terminal_itself(environ)
    encoding = locale.getencoding()
    if codecs.lookup(encoding).name == "utf-8":
        yield Check("characters", Level.OK, f"the locale's encoding is {encoding}")
    else:
        yield Check(
            "characters",
            Level.WARN,
            f"the locale's encoding is {encoding}; names may be shown with escapes",
            "Set LC_ALL to a UTF-8 locale, such as C.UTF-8.",
        )


def _terminal_itself(environ: Mapping[str, str]) -> Iterator[Check]:
    kind = environ.get("TERM", "")
    if kind in ("", "dumb", "unknown"):
        yield Check(
            "terminal",
            Level.FAIL,
            f"TERM is {kind or 'not set'}; the deck cannot be drawn",
            "Set TERM to what the terminal is, such as xterm-256color.",
        )
    else:
        yield Check("terminal", Level.OK, f"TERM is {kind}")
    columns, lines = shutil.get_terminal_size()
    if columns < MIN_COLUMNS or lines < MIN_LINES:
        finding = (
            f"{columns} columns and {lines} lines; the deck needs {MIN_COLUMNS} and {MIN_LINES}"
        )
        yield Check("size", Level.WARN, finding, "Make the window larger.")
    else:
        yield Check("size", Level.OK, f"{columns} columns and {lines} lines")
    yield Check("colours", Level.OK, _colours(environ, kind))


def _colours(environ: Mapping[str, str], kind: str) -> str:
    if environ.get("NO_COLOR"):
        return "none, as NO_COLOR asks"
    if environ.get("COLORTERM", "").lower() in ("truecolor", "24bit"):
        return "16 million"
    return "256" if "256color" in kind else "16 or more"


def files(folders: Folders) -> Iterator[Check]:
    """Whether our folders are ours alone; one that is missing is made when it is needed."""
    for name, folder in (
        ("config", folders.config),
        ("data", folders.data),
        ("state", folders.state),
    ):
        yield _folder(f"{name} folder", folder)
    yield _settings(folders.config)


def _folder(name: str, folder: Path) -> Check:
    try:
        status = folder.stat()
    except FileNotFoundError:
        return Check(name, Level.OK, f"{folder} is not there yet; it is made when needed")
    except OSError as error:
        return Check(name, Level.FAIL, f"{folder}: {error.strerror}", "Make it readable for you.")
    if not stat.S_ISDIR(status.st_mode):
        return Check(name, Level.FAIL, f"{folder} is no folder", "Move it away.")
    if status.st_uid != os.geteuid():
        return Check(
            name,
            Level.FAIL,
            f"{folder} belongs to another user",
            "Set CRMDECK_HOME to a folder of yours.",
        )
    if status.st_mode & 0o022:
        return Check(name, Level.FAIL, f"others may write to {folder}", f"chmod 700 {folder}")
    if status.st_mode & 0o055:
        return Check(name, Level.WARN, f"others may look into {folder}", f"chmod 700 {folder}")
    return Check(name, Level.OK, f"{folder} is yours alone")


def _settings(folder: Path) -> Check:
    try:
        settings = load_settings(folder)
    except ConfigError as error:
        return Check("settings", Level.FAIL, str(error), "Correct the file.")
    names = ", ".join(settings.profiles) or "none"
    if not settings.file.exists():
        return Check("settings", Level.OK, f"{folder / FILE_NAME} is not there; profiles: none")
    return Check("settings", Level.OK, f"{settings.file} is readable; profiles: {names}")


def workspace_file(file: Path) -> Check:
    """Whether a local workspace file is sound; reads all of it and changes nothing."""
    if not file.exists():
        return Check("workspace", Level.OK, f"{file} is not there yet; it is made on first use")
    try:
        database = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
        try:
            found = str(database.execute("PRAGMA quick_check(1)").fetchone()[0])
            layout = database.execute("PRAGMA user_version").fetchone()[0]
        finally:
            database.close()
    except sqlite3.Error as error:
        return Check(
            "workspace",
            Level.FAIL,
            f"{file}: {error}",
            "Restore it from a copy, or use another file.",
        )
    if found != "ok":
        return Check(
            "workspace", Level.FAIL, f"{file} is damaged: {found}", "Restore it from a copy."
        )
    size = file.stat().st_size
    return Check("workspace", Level.OK, f"{file} is sound; layout {layout}, {size / 1e6:.1f} MB")


def versions() -> Check:
    """What we run on."""
    parts = [
        f"crmdeck {__version__}",
        f"Python {platform.python_version()}",
        f"SQLite {sqlite3.sqlite_version}",
    ]
    for name in LIBRARIES:
        try:
            parts.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            return Check("versions", Level.FAIL, f"{name} is missing", "Install crmdeck again.")
    return Check("versions", Level.OK, ", ".join(parts))
