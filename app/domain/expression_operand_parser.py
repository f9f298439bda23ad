"""What stands after an operator: one value, two or several."""

from typing import NoReturn

from app.domain.expression import DateWord, Operand
from app.domain.expression_scanner import Scanner
from app.domain.expression_tokens import Token, TokenKind, quote
from app.domain.expression_values import Single, read_word
from app.domain.operators import Arity, Operator
from app.domain.schema import Attribute


class OperandParser:
    """Reads values from a scanner."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._last_word: Token | None = None
        """The bare word before, which may be the first of several that lack quotes."""

    def forget(self) -> None:
        """What follows does not belong to the value before."""
        self._last_word = None

    def operand(self, row: Operator, attribute: Attribute | None) -> Operand:
        """What an operator takes, of the shape that it takes."""
        match row.arity:
            case Arity.NONE:
                return None
            case Arity.ONE:
                if self._scanner.token.is_mark("("):
                    self._scanner.expect(f"one value after {row.sign}", suggestion="in")
                return self._single(attribute, row.sign)
            case Arity.TWO:
                return self._two(attribute, row.sign)
            case Arity.MANY:
                return self._many(attribute, row.sign)

    def any_operand(self, attribute: Attribute | None) -> Operand:
        """One value, or several in brackets."""
        if self._scanner.token.is_mark("("):
            return self._several(attribute)
        return self._single(attribute, "}")

    def quoted_together(self) -> str | None:
        """The value before and the word at the position, if they look like one text that lacks quotes."""
        first, token = self._last_word, self._scanner.token
        if first is None or token.kind is not TokenKind.WORD or not token.text.isalnum():
            return None
        return quote(self._scanner.text[first.start : token.end])

    def _two(self, attribute: Attribute | None, sign: str) -> Operand:
        first = self._single(attribute, sign)
        if not self._scanner.takes_keyword("and"):
            self._scanner.expect("and with the second value", "and")
        return first, self._single(attribute, "and")

    def _many(self, attribute: Attribute | None, sign: str) -> Operand:
        """Values in brackets, or a JSON list."""
        if self._scanner.token.is_mark("("):
            return self._several(attribute)
        if not self._scanner.token.is_mark("["):
            self._expect_list(sign)
        listed = self._scanner.take_json()
        return tuple(listed) if isinstance(listed, list) else (listed,)

    def _several(self, attribute: Attribute | None) -> Operand:
        opening = self._scanner.take()
        values: list[Single] = []
        while not self._scanner.token.is_mark(")"):
            values.append(self._single(attribute, "," if values else "("))
            if not self._scanner.takes_mark(","):
                break
        if self._scanner.token.kind is not TokenKind.END and not self._scanner.token.is_mark(")"):
            self._scanner.expect("a comma or )", ",", ")", suggestion=self.quoted_together())
        self._scanner.close(opening, ")")
        self.forget()
        return tuple(values)

    def _expect_list(self, sign: str) -> NoReturn:
        token = self._scanner.token
        is_value = token.kind in {TokenKind.WORD, TokenKind.QUOTED}
        typed = self._scanner.text[token.start : token.end]
        suggestion = f"{sign} ({typed})" if is_value else None
        self._scanner.expect(f"( with the values after {sign}", "(", suggestion=suggestion)

    def _single(self, attribute: Attribute | None, before: str) -> Single:
        """One value: a word, a quoted text, JSON, or `json(...)` or `date(...)`."""
        token = self._scanner.token
        if token.is_mark("{") or token.is_mark("["):
            return self._scanner.take_json()
        if token.kind is TokenKind.QUOTED:
            return self._scanner.take().text
        is_joiner = token.keyword in {"and", "or"}
        if token.kind is not TokenKind.WORD or is_joiner or self._scanner.is_at_order_by():
            suggestion = quote(token.text) if is_joiner else None
            choices = _values_of(attribute)
            self._scanner.expect(f"a value after {before}", *choices, suggestion=suggestion)
        self._scanner.take()
        if token.keyword in {"json", "date"} and self._scanner.token.is_mark("("):
            return self._exact(token.keyword)
        self._last_word = token
        return read_word(token.text, attribute)

    def _exact(self, form: str) -> Single:
        """What stands in the brackets of `json(...)` or `date(...)`."""
        opening = self._scanner.take()
        value: Single
        if form == "json":
            value = self._scanner.take_json()
        elif self._scanner.token.kind in {TokenKind.WORD, TokenKind.QUOTED}:
            value = DateWord(self._scanner.take().text)
        else:
            self._scanner.expect("a date word", "today", "-7d", "2026-06")
        self._scanner.close(opening, ")")
        return value


def _values_of(attribute: Attribute | None) -> tuple[str, ...]:
    """What is known to be typed as a value."""
    if attribute is None:
        return ()
    if attribute.value_type == "boolean":
        return ("true", "false")
    return tuple(option.display_value for option in attribute.options)
