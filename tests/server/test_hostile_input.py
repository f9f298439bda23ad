"""Hostile input is refused and never a fault of the server; what the database holds stays."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.workspaces import People, talking_to

BODIES: list[tuple[bytes, str]] = [
    (b"", "invalid_json"),
    (b"{", "invalid_json"),
    (b"null", "invalid_json"),
    (b'"x"', "invalid_json"),
    (b"\xff\xfe", "invalid_json"),
    (b'{"limit": NaN}', "invalid_json"),
    (b'{"limit": Infinity}', "invalid_json"),
    (b'{"limit": ' + b"9" * 5_000 + b"}", "invalid_json"),
    (b"[" * 100_000, "invalid_json"),
    (b'{"filters":' + b'[{"or":' * 5_000 + b"[]" + b"}]" * 5_000 + b"}", "invalid_json"),
    (b'{"filters":[{"field":"first_name","operator":"eq","value":"\\u0000"}]}', "invalid_json"),
    (b'{"filters":[{"field":"first_name","operator":"eq","value":"\\ud800"}]}', "invalid_json"),
    (b'{"filters":[{"field":"\\udfff","operator":"eq","value":"x"}]}', "invalid_json"),
    (b'{"\\ud800":1}', "invalid_json"),
    (b'{"cursor":"' + b"A" * 500_000 + b'"}', "invalid_cursor"),
    (b'{"pad":"' + b"x" * 1_048_576 + b'"}', "body_too_large"),
]


@pytest.mark.parametrize(("body", "code"), BODIES, ids=range(len(BODIES)))
@pytest.mark.parametrize("record_type", ["contact", "activity"])
async def test_a_broken_body_is_refused(
    client: httpx.AsyncClient, record_type: str, body: bytes, code: str
) -> None:
    """400 with a code, whatever is broken."""
    headers = {"Content-Type": "application/json"}
    response = await client.post(f"/{record_type}/_query", content=body, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


async def test_a_body_without_length_is_cut_off_at_the_limit(client: httpx.AsyncClient) -> None:
    """It is not read to its end."""

    async def endless() -> Any:
        for _ in range(1_000):
            yield b" " * 65_536

    response = await client.post("/contact/_query", content=endless())
    assert response.json()["error"]["code"] == "body_too_large"


PATHS = [
    "/contact/..%2f..%2fetc%2fpasswd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/contact/%00",
    "/%00/_query",
    "/contact%22%3b--/x",
    "/contact/'%20OR%201=1",
    "/_schema/contact%00",
    "/_schema/..%2fcontact",
    "/contact/%ff%fe",
    "/contact/x/relationship/%00",
    "/contact/x/relationship/../../y",
    "/" + "a" * 20_000,
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "method", ["GET", "POST", "PATCH", "DELETE", "PUT", "OPTIONS", "TRACE", "HEAD", "BREW"]
)
async def test_a_hostile_path_never_breaks_the_server(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    """A refusal with the one envelope."""
    response = await client.request(method, path)
    assert 400 <= response.status_code < 500
    if method != "HEAD":
        assert response.json()["error"]["code"]


INJECTIONS = [
    "'; DROP TABLE contact; --",
    '" OR 1=1 --',
    "first_name\" = '' OR \"first_name",
    "first_name; --",
    "id) UNION SELECT value FROM crm_meta --",
    "1 OR 1=1",
    "%",
    "_",
    "\\",
    "?",
    ":1",
    "`id`",
    "[id]",
]


@pytest.mark.parametrize("text", INJECTIONS)
async def test_sql_in_any_place_is_only_text(
    client: httpx.AsyncClient, workspace: Path, people: People, text: str
) -> None:
    """As a value it finds nothing; as a name it is refused; the tables stay."""
    for operator in ("eq", "contains", "starts_with", "ends_with"):
        found = await client.post(
            "/contact/_query",
            json={"filters": [{"field": "first_name", "operator": operator, "value": text}]},
        )
        assert found.json()["data"] == []
    for body in (
        {"filters": [{"field": text, "operator": "eq", "value": "x"}]},
        {"filters": [{"field": f"accounts.{text}", "operator": "eq", "value": "x"}]},
        {"filters": [{"field": f"{text}.email", "operator": "eq", "value": "x"}]},
        {"filters": [{"field": "first_name", "operator": text, "value": "x"}]},
        {"sort": [{"field": text}]},
        {"sort": [{"field": "first_name", "direction": text}]},
        {"cursor": text},
    ):
        assert (await client.post("/contact/_query", json=body)).status_code == 400
    assert (await client.post("/contact/_query", json={})).json()["data"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from(["first_name", "stage", "eq", "in", "created_at", "count", "desc"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["filters", "sort", "limit", "cursor", "field", "operator", "value", "or", "and", "not"])
        | st.text(max_size=3), inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip
LEAF = st.fixed_dictionaries(
    {
        "field": st.sampled_from(["first_name", "stage", "created_at", "sms_consent", "id", "contact_emails",
                                  "address", "accounts.display_name", "owner_user_id"]),
        "operator": st.sampled_from(["eq", "ne", "in", "not_in", "contains", "gt", "between", "exists"]),
        "value": JSON,
    }
)  # fmt: skip


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(st.sampled_from(["filters", "sort", "limit", "cursor"]), JSON)
    | st.fixed_dictionaries({"filters": st.lists(LEAF, min_size=1, max_size=3)})
)
async def test_no_body_makes_the_server_fail(
    client: httpx.AsyncClient, body: dict[str, Any]
) -> None:
    """Whatever its shape, an answer or a refusal."""
    content = json.dumps(body)
    response = await client.post("/contact/_query", content=content)
    assert response.status_code in {200, 400}, (body, response.text)


async def test_a_question_that_takes_too_long_is_ended(workspace: Path, people: People) -> None:
    """503 with a code, when the deadline has passed before the first look at the clock."""
    del people
    slow = {
        "filters": [{"field": "accounts.contacts.first_name", "operator": "contains", "value": "é"}]
    }
    async with talking_to(workspace, deadline_s=-1) as client:
        codes = set()
        for _ in range(3):
            response = await client.post("/contact/_query", json=slow)
            codes.add(response.status_code)
    assert codes <= {200, 503}


async def test_the_file_is_the_same_after_all_this(workspace: Path, people: People) -> None:
    """Its integrity holds and nothing was written."""
    del people
    connection = sqlite3.connect(workspace)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT count(*) FROM contact").fetchone() == (3,)
    finally:
        connection.close()
