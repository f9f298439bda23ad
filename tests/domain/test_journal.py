"""Drafts and intents: their JSON forms lose nothing, and what was saved stays saved."""

import copy
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.journal import Draft, Intent, IntentState, new_id
from app.domain.journal_json import draft_json, draft_of, intent_json, intent_of
from app.domain.values import Json
from tests.domain.journal_strategies import draft, drafts, intent, intents


@given(drafts)
def test_a_draft_comes_back_from_its_json(given_draft: Draft) -> None:
    """With every digit and every hidden character."""
    assert draft_of(draft_json(given_draft)) == given_draft


@given(intents)
def test_an_intent_comes_back_from_its_json(given_intent: Intent) -> None:
    """Its body byte for byte, even where that is no UTF-8."""
    assert intent_of(intent_json(given_intent)) == given_intent


def test_the_digits_of_a_number_stay() -> None:
    """Equal numbers may be written differently."""
    again = draft_of(draft_json(draft(values={"amount": Decimal("1.50")})))
    assert str(again.values["amount"]) == "1.50"


def _broken(document: Json, name: str, value: Json) -> Json:
    assert isinstance(document, dict)
    return {**copy.deepcopy(document), name: value}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("id", 7),
        ("values", []),
        ("texts", {"a": 1}),
        ("items", [{}]),
        ("links", [1]),
        ("saved_at", "yesterday"),
    ],
)
def test_nonsense_is_no_draft(name: str, value: Json) -> None:
    """A draft is whole or it is none."""
    with pytest.raises(ValueError, match=r"is no|Invalid"):
        draft_of(_broken(draft_json(draft()), name, value))


@pytest.mark.parametrize(
    ("name", "value"), [("kind", "guess"), ("state", "probably"), ("body", 1), ("number", "1")]
)
def test_nonsense_is_no_intent(name: str, value: Json) -> None:
    """There is no state beside the six, nor any other kind."""
    with pytest.raises(ValueError, match="is no"):
        intent_of(_broken(intent_json(intent()), name, value))


@given(st.sampled_from(IntentState), st.sampled_from(IntentState))
def test_only_what_is_open_can_turn_out_otherwise(before: IntentState, after: IntentState) -> None:
    """Nothing is sent again under its id; a refusal can be put away, what was saved stays saved."""
    if not before.is_final:
        assert before.may_become(after) == (after is not IntentState.SENDING)
    elif before in {IntentState.REFUSED, IntentState.CONFLICT}:
        assert before.may_become(after) == (after in {before, IntentState.DISCARDED})
    else:
        assert before.may_become(after) == (after is before)


def test_ids_are_never_given_twice() -> None:
    """And fit a header."""
    ids = {new_id() for _ in range(100)}
    assert len(ids) == 100
    assert all(id_.isascii() and len(id_) == 36 for id_ in ids)
