"""`crmdeck query TYPE EXPR`: what is asked, and what is said of a text that cannot be."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.__main__ import run
from app.cli.ports import Ports
from app.controller.session import Session
from app.domain.errors import Fault, Rejected
from app.domain.query import Query
from app.domain.records import Cursor, Page
from app.wiring import Target
from tests.cli.conftest import Answer, Run
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import memory_session

NOW = datetime(2026, 1, 19, 23, 30, tzinfo=UTC)
"""In Berlin it is the 20th, a Tuesday."""


@pytest.fixture
def in_berlin(backend: MemoryBackend, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run `crmdeck query` at half past midnight in Berlin."""

    async def connect(target: Target) -> Session:
        return replace(memory_session(backend), time_zone=ZoneInfo("Europe/Berlin"))

    def open_deck(target: Target, **_: object) -> int:
        raise AssertionError

    def call(*words: str) -> Answer:
        ports = Ports(connect, open_deck, False, lambda: NOW)
        status = run(("query", *words), ports)
        captured = capsys.readouterr()
        return Answer(status, captured.out, captured.err)

    return call


def titles(answer: Answer) -> set[str]:
    assert answer.status == 0, answer.err
    return {row["attributes"]["title"] for row in json.loads(answer.out)}


def asked(answer: Answer) -> dict[str, object]:
    """The body that a dry run prints."""
    assert answer.status == 0, answer.err
    body = answer.out[answer.out.index("\n{") : answer.out.index("\n}") + 2]
    found: dict[str, object] = json.loads(body)
    return found


def test_an_expression_selects(crmdeck: Run) -> None:
    """As the filters it stands for."""
    answer = crmdeck("query", "contact", 'title contains "vp"', "--format", "json")
    assert titles(answer) == {"VP Engineering"}
    everything = crmdeck("query", "contact", "", "--all", "--format", "json")
    assert len(json.loads(everything.out)) == 37


def test_a_dry_run_prints_the_request_and_asks_nothing(in_berlin: Callable[..., Answer]) -> None:
    """Words are the time they mean in the profile's zone."""
    answer = in_berlin("contact", "created_at >= today and updated_at < monday", "--dry-run")
    assert answer.out.startswith("POST ")
    assert asked(answer) == {
        "filters": [
            {"field": "created_at", "operator": "gte", "value": "2026-01-19T23:00:00Z"},
            {"field": "updated_at", "operator": "lt", "value": "2026-01-18T23:00:00Z"},
        ],
        "limit": 50,
    }
    assert "\ncurl " in answer.out
    assert "was not sent" in answer.err


def test_a_dry_run_takes_filters_too(in_berlin: Callable[..., Answer]) -> None:
    """And shows the size of the first page."""
    words = '[{"field": "title", "operator": "exists"}]'
    answer = in_berlin("contact", "--filters", words, "--all", "--dry-run")
    assert asked(answer) == {"filters": [{"field": "title", "operator": "exists"}], "limit": 100}


def test_the_sort_of_the_options_comes_first(in_berlin: Callable[..., Answer]) -> None:
    """What the expression orders by breaks its ties; a key stands once."""
    answer = in_berlin(
        "contact", "order by -title, last_name", "--sort", "title", "--sort", "stage", "--dry-run"
    )
    assert asked(answer)["sort"] == [
        {"field": "title", "direction": "asc"},
        {"field": "stage", "direction": "asc"},
        {"field": "last_name", "direction": "asc"},
    ]


def test_a_path_reads_the_schemas_it_needs(in_berlin: Callable[..., Answer]) -> None:
    """So that a word behind it is a date."""
    answer = in_berlin("contact", "accounts.created_at >= 2026", "--dry-run")
    assert asked(answer)["filters"] == [
        {"field": "accounts.created_at", "operator": "gte", "value": "2025-12-31T23:00:00Z"}
    ]


def test_a_schema_the_server_does_not_have_is_no_failure(in_berlin: Callable[..., Answer]) -> None:
    """Users are targets of references and nothing else."""
    answer = in_berlin("contact", 'owner_user_id.email = "a@b.test"', "--dry-run")
    assert asked(answer)["filters"] == [
        {"field": "owner_user_id.email", "operator": "eq", "value": "a@b.test"}
    ]


def test_a_scoped_type_takes_its_words(in_berlin: Callable[..., Answer]) -> None:
    """In a body of its own."""
    scope = "019b76da-a800-7000-8000-000000000001"
    answer = in_berlin("activity", f"contact_id = {scope} and created_at = today", "--dry-run")
    assert asked(answer) == {
        "contact_id": scope,
        "created_from": "2026-01-19T23:00:00Z",
        "created_to": "2026-01-20T22:59:59.999999Z",
        "limit": 50,
    }


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "stag = working",
            ["contact has no attribute stag. Did you mean stage?", "  stag = working", "  ^"],
        ),
        ("title exists and (", ["", "  title exists and (", "                    ^"]),
        (
            'title = "日本" and stag = x',
            ["contact has no attribute stag", '  title = "日本" and stag = x', f"{' ' * 21}^"],
        ),
        (
            "title exists\nand stag = x",
            ["line 2 column 5: contact has no attribute stag", "  and stag = x", "      ^"],
        ),
        (
            f"title = {'x' * 200} and stag = x",
            ["contact has no attribute stag", f"  ...{'x' * 45} and stag = x", f"{' ' * 55}^"],
        ),
    ],
)
def test_a_text_that_is_no_expression_is_wrong_usage(
    crmdeck: Run, backend: MemoryBackend, text: str, lines: list[str]
) -> None:
    """With a mark below the place; nothing is asked."""
    answer = crmdeck("query", "contact", text)
    said = answer.err.splitlines()
    assert (answer.status, answer.out) == (2, "")
    assert lines[0] in said[0]
    assert said[1:3] == lines[1:]
    assert said[3].startswith("Expected: ")
    assert not any("_query" in (row.path or "") for row in backend.log.entries)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (
            "title exists or stage contains x",
            ["stage takes eq, ", "not contains. (invalid_filter_operator)", "  in: stage contains x"],
        ),
        (
            "stage = wroking",
            ["(invalid_filter_value)", "  in: stage = wroking"],
        ),
        ("created_at > soon", ["(invalid_filter_value)", "  in: created_at > soon"]),
        (
            "order by title, stage, last_name, first_name",
            ["A query takes 3 sort keys; first_name is one more. (sort_too_many_fields)"],
        ),
    ],
)  # fmt: skip
def test_what_the_api_would_refuse_is_not_sent(
    crmdeck: Run, backend: MemoryBackend, text: str, lines: list[str]
) -> None:
    """With the API's own code, and the clause."""
    answer = crmdeck("query", "contact", text)
    assert (answer.status, answer.out) == (1, "")
    assert all(line in answer.err for line in lines), answer.err
    assert answer.err.endswith("Nothing was sent.\n")
    assert not any("_query" in (row.path or "") for row in backend.log.entries)


def test_a_refusal_names_the_clause(
    crmdeck: Run, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it was typed, not as it was sent."""

    async def refuse(query: Query, cursor: Cursor | None = None) -> Page:
        fault = Fault("invalid_filter_value", "no such day", "/filters/2")
        raise Rejected("no such day", status=400, faults=(fault,))

    monkeypatch.setattr(backend, "query", refuse)
    answer = crmdeck("query", "contact", "created_at = today and title = x")
    assert answer.status == 1
    assert answer.err.splitlines()[:2] == [
        "crmdeck: no such day (400, invalid_filter_value)",
        "  in: title = x",
    ]


def test_a_refused_order_names_its_key(
    crmdeck: Run, backend: MemoryBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may not sort by what its schema promises."""

    async def refuse(query: Query, cursor: Cursor | None = None) -> Page:
        fault = Fault("unsortable_field", "no such order", "title")
        raise Rejected("no such order", status=400, faults=(fault,))

    monkeypatch.setattr(backend, "query", refuse)
    answer = crmdeck("query", "contact", "title = x order by stage, -title")
    assert answer.status == 1
    assert answer.err.splitlines()[1] == "  in: order by -title"


def test_raw_answers_take_an_expression(crmdeck: Run) -> None:
    """The API's own answer to it."""
    answer = crmdeck("query", "contact", "title = CTO", "--raw", "--limit", "1")
    assert answer.status == 0
    assert json.loads(answer.out)["data"][0]["attributes"]["title"]["value"] == "CTO"


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["title = CTO", "--filters", "[]"], "Give EXPR or --filters, not both."),
        (["title", "=", "CTO"], "put it in quotes, 'title = CTO'"),
    ],
)
def test_wrong_usage(crmdeck: Run, words: list[str], text: str) -> None:
    """Told with the way out."""
    answer = crmdeck("query", "contact", *words)
    assert answer.status == 2
    assert text in answer.err
