"""Queries over HTTP: paths, choices, cursors, and every refusal of the reading side."""

import string
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.server.refusals import Refusal
from app.server.store.cursors import CursorSigner
from tests.server.workspaces import NOBODY, People


def leaf(field: str, operator: str, value: object = None) -> dict[str, object]:
    """One condition."""
    return {"field": field, "operator": operator, "value": value}


async def names(client: httpx.AsyncClient, record_type: str, *filters: object) -> list[str]:
    """What records are called that match."""
    response = await client.post(f"/{record_type}/_query", json={"filters": list(filters)})
    assert response.status_code == 200, response.text
    attribute = "title" if record_type == "task" else "display_name"
    return [row["attributes"][attribute]["value"] for row in response.json()["data"]]


@pytest.mark.parametrize(
    ("record_type", "condition", "expected"),
    [
        ("contact", leaf("stage", "eq", "working"), ["Ann Ode"]),
        ("contact", leaf("stage", "in", ["Working", "new"]), ["Ann Ode", "bob"]),
        ("contact", leaf("primary_email", "eq", "ann@example.COM"), ["Ann Ode"]),
        ("contact", leaf("contact_emails", "eq", "ANN@home.test"), ["Ann Ode"]),
        ("contact", leaf("contact_emails", "ne", "ANN@home.test"), ["bob"]),
        ("contact", leaf("contact_emails", "ends_with", ".TEST"), ["Ann Ode"]),
        ("contact", leaf("contact_phone_numbers", "contains", "555"), ["Ann Ode"]),
        ("contact", leaf("owner_user_id.email", "eq", "rep@example.com"), ["Ann Ode"]),
        ("contact", leaf("owner_user_id.email", "ne", "rep@example.com"), ["bob"]),
        ("contact", leaf("participant_user_id_list.display_name", "contains", "rita"), ["Ann Ode"]),
        ("contact", leaf("accounts.display_name", "eq", "globex"), ["Ann Ode"]),
        ("contact", leaf("accounts.display_name", "not_exists"), ["bob"]),
        ("contact", leaf("accounts.current_stage_id", "eq", "target_account"), ["Ann Ode"]),
        ("contact", leaf("accounts.owner_user_id.email", "starts_with", "REP@"), ["Ann Ode"]),
        ("contact", leaf("accounts.opportunities.amount", "gt", 100), ["Ann Ode"]),
        ("contact", leaf("accounts.opportunities.amount", "lt", 100), []),
        ("contact", leaf("tasks.status", "eq", "OPEN"), ["Ann Ode"]),
        ("account", leaf("contacts.stage", "eq", "working"), ["Acme", "globex"]),
        ("account", leaf("opportunities.stage", "eq", "proposal"), ["Acme"]),
        ("account", leaf("opportunities.stage", "eq", "closed_lost"), []),
        ("account", leaf("domains", "eq", "ACME.example"), ["Acme"]),
        ("account", leaf("websites", "contains", "ACME.TEST"), ["Acme"]),
        ("account", leaf("address", "exists"), ["Acme"]),
        ("account", leaf("address", "not_exists"), ["globex"]),
        ("account", leaf("estimated_annual_revenue", "between", [1_500_000.5, "1500001"]), ["Acme"]),
        ("opportunity", leaf("account_id.domains", "contains", "acme"), ["Big deal"]),
        ("opportunity", leaf("account.display_name", "eq", "Acme"), ["Big deal"]),
        ("opportunity", leaf("account_id", "eq", NOBODY), []),
        ("task", leaf("contacts.accounts.display_name", "eq", "Acme"), ["Call"]),
        ("gadget", leaf("contacts.first_name", "eq", "Ann"), ["Gear"]),
        ("gadget", leaf("contacts.gadgets.count", "eq", 3), ["Gear"]),
        ("gadget", leaf("size", "eq", "Small one"), ["Gear"]),
        ("contact", {"not": [leaf("stage", "eq", "working")]}, ["bob"]),
        ("contact", {"not": {"or": [leaf("stage", "eq", "new"), leaf("title", "exists")]}}, ["Ann Ode"]),
        ("contact", leaf("first_name", "in", []), []),
        ("contact", leaf("created_at", "gte", "2026-01-01T02:00:00+02:00"), ["Ann Ode", "bob"]),
    ],
)  # fmt: skip
async def test_a_filter_finds_what_it_says(
    client: httpx.AsyncClient,
    people: People,
    record_type: str,
    condition: object,
    expected: list[str],
) -> None:
    """Over own attributes, references, relationships and two steps; a negative one holds if nothing linked matches."""
    assert await names(client, record_type, condition) == expected


async def test_a_junction_is_queried_like_any_record_type(
    client: httpx.AsyncClient, people: People
) -> None:
    """By its ends, its edge attributes and over them; links of archived records are still records."""
    body = {
        "filters": [
            leaf("contact_id", "eq", people.ann),
            leaf("account_id.display_name", "eq", "Acme"),
        ]
    }
    found = (await client.post("/contact_account/_query", json=body)).json()["data"]
    assert [row["id"] for row in found] == [people.edge]
    assert found[0]["attributes"]["role"]["value"] == "CTO"


REFUSALS: list[tuple[str, object, str]] = [
    ("contact", {"filters": [leaf("nothing", "eq", "x")]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("organization_id", "eq", NOBODY)]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("archived_at", "exists")]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("address_city", "eq", "x")]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("nothing.email", "eq", "x")]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("accounts", "exists")]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("accounts.", "exists")]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("", "exists")]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("a.b.c.d", "eq", "x")]}, "filter_depth_exceeded"),
    ("contact", {"filters": [leaf("accounts.contacts.accounts.display_name", "eq", "x")]}, "filter_depth_exceeded"),
    ("contact", {"filters": [{"field": 1, "operator": "eq", "value": 1}]}, "invalid_filter_field"),
    ("contact", {"filters": [leaf("stage", "contains", "x")]}, "invalid_filter_operator"),
    ("contact", {"filters": [leaf("first_name", "gt", "x")]}, "invalid_filter_operator"),
    ("contact", {"filters": [leaf("first_name", "like", "x")]}, "invalid_filter_operator"),
    ("contact", {"filters": [{"field": "first_name", "operator": 1}]}, "invalid_filter_operator"),
    ("contact", {"filters": [leaf("first_name", "eq", 1)]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("first_name", "eq", None)]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("first_name", "in", "x")]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("created_at", "between", ["2026-01-01T00:00:00Z"])]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("created_at", "gt", "yesterday")]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("created_at", "gt", "2026-01-01T00:00:00")]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("created_at", "gt", "0001-01-01T00:00:00+14:00")]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("owner_user_id", "eq", "me")]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("stage", "eq", "nonsense")]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("sms_consent", "eq", "yes")]}, "invalid_filter_value"),
    ("gadget", {"filters": [leaf("count", "gt", "many")]}, "invalid_filter_value"),
    ("gadget", {"filters": [leaf("count", "gt", 10**400)]}, "invalid_filter_value"),
    ("gadget", {"filters": [leaf("day", "eq", "2026-02-30")]}, "invalid_filter_value"),
    ("gadget", {"filters": [leaf("hour", "eq", "25:00")]}, "invalid_filter_value"),
    ("task", {"filters": [leaf("status", "eq", "open")]}, "invalid_filter_value"),
    ("contact", {"filters": "x"}, "invalid_filter_value"),
    ("contact", {"filters": ["x"]}, "invalid_filter_value"),
    ("contact", {"filters": [{"or": []}]}, "invalid_filter_value"),
    ("contact", {"filters": [{"or": [], "and": []}]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("stage", "exists") | {"extra": 1}]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("first_name", "eq", "x" * 65_537)]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("first_name", "contains", "x" * 5_000)]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("first_name", "in", ["x"] * 1_001)]}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("first_name", "in", ["x"] * 600)] * 2}, "invalid_filter_value"),
    ("contact", {"filters": [leaf("stage", "exists")] * 101}, "invalid_filter_value"),
    ("contact", {"sort": [{"field": name} for name in ("stage", "title", "id", "last_name")]}, "sort_too_many_fields"),
    ("contact", {"sort": [{"field": "nothing"}]}, "unsortable_field"),
    ("contact", {"sort": [{"field": "address"}]}, "unsortable_field"),
    ("contact", {"sort": [{"field": "owner_user_id"}]}, "unsortable_field"),
    ("contact", {"sort": [{"field": "accounts.display_name"}]}, "unsortable_field"),
    ("contact", {"sort": ["stage"]}, "unsortable_field"),
    ("contact", {"sort": [{"field": "stage", "direction": "up"}]}, "field_value_invalid"),
    ("contact", {"sort": "stage"}, "field_value_invalid"),
    ("contact", {"limit": 0}, "field_value_invalid"),
    ("contact", {"limit": 101}, "field_value_invalid"),
    ("contact", {"limit": -1}, "field_value_invalid"),
    ("contact", {"limit": 10**30}, "field_value_invalid"),
    ("contact", {"limit": "10"}, "field_value_invalid"),
    ("contact", {"limit": True}, "field_value_invalid"),
    ("contact", {"limit": None}, "field_value_invalid"),
    ("contact", {"cursor": "nonsense"}, "invalid_cursor"),
    ("contact", {"cursor": 5}, "invalid_cursor"),
    ("contact", {"cursor": ""}, "invalid_cursor"),
    ("contact", {"offset": 5}, "unknown_field"),
    ("contact", [], "invalid_json"),
    ("activity", {}, "field_required_missing"),
    ("activity", {"limit": 5, "created_from": "2026-01-01T00:00:00Z"}, "field_required_missing"),
    ("activity", {"contact_id": "x"}, "field_value_invalid"),
    ("activity", {"contact_id": NOBODY, "created_to": "soon"}, "field_value_invalid"),
    ("activity", {"contact_id": NOBODY, "limit": 101}, "field_value_invalid"),
    ("activity", {"contact_id": NOBODY, "cursor": "x"}, "invalid_cursor"),
    ("activity", {"contact_id": NOBODY, "filters": []}, "unknown_field"),
]  # fmt: skip


@pytest.mark.parametrize(("record_type", "body", "code"), REFUSALS)
async def test_each_wrong_question_is_refused_with_its_code(
    client: httpx.AsyncClient, people: People, record_type: str, body: object, code: str
) -> None:
    """400 and the one envelope."""
    response = await client.post(f"/{record_type}/_query", json=body)
    assert response.status_code == 400, response.text
    error = response.json()["error"]
    assert error["code"] == code
    assert error["message"]


@pytest.mark.parametrize(
    ("filters", "pointer"),
    [
        ([leaf("stage", "exists"), leaf("stage", "gt", 1)], "/filters/1"),
        ([{"or": [leaf("stage", "exists"), leaf("nothing", "exists")]}], "/filters/0/or/1"),
        ([{"and": [{"not": leaf("stage", "eq", 3)}]}], "/filters/0/and/0/not"),
        ([{"and": [{"and": [{"and": [{"or": [{"not": leaf("id", "exists")}]}]}]}]}],
         "/filters/0/and/0/and/0/and/0/or/0"),
    ],
)  # fmt: skip
async def test_a_refusal_says_where_the_clause_stands(
    client: httpx.AsyncClient, people: People, filters: object, pointer: str
) -> None:
    """As a pointer into the body; a name alone does not tell which of two clauses on one attribute is meant."""
    response = await client.post("/contact/_query", json={"filters": filters})
    assert response.json()["error"]["details"] == {"pointer": pointer}


async def test_groups_may_be_nested_four_deep_and_no_deeper(
    client: httpx.AsyncClient, people: People
) -> None:
    """Five levels with the condition itself."""
    node: dict[str, Any] = leaf("stage", "exists")
    for _ in range(4):
        node = {"and": [node]}
    assert await names(client, "contact", node) == ["Ann Ode", "bob"]
    response = await client.post("/contact/_query", json={"filters": [{"and": [node]}]})
    assert response.json()["error"]["code"] == "invalid_filter_value"


async def test_a_cursor_needs_nothing_else_and_takes_the_same_question(
    client: httpx.AsyncClient, people: People
) -> None:
    """Contract 7, no. 15."""
    question = {
        "filters": [leaf("stage", "exists")],
        "sort": [{"field": "display_name", "direction": "desc"}],
    }
    first = (await client.post("/contact/_query", json=question | {"limit": 1})).json()
    cursor = first["next_cursor"]
    for body in ({"cursor": cursor}, question | {"cursor": cursor, "limit": 1}):
        second = (await client.post("/contact/_query", json=body)).json()
        assert [row["id"] for row in first["data"] + second["data"]] == [people.bob, people.ann]
        assert second["next_cursor"] is None


@pytest.mark.parametrize(
    "other",
    [
        {"filters": []},
        {"filters": [leaf("stage", "exists"), leaf("stage", "exists")]},
        {"sort": [{"field": "display_name"}]},
        {"sort": []},
    ],
)
async def test_a_cursor_with_another_question_is_refused(
    client: httpx.AsyncClient, people: People, other: dict[str, object]
) -> None:
    """It is bound to the filters and the sort that made it."""
    question = {"filters": [leaf("stage", "exists")], "sort": [{"field": "stage"}], "limit": 1}
    cursor = (await client.post("/contact/_query", json=question)).json()["next_cursor"]
    response = await client.post("/contact/_query", json={"cursor": cursor} | other)
    assert response.json()["error"]["code"] == "invalid_cursor"


async def test_a_cursor_of_another_place_is_refused(
    client: httpx.AsyncClient, people: People
) -> None:
    """Another record type, another record's links, another resource's words."""
    cursor = (await client.post("/contact/_query", json={"limit": 1})).json()["next_cursor"]
    for path, body in (("/account/_query", {}), ("/activity/_query", {"contact_id": people.ann})):
        response = await client.post(path, json=body | {"cursor": cursor})
        assert response.json()["error"]["code"] == "invalid_cursor"
    links = await client.get(f"/contact/{people.ann}/relationship/accounts", params={"limit": "1"})
    link_cursor = links.json()["next_cursor"]
    for path in (
        f"/contact/{people.bob}/relationship/accounts",
        f"/contact/{people.ann}/relationship/tasks",
    ):
        for text in (link_cursor, cursor):
            response = await client.get(path, params={"cursor": text})
            assert response.json()["error"]["code"] == "invalid_cursor"
    response = await client.post("/contact/_query", json={"cursor": link_cursor})
    assert response.json()["error"]["code"] == "invalid_cursor"


SIGNED = CursorSigner("secret").sign("contact", "[[], []]", ["2026-01-01T00:00:00.000Z", NOBODY])


@given(
    st.integers(0, len(SIGNED) - 2),
    st.sampled_from(string.ascii_letters + string.digits + "-_.=\x00é"),
)
def test_no_changed_cursor_is_read(place: int, letter: str) -> None:
    """Whatever character is changed; only the last one has bits that mean nothing."""
    changed = SIGNED[:place] + letter + SIGNED[place + 1 :]
    reading = CursorSigner("secret")
    if changed == SIGNED:
        assert reading.read(changed, "contact").values
        return
    with pytest.raises(Refusal) as caught:
        reading.read(changed, "contact")
    assert caught.value.code == "invalid_cursor"


def test_a_cursor_of_another_workspace_is_not_read() -> None:
    """Each file has a secret of its own."""
    with pytest.raises(Refusal) as caught:
        CursorSigner("other").read(SIGNED, "contact")
    assert caught.value.code == "invalid_cursor"


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"limit": "0"}, "field_value_invalid"),
        ({"limit": "101"}, "field_value_invalid"),
        ({"limit": "x"}, "field_value_invalid"),
        ({"limit": "٣"}, "field_value_invalid"),
        ({"limit": "9" * 5_000}, "field_value_invalid"),
        ({"cursor": "x"}, "invalid_cursor"),
        ({"offset": "1"}, "unknown_field"),
    ],
)
async def test_wrong_parameters_of_a_relationship_read_are_refused(
    client: httpx.AsyncClient, people: People, parameters: dict[str, str], code: str
) -> None:
    """The same codes as in a query's body."""
    response = await client.get(f"/contact/{people.ann}/relationship/accounts", params=parameters)
    assert (response.status_code, response.json()["error"]["code"]) == (400, code)


@pytest.mark.parametrize(
    "record_id", [NOBODY, "1", "not-a-uuid", "x" * 5_000, "%00", "'", "..%2f..", "%F0%9F%98%80"]
)
async def test_an_id_that_no_record_has_is_not_found(
    client: httpx.AsyncClient, people: People, record_id: str
) -> None:
    """Whether it could be one or not; for links too."""
    for path in (f"/contact/{record_id}", f"/contact/{record_id}/relationship/accounts"):
        response = await client.get(path)
        assert response.status_code == 404
        assert response.json()["error"]["code"] in {"record_not_found", "not_found"}
