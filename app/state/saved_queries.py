"""Saved queries: a TOML file each, `<folder>/<name>.toml`, to be read, edited and carried about by hand.

Files that are none of ours or hold nonsense are told of, never changed. Comments, and keys that this version does not
know, stay where they are when a query is saved again.
"""

import os
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote

from app.domain.remembered import (
    MAX_FOLDERS,
    BrokenFile,
    NotRemembered,
    QueryExists,
    SavedListing,
    SavedQuery,
    sort_queries,
    split_path,
)
from app.state.locked import locked, read_bounded, told
from app.state.private_files import create_private, make_private_folder, write_private

FOLDER_NAME: Final = "queries"
"""In the configuration folder."""

SUFFIX: Final = ".toml"

MAX_FILE_BYTES: Final = 256 * 1024
"""A saved query larger than this is something else."""

MAX_FILES: Final = 10_000
"""Files that are looked at; a folder with more was not made for queries."""

MAX_NAME_BYTES: Final = 240
"""What file systems take, less what a temporary file adds to a name."""

MAX_WIDTH: Final = 1_000
"""Cells; no terminal has more."""


class Nonsense(Exception):
    """A file that holds no query: the line, if the fault has one, and why."""

    def __init__(self, line: int | None, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SavedQueryFiles:
    """The folder of saved queries. It is made when the first one is saved."""

    folder: Path

    def all(self) -> SavedListing:
        """Every file below the folder, read anew."""
        queries: list[SavedQuery] = []
        broken: list[BrokenFile] = []
        with told(self.folder):
            for file in self._files(self.folder, 0, broken):
                if len(queries) + len(broken) >= MAX_FILES:
                    reason = f"more than {MAX_FILES} files; the rest was not read"
                    broken.append(BrokenFile(str(self.folder), None, reason))
                    break
                try:
                    queries.append(self._read(file))
                except Nonsense as fault:
                    broken.append(BrokenFile(str(file), fault.line, fault.reason))
        return SavedListing(sort_queries(queries), tuple(broken))

    def save(self, query: SavedQuery, *, over: SavedQuery | None = None) -> None:
        """Keep a query; a file that was broken by hand is never written over."""
        query = _normal(query)
        file = self._file(query.path)
        with told(file), self._changing(file):
            existing = self._existing(file)
            if existing is None:
                create_private(file, _checked(_document(None, query), query))
                return
            if existing not in (query, over) and not existing.asks_the_same(query):
                raise QueryExists(existing)
            text = read_bounded(file, MAX_FILE_BYTES).decode("utf-8-sig")
            write_private(file, _checked(_document(text, query), query))

    def rename(self, query: SavedQuery, path: str) -> SavedQuery:
        """Move the file as it is, so that its comments and unknown keys go along."""
        folder, name = split_path(path)
        renamed = replace(query, folder=folder, name=name)
        old, new = self._file(query.path), self._file(renamed.path)
        with told(new), self._changing(new):
            self._expect(old, query)
            if old == new:
                return query
            try:
                new.hardlink_to(old)
            except FileExistsError:
                existing = self._existing(new)
                assert existing is not None
                raise QueryExists(existing) from None
            old.unlink()
        return renamed

    def delete(self, query: SavedQuery) -> None:
        """Remove the file; its folder stays."""
        file = self._file(query.path)
        with told(file), self._changing(file):
            self._expect(file, query)
            file.unlink()

    def _expect(self, file: Path, query: SavedQuery) -> None:
        """Refuse to touch a file that holds something else than what was seen."""
        existing = self._existing(file)
        if existing is None:
            raise NotRemembered(f"There is no saved query {query.path} any more.")
        if existing != query:
            raise QueryExists(existing)

    def _existing(self, file: Path) -> SavedQuery | None:
        if not os.path.lexists(file):
            return None
        try:
            return self._read(file)
        except Nonsense as fault:
            raise NotRemembered(
                f"{BrokenFile(str(file), fault.line, fault.reason)}. It was left as it is: mend or remove it."
            ) from None

    @contextmanager
    def _changing(self, file: Path) -> Iterator[None]:
        """Lock all saved queries, and make the folders a file stands in."""
        with locked(self.folder):
            folders = [self.folder]
            for part in file.parent.relative_to(self.folder).parts:
                folders.append(folders[-1] / part)
                if folders[-1].is_symlink():
                    raise NotRemembered(f"{folders[-1]} is a link; crmdeck does not follow it.")
                make_private_folder(folders[-1])
            yield

    def _file(self, path: str) -> Path:
        """Where a query is kept, or would be."""
        folder, name = split_path(path)
        parts = [_file_name(part) for part in folder.split("/") if part]
        file = self.folder.joinpath(*parts, _file_name(name) + SUFFIX)
        if any(len(os.fsencode(part)) > MAX_NAME_BYTES for part in (*parts, file.name)):
            raise NotRemembered(f"The name {name} is too long for a file.")
        return file

    def _files(self, folder: Path, depth: int, broken: list[BrokenFile]) -> Iterator[Path]:
        """Files that should hold queries; what else looks like one is told of. Hidden files are nobody's business."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except FileNotFoundError:
            return
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                broken.append(BrokenFile(str(path), None, "is a link; it must be a real file"))
            elif entry.is_dir():
                if depth == MAX_FOLDERS:
                    reason = f"stands more than {MAX_FOLDERS} folders deep; it was not read"
                    broken.append(BrokenFile(str(path), None, reason))
                else:
                    yield from self._files(path, depth + 1, broken)
            elif entry.name.endswith(SUFFIX):
                yield path

    def _read(self, file: Path) -> SavedQuery:
        """The query in a file. Raises `Nonsense`."""
        folder, name = self._path_of(file)
        try:
            data = read_bounded(file, MAX_FILE_BYTES)
        except ValueError as error:
            raise Nonsense(None, str(error)) from None
        except OSError as error:
            raise Nonsense(None, f"cannot be read: {error.strerror}") from None
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise Nonsense(data.count(b"\n", 0, error.start) + 1, "is not UTF-8 text") from None
        return _query(folder, name, text)

    def _path_of(self, file: Path) -> tuple[str, str]:
        """Folder and name a file stands for. Raises `Nonsense` where crmdeck would write the name in another way."""
        parts = file.relative_to(self.folder).parts
        names = [unquote(part, errors="surrogateescape") for part in parts[:-1]]
        names.append(unquote(parts[-1].removesuffix(SUFFIX), errors="surrogateescape"))
        try:
            folder, name = split_path("/".join(names))
            wanted = self._file(f"{folder}/{name}" if folder else name)
        except NotRemembered as error:
            raise Nonsense(None, f"its name stands for no saved query: {error}") from None
        if _form(str(wanted)) != _form(str(file)):
            place = wanted.relative_to(self.folder)
            raise Nonsense(None, f"its name is written in another way than crmdeck's: {place}")
        return folder, name


def _form(text: str) -> str:
    return unicodedata.normalize("NFC", text)


_ESCAPED: Final = re.compile(r"[%/\x00-\x1f\x7f]|^\.")
"""Characters a file name cannot have or should not begin with, and the sign that stands for them."""


def _file_name(part: str) -> str:
    """A name as a file name; `unquote` gives it back."""
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", part)


def _normal(query: SavedQuery) -> SavedQuery:
    """The query under its name as it is kept."""
    folder, name = split_path(query.path)
    return replace(query, folder=folder, name=name)


# The file's content

_PLACE: Final = re.compile(r" \((?:at line (\d+), column \d+|at end of document)\)$")
"""What the parser appends to its words."""


def _query(folder: str, name: str, text: str) -> SavedQuery:
    """Read a file's content. Raises `Nonsense`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place is not None and place[1] else text.count("\n") + 1
        raise Nonsense(line, _PLACE.sub("", str(error))) from None
    except RecursionError:
        raise Nonsense(None, "is nested too deeply") from None
    reader = _Reader(text, table)
    return SavedQuery(
        name,
        reader.text("type", is_required=True),
        reader.text("text"),
        folder,
        reader.texts("columns"),
        reader.widths("widths"),
        reader.flag("pinned"),
        reader.text("note"),
        reader.texts("pinned_columns"),
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Takes known keys out of a table; a value of the wrong kind is `Nonsense` with its line."""

    source: str
    table: Mapping[str, object]

    def text(self, key: str, *, is_required: bool = False) -> str:
        value = self.table.get(key, "")
        if is_required and not value:
            raise self._fault(key, 'is missing: the record type, such as type = "contact"')
        if not isinstance(value, str):
            raise self._fault(key, "must be a text in quotes")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._fault(key, "must be a list of texts in brackets")
        return tuple(value)

    def flag(self, key: str) -> bool:
        value = self.table.get(key, False)
        if not isinstance(value, bool):
            raise self._fault(key, "must be true or false")
        return value

    def widths(self, key: str) -> Mapping[str, int]:
        value = self.table.get(key, {})
        if not isinstance(value, dict):
            raise self._fault(key, "must be a table of numbers")
        for width in value.values():
            is_number = isinstance(width, int) and not isinstance(width, bool)
            if not is_number or not 1 <= width <= MAX_WIDTH:
                raise self._fault(key, f"must hold numbers of cells from 1 to {MAX_WIDTH}")
        return MappingProxyType(value)

    def _fault(self, key: str, words: str) -> Nonsense:
        if key not in self.table:
            return Nonsense(None, f"{key} {words}")
        pattern = re.compile(rf"""\s*\[?\s*(["']?){key}\1\s*[=.\]]""")
        lines = enumerate(self.source.splitlines(), 1)
        line = next((number for number, row in lines if pattern.match(row)), None)
        return Nonsense(line, f"{key} {words}")


def _document(old: str | None, query: SavedQuery) -> str:
    """The file's content for a query; of the old content only what changed is written anew."""
    import tomlkit  # noqa: PLC0415 (a tenth of a second, and only who saves needs it)
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(old) if old is not None else tomlkit.document()
    except TOMLKitError as error:
        raise NotRemembered(f"{query.path} cannot be saved over its file: {error}.") from None
    before = _query("", "", old) if old is not None else SavedQuery("", "", "")

    def put(key: str, value: object, was: object, *, is_always: bool = False) -> None:
        if value != was or (is_always and key not in document):
            if value or is_always:
                document[key] = value
            else:
                document.pop(key, None)

    put("type", query.record_type, before.record_type)
    put("text", _toml_text(query.text), before.text, is_always=True)
    put("note", _toml_text(query.note), before.note)
    put("pinned", query.is_pinned, before.is_pinned)
    put("columns", [*query.columns], [*before.columns])
    put("pinned_columns", [*query.pinned_columns], [*before.pinned_columns])
    put("widths", dict(query.widths), dict(before.widths))
    return tomlkit.dumps(document)


def _toml_text(text: str) -> str:
    """Text that holds quotes is written without escapes where TOML can."""
    import tomlkit  # noqa: PLC0415

    is_plain = text.isprintable() and '"' in text and "'" not in text
    return tomlkit.string(text, literal=is_plain)


def _checked(text: str, query: SavedQuery) -> bytes:
    """The bytes to write, once it is sure that they will be read as the query."""
    try:
        data = text.encode()
        if len(data) <= MAX_FILE_BYTES and _query(query.folder, query.name, text) == query:
            return data
    except (UnicodeEncodeError, Nonsense):
        pass
    raise NotRemembered(
        f"{query.path} cannot be saved: it is too long or holds characters that no file takes."
    )
