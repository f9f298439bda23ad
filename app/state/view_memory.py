"""How the tabs of a workspace were left: one JSON file per workspace."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from app.domain.json_text import dump_json, parse_json
from app.domain.remembered import NotRemembered, Recalled, ViewKey, ViewState
from app.domain.values import Json
from app.state.locked import locked, read_bounded, told
from app.state.private_files import write_private
from app.state.workspace_file import file_stem

FOLDER_NAME: Final = "views"
VERSION: Final = 1
"""Of the file's form; a file of a newer one is neither read nor written over."""

MAX_FILE_BYTES: Final = 16 * 1024 * 1024
MAX_VIEWS: Final = 500
"""Tabs of one workspace; those noted longest ago make room."""


@dataclass(frozen=True, slots=True)
class ViewFile:
    """The tabs of one workspace."""

    folder: Path
    """The state folder."""
    workspace: str
    """What tells the workspace from all others: its profile, or its file's whole path."""

    @property
    def file(self) -> Path:
        """Where it is."""
        return self.folder / FOLDER_NAME / f"{file_stem(self.workspace)}.json"

    def recall(self) -> Recalled:
        """All tabs; a file that cannot be understood is set aside, and all begins anew."""
        with told(self.file):
            if not os.path.lexists(self.file):
                return Recalled()
            with locked(self.file.parent):
                views, warning = self._taken()
        return Recalled(MappingProxyType(views), warning)

    def note(self, states: Mapping[ViewKey, ViewState | None]) -> str:
        """Put some tabs into the file, beside what another crmdeck may have noted meanwhile."""
        with told(self.file), locked(self.file.parent):
            views, warning = self._taken()
            for key, state in states.items():
                views.pop(key, None)
                if state is not None:
                    views[key] = state
            write_private(self.file, _document([*views.items()][-MAX_VIEWS:]))
        return warning

    def _taken(self) -> tuple[dict[ViewKey, ViewState], str]:
        """What the file holds, and what is to be said of it; a file without meaning is out of the way afterwards."""
        try:
            return _views(read_bounded(self.file, MAX_FILE_BYTES)), ""
        except FileNotFoundError:
            return {}, ""
        except _NewerForm:
            raise NotRemembered(
                f"{self.file} was written by a newer crmdeck; it was left as it is."
            ) from None
        except ValueError as error:
            aside = self.file.with_name(self.file.name + ".broken")
            self.file.replace(aside)
            return (
                {},
                f"Tabs begin anew: how they were left could not be read. The file {error}; see {aside}",
            )


class _NewerForm(Exception):
    """The file is of a form that a later version made."""


def _views(data: bytes) -> dict[ViewKey, ViewState]:
    """What a file's content says. Raises ValueError for nonsense, in words that follow the file's name."""
    try:
        document = parse_json(data)
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from None
    version = document.get("version") if isinstance(document, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise _NewerForm
    rows = document.get("views") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise ValueError("is not of the form crmdeck writes")
    return dict(_view(row) for row in rows)


def _view(row: Json) -> tuple[ViewKey, ViewState]:
    match row:
        case {
            "type": str(record_type),
            "saved": str() | None as saved_path,
            "text": str(text),
            "columns": list(columns),
            "widths": dict(widths),
            "pinned": list(pinned),
            "cursor": str() | None as cursor_id,
        }:
            state = ViewState(text, _words(columns), _cells(widths), _words(pinned), cursor_id)
            return ViewKey(record_type, saved_path), state
    raise ValueError("is not of the form crmdeck writes")


def _words(items: list[Json]) -> tuple[str, ...]:
    words = tuple(item for item in items if isinstance(item, str))
    if len(words) < len(items):
        raise ValueError("is not of the form crmdeck writes")
    return words


def _cells(widths: dict[str, Json]) -> Mapping[str, int]:
    cells = {
        name: width
        for name, width in widths.items()
        if isinstance(width, int) and not isinstance(width, bool) and width > 0
    }
    if len(cells) < len(widths):
        raise ValueError("is not of the form crmdeck writes")
    return MappingProxyType(cells)


def _document(views: Iterable[tuple[ViewKey, ViewState]]) -> bytes:
    rows: list[Json] = [
        {
            "type": key.record_type,
            "saved": key.saved_path,
            "text": state.text,
            "columns": [*state.columns],
            "widths": dict(state.widths),
            "pinned": [*state.pinned],
            "cursor": state.cursor_id,
        }
        for key, state in views
    ]
    return dump_json({"version": VERSION, "views": rows}, is_ascii=True).encode()
