"""What is new, gone and changed between two runs."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.changes_since import ChangesSince, Run, RunRow, changes_since
from app.domain.edits import UNSET
from app.domain.values import Json

THEN = datetime(2026, 1, 5, 9, tzinfo=UTC)

values = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("xy"), inner),
    max_leaves=4,
)
rows = st.builds(
    RunRow,
    st.sampled_from("abcdefgh"),
    st.just("a title"),
    st.dictionaries(st.sampled_from(["name", "stage", "amount"]), values),
)
runs = st.builds(
    Run,
    st.just(THEN),
    st.just("contact"),
    st.just(""),
    st.lists(rows, unique_by=lambda row: row.record_id).map(tuple),
    st.booleans(),
)


def run(*rows: tuple[str, dict[str, Json]], text: str = "", is_complete: bool = True) -> Run:
    """A run of records by id."""
    made = tuple(RunRow(name, f"Title of {name}", held) for name, held in rows)
    return Run(THEN, "contact", text, made, is_complete)


def applied(changes: ChangesSince) -> dict[str, dict[str, Json]]:
    """The newer run's values, made of the older run's and the changes alone."""
    result = {row.record_id: dict(row.values) for row in changes.before.rows}
    for row in changes.gone:
        del result[row.record_id]
    for row in changes.new:
        result[row.record_id] = dict(row.values)
    for change in changes.changed:
        held = result[change.row.record_id]
        for value in change.values:
            assert held.pop(value.attribute, UNSET) == value.before
            if value.after is not UNSET:
                held[value.attribute] = value.after
    return result


@given(runs)
def test_a_run_compared_with_itself_has_no_change(one: Run) -> None:
    """Whatever it holds."""
    assert not changes_since(one, one).is_any


@given(runs, runs)
def test_the_changes_lead_from_the_older_run_to_the_newer(before: Run, after: Run) -> None:
    """Nothing is left out, nothing is told twice."""
    wanted = {row.record_id: dict(row.values) for row in after.rows}
    assert applied(changes_since(before, after)) == wanted


@given(runs, runs)
def test_the_other_way_round_new_and_gone_change_places(before: Run, after: Run) -> None:
    """And as many rows changed."""
    there, back = changes_since(before, after), changes_since(after, before)
    assert (there.new, there.gone) == (back.gone, back.new)
    assert {row.row.record_id for row in there.changed} == {
        row.row.record_id for row in back.changed
    }


def test_old_and_new_values_stand_side_by_side() -> None:
    """Also for what came into an answer or left it."""
    before = run(("1", {"stage": "new", "name": "Acme", "old": 1}))
    after = run(("1", {"stage": "won", "name": "Acme", "more": None}))
    [change] = changes_since(before, after).changed
    assert [(row.attribute, row.before, row.after) for row in change.values] == [
        ("stage", "new", "won"),
        ("more", UNSET, None),
        ("old", 1, UNSET),
    ]


@pytest.mark.parametrize(
    ("before", "after", "is_change"),
    [
        (Decimal("1.0"), Decimal("1.00"), False),
        ([Decimal("1.0")], [1], False),
        (1, True, True),
        ([0], [False], True),
        ({"a": 1}, {"a": True}, True),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, False),
        (None, "", True),
    ],
)
def test_values_are_compared_as_values(before: Json, after: Json, is_change: bool) -> None:
    """Digits after the point that say nothing are no change; another kind is one."""
    found = changes_since(run(("1", {"x": before})), run(("1", {"x": after})))
    assert found.is_any is is_change


def test_a_run_that_was_cut_short_promises_less() -> None:
    """A row beyond the rows that were read may still be there."""
    whole, part = run(("1", {}), ("2", {})), run(("2", {}), is_complete=False)
    assert (changes_since(whole, whole).new_words, changes_since(whole, whole).gone_words) == (
        "new",
        "gone",
    )
    assert changes_since(whole, part).gone_words == "not among the first 1 now"
    assert changes_since(part, whole).new_words == "not among the first 1 then"


def test_an_edited_question_is_told() -> None:
    """Its two answers belong to two questions."""
    assert changes_since(run(text="a"), run(text="a")).is_same_question
    assert not changes_since(run(text="a"), run(text="b")).is_same_question
