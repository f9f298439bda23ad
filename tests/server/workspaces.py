"""A small workspace file made through the writer, and a client that talks to it in process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx

from app.server.access import Access
from app.server.application import create_application
from app.server.store.columns import child_table
from app.server.store.definitions import RecordTypeDefinition
from app.server.store.identifiers import record_id
from app.server.store.standard import STANDARD_TYPES, inverse_of, linked
from app.server.store.workspace import Store, open_workspace
from app.server.store.writer import WorkspaceWriter
from tests.server.gadgets import GADGET

BASE = "http://127.0.0.1:8484/api/v2"
MEMBERS = linked("gadget", "contacts", "contact", "gadgets")
TYPES: tuple[RecordTypeDefinition, ...] = (
    *(
        replace(row, relationships=(*row.relationships, inverse_of("gadget", MEMBERS)))
        if row.api_name == "contact"
        else row
        for row in STANDARD_TYPES
    ),
    replace(GADGET, relationships=(MEMBERS,)),
)
"""The standard types and a custom object that is linked to contacts."""

DEFINITIONS = {row.api_name: row for row in TYPES}
NOBODY = record_id(1, 1)
"""An id that belongs to no record."""


def moment(second: int) -> str:
    """A stored point in time."""
    return f"2026-01-01T00:{second // 60:02}:{second % 60:02}.000Z"


@dataclass
class Builder:
    """Collects rows and writes them."""

    rows: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    count: int = 0

    def add(self, record_type: str, /, **values: Any) -> str:
        """A record from stored values; lists for list-like attributes; its id."""
        self.count += 1
        new_id = record_id(1_767_225_600_000 + self.count * 1_000, self.count)
        row: dict[str, Any] = {
            "id": new_id,
            "created_at": moment(self.count),
            "updated_at": moment(self.count),
        }
        definition = DEFINITIONS[record_type]
        for name, value in values.items():
            attribute = definition.attribute_by_name.get(name)
            child = child_table(record_type, attribute) if attribute else None
            if attribute is not None and attribute.holds_option_ids and not attribute.is_array:
                row[name] = definition.option_id(name, value)
            elif child is None:
                row[name] = value
            else:
                for position, item in enumerate(value):
                    cells = item if isinstance(item, dict) else {child.value_column: item}
                    self.rows.append(
                        (child.name, {"record_id": new_id, "position": position} | cells)
                    )
        self.rows.append((record_type, row))
        return new_id

    def link(self, record_type: str, relationship: str, near: str, far: str, **edge: Any) -> str:
        """A link over a plain relationship or a junction; its id."""
        self.count += 1
        link = DEFINITIONS[record_type].relationship_by_name[relationship].link
        new_id = record_id(1_767_225_600_000 + self.count * 1_000, self.count)
        row = {
            "id": new_id,
            link.near_column: near,
            link.far_column: far,
            "created_at": moment(self.count),
        }
        if link.table in DEFINITIONS:
            row["updated_at"] = moment(self.count)
        self.rows.append((link.table, row | edge))
        return new_id

    def write(self, path: Path) -> None:
        """Make the file."""
        with WorkspaceWriter(path, TYPES, secret="secret") as writer:
            for table, row in self.rows:
                writer.load(table, list(row), [list(row.values())])


@dataclass(frozen=True)
class People:
    """The ids of a small workspace."""

    ann: str
    bob: str
    gone: str
    acme: str
    globex: str
    deal: str
    task: str
    note: str
    meeting: str
    gadget: str
    user: str
    edge: str
    activities: tuple[str, ...]

    def record(self, record_type: str) -> str:
        """A record of a type."""
        named = {
            "contact": self.ann,
            "account": self.acme,
            "opportunity": self.deal,
            "contact_account": self.edge,
        }
        if record_type in named:
            return named[record_type]
        if record_type == "activity":
            return self.activities[0]
        found: str = getattr(self, record_type)
        return found


def build_people(path: Path) -> People:
    """Two contacts and an archived one, two accounts, and one of everything else."""
    make = Builder()
    user = make.add("user", display_name="Rita Rep", email="rep@example.com")
    acme = make.add(
        "account",
        display_name="Acme",
        owner_user_id=user,
        current_stage_id="target_account",
        websites=["https://acme.example", "https://acme.test"],
        domains=[{"domain_name": "acme.example", "is_primary": 1, "status": "ACTIVE"}],
        estimated_annual_revenue=1_500_000.5,
        address_city="Paris",
    )
    globex = make.add("account", display_name="globex")
    ann = make.add(
        "contact",
        display_name="Ann Ode",
        first_name="Ann",
        last_name="Ode",
        stage="working",
        owner_user_id=user,
        participant_user_id_list=[user],
        primary_email="Ann@Example.com",
        sms_consent=1,
        contact_emails=[
            {"id": NOBODY, "email": "Ann@Example.com", "is_primary": 1, "labels": '["WORK"]'},
            {"id": NOBODY, "email": "ann@home.test", "is_primary": 0, "labels": None},
        ],
        contact_phone_numbers=[
            {"id": NOBODY, "phone_number": "+15550100", "is_primary": 1, "labels": None}
        ],
    )
    bob = make.add("contact", display_name="bob", first_name="bob", stage="new")
    gone = make.add("contact", display_name="Gone", stage="working", archived_at=moment(0))
    deal = make.add(
        "opportunity", display_name="Big deal", stage="proposal", account_id=acme, amount=150000
    )
    make.add(
        "opportunity",
        display_name="Old deal",
        stage="closed_lost",
        account_id=acme,
        archived_at=moment(0),
    )
    edge = make.link("contact", "accounts", ann, acme, role="CTO", is_primary=1)
    make.link("contact", "accounts", ann, globex)
    make.link("contact", "accounts", gone, acme)
    make.link("contact", "opportunities", ann, deal, is_primary=0)
    task = make.add("task", title="Call", status="OPEN", owner_user_id=user, due_at=moment(9))
    note = make.add("note", note_html="<p>Hi</p>")
    meeting = make.add("meeting", title="Kick-off", start_date=moment(5))
    for owner, record in (("task", task), ("note", note), ("meeting", meeting)):
        make.link(owner, "contacts", record, ann)
    activities = tuple(
        make.add("activity", type="MEETING" if number == 0 else "NOTE", display_name=f"Activity {number}",
                 account_id=acme if number % 2 else None, opportunity_id=deal, contact_ids=[ann],
                 owner_user_id=user, metadata='{"kind":"meeting","title":"Kick-off"}' if number == 0 else None)
        for number in range(4)
    )  # fmt: skip
    gadget = make.add("gadget", display_name="Gear", count=3, price=9.5, day="2026-01-02", hour="09:30:00",
                      size="small", sizes=[GADGET.attribute_by_name["sizes"].options[1].id], share=12.5)  # fmt: skip
    make.link("gadget", "contacts", gadget, ann)
    make.write(path)
    return People(
        ann, bob, gone, acme, globex, deal, task, note, meeting, gadget, user, edge, activities
    )


@asynccontextmanager
async def talking_to(
    path: Path, access: Access | None = None, *, deadline_s: float = 5.0
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the workspace's application."""
    store = open_workspace(path, deadline_s=deadline_s)
    try:
        async with client_of(store, access) as client:
            yield client
    finally:
        store.close()


def client_of(store: Store, access: Access | None = None) -> httpx.AsyncClient:
    """A client of a store's application, in process."""
    transport = httpx.ASGITransport(create_application(store, access), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE)
