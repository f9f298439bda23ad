"""Random drafts and intents, with every kind of text a person can type and a server can send."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from app.domain.journal import (
    Draft,
    EditAction,
    Intent,
    IntentKind,
    IntentState,
    ItemEdit,
    LinkEdit,
)
from app.domain.values import Json
from tests.domain.strategies import moments, numbers

texts = st.text(
    st.characters() | st.sampled_from("\x00\x1b\x7f\x9b\u200b\u202e\u2028\ud800\udfff\ud83d\ude00\U000e0041"),
    max_size=20,
)  # fmt: skip
"""All of Unicode, and often what hides: controls, marks of direction, halves of pairs."""

_scalars = st.none() | st.booleans() | texts | numbers
values: st.SearchStrategy[Json] = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
attributes = st.dictionaries(texts, values, max_size=3)
maybe_text = st.none() | texts

item_edits = st.builds(
    ItemEdit,
    attribute=texts,
    action=st.sampled_from(EditAction),
    item_id=maybe_text,
    members=attributes,
    before=attributes,
)
link_edits = st.builds(
    LinkEdit,
    relationship=texts,
    action=st.sampled_from(EditAction),
    target_type=texts,
    target_id=texts,
    title=texts,
    edge=attributes,
    before=attributes,
)
drafts = st.builds(
    Draft,
    id=texts,
    workspace=texts,
    record_type=texts,
    record_id=maybe_text,
    title=texts,
    base=attributes,
    version=maybe_text,
    updated_at=st.none() | moments,
    values=attributes,
    texts=st.dictionaries(texts, texts, max_size=3),
    items=st.lists(item_edits, max_size=2).map(tuple),
    links=st.lists(link_edits, max_size=2).map(tuple),
    focus=maybe_text,
    caret=st.none() | st.integers(0, 10**6),
    saved_at=st.none() | moments,
)
intents = st.builds(
    Intent,
    id=texts,
    workspace=texts,
    kind=st.sampled_from(IntentKind),
    record_type=texts,
    record_id=maybe_text,
    title=texts,
    method=texts,
    path=texts,
    body=st.none() | st.binary(max_size=40),
    before=attributes,
    after=attributes,
    state=st.sampled_from(IntentState),
    sent_at=st.none() | moments,
    settled_at=st.none() | moments,
    number=st.none() | st.integers(1, 10**6),
    note=texts,
    undo_of=maybe_text,
    draft_id=maybe_text,
    plan_id=maybe_text,
)

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def draft(id_: str = "d1", **fields: object) -> Draft:
    """A draft of a contact's title."""
    given: dict[str, object] = {
        "workspace": "w",
        "record_type": "contact",
        "record_id": "r1",
        "title": "Zoë",
        "base": {"title": "CTO"},
        "values": {"title": "CEO"},
    }
    return Draft(id=id_, **{**given, **fields})  # type: ignore[arg-type]  # the fields of a draft


def intent(id_: str = "i1", **fields: object) -> Intent:
    """A change of a contact's title."""
    given: dict[str, object] = {
        "workspace": "w",
        "kind": IntentKind.PATCH,
        "record_type": "contact",
        "record_id": "r1",
        "method": "PATCH",
        "path": "/api/v2/contact/r1",
        "body": b'{"title": "CEO"}',
        "before": {"title": "CTO"},
        "after": {"title": "CEO"},
    }
    return Intent(id=id_, **{**given, **fields})  # type: ignore[arg-type]  # the fields of an intent
