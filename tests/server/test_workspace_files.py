"""Workspace files: made whole or not at all, opened only if they are what they should be, never overwritten."""

import os
import sqlite3
import stat
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import WorkspaceError
from app.domain.query import Query
from app.server.refusals import Refusal
from app.server.store.define import check_definition, define_record_type
from app.server.store.definitions import RecordTypeDefinition
from app.server.store.file_format import FILE_VERSION
from app.server.store.pages import read_page
from app.server.store.readers import Reader
from app.server.store.sql import Sql
from app.server.store.standard import (
    STANDARD_TYPES,
    attribute,
    inverse_of,
    linked,
    system_attributes,
)
from app.server.store.workspace import open_workspace
from app.server.store.writer import WorkspaceWriter
from tests.server.workspaces import TYPES


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a workspace is to be."""
    return tmp_path / "new.db"


def make(path: Path) -> None:
    """An empty workspace."""
    with WorkspaceWriter(path, STANDARD_TYPES):
        pass


def change(path: Path, *statements: str) -> None:
    """Do something to the file behind our back."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def test_what_is_written_to_the_catalogue_is_read_back(path: Path) -> None:
    """Every definition, option and relationship, in order."""
    with WorkspaceWriter(path, TYPES):
        pass
    store = open_workspace(path)
    assert tuple(store.catalogue.values()) == TYPES
    store.close()


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077, 0o777])
def test_only_its_owner_can_read_a_workspace(path: Path, umask: int) -> None:
    """Whatever the umask is."""
    before = os.umask(umask)
    try:
        make(path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_failure_while_writing_leaves_nothing(path: Path) -> None:
    """No half file, no temporary one."""
    with pytest.raises(ZeroDivisionError), WorkspaceWriter(path, STANDARD_TYPES) as writer:
        writer.load("crm_meta", ("key", "value"), ((str(row), str(1 // row)) for row in (1, 0)))
    assert list(path.parent.iterdir()) == []


def test_a_failure_while_finishing_leaves_nothing(path: Path) -> None:
    """Duplicate links are told by the index made last."""
    rows = [(f"{number}", "a", "b", "c") for number in range(2)]
    with pytest.raises(sqlite3.IntegrityError), WorkspaceWriter(path, STANDARD_TYPES) as writer:
        writer.load_links("task", "contacts", rows)
    assert list(path.parent.iterdir()) == []


@pytest.mark.parametrize("kind", ["file", "folder", "link", "dangling link"])
def test_nothing_that_exists_is_replaced(path: Path, kind: str) -> None:
    """Neither a file nor a link, wherever it points."""
    other = path.with_name("other")
    match kind:
        case "file":
            path.write_text("mine")
        case "folder":
            path.mkdir()
        case "link":
            other.write_text("mine")
            path.symlink_to(other)
        case _:
            path.symlink_to(other)
    with pytest.raises(WorkspaceError, match="exists already"):
        make(path)
    assert not list(path.parent.glob(".*"))


def test_a_file_made_meanwhile_is_not_replaced(path: Path) -> None:
    """The last step fails and leaves the other's file."""
    with pytest.raises(WorkspaceError, match="meanwhile"), WorkspaceWriter(path, STANDARD_TYPES):
        path.write_text("mine")
    assert path.read_text() == "mine"
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_folder_is_said(path: Path) -> None:
    """With the reason of the system."""
    with pytest.raises(WorkspaceError, match="cannot be made"):
        make(path.parent / "nowhere" / "new.db")


def test_a_missing_file_is_not_made_by_opening(path: Path) -> None:
    """The message says how to make one."""
    with pytest.raises(WorkspaceError, match="does not exist"):
        open_workspace(path)
    assert not path.exists()


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"SQLite format 3\x00", b"SQLite format 3\x00" + b"\x00" * 4_000]
)
def test_a_file_that_is_no_workspace_is_left_as_it_is(path: Path, content: bytes) -> None:
    """Whatever it is."""
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match=r"not a crmdeck workspace|damaged|cannot be opened"):
        open_workspace(path)
    assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]


def test_another_programs_database_is_no_workspace(path: Path) -> None:
    """It has not our mark."""
    change(path, "CREATE TABLE contact (id TEXT)")
    with pytest.raises(WorkspaceError, match="not a crmdeck workspace"):
        open_workspace(path)


def test_a_newer_file_is_refused_with_the_way_out(path: Path) -> None:
    """Reading it as if it were ours would be wrong."""
    make(path)
    change(path, f"PRAGMA user_version = {FILE_VERSION + 1}")
    with pytest.raises(WorkspaceError, match=r"newer crmdeck.*update crmdeck"):
        open_workspace(path)


def test_a_locked_file_is_said_to_be_locked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After waiting for a moment."""
    monkeypatch.setattr("app.server.store.workspace.BUSY_MS", 20)
    make(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("BEGIN EXCLUSIVE")
    holder.execute("UPDATE crm_meta SET value = value")
    try:
        with pytest.raises(WorkspaceError, match="locked by another program"):
            open_workspace(path)
    finally:
        holder.close()


async def test_a_file_that_gets_locked_is_answered_with_a_retry(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 and `Retry-After`, never a failure."""
    monkeypatch.setattr("app.server.store.workspace.BUSY_MS", 20)
    make(path)
    change(path, "PRAGMA journal_mode = DELETE")
    store = open_workspace(path)
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(Refusal) as caught:
            await store.read(lambda reader: read_page(reader, Query("contact")))
    finally:
        holder.close()
        store.close()
    assert (caught.value.code, caught.value.status) == ("workspace_busy", 503)
    assert caught.value.headers["Retry-After"] == "1"


def test_damage_is_looked_for_after_an_unclean_end(path: Path) -> None:
    """And told; the file is left as it is."""
    make(path)
    change(
        path,
        "UPDATE crm_meta SET value = '0' WHERE key = 'is_clean'",
        "PRAGMA journal_mode = DELETE",
    )
    open_workspace(path).close()
    content = bytearray(path.read_bytes())
    half = len(content) // 2 // 8192 * 8192
    content[half : half + 8192] = b"\xaa" * 8192
    path.write_bytes(content)
    with pytest.raises(WorkspaceError, match="damaged"):
        open_workspace(path)
    assert path.read_bytes() == content


def test_a_file_that_may_not_be_written_is_read(path: Path) -> None:
    """As one that does not change."""
    make(path)
    path.chmod(0o400)
    path.parent.chmod(0o500)
    try:
        store = open_workspace(path)
        assert "contact" in store.catalogue
        store.close()
    finally:
        path.parent.chmod(0o700)


async def test_readers_cannot_write(path: Path) -> None:
    """Even if a statement asks them to."""
    make(path)
    store = open_workspace(path)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        await store.read(lambda reader: reader.rows(Sql("DELETE FROM crm_meta")))
    store.close()


async def test_a_closed_workspace_says_so(path: Path) -> None:
    """And closing it again does nothing."""
    make(path)
    store = open_workspace(path)
    store.close()
    store.close()
    with pytest.raises(Refusal) as caught:
        await store.read(lambda reader: reader.rows(Sql("SELECT 1")))
    assert caught.value.code == "workspace_closed"


def _endless(reader: Reader) -> object:
    text = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    return reader.rows(Sql(text))


async def test_work_that_takes_too_long_is_ended(path: Path) -> None:
    """With a refusal, and the thread is free again."""
    make(path)
    store = open_workspace(path, deadline_s=0.05)
    for _ in range(5):
        with pytest.raises(Refusal) as caught:
            await store.read(_endless)
        assert caught.value.code == "too_slow"
    assert await store.read(lambda reader: reader.rows(Sql("SELECT 1"))) == [(1,)]
    store.close()


async def test_one_piece_of_work_sees_one_moment(path: Path) -> None:
    """What another program writes meanwhile is seen by the next piece."""
    make(path)
    store = open_workspace(path)
    question = Sql('SELECT "value" FROM "crm_meta" WHERE "key" = \'is_clean\'')

    def twice(reader: Reader) -> list[object]:
        first = reader.rows(question)
        change(path, "UPDATE crm_meta SET value = 'changed' WHERE key = 'is_clean'")
        return [*first, *reader.rows(question)]

    assert await store.read(twice) == [("1",), ("1",)]
    assert await store.read(lambda reader: reader.rows(question)) == [("changed",)]
    store.close()


RENEWAL = RecordTypeDefinition(
    "renewal",
    "Renewal",
    (*system_attributes(), attribute("display_name", "string", indexed=True), attribute("budget", "currency")),
    (linked("renewal", "contacts", "contact", "renewals"),),
    is_custom=True,
    object_id="0",
)  # fmt: skip


def test_a_record_type_can_be_defined_at_run_time(path: Path) -> None:
    """Its tables, its catalogue rows and the other side of its relationships."""
    make(path)
    connection = sqlite3.connect(path, isolation_level=None)
    back = inverse_of("renewal", RENEWAL.relationships[0])
    define_record_type(connection, RENEWAL, {"contact": [back]})
    with pytest.raises(WorkspaceError, match="already"):
        define_record_type(connection, RENEWAL, {})
    connection.close()
    store = open_workspace(path)
    assert store.catalogue["renewal"] == RENEWAL
    assert store.catalogue["contact"].relationships[-1] == back
    store.close()


@pytest.mark.parametrize(
    "wrong",
    [
        replace(RENEWAL, api_name="crm_meta"),
        replace(RENEWAL, api_name="sqlite_master"),
        replace(RENEWAL, api_name='x"; DROP TABLE contact; --'),
        replace(RENEWAL, api_name="Renewal"),
        replace(RENEWAL, api_name="contact__x"),
        replace(RENEWAL, api_name="x" * 61),
        replace(RENEWAL, attributes=(*RENEWAL.attributes, attribute("budget", "number"))),
        replace(RENEWAL, attributes=(*RENEWAL.attributes, attribute("contacts", "number"))),
        replace(RENEWAL, attributes=(*RENEWAL.attributes, attribute("x y", "number"))),
        replace(RENEWAL, attributes=(*RENEWAL.attributes, attribute("novel", "prose"))),
        replace(
            RENEWAL,
            attributes=(*RENEWAL.attributes, attribute("home", "address"), attribute("home_city", "string")),
        ),
    ],
)  # fmt: skip
def test_a_definition_with_impossible_names_is_refused(wrong: RecordTypeDefinition) -> None:
    """Before any table is made."""
    with pytest.raises(WorkspaceError):
        check_definition(wrong)
