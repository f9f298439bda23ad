"""Ranges for histograms: round borders, calendar spans, and nothing that falls between them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.bins import MAX_BINS, Bin, day_bins, moment_bins, number_bins


def labels(bins: tuple[Bin, ...]) -> list[str]:
    """What the ranges are called."""
    return [row.label for row in bins]


def hold(bins: tuple[Bin, ...], values: list[Decimal] | list[date] | list[datetime]) -> None:
    """Every value lies in one range, every count tells how many, and the ranges touch."""
    assert 0 < len(bins) <= MAX_BINS
    for row in bins:
        assert row.count == sum(row.low <= value < row.high for value in values)  # type: ignore[operator]  # all of one type
    assert sum(row.count for row in bins) == len(values)
    assert [row.high for row in bins[:-1]] == [row.low for row in bins[1:]]


amounts = st.decimals(-(10**12), 10**12, places=2) | st.integers(-(10**9), 10**9).map(Decimal)


@given(st.lists(amounts, min_size=2, max_size=40).filter(lambda drawn: len(set(drawn)) > 1))
def test_every_number_lies_in_one_range(numbers: list[Decimal]) -> None:
    """Whatever the numbers are, and however near to each other."""
    hold(number_bins(numbers), numbers)


@given(st.lists(st.dates(date(1800, 1, 1), date(2200, 1, 1)), min_size=1, max_size=40))
def test_every_day_lies_in_one_range(days: list[date]) -> None:
    """From one day to centuries."""
    hold(day_bins(days), days)


@given(
    st.lists(
        st.datetimes(datetime(2026, 3, 28), datetime(2026, 3, 31), timezones=st.just(UTC)),  # noqa: DTZ001
        min_size=1,
        max_size=20,
    )
)
def test_moments_are_counted_by_their_day(moments: list[datetime]) -> None:
    """In the zone, where the 29th has 23 hours."""
    bins = moment_bins(moments, ZoneInfo("Europe/Berlin"))
    assert 0 < len(bins) <= MAX_BINS
    assert sum(row.count for row in bins) == len(moments)


@pytest.mark.parametrize(
    ("numbers", "first", "last", "count"),
    [
        ((0, 100), "0 to 10", "100 to 110", 11),
        ((1, 11), "1 to 2", "11 to 12", 11),
        ((-5, 7), "-6 to -4", "6 to 8", 7),
        (("0.1", "0.9"), "0.1 to 0.2", "0.9 to 1", 9),
        ((1000, 249_999), "0 to 25,000", "225,000 to 250,000", 10),
    ],
)
def test_borders_of_numbers_are_round(
    numbers: tuple[int | str, ...], first: str, last: str, count: int
) -> None:
    """1, 2, 2.5 or 5 of some power of ten, and never more ranges than fit."""
    found = labels(number_bins([Decimal(number) for number in numbers]))
    assert (found[0], found[-1], len(found)) == (first, last, count)


@pytest.mark.parametrize("numbers", [(5, 5), (1, "1E+999999"), (0, "1E-400"), ("NaN", 1)])
def test_numbers_without_a_readable_width_have_no_ranges(numbers: tuple[int | str, ...]) -> None:
    """All the same, or with more digits than anybody reads: a bad value must not stop the deck."""
    assert number_bins([Decimal(number) for number in numbers]) == ()


@pytest.mark.parametrize(
    ("low", "high", "first", "last"),
    [
        (date(2026, 1, 5), date(2026, 1, 9), "2026-01-05", "2026-01-09"),
        (date(2026, 1, 1), date(2026, 2, 20), "week of 2025-12-29", "week of 2026-02-16"),
        (date(2025, 12, 31), date(2026, 8, 1), "2025-12", "2026-08"),
        (date(2024, 1, 1), date(2026, 8, 1), "2024 Q1", "2026 Q3"),
        (date(2016, 1, 1), date(2026, 8, 1), "2016", "2026"),
        (date(1999, 1, 1), date(2026, 1, 1), "1995 to 1999", "2025 to 2029"),
        (date(1, 1, 1), date(9999, 12, 31), "1 to 1000", "9001 to 10000"),
    ],
)
def test_days_are_counted_by_calendar_spans(low: date, high: date, first: str, last: str) -> None:
    """The finest of days, weeks from Monday, months, quarters and years that are few enough."""
    found = labels(day_bins([low, high]))
    assert (found[0], found[-1]) == (first, last)


def test_moments_of_one_day_are_counted_by_the_hour() -> None:
    """Of the zone: one o'clock in UTC is three o'clock in Berlin in summer."""
    moments = [datetime(2026, 6, 3, 1, 30, tzinfo=UTC), datetime(2026, 6, 3, 3, 0, tzinfo=UTC)]
    bins = moment_bins(moments, ZoneInfo("Europe/Berlin"))
    assert labels(bins) == ["2026-06-03 03:00", "2026-06-03 04:00", "2026-06-03 05:00"]
    assert [row.count for row in bins] == [1, 0, 1]
    assert bins[0].low == datetime(2026, 6, 3, 1, tzinfo=UTC)


def test_moments_at_the_end_of_the_calendar_are_counted() -> None:
    """A clock of Tokyo cannot show them, for there is no year 10000."""
    moments = [datetime(9999, 12, 31, 23, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)]
    bins = moment_bins(moments, ZoneInfo("Asia/Tokyo"))
    assert sum(row.count for row in bins) == len(moments)
