"""The files of imports: those that are read, and their results, which say after any crash what was sent."""

import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from app.domain.import_results import (
    ImportHeading,
    ImportRecord,
    ResultFile,
    RowResult,
    dump_heading,
    dump_result,
    parse_heading,
    parse_result,
)
from app.domain.import_source import (
    MAX_LINE_BYTES,
    CannotImport,
    SourceFile,
    SourceRow,
    form_of,
    read_columns,
    read_rows,
)
from app.state.private_files import FILE_MODE, sync_folder

_CHUNK_BYTES: Final = 1 << 20
_FLAGS: Final = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class DiskSource:
    """A file on this machine's disk; a `SourceFile`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def name(self) -> str:
        return str(self._path)

    def fingerprint(self) -> str:
        """The SHA-256 of its bytes."""
        digest = sha256()
        with _telling(self._path, "read"), _opened(self._path) as descriptor:
            while chunk := os.read(descriptor, _CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def columns(self) -> tuple[str, ...]:
        """The heading's, or the keys of all objects."""
        with _telling(self._path, "read"), _opened(self._path) as descriptor:
            form = form_of(self._path.name, os.pread(descriptor, 4096, 0))
            return read_columns(form, _lines(descriptor))

    def rows(self) -> Iterator[SourceRow]:
        """Read as they are asked for."""
        with _telling(self._path, "read"), _opened(self._path) as descriptor:
            form = form_of(self._path.name, os.pread(descriptor, 4096, 0))
            yield from read_rows(form, _lines(descriptor))


class DiskImportFiles:
    """Imports from this machine's disk; an `ImportFiles`."""

    def source(self, path: Path) -> SourceFile:
        """A file to import; it is opened when it is read."""
        return DiskSource(path)

    def names(self, typed: str) -> tuple[str, ...]:
        """In the folder that is typed so far; hidden ones only where a dot was typed."""
        folder, _, start = typed.rpartition("/")
        place = Path(f"{folder}/" if typed.startswith("/") or folder else ".").expanduser()
        found = []
        with suppress(OSError):
            for path in sorted(place.iterdir()):
                is_meant = path.name.startswith(start) and (start or not path.name.startswith("."))
                if is_meant and (path.is_dir() or path.is_file()):
                    head = f"{folder}/" if "/" in typed else ""
                    found.append(f"{head}{path.name}{'/' if path.is_dir() else ''}")
        return tuple(found)

    def begin(self, path: Path, heading: ImportHeading) -> ResultFile:
        """Start a file of results for its owner alone."""
        with _telling(path, "written"):
            try:
                descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, FILE_MODE)
            except FileExistsError:
                raise CannotImport(
                    f"{path} is there already: go on with it, or have the results in another file."
                ) from None
            os.fchmod(descriptor, FILE_MODE)
            file = _Results(path, descriptor)
            file.append(dump_heading(heading), is_lasting=True)
            sync_folder(path.parent)
        return file

    def heading(self, path: Path) -> ImportHeading | None:
        """Of which import a file of results is."""
        with _telling(path, "read"):
            try:
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            except FileNotFoundError:
                return None
            with open(descriptor, "rb") as file:  # noqa: PTH123 (a descriptor, no path)
                return _heading(path, file.readline(MAX_LINE_BYTES))

    def resume(self, path: Path, heading: ImportHeading) -> tuple[ResultFile, ImportRecord]:
        """Go on behind the last whole line; half a line is what a crash left, and says nothing."""
        with _telling(path, "written"):
            try:
                descriptor = os.open(path, _FLAGS)
            except FileNotFoundError:
                raise CannotImport(f"There are no results {path} to go on with.") from None
            file = _Results(path, descriptor)
            try:
                return file, file.read_back(heading)
            except BaseException:
                os.close(descriptor)
                raise


class _Results:
    """An open file of results; a `ResultFile`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise CannotImport(f"Another crmdeck is writing {path} now.") from None

    def write(self, result: RowResult, *, is_lasting: bool = False) -> None:
        """Append a line."""
        with _telling(self._path, "written"):
            self.append(dump_result(result), is_lasting=is_lasting)

    def append(self, line: bytes, *, is_lasting: bool) -> None:
        """Append a piece whole. Raises OSError; what stood before is then as it was."""
        size_bytes = os.fstat(self._descriptor).st_size
        try:
            rest = memoryview(line)
            while rest:
                rest = rest[os.pwrite(self._descriptor, rest, size_bytes + len(line) - len(rest)) :]
            if is_lasting:
                os.fsync(self._descriptor)
        except OSError:
            with suppress(OSError):
                os.ftruncate(self._descriptor, size_bytes)
            raise

    def close(self) -> None:
        """Make it last; the lock goes with the descriptor."""
        with _telling(self._path, "written"):
            try:
                os.fsync(self._descriptor)
            finally:
                os.close(self._descriptor)

    def read_back(self, heading: ImportHeading) -> ImportRecord:
        """What the file says. Raises CannotImport if it is of another import, or damaged."""
        record = ImportRecord()
        whole_bytes = 0
        with open(self._descriptor, "rb", closefd=False) as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    break
                whole_bytes += len(line)
                if number == 1:
                    _check(self._path, _heading(self._path, line), heading)
                    continue
                try:
                    record.note(parse_result(line))
                except ValueError as error:
                    raise CannotImport(f"{self._path} is damaged: line {number} {error}.") from None
        if not whole_bytes:
            raise CannotImport(f"{self._path} is no file of results.")
        os.ftruncate(self._descriptor, whole_bytes)
        return record


def _heading(path: Path, line: bytes) -> ImportHeading:
    try:
        return parse_heading(line)
    except ValueError as error:
        raise CannotImport(f"{path} holds {error}.") from None


def _check(path: Path, found: ImportHeading, wanted: ImportHeading) -> None:
    differences = found.differences(wanted)
    if differences:
        raise CannotImport(
            f"{path} is of an import with another {' and '.join(differences)}: it is not gone on with."
        )


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A descriptor of an ordinary file."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise CannotImport(f"{path} is no ordinary file.")
        yield descriptor
    finally:
        os.close(descriptor)


def _lines(descriptor: int) -> Iterator[bytes]:
    """The lines of a file, none longer than is looked at."""
    with open(descriptor, "rb", closefd=False, buffering=_CHUNK_BYTES) as file:
        while line := file.readline(MAX_LINE_BYTES + 1):
            yield line


@contextmanager
def _telling(path: Path, done: str) -> Iterator[None]:
    """Turn what the disk says into words."""
    try:
        yield
    except OSError as error:
        raise CannotImport(f"{path} cannot be {done}: {error.strerror}.") from None
