"""A small workspace held in memory, always the same: for tests of the front ends and the controller."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from app.controller.session import Session
from app.domain.backend import Backend
from app.domain.journal import Journal
from app.domain.operators import OperatorName
from app.domain.records import Link, Record, RecordId
from app.domain.remembered import Memory
from app.domain.schema import Attribute, RecordType, Relationship
from app.domain.values import (
    VALUE_TYPES,
    Address,
    DomainItem,
    EmailItem,
    Option,
    Raw,
    Reference,
    Value,
)
from app.state.export_files import DiskExportFiles
from app.state.import_files import DiskImportFiles
from app.state.plan_files import DiskPlanFiles
from app.wiring import open_scratch
from tests.support.backends import START, MemoryBackend
from tests.support.journal import MemoryJournal
from tests.support.remembered import empty_memory


def attribute(api_name: str, value_type: str = "string", **rest: Any) -> Attribute:
    """An attribute that can be filtered, sorted and, unless said otherwise, written."""
    row: dict[str, Any] = {
        "display_name": api_name.removesuffix("_id").replace("_", " ").capitalize(),
        "is_creatable": True,
        "is_updatable": True,
        "is_filterable": True,
        "is_sortable": not rest.get("is_array", False),
        "filter_operators": tuple(
            name for name in OperatorName if name in VALUE_TYPES[value_type].operators
        )
        if value_type in VALUE_TYPES
        else (),
    }
    return Attribute(api_name, value_type=value_type, **(row | rest))


def system_attributes() -> tuple[Attribute, ...]:
    """What every record type has: id and times, written by the server alone."""
    rights = {"is_creatable": False, "is_updatable": False}
    return (
        attribute("id", "uuid", **rights),
        attribute("created_at", "timestamp", **rights),
        attribute("updated_at", "timestamp", **rights),
    )


def record(record_type: str, number: int, **attributes: Value) -> Record:
    """A record with a made-up id; each number is a day later than the one before."""
    record_id = uuid_of(record_type, number)
    created = START + timedelta(days=number)
    updated = created + timedelta(hours=number % 7)
    system: dict[str, Value] = {"id": record_id, "created_at": created, "updated_at": updated}
    return Record(
        RecordId(record_type, record_id),
        MappingProxyType(system | attributes),
        created,
        updated,
    )


def uuid_of(record_type: str, number: int) -> str:
    """The same id for the same words, in the form of a UUID."""
    return str(uuid5(NAMESPACE_URL, f"{record_type}/{number}"))


STAGES = tuple(
    Option(uuid_of("stage", index), name, name.capitalize(), "#6966FF")
    for index, name in enumerate(("new", "working", "won", "lost"))
)
"""The stages of the small workspace, in their order."""

FIRST_NAMES = ("Sarah", "Omar", "Lena", "Priya", "Tom", "Mia", "Zoë", "Ōta")
COMPANIES = ("Acme Corp", "Northwind", "Globex", "Initech", "Umbrella", "Hooli")


def small_record_types() -> tuple[RecordType, ...]:
    """The seven documented record types with a few attributes each, a custom one, and a junction."""
    system = system_attributes()
    person = RecordType(
        "contact",
        "Contact",
        supports_custom_fields=True,
        attributes=(
            *system,
            attribute("display_name", is_creatable=False, is_updatable=False),
            attribute("first_name", is_required_on_create=True),
            attribute("last_name", is_required_on_create=True),
            attribute("title"),
            attribute("primary_email", "email", is_unique=True),
            attribute("stage", "contact_stage", options=STAGES),
            attribute("owner_user_id", "record_reference", related_record_type="user"),
            attribute("sms_consent", "boolean"),
            attribute("address", "address", is_sortable=False),
            attribute("contact_emails", "contact_email", is_array=True),
        ),
        relationships=(
            Relationship("accounts", "Accounts", "account", True, True, True, inverse_api_name="contacts",
                         junction_record_type="contact_account"),
            Relationship("renewals", "Renewals", "renewal", is_custom=True),
        ),
    )  # fmt: skip
    company = RecordType(
        "account",
        "Account",
        supports_custom_fields=True,
        attributes=(
            *system,
            attribute("display_name", is_required_on_create=True),
            attribute("current_stage_id", "account_stage", options=STAGES),
            attribute("domains", "account_domain", is_array=True),
            attribute("description", "long_text", is_sortable=False),
            attribute("estimated_annual_revenue", "currency"),
        ),
        relationships=(
            Relationship("contacts", "Contacts", "contact", True, True, True, inverse_api_name="accounts",
                         junction_record_type="contact_account"),
        ),
    )  # fmt: skip
    deal = RecordType(
        "opportunity",
        "Opportunity",
        attributes=(
            *system,
            attribute("display_name", is_required_on_create=True),
            attribute("stage", "opportunity_stage", is_required_on_create=True, options=STAGES),
            attribute("account_id", "record_reference", related_record_type="account"),
            attribute("amount", "currency"),
        ),
    )
    task = RecordType(
        "task",
        "Task",
        attributes=(
            *system,
            attribute("title", is_required_on_create=True),
            attribute("status", "enum"),
            attribute("due_at", "timestamp"),
            attribute("note", "long_text", is_sortable=False),
        ),
    )
    note = RecordType(
        "note",
        "Note",
        attributes=(*system, attribute("title"), attribute("note_html", "rich_text", is_sortable=False)),
    )  # fmt: skip
    meeting = RecordType(
        "meeting",
        "Meeting",
        attributes=(
            *system,
            attribute("title", is_creatable=False, is_updatable=False),
            attribute("start_date", "timestamp", is_creatable=False, is_updatable=False),
        ),
        relationships=(Relationship("contacts", "Contacts", "contact"),),
    )
    activity = RecordType(
        "activity",
        "Activity",
        attributes=(*system, attribute("display_name"), attribute("type", "enum")),
    )
    renewal = RecordType(
        "renewal",
        "Renewal",
        is_custom=True,
        object_id=uuid_of("object", 1),
        attributes=(
            *system,
            attribute("display_name", is_required_on_create=True),
            attribute("due_on", "date"),
            attribute("budget", "number", is_custom=True),
            attribute("mood", "aura", is_custom=True),
        ),
    )
    junction = RecordType(
        "contact_account",
        "Contact on account",
        is_junction=True,
        attributes=(*system, attribute("role"), attribute("is_primary", "boolean")),
    )
    return person, company, deal, task, note, meeting, activity, renewal, junction


def small_workspace(contacts: int = 37, **options: Any) -> MemoryBackend:
    """A `MemoryBackend` with some people, six companies, meetings, activities and renewals, always the same."""
    accounts = [
        record(
            "account",
            index,
            display_name=name,
            current_stage_id=STAGES[index % 4],
            domains=(DomainItem(f"{name.split()[0].lower()}.test", True, "ACTIVE"),),
            estimated_annual_revenue=Decimal(1_000_000 * (index + 1)),
        )
        for index, name in enumerate(COMPANIES)
    ]
    people = [_person(index) for index in range(contacts)]
    others = [
        record("meeting", index, title=f"Review {index + 1}", start_date=START + timedelta(days=30 + index))
        for index in range(3)
    ]  # fmt: skip
    others += [
        record(
            "activity",
            index,
            display_name=f"Call {index + 1}",
            type="MANUAL_ACTIVITY",
            contact_id=Reference("contact", uuid_of("contact", index % 3)),
        )
        for index in range(5)
    ]
    others += [
        record(
            "opportunity",
            index,
            display_name=f"Deal {index + 1}",
            stage=STAGES[index % 4],
            account_id=Reference("account", uuid_of("account", index % 6), COMPANIES[index % 6]),
            amount=Decimal(f"{1500 * index}.50"),
        )
        for index in range(6)
    ]
    others += [
        record(
            "task",
            index,
            title=f"Task {index + 1}",
            status=("OPEN", "COMPLETED")[index % 2],
            due_at=START + timedelta(days=index),
            note="first line\nsecond line",
        )
        for index in range(4)
    ]
    others += [
        record("renewal", index, display_name=f"Renewal {index + 1}", due_on=date(2026, 3, index + 1),
               budget=1000 * index, mood=Raw("calm", "unknown value type aura"))
        for index in range(4)
    ]  # fmt: skip
    links: dict[tuple[RecordId, str], tuple[Link, ...]] = {}
    for index, person in enumerate(people):
        account = accounts[index % len(accounts)].record_id
        edge: Mapping[str, Value] = MappingProxyType({"role": "VP", "is_primary": True})
        types = MappingProxyType({"role": "string", "is_primary": "boolean"})
        junction = RecordId("contact_account", uuid_of("contact_account", index))
        links[person.record_id, "accounts"] = (Link(account, junction, edge, types),)
        back = Link(person.record_id, junction, edge, types)
        links[account, "contacts"] = (*links.get((account, "contacts"), ()), back)
    return MemoryBackend(
        small_record_types(), [*people, *accounts, *others], links=links, **options
    )


def _person(index: int) -> Record:
    first = FIRST_NAMES[index % len(FIRST_NAMES)]
    last = f"Person{index + 1:03}"
    email = f"person{index + 1}@{COMPANIES[index % 6].split()[0].lower()}.test"
    return record(
        "contact",
        index,
        display_name=f"{first} {last}",
        first_name=first,
        last_name=last,
        title=("VP Engineering", "CTO", None)[index % 3],
        primary_email=email,
        stage=STAGES[index % 4],
        owner_user_id=Reference("user", uuid_of("user", index % 2), ("J. Diaz", "A. Ito")[index % 2]),
        sms_consent=index % 2 == 0,
        address=Address(city="Lyon", country="FR") if index % 5 == 0 else None,
        contact_emails=(EmailItem(uuid_of("email", index), email, True, ("WORK",)),),
    )  # fmt: skip


def memory_session(
    backend: MemoryBackend | None = None,
    *,
    name: str = "memory",
    record_types: tuple[str, ...] = (),
    memory: Memory | None = None,
    journal: Journal | None = None,
) -> Session:
    """A session over a `MemoryBackend`, by default the small workspace; what it remembers is gone with it."""
    chosen: Backend = small_workspace() if backend is None else backend
    return Session(
        chosen,
        name,
        memory=empty_memory() if memory is None else memory,
        export_files=DiskExportFiles(),
        import_files=DiskImportFiles(),
        journal=MemoryJournal() if journal is None else journal,
        plan_files=DiskPlanFiles(),
        open_scratch=open_scratch,
        workspace=name,
        is_local=True,
        record_types=record_types,
    )
