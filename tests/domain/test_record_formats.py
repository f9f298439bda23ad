"""Formats of records: what stands in files, whatever strangers typed, and that their pieces fit together."""

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.record_formats import RECORD_FORMATS, Shape
from app.domain.records import Record
from app.domain.values import Value
from tests.support.hostile import HOSTILE_TEXTS
from tests.support.small_workspace import record, small_record_types

CONTACT = next(row for row in small_record_types() if row.api_name == "contact")
OPPORTUNITY = next(row for row in small_record_types() if row.api_name == "opportunity")
TITLE = Shape(CONTACT, (CONTACT.attribute_by_name["title"],), are_columns_named=True)


def written(form: str, records: Sequence[Record], shape: Shape = TITLE, *, pages: int = 1) -> str:
    """A whole file, its records in so many pages."""
    writer = RECORD_FORMATS[form](shape)
    size = max(1, -(-len(records) // pages))
    parts = [
        writer.rows(records[first : first + size], is_first=not first)
        for first in range(0, len(records), size)
    ]
    return "".join([writer.opening(), *parts, writer.closing(is_empty=not records)])


def titled(*titles: Value) -> list[Record]:
    """Contacts with these titles."""
    return [record("contact", index, title=title) for index, title in enumerate(titles)]


def rows(text: str) -> list[list[str]]:
    """A CSV document as a program reads it."""
    return list(csv.reader(io.StringIO(text, newline="")))


@pytest.mark.parametrize("form", RECORD_FORMATS)
def test_pages_leave_no_trace(form: str) -> None:
    """However the records came, the file is the same."""
    records = titled(*map(str, range(7)))
    whole = written(form, records)
    assert {written(form, records, pages=pages) for pages in (1, 2, 3, 7)} == {whole}


def test_nothing_is_a_whole_file_too() -> None:
    """Zero rows: a heading, an empty array, no line."""
    assert written("csv", []) == '"title"\n'
    assert written("jsonl", []) == ""
    assert json.loads(written("json", [])) == []
    assert written("md", []) == "| title |\n| --- |\n"


@pytest.mark.parametrize("text", HOSTILE_TEXTS.values(), ids=HOSTILE_TEXTS)
def test_hostile_values_stay_values(text: str) -> None:
    """Every file is UTF-8 without control characters; JSON gives the value back exactly; a cell stays a cell."""
    records = titled(text, "next")
    for form in RECORD_FORMATS:
        content = written(form, records)
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", content)
        content.encode()
    assert json.loads(written("json", records))[0]["attributes"]["title"] == text
    lines = written("jsonl", records).splitlines()
    assert [json.loads(line)["attributes"]["title"] for line in lines] == [text, "next"]
    table = rows(written("csv", titled(text[:1000], "next")))
    assert [len(row) for row in table] == [1, 1, 1]
    assert table[2] == ["next"]
    assert written("md", records).count("\n") == 4


STARTS = "=+-@\t\r\0\uff1d\uff0b\uff0d\uff20"


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("before", ["", " ", '"', "'", "\u201c", "  '"])
def test_no_text_is_a_formula(start: str, before: str) -> None:
    """Whatever starts a formula, also behind blanks and quotes, has an apostrophe before it (RELIABILITY 3.12, X1)."""
    (cell,) = rows(written("csv", titled(f"{before}{start}1+1")))[1]
    assert cell.startswith("'")


@given(st.text(st.characters(exclude_categories=()), max_size=8))
def test_no_cell_begins_like_a_formula(text: str) -> None:
    """First character check on any text at all."""
    cells = [cell for row in rows(written("csv", titled(text)))[1:] for cell in row]
    assert len(cells) == 1
    assert not cells[0].lstrip(" \"'\u201c\u201d\u2018\u2019")[:1] or (
        cells[0].startswith("'") or cells[0].lstrip(" \"'\u201c\u201d\u2018\u2019")[0] not in STARTS
    )


def test_the_guard_can_be_taken_off() -> None:
    """Then texts stand as they are, but for what no terminal should get."""
    shape = replace(TITLE, is_guarded=False)
    assert rows(written("csv", titled("=1+1", "\x1b"), shape))[1:] == [["=1+1"], ["\u241b"]]


def test_numbers_are_no_texts() -> None:
    """-5 is a number, not a formula; digits as they came."""
    shape = Shape(OPPORTUNITY, (OPPORTUNITY.attribute_by_name["amount"],), are_columns_named=True)
    deals = [record("opportunity", 0, amount=Decimal("-5.50"))]
    assert rows(written("csv", deals, shape))[1] == ["-5.50"]


def test_columns_that_nobody_named_come_with_the_id() -> None:
    """CSV has the id first; JSON has every attribute that was sent."""
    shape = replace(TITLE, are_columns_named=False)
    records = [record("contact", 0, title="CTO", first_name="Sarah")]
    assert rows(written("csv", records, shape))[0] == ["id", "title"]
    assert set(json.loads(written("json", records, shape))[0]["attributes"]) >= {
        "title",
        "first_name",
    }
    assert set(json.loads(written("json", records))[0]["attributes"]) == {"title"}
