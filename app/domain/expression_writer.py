"""From an expression's tree to the one text that stands for it."""

import re
from typing import Final

from app.domain.expression import (
    Condition,
    ConditionGroup,
    DateWord,
    Expression,
    ExpressionNode,
    Operand,
)
from app.domain.expression_fields import Fields
from app.domain.expression_operators import known_operator
from app.domain.expression_tokens import RESERVED, json_escape, quote
from app.domain.expression_values import Single, is_plain, is_same, read_word
from app.domain.json_text import dump_json
from app.domain.operators import Arity, Operator
from app.domain.query import Direction, GroupKind, Sort
from app.domain.safe_text import FORBIDDEN
from app.domain.schema import Attribute
from app.domain.values import Json

_NAME: Final = re.compile(r"[A-Za-z_]\w*(\.\w+)*")
_NAMED: Final = {GroupKind.AND: "all", GroupKind.OR: "any"}
_RESERVED_NAMES: Final = RESERVED | {"all", "any"}


class ExpressionWriter:
    """Writes beside certain schemas: what a bare word means depends on them."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def write(self, expression: Expression) -> str:
        """The whole text; empty for all records in the default order."""
        parts = [self._top(expression.nodes)] if expression.nodes else []
        if expression.sort:
            parts.append(f"order by {', '.join(map(self._sort_key, expression.sort))}")
        return " ".join(parts)

    def _top(self, nodes: tuple[ExpressionNode, ...]) -> str:
        only = nodes[0]
        if (
            len(nodes) == 1
            and isinstance(only, ConditionGroup)
            and only.kind is GroupKind.OR
            and len(only.nodes) > 1
            and not only.is_off
        ):
            return self._joined(only.nodes, GroupKind.OR)
        return self._joined(nodes, GroupKind.AND)

    def _joined(self, nodes: tuple[ExpressionNode, ...], kind: GroupKind) -> str:
        return f" {kind.value} ".join(map(self.node, nodes))

    def node(self, node: ExpressionNode) -> str:
        """One node, as it stands beside others."""
        text = self._condition(node) if isinstance(node, Condition) else self._group(node)
        return f"off {text}" if node.is_off else text

    def _group(self, group: ConditionGroup) -> str:
        if group.kind is GroupKind.NOT:
            if len(group.nodes) == 1:
                return f"not {self.node(group.nodes[0])}"
            return f"not {self._group(ConditionGroup(GroupKind.AND, group.nodes))}"
        inside = self._joined(group.nodes, group.kind)
        return f"({inside})" if len(group.nodes) > 1 else f"{_NAMED[group.kind]}({inside})"

    def _condition(self, condition: Condition) -> str:
        attribute = self._fields.attribute(condition.field)
        name, value = self.field(condition.field), condition.value
        row = known_operator(condition.operator)
        if row is None or not _is_usual(row, value):
            return f"{name} {_braced(condition.operator)} {self._any_operand(value, attribute)}"
        match row.arity:
            case Arity.NONE:
                return f"{name} {row.sign}"
            case Arity.TWO if isinstance(value, tuple):
                low, high = (self.operand(item, attribute) for item in value)
                return f"{name} {row.sign} {low} and {high}"
            case _:
                return f"{name} {row.sign} {self._any_operand(value, attribute)}"

    def _any_operand(self, value: Operand, attribute: Attribute | None) -> str:
        if isinstance(value, tuple):
            return f"({', '.join(self.operand(item, attribute) for item in value)})"
        return self.operand(value, attribute)

    def operand(self, value: Single, attribute: Attribute | None) -> str:
        """One value, as a bare word wherever that means the same."""
        if isinstance(value, DateWord):
            return _date_word(value, attribute)
        if isinstance(value, str):
            return text_operand(value, attribute)
        text = _json(value)
        if isinstance(value, list | dict):
            return text
        return text if is_same(read_word(text, attribute), value) else f"json({text})"

    def _sort_key(self, key: Sort) -> str:
        sign = "-" if key.direction is Direction.DESC else ""
        return f"{sign}{self.field(key.field)}"

    def field(self, field: str) -> str:
        """A name; in backticks if it is odd or not in the schema."""
        is_known = self._fields.fault(field) is None
        return field_text(field) if is_known else quote(field, "`")


def field_text(field: str) -> str:
    """A name or a path as it is typed; in backticks if it is odd."""
    is_bare = (
        _NAME.fullmatch(field)
        and field.lower() not in _RESERVED_NAMES
        and not FORBIDDEN.search(field)
    )
    return field if is_bare else quote(field, "`")


def text_operand(text: str, attribute: Attribute | None) -> str:
    """A text as a value beside an attribute, in quotes only where a bare word would mean something else."""
    is_bare = is_plain(text) and is_same(read_word(text, attribute), text)
    return text if is_bare else quote(text)


def _is_usual(row: Operator, value: Operand) -> bool:
    """Whether the value has the shape that the operator's own form can write."""
    match row.arity:
        case Arity.NONE:
            return value is None
        case Arity.ONE:
            return not isinstance(value, tuple)
        case Arity.TWO:
            return isinstance(value, tuple) and len(value) == 2
        case Arity.MANY:
            return isinstance(value, tuple)


def _braced(operator: str) -> str:
    return f"{{{operator if is_plain(operator) else quote(operator)}}}"


def _date_word(word: DateWord, attribute: Attribute | None) -> str:
    if not is_plain(word.text):
        return f"date({quote(word.text)})"
    return word.text if read_word(word.text, attribute) == word else f"date({word.text})"


def _json(value: Json) -> str:
    """JSON in which every character is seen."""
    return FORBIDDEN.sub(json_escape, dump_json(value))
