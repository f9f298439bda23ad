"""The report of a bug: where it happened, without any value that was in memory."""

import platform
import secrets
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from app import __version__
from app.cli.root import COMMANDS
from app.config.folders import folders
from app.domain.errors import ConfigError
from app.domain.safe_text import shown
from app.state.private_files import create_private, make_private_folder

LIBRARIES: Final = ("click", "httpx", "pydantic", "starlette", "textual", "uvicorn")
"""Whose versions a report names."""


def write_report(error: Exception) -> str:
    """Put a report into the state folder; a sentence for the person, naming the file.

    The report has the kinds of the exceptions and the lines of code they passed. It leaves out their texts, all local
    values and the arguments: these may hold keys or records.
    """
    moment = datetime.now(UTC)
    file = folders().state / f"crash-{moment:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}.txt"
    report = "\n".join(_lines(error, moment)) + "\n"
    try:
        make_private_folder(file.parent)
        create_private(file, report.encode())
    except (OSError, ConfigError):
        return f"crmdeck: a bug ended the program ({type(error).__name__}); no report could be written."
    return f"crmdeck: a bug ended the program ({type(error).__name__}); the report without your data: {file}"


def _lines(error: Exception, moment: datetime) -> Iterator[str]:
    command = next((word for word in sys.argv[1:] if word in COMMANDS), "deck")
    yield f"crmdeck {__version__}, {command}, {moment:%Y-%m-%d %H:%M:%S} UTC"
    yield f"Python {platform.python_version()} on {platform.platform()}"
    yield ", ".join(f"{name} {_version(name)}" for name in LIBRARIES)
    for line in _exception(error, set()):
        yield shown(line)


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "missing"


def _exception(error: BaseException, seen: set[int]) -> Iterator[str]:
    """An exception after those that caused it."""
    if id(error) in seen:
        return
    seen.add(id(error))
    earlier = error.__cause__ or error.__context__
    if earlier is not None:
        yield from _exception(earlier, seen)
        yield "then"
    yield f"{type(error).__module__}.{type(error).__qualname__}"
    for frame in traceback.extract_tb(error.__traceback__):
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
        yield f"    {frame.line}"
    if isinstance(error, BaseExceptionGroup):
        for index, part in enumerate(error.exceptions):
            yield f"part {index + 1} of {len(error.exceptions)}"
            yield from _exception(part, seen)
