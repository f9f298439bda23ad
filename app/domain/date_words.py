"""Dates in words, such as `today`, `monday`, `7d` or `2026-06`, and the time each of them means.

Days, weeks, months and years are those of the calendar's zone, so a day at a change of clocks has 23 or 25 hours. Weeks
start on Monday.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType
from typing import Final

from app.domain.values import plain_timestamp

_OFFSET: Final = re.compile(r"([+-]?)([0-9]{1,4}(?=[hdw])|[0-9]{1,3}(?=[mqy]))([hdwmqy])")
"""A distance from now. The digits keep every one of them inside the calendar."""

_YEAR: Final = re.compile(r"([1-9][0-9]{3})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")

_MONTHS: Final[Mapping[str, int]] = MappingProxyType({"m": 1, "q": 3, "y": 12})
_LAST_YEAR: Final = 9998
"""The last one that has a next year in Python."""

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Calendar:
    """What words count from."""

    now: datetime
    """Aware."""
    zone: tzinfo
    """Where days begin and end."""

    @property
    def today(self) -> date:
        """The day it is in the zone."""
        return self.now.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """The first moment of a day, in UTC."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days, both ends included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first} .. {self.last}"


@dataclass(frozen=True, slots=True)
class Period:
    """The moments from `start` up to, but not including, `end`, in UTC. One moment has both ends the same."""

    start: datetime
    end: datetime

    @property
    def is_moment(self) -> bool:
        """Whether it is a single moment, such as `now`."""
        return self.start == self.end


@dataclass(frozen=True, slots=True)
class WordRow:
    """One word, or one form of words by an example, for help and completion."""

    word: str
    meaning: str


@dataclass(frozen=True, slots=True)
class _Named:
    """A word with a name: what it means, and its days, counted from today."""

    meaning: str
    days: Callable[[date], Days]


def is_date_word(text: str) -> bool:
    """Whether a text is a date word, in any case. A plain day, month or year (`2026-06-15`) is one too.

    Only attributes that hold dates or timestamps take them: elsewhere `2026` is a number.
    """
    word = text.lower()
    if word == "now" or word in _NAMED or _OFFSET.fullmatch(word):
        return True
    return _plain_days(word) is not None


def days_of(word: str, calendar: Calendar) -> Days:
    """The days that a word means; of a moment the day it is in. Raises ValueError for what is no date word."""
    word = word.lower()
    if word in _NAMED:
        return _NAMED[word].days(calendar.today)
    if (plain := _plain_days(word)) is not None:
        return plain
    if (moment := _moment(word, calendar)) is not None:
        return _day(moment.astimezone(calendar.zone).date())
    offset = _OFFSET.fullmatch(word)
    if offset is None:
        raise ValueError(f"{word!r} is no date word")
    return _day(_moved(calendar.today, _amount(offset), offset[3]))


def period_of(word: str, calendar: Calendar) -> Period:
    """The time that a word means. Raises ValueError for what is no date word."""
    moment = _moment(word.lower(), calendar)
    if moment is not None:
        return Period(moment, moment)
    days = days_of(word, calendar)
    return Period(calendar.start_of(days.first), calendar.start_of(days.last + timedelta(days=1)))


def shown_moment(moment: datetime) -> str:
    """A moment as the API takes it: RFC 3339 in UTC."""
    return str(plain_timestamp(moment))


def shown_word(word: str, calendar: Calendar) -> str:
    """What a word means today: days, or for a moment the moment. Raises ValueError for what is no date word."""
    moment = _moment(word.lower(), calendar)
    return str(days_of(word, calendar)) if moment is None else shown_moment(moment)


def _moment(word: str, calendar: Calendar) -> datetime | None:
    if word == "now":
        return calendar.now.astimezone(UTC)
    offset = _OFFSET.fullmatch(word)
    if offset is None or offset[3] != "h":
        return None
    return calendar.now.astimezone(UTC) + timedelta(hours=_amount(offset))


def _amount(offset: re.Match[str]) -> int:
    """How far from now; without a sign it goes back."""
    return int(offset[2]) if offset[1] == "+" else -int(offset[2])


def _moved(day: date, amount: int, unit: str) -> date:
    if unit in _MONTHS:
        return _months_later(day, amount * _MONTHS[unit])
    return day + timedelta(days=amount * (7 if unit == "w" else 1))


def _months_later(day: date, months: int) -> date:
    """The same day of another month, or that month's last day if it is shorter."""
    first = _month_start(day, months)
    last = _month_start(day, months + 1) - timedelta(days=1)
    return first.replace(day=min(day.day, last.day))


def _month_start(day: date, months: int) -> date:
    """The first day of the month that is `months` after that of `day`."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, 1)


def _plain_days(word: str) -> Days | None:
    """The days of `2026`, `2026-06` or `2026-06-15`; `None` for anything else, and for days no calendar has."""
    found = _YEAR.fullmatch(word)
    if found is None or int(found[1]) > _LAST_YEAR:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    assert year is not None
    try:
        if day is not None and month is not None:
            return _day(date(year, month, day))
        return _months(date(year, 1 if month is None else month, 1), 0, 12 if month is None else 1)
    except ValueError:
        return None


def _day(day: date) -> Days:
    return Days(day, day)


def _months(day: date, start: int, count: int) -> Days:
    """Whole months, from the one `start` months after that of `day`."""
    after = _month_start(day, start + count)
    return Days(_month_start(day, start), after - timedelta(days=1))


def _week(today: date, weeks: int) -> Days:
    monday = today + timedelta(days=7 * weeks - today.weekday())
    return Days(monday, monday + timedelta(days=6))


def _quarter(today: date, quarters: int) -> Days:
    return _months(today, 3 * quarters - (today.month - 1) % 3, 3)


def _year(today: date, years: int) -> Days:
    return _months(today, 12 * years - (today.month - 1), 12)


def _weekday(number: int) -> Callable[[date], Days]:
    return lambda today: _day(today - timedelta(days=(today.weekday() - number) % 7))


def _span(of: Callable[[date, int], Days], number: int) -> Callable[[date], Days]:
    return lambda today: of(today, number)


_SPANS: Final = (
    ("week", _week),
    ("month", lambda today, months: _months(today, months, 1)),
    ("quarter", _quarter),
    ("year", _year),
)
_TIMES: Final = (("this", 0), ("last", -1), ("next", 1))

_NAMED: Final[Mapping[str, _Named]] = MappingProxyType(
    {
        "today": _Named("the day it is", _day),
        "yesterday": _Named("the day before today", lambda today: _day(_moved(today, -1, "d"))),
        "tomorrow": _Named("the day after today", lambda today: _day(_moved(today, 1, "d"))),
        **{
            name: _Named(f"the last {name.title()}; today if it is one", _weekday(number))
            for number, name in enumerate(_WEEKDAYS)
        },
        **{
            f"{when}_{span}": _Named(
                f"the whole {span} it is"
                if when == "this"
                else f"the whole {span} {side} this one",
                _span(of, number),
            )
            for span, of in _SPANS
            for (when, number), side in zip(_TIMES, ("", "before", "after"), strict=True)
        },
    }
)

DATE_WORDS: Final = (
    WordRow("now", "this moment"),
    *(WordRow(word, row.meaning) for word, row in _NAMED.items()),
)
"""Every word with a name."""

DATE_FORMS: Final = (
    WordRow("7d", "the day 7 days ago; also -7d, and +7d for 7 days ahead"),
    WordRow("2w", "the day 2 weeks ago; likewise m for months, q for quarters, y for years"),
    WordRow("12h", "exactly 12 hours ago"),
    WordRow("2026", "that whole year"),
    WordRow("2026-06", "that whole month"),
    WordRow("2026-06-15", "that whole day"),
)
"""The words that are made, by an example each."""
