"""`crmdeck query`: formats, paging, and what is told."""

import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from app.cli.table import text_width
from app.domain.errors import ServerFailed
from app.domain.query import Query
from app.domain.records import Cursor, Page
from tests.cli.conftest import Run
from tests.support.backends import MemoryBackend
from tests.support.paging import expired
from tests.support.small_workspace import uuid_of

WORKING = '[{"field": "stage", "operator": "eq", "value": "working"}]'


def rows(text: str) -> list[list[str]]:
    """A CSV document as a program reads it."""
    return list(csv.reader(io.StringIO(text)))


def poison(backend: MemoryBackend, **attributes: str) -> None:
    """Give the first contact hostile values."""
    record_id = next(iter(backend.records))
    record = backend.records[record_id]
    changed = MappingProxyType({**record.attributes, **attributes})
    backend.records[record_id] = replace(record, attributes=changed)


def test_json_is_an_array(crmdeck: Run) -> None:
    """Records come with id, type and plain values; all attributes unless some are named."""
    answer = crmdeck("query", "contact", "--limit", "2", "--format", "json")
    found = json.loads(answer.out)
    assert [set(row) for row in found] == [{"id", "record_type", "attributes"}] * 2
    first = found[0]["attributes"]
    assert found[0]["id"] == uuid_of("contact", 0)
    assert (first["stage"], first["sms_consent"]) == ("new", True)
    assert first["created_at"] == "2026-01-05T09:00:00Z"
    assert first["contact_emails"][0]["email"] == "person1@acme.test"


def test_json_of_nothing_is_an_empty_array(crmdeck: Run) -> None:
    """No match is an answer, not a failure."""
    none = '[{"field": "title", "operator": "eq", "value": "nobody"}]'
    answer = crmdeck("query", "contact", "--filters", none, "--format", "json")
    assert (answer.status, json.loads(answer.out), answer.err) == (0, [], "")


def test_jsonl_is_a_line_each(crmdeck: Run, backend: MemoryBackend) -> None:
    """Every record is an object on a line of its own; `--all` reads every page."""
    answer = crmdeck("query", "contact", "--all", "--format", "jsonl", "--columns", "title,stage")
    found = [json.loads(line) for line in answer.out.splitlines()]
    assert len(found) == 37
    assert all(list(row["attributes"]) == ["title", "stage"] for row in found)
    assert answer.err == ""
    assert backend.sent == ["GET /_schema/contact", "POST /contact/_query"]


def test_json_is_ascii(crmdeck: Run, backend: MemoryBackend) -> None:
    """JSON hides nothing: controls and foreign letters are escapes, and they come back exactly."""
    value = "\x1b[2J\x7f\u202e\u00e9\U0001f600\x9b"
    poison(backend, title=value)
    answer = crmdeck("query", "contact", "--limit", "1", "--format", "json")
    assert answer.out.replace("\n", "").isprintable()
    assert answer.out.isascii()
    assert json.loads(answer.out)[0]["attributes"]["title"] == value


def test_truncation_is_told(crmdeck: Run) -> None:
    """A limit that cuts is said on stderr, never on stdout."""
    answer = crmdeck("query", "contact", "--limit", "5", "--format", "jsonl")
    assert answer.err == "5 shown, more on server: --limit N or --all\n"
    assert len(answer.out.splitlines()) == 5


def test_default_limit_is_fifty(crmdeck: Run, backend: MemoryBackend) -> None:
    """Without a limit there are at most fifty; what fits is not called truncated."""
    assert crmdeck("query", "contact", "--format", "csv").err == ""
    for number in range(20):
        record = next(iter(backend.records.values()))
        record_id = replace(record.record_id, id=f"extra-{number}")
        backend.records[record_id] = replace(record, record_id=record_id)
    answer = crmdeck("query", "contact", "--format", "csv")
    assert len(rows(answer.out)) == 51
    assert answer.err.startswith("50 shown")


def test_limit_spans_pages(crmdeck: Run, backend: MemoryBackend) -> None:
    """A limit above a page's size is read page by page and cut exactly."""
    record = next(iter(backend.records.values()))
    for number in range(200):
        record_id = replace(record.record_id, id=f"extra-{number}")
        backend.records[record_id] = replace(record, record_id=record_id)
    answer = crmdeck("query", "contact", "--limit", "150", "--format", "jsonl")
    assert len({json.loads(line)["id"] for line in answer.out.splitlines()}) == 150
    assert backend.sent.count("POST /contact/_query") == 2
    assert answer.err.startswith("150 shown")


def test_table_shows_fitting_columns(crmdeck: Run) -> None:
    """Without --columns the schema decides: name first, last change last, no ids, dates never cut."""
    lines = crmdeck("query", "contact", "--limit", "3").out.splitlines()
    heading = lines[0].split()
    assert heading[0] == "display_name"
    assert heading[-1] == "updated_at"
    assert "id" not in heading
    assert lines[1].endswith("2026-01-05 09:00")
    assert max(map(text_width, lines)) <= 100


def test_table_says_what_it_leaves_out(crmdeck: Run) -> None:
    """Columns there is no room for are named on stderr."""
    names = (
        "created_at,updated_at,id,display_name,first_name,last_name,title,primary_email,stage,address,"
        "sms_consent,contact_emails,owner_user_id"
    )
    answer = crmdeck("query", "contact", "--limit", "1", "--columns", names)
    assert "No room for" in answer.err
    assert "owner_user_id" in answer.err


@pytest.mark.parametrize("form", ["table", "csv", "md"])
def test_no_value_writes_to_the_terminal(crmdeck: Run, backend: MemoryBackend, form: str) -> None:
    """Control characters and line ends of values become marks; a row stays a line."""
    poison(backend, display_name="\x1b]52;c;AAAA\x07\r\n\x9b2J\u2028", title="a|b\nc")
    answer = crmdeck("query", "contact", "--limit", "1", "--format", form)
    assert not set("\x1b\x07\r\x9b\u2028") & set(answer.out)
    assert len(answer.out.splitlines()) == {"table": 2, "csv": 2, "md": 3}[form]
    assert "\u241b]52;c;AAAA\u2407" in answer.out.replace("\\", "")


@pytest.mark.parametrize(
    "value",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\x00=1", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201",
     "  =1", '"=1', "'=1", "\u201c=1"],
)  # fmt: skip
def test_csv_guards_texts(crmdeck: Run, backend: MemoryBackend, value: str) -> None:
    """A text that a spreadsheet might run starts with an apostrophe (RELIABILITY 3.12, X1)."""
    poison(backend, title=value)
    answer = crmdeck("query", "contact", "--limit", "1", "--format", "csv", "--columns", "title")
    assert rows(answer.out)[1][0].startswith("'")


def test_csv_leaves_numbers_alone(crmdeck: Run) -> None:
    """Numbers are digits, not grouped and not guarded; the id comes first; all cells are quoted."""
    answer = crmdeck("query", "opportunity", "--format", "csv")
    table = rows(answer.out)
    assert table[0][0] == "id"
    assert table[2][table[0].index("amount")] == "1500.50"
    assert all(line.startswith('"') and line.endswith('"') for line in answer.out.splitlines())


def test_markdown_escapes_markup(crmdeck: Run, backend: MemoryBackend) -> None:
    """What Markdown or HTML would read as markup is escaped, so that a cell stays a cell."""
    poison(backend, title="a|b <img> `c` [d](e)")
    answer = crmdeck("query", "contact", "--limit", "1", "--format", "md", "--columns", "title")
    assert answer.out.splitlines()[2] == r"| a\|b \<img\> \`c\` \[d\](e) |"


def test_filters_and_sort_reach_the_server(crmdeck: Run) -> None:
    """Filters are the API's own list; sort takes a minus for descending."""
    words = ("query", "contact", "--filters", WORKING, "--sort", "-display_name")
    answer = crmdeck(*words, "--format", "jsonl", "--columns", "stage,display_name")
    found = [json.loads(line)["attributes"] for line in answer.out.splitlines()]
    names = [row["display_name"] for row in found]
    assert {row["stage"] for row in found} == {"working"}
    assert names == sorted(names, reverse=True)


def test_filters_from_a_file(crmdeck: Run, tmp_path: Path) -> None:
    """`@FILE` reads the filters from a file."""
    file = tmp_path / "filters.json"
    file.write_text(WORKING)
    words = ("query", "contact", "--filters", f"@{file}", "--format", "jsonl")
    assert len(crmdeck(*words).out.splitlines()) == 9


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--filters", "{"), "not JSON"),
        (("--filters", "[1]"), "must be an object"),
        (("--filters", '[{"field": "a"}]'), "operator must be text"),
        (("--filters", "@/nonexistent/file"), "No such file"),
        (("--limit", "0"), "limit"),
        (("--limit", "5", "--all"), "not both"),
        (("--columns", "titel"), "Did you mean title?"),
        (("--columns", ","), "names no attribute"),
        (("--sort", "-updated_add"), "Did you mean updated_at?"),
        (("--format", "xml"), "xml"),
    ],
)
def test_wrong_usage_sends_no_query(
    crmdeck: Run, backend: MemoryBackend, words: tuple[str, ...], told: str
) -> None:
    """What is wrong with the words is said with status 2, before any query."""
    answer = crmdeck("query", "contact", *words)
    assert (answer.status, answer.out) == (2, "")
    assert told in answer.err
    assert "POST /contact/_query" not in backend.sent


def test_a_refused_query_names_the_fault(crmdeck: Run) -> None:
    """What the server refuses is status 1 with its own code."""
    gt = '[{"field": "stage", "operator": "gt", "value": "working"}]'
    answer = crmdeck("query", "contact", "--filters", gt)
    assert (answer.status, answer.out) == (1, "")
    assert "invalid_filter_operator" in answer.err


def test_an_activity_needs_its_scope(crmdeck: Run) -> None:
    """A type with a body of its own says which filter it needs, and takes it."""
    assert "needs one of" in crmdeck("query", "activity").err
    scope = json.dumps([{"field": "contact_id", "operator": "eq", "value": uuid_of("contact", 0)}])
    answer = crmdeck("query", "activity", "--filters", scope, "--format", "jsonl")
    assert len(answer.out.splitlines()) == 2


def test_a_break_in_the_middle_is_partly(crmdeck: Run, backend: MemoryBackend) -> None:
    """When a later page fails, what was written stays, the array is left open, and the status is 3."""
    pages = [backend.query]

    async def second_fails(query: object, cursor: Cursor | None = None) -> Page:
        if cursor is not None:
            raise ServerFailed("broken", status=500)
        page = await pages[0](query, cursor)  # type: ignore[arg-type]
        return Page(page.records, Cursor("next"))

    backend.query = second_fails  # type: ignore[method-assign]
    answer = crmdeck("query", "contact", "--all", "--format", "json")
    assert answer.status == 3
    assert "37 records were written before this" in answer.err
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.out)


def test_repeated_records_are_written_once(crmdeck: Run, backend: MemoryBackend) -> None:
    """A server that repeats itself is stopped after two pages without a new id."""
    ask = backend.query
    cursors = iter(range(100))

    async def always_more(query: object, cursor: Cursor | None = None) -> Page:
        page = await ask(query)  # type: ignore[arg-type]
        return Page(page.records, Cursor(f"again-{next(cursors)}"))

    backend.query = always_more  # type: ignore[method-assign]
    answer = crmdeck("query", "contact", "--all", "--format", "jsonl")
    assert answer.status == 3
    assert len(answer.out.splitlines()) == 37
    assert next(cursors) == 3
    assert "does not move on" in answer.err


def test_an_empty_page_is_not_the_end(crmdeck: Run, backend: MemoryBackend) -> None:
    """A page without records may be followed by one with."""
    ask = backend.query

    async def starts_empty(query: object, cursor: Cursor | None = None) -> Page:
        if cursor is None:
            return Page((), Cursor("go-on"))
        return await ask(query)  # type: ignore[arg-type]

    backend.query = starts_empty  # type: ignore[method-assign]
    assert len(crmdeck("query", "contact", "--format", "jsonl").out.splitlines()) == 37


def test_raw_is_the_answers_themselves(crmdeck: Run) -> None:
    """`--raw` writes the API's bodies, one per line."""
    answer = crmdeck("query", "contact", "--raw", "--limit", "3", "--sort", "created_at")
    (line,) = answer.out.splitlines()
    body = json.loads(line)
    assert set(body) == {"data", "next_cursor"}
    assert len(body["data"]) == 3
    assert "more on server" in answer.err


def test_an_expired_cursor_is_told(crmdeck: Run, backend: MemoryBackend) -> None:
    """The list is begun again, nothing is written twice, and stderr says so."""
    ask = backend.query
    failing = [True]

    async def expires_once(query: Query, cursor: Cursor | None = None) -> Page:
        if cursor is not None and failing:
            failing.clear()
            raise expired()
        return await ask(replace(query, limit=20), cursor)

    backend.query = expires_once  # type: ignore[method-assign]
    answer = crmdeck("query", "contact", "--all", "--format", "jsonl")
    assert answer.status == 0
    assert len({json.loads(line)["id"] for line in answer.out.splitlines()}) == 37
    assert len(answer.out.splitlines()) == 37
    assert "read again from its start" in answer.err
