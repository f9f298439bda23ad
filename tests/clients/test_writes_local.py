"""Every write against the local workspace, in process and over a socket: what is done is done, and can be read back."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.domain.backend import Backend
from app.domain.edits import Change, WriteValue
from app.domain.errors import Conflict, NotFound
from app.domain.outcomes import Did, Done, Refused, WriteOutcome
from app.domain.query import Filter, Query
from app.domain.records import Record
from app.domain.requests import PreparedRequest
from app.domain.values import DomainItem, EmailItem
from app.server.sample.workspace import write_sample
from tests.contract.openers import OPENERS


@pytest.fixture(params=["embedded", "served"])
async def backend(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Backend]:
    """A workspace of its own per test: writes stay in it."""
    file = tmp_path / "sample.db"
    write_sample(file, 5)
    async with OPENERS[request.param](file, False) as opened:
        yield opened


def values(**given: WriteValue) -> list[Change]:
    return [Change(name, value) for name, value in given.items()]


def done(outcome: WriteOutcome) -> Done:
    """The outcome, which must be done."""
    assert isinstance(outcome, Done), outcome
    return outcome


def record_of(outcome: WriteOutcome) -> Record:
    """The record that the answer held."""
    record = done(outcome).record
    assert record is not None
    return record


def refused(outcome: WriteOutcome) -> str | None:
    """The code of a refusal."""
    assert isinstance(outcome, Refused), outcome
    return outcome.error.code


async def new_contact(backend: Backend, email: str = "dana@acme.test") -> Record:
    fields = values(first_name="Dana", last_name="Reyes", primary_email=email)
    return record_of(await backend.create("contact", fields))


async def test_a_record_lives_and_is_archived(backend: Backend) -> None:
    """Created, read, changed, cleared, archived, gone; each value as it was sent."""
    made = await new_contact(backend)
    assert made.attributes["primary_email"] == "dana@acme.test"
    assert (await backend.read(made.record_id)).attributes == made.attributes
    await backend.patch(made.record_id, values(title="CTO"))
    changed = record_of(await backend.patch(made.record_id, values(title=None, department="R&D")))
    assert (changed.attributes["title"], changed.attributes["department"]) == (None, "R&D")
    assert changed.attributes["first_name"] == "Dana"
    assert done(await backend.archive(made.record_id)).action is Did.ARCHIVED
    with pytest.raises(NotFound):
        await backend.read(made.record_id)
    assert refused(await backend.archive(made.record_id)) == "record_not_found"


async def test_values_that_were_read_can_be_written(backend: Backend) -> None:
    """What a read gave goes back without a loss, attribute by attribute."""
    for name in ("contact", "account", "opportunity", "task", "note"):
        schema = await backend.schema(name)
        record = (await backend.query(Query(name, limit=1))).records[0]
        for attribute in schema.attributes:
            value = record.attributes.get(attribute.api_name)
            if not attribute.is_updatable or value is None or isinstance(value, tuple):
                continue
            change = Change(attribute.api_name, value)
            after = record_of(await backend.patch(record.record_id, [change]))
            assert after.attributes[attribute.api_name] == value, attribute.api_name


async def test_assert_finds_or_makes(backend: Backend) -> None:
    """Made first, then changed: one record."""
    match = Change("primary_email", "eva@acme.test")
    fields = values(first_name="Eva", last_name="N")
    first = done(await backend.assert_record("contact", match, fields))
    second = done(await backend.assert_record("contact", match, values(title="CEO")))
    assert (first.action, second.action) == (Did.CREATED, Did.UPDATED)
    found = await backend.query(Query("contact", (Filter("primary_email", "eq", match.value),)))  # type: ignore[arg-type]  # a text
    assert [row.attributes["title"] for row in found.records] == ["CEO"]


async def test_links_come_change_and_go(backend: Backend) -> None:
    """By id, by match, with what they carry."""
    contact = (await new_contact(backend)).record_id
    account = record_of(await backend.create("account", values(display_name="Acme One"))).record_id
    edge = values(role="CTO", is_primary=True)
    link = done(await backend.add_link(contact, "accounts", account.id, edge)).link
    assert link is not None
    assert dict(link.edge_attributes) == {"role": "CTO", "is_primary": True}
    changed = done(await backend.patch_link(contact, "accounts", account.id, values(role=None)))
    assert changed.link is not None
    assert changed.link.edge_attributes["role"] is None
    page = await backend.links(contact, "accounts")
    assert [row.target for row in page.links] == [account]
    gone = done(await backend.remove_link(contact, "accounts", account.id))
    assert gone.action is Did.UNLINKED
    again = await backend.remove_link(contact, "accounts", account.id)
    assert refused(again) == "target_record_not_found"
    await backend.add_item(account, "domains", values(domain_name="one.test"))
    match = Change("domain_name", "one.test")
    assert done(await backend.add_link(contact, "accounts", match)).link is not None


async def test_items_come_change_and_go(backend: Backend) -> None:
    """E-mails by id, domains by name."""
    contact = (await new_contact(backend)).record_id
    fields = values(email="second@acme.test", is_primary=False, labels=["WORK"])
    added = done(await backend.add_item(contact, "contact_emails", fields)).item
    assert isinstance(added, dict)
    item_id = str(added["id"])
    assert added["labels"] == ["WORK"]
    await backend.patch_item(contact, "contact_emails", item_id, values(is_primary=True))
    emails = (await backend.read(contact)).attributes["contact_emails"]
    assert isinstance(emails, tuple)
    primary = [row.email for row in emails if isinstance(row, EmailItem) and row.is_primary]
    assert primary == ["second@acme.test"]
    assert done(await backend.remove_item(contact, "contact_emails", item_id)).action is Did.REMOVED
    account = record_of(await backend.create("account", values(display_name="Acme Two"))).record_id
    done(await backend.add_item(account, "domains", values(domain_name="two.test")))
    done(await backend.patch_item(account, "domains", "two.test", values(is_primary=True)))
    domains = (await backend.read(account)).attributes["domains"]
    assert isinstance(domains, tuple)
    assert [row.domain_name for row in domains if isinstance(row, DomainItem)] == ["two.test"]
    done(await backend.remove_item(account, "domains", "two.test"))


async def test_an_activity_is_logged(backend: Backend) -> None:
    """In its own body; it is then in the contact's timeline."""
    contact = (await new_contact(backend)).record_id
    fields = values(activity_time="2026-06-01T10:00:00Z", subject="Call", contact_ids=[contact.id])
    logged = record_of(await backend.create("activity", fields))
    scope = Filter("contact_id", "eq", contact.id)
    page = await backend.query(Query("activity", (scope,)))
    assert [row.record_id for row in page.records] == [logged.record_id]


async def test_refusals_carry_the_codes(backend: Backend) -> None:
    """And nothing is left behind."""
    count = len((await backend.query(Query("contact", limit=100))).records)
    for changes, code in (
        (values(first_name="x"), "field_required_missing"),
        (values(first_name="x", last_name="y", nope=1), "unknown_field"),
        (values(first_name="x", last_name="y", display_name="z"), "field_not_creatable"),
        (values(first_name="x", last_name="y", sms_consent="maybe"), "field_value_invalid"),
    ):
        assert refused(await backend.create("contact", changes)) == code
    assert refused(await backend.create("meeting", [])) == "method_not_allowed"
    assert len((await backend.query(Query("contact", limit=100))).records) == count
    assert len(backend.resources.learned) == 2


async def test_a_base_that_moved_on_is_a_conflict(backend: Backend) -> None:
    """Somebody else was faster: refused, and their value stays."""
    base = await new_contact(backend)
    theirs = record_of(await backend.patch(base.record_id, values(title="theirs")))
    outcome = await backend.patch(base.record_id, values(title="mine"), base=base)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, Conflict)
    assert outcome.error.status == 412
    assert isinstance(await backend.archive(base.record_id, base=base), Refused)
    now = await backend.read(base.record_id)
    assert now.attributes["title"] == "theirs"
    done(await backend.patch(base.record_id, values(title="mine"), base=theirs))
    done(await backend.patch(base.record_id, values(title="again"), base=await read(backend, base)))


async def read(backend: Backend, record: Record) -> Record:
    """The record as a list shows it now."""
    leaf = Filter("id", "eq", record.record_id.id)
    return (await backend.query(Query("contact", (leaf,)))).records[0]


async def test_one_intent_is_one_record(backend: Backend) -> None:
    """The same request twice under one key gives one answer; another body under it is refused."""
    fields = values(first_name="Dana", last_name="Twice")
    first = record_of(await backend.create("contact", fields, intent="intent-1"))
    second = record_of(await backend.create("contact", fields, intent="intent-1"))
    assert first.record_id == second.record_id
    assert first.record_id != record_of(await backend.create("contact", fields)).record_id
    other = await backend.create(
        "contact", values(first_name="D", last_name="T"), intent="intent-1"
    )
    assert isinstance(other, Refused)


async def test_what_was_prepared_can_be_sent_as_it_is(backend: Backend) -> None:
    """A copied request does what the method does."""
    fields = values(first_name="Raw", last_name="Sent")
    prepared = backend.prepare_create("contact", fields)
    assert isinstance(prepared, PreparedRequest)
    assert b'"Raw"' in await backend.raw(prepared)


async def test_a_cancelled_create_is_never_there_twice(backend: Backend) -> None:
    """Whether it was done or not: at most one record, and the unique value finds it."""
    await backend.health()
    for turns in range(1, 12):
        email = f"cancel{turns}@acme.test"
        task = asyncio.create_task(new_contact(backend, email))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait({task})
        page = await backend.query(Query("contact", (Filter("primary_email", "eq", email),)))
        assert len(page.records) <= 1
