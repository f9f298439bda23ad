"""What kind of thing is being typed at the cursor of a half-typed expression."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.expression_operators import FORM_STARTS, OPERATOR_FORMS
from app.domain.expression_tokens import Token, TokenKind, is_closed, lenient_tokens
from app.domain.operators import Arity, Operator

_ENDINGS: Final = {"{": "}", "[": "]", "(": ")"}


class Slot(StrEnum):
    """What may stand at a place."""

    CONDITION = "condition"
    OPERATOR = "operator"
    VALUE = "value"
    LIST = "list"
    """The bracket that opens several values."""
    ITEM = "item"
    """One of several values."""
    AFTER_ITEM = "after item"
    AFTER_LOW = "after low"
    """The `and` between two values."""
    JOINER = "joiner"
    """What joins conditions, or ends them."""
    ORDER = "order"
    """The `by` of `order by`."""
    SORT_KEY = "sort key"
    AFTER_SORT_KEY = "after sort key"
    AFTER_DIRECTION = "after direction"
    FREE = "free"
    """Something that no schema knows, such as JSON or a comment."""


@dataclass(frozen=True, slots=True)
class Place:
    """The piece of text at the cursor, and what it is."""

    slot: Slot
    start: int
    end: int
    """Where what is being typed ends; behind the cursor if it stands inside a word."""
    typed: str = ""
    """From the start to the cursor, without an opening quote."""
    field: str = ""
    """The attribute of the condition at the cursor."""
    operator: Operator | None = None
    is_in_brackets: bool = False
    """Whether a bracket is open that groups conditions."""


def place_at(text: str, cursor: int) -> Place:
    """The place of a cursor; it reads what stands before, and takes mistakes for what they most likely are."""
    reader = _Reader()
    end = 0
    for token in lenient_tokens(text):
        if token.start >= cursor:
            break
        if cursor == token.end and is_closed(text, token):
            return Place(Slot.FREE, cursor, cursor)
        if cursor <= token.end and token.is_wordlike:
            return reader.place(text, token, cursor)
        reader.read(token)
        end = min(token.end, cursor)
    if "#" in text[end:cursor].rpartition("\n")[2]:
        return Place(Slot.FREE, cursor, cursor)
    return reader.place(text, Token(TokenKind.END, "", cursor, cursor), cursor)


class _Reader:
    """Follows the grammar piece by piece; a piece that does not fit is passed over."""

    def __init__(self) -> None:
        self._slot = Slot.CONDITION
        self._field = ""
        self._form: tuple[str, ...] = ()
        """Words of an operator so far."""
        self._start = 0
        """Where the words began that belong to what is being typed."""
        self._operator: Operator | None = None
        self._is_second = False
        """Whether the second of two values follows."""
        self._depth = 0
        """Open brackets that group conditions."""
        self._closing: list[str] = []
        """What closes the JSON that is being passed over, innermost last."""

    def read(self, token: Token) -> None:
        """Go past a piece."""
        if self._closing:
            self._pass_over(token)
            return
        _STEPS[self._slot](self, token)

    def place(self, text: str, token: Token, cursor: int) -> Place:
        """What the piece at the cursor is."""
        slot, start = self._slot, token.start
        if self._closing:
            slot = Slot.FREE
        elif slot is Slot.OPERATOR and self._operator is not None:
            self._end_operator()
            slot = self._slot
        elif (slot is Slot.OPERATOR and self._form) or slot is Slot.ORDER:
            start = self._start
        is_open = token.kind in {TokenKind.QUOTED, TokenKind.NAME}
        closes = (
            is_open and token.end - token.start > 1 and text[token.end - 1] == text[token.start]
        )
        return Place(
            slot,
            start,
            cursor if is_open and not closes else token.end,
            text[start + is_open : cursor],
            self._field,
            self._operator,
            self._depth > 0,
        )

    def _pass_over(self, token: Token) -> None:
        if token.kind is TokenKind.MARK and token.text in _ENDINGS:
            self._closing.append(_ENDINGS[token.text])
        elif token.is_mark(self._closing[-1]):
            self._closing.pop()

    def _opens(self, token: Token) -> bool:
        """Begin to pass over JSON, if a bracket opens it."""
        opens = token.is_mark("{") or token.is_mark("[")
        if opens:
            self._closing.append(_ENDINGS[token.text])
        return opens

    def _condition(self, token: Token) -> None:
        if token.is_mark("("):
            self._depth += 1
        elif token.is_mark(")"):
            self._join(token)
        elif token.kind in {TokenKind.WORD, TokenKind.NAME} and token.keyword not in _PREFIXES:
            self._field, self._start = token.text, token.start
            self._slot, self._form, self._operator = Slot.OPERATOR, (), None
            self._is_second = False

    def _operator_step(self, token: Token) -> None:
        form = (*self._form, token.text if token.kind is TokenKind.SIGN else token.keyword)
        if form in FORM_STARTS:
            if not self._form:
                self._start = token.start
            self._form, self._operator = form, OPERATOR_FORMS.get(form, self._operator)
        elif self._operator is not None:
            self._end_operator()
            self.read(token)
        elif self._opens(token):
            self._slot = Slot.VALUE
        elif token.is_mark("(") and self._field.lower() in {"all", "any"}:
            self._slot, self._depth = Slot.CONDITION, self._depth + 1
        elif token.keyword == "by" and self._field.lower() == "order":
            self._slot = Slot.SORT_KEY
        elif token.keyword in {"and", "or"}:
            self._slot = Slot.CONDITION

    def _end_operator(self) -> None:
        """Go on behind a whole operator."""
        assert self._operator is not None
        match self._operator.arity:
            case Arity.NONE:
                self._slot = Slot.JOINER
            case Arity.MANY:
                self._slot = Slot.LIST
            case Arity.ONE | Arity.TWO:
                self._slot = Slot.VALUE
        self._form = ()

    def _value(self, token: Token) -> None:
        is_two = self._operator is not None and self._operator.arity is Arity.TWO
        after = Slot.AFTER_LOW if is_two and not self._is_second else Slot.JOINER
        if token.keyword in {"and", "or"}:
            self._slot = Slot.CONDITION
        elif token.is_wordlike or self._opens(token):
            self._slot = after
        elif token.is_mark("("):
            self._slot = Slot.ITEM

    def _list(self, token: Token) -> None:
        if token.is_mark("("):
            self._slot = Slot.ITEM
        else:
            self._value(token)

    def _item(self, token: Token) -> None:
        if token.is_mark(")"):
            self._slot = Slot.JOINER
        elif token.is_wordlike or self._opens(token):
            self._slot = Slot.AFTER_ITEM

    def _after_item(self, token: Token) -> None:
        if token.is_mark(","):
            self._slot = Slot.ITEM
        elif token.is_mark(")"):
            self._slot = Slot.JOINER
        elif token.is_mark("("):
            self._closing.append(")")

    def _after_low(self, token: Token) -> None:
        if token.keyword == "and":
            self._slot, self._is_second = Slot.VALUE, True
        elif token.is_mark("("):
            self._closing.append(")")

    def _join(self, token: Token) -> None:
        if token.keyword in {"and", "or"}:
            self._slot = Slot.CONDITION
        elif token.keyword == "order":
            self._slot, self._start = Slot.ORDER, token.start
        elif token.is_mark("("):
            self._closing.append(")")
        elif token.is_mark(")"):
            self._slot, self._depth = Slot.JOINER, max(0, self._depth - 1)

    def _order(self, token: Token) -> None:
        self._slot = Slot.SORT_KEY if token.keyword == "by" else Slot.JOINER

    def _sort_key(self, token: Token) -> None:
        if token.keyword.startswith("-"):
            self._slot = Slot.SORT_KEY if token.text == "-" else Slot.AFTER_DIRECTION
        elif token.is_wordlike:
            self._slot = Slot.AFTER_SORT_KEY

    def _after_sort_key(self, token: Token) -> None:
        if token.is_mark(","):
            self._slot = Slot.SORT_KEY
        elif token.keyword in {"asc", "desc"}:
            self._slot = Slot.AFTER_DIRECTION


_PREFIXES: Final = frozenset({"not", "off", "and", "or"})

_STEPS: Final[Mapping[Slot, Callable[[_Reader, Token], None]]] = {
    Slot.CONDITION: _Reader._condition,
    Slot.OPERATOR: _Reader._operator_step,
    Slot.VALUE: _Reader._value,
    Slot.LIST: _Reader._list,
    Slot.ITEM: _Reader._item,
    Slot.AFTER_ITEM: _Reader._after_item,
    Slot.AFTER_LOW: _Reader._after_low,
    Slot.JOINER: _Reader._join,
    Slot.ORDER: _Reader._order,
    Slot.SORT_KEY: _Reader._sort_key,
    Slot.AFTER_SORT_KEY: _Reader._after_sort_key,
    Slot.AFTER_DIRECTION: _Reader._after_sort_key,
}
