"""What every backend promises, whatever stands behind it."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.backend import Backend
from app.domain.edits import Change
from app.domain.errors import BackendError, NotFound, Rejected, WriteRefused
from app.domain.json_text import parse_json
from app.domain.outcomes import Done, Refused
from app.domain.query import Direction, Filter, FilterGroup, GroupKind, Query, Sort
from app.domain.records import Cursor, Record, RecordId
from app.domain.requests import PreparedRequest
from app.domain.values import Raw
from app.server.sample.workspace import write_sample
from tests.contract.openers import OPENERS

CONTACTS = Query("contact", sort=(Sort("created_at"),), limit=10)
NOBODY = RecordId("contact", "018f0000-0000-7000-8000-000000000000")


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample workspace of forty contacts, made once."""
    file = tmp_path_factory.mktemp("contract") / "sample.db"
    write_sample(file, 40)
    return file


@pytest.fixture(params=OPENERS)
async def backend(request: pytest.FixtureRequest, sample_file: Path) -> AsyncIterator[Backend]:
    """Each backend in turn."""
    async with OPENERS[request.param](sample_file, False) as opened:
        yield opened


async def everything(backend: Backend, query: Query) -> list[Record]:
    """All pages of a query."""
    records: list[Record] = []
    cursor: Cursor | None = None
    for _ in range(200):
        page = await backend.query(query, cursor)
        records += page.records
        cursor = page.next_cursor
        if cursor is None:
            return records
    raise AssertionError("the pages never end")


async def test_health_answers(backend: Backend) -> None:
    """Without a key."""
    assert (await backend.health()).status


async def test_schemas_describe_what_records_hold(backend: Backend) -> None:
    """Every attribute of a record is declared, with the type its values have."""
    contact = await backend.schema("contact")
    assert contact.api_name == "contact"
    assert contact.oddities == ()
    page = await backend.query(CONTACTS)
    assert page.records
    for record in page.records:
        assert set(record.attributes) <= set(contact.attribute_by_name)
        assert not any(isinstance(value, Raw) for value in record.attributes.values())


async def test_all_pages_joined_equal_the_whole_for_every_page_size(backend: Backend) -> None:
    """No record twice, none left out, the order kept."""
    whole = [row.record_id for row in await everything(backend, Query("contact", limit=100))]
    assert len(whole) == len(set(whole)) > 30
    for limit in (1, 2, 7, 36, 37, 99):
        paged = await everything(backend, Query("contact", limit=limit))
        assert [row.record_id for row in paged] == whole


async def test_skimmed_pages_equal_those_that_are_read(backend: Backend) -> None:
    """The same records with the same values, and the same place to go on."""
    read = await backend.query(CONTACTS)
    skimmed = await backend.skim(CONTACTS)
    assert skimmed.records == read.records
    assert [[*row.attributes.items()] for row in skimmed.records] == [
        [*row.attributes.items()] for row in read.records
    ]
    following = await backend.skim(CONTACTS, skimmed.next_cursor)
    assert following.records == (await backend.query(CONTACTS, read.next_cursor)).records


async def test_a_page_holds_at_most_its_limit(backend: Backend) -> None:
    """And says where to go on."""
    page = await backend.query(CONTACTS)
    assert len(page.records) == 10
    assert page.next_cursor is not None


async def test_sorting(backend: Backend) -> None:
    """Up and down are each other's reverse where no two values are equal."""
    up = await everything(backend, Query("contact", sort=(Sort("id"),)))
    down = await everything(backend, Query("contact", sort=(Sort("id", Direction.DESC),)))
    assert [row.record_id for row in up] == [row.record_id for row in reversed(down)]
    ids = [row.record_id.id for row in up]
    assert ids == sorted(ids)


async def test_filters_take_what_they_say(backend: Backend) -> None:
    """Equality, and, or, not: checked against the records themselves."""
    every = await everything(backend, Query("contact", limit=100))
    name = every[0].attributes["first_name"]
    assert isinstance(name, str)
    leaf = Filter("first_name", "eq", name)
    wanted = {row.record_id for row in every if row.attributes["first_name"] == name}
    for filters, found in (
        ((leaf,), wanted),
        ((FilterGroup(GroupKind.NOT, (leaf,)),), {row.record_id for row in every} - wanted),
        ((FilterGroup(GroupKind.OR, (leaf, Filter("id", "not_exists"))),), wanted),
        ((FilterGroup(GroupKind.AND, (leaf, Filter("id", "exists"))),), wanted),
        ((leaf, Filter("id", "not_exists")), set()),
    ):
        records = await everything(backend, Query("contact", filters, limit=100))
        assert {row.record_id for row in records} == found


async def test_a_record_read_is_the_record_listed(backend: Backend) -> None:
    """By id, and with the same values."""
    listed = (await backend.query(CONTACTS)).records[3]
    read = await backend.read(listed.record_id)
    assert read.record_id == listed.record_id
    assert dict(read.attributes) == dict(listed.attributes)
    assert read.updated_at == listed.updated_at


async def test_links_lead_to_records_and_back(backend: Backend) -> None:
    """A typed relationship, its edge, and the same link from the other side."""
    relationship = (await backend.schema("contact")).relationship_by_name["accounts"]
    assert relationship.inverse_api_name is not None
    for record in await everything(backend, CONTACTS):
        page = await backend.links(record.record_id, "accounts")
        assert page.parent == record.record_id
        assert page.relationship == "accounts"
        if page.links:
            break
    target = page.links[0].target
    assert target.record_type == relationship.related_record_type
    assert (await backend.read(target)).record_id == target
    assert {"role", "is_primary"} <= set(page.links[0].edge_attributes)
    back = await backend.links(target, relationship.inverse_api_name)
    found = [link.target for link in back.links]
    while back.next_cursor is not None:
        back = await backend.links(target, relationship.inverse_api_name, back.next_cursor)
        found += [link.target for link in back.links]
    assert record.record_id in found


async def test_activities_are_asked_by_scope(backend: Backend) -> None:
    """A scope is needed; the answer belongs to it."""
    with pytest.raises(Rejected):
        await backend.query(Query("activity"))
    for record in await everything(backend, CONTACTS):
        query = Query("activity", (Filter("contact_id", "eq", record.record_id.id),), limit=5)
        page = await backend.query(query)
        assert all(row.record_id.record_type == "activity" for row in page.records)
        if page.records:
            return
    raise AssertionError("no contact has an activity")


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        (Query("contact", (Filter("nonsense", "eq", 1),)), {"invalid_filter_field"}),
        (Query("contact", (Filter("first_name", "between", ["a"]),)), {"invalid_filter_operator"}),
        (Query("contact", (Filter("created_at", "gte", "soon"),)), {"invalid_filter_value"}),
        (Query("contact", sort=(Sort("nonsense"),)), {"unsortable_field"}),
        (Query("contact", sort=tuple(Sort("id") for _ in range(4))), {"sort_too_many_fields"}),
        (Query("contact", limit=0), {"field_value_invalid"}),
        (Query("contact", limit=101), {"field_value_invalid"}),
    ],
)
async def test_a_wrong_question_is_refused_with_its_code(
    backend: Backend, query: Query, codes: set[str]
) -> None:
    """Keyed on status and code, as a client of the real service must."""
    with pytest.raises(Rejected) as caught:
        await backend.query(query)
    assert caught.value.code in codes
    assert caught.value.status == 400


async def test_a_cursor_that_is_none_is_refused(backend: Backend) -> None:
    """The list then starts again at page one."""
    with pytest.raises(Rejected) as caught:
        await backend.query(CONTACTS, Cursor("made-up"))
    assert caught.value.code == "invalid_cursor"


async def test_what_is_not_there_is_not_found(backend: Backend) -> None:
    """Records, record types, relationships."""
    contact = (await backend.query(CONTACTS)).records[0].record_id
    for call in (
        backend.read(NOBODY),
        backend.links(NOBODY, "accounts"),
        backend.links(contact, "nonsense"),
        backend.schema("nonsense"),
        backend.query(Query("nonsense")),
    ):
        with pytest.raises(NotFound) as caught:
            await call
        assert caught.value.status == 404
        assert caught.value.number


async def test_activities_cannot_be_read_one_by_one(backend: Backend) -> None:
    """The endpoint is not there. Source: Supported Resources."""
    with pytest.raises(BackendError) as caught:
        await backend.read(RecordId("activity", NOBODY.id))
    assert caught.value.status in (404, 405)


async def test_raw_gives_the_answers_bytes_for_what_was_prepared(backend: Backend) -> None:
    """The same question, as JSON."""
    prepared = backend.prepare_query(CONTACTS)
    assert json.loads(prepared.body or b"")["limit"] == 10
    document = parse_json(await backend.raw(prepared))
    assert isinstance(document, dict)
    assert isinstance(document["data"], list)
    page = await backend.query(CONTACTS)
    assert [row["id"] for row in document["data"] if isinstance(row, dict)] == [
        row.record_id.id for row in page.records
    ]
    record_id = page.records[0].record_id
    for request in (backend.prepare_read(record_id), backend.prepare_schema("contact")):
        assert isinstance(parse_json(await backend.raw(request)), dict)


async def test_every_request_is_logged(backend: Backend) -> None:
    """With method, path, status and a number that goes up."""
    await backend.schema("contact")
    with pytest.raises(NotFound):
        await backend.read(NOBODY)
    await backend.query(CONTACTS)
    first, second, third = backend.log.entries[-3:]
    assert (first.method, first.path, first.status) == ("GET", "/_schema/contact", 200)
    assert (second.status, second.is_ok) == (404, False)
    assert (third.method, third.path) == ("POST", "/contact/_query")
    assert first.number < second.number < third.number


async def test_many_questions_at_once(backend: Backend) -> None:
    """Each gets its own answer."""
    records = (await backend.query(CONTACTS)).records
    read = await asyncio.gather(*(backend.read(row.record_id) for row in records))
    assert [row.record_id for row in read] == [row.record_id for row in records]


@pytest.mark.parametrize("name", ["embedded", "served"])
async def test_a_read_only_backend_reads_and_refuses_writes(name: str, sample_file: Path) -> None:
    """In the transport, before anything is sent."""
    async with OPENERS[name](sample_file, True) as backend:
        assert backend.is_read_only
        await backend.query(CONTACTS)
        sent = backend.log.sent
        base = backend.prepare_schema("contact").base_url
        for method, path in (("POST", "/contact"), ("PATCH", "/contact/1"), ("DELETE", "/task/1")):
            with pytest.raises(WriteRefused):
                await backend.raw(PreparedRequest(method, base, path, b"{}", is_read=False))
        assert backend.log.sent == sent


async def test_a_locked_backend_reads_and_refuses_writes_until_it_is_unlocked(
    backend: Backend,
) -> None:
    """The guard can be shut at any moment; what is refused is counted by nobody."""
    backend.lock()
    assert (backend.is_read_only, backend.can_unlock) == (True, True)
    outcome = await backend.create("contact", [Change("first_name", "A"), Change("last_name", "B")])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, WriteRefused)
    await backend.query(CONTACTS)
    assert backend.log.writes == 0
    backend.unlock()
    outcome = await backend.create("contact", [Change("first_name", "A"), Change("last_name", "B")])
    assert isinstance(outcome, Done)
    assert (backend.is_read_only, backend.log.writes) == (False, 1)


async def test_cancelling_leaves_the_backend_usable(backend: Backend) -> None:
    """A search that was typed over does not disturb the next."""
    for _ in range(5):
        task = asyncio.create_task(backend.query(Query("contact", limit=100)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert (await backend.query(CONTACTS)).records
