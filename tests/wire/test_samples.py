"""The documented answers, read: what the vendor shows is what we understand."""

from datetime import UTC, datetime
from decimal import Decimal

from app.domain.records import RecordId
from app.domain.values import (
    Address,
    DomainItem,
    EmailItem,
    Option,
    Raw,
    Reference,
)
from app.wire.public_v2.records import answer_to_record, links_to_domain, page_to_domain
from app.wire.public_v2.schemas import schema_to_domain
from tests.wire.sample_files import FOLDER, sample

CONTACT = RecordId("contact", "9b4f2fb1-2a7f-4d75-8d5f-3f3f0d7f2a7a")
ACCOUNT = RecordId("account", "7f0f5b0a-8b1d-4f39-8f0f-64c7b1f7a1aa")
USER = Reference("user", "3e9a4a35-6f5c-4cf9-bf4f-1b9b7a2a9a01")


def test_contact() -> None:
    """Every attribute of the reference's sample. Source: reference, "read one contact"."""
    record = answer_to_record(sample("contact"), CONTACT)
    assert record.record_id == CONTACT
    assert record.title == "Dana Reed"
    assert record.created_at == datetime(2026, 1, 4, 9, 12, 33, 123456, UTC)
    assert record.updated_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert record.metadata is None
    values = dict(record.attributes)
    assert list(values)[:3] == ["id", "organization_id", "created_at"]
    assert values["stage"] == Option(
        "0d4f8f2c-51c4-4e8e-9f6e-0f6a5a0b7c11", "working", "Working", "#6966FF"
    )
    assert values["created_by_user_id"] == USER
    assert values["participant_user_id_list"] == (USER,)
    assert values["sms_consent"] is True
    assert values["address"] == Address(
        "1 Main Street", "Floor 2", "Springfield", "IL", "US", "62701"
    )
    assert values["contact_emails"] == (
        EmailItem("b0b4d7c4-06d5-4f43-8f5b-8b8f9f6c2d10", "dana@example.com", True, ("WORK",)),
    )


def test_the_guides_show_no_timestamps_beside_the_attributes() -> None:
    """Then the one inside counts. Source: Quickstart."""
    record = answer_to_record(sample("contact_guide"), CONTACT)
    assert record.updated_at == datetime(2026, 6, 1, 10, tzinfo=UTC)
    assert record.created_at is None


def test_account() -> None:
    """Domains, a list of plain texts, and money. Source: reference, upsert of an account."""
    values = answer_to_record(sample("account"), ACCOUNT).attributes
    assert values["domains"] == (DomainItem("acme.com", True, "ACTIVE"),)
    assert values["websites"] == ("https://acme.com", "https://acme.example")
    assert values["estimated_annual_revenue"] == Decimal("1250000.50")


def test_opportunity() -> None:
    """A stage with its six keys. Source: reference, "patch one opportunity"."""
    asked = RecordId("opportunity", "2c0f3d8a-9b9c-4a53-9a0e-58e6f0b3c7d2")
    values = answer_to_record(sample("opportunity"), asked).attributes
    assert values["stage"] == Option(
        "6a1b7d0e-58d3-4a64-93c2-7a8a0a4f7b21", "proposal", "Proposal", "#6966FF", "0.4", 14
    )
    assert values["account_id"] == Reference(ACCOUNT.record_type, ACCOUNT.id)
    assert values["amount"] == Decimal(150000)


def test_page() -> None:
    """Order and cursor. Source: Query Records for Sync."""
    page = page_to_domain(sample("contacts_page"), "contact")
    assert [record.attributes["first_name"] for record in page.records] == ["Dana", "Omar"]
    assert page.next_cursor == "eyJvIjoiMiJ9"


def test_activities() -> None:
    """Plain metadata beside the attributes, empty for a logged one. Source: reference, activity timeline."""
    page = page_to_domain(sample("activities_page"), "activity")
    meeting, manual = page.records
    assert isinstance(meeting.metadata, dict)
    assert meeting.metadata["kind"] == "meeting"
    assert manual.metadata is None
    assert page.next_cursor is None


def test_links() -> None:
    """Generic links have an edge without attributes. Source: reference, relationship edges."""
    page = links_to_domain(sample("links"), ACCOUNT, "contacts")
    (link,) = page.links
    assert link.target == CONTACT
    assert link.junction == RecordId("contact_account", "c5f1e0b3-6f7e-4c5c-9a2b-3d1f0a9e8b77")
    assert dict(link.edge_attributes) == {}
    typed = links_to_domain(sample("links_typed"), CONTACT, "accounts")
    assert dict(typed.links[0].edge_attributes) == {"role": "CTO", "is_primary": True}
    assert typed.next_cursor == "bmV4dA"


def test_schema() -> None:
    """Attributes, rights, relationships, junctions. Source: reference, schema introspection."""
    contact = schema_to_domain(sample("schema_contact"), "contact")
    assert contact.oddities == ()
    assert (contact.display_name, contact.supports_custom_fields) == ("Contact", True)
    first_name = contact.attribute_by_name["first_name"]
    assert first_name.is_creatable
    assert not first_name.is_filterable
    assert first_name.filter_operators == ("eq",)
    stage = contact.attribute_by_name["stage"]
    assert stage.options[0].api_name == "working"
    assert contact.attribute_by_name["owner_user_id"].related_record_type == "user"
    accounts = contact.relationship_by_name["accounts"]
    assert accounts.inverse_api_name == "contacts"
    assert contact.related_record_types == (
        ("account", "contact.accounts"),
        ("contact_account", "junction of contact.accounts"),
    )


def test_no_sample_holds_a_value_we_cannot_read() -> None:
    """The documentation knows no type that we do not."""
    pages = (
        page_to_domain({"data": [document["data"]]}, "any")
        for name in ("contact", "account", "opportunity", "task", "note")
        if isinstance(document := sample(name), dict)
    )
    values = [value for page in pages for row in page.records for value in row.attributes.values()]
    assert values
    assert not any(isinstance(value, Raw) for value in values)


def test_every_sample_names_its_source() -> None:
    """The README beside the samples says where each comes from."""
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(f"`{file.name}`" in readme for file in FOLDER.glob("*.json"))
