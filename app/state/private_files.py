"""Files that are nobody else's business: made for the owner alone, replaced in one step, never through a link."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

from app.domain.errors import ConfigError

FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


def make_private_folder(folder: Path) -> None:
    """Make a folder and those above it, for the owner alone; one that exists keeps its mode.

    Raises:
        ConfigError: if it belongs to someone else, if others may write to it, or if it cannot be made.
    """
    try:
        for missing in reversed([folder, *folder.parents]):
            if not missing.exists():
                _make_folder(missing)
        status = folder.stat()
    except OSError as error:
        raise ConfigError(f"The folder {folder} cannot be made: {error.strerror}.") from None
    if not stat.S_ISDIR(status.st_mode):
        raise ConfigError(f"{folder} is in the way: it is no folder.")
    if status.st_uid != os.geteuid():
        raise ConfigError(f"The folder {folder} belongs to another user; crmdeck does not use it.")
    if status.st_mode & 0o022:
        raise ConfigError(f"Others may write to {folder}. Close it: chmod 700 {folder}")


def _make_folder(folder: Path) -> None:
    """Make one folder, whatever the process takes from the modes of new files."""
    try:
        folder.mkdir(FOLDER_MODE)
    except FileExistsError:
        return  # another crmdeck was faster
    folder.chmod(FOLDER_MODE)


def write_private(path: Path, data: bytes) -> None:
    """Put `data` into a file in one step: readers see the old content or the new, also after a crash.

    Raises:
        OSError: if it cannot be written; the old content is then intact.
    """
    temporary = _write_beside(path, data)
    try:
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def create_private(path: Path, data: bytes) -> None:
    """As `write_private`, for a file that must not exist yet.

    Raises:
        FileExistsError: if it exists; it is left alone.
        OSError: if it cannot be written.
    """
    temporary = _write_beside(path, data)
    try:
        path.hardlink_to(temporary)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def read_private(path: Path) -> bytes:
    """The content of a file that holds keys.

    Raises:
        FileNotFoundError: if there is none.
        ConfigError: if it is a link, not ours, open to others or unreadable; says the way out.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        if path.is_symlink():
            raise ConfigError(f"{path} is a link; a file with keys must be a real file.") from None
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from None
    try:
        check_private(path, os.fstat(descriptor))
        with open(descriptor, "rb", closefd=False) as file:  # a descriptor, no path
            return file.read()
    finally:
        os.close(descriptor)


def check_private(path: Path, status: os.stat_result) -> None:
    """Refuse a file with keys that is open to others or not ours.

    Raises:
        ConfigError: with the command that closes it.
    """
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{path} is no ordinary file.")
    if status.st_uid != os.geteuid():
        raise ConfigError(f"{path} holds keys but belongs to another user.")
    if status.st_mode & 0o077:
        raise ConfigError(f"{path} holds keys and others may open it. Close it: chmod 600 {path}")


def _write_beside(path: Path, data: bytes) -> Path:
    """A new private file in the same folder, its content on the disk."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, FILE_MODE)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def sync_folder(folder: Path) -> None:
    """Make a new name last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
