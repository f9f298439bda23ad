"""Random questions against a schema: whole ones, and texts that are nearly some."""

import re
from decimal import Decimal

from hypothesis import strategies as st

from app.domain.expression import Condition, ConditionGroup, DateWord, Expression, ExpressionNode
from app.domain.operators import OPERATORS, Arity
from app.domain.query import Direction, Filter, FilterGroup, GroupKind, Node, Query, Sort
from app.domain.schema import Attribute, RecordType, Relationship
from app.domain.values import VALUE_TYPES, Json, Option

OPTIONS = (
    Option("1b1c", "working", "Working"),
    Option("2d2e", "closed_won", "Closed Won"),
    Option("3f3a", "off", "Off"),
)
ALL_OPERATORS = tuple(name.value for name in OPERATORS)


def every_value_type(api_name: str) -> RecordType:
    """A record type with an attribute of each value type, and one of a type nobody knows."""
    attributes = tuple(
        Attribute(
            f"a_{name}",
            f"A {name}",
            name,
            is_sortable=True,
            is_filterable=True,
            filter_operators=ALL_OPERATORS,
            related_record_type="account" if name == "record_reference" else None,
            options=OPTIONS if "stage" in name or name == "select" else (),
        )
        for name in (*VALUE_TYPES, "hologram")
    )
    relationships = (
        Relationship("accounts", "Accounts", "account"),
        Relationship("renewals", "Renewals", "renewal"),
    )
    return RecordType(
        api_name, api_name.title(), attributes=attributes, relationships=relationships
    )


SCHEMAS = {name: every_value_type(name) for name in ("contact", "account")}
"""Two record types that are known; a third, `renewal`, is named and not known."""
CONTACT = SCHEMAS["contact"]

_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
"""Two characters that JSON cannot carry side by side: read back they are one."""

_OWN = [attribute.api_name for attribute in CONTACT.attributes]
_hostile = st.text(st.characters(), max_size=5).filter(lambda text: not _PAIR.search(text))
_clean = st.text(st.characters(codec="utf-8"), max_size=5)
_telling = st.sampled_from(
    [
        "", "and", "OR", "not", "off", "order", "by", "all", "any", "null", "true", "No", "json", "date", "12", "-0.50",
        "1e5", "1E+400", "007", "2026", "today", "7d", "-2W", "Acme Corp", "O'Brien", "a.b@c.de", "#1", "it's \\ \"",
        "`", "\u202e", "\ud800", "😀", "{", "x}", "in (", "a,b", "=", "-x", "a#b", "ſ", "\u212a",
    ]
)  # fmt: skip
"""Texts that mean something else when they stand alone."""
texts = _telling | _hostile

fields = (
    st.sampled_from(_OWN)
    | st.sampled_from(_OWN).map(lambda name: f"accounts.{name}")
    | st.sampled_from(_OWN).map(lambda name: f"renewals.{name}")
    | texts
)
operators = st.sampled_from([*ALL_OPERATORS, "fuzzy", "", "is}", "in (", "\x1b"])
_numbers = (
    st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False).map(repr).map(Decimal)
    | st.decimals(allow_nan=False, allow_infinity=False).filter(lambda it: "." in str(it))
    | st.sampled_from([10**4000, Decimal("1E+400"), Decimal("-0.0"), Decimal("0E-9")])
)
"""Decimals are those that JSON writes with a point or an exponent; it makes no others."""
_scalars: st.SearchStrategy[Json] = st.one_of(st.none(), st.booleans(), _numbers)
_nested: st.SearchStrategy[Json] = st.recursive(
    st.one_of(_scalars, _clean),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_clean, inner, max_size=3),
    max_leaves=4,
)
values: st.SearchStrategy[Json] = st.one_of(texts, _scalars, _nested)
"""Any JSON."""


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    """A condition, most often one whose value fits its operator."""
    operator = draw(operators)
    row = OPERATORS.get(operator)  # type: ignore[call-overload]  # any text is asked for
    if row is not None and row.arity is Arity.NONE:
        return Filter(draw(fields), operator)
    match row.arity if row is not None and draw(st.integers(0, 9)) else None:
        case Arity.TWO:
            value: Json = draw(st.lists(values, min_size=2, max_size=2))
        case Arity.MANY:
            value = draw(st.lists(values, max_size=3))
        case _:
            value = draw(values)
    return Filter(draw(fields), operator, value)


def _filter_groups(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    kinds = st.sampled_from([GroupKind.AND, GroupKind.OR])
    negated = inner.map(lambda node: FilterGroup(GroupKind.NOT, (node,)))
    return st.builds(FilterGroup, kinds, several) | negated


sorts = st.builds(Sort, fields, st.sampled_from(Direction))
queries = st.builds(
    Query,
    st.just(CONTACT.api_name),
    st.lists(st.recursive(filters(), _filter_groups, max_leaves=4), max_size=3).map(tuple),
    st.lists(sorts, max_size=3).map(tuple),
)
"""Questions of any shape that JSON can have."""

_date_words = st.builds(DateWord, st.sampled_from(["today", "-7d", "2026-06", "last_week"]) | texts)
_operands = values | _date_words | st.lists(values | _date_words, max_size=3).map(tuple)
_conditions = st.builds(Condition, fields, operators, _operands, st.booleans())


def _groups(inner: st.SearchStrategy[ExpressionNode]) -> st.SearchStrategy[ExpressionNode]:
    several = st.lists(inner, max_size=3).map(tuple)
    kinds = st.sampled_from([GroupKind.AND, GroupKind.OR])
    one = inner.map(lambda node: (node,))
    return st.builds(ConditionGroup, kinds, several, st.booleans()) | st.builds(
        ConditionGroup, st.just(GroupKind.NOT), one, st.booleans()
    )


expressions = st.builds(
    Expression,
    st.lists(st.recursive(_conditions, _groups, max_leaves=4), max_size=3).map(tuple),
    st.lists(sorts, max_size=3).map(tuple),
)
"""Trees of any shape the builder can make, and some it cannot."""

_pieces = st.sampled_from(
    [
        *_OWN, *ALL_OPERATORS, "accounts.", "accounts.a_string", "a_strin", "=", "!=", "<", "not in", "starts with", "is",
        "not", "off", "and", "or", "(", ")", "((", ",", "{fuzzy}", "{", "}", "[1, 2]", '{"a": 1}', "json(", "date(today)",
        '"a b"', "'", '"', "`", "\\", "working", "12", "-7d", "null", "order by", "-", "# no\n", "\n", "all(", "any()",
        "between", "1 and 2", "in (a, b)", "“x”",
    ]
)  # fmt: skip
broken_texts = st.lists(_pieces | _hostile, max_size=14).map(" ".join) | _hostile
"""What people type on their way to a question."""
