"""Working time: when the records of the sample were made, and how a moment is written.

Everything is counted in milliseconds. Working time runs on weekdays between 07:00 and 18:00 UTC; mapping it to the calendar
keeps the order, so that records numbered in order are also made in order.
"""

from datetime import date
from functools import lru_cache
from typing import Final

SECOND_MS: Final = 1000
HOUR_MS: Final = 3_600 * SECOND_MS
DAY_MS: Final = 24 * HOUR_MS
WORKDAY_MS: Final = 11 * HOUR_MS
FIRST_HOUR_MS: Final = 7 * HOUR_MS
SPAN_WORKDAYS: Final = 3 * 260
"""How far back the oldest records go: about three years."""

_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()
_MONDAY: Final = 4
"""The first Monday after the epoch, as a day number."""
_MINUTES: Final = tuple(f"T{hour:02}:{minute:02}:" for hour in range(24) for minute in range(60))
_SECONDS: Final = tuple(f"{second:02}." for second in range(60))
_MILLIS: Final = tuple(f"{milli:03}Z" for milli in range(1000))


@lru_cache(maxsize=8192)
def date_text(day: int) -> str:
    """`YYYY-MM-DD` of a day counted from the epoch."""
    return date.fromordinal(_EPOCH_ORDINAL + day).isoformat()


def moment_text(moment_ms: int) -> str:
    """`YYYY-MM-DDTHH:MM:SS.mmmZ`."""
    day, rest = divmod(moment_ms, DAY_MS)
    minute, rest = divmod(rest, 60_000)
    second, milli = divmod(rest, SECOND_MS)
    return f"{date_text(day)}{_MINUTES[minute]}{_SECONDS[second]}{_MILLIS[milli]}"


class Calendar:
    """The working time that ends with the last weekday up to `today`."""

    def __init__(self, today: date) -> None:
        self.today_day = today.toordinal() - _EPOCH_ORDINAL
        """Today, as a day counted from the epoch."""
        weeks, weekday = divmod(self.today_day - _MONDAY, 7)
        self.first_ms = _MONDAY * DAY_MS + FIRST_HOUR_MS
        """When working time began: the first working hour after the epoch."""
        self.last_ms = (weeks * 5 + min(weekday, 4) + 1) * WORKDAY_MS - 1
        """Working time up to the last evening."""
        self.now_ms = self.moment_ms(0)
        """The evening of the last working day; nothing has happened after it."""

    def moment_ms(self, age_ms: int) -> int:
        """The moment that lies `age_ms` of working time back."""
        workday, rest_ms = divmod(self.last_ms - age_ms, WORKDAY_MS)
        return (workday + workday // 5 * 2) * DAY_MS + self.first_ms + rest_ms
