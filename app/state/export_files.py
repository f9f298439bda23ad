"""Export files: built beside their name, which they get when they are complete; an unfinished one can be gone on with.

As long as FILE is not finished, beside it stand FILE.part with the content so far, FILE.part.json with what it is to hold
and how far it came, and FILE.part.ids with eight bytes for each record in it. All are for their owner alone, as records are
nobody else's business. Whatever ends the program, FILE is whole or not there, and what FILE.part.json says is on the disk.
"""

import fcntl
import os
import stat
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from app.domain.exports import ExportError, ExportFile, ExportMark, ExportPlan, Interrupted, Place
from app.domain.records import Cursor
from app.state.export_mark import dump_interrupted, parse_interrupted
from app.state.private_files import FILE_MODE

_DIGEST_BYTES: Final = 8
_FLAGS: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_MAX_MARK_BYTES: Final = 1_000_000


class DiskExportFiles:
    """Exports on this machine's disk; an `ExportFiles`."""

    def look(self, target: Path) -> Place:
        """What is there.

        Raises:
            ExportError: for a link, a folder, a device: exports are written to ordinary files only.
        """
        names = _Names(target)
        with _telling(target):
            status = _status(target)
            if status is not None and not stat.S_ISREG(status.st_mode):
                kind = "a link" if stat.S_ISLNK(status.st_mode) else "no ordinary file"
                raise ExportError(f"{target} is {kind}; an export is written to a file of its own.")
            has_part = _status(names.part) is not None
        return Place(status is not None, has_part, _interrupted(names) if has_part else None)

    def begin(self, target: Path, plan: ExportPlan, *, is_forced: bool = False) -> ExportFile:
        """Start a file.

        Raises:
            ExportError: if something is in the way and `is_forced` does not allow to replace it.
        """
        place = self.look(target)
        if place.is_taken and not is_forced:
            raise ExportError(f"{target} exists already.", can_start_anew=True)
        names = _Names(target)
        if place.has_part:
            if not is_forced:
                raise _in_the_way(names, place)
            _remove_part(names)
        with _telling(names.part):
            descriptor = _open_private(names.part, _FLAGS | os.O_CREAT | os.O_EXCL)
            _lock(descriptor, names.part)
            for leftover in (names.mark, names.ids):
                leftover.unlink(missing_ok=True)
        return _Part(names, plan, descriptor, is_replacing=is_forced)

    def resume(
        self, target: Path, plan: ExportPlan
    ) -> tuple[ExportFile, ExportMark, Sequence[int]]:
        """Go on with an interrupted file.

        Raises:
            ExportError: if there is none, if it is of another plan, or if it cannot be what its record says.
        """
        names = _Names(target)
        self.look(target)
        with _telling(names.part):
            try:
                interrupted, is_replacing = names.read_mark()
                descriptor = os.open(names.part, _FLAGS)
            except FileNotFoundError:
                raise ExportError(f"There is no interrupted export of {target}.") from None
            try:
                _lock(descriptor, names.part)
                mark, digests = _checked(names, descriptor, interrupted, plan)
            except BaseException:
                os.close(descriptor)
                raise
        file = _Part(names, plan, descriptor, is_replacing=is_replacing)
        file.go_on(mark)
        return file, mark, digests


class _Names:
    """The files around a target."""

    def __init__(self, target: Path) -> None:
        """Raises `ExportError` for a path that names no file."""
        if target.name in ("", ".."):
            raise ExportError(
                f"{target} is no ordinary file; an export is written to a file of its own."
            )
        self.target = target
        self.part = target.with_name(f"{target.name}.part")
        self.mark = target.with_name(f"{target.name}.part.json")
        self.ids = target.with_name(f"{target.name}.part.ids")

    def read_mark(self) -> tuple[Interrupted, bool]:
        """What is known of the unfinished file, and whether it may replace a finished one.

        Raises:
            FileNotFoundError: if nothing is.
            ExportError: if it is no record of ours.
        """
        descriptor = os.open(self.mark, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(_MAX_MARK_BYTES)
        try:
            return parse_interrupted(content)
        except ValueError as error:
            raise ExportError(f"{self.mark} is damaged: {error}.", can_start_anew=True) from None


class _Part:
    """A file under construction; an `ExportFile`."""

    def __init__(
        self, names: _Names, plan: ExportPlan, descriptor: int, *, is_replacing: bool
    ) -> None:
        self._names = names
        self._plan = plan
        self._descriptor = descriptor
        self._is_replacing = is_replacing
        self._rows = 0
        self._size_bytes = 0
        self._new_digests: array[int] = array("Q")
        self._kept_rows = 0

    @property
    def rows(self) -> int:
        """Records written so far."""
        return self._rows

    @property
    def kept_rows(self) -> int:
        """Those of them that were kept."""
        return self._kept_rows

    def go_on(self, mark: ExportMark) -> None:
        """Stand where an interrupted file was last kept; what was written behind that is dropped."""
        with _telling(self._names.part):
            os.ftruncate(self._descriptor, mark.size_bytes)
            os.lseek(self._descriptor, mark.size_bytes, os.SEEK_SET)
        self._rows, self._size_bytes, self._kept_rows = mark.rows, mark.size_bytes, mark.rows

    def write(self, text: str, digests: Sequence[int] = ()) -> None:
        """Append a piece, all of it or none."""
        piece = text.encode()
        with self._all_or_nothing():
            _write_all(self._descriptor, piece)
        self._size_bytes += len(piece)
        self._rows += len(digests)
        self._new_digests.extend(digests)

    def keep(self, cursor: Cursor | None) -> None:
        """First what the record speaks of, then the record."""
        with _telling(self._names.part):
            os.fsync(self._descriptor)
            self._keep_digests()
            mark = ExportMark(cursor, self._rows, self._size_bytes)
            record = dump_interrupted(
                Interrupted(self._plan, mark), is_replacing=self._is_replacing
            )
            _write_mark(self._names.mark, record)
        self._kept_rows = self._rows
        self._new_digests = array("Q")

    def finish(self, closing: str) -> None:
        """Append the last piece, give the file its name, which another may have taken meanwhile, and let go of it."""
        part, target = self._names.part, self._names.target
        with self._all_or_nothing():
            _write_all(self._descriptor, closing.encode())
            os.fsync(self._descriptor)
            if self._is_replacing:
                part.replace(target)
            else:
                _give_name(part, target)
        with suppress(OSError):  # the file is whole and has its name: what is left over may stay
            self._remove_all()
            _sync_folder(target.parent)
        os.close(self._descriptor)

    def leave(self) -> None:
        """Let go of it; the lock goes with the descriptor."""
        os.close(self._descriptor)

    def discard(self) -> None:
        """Remove what was written."""
        with suppress(OSError):
            self._remove_all()
        os.close(self._descriptor)

    def _remove_all(self) -> None:
        for path in (self._names.part, self._names.mark, self._names.ids):
            path.unlink(missing_ok=True)

    @contextmanager
    def _all_or_nothing(self) -> Iterator[None]:
        """When something fails, the file is as long as it was."""
        try:
            with _telling(self._names.part):
                yield
        except ExportError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, self._size_bytes)
                os.lseek(self._descriptor, self._size_bytes, os.SEEK_SET)
            raise

    def _keep_digests(self) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = _open_private(self._names.ids, flags)
        try:
            kept_bytes = self._kept_rows * _DIGEST_BYTES
            os.ftruncate(descriptor, kept_bytes)
            os.lseek(descriptor, kept_bytes, os.SEEK_SET)
            _write_all(descriptor, self._new_digests.tobytes())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _status(path: Path) -> os.stat_result | None:
    """What stands there, links not followed; `None` for nothing."""
    try:
        return path.lstat()
    except FileNotFoundError:
        return None


def _interrupted(names: _Names) -> Interrupted | None:
    """What is known of an unfinished file; nothing if its record is damaged, no file, or not there."""
    with suppress(OSError, ExportError):
        return names.read_mark()[0]
    return None


def _in_the_way(names: _Names, place: Place) -> ExportError:
    if place.interrupted is None:
        reason = f"{names.part} is in the way, and nothing says what it is."
        return ExportError(reason, can_start_anew=True)
    rows = place.interrupted.mark.rows
    reason = f"{names.part} holds {rows:,} rows of an interrupted export."
    return ExportError(reason, can_resume=True, can_start_anew=True)


def _lock(descriptor: int, path: Path) -> None:
    """Only one program writes a file; the lock ends with it, however it ends."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ExportError(f"Another crmdeck is writing {path} now.") from None


def _remove_part(names: _Names) -> None:
    """Drop an unfinished file that nobody is writing; a link in its place is removed, not followed."""
    with _telling(names.part):
        status = _status(names.part)
        if status is not None and stat.S_ISREG(status.st_mode):
            descriptor = os.open(names.part, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                _lock(descriptor, names.part)
            finally:
                os.close(descriptor)
        names.part.unlink(missing_ok=True)


def _checked(
    names: _Names, descriptor: int, interrupted: Interrupted, plan: ExportPlan
) -> tuple[ExportMark, Sequence[int]]:
    """The mark and the digests, if the files can be what they are said to be."""
    differences = interrupted.plan.differences(plan)
    if differences:
        text = f"{names.part} is an export with another {' and '.join(differences)}"
        raise ExportError(f"{text}: it is not gone on with.", can_start_anew=True)
    mark, status = interrupted.mark, os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
        raise ExportError(f"{names.part} is no ordinary file of yours.")
    if status.st_nlink > 1:
        raise ExportError(f"{names.part} has a second name: a finished export. Remove the first.")
    digests: array[int] = array("Q")
    with suppress(FileNotFoundError):
        digests = _digests(names.ids, mark.rows)
    if status.st_size < mark.size_bytes or len(digests) < mark.rows:
        raise ExportError(f"{names.part} is shorter than it was.", can_start_anew=True)
    return mark, digests


def _digests(path: Path, rows: int) -> "array[int]":
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    digests: array[int] = array("Q")
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(rows * _DIGEST_BYTES)
    digests.frombytes(content[: len(content) // _DIGEST_BYTES * _DIGEST_BYTES])
    return digests


def _open_private(path: Path, flags: int) -> int:
    """A descriptor of a file for its owner alone, whatever the umask."""
    descriptor = os.open(path, flags, FILE_MODE)
    os.fchmod(descriptor, FILE_MODE)
    return descriptor


def _write_all(descriptor: int, piece: bytes) -> None:
    rest = memoryview(piece)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _write_mark(path: Path, record: bytes) -> None:
    """Replace the record in one step; what is left of an earlier try has the same name and is overwritten."""
    temporary = path.with_name(f"{path.name}.new")
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = _open_private(temporary, flags)
    try:
        _write_all(descriptor, record)
        os.fsync(descriptor)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    finally:
        os.close(descriptor)
    temporary.replace(path)


def _give_name(part: Path, target: Path) -> None:
    """Name the finished file, never over another one; where the disk knows no second names, by a look before."""
    try:
        target.hardlink_to(part)
    except FileExistsError:
        taken = True
    except OSError:
        taken = _status(target) is not None
        if not taken:
            part.rename(target)
    else:
        return
    if taken:
        reason = f"{target} was made by another program meanwhile: move it away, then go on."
        raise ExportError(reason, can_resume=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what the disk says into words; a missing file is told by whoever expects it."""
    try:
        yield
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror}.") from None
