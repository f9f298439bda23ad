"""Even ranges that many numbers or moments fall into: at round numbers, at the starts of days, weeks, months or years."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_FLOOR, Context, Decimal
from itertools import pairwise
from typing import Final

MAX_BINS: Final = 12
"""More would not fit on the smallest screen."""

MAX_DIGITS: Final = 24
"""Numbers with more places before or after the point are not drawn; nobody would read their borders."""

_EXACT: Final = Context(prec=4 * MAX_DIGITS)

_STEPS: Final = tuple(Decimal(text) for text in ("1", "2", "2.5", "5", "10"))


@dataclass(frozen=True, slots=True)
class Bin:
    """What lies at `low` or above, and below `high`."""

    low: Decimal | date | datetime
    high: Decimal | date | datetime
    label: str
    count: int


def number_bins(numbers: Sequence[Decimal]) -> tuple[Bin, ...]:
    """Numbers in at most `MAX_BINS` ranges with round borders; none where they are all the same or have no end of digits."""
    if not all(is_drawable(number) for number in numbers):
        return ()
    low, high = min(numbers), max(numbers)
    if low == high:
        return ()
    step = _round_step(_EXACT.subtract(high, low))
    first = _floor(low, step)
    count = int(_floor(_EXACT.subtract(high, first), step) / step) + 1
    counts = [0] * count
    for number in numbers:
        counts[int(_EXACT.divide(_EXACT.subtract(number, first), step))] += 1
    edges = [_EXACT.add(first, _EXACT.multiply(step, Decimal(index))) for index in range(count + 1)]
    return tuple(
        Bin(
            edges[index],
            edges[index + 1],
            f"{_plain(edges[index])} to {_plain(edges[index + 1])}",
            found,
        )
        for index, found in enumerate(counts)
    )


def day_bins(days: Sequence[date]) -> tuple[Bin, ...]:
    """Days in at most `MAX_BINS` calendar spans, the finest that are few enough."""
    low, high = min(days), max(days)
    for span in _SPANS:
        edges = _edges(span, low, high)
        if edges is not None:
            return _counted_days(span, edges, days)
    return ()


def moment_bins(moments: Sequence[datetime], zone: tzinfo = UTC) -> tuple[Bin, ...]:
    """Moments by the hours of one day, or by the days, weeks, months or years of a zone."""
    local = [local_moment(moment, zone) for moment in moments]
    days = [moment.date() for moment in local]
    if min(days) == max(days):
        return _hour_bins(local, zone)
    return day_bins(days)


def local_moment(moment: datetime, zone: tzinfo) -> datetime:
    """A moment as a clock of the zone shows it; at either end of the calendar as it is."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment


@dataclass(frozen=True, slots=True)
class _Span:
    """One length of calendar ranges."""

    start: Callable[[date], date]
    """The first day of the range a day is in."""
    next: Callable[[date], date]
    """The first day of the range after the one that starts here."""
    label: Callable[[date], str]
    days: int
    """How long it is at least."""


def _months(count: int, label: Callable[[date], str]) -> _Span:
    """Ranges of some months; what a year holds of them, or years, must be whole."""

    def start(day: date) -> date:
        index = (day.year * 12 + day.month - 1) // count * count
        return date(max(1, index // 12), index % 12 + 1, 1)

    def following(day: date) -> date:
        index = day.year * 12 + day.month - 1 + count
        return date(index // 12, index % 12 + 1, 1)

    return _Span(start, following, label, 28 * count)


def _years(count: int) -> _Span:
    return _months(
        12 * count,
        lambda day: f"{day:%Y}" if count == 1 else f"{day.year} to {day.year + count - 1}",
    )


_SPANS: Final = (
    _Span(lambda day: day, lambda day: day + timedelta(days=1), str, 1),
    _Span(
        lambda day: day - timedelta(days=min(day.weekday(), day.toordinal() - 1)),
        lambda day: day + timedelta(days=7),
        lambda day: f"week of {day}",
        7,
    ),
    _months(1, lambda day: f"{day:%Y-%m}"),
    _months(3, lambda day: f"{day:%Y} Q{(day.month + 2) // 3}"),
    *(_years(count) for count in (1, 2, 5, 10, 20, 50, 100, 1000)),
)


def _edges(span: _Span, low: date, high: date) -> list[date] | None:
    """Where the ranges start, and where the last one ends; `None` if there are too many, or the calendar ends before."""
    if (high - low).days // span.days > 2 * MAX_BINS:
        return None
    edges = [span.start(low)]
    try:
        while edges[-1] <= high:
            edges.append(span.next(edges[-1]))
    except (OverflowError, ValueError):
        edges.append(date.max)
    return edges if len(edges) <= MAX_BINS + 1 else None


def _counted_days(span: _Span, edges: list[date], days: Sequence[date]) -> tuple[Bin, ...]:
    counts = dict.fromkeys(edges[:-1], 0)
    for day in days:
        counts[max(edge for edge in counts if edge <= day)] += 1
    return tuple(Bin(low, high, span.label(low), counts[low]) for low, high in pairwise(edges))


def _hour_bins(local: Sequence[datetime], zone: tzinfo) -> tuple[Bin, ...]:
    """The hours of one day, as many to a range as keep the ranges few."""
    first, last = min(moment.hour for moment in local), max(moment.hour for moment in local)
    step = next(
        size for size in (1, 2, 3, 6) if last // size - first // size < MAX_BINS or size == 6
    )
    day = local[0].date()
    return tuple(
        Bin(low, high, f"{day} {start:02}:00", sum(low <= moment < high for moment in local))
        for start, low, high in _hours(day, first // step * step, last, step, zone)
    )


def _hours(
    day: date, first: int, last: int, step: int, zone: tzinfo
) -> Iterator[tuple[int, datetime, datetime]]:
    midnight = datetime.combine(day, time())
    for start in range(first, last + 1, step):
        ends = (midnight + timedelta(hours=hour) for hour in (start, start + step))
        low, high = (end.replace(tzinfo=zone).astimezone(UTC) for end in ends)
        yield start, low, high


def is_drawable(number: Decimal) -> bool:
    """Whether a number is one that people read digit by digit."""
    return number.is_finite() and (number == 0 or abs(number.adjusted()) <= MAX_DIGITS)


def _plain(number: Decimal) -> str:
    return f"{number.normalize(_EXACT):,f}"


def _round_step(width: Decimal) -> Decimal:
    """The smallest round step of which a width, laid anywhere, touches at most `MAX_BINS`."""
    wanted = _EXACT.divide(width, Decimal(MAX_BINS - 1))
    power = Decimal(1).scaleb(wanted.adjusted(), _EXACT)
    return next(step for factor in _STEPS if (step := _EXACT.multiply(factor, power)) >= wanted)


def _floor(number: Decimal, step: Decimal) -> Decimal:
    """The multiple of a step at or below a number."""
    whole = _EXACT.divide(number, step).to_integral_value(ROUND_FLOOR, _EXACT)
    return _EXACT.multiply(whole, step)
