"""Record types that are queried within a scope, by words of their own instead of filters.

Source: reference, "query the activity timeline"; contract 3.10.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from app.domain.capabilities import ResourceMatrix, ResourceRule
from app.domain.clause_faults import ClauseFault
from app.domain.errors import Fault
from app.domain.paths import Schemas
from app.domain.query import Filter, Node, Query
from app.domain.schema import Attribute, RecordType

_PERIOD: Final = Attribute(
    "created_at", "Created at", "timestamp", is_filterable=True, filter_operators=("gte", "lte")
)


def asked_schemas(schemas: Schemas, resources: ResourceMatrix) -> Schemas:
    """The schemas as questions see them: of a scoped type only the words of its query can be filtered by."""
    return MappingProxyType(
        {name: _asked(schema, resources.rule(name)) for name, schema in schemas.items()}
    )


def _asked(schema: RecordType, rule: ResourceRule) -> RecordType:
    if not rule.query_scopes:
        return schema
    words = (*(_scope(*pair) for pair in rule.query_scopes.items()), _PERIOD)
    names = {row.api_name for row in words}
    others = (
        replace(row, is_filterable=False, is_sortable=False, filter_operators=())
        for row in schema.attributes
        if row.api_name not in names
    )
    return replace(schema, attributes=(*words, *others))


def _scope(record_type: str, word: str) -> Attribute:
    label = word.replace("_", " ").capitalize()
    return Attribute(
        word,
        label,
        "record_reference",
        is_filterable=True,
        filter_operators=("eq",),
        related_record_type=record_type,
    )


def lint_scope(query: Query, rule: ResourceRule) -> Iterator[ClauseFault]:
    """What stands against a question of a scoped type, beside what its schema says: groups, paths, a missing scope."""
    scopes = tuple(rule.query_scopes.values())
    if not scopes:
        return
    yield from _lint_words(query.filters, query.record_type)
    if not any(isinstance(node, Filter) and node.field in scopes for node in query.filters):
        text = f"A query of {query.record_type} needs one of {', '.join(scopes)}."
        yield ClauseFault((), Fault("field_required_missing", text), scopes)


def _lint_words(nodes: Sequence[Node], record_type: str) -> Iterator[ClauseFault]:
    seen: set[tuple[str, str]] = set()
    for index, node in enumerate(nodes):
        if not isinstance(node, Filter):
            text = f"{record_type} is queried by words of its own: they cannot be grouped."
            yield ClauseFault((index,), Fault("invalid_filter_field", text))
        elif "." in node.field:
            text = f"{record_type} is queried by words of its own: they take no path."
            yield ClauseFault((index,), Fault("invalid_filter_field", text, node.field))
        elif (node.field, node.operator) in seen:
            text = f"{node.field} stands twice; a query of {record_type} takes it once."
            yield ClauseFault((index,), Fault("invalid_filter_value", text, node.field))
        else:
            seen.add((node.field, node.operator))
