"""The one thread that writes: commits that are shared, work that is undone, files that cannot be written."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.domain.errors import WorkspaceError
from app.server.refusals import Refusal
from app.server.store import workspace as workspace_module
from app.server.store.definitions import RecordTypeDefinition
from app.server.store.readers import Reader
from app.server.store.sql import Sql
from app.server.store.standard import attribute, system_attributes
from app.server.store.workspace import Store, open_workspace
from app.server.store.writing import Writer
from tests.server.workspaces import NOBODY, People, build_people

NOW = datetime(2026, 7, 1, 12, 0, 0, 123_456, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A workspace of its own."""
    path = tmp_path / "people.db"
    build_people(path)
    return path


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    """It, open; the clock stands still."""
    store = open_workspace(file, clock=lambda: NOW)
    yield store
    store.close()


def _add_note(writer: Writer) -> str:
    new_id = writer.new_id()
    row = {"id": new_id, "created_at": writer.moment, "updated_at": writer.moment}
    writer.insert("note", row)
    return new_id


def _count(reader: Reader) -> int:
    return int(reader.rows(Sql('SELECT count(*) FROM "note"'))[0][0])


async def test_work_is_there_for_readers_once_it_is_answered(store: Store) -> None:
    """And its moment is the clock's, to the millisecond."""
    before = await store.read(_count)
    new_id = await store.write(_add_note)
    assert await store.read(_count) == before + 1
    rows = await store.read(
        lambda reader: reader.rows(Sql('SELECT "created_at" FROM "note" WHERE "id" = ?', (new_id,)))
    )
    assert rows == [("2026-07-01T12:00:00.123Z",)]


async def test_work_that_fails_undoes_itself_alone(store: Store) -> None:
    """The others of the same commit stay."""
    held, go_on = threading.Event(), threading.Event()

    def hold(_: Writer) -> None:
        held.set()
        go_on.wait(10)

    def fail(writer: Writer) -> None:
        _add_note(writer)
        raise Refusal("record_not_found", "no")

    before = await store.read(_count)
    first = asyncio.create_task(store.write(hold))
    await asyncio.to_thread(held.wait, 10)
    works = [fail if number % 2 else _add_note for number in range(10)]
    rest = [asyncio.create_task(store.write(work)) for work in works]
    await asyncio.sleep(0)
    go_on.set()
    await first
    results = await asyncio.gather(*rest, return_exceptions=True)
    assert [isinstance(row, Refusal) for row in results] == [work is fail for work in works]
    assert await store.read(_count) == before + 5


async def test_queued_work_shares_one_commit(store: Store) -> None:
    """So that many writers wait for the disk once."""
    held, go_on = threading.Event(), threading.Event()
    statements: list[str] = []

    def hold(writer: Writer) -> None:
        writer.connection.set_trace_callback(statements.append)
        held.set()
        go_on.wait(10)

    first = asyncio.create_task(store.write(hold))
    await asyncio.to_thread(held.wait, 10)
    rest = [asyncio.create_task(store.write(_add_note)) for _ in range(50)]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(first, *rest)
    await store.write(lambda writer: writer.connection.set_trace_callback(None))
    assert statements.count("COMMIT") == 2


async def test_ids_and_changes_only_grow_though_the_clock_stands(
    store: Store, people: People
) -> None:
    """Records made in one millisecond stand in the order they were made; each change has a later moment."""
    ids = [await store.write(_add_note) for _ in range(3)]
    assert ids == sorted(set(ids))
    moments = [
        await store.write(lambda writer: writer.touch("contact", people.ann)) for _ in range(3)
    ]
    assert moments == [f"2026-07-01T12:00:00.{ms}Z" for ms in (123, 124, 125)]


async def test_who_stops_waiting_does_not_stop_the_work(store: Store) -> None:
    """What was queued is done."""
    before = await store.read(_count)
    task = asyncio.create_task(store.write(_add_note))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.write(lambda _: None)
    assert await store.read(_count) == before + 1


async def test_closing_does_what_is_queued(store: Store, file: Path) -> None:
    """Then nothing more is taken, and the file says that the end was a clean one."""
    before = await store.read(_count)
    tasks = [asyncio.create_task(store.write(_add_note)) for _ in range(20)]
    await asyncio.sleep(0)
    assert _meta(file) in {"0", "1"}
    await asyncio.to_thread(store.close)
    await asyncio.gather(*tasks)
    with pytest.raises(Refusal, match="closed"):
        await store.write(_add_note)
    assert _meta(file) == "1"
    with sqlite3.connect(file) as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (before + 20,)
    connection.close()
    assert not file.with_name("people.db-wal").exists()


def _meta(file: Path) -> str:
    connection = sqlite3.connect(file)
    ((value,),) = connection.execute("SELECT value FROM crm_meta WHERE key = 'is_clean'").fetchall()
    connection.close()
    return str(value)


async def test_the_first_change_says_that_the_file_is_in_use(store: Store, file: Path) -> None:
    """So that the next program looks at it after a crash."""
    assert _meta(file) == "1"
    await store.write(_add_note)
    assert _meta(file) == "0"


async def test_a_file_that_another_program_holds_is_busy(
    store: Store, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 with Retry-After, nothing lost, and it goes on afterwards."""
    monkeypatch.setattr(workspace_module, "BUSY_MS", 50)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Refusal) as caught:
        await store.write(_add_note)
    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
    other.execute("ROLLBACK")
    other.close()
    assert await store.write(_add_note)


async def test_a_file_that_may_not_be_written_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """403, and reading goes on."""
    monkeypatch.setattr("os.access", lambda *_: False)
    store = open_workspace(file)
    with pytest.raises(Refusal) as caught:
        await store.write(_add_note)
    assert (caught.value.status, caught.value.code) == (403, "workspace_read_only")
    assert await store.read(_count) == 1
    store.close()


async def test_work_that_takes_too_long_is_ended_alone(file: Path) -> None:
    """Even though ending it may undo the transaction it shared."""
    store = open_workspace(file, deadline_s=0.2)
    held, go_on = threading.Event(), threading.Event()

    def hold(_: Writer) -> None:
        held.set()
        go_on.wait(10)

    def endless(writer: Writer) -> None:
        numbers = (
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
        )
        writer.execute(Sql(f'UPDATE "note" SET "title" = ({numbers})'))

    before = await store.read(_count)
    first = asyncio.create_task(store.write(hold))
    await asyncio.to_thread(held.wait, 10)
    rest = [asyncio.create_task(store.write(work)) for work in (_add_note, endless, _add_note)]
    await asyncio.sleep(0)
    go_on.set()
    await first
    good, bad, last = await asyncio.gather(*rest, return_exceptions=True)
    assert isinstance(good, str)
    assert isinstance(last, str)
    assert isinstance(bad, Refusal)
    assert bad.code == "too_slow"
    assert await store.read(_count) == before + 2
    await asyncio.to_thread(store.close)


@pytest.mark.parametrize(
    ("code", "status", "goes_on"),
    [(sqlite3.SQLITE_FULL, 507, True), (sqlite3.SQLITE_IOERR_FSYNC, 503, False)],
)
async def test_a_disk_that_fails_is_never_called_good(
    store: Store, code: int, status: int, goes_on: bool
) -> None:
    """A full disk may have space again; after a failed fsync nothing more is written."""

    def fail(writer: Writer) -> None:
        _add_note(writer)
        error = sqlite3.OperationalError("the disk")
        error.sqlite_errorcode = code
        raise error

    before = await store.read(_count)
    with pytest.raises(Refusal) as caught:
        await store.write(fail)
    assert caught.value.status == status
    assert await store.read(_count) == before
    if goes_on:
        assert await store.write(_add_note)
    else:
        with pytest.raises(Refusal, match="nothing more is written"):
            await store.write(_add_note)
    assert (await store.read(_count)) == before + goes_on


async def test_a_record_type_defined_by_the_writer_is_there_at_once(store: Store) -> None:
    """And one that cannot be leaves nothing behind."""
    renewal = RecordTypeDefinition(
        "renewal", "Renewal", (*system_attributes(), attribute("title", "string")), is_custom=True
    )
    await store.write(lambda writer: writer.define(renewal, {}))
    assert "renewal" in store.catalogue
    assert await store.read(lambda reader: "renewal" in reader.catalogue)
    with pytest.raises(WorkspaceError, match="already"):
        await store.write(lambda writer: writer.define(renewal, {}))


async def test_the_longest_user_acts(store: Store, file: Path) -> None:
    """A key belongs to a user."""
    user = await store.write(lambda writer: writer.user_id)
    assert user is not None
    assert user != NOBODY


async def test_a_file_that_cannot_grow_takes_changes_again_when_it_can(store: Store) -> None:
    """507 for all that shared the commit, nothing half stored, and reading goes on."""

    def fit(pages: int) -> Sql:
        return Sql(f"PRAGMA max_page_count = {pages}")

    def fill(writer: Writer) -> None:
        for _ in range(200):
            row = {"id": writer.new_id(), "created_at": writer.moment, "updated_at": writer.moment}
            writer.insert("note", {**row, "note_html": "x" * 10_000})

    before = await store.read(_count)
    await store.write(lambda writer: writer.rows(fit(1)))
    answers = await asyncio.gather(*(store.write(fill) for _ in range(3)), return_exceptions=True)
    assert [getattr(answer, "status", None) for answer in answers] == [507] * 3
    assert await store.read(_count) == before
    await store.write(lambda writer: writer.rows(fit(10**6)))
    await store.write(fill)
    assert await store.read(_count) == before + 200
