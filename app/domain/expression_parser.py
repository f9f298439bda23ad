"""From an expression's text to its tree, by recursive descent: a method per rule of the grammar."""

from typing import Final, NoReturn

from app.domain.expression import Condition, ConditionGroup, Expression, ExpressionNode
from app.domain.expression_error import excerpt
from app.domain.expression_fields import Fields
from app.domain.expression_operand_parser import OperandParser
from app.domain.expression_operators import (
    FORM_STARTS,
    LONGEST_FORM,
    OPERATOR_FORMS,
    near_operator,
    operator_texts,
)
from app.domain.expression_scanner import Scanner
from app.domain.expression_tokens import Token, TokenKind, quote
from app.domain.operators import Operator
from app.domain.query import Direction, GroupKind, Sort
from app.domain.schema import Attribute

MAX_DEPTH: Final = 100
"""Groups within groups; as deep as JSON documents may be."""

_NAMED_GROUPS: Final = {"all": GroupKind.AND, "any": GroupKind.OR}
"""Groups that hold one node or none."""
_DIRECTIONS: Final = {"asc": Direction.ASC, "desc": Direction.DESC}


class ExpressionParser:
    """Reads one text."""

    def __init__(self, text: str, fields: Fields) -> None:
        self._scanner = Scanner(text)
        self._fields = fields
        self._depth = 0
        self._operands = OperandParser(self._scanner)

    def parse(self) -> Expression:
        """The whole text. Raises `ExpressionError`."""
        nodes: tuple[ExpressionNode, ...] = ()
        if self._scanner.token.kind is not TokenKind.END and not self._scanner.is_at_order_by():
            nodes = self._disjunction()
        sort = self._sort() if self._scanner.is_at_order_by() else ()
        if self._scanner.token.kind is not TokenKind.END:
            self._expect_end()
        return Expression(nodes, sort)

    def _disjunction(self) -> tuple[ExpressionNode, ...]:
        """Conditions joined by `and`; or one group of what is joined by `or`."""
        first = self._conjunction()
        if self._scanner.token.keyword != "or":
            return first
        choices = [_one(first)]
        while self._scanner.takes_keyword("or"):
            choices.append(_one(self._conjunction()))
        return (ConditionGroup(GroupKind.OR, tuple(choices)),)

    def _conjunction(self) -> tuple[ExpressionNode, ...]:
        nodes = [self._prefixed()]
        while self._scanner.takes_keyword("and"):
            nodes.append(self._prefixed())
        return tuple(nodes)

    def _prefixed(self) -> ExpressionNode:
        """A condition or group with any number of `not` and `off` before it."""
        depth = self._depth
        prefixes = []
        while self._scanner.token.keyword in {"not", "off"}:
            self._deepen(self._scanner.token)
            prefixes.append(self._scanner.take().keyword)
        node = self._primary()
        for prefix in reversed(prefixes):
            if prefix == "not":
                node = ConditionGroup(GroupKind.NOT, (node,))
            elif isinstance(node, Condition):
                node = Condition(node.field, node.operator, node.value, is_off=True)
            else:
                node = ConditionGroup(node.kind, node.nodes, is_off=True)
        self._depth = depth
        return node

    def _primary(self) -> ExpressionNode:
        token = self._scanner.token
        if token.is_mark("("):
            return _one(self._parenthesised())
        if token.keyword in _NAMED_GROUPS and self._scanner.after(token).is_mark("("):
            self._scanner.take()
            return ConditionGroup(_NAMED_GROUPS[token.keyword], self._named())
        return self._condition()

    def _parenthesised(self) -> tuple[ExpressionNode, ...]:
        opening = self._scanner.take()
        self._deepen(opening)
        nodes = self._disjunction()
        self._close_group(opening)
        return nodes

    def _named(self) -> tuple[ExpressionNode, ...]:
        """What stands in the brackets of `all` or `any`."""
        if self._scanner.after(self._scanner.token).is_mark(")"):
            self._scanner.take()
            self._scanner.take()
            return ()
        return (_one(self._parenthesised()),)

    def _close_group(self, opening: Token) -> None:
        if self._scanner.token.kind is not TokenKind.END and not self._scanner.token.is_mark(")"):
            self._expect_end()
        self._scanner.close(opening, ")")
        self._depth -= 1
        self._operands.forget()

    def _deepen(self, token: Token) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            where = self._scanner.place(token.start)
            self._scanner.fail(
                f"More than {MAX_DEPTH} groups in one another at {where}.", token.start
            )

    # Conditions

    def _condition(self) -> Condition:
        self._operands.forget()
        field, attribute = self._field("a condition", "an attribute", "not", "off", "(")
        if self._scanner.takes_mark("{"):
            operator = self._unknown_operator()
            return Condition(field, operator, self._operands.any_operand(attribute))
        row = self._operator(field, attribute)
        return Condition(field, row.name.value, self._operands.operand(row, attribute))

    def _field(self, what: str, *expected: str) -> tuple[str, Attribute | None]:
        """A name or a path; one in backticks is taken as it is, whether the schema has it or not."""
        token = self._scanner.token
        if token.kind not in {TokenKind.WORD, TokenKind.NAME} or token.keyword in {"and", "or"}:
            suggestion = quote(token.text, "`") if token.kind is TokenKind.QUOTED else None
            self._scanner.expect(what, *expected, suggestion=suggestion)
        if token.kind is TokenKind.WORD:
            self._check_field(token.text, token.start)
        self._scanner.take()
        return token.text, self._fields.attribute(token.text)

    def _check_field(self, field: str, start: int) -> None:
        fault = self._fields.fault(field)
        if fault is not None:
            self._scanner.fail(fault.message, start + fault.offset, fault.names, fault.suggestion)

    def _operator(self, field: str, attribute: Attribute | None) -> Operator:
        """The longest form of an operator that the next pieces are."""
        start = token = self._scanner.token
        form: tuple[str, ...] = ()
        row, end = None, start.end
        while len(form) < LONGEST_FORM:
            form += (token.text if token.kind is TokenKind.SIGN else token.keyword,)
            if form not in FORM_STARTS:
                break
            if form in OPERATOR_FORMS:
                row, end = OPERATOR_FORMS[form], token.end
            token = self._scanner.after(token)
        if row is None:
            texts = operator_texts(attribute)
            detail = f" ({', '.join(texts)})"
            suggestion = near_operator(start.text)
            what = f"an operator after {excerpt(field)}"
            self._scanner.expect(what, *texts, detail=detail, suggestion=suggestion)
        self._scanner.go_to(end)
        return row

    def _unknown_operator(self) -> str:
        """Any operator's API name, in braces; the opening one is taken."""
        token = self._scanner.token
        if token.kind not in {TokenKind.WORD, TokenKind.QUOTED}:
            self._scanner.expect("an operator's name", "name}")
        self._scanner.take()
        if not self._scanner.takes_mark("}"):
            self._scanner.expect("}", "}")
        return token.text

    def _expect_end(self) -> NoReturn:
        """Raise the error that the text goes on where it should be joined or end."""
        token = self._scanner.token
        if token.is_mark(")"):
            where = self._scanner.place(token.start)
            self._scanner.fail(f") at {where} closes nothing.", token.start)
        choices = ("and", "or", "order by")
        what = "and, or, order by or the end"
        self._scanner.expect(what, *choices, suggestion=self._operands.quoted_together())

    # Sort keys

    def _sort(self) -> tuple[Sort, ...]:
        self._scanner.take()
        self._scanner.take()
        self._operands.forget()
        keys = [self._sort_key()]
        while self._scanner.takes_mark(","):
            keys.append(self._sort_key())
        return tuple(keys)

    def _sort_key(self) -> Sort:
        token = self._scanner.token
        if token.kind is TokenKind.WORD and token.text.startswith("-"):
            return self._descending(token)
        field, _ = self._field("an attribute to sort by")
        direction = _DIRECTIONS.get(self._scanner.token.keyword, Direction.ASC)
        if self._scanner.token.keyword in _DIRECTIONS:
            self._scanner.take()
        return Sort(field, direction)

    def _descending(self, token: Token) -> Sort:
        """A name after `-`."""
        self._scanner.go_to(token.start + 1)
        field, _ = self._field("an attribute to sort by")
        return Sort(field, Direction.DESC)


def _one(nodes: tuple[ExpressionNode, ...]) -> ExpressionNode:
    """Several nodes as one."""
    return nodes[0] if len(nodes) == 1 else ConditionGroup(GroupKind.AND, nodes)
