"""Dates in words."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.date_words import (
    DATE_FORMS,
    DATE_WORDS,
    Calendar,
    Days,
    Period,
    days_of,
    is_date_word,
    period_of,
    shown_moment,
    shown_word,
)

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 6, 17, 9, 30, tzinfo=UTC)
"""A Wednesday."""
CALENDAR = Calendar(NOW, BERLIN)

ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Auckland", "Pacific/Apia"]
).map(ZoneInfo)  # fmt: skip
MOMENTS = st.integers(1_325_376_000, 2_840_140_800).map(lambda s: datetime.fromtimestamp(s, UTC))
"""From 2012 on: Samoa left out a day at the end of 2011."""
UNITS = st.one_of(
    st.tuples(st.integers(0, 9999), st.sampled_from("hdw")),
    st.tuples(st.integers(0, 999), st.sampled_from("mqy")),
)
WORDS = st.one_of(
    st.sampled_from([row.word for row in (*DATE_WORDS, *DATE_FORMS)]),
    st.builds(
        lambda sign, pair: f"{sign}{pair[0]}{pair[1]}", st.sampled_from(["", "-", "+"]), UNITS
    ),
    st.dates(date(1000, 1, 1), date(9998, 12, 31)).map(str),
    st.dates(date(1000, 1, 1), date(9998, 12, 31)).map(lambda day: str(day)[:7]),
    st.dates(date(1000, 1, 1), date(9998, 12, 31)).map(lambda day: str(day)[:4]),
)


@pytest.mark.parametrize(
    ("word", "first", "last"),
    [
        ("today", "2026-06-17", "2026-06-17"),
        ("yesterday", "2026-06-16", "2026-06-16"),
        ("tomorrow", "2026-06-18", "2026-06-18"),
        ("wednesday", "2026-06-17", "2026-06-17"),
        ("tuesday", "2026-06-16", "2026-06-16"),
        ("thursday", "2026-06-11", "2026-06-11"),
        ("monday", "2026-06-15", "2026-06-15"),
        ("sunday", "2026-06-14", "2026-06-14"),
        ("this_week", "2026-06-15", "2026-06-21"),
        ("last_week", "2026-06-08", "2026-06-14"),
        ("next_week", "2026-06-22", "2026-06-28"),
        ("this_month", "2026-06-01", "2026-06-30"),
        ("last_month", "2026-05-01", "2026-05-31"),
        ("next_month", "2026-07-01", "2026-07-31"),
        ("this_quarter", "2026-04-01", "2026-06-30"),
        ("last_quarter", "2026-01-01", "2026-03-31"),
        ("next_quarter", "2026-07-01", "2026-09-30"),
        ("this_year", "2026-01-01", "2026-12-31"),
        ("last_year", "2025-01-01", "2025-12-31"),
        ("next_year", "2027-01-01", "2027-12-31"),
        ("7d", "2026-06-10", "2026-06-10"),
        ("-7d", "2026-06-10", "2026-06-10"),
        ("+3d", "2026-06-20", "2026-06-20"),
        ("0d", "2026-06-17", "2026-06-17"),
        ("2w", "2026-06-03", "2026-06-03"),
        ("-2w", "2026-06-03", "2026-06-03"),
        ("4m", "2026-02-17", "2026-02-17"),
        ("1q", "2026-03-17", "2026-03-17"),
        ("+1y", "2027-06-17", "2027-06-17"),
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-06", "2026-06-01", "2026-06-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026-06-15", "2026-06-15", "2026-06-15"),
        ("TODAY", "2026-06-17", "2026-06-17"),
        ("12h", "2026-06-16", "2026-06-16"),
    ],
)
def test_a_word_means_its_days(word: str, first: str, last: str) -> None:
    """Counted from a Wednesday in June."""
    assert days_of(word, CALENDAR) == Days(date.fromisoformat(first), date.fromisoformat(last))


@pytest.mark.parametrize(
    ("word", "start", "end"),
    [
        ("today", "2026-06-16T22:00:00Z", "2026-06-17T22:00:00Z"),
        ("2026-06", "2026-05-31T22:00:00Z", "2026-06-30T22:00:00Z"),
        ("2026-01-01", "2025-12-31T23:00:00Z", "2026-01-01T23:00:00Z"),
        ("2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"),
        ("2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"),
        ("this_year", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"),
        ("now", "2026-06-17T09:30:00Z", "2026-06-17T09:30:00Z"),
        ("36h", "2026-06-15T21:30:00Z", "2026-06-15T21:30:00Z"),
        ("+1h", "2026-06-17T10:30:00Z", "2026-06-17T10:30:00Z"),
    ],
)
def test_a_word_means_the_time_of_its_days_in_the_zone(word: str, start: str, end: str) -> None:
    """Days at a change of clocks have 23 or 25 hours; hours are exact."""
    period = period_of(word, CALENDAR)
    assert (shown_moment(period.start), shown_moment(period.end)) == (start, end)


def test_the_day_is_that_of_the_zone() -> None:
    """At 23:30 in UTC the next day has begun in Berlin, and not in New York."""
    late = datetime(2026, 6, 17, 23, 30, tzinfo=UTC)
    assert Calendar(late, BERLIN).today == date(2026, 6, 18)
    assert Calendar(late, ZoneInfo("America/New_York")).today == date(2026, 6, 17)


def test_a_day_that_starts_in_a_gap_starts_at_its_first_moment() -> None:
    """Beirut's clocks went from midnight to one o'clock."""
    beirut = Calendar(NOW, ZoneInfo("Asia/Beirut"))
    start = period_of("2024-03-31", beirut).start.astimezone(beirut.zone)
    assert (start.date(), start.hour) == (date(2024, 3, 31), 1)


def test_a_month_later_is_its_last_day_where_it_is_shorter() -> None:
    """A month after the last of January is the last of February."""
    calendar = Calendar(datetime(2026, 1, 31, 12, tzinfo=UTC), BERLIN)
    assert days_of("+1m", calendar).first == date(2026, 2, 28)
    assert days_of("11m", calendar).first == date(2025, 2, 28)


@pytest.mark.parametrize(
    "text",
    [
        "", "d", "7", "7x", "7 d", "--7d", "7d ", "10000d", "1000y", "2026-13", "2026-00", "2026-6", "2026-02-30", "0999",
        "9999", "20260615", "2026-06-15T00:00", "mon", "someday", "this", "week", "٧d", "２０２６",
    ],
)  # fmt: skip
def test_other_texts_are_no_date_words(text: str) -> None:
    """What has no meaning is refused by every function alike."""
    assert not is_date_word(text)
    for resolve in (days_of, period_of, shown_word):
        with pytest.raises(ValueError, match="no date word"):
            resolve(text, CALENDAR)


@given(WORDS, MOMENTS, ZONES)
def test_every_date_word_has_a_meaning(word: str, now: datetime, zone: ZoneInfo) -> None:
    """At any time, in any zone; its period is that of its days, or one moment."""
    calendar = Calendar(now, zone)
    assert is_date_word(word)
    days, period = days_of(word, calendar), period_of(word, calendar)
    assert days.first <= days.last
    if not period.is_moment:
        last_moment = period.end - timedelta(microseconds=1)
        assert period.start < period.end
        assert period.start.astimezone(zone).date() == days.first
        assert last_moment.astimezone(zone).date() == days.last
    assert shown_word(word, calendar)


@given(MOMENTS, ZONES)
def test_the_periods_of_one_span_follow_one_another(now: datetime, zone: ZoneInfo) -> None:
    """Last, this and next meet without gap, and this one holds today."""
    calendar = Calendar(now, zone)
    for span in ("week", "month", "quarter", "year"):
        last, this, following = (
            period_of(f"{when}_{span}", calendar) for when in ("last", "this", "next")
        )
        assert (last.end, this.end) == (this.start, following.start)
        assert this.start <= now < this.end


def test_what_will_be_sent_is_shown() -> None:
    """Days as days, a moment as the API takes it."""
    assert shown_word("2026-06", CALENDAR) == "2026-06-01 .. 2026-06-30"
    assert shown_word("7d", CALENDAR) == "2026-06-10"
    assert shown_word("now", CALENDAR) == "2026-06-17T09:30:00Z"


def test_a_period_of_one_moment_says_so() -> None:
    """An hour ago is no stretch of time."""
    assert Period(NOW, NOW).is_moment
    assert not period_of("today", CALENDAR).is_moment


def test_each_listed_word_is_one() -> None:
    """What help and completion offer works."""
    rows = (*DATE_WORDS, *DATE_FORMS)
    assert all(is_date_word(row.word) and row.meaning for row in rows)
    assert len({row.word for row in rows}) == len(rows)
