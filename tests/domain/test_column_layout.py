"""Arranging columns: laws of the edits, and what comes back from a file."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.column_layout import MAX_WIDTH, MIN_WIDTH, Column, ColumnLayout

PATHS = ("name", "stage", "owner", "amount", "note")

layouts = st.lists(
    st.builds(
        Column,
        st.sampled_from(PATHS),
        st.none() | st.integers(MIN_WIDTH, MAX_WIDTH),
        st.booleans(),
    ),
    unique_by=lambda column: column.path,
    max_size=5,
).map(lambda columns: ColumnLayout(tuple(columns)).arranged())
paths = st.sampled_from(PATHS)


@given(layouts)
def test_a_layout_comes_back_from_its_parts(layout: ColumnLayout) -> None:
    """Names, widths and pins are all there is to keep."""
    kept = (list(layout.paths), dict(layout.widths), list(layout.pinned))
    assert ColumnLayout.from_parts(*kept) == layout


@given(layouts, paths, st.sampled_from([-1, 1]))
def test_moving_there_and_back_gives_the_same(layout: ColumnLayout, path: str, step: int) -> None:
    """And never across the border of the pinned ones."""
    there = layout.moved(path, step)
    assert there.arranged() == there
    if there != layout:
        assert there.moved(path, -step) == layout


@given(layouts, paths)
def test_hiding_what_was_shown_gives_the_same(layout: ColumnLayout, path: str) -> None:
    """A new column comes last."""
    if layout.column(path) is None:
        more = layout.toggled(path)
        assert more.paths == (*layout.paths, path)
        assert more.toggled(path) == layout


@given(layouts, paths, st.integers(-200, 200), st.integers(1, 200))
def test_a_width_stays_within_its_bounds(
    layout: ColumnLayout, path: str, cells: int, drawn: int
) -> None:
    """However often the key is pressed."""
    wide = layout.widened(path, cells, drawn)
    assert all(MIN_WIDTH <= width <= MAX_WIDTH for width in wide.widths.values())
    assert wide.fitted(path).column(path) == layout.fitted(path).column(path)


def test_a_width_starts_from_what_is_drawn() -> None:
    """Wider by two than what one sees."""
    layout = ColumnLayout((Column("name"),))
    assert layout.widened("name", 2, 18).widths == {"name": 20}


def test_a_pinned_column_comes_before_the_others() -> None:
    """Behind those pinned before it; released it is the first of the others."""
    layout = ColumnLayout((Column("name"), Column("stage"), Column("owner")))
    pinned = layout.pin_switched("owner").pin_switched("stage")
    assert pinned.paths == ("owner", "stage", "name")
    assert pinned.pinned == ("owner", "stage")
    assert pinned.pin_switched("owner").paths == ("stage", "owner", "name")


def test_what_a_hand_wrote_into_a_file_is_put_right() -> None:
    """Doubles, absurd widths, and pins of columns that are not there."""
    layout = ColumnLayout.from_parts(("a", "b", "a"), {"a": 0, "b": 9999, "c": 5}, ("b", "z"))
    assert layout == ColumnLayout((Column("b", MAX_WIDTH, is_pinned=True), Column("a", MIN_WIDTH)))
