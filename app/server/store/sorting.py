"""The order of a question's records, and where a page starts: by key, never by counting.

Empty values come last in both directions. Text sorts without regard to ASCII case, a choice by its place among the choices.
The order is cut into segments, each of which an index can give: first the records whose leading key is filled, then those
where it is empty; and one segment per choice where the leading key is a choice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.domain.query import MAX_SORTS, Direction, Sort
from app.server.refusals import Refusal, quoted
from app.server.store.columns import ColumnType, columns_of
from app.server.store.definitions import AttributeDefinition, RecordTypeDefinition
from app.server.store.dialect import Dialect, ascii_lower
from app.server.store.sql import FALSE, Bound, Sql, all_of, any_of, joined, wrapped

_NEVER_EMPTY: Final = frozenset({"id", "created_at", "updated_at"})
_FOLDED: Final = frozenset({"string", "email", "phone_number", "url", "enum"})


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of the order."""

    column: str
    kind: ColumnType = ColumnType.TEXT
    is_descending: bool = False
    is_nullable: bool = False
    is_folded: bool = False
    choices: tuple[Bound, ...] = ()
    """What the column can hold, in order; few values, each of which makes a segment."""
    is_placed: bool = False
    """Whether the order is that of the choices' places, not of what the column holds."""

    def expression(self, dialect: Dialect, alias: str) -> Sql:
        """What is compared."""
        column = f"{alias}.{dialect.quote(self.column)}"
        if self.is_placed:
            cases = " ".join(
                f"WHEN {dialect.placeholder} THEN {place}" for place in range(len(self.choices))
            )
            return Sql(f"CASE {column} {cases} END", self.choices)
        return Sql(dialect.text_key(column) if self.is_folded else column)

    def bound(self, value: Bound) -> Bound:
        """A stored value as it is compared with the expression."""
        if value is None:
            return None
        if self.is_placed:
            return self.choices.index(value) if value in self.choices else None
        return ascii_lower(value) if self.is_folded and isinstance(value, str) else value


_FLAGS: Final = (0, 1)


def resolve_sort(definition: RecordTypeDefinition, sorts: Sequence[Sort]) -> tuple[SortKey, ...]:
    """The keys of an order, `id` as the last one in the direction of the key before it. Raises `Refusal`.

    Without explicit keys, and among the records of one choice: `created_at`, the oldest first. Source: contract 7, no. 7.
    """
    if len(sorts) > MAX_SORTS:
        raise Refusal("sort_too_many_fields", f"at most {MAX_SORTS} sort fields", "sort")
    keys: list[SortKey] = []
    for sort in sorts:
        key = _key(definition, sort)
        if all(row.column != key.column for row in keys):
            keys.append(key)
    columns = [row.column for row in keys]
    if "id" in columns:
        return tuple(keys[: columns.index("id") + 1])
    if (not keys or keys[-1].choices) and "created_at" not in columns:
        keys.append(SortKey("created_at"))
    return (*keys, SortKey("id", is_descending=keys[-1].is_descending))


def _key(definition: RecordTypeDefinition, sort: Sort) -> SortKey:
    descending = sort.direction is Direction.DESC
    attribute = definition.attribute_by_name.get(sort.field)
    if attribute is None and not sort_is_system(sort):
        raise _unsortable(sort, f"{definition.api_name} has no attribute {quoted(sort.field)}")
    if attribute is None:
        return SortKey(sort.field, is_descending=descending)
    if attribute.is_hidden or not attribute.is_sortable:
        raise _unsortable(sort, f"{definition.api_name}.{sort.field} is not sortable")
    columns = columns_of(attribute)
    kind = columns[0].type if columns else ColumnType.TEXT
    return SortKey(
        sort.field,
        kind,
        descending,
        sort.field not in _NEVER_EMPTY,
        attribute.value_type in _FOLDED and not attribute.options,
        _FLAGS if kind is ColumnType.FLAG else _choices(attribute),
        bool(attribute.options),
    )


def sort_is_system(sort: Sort) -> bool:
    """Whether every table has the column."""
    return sort.field in _NEVER_EMPTY


def _choices(attribute: AttributeDefinition) -> tuple[str, ...]:
    return tuple(
        row.id if attribute.holds_option_ids else row.api_name for row in attribute.options
    )


def _unsortable(sort: Sort, message: str) -> Refusal:
    return Refusal("unsortable_field", message, quoted(sort.field))


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the order: its records fulfil `condition` and are ordered by `keys`."""

    condition: Sql | None
    keys: tuple[SortKey, ...]
    fixed: Bound = None
    """What the leading key of the whole order is in this segment, where it is one value."""
    is_leading_filled: bool = False
    """Whether the first of `keys` is filled in every record of the segment."""


def segments(dialect: Dialect, keys: tuple[SortKey, ...], alias: str) -> tuple[Segment, ...]:
    """The parts of an order, in their order."""
    lead, rest = keys[0], keys[1:]
    column = f"{alias}.{dialect.quote(lead.column)}"
    if not lead.is_nullable:
        return (Segment(None, keys, is_leading_filled=True),)
    empty = Segment(Sql(f"{column} IS NULL"), rest)
    if lead.choices:
        order = lead.choices[:: -1 if lead.is_descending else 1]
        is_choice = f"{column} = {dialect.placeholder}"
        return (*(Segment(Sql(is_choice, (choice,)), rest, choice) for choice in order), empty)
    filled = Sql(
        dialect.is_filled(dialect.text_key(column) if lead.is_folded else column, lead.kind)
    )
    return (Segment(filled, keys, is_leading_filled=True), empty)


def segments_from(
    parts: tuple[Segment, ...], keys: tuple[SortKey, ...], position: Sequence[Bound]
) -> tuple[Segment, ...]:
    """The parts of an order that hold or follow a record whose keys have these values; empty if there is none."""
    lead = position[0]
    for index, part in enumerate(parts):
        is_whole = len(part.keys) == len(keys)
        if (is_whole and lead is not None) or (not is_whole and part.fixed == lead):
            return parts[index:]
    return ()


def order_by(dialect: Dialect, part: Segment, alias: str) -> Sql:
    """The ORDER BY list of a segment."""
    rows = []
    for index, key in enumerate(part.keys):
        after = " DESC" if key.is_descending else ""
        if key.is_nullable and not (index == 0 and part.is_leading_filled):
            after += " NULLS LAST"
        rows.append(wrapped("", key.expression(dialect, alias), after))
    return joined(", ", rows)


def behind(dialect: Dialect, part: Segment, position: Sequence[Bound], alias: str) -> Sql:
    """Whether a record of the segment comes after the one whose keys (those of the segment) have these values."""
    values = [key.bound(value) for key, value in zip(part.keys, position, strict=True)]
    filled = [
        not key.is_nullable or (index == 0 and part.is_leading_filled)
        for index, key in enumerate(part.keys)
    ]
    expressions = [key.expression(dialect, alias) for key in part.keys]
    if all(filled) and len({key.is_descending for key in part.keys}) == 1:
        sign = "<" if part.keys[0].is_descending else ">"
        row = wrapped("(", joined(", ", expressions))
        return joined(f" {sign} ", (row, Sql(f"({dialect.places(len(values))})", tuple(values))))
    alternatives: list[Sql] = []
    same: list[Sql] = []
    for key, expression, value, is_filled in zip(
        part.keys, expressions, values, filled, strict=True
    ):
        after = _after(dialect, key, expression, value, is_filled=is_filled)
        alternatives.append(wrapped("(", all_of([*same, after])))
        same.append(_same(dialect, expression, value))
    condition = any_of(alternatives)
    if not filled[0] or values[0] is None:
        return condition
    sign = "<=" if part.keys[0].is_descending else ">="
    bound = wrapped("", expressions[0], f" {sign} {dialect.placeholder}")
    return all_of((Sql(bound.text, (*bound.values, values[0])), condition))


def _after(
    dialect: Dialect, key: SortKey, expression: Sql, value: Bound, *, is_filled: bool
) -> Sql:
    """Whether one key comes after a value; nothing comes after empty."""
    if value is None:
        return FALSE
    sign = "<" if key.is_descending else ">"
    beyond = Sql(f"{expression.text} {sign} {dialect.placeholder}", (*expression.values, value))
    return beyond if is_filled else any_of((beyond, wrapped("", expression, " IS NULL")))


def _same(dialect: Dialect, expression: Sql, value: Bound) -> Sql:
    if value is None:
        return wrapped("", expression, " IS NULL")
    return Sql(f"{expression.text} = {dialect.placeholder}", (*expression.values, value))
