"""The lint and the server agree: what one refuses the other refuses, with the same code."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from app.domain.capabilities import Learned, ResourceMatrix
from app.domain.errors import Fault, Rejected
from app.domain.guilty_clause import guilty_clause
from app.domain.json_text import dump_json, parse_json
from app.domain.operators import OPERATORS, Arity
from app.domain.paths import path_starts
from app.domain.query import Direction, Filter, FilterGroup, GroupKind, Node, Query, Sort
from app.domain.query_limits import group_depth
from app.domain.query_lint import lint_query
from app.domain.schema import Attribute, RecordType
from app.domain.values import Json
from app.server.public_v2.questions import answer_query
from app.server.public_v2.schemas import schema_json
from app.server.refusals import Refusal
from app.server.sample.custom_types import SAMPLE_TYPES
from app.server.store.cursors import CursorSigner
from app.server.store.ddl import create_indexes, create_tables
from app.server.store.dialect import SQLITE
from app.server.store.filters import MAX_DEPTH
from app.server.store.identifiers import name_id
from app.server.store.paths import MAX_HOPS
from app.server.store.readers import Reader, Workspace
from app.wire.public_v2.errors import faults_in
from app.wire.public_v2.matrix import RESOURCES
from app.wire.public_v2.queries import query_to_json
from app.wire.public_v2.schemas import schema_to_domain
from tests.domain.strategies import json_values
from tests.server.gadgets import GADGET

DEFINITIONS: Final = {row.api_name: row for row in (*SAMPLE_TYPES, GADGET)}
SCHEMAS: Final[Mapping[str, RecordType]] = {
    name: schema_to_domain(parse_json(schema_json(row)), name) for name, row in DEFINITIONS.items()
}
ASKED: Final = sorted(DEFINITIONS.keys() - {"activity"})
"""Activities have a query of their own."""

_STRICTER: Final = ("has its ends the wrong way round", "is a sort key twice")
"""What the lint refuses although a server has an answer to it: an empty or a useless one."""


@cache
def _reader() -> Reader:
    """A database without records."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.create_function(SQLITE.fold_function, 1, lambda text: text)
    types = tuple(DEFINITIONS.values())
    for statement in (*create_tables(SQLITE, types), *create_indexes(SQLITE, types)):
        connection.execute(statement)
    return Reader(Workspace(DEFINITIONS, name_id("o"), CursorSigner("secret"), SQLITE), connection)


def _resources() -> ResourceMatrix:
    """What a session knows that was refused a path once."""
    resources = replace(RESOURCES, learned=Learned())
    query = Query("contact", (Filter("x." * (MAX_HOPS + 1) + "id", "exists"),))
    fault = Fault("filter_depth_exceeded", "too deep")
    resources.learned.limits.learn(query, Rejected("too deep", faults=(fault,)))
    return resources


RESOURCES_TAUGHT: Final = _resources()


def _refused(query: Query) -> Refusal | None:
    """What the server says of a question."""
    body = dump_json(query_to_json(query)).encode()
    definition = DEFINITIONS[query.record_type]
    try:
        answer_query(_reader(), definition, body, with_names=False)
    except Refusal as refusal:
        return refusal
    return None


_names = st.sampled_from(sorted({row.api_name for it in SCHEMAS.values() for row in it.attributes}))
_odd_names = _names | st.sampled_from(["", ".", "nmae", "accounts", "id.id", "contacts.contacts"])


@st.composite
def _places(draw: st.DrawFn, record_type: str) -> tuple[str, Attribute | None]:
    """A path that may be right, with its attribute if it is."""
    here = SCHEMAS[record_type]
    names = []
    for _ in range(draw(st.integers(0, MAX_HOPS + 1))):
        steps = [step for step in path_starts(here) if step.target in SCHEMAS]
        if not steps:
            break
        step = draw(st.sampled_from(steps))
        assert step.target is not None
        names.append(step.name)
        here = SCHEMAS[step.target]
    if draw(st.integers(0, 9)) == 0:
        return ".".join((*names, draw(_odd_names))), None
    attribute = draw(st.sampled_from(here.attributes))
    return ".".join((*names, attribute.api_name)), attribute


_moments = st.sampled_from(
    ["2026-06-01T00:00:00Z", "2026-06-01T00:00:00.0001+02:00", "2026-06-01T00:00:00", "2026-06-01", "20260601T10Z", "now"]
)  # fmt: skip
_numbers: st.SearchStrategy[Json] = st.sampled_from(
    [1, -3, 10**40, 10**400, "12.5", "x", "NaN", "1e9999", {"amount": "3"}, {"amount": None}, True]
)
_LIKELY: Final[dict[str, st.SearchStrategy[Json]]] = {
    **dict.fromkeys(("number", "percent", "currency"), _numbers),
    "boolean": st.sampled_from([True, False, 1, "true"]),
    "timestamp": _moments,
    "date": st.sampled_from(["2026-06-01", "2026-02-30", "20260601", "2026-W01-1", "2026-06"]),
    "time": st.sampled_from(["09:30", "09:30:00", "9", "09:30:00Z", "25:00"]),
    "uuid": st.sampled_from([name_id("a"), name_id("a").upper(), f"{{{name_id('a')}}}", "a"]),
    "record_reference": st.sampled_from([name_id("a"), "a", 3]),
}


def _operands(attribute: Attribute | None) -> st.SearchStrategy[Json]:
    """Values that often fit."""
    if attribute is None:
        return json_values
    likely = _LIKELY.get(attribute.value_type, st.text(max_size=3))
    if attribute.options:
        told = [
            (row.id, row.id.upper(), row.api_name, row.display_value) for row in attribute.options
        ]
        likely = st.sampled_from([text for texts in told for text in texts] + ["x", "", "WORKING"])
    return st.integers(0, 9).flatmap(lambda chance: likely if chance else json_values)


@st.composite
def _filters(draw: st.DrawFn, record_type: str) -> Filter:
    field, attribute = draw(_places(record_type))
    offered: Sequence[str] = attribute.filter_operators if attribute is not None else ()
    operator = draw(st.sampled_from([*offered, *offered, *offered, *OPERATORS, "like"]))
    row = OPERATORS.get(operator)  # type: ignore[call-overload]  # any text may be asked
    operands = _operands(attribute)
    match row.arity if row is not None and draw(st.integers(0, 9)) else None:
        case Arity.TWO:
            value: Json = draw(st.lists(operands, min_size=2, max_size=2))
        case Arity.MANY:
            value = draw(st.lists(operands, max_size=3))
        case _:
            value = draw(operands)
    return Filter(field, str(operator), value)


@st.composite
def _queries(draw: st.DrawFn) -> Query:
    record_type = draw(st.sampled_from(ASKED))

    def groups(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=1, max_size=3).map(tuple)
        return st.builds(
            FilterGroup, st.sampled_from([GroupKind.AND, GroupKind.OR]), several
        ) | inner.map(lambda node: FilterGroup(GroupKind.NOT, (node,)))

    nodes = st.recursive(_filters(record_type), groups, max_leaves=3)
    names = [row.api_name for row in SCHEMAS[record_type].attributes]
    keys = st.builds(Sort, st.sampled_from(names) | _odd_names, st.sampled_from(Direction))
    filters = draw(st.lists(nodes, max_size=2))
    sort = draw(st.just([]) | st.lists(keys, max_size=4))
    return Query(record_type, tuple(filters), tuple(sort))


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_queries())
def test_the_lint_refuses_what_the_server_refuses(query: Query) -> None:
    """With the same code, and nothing else that has a use. A body the server cannot read at all has a code of its own."""
    assume(group_depth(query.filters) < MAX_DEPTH)
    faults = lint_query(query, SCHEMAS, RESOURCES_TAUGHT)
    refusal = _refused(query)
    if refusal is None:
        assert all(any(words in row.fault.message for words in _STRICTER) for row in faults)
        return
    codes = {row.fault.code for row in faults}
    assert codes if refusal.code == "invalid_json" else refusal.code in codes, refusal.message


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_queries())
def test_a_refusal_leads_to_a_clause_that_the_lint_refuses_too(query: Query) -> None:
    """Always, where it is about a clause that could be read; other faults of the same question stand elsewhere."""
    assume(group_depth(query.filters) < MAX_DEPTH)
    refusal = _refused(query)
    if refusal is None:
        return
    body = dump_json(refusal.body).encode()
    path = guilty_clause(query, Rejected(refusal.message, faults=faults_in(body)))
    faults = lint_query(query, SCHEMAS, RESOURCES_TAUGHT)
    if path is None:
        assert refusal.code in {"invalid_json", "unsortable_field", "sort_too_many_fields"}
    else:
        assert (path, refusal.code) in {(row.path, row.fault.code) for row in faults}
