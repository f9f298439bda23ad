"""Exporting: records of a query into a file, page by page, so that nothing half stands under the file's name.

What was written is kept every few pages and when the export ends early; a later one goes on from there and makes the same
file, byte for byte. When the server's cursor expires on the way, the list is read again from its start once, and the records
that are in the file already are passed over by their ids: eight bytes each, so memory stays small. A file that is gone on
with later is not begun again unasked: what is in it may be old by then.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

from app.controller.pages import Pages
from app.controller.paging import is_cursor_expired
from app.controller.seen_ids import SeenIds, id_digest
from app.domain.backend import Backend
from app.domain.errors import BackendError
from app.domain.exports import ExportError, ExportFile, ExportFiles, ExportPlan
from app.domain.record_formats import RECORD_FORMATS, RecordFormat, Shape
from app.domain.records import Cursor, Record
from app.domain.schema import RecordType

Given = ParamSpec("Given")
Result = TypeVar("Result")

FORGOTTEN: Final = (
    "The server does not know any more where the interrupted export stood: "
    "it cannot be gone on with."
)

KEPT_EVERY: Final = 20
"""Pages after which what was written is made to last; a crash costs these at most."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an export is."""

    rows: int
    requests: int = 0
    repeated: int = 0
    """Records the server sent twice; they are in the file once."""
    was_read_again: bool = False
    """Whether the server's cursor expired and the list was begun again."""


Tell = Callable[[Progress], None]
"""Takes the progress after each page."""


def format_of(file_name: str) -> str | None:
    """The format a file's suffix stands for."""
    suffix = Path(file_name).suffix.removeprefix(".").lower()
    return suffix if suffix in RECORD_FORMATS else None


def shape_of(plan: ExportPlan, schema: RecordType) -> Shape:
    """What the plan's format writes.

    Raises:
        ExportError: for a column that the schema does not have (any more).
    """
    known = schema.attribute_by_name
    missing = [name for name in plan.columns if name not in known]
    if missing:
        raise ExportError(f"{schema.api_name} has no attribute {', '.join(missing)} now.")
    return Shape(
        schema, tuple(known[name] for name in plan.columns), plan.are_columns_named, plan.is_guarded
    )


def every_column(schema: RecordType) -> tuple[tuple[str, ...], bool]:
    """All attributes, and whether they stand for the columns alone: a schema without the id needs it beside them."""
    names = tuple(row.api_name for row in schema.attributes)
    return names, "id" in names


class Export:
    """One export of a plan into a file. Use it once."""

    def __init__(
        self, files: ExportFiles, target: Path, plan: ExportPlan, schema: RecordType
    ) -> None:
        """Raises `ExportError` for a column that the schema does not have."""
        self._files = files
        self._target = target
        self._plan = plan
        self._format: RecordFormat = RECORD_FORMATS[plan.form](shape_of(plan, schema))
        self._file: ExportFile | None = None
        self._cursor: Cursor | None = None
        """Where to go on behind what is written."""
        self._given = SeenIds()
        self._is_finished = False
        self.kept: int | None = None
        """Rows that an interrupted export left to go on with; `None` when it left nothing."""

    async def write_all(
        self, backend: Backend, tell: Tell, *, is_forced: bool = False, is_resumed: bool = False
    ) -> Progress:
        """Write every record of the query; go on with an interrupted file if `is_resumed`.

        Raises:
            ExportError: if the file cannot be written; `kept` says what is left.
            BackendError: in the same way.
            CancelledError: in the same way.
        """
        pages: Pages | None = None
        try:
            file = await _in_thread(self._open, is_forced, is_resumed)
            pages = Pages(
                backend,
                self._plan.query,
                is_ahead=True,
                is_skimmed=True,
                start=self._cursor,
                given=self._given,
            )
            await self._write_pages(file, pages, tell)
            await _in_thread(self._finish, file)
        except (BackendError, ExportError, asyncio.CancelledError) as error:
            if not self._is_finished:
                self._leave()
                if is_resumed and _is_forgotten(error, pages):
                    raise ExportError(FORGOTTEN, can_start_anew=True) from None
                raise
        assert pages is not None
        return _progress(file, pages)

    async def write_rows(
        self, rows: AsyncGenerator[tuple[Record, ...], None], tell: Tell, *, is_forced: bool = False
    ) -> Progress:
        """Write records that are had otherwise; a file that is not finished is removed.

        Raises:
            ExportError: if the file cannot be written.
            BackendError: if the records cannot be had.
            CancelledError: nothing of it is left.
        """
        try:
            file = await _in_thread(self._begin, is_forced)
            async with aclosing(rows):
                async for records in rows:
                    await _in_thread(self._write, file, records)
                    tell(Progress(file.rows))
            await _in_thread(self._finish, file)
        except (BackendError, ExportError, asyncio.CancelledError):
            if not self._is_finished:
                if self._file is not None:
                    self._file.discard()
                raise
        return Progress(file.rows)

    async def _write_pages(self, file: ExportFile, pages: Pages, tell: Tell) -> None:
        number = 0
        async with aclosing(pages.read()) as reading:
            async for records in reading:
                await _in_thread(self._write, file, records, pages.cursor)
                tell(_progress(file, pages))
                number += 1
                if number % KEPT_EVERY == 0:
                    await _in_thread(file.keep, self._cursor)

    def _open(self, is_forced: bool, is_resumed: bool) -> ExportFile:
        if not is_resumed:
            file = self._begin(is_forced)
            file.keep(None)
            return file
        self._file, mark, digests = self._files.resume(self._target, self._plan)
        self._cursor, self._given = mark.cursor, SeenIds(digests)
        return self._file

    def _begin(self, is_forced: bool) -> ExportFile:
        self._file = self._files.begin(self._target, self._plan, is_forced=is_forced)
        self._file.write(self._format.opening())
        return self._file

    def _write(
        self, file: ExportFile, records: Sequence[Record], cursor: Cursor | None = None
    ) -> None:
        digests = [id_digest(record.record_id) for record in records]
        file.write(self._format.rows(records, is_first=not file.rows), digests)
        self._cursor = cursor

    def _finish(self, file: ExportFile) -> None:
        file.finish(self._format.closing(is_empty=not file.rows))
        self._is_finished = True

    def _leave(self) -> None:
        """Keep what was written; where the disk does not take even that, what was kept before is there."""
        if self._file is None:
            return
        if not self._file.rows:
            self._file.discard()
            return
        with suppress(ExportError):
            self._file.keep(self._cursor)
        self.kept = self._file.kept_rows
        self._file.leave()


def _is_forgotten(error: BaseException, pages: Pages | None) -> bool:
    """Whether the server refused the cursor that an interrupted export had kept."""
    is_first = pages is not None and pages.requests == 1
    return is_first and isinstance(error, BackendError) and is_cursor_expired(error)


def _progress(file: ExportFile, pages: Pages) -> Progress:
    return Progress(file.rows, pages.requests, pages.repeated, pages.was_read_again)


async def _in_thread(
    work: Callable[Given, Result], *given: Given.args, **more: Given.kwargs
) -> Result:
    """Do what blocks in a thread. When cancelled, wait for it first: what it began to write is then known."""
    task = asyncio.create_task(asyncio.to_thread(work, *given, **more))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()  # told of by the cancelling, and by what is on the disk
        raise
