"""Plans on this machine's disk, for their owner alone, and beside each the progress of its run.

The progress of FILE stands in FILE.progress.jsonl: a line that says of which plan, then a line for each step of a row, only
ever appended. A last line that a crash cut off is dropped: what it would have said had not been relied on.
"""

import fcntl
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, NoReturn

from app.domain.json_text import dump_ascii, parse_json
from app.domain.plan import Plan, PlanError, parse_plan
from app.domain.plan_progress import ProgressFile, RowNote, RowState
from app.domain.values import Json, plain_timestamp
from app.state.locked import read_bounded
from app.state.private_files import FILE_MODE, create_private, sync_folder, write_private

PROGRESS_SUFFIX: Final = ".progress.jsonl"
_FORMAT: Final = 1
_MAX_BYTES: Final = 512 * 1024 * 1024


class DiskPlanFiles:
    """Plans on disk; a `PlanFiles`."""

    def read(self, path: Path) -> Plan:
        """Read a plan. Raises PlanError."""
        with _telling(path):
            try:
                data = read_bounded(path, _MAX_BYTES)
            except FileNotFoundError:
                raise PlanError(f"There is no plan {path}.") from None
            except ValueError as error:
                raise PlanError(f"{path} {error}.") from None
        try:
            return parse_plan(data)
        except PlanError as error:
            raise PlanError(f"{path} is no plan. {error}") from None

    def write(self, path: Path, plan: Plan, *, is_forced: bool = False) -> None:
        """Write a plan in one step.

        Raises:
            PlanError: if something is there, unless it may be replaced; if a run of it was begun; if it cannot be written.
        """
        progress = _progress_path(path)
        with _telling(path):
            if os.path.lexists(progress):
                raise PlanError(
                    f"{progress} is there: a plan of this name was begun. Take another name, or remove both."
                )
            if is_forced:
                if path.is_symlink() or (path.exists() and not path.is_file()):
                    raise PlanError(f"{path} is no ordinary file.")
                write_private(path, plan.data)
                return
            try:
                create_private(path, plan.data)
            except FileExistsError:
                raise PlanError(f"{path} exists already.") from None

    def look(self, path: Path, plan: Plan) -> Mapping[str, RowNote]:
        """How far a plan is. Raises PlanError."""
        progress = _progress_path(path)
        with _telling(progress):
            try:
                data = read_bounded(progress, _MAX_BYTES)
            except FileNotFoundError:
                return MappingProxyType({})
            except ValueError as error:
                raise PlanError(f"{progress} {error}.") from None
        return _Content(progress, plan, data).notes

    def open(self, path: Path, plan: Plan) -> ProgressFile:
        """Begin or go on. Raises PlanError if another crmdeck runs it, or if the progress is of another plan."""
        return DiskProgressFile(_progress_path(path), plan)


class DiskProgressFile:
    """The progress of one plan, locked as long as it is open; a `ProgressFile`."""

    def __init__(self, path: Path, plan: Plan) -> None:
        """Raises PlanError."""
        self._path = path
        with _telling(path):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            self._descriptor = os.open(path, flags, FILE_MODE)
            try:
                self._prepare(plan)
            except BaseException:
                os.close(self._descriptor)
                raise

    def _prepare(self, plan: Plan) -> None:
        """Lock the file and stand behind its last whole line."""
        path, descriptor = self._path, self._descriptor
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise PlanError(f"{path} is no ordinary file.")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlanError("Another crmdeck is running this plan now.") from None
        content = _Content(path, plan, _read_all(descriptor))
        self._notes = content.notes
        os.fchmod(descriptor, FILE_MODE)
        os.ftruncate(descriptor, content.size_bytes)
        os.lseek(descriptor, content.size_bytes, os.SEEK_SET)
        self._size_bytes = content.size_bytes
        if not content.size_bytes:
            first: Json = {"crmdeck_progress": _FORMAT, "plan": plan.fingerprint}
            self._append(f"{dump_ascii(first)}\n".encode(), is_lasting=True)
            sync_folder(path.parent)

    @property
    def notes(self) -> Mapping[str, RowNote]:
        return MappingProxyType(self._notes)

    def add(self, notes: Sequence[RowNote], *, is_lasting: bool) -> None:
        """Append notes. Raises PlanError; they are then not noted."""
        text = "".join(f"{dump_ascii(_note_json(note))}\n" for note in notes)
        with _telling(self._path):
            self._append(text.encode(), is_lasting=is_lasting)
        self._notes.update((note.row_id, note) for note in notes)

    def _append(self, data: bytes, *, is_lasting: bool) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            if is_lasting:
                os.fdatasync(self._descriptor)
        except OSError:
            os.ftruncate(self._descriptor, self._size_bytes)
            os.lseek(self._descriptor, self._size_bytes, os.SEEK_SET)
            raise
        self._size_bytes += len(data)

    def close(self) -> None:
        """Let go of it; the lock goes with the descriptor."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class _Content:
    """What a progress file holds."""

    def __init__(self, path: Path, plan: Plan, data: bytes) -> None:
        """Raises PlanError for the progress of another plan, and for damage that no crash makes."""
        self._path = path
        self.size_bytes = data.rfind(b"\n") + 1
        """Up to the end of the last whole line."""
        self.notes: dict[str, RowNote] = {}
        lines = data[: self.size_bytes].split(b"\n")[:-1]
        if not lines:
            return
        first = self._object(1, lines[0])
        if first.get("crmdeck_progress") != _FORMAT:
            self._fail(1, "is no progress of a plan that this version knows")
        if first.get("plan") != plan.fingerprint:
            raise PlanError(
                f"{path} is the progress of another plan, or the plan was edited after it was begun: "
                "it is not gone on with. Take another name for the edited plan."
            )
        known = {row.id for row in plan.rows}
        for number, line in enumerate(lines[1:], 2):
            note = self._note(number, line)
            if note.row_id not in known:
                self._fail(number, "is about no row of the plan")
            self.notes[note.row_id] = note

    def _note(self, number: int, line: bytes) -> RowNote:
        members = self._object(number, line)
        request, version = members.get("number"), members.get("version")
        try:
            return RowNote(
                row_id=str(members["row"]),
                state=RowState(str(members["state"])),
                at=datetime.fromisoformat(str(members["at"])),
                number=request if isinstance(request, int) else None,
                note=str(members.get("note", "")),
                version=version if isinstance(version, str) else None,
            )
        except (KeyError, ValueError):
            self._fail(number, "is no note of a row")

    def _object(self, number: int, line: bytes) -> dict[str, Json]:
        try:
            members = parse_json(line)
        except ValueError as error:
            self._fail(number, f"is not JSON: {error}")
        if not isinstance(members, dict):
            self._fail(number, "is no JSON object")
        return members

    def _fail(self, number: int, what: str) -> NoReturn:
        raise PlanError(f"{self._path} is damaged: line {number} {what}. Nothing was sent.")


def _progress_path(path: Path) -> Path:
    return path.with_name(f"{path.name}{PROGRESS_SUFFIX}")


def _note_json(note: RowNote) -> Json:
    row: dict[str, Json] = {
        "row": note.row_id,
        "state": note.state.value,
        "at": plain_timestamp(note.at),
    }
    optional: dict[str, Json] = {
        "number": note.number,
        "note": note.note or None,
        "version": note.version,
    }
    return row | {name: value for name, value in optional.items() if value is not None}


def _read_all(descriptor: int) -> bytes:
    with os.fdopen(os.dup(descriptor), "rb") as file:
        file.seek(0)
        return file.read(_MAX_BYTES)


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """What the file system refuses, in words: any `OSError` within becomes `PlanError`."""
    try:
        yield
    except OSError as error:
        raise PlanError(f"{path}: {error.strerror or error}.") from None
