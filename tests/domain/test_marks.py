"""Marks: by id, in their order, and taken away again."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.marks import Marks
from app.domain.records import RecordId


def ids(*numbers: int) -> list[RecordId]:
    """Record ids of one type."""
    return [RecordId("contact", str(number)) for number in numbers]


def test_a_second_time_takes_the_mark_away() -> None:
    """Toggling twice leaves nothing; where one was last stays known as the start of a range."""
    marks = Marks()
    marks.toggle(*ids(1))
    assert (len(marks), marks.words) == (1, "1 marked")
    marks.toggle(*ids(1))
    assert (len(marks), marks.words) == (0, "")
    assert [marks.last] == ids(1)


def test_marking_says_how_many_were_new() -> None:
    """What is marked already counts no more."""
    marks = Marks()
    assert marks.mark(ids(1, 2, 3)) == 3
    assert marks.mark(ids(2, 3, 4)) == 1
    assert [*marks] == ids(1, 2, 3, 4)


def test_all_or_none_leaves_other_records_alone() -> None:
    """Marks of rows that are not shown now stay, whichever way the others go."""
    marks = Marks()
    marks.mark(ids(9))
    marks.mark_all_or_none(ids(1, 2))
    assert [*marks] == ids(9, 1, 2)
    marks.mark_all_or_none(ids(1, 2))
    assert [*marks] == ids(9)


@given(st.lists(st.integers(0, 5), max_size=20))
def test_an_odd_number_of_times_marks(numbers: list[int]) -> None:
    """A record is marked exactly if it was toggled an odd number of times."""
    marks = Marks()
    for number in numbers:
        marks.toggle(*ids(number))
    for number in range(6):
        assert (ids(number)[0] in marks) is (numbers.count(number) % 2 == 1)


def test_clearing_forgets_where_a_range_starts() -> None:
    """After clearing there is neither a mark nor a start."""
    marks = Marks()
    marks.mark(ids(1, 2))
    marks.clear()
    assert (len(marks), marks.last) == (0, None)
