"""The history of questions: a line of JSON each, newest last, in one file of all workspaces."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from app.domain.json_text import dump_json, parse_json
from app.domain.remembered import HistoryEntry, NotRemembered
from app.domain.values import Json
from app.state.locked import locked, read_bounded, told
from app.state.private_files import FILE_MODE, write_private

FILE_NAME: Final = "history.jsonl"

MAX_ENTRIES: Final = 1_000
"""Questions that are kept."""

SLACK: Final = 250
"""Lines above that before the file is rewritten, so that not every question rewrites it."""

MAX_TEXT: Final = 20_000
"""Characters of a question that is noted; a longer one was pasted and is worth a saved query."""

MAX_FILE_BYTES: Final = 64 * 1024 * 1024


@dataclass(slots=True)
class HistoryFile:
    """The history in a file of the state folder. Lines that hold no entry are passed over and counted."""

    folder: Path
    broken_lines: int = field(default=0, init=False)
    """Lines without meaning when the file was read last."""

    @property
    def file(self) -> Path:
        """Where it is."""
        return self.folder / FILE_NAME

    def add(self, entry: HistoryEntry) -> None:
        """Append a line; now and then the oldest ones are dropped."""
        if len(entry.text) > MAX_TEXT:
            return
        try:
            line = dump_json(_to_json(entry)).encode() + b"\n"
        except UnicodeEncodeError:
            return  # half a character: it can be asked, and no file can hold it
        with told(self.file), locked(self.folder):
            self._append(line)
            self._trim()

    def recent(self, limit: int) -> tuple[HistoryEntry, ...]:
        """The latest entries, newest first."""
        return self.search("", limit)

    def search(self, words: str, limit: int) -> tuple[HistoryEntry, ...]:
        """The latest entries that hold every word in question, record type or workspace; newest first."""
        wanted = words.casefold().split()
        found: list[HistoryEntry] = []
        for entry in self._newest_first():
            held = f"{entry.text}\n{entry.record_type}\n{entry.workspace}".casefold()
            if len(found) < limit and all(word in held for word in wanted):
                found.append(entry)
        return tuple(found)

    def _append(self, line: bytes) -> None:
        """Write one whole line; one that was cut short by a crash before is closed first."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(self.file, flags, FILE_MODE)
        try:
            size = os.fstat(descriptor).st_size
            if size and os.pread(descriptor, 1, size - 1) != b"\n":
                line = b"\n" + line
            if os.write(descriptor, line) != len(line):
                os.ftruncate(descriptor, size)
                raise OSError(0, "there is no room for it")
        finally:
            os.close(descriptor)

    def _trim(self) -> None:
        lines = self._lines()
        if len(lines) > MAX_ENTRIES + SLACK:
            write_private(self.file, b"".join(lines[-MAX_ENTRIES:]))

    def _lines(self) -> list[bytes]:
        """The file's lines, with their ends."""
        try:
            return read_bounded(self.file, MAX_FILE_BYTES).splitlines(keepends=True)
        except ValueError as error:
            raise NotRemembered(f"{self.file} {error}.") from None

    def _newest_first(self) -> Iterator[HistoryEntry]:
        self.broken_lines = 0
        with told(self.file):
            lines = self._lines() if os.path.lexists(self.file) else []
        for line in reversed(lines[-MAX_ENTRIES:]):
            entry = _entry(line)
            if entry is None:
                self.broken_lines += 1
            else:
                yield entry


def _to_json(entry: HistoryEntry) -> Json:
    return {
        "asked_at": entry.asked_at.isoformat(),
        "type": entry.record_type,
        "text": entry.text,
        "rows": entry.row_count,
        "more": entry.has_more,
        "workspace": entry.workspace,
    }


def _entry(line: bytes) -> HistoryEntry | None:
    """What a line holds; `None` for a line without meaning."""
    try:
        row = parse_json(line)
        if not isinstance(row, dict):
            return None
        asked_at = datetime.fromisoformat(str(row.get("asked_at")))
    except ValueError:
        return None
    record_type, text = row.get("type"), row.get("text")
    count, workspace = row.get("rows"), row.get("workspace", "")
    is_counted = count is None or (isinstance(count, int) and not isinstance(count, bool))
    if not (
        isinstance(record_type, str)
        and isinstance(text, str)
        and isinstance(workspace, str)
        and is_counted
        and asked_at.tzinfo is not None
    ):
        return None
    rows = count if isinstance(count, int) else None
    return HistoryEntry(asked_at, record_type, text, rows, row.get("more") is True, workspace)
