"""Bodies of the writing calls as the pages show them, and their answers."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.edits import UNSET, Change
from app.domain.errors import BadAnswer, Rejected
from app.domain.json_text import dump_json, parse_json
from app.domain.outcomes import Did, Done
from app.domain.records import RecordId
from app.domain.values import Json, Raw
from app.wire.public_v2.matrix import ACTIVITY_METADATA, ACTIVITY_WORDS, RESOURCES
from app.wire.public_v2.writes import (
    activity_to_json,
    assert_to_json,
    attributes_to_json,
    created,
    item_kept,
    link_to_json,
    linked,
    members_to_json,
    patched,
    removed,
)

ONE = RecordId("contact", "c1")


def changes(**values: Json) -> list[Change]:
    return [Change(name, value) for name, value in values.items()]


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        # Quickstart: create a contact.
        (
            attributes_to_json(
                changes(
                    first_name="Dana",
                    last_name="Reyes",
                    stage="working",
                    primary_email="dana@example.com",
                )
            ),
            '{"attributes": {"first_name": "Dana", "last_name": "Reyes", "stage": "working", '
            '"primary_email": "dana@example.com"}}',
        ),
        # Objects, Opportunities: the amount is a plain number.
        (
            attributes_to_json(changes(display_name="Rollout", amount=150000, stage="proposal")),
            '{"attributes": {"display_name": "Rollout", "amount": 150000, "stage": "proposal"}}',
        ),
        # Core Objects: a reference by match.
        (
            attributes_to_json(
                changes(owner_user_id={"related_record_match": {"email": "rep@example.com"}})
            ),
            '{"attributes": {"owner_user_id": {"related_record_match": {"email": "rep@example.com"}}}}',
        ),
        # Reference, create a note: the enveloped form passes as it is.
        (
            attributes_to_json(
                changes(note_html={"value_type": "rich_text", "value": "<p>Hi</p>"})
            ),
            '{"attributes": {"note_html": {"value_type": "rich_text", "value": "<p>Hi</p>"}}}',
        ),
        # Create and Update Records: null clears.
        (attributes_to_json(changes(title=None)), '{"attributes": {"title": null}}'),
        # Objects, Accounts: assert by domain name.
        (
            assert_to_json(Change("domain_name", "acme.com"), changes(display_name="Acme")),
            '{"match": {"domain_name": "acme.com"}, "attributes": {"display_name": "Acme"}}',
        ),
        # Manage Relationships: by id with edge attributes, and by match.
        (
            link_to_json("a1", changes(role="CTO", is_primary=True)),
            '{"related_record_id": "a1", "role": "CTO", "is_primary": true}',
        ),
        (
            link_to_json(Change("domain_name", "acme.com"), []),
            '{"related_record_match": {"domain_name": "acme.com"}}',
        ),
        # Manage Contact and Account Subresources.
        (
            members_to_json(changes(email="d@e.com", is_primary=True, labels=["WORK"])),
            '{"email": "d@e.com", "is_primary": true, "labels": ["WORK"]}',
        ),
        # Reference, log a manual activity.
        (
            activity_to_json(
                changes(
                    account_id="a1",
                    activity_time="2026-06-01T00:00:00Z",
                    subject="Call",
                    description="d",
                    category="OTHER",
                    contact_ids=["c1"],
                )
            ),
            '{"attributes": {"metadata": {"activity_time": "2026-06-01T00:00:00Z", "subject": "Call", '
            '"description": "d", "category": "OTHER"}, "account_id": "a1", "contact_ids": ["c1"]}}',
        ),
    ],
)
def test_bodies_as_documented(body: Json, shown: str) -> None:
    """Byte for byte, in the order in which the changes came."""
    assert dump_json(body) == shown


def test_only_what_is_set_is_sent() -> None:
    """Unset is absent; null, empty and false are sent."""
    body = attributes_to_json([Change("a"), Change("b", UNSET), *changes(c=None, d="", e=False)])
    assert body == {"attributes": {"c": None, "d": "", "e": False}}
    assert activity_to_json(changes(account_id="a1")) == {"attributes": {"account_id": "a1"}}


def test_no_digit_is_lost() -> None:
    """A decimal is written as it was typed."""
    body = attributes_to_json([Change("amount", Decimal("0.10"))])
    assert dump_json(body) == '{"attributes": {"amount": 0.10}}'


def test_an_unreadable_value_is_refused() -> None:
    """With the attribute and the API's code."""
    with pytest.raises(Rejected) as caught:
        attributes_to_json([Change("mood", Raw("calm", "unknown value type aura"))])
    assert (caught.value.code, caught.value.faults[0].field) == ("field_value_invalid", "mood")


WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(WORDS, PLAIN, max_size=5))
def test_json_goes_out_as_it_came(values: dict[str, Json]) -> None:
    """What is given as JSON is what the server reads."""
    body = attributes_to_json([Change(name, value) for name, value in values.items()])
    assert parse_json(dump_json(body).encode()) == {"attributes": values}


def test_activity_words_are_a_body_of_their_own() -> None:
    """Only activity has one; the words under metadata are part of it."""
    assert RESOURCES.rule("activity").create_words == ACTIVITY_WORDS
    assert set(ACTIVITY_METADATA) < set(ACTIVITY_WORDS)
    assert not any(RESOURCES.rule(name).create_words for name in ("contact", "note", "renewal"))


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"data": []},
        {"data": {}},
        {"data": {"attributes": {}}},
        {"data": {"id": "c1", "attributes": []}},
        {"error": {"code": "x"}},
        "done",
    ],
)
def test_an_answer_without_the_record_proves_no_create(answer: Json) -> None:
    """Whatever its status was."""
    with pytest.raises(BadAnswer):
        created(answer, "contact", 1)


@pytest.mark.parametrize("answer", [[], "done", {"error": {"code": "x"}}])
def test_an_odd_answer_proves_no_removal(answer: Json) -> None:
    """An error with a success status least of all."""
    with pytest.raises(BadAnswer):
        removed(answer, Did.ARCHIVED, 1)


def test_a_patch_must_be_of_the_record() -> None:
    """Upper case is the same id."""
    answer: Json = {"data": {"id": "C1", "attributes": {}}}
    assert patched(answer, ONE, 1).record is not None
    with pytest.raises(BadAnswer):
        patched({"data": {"id": "c2", "attributes": {}}}, ONE, 1)
    assert patched(None, ONE, 4) == Done(Did.UPDATED, 4)


def test_a_link_with_its_junction() -> None:
    """Reference, "add an account relationship edge"."""
    answer = json.loads(
        """{"parent": {"id": "c1", "record_type": "contact"}, "api_name": "accounts", "item": {
        "related_record_id": "a1", "related_record_type": "account", "through": {"id": "j1",
        "record_type": "contact_account", "attributes": {
        "role": {"value": "CTO", "value_type": "string"},
        "is_primary": {"value": true, "value_type": "boolean"}}}}}"""
    )
    link = linked(answer, Did.LINKED, 1, "a1").link
    assert link is not None
    assert (link.target.id, dict(link.edge_attributes)) == (
        "a1",
        {"role": "CTO", "is_primary": True},
    )
    with pytest.raises(BadAnswer):
        linked(answer, Did.LINKED, 1, "a2")
    with pytest.raises(BadAnswer):
        linked({"api_name": "accounts"}, Did.LINKED, 1, None)


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("2026-01-05T09:00:00.120Z", "2026-01-05T09:00:00.120Z"),
        ("2026-01-05T09:00:00+00:00", "2026-01-05T09:00:00+00:00"),
        ("x\r\nX-Evil: 1", None),
        ('"', None),
        ("Ünï", None),
        ("9" * 65, None),
        (7, None),
        (None, None),
    ],
)
def test_the_mark_of_a_state_is_the_servers_own_text(written: Json, version: str | None) -> None:
    """Letter for letter, beside the attributes or inside them; what no header can carry is not taken."""
    beside: Json = {"data": {"id": "c1", "updated_at": written}}
    inside: Json = {"data": {"id": "c1", "attributes": {"updated_at": {"value": written}}}}
    for answer in (beside, inside):
        record = created(answer, "contact", 1).record
        assert record is not None
        assert record.version == version


def test_items_in_both_shapes() -> None:
    """E-mails in an envelope, domains bare; an answer without either proves nothing."""
    email: Json = {"id": "e1", "email": "a@b.c", "is_primary": True, "labels": ["WORK"]}
    assert item_kept({"data": {"id": "e1", "envelope": email}}, Did.ADDED, 1).item == email
    domain: Json = {"domain_name": "b.c", "is_primary": True, "status": "ACTIVE"}
    assert item_kept({"data": domain}, Did.ADDED, 1).item == domain
    with pytest.raises(BadAnswer):
        item_kept(None, Did.ADDED, 1)
