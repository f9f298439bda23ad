"""The files of imports: results that outlive a crash, and sources that are read as they are asked for."""

import os
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.import_results import (
    ImportHeading,
    ImportRecord,
    RowOutcome,
    RowResult,
    dump_heading,
    dump_result,
    parse_heading,
    parse_result,
)
from app.domain.import_source import CannotImport
from app.state.import_files import DiskImportFiles

HEADING = ImportHeading("acme", "f00d", "contact\n", {3: {"stage": "won"}})
FILES = DiskImportFiles()

RESULTS = st.builds(
    RowResult,
    number=st.integers(1, 50),
    line=st.integers(1, 99),
    outcome=st.sampled_from(RowOutcome),
    record_id=st.none() | st.text(max_size=5),
    code=st.none() | st.text(max_size=5),
    why=st.text(max_size=5),
    intent=st.none() | st.text(max_size=5),
    at=st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)


@given(RESULTS)
def test_a_result_is_read_as_it_was_written(result: RowResult) -> None:
    """Every part of it."""
    assert parse_result(dump_result(result)) == result


@given(st.lists(RESULTS, max_size=40))
def test_the_last_result_of_a_row_counts(results: list[RowResult]) -> None:
    """Counts, and which rows are open, are those of the last results."""
    record = ImportRecord()
    for result in results:
        record.note(result)
    last = {result.number: result for result in results}
    assert record.done == len(last)
    assert all(record.outcome(number) is result.outcome for number, result in last.items())
    open_ = {
        number
        for number, row in last.items()
        if row.outcome in (RowOutcome.SENDING, RowOutcome.UNKNOWN)
    }
    assert record.open.keys() == open_


def test_a_heading_is_read_as_it_was_written() -> None:
    """With the cells that were put right."""
    assert parse_heading(dump_heading(HEADING)) == HEADING


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where results go."""
    return tmp_path / "results.jsonl"


def test_results_are_gone_on_with(path: Path) -> None:
    """What was written is known, and more is written behind it; the file is nobody else's."""
    file = FILES.begin(path, HEADING)
    file.write(RowResult(1, 2, RowOutcome.CREATED, "a"))
    file.write(RowResult(2, 3, RowOutcome.SENDING, intent="k"), is_lasting=True)
    file.close()
    assert FILES.heading(path) == HEADING
    file, record = FILES.resume(path, HEADING)
    assert record.outcome(1) is RowOutcome.CREATED
    assert record.open[2].intent == "k"
    file.write(RowResult(2, 3, RowOutcome.CREATED, "b"))
    file.close()
    file, record = FILES.resume(path, HEADING)
    assert record.counts[RowOutcome.CREATED] == 2
    file.close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_half_a_line_says_nothing(path: Path) -> None:
    """It is what a crash leaves; the next line begins in its place."""
    FILES.begin(path, HEADING).close()
    whole = path.read_bytes() + dump_result(RowResult(1, 2, RowOutcome.CREATED, "a"))
    for cut in range(len(whole), len(path.read_bytes()) - 1, -7):
        path.write_bytes(whole[:cut])
        file, record = FILES.resume(path, HEADING)
        assert (record.outcome(1) is RowOutcome.CREATED) == (cut == len(whole))
        file.write(RowResult(2, 3, RowOutcome.BAD))
        file.close()
        file, record = FILES.resume(path, HEADING)
        assert record.outcome(2) is RowOutcome.BAD
        file.close()


@pytest.mark.parametrize(
    ("heading", "told"),
    [
        (ImportHeading("other", "f00d", "contact\n"), "another workspace"),
        (ImportHeading("acme", "beef", "contact\n"), "another content of the file"),
        (ImportHeading("acme", "f00d", "account\n"), "another record type, match or mapping"),
    ],
)
def test_results_of_another_import_are_left_alone(
    path: Path, heading: ImportHeading, told: str
) -> None:
    """They say of which."""
    FILES.begin(path, HEADING).close()
    before = path.read_bytes()
    with pytest.raises(CannotImport, match=told):
        FILES.resume(path, heading)
    with pytest.raises(CannotImport, match="is there already"):
        FILES.begin(path, heading)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"hello\n", b'{"crmdeck_import": 99}\n', b"[1]\n"])
def test_what_is_no_file_of_results_is_refused(path: Path, content: bytes) -> None:
    """Nothing is written to it."""
    path.write_bytes(content)
    with pytest.raises(CannotImport):
        FILES.resume(path, HEADING)
    assert path.read_bytes() == content


def test_damage_in_the_middle_is_told(path: Path) -> None:
    """With the line."""
    FILES.begin(path, HEADING).close()
    path.write_bytes(path.read_bytes() + b"{}\n" + dump_result(RowResult(1, 2, RowOutcome.BAD)))
    with pytest.raises(CannotImport, match="damaged: line 2"):
        FILES.resume(path, HEADING)


def test_two_programs_do_not_write_one_file(path: Path) -> None:
    """The second is told so."""
    file = FILES.begin(path, HEADING)
    with pytest.raises(CannotImport, match="Another crmdeck"):
        FILES.resume(path, HEADING)
    file.close()


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    """Neither to write nor to go on."""
    target = tmp_path / "target"
    target.write_bytes(b"mine")
    path.symlink_to(target)
    with pytest.raises(CannotImport):
        FILES.begin(path, HEADING)
    with pytest.raises(CannotImport):
        FILES.resume(path, HEADING)
    assert target.read_bytes() == b"mine"


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe"])
def test_what_is_no_file_cannot_be_imported(tmp_path: Path, kind: str) -> None:
    """In words, and without waiting for a writer of a pipe."""
    source = tmp_path / "a.csv"
    if kind == "folder":
        source.mkdir()
    elif kind == "pipe":
        os.mkfifo(source)
    with pytest.raises(CannotImport, match=r"a\.csv"):
        FILES.source(source).columns()


def test_a_large_file_takes_no_more_memory(tmp_path: Path) -> None:
    """100,000 rows are read in a few megabytes, and counted."""
    source = tmp_path / "a.csv"
    with source.open("w") as file:
        file.write("first_name,last_name,primary_email\n")
        file.writelines(f"First{n},Last{n},person{n}@x.example\n" for n in range(100_000))
    tracemalloc.start()
    try:
        assert sum(1 for _ in FILES.source(source).rows()) == 100_000
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 8_000_000


def test_the_fingerprint_is_of_the_content(tmp_path: Path) -> None:
    """Not of the name."""
    for name in ("a", "b"):
        (tmp_path / name).write_text("x\ny\n")
    one, other = (FILES.source(tmp_path / name).fingerprint() for name in ("a", "b"))
    assert one == other
    (tmp_path / "b").write_text("x\nz\n")
    assert FILES.source(tmp_path / "b").fingerprint() != one
