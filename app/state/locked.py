"""Files that two crmdecks may change at the same moment: a lock around each change, and reading that cannot hang."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from app.domain.errors import ConfigError
from app.domain.remembered import NotRemembered
from app.state.private_files import FILE_MODE, make_private_folder

LOCK_NAME: Final = ".lock"
"""Beside the files it guards; it stays, so that all processes lock the same one."""


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Make a folder if need be, and keep other processes and threads from changing what is in it.

    Raises:
        ConfigError: if the folder cannot be used.
        OSError: if the lock cannot be made.
    """
    make_private_folder(folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(folder / LOCK_NAME, flags, FILE_MODE)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def read_bounded(path: Path, max_bytes: int) -> bytes:
    """The content of an ordinary file; never through a link, never of a pipe that waits for a writer.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is something else, or larger than `max_bytes`; in words that follow the file's name.
        OSError: if it cannot be read.
    """
    if path.is_symlink():
        raise ValueError("is a link; it must be a real file")
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor, no path)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("is no ordinary file")
        data = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise ValueError(f"is larger than {max_bytes // 1024} kB")
    return data


@contextmanager
def told(place: Path) -> Iterator[None]:
    """Tell what the file system refuses in words: any `OSError` or `ConfigError` within becomes `NotRemembered`."""
    try:
        yield
    except OSError as error:
        raise NotRemembered(f"{place}: {error.strerror or error}.") from None
    except ConfigError as error:
        raise NotRemembered(str(error)) from None
