"""Three-way merge: no silent overwrite, and neither side is lost."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.edits import UNSET
from app.domain.equality import is_kept, is_same
from app.domain.merging import Clash, Side, TheirChange, base_of, merge, resolve
from app.domain.records import Record, RecordId
from app.domain.values import EmailItem, Json, Option, Raw
from tests.domain.strategies import json_values

_NAMES = ("title", "stage", "amount", "emails", "address")
_few: st.SearchStrategy[Json] = st.sampled_from(
    [None, "", "a", "b", 0, 1, True, Decimal("1.0"), Decimal("1.00"), [], ["a"], ["a", "b"], {"c": 1}]
)  # fmt: skip
"""Few values, so that sides often agree; absent, null, empty, and equal in other writing among them."""
_records = st.fixed_dictionaries({}, optional=dict.fromkeys(_NAMES, _few))

Values = Mapping[str, Json]


@st.composite
def three_sides(draw: st.DrawFn) -> tuple[Values, Values, Values]:
    """A base, my changes, and the base with changes of somebody else, who may have removed some."""
    base = draw(_records)
    theirs = {**base, **draw(_records)}
    gone = draw(st.sets(st.sampled_from(_NAMES), max_size=2))
    theirs = {name: value for name, value in theirs.items() if name not in gone}
    mine = draw(_records)
    return base, mine, theirs


@settings(max_examples=500)
@given(three_sides())
def test_nothing_of_theirs_is_overwritten_unseen(sides: tuple[Values, Values, Values]) -> None:
    """What is sent without asking was not changed by anybody else, or it clashes."""
    base, mine, theirs = sides
    for name in merge(base, mine, theirs).to_send:
        assert is_same(base.get(name, UNSET), theirs.get(name, UNSET))


@given(three_sides())
def test_each_of_my_changes_ends_in_exactly_one_place(
    sides: tuple[Values, Values, Values],
) -> None:
    """Sent, agreed, set back, or asked about."""
    base, mine, theirs = sides
    done = merge(base, mine, theirs)
    places = [*done.to_send, *done.agreed, *done.reverted, *(row.attribute for row in done.clashes)]
    assert sorted(places) == sorted(mine)
    assert all(is_same(done.to_send[name], mine[name]) for name in done.to_send)


@settings(max_examples=500)
@given(three_sides())
def test_neither_side_is_lost(sides: tuple[Values, Values, Values]) -> None:
    """Every change of either side is in the merged record, or in a clash that shows both."""
    base, mine, theirs = sides
    done = merge(base, mine, theirs)
    merged = {**theirs, **done.to_send}
    clashing = {row.attribute: row for row in done.clashes}
    for name, value in mine.items():
        if name in clashing:
            assert is_same(clashing[name].mine, value)
            assert is_same(clashing[name].theirs, theirs.get(name, UNSET))
        elif not is_same(value, base.get(name, UNSET)):
            assert is_same(merged[name], value)
    for name in {*base, *theirs}:
        if not is_same(base.get(name, UNSET), theirs.get(name, UNSET)) and name not in clashing:
            assert is_same(merged.get(name, UNSET), theirs.get(name, UNSET))


@given(three_sides())
def test_what_somebody_else_changed_is_told(sides: tuple[Values, Values, Values]) -> None:
    """Every difference is a note, or agreed, or a clash."""
    base, mine, theirs = sides
    done = merge(base, mine, theirs)
    noted = {row.attribute for row in done.notes}
    told = noted | {row.attribute for row in done.clashes} | {*done.agreed}
    names = {*base, *theirs}
    assert told == {
        name for name in names if not is_same(base.get(name, UNSET), theirs.get(name, UNSET))
    }


@given(three_sides(), st.data())
def test_a_decided_clash_clashes_no_more(
    sides: tuple[Values, Values, Values], data: st.DataObject
) -> None:
    """And it ends as it was decided."""
    base, mine, theirs = sides
    clashes = merge(base, mine, theirs).clashes
    chosen = {row.attribute: data.draw(st.sampled_from(Side)) for row in clashes}
    resolved = resolve(mine, theirs, chosen)
    again = merge(resolved.base, resolved.mine, theirs)
    assert again.is_clean
    for row in clashes:
        is_mine = chosen[row.attribute] is Side.MINE
        assert (row.attribute in again.to_send) is is_mine


@given(_records, _records)
def test_when_nobody_else_was_there_all_is_sent_but_what_was_set_back(
    base: Values, mine: Values
) -> None:
    """And there is nothing to tell."""
    done = merge(base, mine, base)
    assert {*done.to_send} == {
        name for name in mine if not is_same(mine[name], base.get(name, UNSET))
    }
    assert not done.clashes
    assert not done.notes
    assert not done.agreed


def test_a_list_is_a_whole() -> None:
    """Two people who each add an item clash."""
    done = merge({"tags": ["a"]}, {"tags": ["a", "b"]}, {"tags": ["a", "c"]})
    assert done.clashes == (Clash("tags", ["a"], ["a", "b"], ["a", "c"]),)
    assert not done.to_send


def test_absent_null_and_empty_are_three_values() -> None:
    """Each is a change against the others."""
    assert merge({"a": None}, {"a": ""}, {"a": None}).to_send == {"a": ""}
    assert merge({}, {"a": None}, {}).to_send == {"a": None}
    assert merge({"a": "x"}, {"a": "y"}, {}).clashes == (Clash("a", "x", "y", UNSET),)
    assert merge({"a": "x"}, {}, {}).notes == (TheirChange("a", "x", UNSET),)


def test_numbers_are_compared_as_numbers_and_truth_is_none() -> None:
    """1.00 is 1, true is not."""
    assert merge({"a": Decimal("1.00")}, {"a": 1}, {"a": Decimal("1.00")}).reverted == ("a",)
    assert merge({"a": 1}, {"a": True}, {"a": 1}).to_send == {"a": True}


def test_a_record_as_base_is_what_would_be_sent() -> None:
    """Choices by name, items without their ids; unreadable values and the time of the last change are left out."""
    record = Record(
        RecordId("contact", "1"),
        {
            "stage": Option("id", "won", "Won"),
            "emails": (EmailItem("e1", "a@b.test", True),),
            "odd": Raw("?", "unknown"),
            "title": None,
            "updated_at": datetime(2026, 1, 5, tzinfo=UTC),
        },
    )
    assert base_of(record) == {
        "stage": "won",
        "emails": [{"email": "a@b.test", "is_primary": True, "labels": []}],
        "title": None,
    }


def test_a_server_may_write_a_value_in_its_own_way() -> None:
    """Trimmed, folded, composed, with more members, in another order, or as nothing; but not otherwise."""
    assert is_kept(" Dana@X.test ", "dana@x.test")
    assert is_kept("Zoe\u0308", "Zoë")
    assert is_kept([{"email": "A@x"}, {"email": "b@x"}], [{"email": "b@x"}, {"email": "a@x", "id": "1"}])  # fmt: skip
    assert is_kept("", None)
    assert is_kept({"city": "Lyon", "state": None}, {"city": "Lyon"})
    assert not is_kept("a", "b")
    assert not is_kept(["a", "a"], ["a", "b"])
    assert not is_kept(1, True)
    assert not is_kept("a", None)


@given(json_values)
def test_what_was_sent_is_kept_by_who_changes_nothing(value: Json) -> None:
    """Whatever it is."""
    assert is_kept(value, value)
