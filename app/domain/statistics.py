"""What a column holds: how many are filled, which values and how often, and how numbers and moments are spread."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from decimal import Context, Decimal
from typing import Final

from app.domain.bins import Bin, day_bins, is_drawable, local_moment, moment_bins, number_bins
from app.domain.records import Record
from app.domain.schema import Attribute
from app.domain.values import (
    DomainItem,
    EmailItem,
    Option,
    Ordering,
    PhoneItem,
    Raw,
    Reference,
    Scalar,
    Value,
    show,
    show_item,
    show_number,
)

MAX_VALUES: Final = 20
"""Different values that are listed; the others are summed up."""

_EXACT: Final = Context(prec=40)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which records were counted."""

    counted: int
    is_all: bool
    """Whether these are all records of the question."""
    filtered_from: int | None = None
    """Loaded rows of which these passed the quick filter."""
    forgotten: int = 0
    """Rows that were loaded and are not in memory any more."""

    def __str__(self) -> str:
        if self.filtered_from is not None:
            return f"of {self.counted:,} that match the filter, of {self.filtered_from:,} loaded"
        if self.forgotten:
            return f"of {self.counted:,} in memory, {self.counted + self.forgotten:,} were loaded"
        return f"of all {self.counted:,}" if self.is_all else f"of {self.counted:,} loaded"


@dataclass(frozen=True, slots=True)
class Row:
    """Some of the records: those with one value, in one range, with so many items, or with any other value."""

    label: str
    """Not yet sanitised."""
    count: int
    value: Value = None
    """What these records hold; `None`, where there is no range, items or rest: they are empty."""
    range: Bin | None = None
    items: int | None = None
    """How many items their list has."""
    is_rest: bool = False
    """Whether these are all values that are not listed."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """The figures of one attribute."""

    attribute: Attribute
    counted: int
    filled: int
    empty: int
    not_sent: int
    """Records whose answer did not hold the attribute at all."""
    distinct: int
    """Different values, or different items of lists, that can be read."""
    facts: tuple[tuple[str, str], ...]
    """What else is known, such as the mean: a word and the figure as a person reads it. Not yet sanitised."""
    rows: tuple[Row, ...]
    """Best read from top to bottom: ranges and choices in their order, other values by how often they occur."""


def column_statistics(
    attribute: Attribute, records: Iterable[Record], *, zone: tzinfo = UTC
) -> Statistics:
    """The figures of an attribute over some records; days are those of `zone`."""
    counted, not_sent, held = 0, 0, []
    for record in records:
        counted += 1
        if attribute.api_name not in record.attributes:
            not_sent += 1
        elif (value := record.attributes[attribute.api_name]) is not None and value != ():
            held.append(value)
    found = [item for value in held for item in (value if isinstance(value, tuple) else (value,))]
    items = [item for item in found if not isinstance(item, Raw)]
    by_key: dict[object, list[Scalar]] = {}
    for item in items:
        by_key.setdefault(_key(item), []).append(item)
    groups = [(group[0], len(group)) for group in by_key.values()]
    empty = counted - not_sent - len(held)
    rows = [
        *(_item_rows(held) if attribute.is_array else ()),
        *_value_rows(attribute, items, groups, zone),
    ]
    if unreadable := [item for item in found if isinstance(item, Raw)]:
        rows.append(Row("(unreadable)", len(unreadable), unreadable[0]))
    if empty:
        rows.append(Row("(empty)", empty))
    return Statistics(
        attribute,
        counted,
        len(held),
        empty,
        not_sent,
        len(groups),
        _facts(attribute, items, zone),
        tuple(rows),
    )


def _value_rows(
    attribute: Attribute, items: Sequence[Scalar], groups: list[tuple[Scalar, int]], zone: tzinfo
) -> Sequence[Row]:
    """The rows of what the records hold, as fits the value type."""
    if attribute.options:
        return _choice_rows(attribute, groups)
    if attribute.value_type == "boolean":
        groups.sort(key=lambda group: group[0] is not True)
    elif bins := _bins(attribute, items, zone):
        return [Row(row.label, row.count, range=row) for row in bins]
    elif _numbers(items) is not None:
        groups.sort(key=lambda group: _number(group[0]))
    else:
        groups.sort(key=lambda group: (-group[1], show(group[0], attribute.value_type).casefold()))
    rows = [Row(show(value, attribute.value_type), count, value) for value, count in groups]
    if len(rows) <= MAX_VALUES:
        return rows
    rest = rows[MAX_VALUES:]
    summed = sum(row.count for row in rest)
    return [*rows[:MAX_VALUES], Row(f"{len(rest):,} other values", summed, is_rest=True)]


def _choice_rows(attribute: Attribute, groups: list[tuple[Scalar, int]]) -> Sequence[Row]:
    """Every choice of the schema in the workspace's order, chosen or not, then those it does not list: a funnel."""
    counts = {_choice_key(value): (value, count) for value, count in groups}
    rows = []
    for option in attribute.options:
        is_word = attribute.value_type == "enum"
        _, count = counts.pop(_choice_key(option), (option, 0))
        value: Scalar = option.api_name if is_word else option
        rows.append(Row(option.api_name if is_word else option.display_value, count, value))
    unlisted = (
        (show(value, attribute.value_type), count, value) for value, count in counts.values()
    )
    return rows + [Row(*row) for row in unlisted]


def _item_rows(held: Sequence[Value]) -> list[Row]:
    """How many records have one item, how many two, and so on."""
    sizes = Counter(len(value) for value in held if isinstance(value, tuple))
    return [
        Row(f"with {size:,} item{'' if size == 1 else 's'}", count, items=size)
        for size, count in sorted(sizes.items())
    ]


def _bins(attribute: Attribute, items: Sequence[Scalar], zone: tzinfo) -> tuple[Bin, ...]:
    """Ranges, where the values are numbers or moments; a few different numbers are better listed."""
    numbers = _numbers(items)
    if numbers and attribute.type_row.ordering is Ordering.NUMBER:
        return number_bins(numbers) if len(set(numbers)) > _FEW else ()
    moments = [item for item in items if isinstance(item, datetime)]
    if moments and len(moments) == len(items):
        return moment_bins(moments, zone)
    days = [item for item in items if isinstance(item, date)]
    return day_bins(days) if days and len(days) == len(items) and not moments else ()


_FEW: Final = 6
"""So many different numbers are listed one by one."""


def _facts(
    attribute: Attribute, items: Sequence[Scalar], zone: tzinfo
) -> tuple[tuple[str, str], ...]:
    numbers = _numbers(items)
    if numbers and attribute.type_row.ordering is Ordering.NUMBER:
        return _number_facts(sorted(numbers))
    moments = [item for item in items if isinstance(item, date)]
    if not moments or len(moments) != len(items):
        return ()
    first, last = min(moments), max(moments)
    return ("earliest", _moment(first, zone)), ("latest", _moment(last, zone))


def _number_facts(numbers: list[Decimal]) -> tuple[tuple[str, str], ...]:
    facts = [("min", numbers[0]), ("max", numbers[-1])]
    if all(is_drawable(number) for number in numbers):
        total = Decimal(0)
        for number in numbers:
            total = _EXACT.add(total, number)
        middle = len(numbers) // 2
        median = (
            numbers[middle]
            if len(numbers) % 2
            else _EXACT.divide(_EXACT.add(numbers[middle - 1], numbers[middle]), Decimal(2))
        )
        facts += [("mean", _EXACT.divide(total, Decimal(len(numbers)))), ("median", median)]
        facts.append(("sum", total))
    return tuple((word, _rounded(number)) for word, number in facts)


def _rounded(number: Decimal) -> str:
    """To two places behind the point; a number nobody reads digit by digit as it is."""
    if not is_drawable(number):
        return str(number)
    rounded = round(number, 2)
    return show_number(rounded.to_integral_value() if rounded == rounded // 1 else rounded)


def _moment(moment: date, zone: tzinfo) -> str:
    if not isinstance(moment, datetime):
        return moment.isoformat()
    return f"{local_moment(moment, zone):%Y-%m-%d %H:%M}"


def _numbers(items: Sequence[Scalar]) -> list[Decimal] | None:
    """The items as numbers; `None` if any is none."""
    if not all(_is_number(item) for item in items):
        return None
    return [_number(item) for item in items]


def _is_number(item: Scalar) -> bool:
    is_whole = isinstance(item, int) and not isinstance(item, bool)
    return is_whole or (isinstance(item, Decimal) and item.is_finite())


def _number(item: Scalar) -> Decimal:
    assert isinstance(item, int | Decimal)
    return Decimal(item)


def _key(item: Scalar) -> object:
    """What makes two values the same: the id of a choice or of a reference's target, what an item is known by."""
    match item:
        case Option():
            return _choice_key(item)
        case Reference():
            return item.record_type, item.record_id
        case EmailItem() | PhoneItem() | DomainItem():
            return show_item(item).casefold()
        case Decimal() if not item.is_finite():
            return str(item)
        case _:
            return item


def _choice_key(value: Scalar) -> str:
    return value.api_name or value.id if isinstance(value, Option) else str(value)
