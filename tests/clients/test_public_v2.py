"""The client of Public API v2: the requests it makes and what it makes of the answers."""

import json

import pytest

from app.clients.public_v2 import PublicV2Client
from app.domain.backend import Backend, Health
from app.domain.capabilities import ResourceMatrix
from app.domain.errors import Rejected
from app.domain.query import Direction, Filter, FilterGroup, GroupKind, Query, Sort
from app.domain.records import Cursor, Record, RecordId
from app.domain.values import Json
from tests.clients.senders import BASE, answer, client, script

ONE = RecordId("contact", "9b4f2fb1-2a7f-4d75-8d5f-3f3f0d7f2a7a")


def silent() -> PublicV2Client:
    """A client for requests that are prepared, not sent."""
    return client(script(AssertionError("nothing may be sent")))


def test_it_is_a_backend() -> None:
    """The type checker compares it with the port; this line is where."""
    backend: Backend = silent()
    assert isinstance(backend.resources, ResourceMatrix)
    assert not backend.is_read_only


def test_requests_as_prepared() -> None:
    """Method, path, body and headers are the documented ones."""
    backend = silent()
    schema = backend.prepare_schema("contact")
    assert (schema.method, schema.url, schema.body) == ("GET", f"{BASE}/_schema/contact", None)
    read = backend.prepare_read(ONE)
    assert (read.method, read.path) == ("GET", f"/contact/{ONE.id}")
    assert read.headers == (("Prefer", "reference-names"),)
    either = FilterGroup(
        GroupKind.OR,
        (Filter("title", "contains", "VP"), Filter("department", "not_exists")),
    )
    query = Query(
        "contact",
        (Filter("updated_at", "gte", "2026-06-01T00:00:00Z"), either),
        (Sort("updated_at", Direction.DESC),),
        10,
    )
    prepared = backend.prepare_query(query)
    assert (prepared.method, prepared.path, prepared.is_read) == ("POST", "/contact/_query", True)
    assert json.loads(prepared.body or b"") == {
        "filters": [
            {"field": "updated_at", "operator": "gte", "value": "2026-06-01T00:00:00Z"},
            {
                "or": [
                    {"field": "title", "operator": "contains", "value": "VP"},
                    {"field": "department", "operator": "not_exists"},
                ]
            },
        ],
        "sort": [{"field": "updated_at", "direction": "desc"}],
        "limit": 10,
    }
    next_page = backend.prepare_query(query, Cursor("abc"))
    assert json.loads(next_page.body or b"") == {"cursor": "abc", "limit": 10}
    links = backend.prepare_links(ONE, "accounts", Cursor("a b/&"))
    assert links.path == f"/contact/{ONE.id}/relationship/accounts?cursor=a+b%2F%26"


async def test_what_was_prepared_is_what_is_sent() -> None:
    """A person who read the prepared request knows every byte."""
    network = script(answer({"data": []}))
    backend = client(network)
    query = Query("contact", (Filter("title", "eq", 'Ünï "x" \u2028'),))
    prepared = backend.prepare_query(query)
    await backend.query(query)
    await backend.raw(prepared)
    for sent in network.requests:
        assert sent.content == prepared.body
        assert sent.headers["prefer"] == "reference-names"
        assert str(sent.url) == prepared.url
    logged = backend.log.entries[0].request
    assert logged == prepared


def test_an_activity_query_has_a_body_of_its_own() -> None:
    """The timeline is asked by scope and period, not in the filter language."""
    query = Query(
        "activity",
        (Filter("contact_id", "eq", "c1"), Filter("created_at", "gte", "2026-01-01T00:00:00Z")),
        limit=5,
    )
    body = silent().prepare_query(query, Cursor("n")).body
    assert json.loads(body or b"") == {
        "contact_id": "c1",
        "created_from": "2026-01-01T00:00:00Z",
        "cursor": "n",
        "limit": 5,
    }


@pytest.mark.parametrize(
    "query",
    [
        Query("activity"),
        Query("activity", (Filter("type", "eq", "NOTE"),)),
        Query("activity", (Filter("contact_id", "ne", "c1"),)),
        Query("activity", (Filter("contact_id", "eq", "c1"),), (Sort("created_at"),)),
        Query(
            "activity",
            (FilterGroup(GroupKind.NOT, (Filter("contact_id", "eq", "c1"),)),),
        ),
        Query("contact", (Filter("amount", "eq", float("nan")),)),
        Query("contact", (Filter("amount", "eq", float("inf")),)),
        Query("contact", (Filter("title", "eq", "\ud800"),)),
        Query(".."),
        Query(""),
        Query("\ud800"),
    ],
)
async def test_a_question_without_words_is_refused_before_sending(query: Query) -> None:
    """What the API cannot be asked ends here, with a reason."""
    with pytest.raises(Rejected) as caught:
        await silent().query(query)
    assert caught.value.faults[0].message


@pytest.mark.parametrize("part", ["", ".", "..", "\udfff"])
def test_an_id_that_no_quoting_makes_safe_is_refused(part: str) -> None:
    """No id can make a request reach another route."""
    with pytest.raises(Rejected):
        silent().prepare_read(RecordId("contact", part))
    with pytest.raises(Rejected):
        silent().prepare_schema(part)
    with pytest.raises(Rejected):
        silent().prepare_links(ONE, part)


@pytest.mark.parametrize("part", ["a/../b", "?x=1", "#", "%2e%2e", "a b", "\x1b[2J", "{id}", "…"])
def test_every_other_id_stays_one_part_of_the_path(part: str) -> None:
    """Quoted, whatever it holds."""
    path = silent().prepare_read(RecordId("contact", part)).path
    assert path.startswith("/contact/")
    assert path.count("/") == 2
    assert path.isascii()
    assert path.isprintable()
    assert not set(path) & set("?# ")


async def test_a_page_comes_in_the_servers_order_with_its_cursor() -> None:
    """Records of the type asked for, unless the answer says otherwise."""
    body: Json = {
        "data": [{"id": "2"}, {"id": 1, "record_type": "lead"}],
        "next_cursor": "abc",
        "extra": {"ignored": True},
    }
    page = await client(script(answer(body))).query(Query("contact"))
    assert [record.record_id for record in page.records] == [
        RecordId("contact", "2"),
        RecordId("lead", "1"),
    ]
    assert page.next_cursor == "abc"


@pytest.mark.parametrize(
    "tail",
    [
        {"next_cursor": "c"},
        {"meta": {"next_cursor": "c"}},
        {"pagination": {"next_cursor": "c"}},
        {"paging": {"next_cursor": "c"}, "next_cursor": None},
    ],
)
async def test_the_next_cursor_is_found_wherever_it_stands(tail: dict[str, Json]) -> None:
    """The documentation does not show its place."""
    page = await client(script(answer({"data": [], **tail}))).query(Query("contact"))
    assert page.next_cursor == "c"


@pytest.mark.parametrize("cursor", [None, "", True, ["x"], {"a": 1}])
async def test_a_cursor_that_is_none_ends_the_list(cursor: Json) -> None:
    """Whatever is no text or number does not start another page."""
    page = await client(script(answer({"data": [], "next_cursor": cursor}))).query(Query("contact"))
    assert page.next_cursor is None


async def test_links_with_their_edges() -> None:
    """The junction's attributes come with the link."""
    item: Json = {
        "related_record_id": "a1",
        "related_record_type": "account",
        "through": {
            "id": "j1",
            "record_type": "contact_account",
            "attributes": {
                "role": {"value_type": "string", "value": "CTO"},
                "is_primary": {"value_type": "boolean", "value": True},
            },
        },
    }
    body: Json = {
        "parent": {"id": ONE.id, "record_type": "contact"},
        "api_name": "accounts",
        "items": [item, {"related_record_id": "a2", "related_record_type": "account"}],
        "next_cursor": None,
    }
    page = await client(script(answer(body))).links(ONE, "accounts")
    first, second = page.links
    assert (page.parent, page.relationship, page.next_cursor) == (ONE, "accounts", None)
    assert first.target == RecordId("account", "a1")
    assert first.junction == RecordId("contact_account", "j1")
    assert dict(first.edge_attributes) == {"role": "CTO", "is_primary": True}
    assert dict(first.edge_value_types) == {"role": "string", "is_primary": "boolean"}
    assert second.junction is None


@pytest.mark.parametrize(
    ("body", "health"),
    [
        ({"status": "ok"}, Health("ok")),
        ({"status": "ok", "features": ["reference-names", 3]}, Health("ok", ("reference-names",))),
        ({}, Health("answers")),
        ([], Health("answers")),
        (True, Health("answers")),
    ],
)
async def test_health_needs_no_particular_body(body: Json, health: Health) -> None:
    """The documentation promises a status, not a shape; and no key is sent."""
    network = script(answer(body))
    assert await client(network).health() == health
    assert "authorization" not in network.requests[0].headers


async def test_a_schema_is_read_entry_by_entry() -> None:
    """One odd entry is named and left out, the others are there."""
    body: Json = {
        "api_name": "contact",
        "attributes": [{"api_name": "title", "type_info": {"value_type": "string"}}, 7],
    }
    record_type = await client(script(answer(body))).schema("contact")
    assert [attribute.api_name for attribute in record_type.attributes] == ["title"]
    assert record_type.oddities == ("/attributes/1: is a number; left out",)


async def test_large_answers_are_read_off_the_loop() -> None:
    """What takes long to read does not hold the screen; the result is the same."""
    record: Json = {
        "id": "1",
        "attributes": {"note": {"value_type": "long_text", "value": "x" * 1000}},
    }
    page = await client(script(answer({"data": [record] * 700}))).query(Query("contact"))
    assert len(page.records) == 700
    assert isinstance(page.records[0], Record)
