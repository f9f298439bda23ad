"""Exporting: whole files, what is left of interrupted ones, and going on with them to the same bytes."""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app.controller.exporting import KEPT_EVERY, Export, Progress, format_of
from app.controller.record_list import RecordList
from app.domain.backend import Backend
from app.domain.errors import BackendError, Conflict, ServerFailed
from app.domain.exports import ExportError, ExportFile, ExportPlan
from app.domain.query import Query
from app.domain.records import Cursor, Page, Record
from app.state.export_files import DiskExportFiles
from tests.support.backends import MemoryBackend
from tests.support.paging import ScriptedBackend, expired, people
from tests.support.small_workspace import small_record_types, small_workspace

CONTACT = next(row for row in small_record_types() if row.api_name == "contact")
PLAN = ExportPlan("memory", Query("contact"), "json", ("display_name", "title"))


class SmallPages(MemoryBackend):
    """The small workspace, whose server gives a few records at a time."""

    limit = 1

    async def query(self, query: Query, cursor: Cursor | None = None) -> Page:
        return await super().query(replace(query, limit=self.limit), cursor)


def small_pages(contacts: int, limit: int = 1) -> SmallPages:
    """So many contacts, in pages of that size."""
    whole = small_workspace(contacts=contacts)
    backend = SmallPages(whole.record_types.values(), whole.records.values(), links=whole.all_links)
    backend.limit = limit
    return backend


def export(target: Path, plan: ExportPlan = PLAN) -> Export:
    """An export to the disk."""
    return Export(DiskExportFiles(), target, plan, CONTACT)


def quiet(progress: Progress) -> None:
    """Tells nobody."""


def at(rows: int, do: Callable[[], object]) -> Callable[[Progress], None]:
    """Does something once so many rows are written."""

    def tell(progress: Progress) -> None:
        if progress.rows == rows:
            do()

    return tell


async def whole(backend: Backend, folder: Path, plan: ExportPlan = PLAN) -> bytes:
    """What an export that nothing disturbs makes."""
    target = folder / "whole"
    await export(target, plan).write_all(backend, quiet)
    return target.read_bytes()


def beside(target: Path) -> list[str]:
    """The files of a target."""
    return sorted(path.name for path in target.parent.glob(f"{target.name}*"))


def test_formats_are_known_by_suffix() -> None:
    """Case does not matter, and what is none is none."""
    assert [
        format_of(name) for name in ("a.csv", "a.JSON", "a.b.jsonl", "a.md", "a.txt", "csv")
    ] == [
        "csv",
        "json",
        "jsonl",
        "md",
        None,
        None,
    ]


async def test_all_records_are_in_the_file(tmp_path: Path) -> None:
    """Read in the largest pages, each record once, and nothing else is left in the folder."""
    backend = small_workspace(contacts=250)
    target = tmp_path / "out.json"
    told: list[Progress] = []
    done = await export(target).write_all(backend, told.append)
    assert len({row["id"] for row in json.loads(target.read_bytes())}) == 250
    assert (done.rows, done.requests, [row.rows for row in told]) == (250, 3, [100, 200, 250])
    assert beside(target) == ["out.json"]


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md"])
async def test_no_records_make_a_file_too(tmp_path: Path, form: str) -> None:
    """Zero rows are an answer."""
    target = tmp_path / "out"
    done = await export(target, replace(PLAN, form=form)).write_all(small_pages(0), quiet)
    assert done.rows == 0
    assert target.exists()


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "md"])
@pytest.mark.parametrize("rows", [1, 5, KEPT_EVERY, KEPT_EVERY + 1, 43])
async def test_an_interrupted_export_is_gone_on_with(tmp_path: Path, form: str, rows: int) -> None:
    """A server that fails, then works again: the file is the same as without."""
    plan = replace(PLAN, form=form)
    backend = small_pages(45)
    target = tmp_path / "out"
    first = export(target, plan)
    failure = ServerFailed("broken", status=500)
    with pytest.raises(ServerFailed):
        await first.write_all(backend, at(rows, lambda: backend.fail("POST", failure)))
    assert not target.exists()
    assert first.kept is not None
    assert rows <= first.kept <= rows + 1
    backend.mend()
    sent = len(backend.sent)
    done = await export(target, plan).write_all(backend, quiet, is_resumed=True)
    assert done.rows == 45
    assert len(backend.sent) - sent == 45 - first.kept
    assert beside(target) == ["out"]
    assert target.read_bytes() == await whole(backend, tmp_path, plan)


async def test_cancelling_keeps_what_was_written(tmp_path: Path) -> None:
    """Esc and Ctrl+C leave a part that one can go on with, and no file."""
    backend = small_pages(30)
    target = tmp_path / "out"
    first = export(target)

    def stop() -> None:
        running.cancel()

    running = asyncio.create_task(first.write_all(backend, at(7, stop)))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert first.kept in (7, 8)
    assert not target.exists()
    await export(target).write_all(backend, quiet, is_resumed=True)
    assert target.read_bytes() == await whole(backend, tmp_path)


async def test_nothing_read_leaves_nothing(tmp_path: Path) -> None:
    """A query that is refused at once leaves no files behind."""
    backend = small_pages(3)
    backend.fail("POST", ServerFailed("broken"))
    target = tmp_path / "out"
    first = export(target)
    with pytest.raises(ServerFailed):
        await first.write_all(backend, quiet)
    assert first.kept is None
    assert beside(target) == []


async def test_a_cursor_that_expires_restarts_without_repeating(tmp_path: Path) -> None:
    """What is in the file is passed over by its id; the first version stays."""
    rows = people(6)
    edited = replace(rows[1], attributes={**rows[1].attributes, "display_name": "Edited"})
    backend = ScriptedBackend(
        {
            None: [(rows[:2], "b"), ([rows[0], edited], "x")],
            "b": [(rows[2:4], "c")],
            "c": [expired()],
            "x": [(rows[2:], None)],
        }
    )
    target = tmp_path / "out"
    done = await export(target).write_all(backend, quiet)
    assert done.was_read_again
    names = [row["attributes"]["display_name"] for row in json.loads(target.read_bytes())]
    assert names == [f"Person {index}" for index in range(6)]


async def test_a_second_expiry_ends_with_the_part_kept(tmp_path: Path) -> None:
    """The error is clear and what was written is there."""
    rows = people(4)
    backend = ScriptedBackend({None: [(rows[:2], "b")], "b": [expired()]})
    target = tmp_path / "out"
    first = export(target)
    with pytest.raises(Conflict, match="expired"):
        await first.write_all(backend, quiet)
    assert first.kept == 2
    assert not target.exists()


async def test_a_record_written_before_the_interruption_is_not_written_after_it(
    tmp_path: Path,
) -> None:
    """It was edited meanwhile and moved to where one went on (RELIABILITY 3.12, X5)."""
    rows = people(6)
    backend = ScriptedBackend(
        {None: [(rows[:3], "b")], "b": [ServerFailed("broken"), ([rows[1], *rows[3:]], None)]}
    )
    target = tmp_path / "out"
    with pytest.raises(ServerFailed):
        await export(target).write_all(backend, quiet)
    done = await export(target).write_all(backend, quiet, is_resumed=True)
    assert [row["id"] for row in json.loads(target.read_bytes())] == [
        row.record_id.id for row in rows
    ]
    assert done.rows == 6


async def test_a_cursor_expired_before_going_on_is_told(tmp_path: Path) -> None:
    """Only when told the export starts over; the part stays till then."""
    backend = small_pages(20)
    target = tmp_path / "out"
    first = export(target)
    with pytest.raises(ServerFailed):
        await first.write_all(backend, at(5, lambda: backend.fail("POST", ServerFailed("broken"))))
    kept = first.kept
    backend.mend()
    backend.expire_cursors()
    again = export(target)
    with pytest.raises(ExportError, match="cannot be gone on with"):
        await again.write_all(backend, quiet, is_resumed=True)
    assert again.kept == kept
    assert not target.exists()
    await export(target).write_all(backend, quiet, is_forced=True)
    assert target.read_bytes() == await whole(backend, tmp_path)


async def test_reading_again_can_be_interrupted_too(tmp_path: Path) -> None:
    """After a restart the pages bring nothing new for a while; going on there is no broken paging."""
    rows = people(8)
    backend = ScriptedBackend(
        {
            None: [(rows[:4], "b"), (rows[:1], "w")],
            "b": [expired()],
            "w": [(rows[1:2], "x")],
            "x": [ServerFailed("broken"), (rows[2:3], "y")],
            "y": [(rows[3:4], "z")],
            "z": [(rows[4:], None)],
        }
    )
    target = tmp_path / "out"
    with pytest.raises(ServerFailed):
        await export(target).write_all(backend, quiet)
    await export(target).write_all(backend, quiet, is_resumed=True)
    assert len(json.loads(target.read_bytes())) == 8


async def test_a_column_that_is_gone_is_told(tmp_path: Path) -> None:
    """The schema changed since the export was interrupted."""
    with pytest.raises(ExportError, match="no attribute shoe_size"):
        export(tmp_path / "out", replace(PLAN, columns=("title", "shoe_size")))


async def test_rows_on_screen_are_written_as_they_are(tmp_path: Path) -> None:
    """Loaded rows cost only the requests for those that were forgotten."""
    backend = small_workspace()
    records = RecordList(backend, Query("contact", limit=10), kept_pages=1)
    while records.has_more:
        await records.load_next()
    target = tmp_path / "out"
    sent = len(backend.sent)
    done = await export(target).write_rows(records.walk(5, 35), quiet)
    ids = [row.record_id.id for row in backend.records.values()]
    contacts = [row for row in ids if row in {one["id"] for one in json.loads(target.read_bytes())}]
    assert [row["id"] for row in json.loads(target.read_bytes())] == contacts
    assert (done.rows, len(backend.sent) - sent) == (30, 3)


@pytest.mark.parametrize("error", [ServerFailed("broken"), asyncio.CancelledError()])
async def test_rows_on_screen_leave_nothing_when_interrupted(
    tmp_path: Path, error: BackendError | asyncio.CancelledError
) -> None:
    """There is nothing to go on with: they are there, or gone."""

    async def rows() -> AsyncGenerator[tuple[Record, ...], None]:
        yield tuple(people(2))
        raise error

    target = tmp_path / "out"
    with pytest.raises(type(error)):
        await export(target).write_rows(rows(), quiet)
    assert beside(target) == []


class FullDisk(DiskExportFiles):
    """A disk that takes so many pieces of a file, and then no more for a while."""

    def __init__(self, room: int) -> None:
        self.room = room

    def begin(self, target: Path, plan: ExportPlan, *, is_forced: bool = False) -> ExportFile:
        file = super().begin(target, plan, is_forced=is_forced)
        write = file.write

        def write_if_there_is_room(text: str, digests: Sequence[int] = ()) -> None:
            self.room -= 1
            if self.room < 0:
                raise ExportError(f"{target}.part cannot be written: No space left on device.")
            write(text, digests)

        file.write = write_if_there_is_room  # type: ignore[method-assign]
        return file


@pytest.mark.parametrize("room", [2, 3, 21, 22, 30])
async def test_a_full_disk_loses_no_page(tmp_path: Path, room: int) -> None:
    """The page that did not fit is read again when one goes on (RELIABILITY 3.12, X2)."""
    backend = small_pages(45)
    target = tmp_path / "out"
    first = Export(FullDisk(room), target, PLAN, CONTACT)
    with pytest.raises(ExportError, match="No space left"):
        await first.write_all(backend, quiet)
    assert first.kept == room - 1
    assert not target.exists()
    await export(target).write_all(backend, quiet, is_resumed=True)
    assert target.read_bytes() == await whole(backend, tmp_path)
