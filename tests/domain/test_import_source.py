"""Files to import: what is read of them, and what is said of those that cannot be."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.import_source import (
    CannotImport,
    SourceForm,
    SourceRow,
    form_of,
    read_columns,
    read_rows,
    unguarded,
)
from app.domain.safe_text import Shown
from app.domain.text_formats import csv_text

CELLS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=12
)


def rows(text: str | bytes, form: SourceForm = SourceForm.CSV) -> list[SourceRow]:
    """The rows of a file with that content."""
    data = text if isinstance(text, bytes) else text.encode()
    return list(read_rows(form, io.BytesIO(data)))


def columns(text: str, form: SourceForm = SourceForm.CSV) -> tuple[str, ...]:
    """Its columns."""
    return read_columns(form, io.BytesIO(text.encode()))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_heading_tells_what_separates_cells(delimiter: str) -> None:
    """The sign that stands most often outside quotes."""
    text = f'"a, b;\tc"{delimiter}d\nx{delimiter}y\n'
    assert columns(text) == ("a, b;\tc", "d")
    assert rows(text)[0].cells == {"a, b;\tc": "x", "d": "y"}


@given(
    table=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=8),
    delimiter=st.sampled_from(",;\t"),
    has_mark=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_program_writes_is_read(
    table: list[list[str]], delimiter: str, has_mark: bool, end: str
) -> None:
    """Every cell that is not empty, with or without a byte order mark; blank lines are no rows."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["a", "b", "c"])
    writer.writerows(table)
    data = (b"\xef\xbb\xbf" if has_mark else b"") + out.getvalue().encode()
    expected = [
        {name: unguarded(cell) for name, cell in zip("abc", row, strict=True) if cell.strip()}
        for row in table
        if any(row)
    ]
    assert [row.cells for row in rows(data)] == expected


@given(CELLS)
def test_the_guard_against_formulas_is_taken_off(text: str) -> None:
    """A text that an export wrote comes back as it was."""
    assert unguarded(csv_text(Shown(text))) == (
        text if csv_text(Shown(text)) != text else unguarded(text)
    )


@pytest.mark.parametrize(
    ("text", "bare"), [("'+49 1", "+49 1"), ("'=1+1", "=1+1"), ("'tis", "'tis")]
)
def test_an_apostrophe_that_guards_nothing_stays(text: str, bare: str) -> None:
    """Only what a spreadsheet would run is guarded."""
    assert unguarded(text) == bare


def test_a_row_knows_its_line() -> None:
    """Also behind cells of several lines and blank lines; rows are counted without them."""
    found = rows('a,b\n"x\ny",1\n\n2,3\n')
    assert [(row.number, row.line) for row in found] == [(1, 2), (2, 5)]


def test_a_row_of_another_length_is_a_fault_of_the_row() -> None:
    """The others are read."""
    found = rows("a,b\n1\n1,2\n1,2,3\n")
    assert [row.fault for row in found] == [
        "has 1 cells, the heading has 2", None, "has 3 cells, the heading has 2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'a,b\n1,2\n"3,4\n5,6\n', "Line 3: the CSV is broken: a quote is opened and never closed"),
        (b'a,b\n1,"2"x\n', "Line 2: the CSV is broken: text stands behind a closing quote"),
        (b"a,b\n1,\xe9\n", "Line 2: byte 7 of the file, 0xe9, is not UTF-8"),
        (b"\xef\xbb\xbfa\n\xff\n", "Line 2: byte 6 of the file, 0xff"),
        ("a,b".encode("utf-16"), "UTF-16"),
        (b"a,a\n1,2\n", "'a' twice"),
    ],
)
def test_what_is_no_table_is_told_with_its_place(data: bytes, told: str) -> None:
    """The line, and for what is no text the byte."""
    with pytest.raises(CannotImport) as caught:
        rows(data)
    assert told in str(caught.value)


def test_an_empty_file_has_neither_columns_nor_rows() -> None:
    """Nothing is made of nothing."""
    assert (columns(""), rows("")) == ((), [])


def test_json_lines_are_objects() -> None:
    """Keys of all lines are columns; what is no object is a fault of its row."""
    text = '{"a": 1}\n\n[1]\n{"b": null, "a": 2.50}\nnonsense\n'
    assert columns(text, SourceForm.JSON_LINES) == ("a", "b")
    found = rows(text, SourceForm.JSON_LINES)
    assert [row.line for row in found] == [1, 3, 4, 5]
    assert found[1].fault == "is no JSON object"
    assert found[2].cells["b"] is None
    assert str(found[2].cells["a"]) == "2.50"
    assert (found[3].fault or "").startswith("is not JSON")


def test_exported_json_lines_are_taken_apart() -> None:
    """What `crmdeck export` writes: the attributes are the cells, beside the id."""
    line = json.dumps({"id": "1", "record_type": "contact", "attributes": {"title": "CTO"}})
    row = rows(line, SourceForm.JSON_LINES)[0]
    assert (row.record_type, row.cells) == ("contact", {"id": "1", "title": "CTO"})


@pytest.mark.parametrize(
    ("name", "start", "form"),
    [
        ("a.csv", b"{", SourceForm.CSV),
        ("a.JSONL", b"a", SourceForm.JSON_LINES),
        ("a.txt", b"\xef\xbb\xbf {", SourceForm.JSON_LINES),
        ("a", b"a,b", SourceForm.CSV),
    ],
)
def test_the_suffix_tells_the_form_else_the_start(
    name: str, start: bytes, form: SourceForm
) -> None:
    """A file without a telling name is looked at."""
    assert form_of(name, start) is form
