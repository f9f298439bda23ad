"""Random values, JSON documents and questions for property tests."""

from datetime import UTC, datetime, time
from decimal import Decimal

from hypothesis import strategies as st

from app.domain.operators import OPERATORS, Arity
from app.domain.query import Direction, Filter, FilterGroup, GroupKind, Node, Query, Sort
from app.domain.values import (
    Address,
    DomainItem,
    EmailItem,
    Json,
    Option,
    PhoneItem,
    Reference,
    Scalar,
)

words = st.text(st.characters(codec="utf-8"), max_size=20)
names = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=12)

numbers = st.integers(-(10**30), 10**30) | st.decimals(
    allow_nan=False, allow_infinity=False, places=None
).filter(lambda number: number.as_tuple().exponent != 0)
"""Whole numbers, and decimals that JSON writes with a point or an exponent."""

json_scalars = st.none() | st.booleans() | words | numbers
json_values: st.SearchStrategy[Json] = st.recursive(
    json_scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)

moments = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001
labels = st.lists(st.sampled_from(["PERSONAL", "WORK", "MOBILE"]), max_size=3).map(tuple)
maybe = st.none() | words
options = st.builds(
    Option, words.filter(bool), words.filter(bool), words.filter(bool), st.none() | words
)

scalars_by_type: dict[str, st.SearchStrategy[Scalar]] = {
    **dict.fromkeys(
        ("string", "long_text", "rich_text", "email", "phone_number", "url", "uuid", "enum"), words
    ),
    "number": numbers,
    "percent": numbers,
    "currency": st.decimals(allow_nan=False, allow_infinity=False).map(Decimal),
    "boolean": st.booleans(),
    "timestamp": moments,
    "date": st.dates(),
    "time": st.times().map(lambda moment: time(moment.hour, moment.minute, moment.second)),
    "select": options.map(lambda row: Option(row.id, row.api_name, row.display_value)),
    "contact_stage": options,
    "account_stage": options,
    "opportunity_stage": st.builds(
        Option,
        words.filter(bool),
        words.filter(bool),
        words.filter(bool),
        maybe,
        maybe,
        st.none() | st.integers(0, 999),
    ),
    "record_reference": st.builds(Reference, words, words),
    "contact_email": st.builds(EmailItem, words, words, st.booleans(), labels),
    "contact_phone_number": st.builds(PhoneItem, words, words, st.booleans(), labels),
    "address": st.builds(Address, maybe, maybe, maybe, maybe, maybe, maybe),
    "account_domain": st.builds(DomainItem, words, st.booleans(), words),
}
"""Values of each value type."""

_operands: st.SearchStrategy[Json] = words | numbers | st.booleans()


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    """A condition whose value has the shape its operator takes."""
    operator = OPERATORS[draw(st.sampled_from(sorted(OPERATORS)))]
    value: Json
    match operator.arity:
        case Arity.NONE:
            value = None
        case Arity.ONE:
            value = draw(_operands)
        case Arity.TWO:
            value = draw(st.lists(_operands, min_size=2, max_size=2))
        case Arity.MANY:
            value = draw(st.lists(_operands, max_size=4))
    return Filter(draw(names), operator.name.value, value)


def _groups(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.builds(
        FilterGroup, st.sampled_from([GroupKind.AND, GroupKind.OR]), several
    ) | inner.map(lambda node: FilterGroup(GroupKind.NOT, (node,)))


nodes: st.SearchStrategy[Node] = st.recursive(filters(), _groups, max_leaves=8)
sorts = st.builds(Sort, names, st.sampled_from(Direction))
queries = st.builds(
    Query,
    names,
    st.lists(nodes, max_size=3).map(tuple),
    st.lists(sorts, max_size=3).map(tuple),
    st.integers(1, 100),
)

hostile_texts = st.text(
    st.characters()
    | st.sampled_from("\x00\x07\x1b\x7f\x85\x9b\xad\u200b\u202e\u2066\ufeff\ufffe\ud800\U000e0041")
    | st.sampled_from("\u0301\u0489\u20dd\ufe20"),
    max_size=60,
)
"""Texts full of what a terminal must not see."""
