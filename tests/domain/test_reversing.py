"""What takes a write back, what cannot be taken back, and which write is next."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.edits import Change
from app.domain.journal import Intent, IntentKind, IntentState
from app.domain.planned import (
    BODY_KINDS,
    LINK_KINDS,
    PlannedWrite,
    as_changes,
    item_of,
    kept_item,
    no_item,
    write_of,
)
from app.domain.reversing import last_redoable, last_undoable, reverse_of, reverse_of_intent
from app.domain.values import Json

KINDS = {
    IntentKind.PATCH: IntentKind.PATCH,
    IntentKind.CREATE: IntentKind.ARCHIVE,
    IntentKind.LINK: IntentKind.UNLINK,
    IntentKind.UNLINK: IntentKind.LINK,
    IntentKind.PATCH_LINK: IntentKind.PATCH_LINK,
    IntentKind.ADD_ITEM: IntentKind.REMOVE_ITEM,
    IntentKind.SET_ITEM: IntentKind.SET_ITEM,
    IntentKind.REMOVE_ITEM: IntentKind.ADD_ITEM,
}
"""Each kind that can be taken back, and what does it."""


def intent_of(
    kind: IntentKind,
    number: int = 1,
    *,
    undo_of: str | None = None,
    state: IntentState | None = None,
) -> Intent:
    """A confirmed write of its kind."""
    before: dict[str, Json] = {"title": "old"}
    after: dict[str, Json] = {"title": "new"}
    if kind is IntentKind.CREATE:
        before = {}
    elif kind not in BODY_KINDS and kind is not IntentKind.ARCHIVE:
        before, after = kept_item("part", "p1", {"role": "old"}), kept_item("part", "p1", {"role": "new"})  # fmt: skip
        if kind in (IntentKind.ADD_ITEM, IntentKind.LINK):
            before = no_item("part")
        if kind in (IntentKind.REMOVE_ITEM, IntentKind.UNLINK):
            after = no_item("part")
    return Intent(
        id=f"i{number}",
        workspace="w",
        kind=kind,
        record_type="contact",
        record_id="c1",
        method="X",
        path="/x",
        before=before,
        after=after,
        state=state or IntentState.SAVED,
        undo_of=undo_of,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_taken_back_by_its_opposite(kind: IntentKind) -> None:
    """Addressed to the same record, item or link, and in words."""
    reverse = reverse_of_intent(intent_of(kind))
    assert reverse.is_possible
    assert reverse.write is not None
    assert (reverse.write.kind, reverse.write.record_id) == (KINDS[kind], "c1")
    assert reverse.words.startswith("Undo")
    if kind in LINK_KINDS:
        assert (reverse.write.name, reverse.write.target_id) == ("part", "p1")


def test_the_old_values_go_back() -> None:
    """Those of what was written, and the members of an item."""
    patch = reverse_of_intent(intent_of(IntentKind.PATCH)).write
    assert patch is not None
    assert patch.values == {"title": "old"}
    for kind in (IntentKind.SET_ITEM, IntentKind.REMOVE_ITEM, IntentKind.UNLINK):
        write = reverse_of_intent(intent_of(kind)).write
        assert write is not None
        assert write.values == {"role": "old"}
    added = reverse_of_intent(intent_of(IntentKind.REMOVE_ITEM)).write
    assert added is not None
    assert added.target_id is None


@pytest.mark.parametrize("state", [row for row in IntentState if row is not IntentState.SAVED])
def test_only_what_was_confirmed_is_taken_back(state: IntentState) -> None:
    """With the state in words."""
    reverse = reverse_of_intent(intent_of(IntentKind.PATCH, state=state))
    assert (reverse.is_possible, reverse.write) == (False, None)
    assert state in reverse.words


def test_what_cannot_be_taken_back_says_so() -> None:
    """An archive; an item whose id the answer did not tell; an item of which nothing is known."""
    assert not reverse_of_intent(intent_of(IntentKind.ARCHIVE)).is_possible
    nameless = PlannedWrite(
        kind=IntentKind.ADD_ITEM, record_type="contact", record_id="c1", name="part"
    )
    assert reverse_of(nameless, no_item("part")).write is None
    forgotten = PlannedWrite(
        kind=IntentKind.SET_ITEM,
        record_type="contact",
        record_id="c1",
        name="part",
        target_id="p1",
        changes=(Change("role", "x"),),
    )
    assert not reverse_of(forgotten, {}).is_possible


def test_before_a_create_is_sent_undo_is_told_in_words_alone() -> None:
    """Nobody knows the address yet."""
    create = PlannedWrite(
        kind=IntentKind.CREATE, record_type="task", changes=(Change("title", "x"),)
    )
    reverse = reverse_of(create, {})
    assert reverse.write is None
    assert reverse.is_possible
    assert "archives" in reverse.words


@given(
    st.dictionaries(st.text(min_size=1), st.none() | st.text() | st.integers()),
    st.none() | st.text(),
)
def test_a_noted_item_reads_back(members: dict[str, Json], item_id: str | None) -> None:
    """With its id and every member that is not called like the id."""
    found = item_of(kept_item("part", item_id, members))
    assert found is not None
    assert (found.name, found.id) == ("part", item_id)
    assert found.members == {name: value for name, value in members.items() if name != "id"}
    assert item_of(no_item("part")) is None


@pytest.mark.parametrize("kind", IntentKind)
def test_an_intent_reads_back_as_the_write_it_was(kind: IntentKind) -> None:
    """What it wrote, and where."""
    write = write_of(intent_of(kind))
    assert (write.kind, write.record_id) == (kind, "c1")
    is_part = kind not in BODY_KINDS and kind is not IntentKind.ARCHIVE
    assert (write.name == "part") is is_part
    is_removal = kind in (IntentKind.REMOVE_ITEM, IntentKind.UNLINK, IntentKind.ARCHIVE)
    assert bool(write.changes) is not is_removal
    assert write.changes == as_changes(write.values)


def told(*rows: tuple[int, int | None]) -> list[Intent]:
    """Confirmed patches by number, oldest first, with what each takes back; as a journal tells them, newest first."""
    return [
        intent_of(IntentKind.PATCH, number, undo_of=None if of is None else f"i{of}")
        for number, of in reversed(rows)
    ]


def next_ids(rows: Sequence[Intent]) -> tuple[str | None, str | None]:
    """What would be undone, and what redone."""
    undo, redo = last_undoable(rows), last_redoable(rows)
    return (None if undo is None else undo.id, None if redo is None else redo.id)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        ([], (None, None)),
        ([(1, None), (2, None)], ("i2", None)),
        ([(1, None), (2, None), (3, 2)], ("i1", "i3")),
        ([(1, None), (2, None), (3, 2), (4, 1)], (None, "i4")),
        ([(1, None), (2, None), (3, 2), (4, 1), (5, 4)], ("i1", "i3")),
        ([(1, None), (2, None), (3, 2), (4, 1), (5, 4), (6, 3)], ("i2", None)),
        ([(1, None), (2, 1), (3, 2), (4, 1)], (None, "i4")),
        ([(1, None), (2, 1), (3, None)], ("i3", None)),
        ([(2, 1)], (None, "i2")),
    ],
)
def test_undo_goes_back_and_redo_forward(
    rows: list[tuple[int, int | None]], found: tuple[str | None, str | None]
) -> None:
    """Through any order of the two; something new ends what could be redone."""
    assert next_ids(told(*rows)) == found


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (IntentState.UNKNOWN, None),
        (IntentState.SENDING, None),
        (IntentState.REFUSED, "i1"),
        (IntentState.CONFLICT, "i1"),
        (IntentState.DISCARDED, "i1"),
    ],
)
def test_an_undo_that_may_have_been_done_counts(state: IntentState, found: str | None) -> None:
    """One that changed nothing does not."""
    undo = intent_of(IntentKind.PATCH, 2, undo_of="i1", state=state)
    assert next_ids([undo, intent_of(IntentKind.PATCH, 1)])[0] == found
