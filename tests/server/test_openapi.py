"""The description of the API: valid, true of every answer, and made from what serves it.

Answers are held against schemas that leave nothing open, so a member that is sent and not described fails here.
"""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from openapi_spec_validator import validate

from app.server.access import Access, hash_key
from app.server.public_v2.handlers import FEATURES, SERVED
from app.server.public_v2.openapi import openapi_json
from app.server.public_v2.openapi_shapes import VALUES
from app.server.public_v2.routing import ACTIONS
from app.server.public_v2.values import RENDERINGS
from app.server.store.workspace import open_workspace
from app.wire.endpoint import Endpoint
from app.wire.public_v2 import endpoints
from app.wire.public_v2.values import CODECS
from tests.server.described import Described
from tests.server.workspaces import NOBODY, People, talking_to

ROUTED = (
    "contact", "account", "opportunity", "task", "note", "meeting", "activity", "gadget", "contact_account",
    "contact_opportunity",
)  # fmt: skip


@pytest.fixture
async def described(client: httpx.AsyncClient) -> Described:
    """What the server says of itself."""
    return Described((await client.get("/openapi.json")).json())


def _made(workspace: Path, served: frozenset[Endpoint]) -> Described:
    store = open_workspace(workspace)
    try:
        features = (endpoints.IDEMPOTENCY_KEY, endpoints.IF_MATCH)
        return Described(json.loads(openapi_json(store.catalogue, served, features)))
    finally:
        store.close()


def test_it_is_valid_openapi(described: Described) -> None:
    """By a validator that others use."""
    validate(described.document)


def test_it_is_valid_with_every_call_served(workspace: Path, people: People) -> None:
    """Also the calls that a version may not serve yet; their names are unique."""
    del people
    all_served = _made(workspace, frozenset({*ACTIONS, endpoints.SCHEMA}))
    validate(all_served.document)
    names = [operation["operationId"] for operation in all_served.operations.values()]
    assert len(names) == len(set(names))


def test_a_call_appears_when_it_is_served(workspace: Path, people: People) -> None:
    """And only then; what the API refuses for good is described as refused either way."""
    del people
    reading = _made(workspace, frozenset({endpoints.READ, endpoints.QUERY}))
    assert ("GET", "/contact/{record_id}") in reading.operations
    assert ("POST", "/contact") not in reading.operations
    assert ("POST", "/meeting") in reading.operations
    writing = _made(workspace, frozenset({endpoints.CREATE}))
    assert ("POST", "/contact") in writing.operations
    assert ("GET", "/contact/{record_id}") not in writing.operations


EXPLICIT_405 = {
    ("POST", "/meeting"), ("PATCH", "/meeting/{record_id}"), ("DELETE", "/meeting/{record_id}"),
    *((method, f"/meeting/{{record_id}}/relationship/{name}{end}")
      for name in ("accounts", "contacts", "opportunities")
      for method, end in (("POST", ""), ("DELETE", "/{target_id}"))),
}  # fmt: skip


def test_what_is_refused_for_good_says_so(described: Described) -> None:
    """Writes of meetings: 405 and nothing else. Source: Supported Resources."""
    refused = {
        call
        for call, operation in described.operations.items()
        if [*operation["responses"]] == ["405"]
    }
    assert refused == EXPLICIT_405


def test_reading_calls_are_those_of_the_matrix(described: Described) -> None:
    """Each record type has its schema and query; an activity has no read by id and no relationships."""
    paths = {path for _, path in described.operations}
    for record_type in ROUTED:
        assert f"/_schema/{record_type}" in paths
        assert f"/{record_type}/_query" in paths
    assert "/contact/{record_id}/relationship/accounts" in paths
    assert "/gadget/{record_id}/relationship/contacts" in paths
    assert not [path for path in paths if path.startswith("/activity/{")]
    assert not [path for path in paths if path.startswith("/user")]


def test_every_value_type_is_described() -> None:
    """Those of the wire and those that a workspace holds are the same."""
    assert VALUES.keys() == RENDERINGS.keys() == CODECS.keys()


def test_security_is_described(described: Described) -> None:
    """Both ways of showing the key, and that health needs none."""
    assert described.document["security"] == [{"bearer": []}, {"api_key": []}]
    unsafe = [call for call, row in described.operations.items() if row.get("security") == []]
    assert unsafe == [("GET", "/health")]


async def test_it_needs_the_key_over_a_socket(workspace: Path, people: People) -> None:
    """As any other call; in process it is free."""
    del people
    async with talking_to(workspace, Access(hash_key("key"))) as client:
        assert (await client.get("/openapi.json")).status_code == 401
        answer = await client.get("/openapi.json", headers={"X-Api-Key": "key"})
    assert answer.json()["openapi"].startswith("3.1.")


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE", "PUT", "OPTIONS"])
@pytest.mark.parametrize("path", ["/openapi.json", "/_schema/x", "/_schema/contact", "/health"])
async def test_a_path_that_is_only_read_refuses_other_methods(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    """405, not the 404 of a record type called `_schema`."""
    response = await client.request(method, path)
    assert response.status_code == 405
    assert response.json()["error"]["code"] == "method_not_allowed"
    assert response.headers["allow"].startswith("GET, HEAD") or method == "OPTIONS"


async def test_every_reading_answer_is_as_described(
    client: httpx.AsyncClient, people: People, described: Described
) -> None:
    """Every reading operation on every record type, with names and without, is asked once and answers well."""
    first: dict[str, str] = {}
    queries = [call for call in described.operations if call[1].endswith("/_query")]
    reads = [call for call in described.operations if call[0] == "GET"]
    for method, template in queries + reads:
        record_type = template.split("/")[1]
        path = template.format(record_id=first.get(record_type))
        body = {"contact_id": people.ann} if record_type == "activity" else {}
        for headers in ({}, {"Prefer": endpoints.REFERENCE_NAMES}):
            response = await client.request(
                method, path, headers=headers, json=body if method == "POST" else None
            )
            assert response.status_code == 200, (path, response.text)
            described.check(response)
        if method == "POST":
            assert described.body_faults(method, path, body) == []
            first[record_type] = response.json()["data"][0]["id"]
    assert len(queries) == len(ROUTED)
    assert len(reads) > 40


QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("contact", {"limit": 1}),
    ("contact", {"filters": [{"field": "first_name", "operator": "eq", "value": "Ann"}]}),
    ("contact", {"filters": [{"field": "accounts.owner_user_id.email", "operator": "exists"}]}),
    ("contact", {"filters": [{"or": [{"field": "title", "operator": "contains", "value": "x"},
                                     {"not": {"field": "stage", "operator": "in", "value": ["new"]}}]}]}),
    ("account", {"sort": [{"field": "updated_at", "direction": "desc"}, {"field": "display_name"}]}),
    ("gadget", {"filters": [{"and": [{"field": "count", "operator": "between", "value": [1, 5]}]}]}),
    ("activity", {"account_id": NOBODY, "created_from": "2026-01-01T00:00:00Z", "limit": 5}),
]  # fmt: skip


@pytest.mark.parametrize(("record_type", "body"), QUESTIONS)
async def test_questions_that_are_answered_are_described(
    client: httpx.AsyncClient, described: Described, record_type: str, body: dict[str, Any]
) -> None:
    """Each shape of the filter language, and the words of a resource of its own."""
    response = await client.post(f"/{record_type}/_query", json=body)
    assert response.status_code == 200
    assert described.body_faults("POST", f"/{record_type}/_query", body) == []
    described.check(response)


@pytest.mark.parametrize(
    ("record_type", "body"),
    [
        ("contact", {"limit": 0}),
        ("contact", {"limit": 101}),
        ("contact", {"limit": "5"}),
        ("contact", {"fields": ["id"]}),
        ("contact", {"filters": [{"field": "first_name"}]}),
        ("contact", {"filters": [{"or": []}]}),
        ("contact", {"filters": [{"field": "nothing", "operator": "eq", "value": "x"}]}),
        ("contact", {"filters": [{"field": "a.b.c.d", "operator": "eq", "value": "x"}]}),
        ("contact", {"filters": [{"field": "first_name", "operator": "like", "value": "x"}]}),
        ("contact", {"sort": [{"field": "address"}]}),
        ("contact", {"sort": [{"field": "id"}] * 4}),
        ("contact", {"sort": [{"field": "id", "direction": "up"}]}),
        ("activity", {}),
        ("activity", {"filters": []}),
        ("activity", {"contact_id": "x"}),
    ],
)
async def test_questions_that_are_refused_are_not_described(
    client: httpx.AsyncClient, described: Described, record_type: str, body: dict[str, Any]
) -> None:
    """What the schema rules out is refused, with the described error."""
    response = await client.post(f"/{record_type}/_query", json=body)
    assert response.status_code == 400
    assert described.body_faults("POST", f"/{record_type}/_query", body) != []
    described.check(response)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/contact/x"),
        ("GET", f"/contact/{NOBODY}"),
        ("GET", f"/contact/{NOBODY}/relationship/accounts"),
        ("GET", f"/contact/{NOBODY}/relationship/accounts?limit=0"),
        ("GET", f"/contact/{NOBODY}/relationship/accounts?cursor=x"),
        ("GET", f"/contact/{NOBODY}/relationship/enemies"),
        ("POST", "/contact/_query"),
        ("POST", "/meeting"),
        ("DELETE", f"/meeting/{NOBODY}"),
        ("POST", f"/meeting/{NOBODY}/relationship/contacts"),
        ("GET", "/_schema/nothing"),
        ("GET", f"/activity/{NOBODY}"),
        ("POST", "/opportunity/_assert"),
        ("POST", f"/task/{NOBODY}/attribute/x"),
        ("GET", "/nothing/at/all/here"),
    ],
)
async def test_refusals_are_as_described(
    client: httpx.AsyncClient, described: Described, method: str, path: str
) -> None:
    """One envelope for all of them, its code among those that are listed."""
    response = await client.request(method, path, content=b"")
    assert response.is_client_error
    described.check(response)


async def test_writes_are_as_described(
    editor: httpx.AsyncClient, described: Described, people: People
) -> None:
    """One of each writing call: what is sent and what is answered; all that is served is asked."""
    record = {"attributes": {"first_name": "Dana", "last_name": "Reyes", "stage": "working"}}
    email = {"email": "dana@example.com", "is_primary": True, "labels": ["WORK"]}
    contact = f"/contact/{people.bob}"
    writes: list[tuple[str, str, dict[str, Any] | None]] = [
        ("POST", "/contact", record),
        ("PATCH", contact, {"attributes": {"title": "CTO", "department": None, "address": {"city": "Lyon"}}}),
        ("POST", "/contact/_assert", {"match": {"primary_email": "new@example.com"}, **record}),
        ("POST", "/contact/_assert", {"match": {"id": people.bob}, "attributes": {"title": "CEO"}}),
        ("POST", "/opportunity", {"attributes": {
            "display_name": "New", "amount": 150000, "stage": "proposal", "account_id": people.acme}}),
        ("POST", "/activity", {"attributes": {
            "metadata": {"activity_time": "2026-01-01T00:00:00Z", "subject": "Called"}, "contact_ids": [people.bob]}}),
        ("POST", f"{contact}/relationship/accounts", {"related_record_id": people.acme, "role": "CTO"}),
        ("POST", f"{contact}/relationship/accounts", {"related_record_id": people.acme, "is_primary": True}),
        ("PATCH", f"{contact}/relationship/accounts/{people.acme}", {"role": None}),
        ("POST", f"{contact}/relationship/gadgets", {"related_record_id": people.gadget}),
        ("DELETE", f"{contact}/relationship/accounts/{people.acme}", None),
        ("POST", f"{contact}/attribute/contact_emails", email),
        ("POST", f"/account/{people.acme}/attribute/domains", {"domain_name": "new.example"}),
        ("PATCH", f"/account/{people.acme}/attribute/domains/new.example", {"is_primary": True}),
        ("DELETE", f"/account/{people.acme}/attribute/domains/new.example", None),
        ("DELETE", contact, None),
    ]  # fmt: skip
    for method, path, body in writes:
        response = await editor.request(method, path, json=body)
        assert response.is_success, (method, path, response.text)
        if body is not None:
            assert described.body_faults(method, path, body) == [], (method, path)
        described.check(response)
    asked = {
        endpoint
        for endpoint in SERVED
        for method, path, _ in writes
        if endpoint.matches(method, path)
    }
    assert asked == {endpoint for endpoint in SERVED if not endpoint.is_read}


async def test_it_follows_the_handlers(described: Described) -> None:
    """Every method and header that is described is one of what is served and offered, and the other way round."""
    live = {
        method
        for (method, _), operation in described.operations.items()
        if [*operation["responses"]] != ["405"]
    }
    assert live == {endpoint.method for endpoint in SERVED}
    parameters = {
        row["$ref"].rpartition("/")[2]
        for operation in described.operations.values()
        for row in operation.get("parameters", ())
    }
    offered = {feature for feature in FEATURES if feature != endpoints.REFERENCE_NAMES}
    assert parameters & {endpoints.IF_MATCH, endpoints.IDEMPOTENCY_KEY} == offered


def test_junctions_are_only_read(described: Described) -> None:
    """They change by the links of the records they join."""
    methods = {
        method for method, path in described.operations if path.startswith("/contact_account")
    }
    assert methods == {"GET", "POST"}
    assert ("POST", "/contact_account") not in described.operations
