"""Changes under hostile bodies: nothing fails, and what is refused changes nothing."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.gadgets import GADGET
from tests.server.workspaces import People

WORDS = st.sampled_from(
    ["first_name", "stage", "Ann", "working", "ann@home.test", "acme.example", "2026-06-01T00:00:00Z", "MOBILE", "string",
     "2026-06-01", "10:00", "+15550100", "https://x.test", "small", "0.1", "1e999", "NaN", "\u202e", "\ufeff", "😀" * 9]
) | st.text(max_size=6)  # fmt: skip
KEYS = st.sampled_from(
    ["value", "value_type", "amount", "related_record_id", "related_record_match", "related_record_type", "email", "id",
     "is_primary", "labels", "phone_number", "domain_name", "status", "city", "display_value", "api_name", "subject",
     "activity_time", "category"]
) | st.text(max_size=3)  # fmt: skip
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(
    [row.api_name for row in GADGET.attributes]
    + ["first_name", "last_name", "primary_email", "contact_emails", "contact_phone_numbers", "display_name",
       "account_id", "contact_ids", "metadata", "title", "note_html", "amount", "sequence_id", "domains", "__proto__"]
) | st.text(max_size=3)  # fmt: skip
BODIES = st.fixed_dictionaries(
    {"attributes": st.dictionaries(NAMES, JSON, max_size=5) | JSON},
    optional={"match": st.dictionaries(KEYS | NAMES, JSON, max_size=2) | JSON},
)
TYPES = (
    "contact",
    "account",
    "opportunity",
    "task",
    "note",
    "activity",
    "gadget",
    "contact_account",
    "user",
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(TYPES), BODIES, st.sampled_from(["create", "patch", "assert"]))
async def test_no_body_makes_the_server_fail(
    editor: httpx.AsyncClient, people: People, record_type: str, body: dict[str, Any], action: str
) -> None:
    """Whatever its shape, it is done or refused; and what is stored can be read."""
    if action != "assert":
        body.pop("match", None)
    path = f"/{record_type}"
    if action == "patch":
        path += f"/{people.record(record_type)}"
    elif action == "assert":
        path += "/_assert"
    method = "PATCH" if action == "patch" else "POST"
    answer = await editor.request(method, path, content=json.dumps(body))
    assert answer.status_code < 500, (method, path, body, answer.text)
    if answer.is_success and record_type != "activity":
        again = await editor.get(f"/{record_type}/{answer.json()['data']['id']}")
        assert again.json()["data"] == answer.json()["data"]


BROKEN = [
    b"", b"{", b"null", b"[]", b'"x"', b"\xff", b'{"attributes":{"first_name":NaN}}', b'{"attributes":{"a":"\\u0000"}}',
    b'{"attributes":{"first_name":"\\ud800"}}', b'{"attributes":{"\\udfff":1}}', b'{"attributes":{"first_name":"\x00"}}',
    b"[" * 100_000, b'{"attributes":' * 200 + b"{}" + b"}" * 200, b'{"attributes":{"a":' + b"9" * 5_000 + b"}}",
    b'{"attributes":{"pad":"' + b"x" * 1_048_576 + b'"}}',
]  # fmt: skip


@pytest.mark.parametrize("body", BROKEN, ids=range(len(BROKEN)))
async def test_a_broken_body_changes_nothing(
    editor: httpx.AsyncClient, people: People, body: bytes
) -> None:
    """400, as on the reading side."""
    before = (await editor.post("/contact/_query", json={})).json()
    for method, path in (
        ("POST", "/contact"), ("PATCH", f"/contact/{people.ann}"), ("POST", "/contact/_assert"), ("POST", "/activity"),
    ):  # fmt: skip
        answer = await editor.request(method, path, content=body)
        assert (answer.status_code, answer.json()["error"]["code"]) in {
            (400, "invalid_json"),
            (400, "body_too_large"),
        }
    assert (await editor.post("/contact/_query", json={})).json() == before


async def test_many_faults_are_not_all_repeated(editor: httpx.AsyncClient) -> None:
    """An answer stays small."""
    attributes = {f"nick{number}": number for number in range(20_000)}
    answer = await editor.post("/contact", json={"attributes": attributes})
    assert len(answer.json()["error"]["details"]["faults"]) == 50
