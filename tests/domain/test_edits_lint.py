"""What stands against a write before it is sent."""

from dataclasses import replace

from app.domain.capabilities import Action
from app.domain.edits import Change
from app.domain.lint import ITEM_MEMBERS, lint_members, lint_names, lint_write
from app.domain.schema import RecordType
from app.wire.public_v2.matrix import RESOURCES
from tests.support.small_workspace import attribute, small_record_types

CONTACT = next(row for row in small_record_types() if row.api_name == "contact")
FULL = (Change("first_name", "Dana"), Change("last_name", "Reyes"))


def codes(changes: tuple[Change, ...], *actions: Action, schema: RecordType = CONTACT) -> list[str]:
    faults = lint_write(RESOURCES, schema, changes, actions, is_read_only=False)
    return [f"{fault.code} {fault.field}" for fault in faults]


def test_a_sound_create_has_no_faults() -> None:
    """Required is there, the rest may be set."""
    assert codes((*FULL, Change("title", None)), Action.CREATE) == []


def test_what_is_required_must_have_a_value() -> None:
    """Missing and cleared are the same to a create; a patch needs nothing."""
    changes = (Change("first_name", None),)
    missing = ["field_required_missing first_name", "field_required_missing last_name"]
    assert codes(changes, Action.CREATE) == missing
    assert codes(changes, Action.PATCH) == []


def test_locked_attributes_are_named_with_their_source() -> None:
    """With the API's own code and the place in the schema."""
    assert codes((Change("created_at", "x"), *FULL), Action.CREATE) == [
        "field_not_creatable created_at"
    ]
    (fault,) = lint_write(
        RESOURCES, CONTACT, [Change("display_name", "x")], [Action.PATCH], is_read_only=False
    )
    assert fault.code == "field_not_updatable"
    assert "DECLARED: GET _schema/contact, /attributes/3/is_updatable" in fault.message


def test_one_way_in_is_enough_for_assert() -> None:
    """Nobody knows which branch it will be."""
    assert codes((Change("title", "x"),), Action.PATCH, Action.CREATE) == []
    assert codes((Change("id", "x"),), Action.PATCH, Action.CREATE) == ["field_not_updatable id"]
    once = replace(CONTACT, attributes=(attribute("code", is_updatable=False),))
    either = (Action.PATCH, Action.CREATE)
    assert codes((Change("code", "x"),), *either, schema=once) == []
    assert codes((Change("code", "x"),), Action.PATCH, schema=once) == ["field_not_updatable code"]


def test_unknown_names_come_with_what_was_meant() -> None:
    """When something is near."""
    near, far = lint_names(["titel", "zzz"], ["title", "stage"], "contact")
    assert near.message == "contact has no attribute titel. Did you mean title?"
    assert (far.code, far.message) == ("unknown_field", "contact has no attribute zzz.")


def test_items_take_what_their_pages_say() -> None:
    """A domain's name cannot change, and a new one takes no flag."""
    domain = ITEM_MEMBERS["account_domain"]
    added = lint_members(domain, [Change("is_primary", True)], "a domain", is_new=True)
    assert [fault.code for fault in added] == ["field_not_creatable", "field_required_missing"]
    renamed = lint_members(domain, [Change("domain_name", "b")], "a domain", is_new=False)
    assert [fault.code for fault in renamed] == ["field_not_updatable"]
