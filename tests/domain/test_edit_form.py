"""Which attributes of a draft may be set, on what evidence, and what stands against sending it."""

from dataclasses import replace

import pytest

from app.domain.capabilities import Action, Learned, Lesson, ResourceMatrix, Source
from app.domain.edit_draft import with_item, with_link, with_text, with_value
from app.domain.edit_form import EditForm, form_gate, unreadable
from app.domain.journal import Draft, EditAction, ItemEdit, LinkEdit
from app.domain.records import Record, RecordId
from app.domain.schema import RecordType
from app.domain.values import EmailItem, Json, Raw
from app.wire.public_v2.matrix import RESOURCES
from tests.support.backends import START
from tests.support.small_workspace import small_record_types

TYPES = {row.api_name: row for row in small_record_types()}
CONTACT = TYPES["contact"]


def form_of(
    record_type: str = "contact",
    *,
    is_new: bool = False,
    resources: ResourceMatrix = RESOURCES,
    is_read_only: bool = False,
    **values: Json,
) -> EditForm:
    """A form of a record, or of a new one, with changes."""
    draft = Draft(
        id="d",
        workspace="w",
        record_type=record_type,
        record_id=None if is_new else "r1",
        values=values,
    )
    return EditForm(resources, TYPES[record_type], draft, is_read_only)


def codes(form: EditForm) -> list[tuple[str, str | None]]:
    """What stands against it."""
    return [(fault.code, fault.field) for fault in form.faults()]


def test_fields_stand_in_reading_order_with_their_rights() -> None:
    """What the record is called, what can be set, what is locked and why."""
    fields = form_of().fields()
    assert fields[0].attribute.api_name in ("display_name", "title")
    rights = {row.attribute.api_name: row.gate for row in fields}
    assert rights["first_name"].is_open
    assert not rights["created_at"].is_open
    assert rights["created_at"].source is Source.DECLARED
    assert rights["created_at"].error_code == "field_not_updatable"


def test_a_field_tells_its_change_its_text_and_its_items() -> None:
    """All that a form shows of it."""
    form = form_of()
    row = CONTACT.attribute_by_name["stage"]
    typed = replace(form, draft=with_text(form.draft, row, "wonky")).field(row)
    assert (typed.text, typed.is_changed, bool(typed.fault)) == ("wonky", True, True)
    edit = ItemEdit(attribute="contact_emails", action=EditAction.ADD)
    listed = replace(form, draft=with_item(form.draft, edit)).field(
        CONTACT.attribute_by_name["contact_emails"]
    )
    assert (listed.items, listed.has_own_endpoint, listed.is_changed) == ((edit,), True, True)
    assert not form.field(row).is_changed


def test_a_list_with_calls_of_its_own_is_not_in_the_body_of_a_patch() -> None:
    """But in the body of a create, where there are no items to call yet."""
    emails: Json = [{"email": "a@b.test", "is_primary": True}]
    assert form_of(contact_emails=emails, title="x").changes == form_of(title="x").changes
    new = form_of(is_new=True, contact_emails=emails)
    assert [row.attribute for row in new.changes] == ["contact_emails"]


@pytest.mark.parametrize(
    ("record_type", "action", "is_open"),
    [
        ("meeting", Action.PATCH, False),
        ("meeting", Action.CREATE, False),
        ("meeting", Action.ARCHIVE, False),
        ("activity", Action.PATCH, False),
        ("activity", Action.CREATE, True),
        ("contact", Action.ASSERT, True),
        ("account", Action.ASSERT, True),
        ("task", Action.ASSERT, False),
        ("renewal", Action.PATCH, True),
        ("renewal", Action.ASSERT, False),
        ("contact_account", Action.PATCH, False),
    ],
)
def test_forms_are_there_as_the_matrix_says(
    record_type: str, action: Action, is_open: bool
) -> None:
    """Meetings have none, activities only that for a new one, junctions are not known to have any."""
    schema = TYPES.get(record_type, RecordType(record_type, record_type))
    gate = form_gate(RESOURCES, schema, action, is_read_only=False)
    assert gate.is_open is is_open
    assert gate.reason


def test_a_closed_form_is_the_one_fault() -> None:
    """Not one for each attribute."""
    assert codes(form_of("meeting", title="x")) == [("method_not_allowed", None)]
    read_only = form_of(is_read_only=True, title="x").faults()
    assert [fault.field for fault in read_only] == [None]
    assert "POLICY" in read_only[0].message


def test_an_activity_is_made_in_words_of_its_own() -> None:
    """Its form has these, not the attributes of the schema."""
    form = form_of("activity", is_new=True, subject="Call")
    assert "activity_time" in form.schema.attribute_by_name
    assert codes(form) == []


def test_a_new_record_needs_what_is_required() -> None:
    """A text that is no value yet is not missing, but wrong."""
    assert codes(form_of(is_new=True, first_name="Dana")) == [("field_required_missing", "last_name")]  # fmt: skip
    deal = form_of("opportunity", is_new=True, display_name="Deal")
    stage = TYPES["opportunity"].attribute_by_name["stage"]
    assert codes(deal) == [("field_required_missing", "stage")]
    typed = replace(deal, draft=with_text(deal.draft, stage, "wonky"))
    assert codes(typed) == [("field_value_invalid", "stage")]
    required = [row.attribute.api_name for row in deal.fields() if row.is_required]
    assert required == ["display_name", "stage"]


def test_a_schema_that_changed_is_told() -> None:
    """An attribute that is gone, or locked now."""
    assert codes(form_of(gone="x")) == [("unknown_field", "gone")]
    assert codes(form_of(display_name="x")) == [("field_not_updatable", "display_name")]


def test_what_the_server_refused_is_locked() -> None:
    """With the request it was learned from."""
    resources = replace(RESOURCES, learned=Learned())
    resources.learned.learn(
        Lesson("contact", Action.PATCH, "title", "no", 422, "field_not_updatable", 12, START)
    )
    form = form_of(resources=resources, title="x")
    gate = form.field_gate(CONTACT.attribute_by_name["title"])
    assert (gate.is_open, gate.source) == (False, Source.LEARNED)
    assert codes(form) == [("field_not_updatable", "title")]


def test_what_cannot_be_read_is_not_written_over() -> None:
    """A value that is broken, one item that is, and a value type nobody knows."""
    record = Record(
        RecordId("contact", "r1"),
        {"title": Raw("?", "odd"), "contact_emails": (EmailItem("1", "a", True), Raw("?", "odd"))},
    )
    assert unreadable(record) == {"title", "contact_emails"}
    form = replace(form_of(title="x"), unreadable=unreadable(record))
    assert [row.field for row in form.faults()] == ["title"]
    odd = replace(CONTACT.attribute_by_name["title"], value_type="hologram")
    types = replace(CONTACT, attributes=(odd,))
    assert not replace(form_of(), declared=types).field_gate(odd).is_open


def test_items_are_checked_like_attributes() -> None:
    """Their members, the attribute, and whether the type has such calls at all."""
    form = form_of()

    def with_edit(record_type: str = "contact", **edit: object) -> EditForm:
        item = ItemEdit(**({"attribute": "contact_emails", "action": EditAction.ADD} | edit))  # type: ignore[arg-type]  # parts
        start = form_of(record_type)
        return replace(start, draft=with_item(start.draft, item))

    good = {"email": "a@b.test", "is_primary": False}
    assert codes(with_edit(members=good)) == []
    assert codes(with_edit(members={"email": "a@b.test"})) == [("field_required_missing", "is_primary")]  # fmt: skip
    assert codes(with_edit(members={**good, "color": "red"})) == [("unknown_field", "color")]
    assert codes(with_edit(action=EditAction.REMOVE, item_id="1")) == []
    assert codes(with_edit("task", members=good))[0][1] == "contact_emails"
    assert form.faults() == ()


def test_links_are_checked_like_attributes() -> None:
    """What they carry, the relationship, and that only typed ones are changed in place."""

    def codes_of(**parts: object) -> list[tuple[str, str | None]]:
        words = {"relationship": "accounts", "action": EditAction.ADD} | parts
        start = form_of()
        edit = LinkEdit(target_type="account", target_id="a", **words)  # type: ignore[arg-type]  # parts
        return codes(replace(start, draft=with_link(start.draft, edit)))

    assert codes_of(edge={"role": "CTO"}) == []
    assert codes_of(action=EditAction.SET, edge={"role": "CTO"}) == []
    assert codes_of(edge={"color": "red"}) == [("unknown_field", "color")]
    assert codes_of(relationship="nowhere")[0][0] == "unknown_field"
    assert codes_of(relationship="renewals") == [("field_not_updatable", "renewals")]


def test_items_alone_need_no_form() -> None:
    """A type whose records cannot be changed may still have items that can; nothing is asked of the body."""
    form = form_of()
    learned = replace(RESOURCES, learned=Learned())
    learned.learned.learn(Lesson("contact", Action.PATCH, None, "no", 403, "forbidden", 3, START))
    edit = ItemEdit(attribute="contact_emails", action=EditAction.REMOVE, item_id="1")
    alone = replace(form, resources=learned, draft=with_item(form.draft, edit))
    assert codes(alone) == []
    title = CONTACT.attribute_by_name["title"]
    both = replace(alone, draft=with_value(alone.draft, title, "x"))
    assert codes(both) == [("forbidden", None)]
