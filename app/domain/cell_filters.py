"""From data to query: a condition that holds for records like the one under the cursor, or for all but those."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from typing import Final

from app.domain.bins import local_moment
from app.domain.capabilities import Answer, Capability, Source, attribute_filter
from app.domain.date_words import is_date_word
from app.domain.expression import (
    Condition,
    ConditionGroup,
    DateWord,
    Expression,
    ExpressionNode,
    Operand,
    Path,
)
from app.domain.operators import EQUALITY, OPERATORS, OperatorName
from app.domain.query import GroupKind
from app.domain.query_edits import appended, replaced
from app.domain.records import TITLE_ATTRIBUTES, Record
from app.domain.schema import Attribute, RecordType
from app.domain.values import (
    DomainItem,
    EmailItem,
    Json,
    Option,
    PhoneItem,
    Raw,
    Scalar,
    Value,
    plain,
    show,
    show_item,
)

MAX_OPERAND_CHARACTERS: Final = 1_000
"""Longer texts are not put into a query by a single key."""

_GROUPING_TYPES: Final = frozenset({"boolean", "enum", "select", "record_reference"})


@dataclass(frozen=True, slots=True)
class CellFilter:
    """An expression with one condition more."""

    expression: Expression
    path: Path
    """Where the condition stands."""
    words: str
    """What it asks, with names instead of ids; not yet sanitised."""


@dataclass(frozen=True, slots=True)
class RowFilter:
    """An expression that asks for records like one, attribute by attribute."""

    expression: Expression
    words: tuple[str, ...]
    """What each condition asks; not yet sanitised."""
    refused: tuple[Capability, ...]
    """Why other attributes are not asked for."""


def with_cell(
    expression: Expression,
    record_type: RecordType,
    attribute: Attribute,
    value: Value,
    *,
    is_excluded: bool = False,
    zone: tzinfo = UTC,
) -> CellFilter | Capability:
    """Ask also for records with this value, or for those without it; the reason where that cannot be asked.

    An empty value asks for empty ones, a list for records that share an item with it, a timestamp for its day in `zone`.
    The same asked the other way round is turned, for both together would find nothing.
    """
    condition = cell_condition(record_type, attribute, value, is_excluded=is_excluded, zone=zone)
    if isinstance(condition, Capability):
        return condition
    opposite = cell_condition(record_type, attribute, value, is_excluded=not is_excluded, zone=zone)
    places = (
        at for at, node in enumerate(expression.nodes) if replace(node, is_off=False) == opposite
    )
    at = next(places, None)
    changed, path = (
        appended(expression, condition) if at is None else replaced(expression, (at,), condition)
    )
    return CellFilter(changed, path, _words(attribute, value, is_excluded=is_excluded, zone=zone))


def same_as_record(
    expression: Expression,
    record_type: RecordType,
    record: Record,
    attributes: Iterable[Attribute],
    *,
    zone: tzinfo = UTC,
) -> RowFilter:
    """Ask also for records that have the same values as this one in all these attributes."""
    words: list[str] = []
    refused: list[Capability] = []
    for attribute in attributes:
        value = record.attributes.get(attribute.api_name)
        found = with_cell(expression, record_type, attribute, value, zone=zone)
        if isinstance(found, Capability):
            refused.append(found)
        else:
            expression = found.expression
            words.append(found.words)
    return RowFilter(expression, tuple(words), tuple(refused))


def grouping_attributes(columns: Iterable[Attribute]) -> tuple[Attribute, ...]:
    """Those that many records can share: choices, flags and references; not names, addresses, amounts and moments."""
    return tuple(
        column
        for column in columns
        if not column.is_unique
        and column.api_name not in TITLE_ATTRIBUTES
        and (column.value_type in _GROUPING_TYPES or column.value_type.endswith("_stage"))
    )


def cell_condition(
    record_type: RecordType,
    attribute: Attribute,
    value: Value,
    *,
    is_excluded: bool = False,
    zone: tzinfo = UTC,
) -> ExpressionNode | Capability:
    """The condition that a cell's value stands for, in operators that the schema lists for its attribute."""
    capability = attribute_filter(record_type, attribute)
    if not capability.is_open:
        return capability
    items = _items(value)
    for item in items:
        if isinstance(item, Raw):
            return _refused(record_type, attribute, f"its value cannot be read: {item.why}")
    operands: list[Json | DateWord] = []
    for item in items:
        held = _operand(attribute, item, zone)
        if held not in operands:
            operands.append(held)
    if any(len(text) > MAX_OPERAND_CHARACTERS for text in operands if isinstance(text, str)):
        return _refused(record_type, attribute, "its text is too long to be put into a query")
    name = attribute.api_name
    for positive, negative, operand in _forms(tuple(operands)):
        wanted, opposite = (negative, positive) if is_excluded else (positive, negative)
        if wanted in attribute.filter_operators:
            return Condition(name, wanted, operand)
        if opposite in attribute.filter_operators:
            return ConditionGroup(GroupKind.NOT, (Condition(name, opposite, operand),))
    listed = " ".join(attribute.filter_operators) or "nothing"
    return _refused(record_type, attribute, f"the schema lists only {listed} for it")


_Form = tuple[str, str, Operand]
"""An operator, its opposite (empty: there is none), and what they take."""


def _forms(operands: tuple[Json | DateWord, ...]) -> tuple[_Form, ...]:
    """Ways to ask for these values, best first."""
    if not operands:
        return ((OperatorName.NOT_EXISTS, OperatorName.EXISTS, None),)
    several: _Form = (OperatorName.IN, OperatorName.NOT_IN, operands)
    if len(operands) > 1:
        return (several,)
    operand = operands[0]
    single: _Form = (OperatorName.EQ, OperatorName.NE, operand)
    if isinstance(operand, DateWord):
        return single, (OperatorName.BETWEEN, "", (operand, operand))
    if isinstance(operand, str):
        return single, several, (OperatorName.CONTAINS, "", operand)
    return single, several


def _operand(attribute: Attribute, value: Scalar, zone: tzinfo) -> Json | DateWord:
    """What a filter compares a value with: a list's item by what it is known by, a moment by its day."""
    if isinstance(value, EmailItem | PhoneItem | DomainItem):
        return show_item(value)
    if isinstance(value, datetime):
        day = local_moment(value, zone).date().isoformat()
        return DateWord(day) if is_date_word(day) else plain(value, attribute.value_type)
    if isinstance(value, Option):
        return value.api_name or value.id
    return plain(value, attribute.value_type)


def _items(value: Value) -> tuple[Scalar, ...]:
    if value is None:
        return ()
    return value if isinstance(value, tuple) else (value,)


def _words(attribute: Attribute, value: Value, *, is_excluded: bool, zone: tzinfo) -> str:
    """The condition as read aloud: `Owner is J. Diaz`."""
    items = _items(value)
    if not items:
        return f"{attribute.display_name} is {'filled' if is_excluded else 'empty'}"
    texts = [
        local_moment(item, zone).date().isoformat()
        if isinstance(item, datetime)
        else show(item, attribute.value_type)
        for item in items
    ]
    return f"{attribute.display_name} {_verb(attribute, len(texts), is_excluded=is_excluded)} {', '.join(texts)}"


def _verb(attribute: Attribute, count: int, *, is_excluded: bool) -> str:
    """What an attribute is to some values: the words of the operator that asks."""
    if not {*attribute.filter_operators} & EQUALITY:
        return "does not contain" if is_excluded else OPERATORS[OperatorName.CONTAINS].words
    if count == 1:
        return OPERATORS[OperatorName.NE if is_excluded else OperatorName.EQ].words
    return OPERATORS[OperatorName.NOT_IN if is_excluded else OperatorName.IN].words


def _refused(record_type: RecordType, attribute: Attribute, why: str) -> Capability:
    """The attribute can be filtered by, but not by this value."""
    name = f"{record_type.api_name}.{attribute.api_name}"
    pointer = record_type.pointer(attribute.api_name)
    return Capability(
        Answer.NO,
        Source.DECLARED,
        f"{name} cannot be filtered by this cell: {why}.",
        f"GET _schema/{record_type.api_name}, {pointer}/filter_operators",
        "invalid_filter_operator",
        "Write the condition by hand in the query line." if attribute.filter_operators else "",
    )
