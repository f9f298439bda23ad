"""From a row of a column's statistics to the condition that asks for just those records."""

from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal

from app.domain.bins import Bin
from app.domain.capabilities import Answer, Capability, Source, attribute_filter
from app.domain.cell_filters import cell_condition
from app.domain.date_words import is_date_word
from app.domain.expression import Condition, ConditionGroup, DateWord, ExpressionNode, Operand
from app.domain.operators import OperatorName
from app.domain.query import GroupKind
from app.domain.schema import Attribute, RecordType
from app.domain.statistics import Row
from app.domain.values import Json, plain_timestamp


def row_condition(
    record_type: RecordType,
    attribute: Attribute,
    row: Row,
    *,
    is_excluded: bool = False,
    zone: tzinfo = UTC,
) -> ExpressionNode | Capability:
    """The condition that holds for the records of a row, or for all others; the reason where it cannot be asked."""
    capability = attribute_filter(record_type, attribute)
    if not capability.is_open:
        return capability
    if row.items is not None or row.is_rest:
        return _unspeakable(record_type, attribute, row)
    if row.range is None:
        return cell_condition(record_type, attribute, row.value, is_excluded=is_excluded, zone=zone)
    condition = _range_condition(attribute, row.range)
    if condition is None:
        return _unspeakable(record_type, attribute, row)
    return ConditionGroup(GroupKind.NOT, (condition,)) if is_excluded else condition


def row_words(attribute: Attribute, row: Row, *, is_excluded: bool) -> str:
    """The condition as read aloud; not yet sanitised."""
    return f"{attribute.display_name} is {'not ' if is_excluded else ''}{row.label}"


def _range_condition(attribute: Attribute, found: Bin) -> ExpressionNode | None:
    if not {OperatorName.GTE, OperatorName.LT} <= set(attribute.filter_operators):
        return None
    name = attribute.api_name
    return ConditionGroup(
        GroupKind.AND,
        (
            Condition(name, OperatorName.GTE, _operand(found.low)),
            Condition(name, OperatorName.LT, _operand(found.high)),
        ),
    )


def _operand(border: Decimal | date | datetime) -> Operand:
    """A day in words that stay readable, a number or a moment as the API takes it."""
    if isinstance(border, Decimal):
        number: Json = int(border) if border == border.to_integral_value() else border.normalize()
        return number
    if isinstance(border, datetime):
        return plain_timestamp(border)
    day = border.isoformat()
    return DateWord(day) if is_date_word(day) else day


def _unspeakable(record_type: RecordType, attribute: Attribute, row: Row) -> Capability:
    """No operator means what the row counts."""
    name = f"{record_type.api_name}.{attribute.api_name}"
    listed = " ".join(attribute.filter_operators) or "none"
    return Capability(
        Answer.NO,
        Source.DECLARED,
        f"No filter means {row.label!r}: the operators of {name} are {listed}.",
        f"GET _schema/{record_type.api_name}, {record_type.pointer(attribute.api_name)}/filter_operators",
        "invalid_filter_operator",
    )
