"""Export files: whole or not there, gone on with byte by byte, and nobody else's business."""

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given

from app.domain.exports import ExportError, ExportMark, ExportPlan, Interrupted
from app.domain.query import Filter, Query, Sort
from app.domain.records import Cursor
from app.state.export_files import DiskExportFiles
from app.state.export_mark import dump_interrupted, parse_interrupted
from tests.domain.strategies import queries

PLAN = ExportPlan("acme", Query("contact", sort=(Sort("title"),)), "jsonl", ("title",))
FILES = DiskExportFiles()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where the file is to be."""
    return tmp_path / "out.jsonl"


def names_beside(target: Path) -> set[str]:
    """Every file there."""
    return {path.name for path in target.parent.iterdir()}


def test_a_file_appears_when_it_is_complete(target: Path) -> None:
    """Until then only its parts are there; afterwards only the file, for its owner alone."""
    file = FILES.begin(target, PLAN)
    file.write("one\n", [1])
    file.keep(Cursor("c"))
    assert names_beside(target) == {"out.jsonl.part", "out.jsonl.part.json", "out.jsonl.part.ids"}
    file.write("two\n", [2])
    file.finish("end\n")
    assert names_beside(target) == {"out.jsonl"}
    assert target.read_bytes() == b"one\ntwo\nend\n"
    assert target.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o777])
def test_modes_do_not_depend_on_the_umask(target: Path, umask: int) -> None:
    """0600, whatever the shell was told."""
    before = os.umask(umask)
    try:
        file = FILES.begin(target, PLAN)
        file.keep(None)
    finally:
        os.umask(before)
    modes = {path.stat().st_mode & 0o777 for path in target.parent.iterdir()}
    file.discard()
    assert modes == {0o600}


def test_what_was_kept_is_gone_on_with(target: Path) -> None:
    """What was written after the last keep is dropped and written again."""
    file = FILES.begin(target, PLAN)
    file.write("one\n", [11])
    file.keep(Cursor("c"))
    file.write("lost\n", [12])
    file.leave()
    assert FILES.look(target).interrupted == Interrupted(PLAN, ExportMark(Cursor("c"), 1, 4))
    file, mark, digests = FILES.resume(target, PLAN)
    assert (mark, [*digests]) == (ExportMark(Cursor("c"), 1, 4), [11])
    file.write("two\n", [12])
    file.keep(Cursor("d"))
    file.leave()
    file, mark, digests = FILES.resume(target, PLAN)
    assert (mark.rows, [*digests]) == (2, [11, 12])
    file.finish("")
    assert target.read_bytes() == b"one\ntwo\n"


def test_an_existing_file_is_kept_unless_told(target: Path) -> None:
    """Refused before anything is read; when told, replaced at the very end."""
    target.write_text("old")
    with pytest.raises(ExportError, match="exists already"):
        FILES.begin(target, PLAN)
    file = FILES.begin(target, PLAN, is_forced=True)
    file.write("new", [1])
    assert target.read_text() == "old"
    file.finish("")
    assert target.read_text() == "new"


def test_a_file_made_meanwhile_is_not_overwritten(target: Path) -> None:
    """The export stays as it was and can be finished later."""
    file = FILES.begin(target, PLAN)
    file.write("ours", [1])
    file.keep(None)
    target.write_text("theirs")
    with pytest.raises(ExportError, match="meanwhile"):
        file.finish("]")
    file.leave()
    assert target.read_text() == "theirs"
    target.unlink()
    file, _, _ = FILES.resume(target, PLAN)
    file.finish("]")
    assert target.read_text() == "ours]"


def test_an_unfinished_file_is_in_the_way(target: Path) -> None:
    """It is gone on with or started anew, as one says; never silently."""
    file = FILES.begin(target, PLAN)
    file.write("one\n", [1])
    file.keep(Cursor("c"))
    file.leave()
    with pytest.raises(ExportError, match="1 rows of an interrupted export"):
        FILES.begin(target, PLAN)
    file = FILES.begin(target, PLAN, is_forced=True)
    file.finish("")
    assert target.read_bytes() == b""
    assert names_beside(target) == {"out.jsonl"}


def test_two_programs_do_not_write_one_file(target: Path) -> None:
    """Neither by going on nor by force."""
    file = FILES.begin(target, PLAN)
    file.keep(None)
    for begin in (
        lambda: FILES.resume(target, PLAN),
        lambda: FILES.begin(target, PLAN, is_forced=True),
    ):
        with pytest.raises(ExportError, match="Another crmdeck"):
            begin()
    file.leave()
    FILES.resume(target, PLAN)[0].discard()
    assert names_beside(target) == set()


@pytest.mark.parametrize(
    ("other", "told"),
    [
        (replace(PLAN, source="other"), "workspace"),
        (replace(PLAN, query=Query("account", sort=PLAN.query.sort)), "record type"),
        (replace(PLAN, query=Query("contact")), "sort"),
        (replace(PLAN, form="csv"), "format"),
        (replace(PLAN, columns=("stage",)), "choice of columns"),
        (replace(PLAN, are_columns_named=True), "choice of columns"),
        (replace(PLAN, is_guarded=False), "guard"),
    ],
)
def test_another_export_is_not_gone_on_with(target: Path, other: ExportPlan, told: str) -> None:
    """A file of two queries would be neither."""
    file = FILES.begin(target, PLAN)
    file.keep(None)
    file.leave()
    with pytest.raises(ExportError, match=f"another {told}"):
        FILES.resume(target, other)
    FILES.resume(target, replace(PLAN, query=replace(PLAN.query, limit=7)))[0].leave()


def test_there_must_be_something_to_go_on_with(target: Path) -> None:
    """--resume without an interrupted export says so."""
    with pytest.raises(ExportError, match="no interrupted export"):
        FILES.resume(target, PLAN)
    assert names_beside(target) == set()


def test_damage_is_told(target: Path) -> None:
    """A record that is none, a part that is shorter than it was, ids that are missing: nothing is guessed."""

    def interrupted() -> None:
        file = FILES.begin(target, PLAN, is_forced=True)
        file.write("one\n", [1])
        file.keep(Cursor("c"))
        file.leave()

    for name, content, told in (
        ("part.json", b"{", "damaged"),
        ("part.json", b'{"crmdeck_export": 2}', "damaged"),
        ("part.json", b'{"crmdeck_export": 1, "filters": [1]}', "damaged"),
        ("part", b"on", "shorter"),
        ("part.ids", b"1234567", "shorter"),
    ):
        interrupted()
        (target.parent / f"out.jsonl.{name}").write_bytes(content)
        with pytest.raises(ExportError, match=told):
            FILES.resume(target, PLAN)


def test_a_damaged_record_is_no_dead_end(target: Path) -> None:
    """Nothing is gone on with, and one can start anew."""
    for plant in ("text", "link"):
        file = FILES.begin(target, PLAN, is_forced=True)
        file.write("one\n", [1])
        file.keep(Cursor("c"))
        file.leave()
        record = target.with_name("out.jsonl.part.json")
        record.unlink()
        if plant == "text":
            record.write_bytes(b"{")
        else:
            record.symlink_to(target.parent / "elsewhere")
        assert FILES.look(target).interrupted is None
        with pytest.raises(ExportError, match="nothing says what it is"):
            FILES.begin(target, PLAN)
    FILES.begin(target, PLAN, is_forced=True).finish("")
    assert names_beside(target) == {"out.jsonl"}


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_only_ordinary_files_are_written(tmp_path: Path, kind: str) -> None:
    """Not through a link, not over a folder, not into a device (RELIABILITY 3.12, X3)."""
    target = tmp_path / "out.csv"
    precious = tmp_path / "precious"
    precious.write_text("keep")
    match kind:
        case "link":
            target.symlink_to(precious)
        case "folder":
            target.mkdir()
        case _:
            os.mkfifo(target)
    with pytest.raises(ExportError, match="file of its own"):
        FILES.begin(target, PLAN, is_forced=True)
    assert precious.read_text() == "keep"


@pytest.mark.parametrize("planted", ["out.jsonl.part", "out.jsonl.part.json", "out.jsonl.part.ids"])
def test_planted_links_are_not_followed(target: Path, planted: str) -> None:
    """A link in the place of a part leads nowhere."""
    precious = target.parent / "precious"
    precious.write_text("keep")
    (target.parent / planted).symlink_to(precious)
    try:
        file = FILES.begin(target, PLAN, is_forced=True)
        file.write("x", [1])
        file.keep(None)
        file.finish("")
    except ExportError:
        assert not target.exists()
    assert precious.read_text() == "keep"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    """In words, with the name."""
    with pytest.raises(ExportError, match="No such file or directory"):
        FILES.begin(tmp_path / "nowhere" / "out.csv", PLAN)


@contextmanager
def file_size_limit(size_bytes: int) -> Iterator[None]:
    """No file of this process grows beyond it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_is_full_leaves_what_was_kept(target: Path) -> None:
    """The piece that did not fit is not there at all, and one can go on when there is room (RELIABILITY 3.12, X2)."""
    file = FILES.begin(target, PLAN)
    file.write("x" * 3000, [1])
    with file_size_limit(4096):
        with pytest.raises(ExportError, match=os.strerror(errno.EFBIG)):
            file.write("y" * 3000, [2])
        file.keep(Cursor("c"))
    assert (file.rows, file.kept_rows) == (1, 1)
    file.leave()
    file, mark, _ = FILES.resume(target, PLAN)
    assert mark.size_bytes == 3000
    file.write("y" * 3000, [2])
    file.finish("")
    assert target.read_text() == "x" * 3000 + "y" * 3000


def test_a_disk_without_room_for_the_record_keeps_the_old_one(target: Path) -> None:
    """The record speaks of nothing that is not there."""
    file = FILES.begin(target, PLAN)
    file.write("one\n", [1])
    file.keep(Cursor("c"))
    file.write("two\n", [2])
    with file_size_limit(64), pytest.raises(ExportError):
        file.keep(Cursor("d"))
    assert (file.rows, file.kept_rows) == (2, 1)
    file.leave()
    file, mark, digests = FILES.resume(target, PLAN)
    assert (mark.cursor, mark.rows, [*digests]) == ("c", 1, [1])
    file.discard()


def test_the_lock_ends_with_the_program(target: Path) -> None:
    """A killed export is in nobody's way."""
    script = (
        "import sys, os, signal; from pathlib import Path; "
        "from app.state.export_files import DiskExportFiles; from tests.state.test_export_files import PLAN; "
        "file = DiskExportFiles().begin(Path(sys.argv[1]), PLAN); file.write('a', [1]); file.keep(None); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", script, target], check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert not target.exists()
    FILES.resume(target, PLAN)[0].finish("b")
    assert target.read_text() == "ab"


def test_a_finished_file_is_never_cut(target: Path) -> None:
    """Killed between giving the name and tidying up, the part is the file itself."""
    file = FILES.begin(target, PLAN)
    file.write("whole", [1])
    file.keep(None)
    file.write("more", [2])
    file.leave()
    target.hardlink_to(target.with_name("out.jsonl.part"))
    with pytest.raises(ExportError, match="second name"):
        FILES.resume(target, PLAN)
    assert target.read_text() == "wholemore"


@given(queries)
def test_any_query_comes_back_from_its_record(query: Query) -> None:
    """Filters, groups, sort, numbers to the last digit."""
    interrupted = Interrupted(replace(PLAN, query=query), ExportMark(None, 3, 4))
    parsed, is_replacing = parse_interrupted(dump_interrupted(interrupted, is_replacing=True))
    assert is_replacing
    assert not parsed.plan.differences(interrupted.plan)
    assert parsed.mark == interrupted.mark


def test_numbers_keep_their_digits() -> None:
    """A Decimal is one after the record was read."""
    query = Query("contact", (Filter("amount", "eq", Decimal("1.50")),))
    content = dump_interrupted(
        Interrupted(replace(PLAN, query=query), ExportMark(None, 0, 0)), is_replacing=False
    )
    assert parse_interrupted(content)[0].plan.query.filters == query.filters
