"""What becomes of a draft as its attributes are set, cleared and set back."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.edit_draft import (
    as_new,
    cleared,
    current_value,
    draft_of,
    editable_text,
    emptied,
    is_changed,
    read_text,
    rebased,
    resolved_draft,
    reverted,
    text_fault,
    with_item,
    with_link,
    with_text,
    with_value,
    without_item,
    without_link,
    without_write,
)
from app.domain.edits import UNSET, Change, WriteValue, write_json
from app.domain.equality import is_same
from app.domain.journal import Draft, EditAction, IntentKind, ItemEdit, LinkEdit
from app.domain.merging import Side
from app.domain.planned import PlannedWrite
from app.domain.records import Record, RecordId
from app.domain.schema import Attribute, RecordType
from app.domain.values import EmailItem, Option
from tests.domain.strategies import hostile_texts, scalars_by_type
from tests.support.small_workspace import STAGES, attribute

TITLE, NOTE, AMOUNT = attribute("title"), attribute("note", "long_text"), attribute("amount", "currency")  # fmt: skip
STAGE = attribute("stage", "contact_stage", options=STAGES)
TAGS = attribute("tags", "string", is_array=True)
ADDRESS = attribute("address", "address")
EMAILS = attribute("contact_emails", "contact_email", is_array=True)
RECORD = Record(
    RecordId("contact", "c1"),
    {"title": "CTO", "note": None, "stage": STAGES[0], "tags": ("a",), "empty": ""},
    version="v1",
)
ADDED = ItemEdit(attribute="contact_emails", action=EditAction.ADD, members={"email": "a@b.test"})
SET = ItemEdit(
    attribute="contact_emails",
    action=EditAction.SET,
    item_id="e1",
    members={"email": "new@b.test", "is_primary": True},
    before={"email": "old@b.test", "is_primary": True},
)
LINK = LinkEdit(relationship="accounts", action=EditAction.ADD, target_type="account", target_id="a1")  # fmt: skip


@pytest.fixture
def draft() -> Draft:
    """A draft of the record."""
    return draft_of("d1", "w", RECORD)


def test_a_draft_begins_without_changes(draft: Draft) -> None:
    """It knows what was read, and under which mark."""
    assert not is_changed(draft)
    assert (draft.base["stage"], draft.version, draft.record_id) == ("new", "v1", "c1")
    assert current_value(draft, "title") == "CTO"
    assert current_value(draft, "nothing") is UNSET


def test_a_text_becomes_a_value_of_its_type(draft: Draft) -> None:
    """By the attribute's value type, as everywhere."""
    assert with_text(draft, AMOUNT, "1200").values == {"amount": 1200}
    assert with_text(draft, STAGE, "Working").values == {"stage": "working"}
    assert with_text(draft, TAGS, '["a", "b"]').values == {"tags": ["a", "b"]}
    assert with_text(draft, ADDRESS, '{"city": "Lyon"}').values == {"address": {"city": "Lyon"}}


@pytest.mark.parametrize(
    ("row", "text"), [(AMOUNT, "twelve"), (STAGE, "wonky"), (TAGS, "a, b"), (ADDRESS, "[1]")]
)
def test_a_text_that_is_no_value_is_kept_with_its_reason(
    draft: Draft, row: Attribute, text: str
) -> None:
    """Nothing typed is lost; a value set before is no more."""
    typed = with_text(draft, row, text)
    assert typed.texts == {row.api_name: text}
    assert not typed.values
    assert text_fault(row, text)
    assert is_changed(typed)


def test_a_mended_text_is_a_value_again(draft: Draft) -> None:
    """And no text any more."""
    mended = with_text(with_text(draft, AMOUNT, "x"), AMOUNT, "12.50")
    assert (dict(mended.texts), str(mended.values["amount"])) == ({}, "12.50")
    assert text_fault(AMOUNT, "12.50") == ""


def test_null_and_empty_are_two_values(draft: Draft) -> None:
    """Clearing sends null; an empty text or list is a value of its own."""
    assert cleared(draft, TITLE).values == {"title": None}
    assert emptied(draft, TITLE).values == {"title": ""}
    assert emptied(draft, TAGS).values == {"tags": []}
    assert cleared(draft, NOTE).values == {}


def test_nothing_typed_clears_what_was_there_and_changes_nothing_else(draft: Draft) -> None:
    """An empty text, nothing, and what was not read stay what they are."""
    assert with_text(draft, TITLE, "").values == {"title": None}
    for name in ("note", "empty", "unread"):
        assert not is_changed(with_text(draft, attribute(name), ""))


def test_what_is_set_back_is_no_change(draft: Draft) -> None:
    """By hand or by reverting, with the items that have calls of their own."""
    assert not is_changed(with_text(with_text(draft, TITLE, "Boss"), TITLE, "CTO"))
    assert not is_changed(reverted(with_text(draft, AMOUNT, "x"), "amount"))
    assert not is_changed(reverted(with_item(draft, ADDED), "contact_emails"))


@settings(max_examples=500)
@given(st.sampled_from(sorted(scalars_by_type)), st.data())
def test_every_value_opens_as_a_text_that_means_it(value_type: str, data: st.DataObject) -> None:
    """Opening and leaving a field changes nothing."""
    if value_type in ("uuid", "record_reference"):
        value: WriteValue = str(data.draw(st.uuids()))
    else:
        value = data.draw(scalars_by_type[value_type])
    options = (value,) if isinstance(value, Option) else ()
    row = Attribute("x", "X", value_type, options=options)
    json = write_json(value)
    text = editable_text(row, json)
    assert not text or is_same(write_json(read_text(row, text)), json)


@given(hostile_texts, st.sampled_from(["string", "long_text"]))
def test_hidden_characters_come_back_exactly(text: str, value_type: str) -> None:
    """Untouched it is no change; the text in the editor hides nothing, and means the value."""
    row = Attribute("title", "Title", value_type)
    draft = Draft(id="d", workspace="w", record_type="contact", record_id="c", base={"title": text})
    assert not is_changed(with_text(draft, row, editable_text(row, text)))


def test_a_list_opens_as_json() -> None:
    """And reads back."""
    assert editable_text(TAGS, ["a", "b\u202e"]) == '["a", "b\\u202e"]'
    assert read_text(TAGS, '["a", "b\\u202e"]') == ["a", "b\u202e"]
    assert editable_text(TAGS, None) == editable_text(TAGS, UNSET) == ""


def test_an_item_is_changed_once(draft: Draft) -> None:
    """What is done to it again takes the place; set back, it is no change."""
    once = with_item(draft, SET)
    assert once.items[0].members == {"email": "new@b.test"}
    removal = replace(SET, action=EditAction.REMOVE, members={})
    assert with_item(once, removal).items == (removal,)
    assert with_item(once, replace(SET, members=SET.before)).items == ()
    assert len(with_item(with_item(draft, ADDED), ADDED).items) == 2
    assert without_item(with_item(with_item(draft, ADDED), ADDED), ADDED).items == (ADDED,)


def test_a_link_made_and_removed_is_no_change(draft: Draft) -> None:
    """A new one that is changed stays a new one."""
    made = with_link(draft, LINK)
    assert with_link(made, replace(LINK, action=EditAction.REMOVE)).links == ()
    changed = with_link(made, replace(LINK, action=EditAction.SET, edge={"role": "x"}))
    assert [(row.action, dict(row.edge)) for row in changed.links] == [(EditAction.ADD, {"role": "x"})]  # fmt: skip
    assert without_link(made, LINK).links == ()


def test_what_was_written_is_taken_out_of_the_draft(draft: Draft) -> None:
    """The rest stays, upon what the record is now."""
    full = with_link(with_item(with_text(draft, TITLE, "Boss"), ADDED), LINK)
    patch = PlannedWrite(
        kind=IntentKind.PATCH,
        record_type="contact",
        record_id="c1",
        changes=(Change("title", "Boss"),),
    )
    now = replace(RECORD, attributes={**RECORD.attributes, "title": "BOSS"}, version="v2")
    left = without_write(full, patch, now)
    assert (dict(left.values), left.base["title"], left.version) == ({}, "BOSS", "v2")
    assert without_write(full, patch).base["title"] == "Boss"
    item = PlannedWrite(
        kind=IntentKind.ADD_ITEM,
        record_type="contact",
        record_id="c1",
        name="contact_emails",
        changes=(Change("email", "a@b.test"),),
    )
    left = without_write(left, item)
    assert (left.items, len(left.links)) == ((), 1)
    link = PlannedWrite(
        kind=IntentKind.LINK,
        record_type="contact",
        record_id="c1",
        name="accounts",
        target_id="a1",
    )
    assert not is_changed(without_write(left, link))


def test_a_rebased_draft_keeps_what_still_is_a_change(draft: Draft) -> None:
    """Its title and mark are those of the record as it is now."""
    changed = with_value(with_value(draft, TITLE, "Boss"), NOTE, "x")
    now = replace(RECORD, attributes={**RECORD.attributes, "title": "Boss"}, version="v2")
    assert (dict(rebased(changed, now).values), rebased(changed, now).version) == (
        {"note": "x"},
        "v2",
    )


@pytest.mark.parametrize(("side", "left"), [(Side.MINE, {"title": "Mine"}), (Side.THEIRS, {})])
def test_a_decided_clash_goes_on_from_what_the_record_is(
    draft: Draft, side: Side, left: dict[str, str]
) -> None:
    """For one side or the other."""
    now = replace(RECORD, attributes={**RECORD.attributes, "title": "Theirs"})
    resolved = resolved_draft(with_value(draft, TITLE, "Mine"), now, {"title": side})
    assert (dict(resolved.values), resolved.base["title"]) == (left, "Theirs")


def test_a_draft_of_a_record_that_is_gone_can_make_a_new_one(draft: Draft) -> None:
    """With what a create takes, mine over what was read."""
    locked = replace(NOTE, is_creatable=False)
    schema = RecordType("contact", "Contact", attributes=(TITLE, STAGE, TAGS, locked))
    changed = with_value(with_value(draft, TITLE, "Boss"), NOTE, "x")
    new = as_new(changed, "d2", schema)
    assert (new.id, new.record_id) == ("d2", None)
    assert new.values == {"title": "Boss", "stage": "new", "tags": ["a"]}
    assert new.base == {}


@pytest.mark.parametrize(
    ("edit", "side", "members"),
    [
        (SET, Side.MINE, {"email": "new@b.test"}),
        (SET, Side.THEIRS, None),
        (replace(SET, action=EditAction.REMOVE, members={}), Side.MINE, {}),
        (replace(SET, action=EditAction.REMOVE, members={}), Side.THEIRS, None),
    ],
)
def test_a_decided_clash_of_an_item_goes_on_from_what_the_item_is(
    draft: Draft, edit: ItemEdit, side: Side, members: dict[str, str] | None
) -> None:
    """Mine is sent upon theirs, or given up; other items stay as they were."""
    item = EmailItem("e1", "theirs@b.test", is_primary=True)
    now = replace(RECORD, attributes={**RECORD.attributes, "contact_emails": (item,)})
    both = with_item(with_item(draft, ADDED), edit)
    left = resolved_draft(both, now, {"contact_emails.email": side})
    changed = [row for row in left.items if row.item_id == "e1"]
    assert [dict(row.members) for row in changed] == ([] if members is None else [members])
    assert all(row.before["email"] == "theirs@b.test" for row in changed)
    assert ADDED in left.items
    assert resolved_draft(both, RECORD, {}).items == (ADDED,)
