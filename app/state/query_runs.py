"""The last answer to each saved query: a file of JSON lines each, the run first, then its rows."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final

from app.domain.changes_since import MAX_RUN_ROWS, Run, RunRow
from app.domain.json_text import dump_json, parse_json
from app.domain.remembered import NotRemembered
from app.domain.values import Json
from app.state.locked import locked, read_bounded, told
from app.state.private_files import write_private
from app.state.workspace_file import file_stem

FOLDER_NAME: Final = "runs"
VERSION: Final = 1

MAX_FILE_BYTES: Final = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RunFiles:
    """The last runs in one workspace. They hold records' values: files of the owner's alone."""

    folder: Path
    """The state folder."""
    workspace: str
    """What tells the workspace from all others: its profile, or its file's whole path."""

    def last(self, path: str) -> Run | None:
        """The last run; one whose file is damaged is none, and the next run replaces it."""
        file = self._file(path)
        with told(file):
            try:
                return _run(read_bounded(file, MAX_FILE_BYTES))
            except FileNotFoundError:
                return None
            except ValueError as error:
                raise NotRemembered(
                    f"{file}: {error}. There is nothing to compare with; the next run replaces it."
                ) from None

    def keep(self, path: str, run: Run) -> None:
        """Replace the run before in one step."""
        file = self._file(path)
        try:
            data = "".join(f"{dump_json(line)}\n" for line in _lines(run)).encode()
        except UnicodeEncodeError:
            raise NotRemembered(
                "The answer holds half characters, which no file takes; it was not kept."
            ) from None
        with told(file), locked(file.parent):
            write_private(file, data)

    def move(self, old_path: str, new_path: str | None) -> None:
        """Rename or remove a run's file."""
        file = self._file(old_path)
        with told(file), suppress(FileNotFoundError):
            if new_path is None:
                file.unlink()
            else:
                file.rename(self._file(new_path))

    def _file(self, path: str) -> Path:
        return self.folder / FOLDER_NAME / f"{file_stem(self.workspace, path)}.jsonl"


def _lines(run: Run) -> Iterator[Json]:
    rows = run.rows[:MAX_RUN_ROWS]
    yield {
        "version": VERSION,
        "asked_at": run.asked_at.isoformat(),
        "type": run.record_type,
        "text": run.text,
        "rows": len(rows),
        "complete": run.is_complete and len(rows) == len(run.rows),
    }
    for row in rows:
        yield {"id": row.record_id, "title": row.title, "values": dict(row.values)}


def _run(data: bytes) -> Run:
    """Read a run. Raises ValueError for anything that is not all of one."""
    head, *lines = [parse_json(line) for line in data.splitlines()] or [None]
    match head:
        case {
            "version": 1,
            "asked_at": str(asked_at),
            "type": str(record_type),
            "text": str(text),
            "rows": int(count),
            "complete": bool(is_complete),
        } if count == len(lines):
            moment = datetime.fromisoformat(asked_at)
            rows = tuple(_row(line) for line in lines)
            if moment.tzinfo is not None and len({row.record_id for row in rows}) == count:
                return Run(moment, record_type, text, rows, is_complete)
    raise ValueError("it is not of the form crmdeck writes")


def _row(line: Json) -> RunRow:
    match line:
        case {"id": str(record_id), "title": str(title), "values": dict(values)}:
            return RunRow(record_id, title, MappingProxyType(values))
    raise ValueError("it is not of the form crmdeck writes")
