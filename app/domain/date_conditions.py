"""One condition with date words, in the operators that its attribute has.

A word is a stretch of time, which has two ends; each end can be said with the value inside or the value next to it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from app.domain.date_words import Calendar, days_of, period_of, shown_moment
from app.domain.expression import Condition, DateWord
from app.domain.operators import OperatorName
from app.domain.paths import Resolved
from app.domain.query import Filter, FilterGroup, GroupKind, Node
from app.domain.values import Json

_TICK: Final = timedelta(microseconds=1)
"""The least time between two moments."""

_DAY: Final = timedelta(days=1)


class NotSayable(Exception):
    """The attribute's operators cannot say it."""


@dataclass(frozen=True, slots=True)
class _Edge:
    """One end of a stretch of time, in both forms that mean the same."""

    value: Json
    is_inclusive: bool
    other: Json = None
    """The value for the form that takes the other side in, or leaves it out; `None` if it is not known."""

    @property
    def opposite(self) -> "_Edge":
        """The end of what lies on the other side."""
        return _Edge(self.value, not self.is_inclusive, self.other)

    @property
    def inclusive(self) -> Json:
        """The last value that is still inside."""
        return self.value if self.is_inclusive else self.other


@dataclass(frozen=True, slots=True)
class _Span:
    """A stretch of time."""

    low: _Edge
    high: _Edge

    @property
    def single(self) -> Json:
        """The only value inside; `None` if there are several."""
        return self.low.value if self.low.inclusive == self.high.inclusive else None


def _days_span(word: str, calendar: Calendar) -> _Span:
    days = days_of(word, calendar)
    return _Span(
        _Edge(str(days.first), True, str(days.first - _DAY)),
        _Edge(str(days.last), True, str(days.last + _DAY)),
    )


def _moments_span(word: str, calendar: Calendar) -> _Span:
    period = period_of(word, calendar)
    low = _Edge(shown_moment(period.start), True, shown_moment(period.start - _TICK))
    if period.is_moment:
        return _Span(
            low, _Edge(shown_moment(period.start), True, shown_moment(period.start + _TICK))
        )
    return _Span(low, _Edge(shown_moment(period.end), False, shown_moment(period.end - _TICK)))


def _literal_span(value: Json) -> _Span:
    return _Span(_Edge(value, True), _Edge(value, True))


SPANS: Final[Mapping[str, Callable[[str, Calendar], _Span]]] = MappingProxyType(
    {"date": _days_span, "timestamp": _moments_span}
)
"""How the value types that take words read them."""


@dataclass(frozen=True, slots=True)
class DatedCondition:
    """A condition with date words, on an attribute that takes them."""

    condition: Condition
    place: Resolved
    calendar: Calendar

    def nodes(self) -> tuple[Node, ...]:
        """What must hold, all of it. Raises `NotSayable`."""
        value = self.condition.value
        if isinstance(value, tuple):
            return self._of_several([self._span(operand) for operand in value])
        span = self._span(value)
        match self.condition.operator:
            case OperatorName.EQ:
                return self._within(span)
            case OperatorName.NE:
                if span.single is not None and self._takes(OperatorName.NE):
                    return (self._filter(OperatorName.NE, span.single),)
                return (_negated(self._within(span)),)
            case OperatorName.GT:
                return (self._from(span.high.opposite),)
            case OperatorName.GTE:
                return (self._from(span.low),)
            case OperatorName.LT:
                return (self._until(span.low.opposite),)
            case OperatorName.LTE:
                return (self._until(span.high),)
            case _:
                return (literal(self.condition),)

    def _of_several(self, spans: Sequence[_Span]) -> tuple[Node, ...]:
        match self.condition.operator:
            case OperatorName.BETWEEN if len(spans) == 2:
                return self._within(_Span(spans[0].low, spans[1].high))
            case OperatorName.IN:
                return self._among(spans)
            case OperatorName.NOT_IN:
                return (_negated(self._among(spans)),)
            case _:
                return (literal(self.condition),)

    def _among(self, spans: Sequence[_Span]) -> tuple[Node, ...]:
        singles = [span.single for span in spans]
        if None not in singles and self._takes(OperatorName.IN):
            return (self._filter(OperatorName.IN, singles),)
        parts = [part for span in spans for part in as_one(self._within(span))]
        return (parts[0],) if len(parts) == 1 else (FilterGroup(GroupKind.OR, tuple(parts)),)

    def _within(self, span: _Span) -> tuple[Node, ...]:
        """Inside a stretch of time. Where a record has many values one of them must be inside, not one for each end."""
        if span.single is not None and self._takes(OperatorName.EQ):
            return (self._filter(OperatorName.EQ, span.single),)
        low, high = span.low.inclusive, span.high.inclusive
        is_between = None not in (low, high) and self._takes(OperatorName.BETWEEN)
        between = (self._filter(OperatorName.BETWEEN, [low, high]),)
        if is_between and (self.place.is_many or self.place.attribute.value_type == "date"):
            return between
        if self.place.is_many:
            raise NotSayable
        try:
            return (self._from(span.low), self._until(span.high))
        except NotSayable:
            if is_between:
                return between
            raise

    def _from(self, edge: _Edge) -> Filter:
        return self._ordered(edge, OperatorName.GTE, OperatorName.GT)

    def _until(self, edge: _Edge) -> Filter:
        return self._ordered(edge, OperatorName.LTE, OperatorName.LT)

    def _ordered(self, edge: _Edge, including: OperatorName, excluding: OperatorName) -> Filter:
        name, other = (including, excluding) if edge.is_inclusive else (excluding, including)
        if self._takes(name):
            return self._filter(name, edge.value)
        if edge.other is not None and self._takes(other):
            return self._filter(other, edge.other)
        raise NotSayable

    def _takes(self, name: OperatorName) -> bool:
        """Whether the attribute has the operator; one that takes no filter at all is not refused here."""
        attribute = self.place.attribute
        return name in attribute.filter_operators or not attribute.is_filterable

    def _filter(self, name: OperatorName, value: Json) -> Filter:
        return Filter(self.condition.field, name.value, value)

    def _span(self, operand: Json | DateWord) -> _Span:
        if not isinstance(operand, DateWord):
            return _literal_span(operand)
        return SPANS[self.place.attribute.value_type](operand.text, self.calendar)


def _negated(nodes: tuple[Node, ...]) -> FilterGroup:
    return FilterGroup(GroupKind.NOT, as_one(nodes))


def as_one(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """The same as a single node, where several stand for one condition."""
    return nodes if len(nodes) < 2 else (FilterGroup(GroupKind.AND, nodes),)


def literal(condition: Condition) -> Filter:
    """A condition as it stands; a word in it is a text like any other."""
    value = condition.value
    if isinstance(value, tuple):
        return Filter(condition.field, condition.operator, [_text(row) for row in value])
    return Filter(condition.field, condition.operator, _text(value))


def _text(operand: Json | DateWord) -> Json:
    return operand.text if isinstance(operand, DateWord) else operand
