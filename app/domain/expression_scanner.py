"""A reading position in an expression's text, and the errors told from there."""

import json
from typing import Final, NoReturn

from app.domain.expression_error import ExpressionError, excerpt, place
from app.domain.expression_tokens import Token, TokenKind, token_at
from app.domain.json_text import parse_json
from app.domain.values import Json

_DECODER: Final = json.JSONDecoder()
_INSTEAD: Final = {"&&": "and", "&": "and", ",": "and", "||": "or", "|": "or"}


class Scanner:
    """Reads piece by piece, from the first to the last; nothing is read before it is asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._position = 0
        self._next: Token | None = None

    @property
    def token(self) -> Token:
        """The piece at the position."""
        if self._next is None:
            self._next = token_at(self.text, self._position)
        return self._next

    def after(self, token: Token) -> Token:
        """The piece that follows another, without going there."""
        return token_at(self.text, token.end)

    def take(self) -> Token:
        """The piece at the position; the next one follows."""
        token = self.token
        self.go_to(token.end)
        return token

    def go_to(self, position: int) -> None:
        """Go on from somewhere else."""
        self._position, self._next = position, None

    def takes_mark(self, mark: str) -> bool:
        """Take a bracket or comma if it is there."""
        is_there = self.token.is_mark(mark)
        if is_there:
            self.take()
        return is_there

    def takes_keyword(self, word: str) -> bool:
        """Take a word of the grammar if it is there."""
        is_there = self.token.keyword == word
        if is_there:
            self.take()
        return is_there

    def is_at_order_by(self) -> bool:
        """Whether the sort keys follow."""
        return self.token.keyword == "order" and self.after(self.token).keyword == "by"

    def take_json(self) -> Json:
        """A JSON value that begins at the position."""
        start = self.token.start
        try:
            _, end = _DECODER.raw_decode(self.text, start)
            value = parse_json(self.text[start:end].encode())
        except json.JSONDecodeError as error:
            self.fail(f"Broken JSON at {self.place(error.pos)}: {error.msg}.", error.pos)
        except RecursionError:
            self.fail(f"JSON at {self.place(start)} is nested too deeply.", start)
        except ValueError as error:
            self.fail(f"JSON at {self.place(start)} cannot be read: {error}.", start)
        self.go_to(end)
        return value

    def close(self, opening: Token, mark: str) -> None:
        """Take the bracket that closes another one."""
        if self.takes_mark(mark):
            return
        if self.token.kind is TokenKind.END:
            where = self.place(opening.start)
            self.fail(f"{opening.text} at {where} is not closed.", opening.start, (mark,))
        self.expect(mark, mark)

    def expect(
        self, what: str, *expected: str, detail: str = "", suggestion: str | None = None
    ) -> NoReturn:
        """Raise the error that something else should stand at the position."""
        token = self.token
        typed = excerpt(self.text[token.start : token.end])
        found = "the text ends" if token.kind is TokenKind.END else f"found {typed}"
        suggestion = suggestion or _INSTEAD.get(token.text)
        question = f" Did you mean {suggestion}?" if suggestion else ""
        message = f"Expected {what} at {self.place(token.start)}{detail}, {found}.{question}"
        self.fail(message, token.start, expected, suggestion)

    def place(self, position: int) -> str:
        """Where a position is, for a person."""
        return place(self.text, position)

    def fail(
        self,
        message: str,
        position: int,
        expected: tuple[str, ...] = (),
        suggestion: str | None = None,
    ) -> NoReturn:
        """Raise an error."""
        raise ExpressionError(message, position, expected, suggestion)
