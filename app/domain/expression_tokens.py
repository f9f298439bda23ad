"""The words, signs and quoted texts that an expression is made of, and how a text is quoted."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.domain.expression_error import ExpressionError, place
from app.domain.safe_text import FORBIDDEN

_SKIPPED: Final = re.compile(r"(?:[\s\ufeff]+|#[^\n]*)*")
"""Space, byte order marks and comments. A `#` inside a word begins none."""
_SIGN: Final = re.compile(r"==|=|!=|<>|<=|>=|<|>")
_WORD: Final = re.compile(r"""[^\s\ufeff()\[\]{},"'`=!<>#](?:[^\s\ufeff()\[\]{},"`=!<>]|!(?!=))*""")
_CURLY: Final = re.compile("[\u201c\u201d\u201e\u2018\u2019]")
_QUOTED: Final = {
    quote: re.compile(rf"{quote}[^{quote}\\]*(?:\\.[^{quote}\\]*)*{quote}", re.DOTALL)
    for quote in "\"'`"
}
_ESCAPE: Final = re.compile(
    r"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})"
    r"|u(?P<code>[0-9a-fA-F]{4})|u\{(?P<point>[0-9a-fA-F]{1,6})\}|(?P<letter>.))",
    re.DOTALL,
)
"""As in JSON, with `\\u{...}` for any one character."""
_LETTERS: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"} | {
    letter: letter for letter in "\"'`\\/"
}
_SHORT: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}

RESERVED: Final = frozenset({"and", "or", "not", "off", "order"})
"""Words of the grammar, in lower case; as a name or a value they are quoted."""


class TokenKind(StrEnum):
    """What a piece of the text is."""

    WORD = "word"
    QUOTED = "quoted"
    """A text in `"` or `'`."""
    NAME = "name"
    """A name in backticks."""
    SIGN = "sign"
    """One of the comparing signs."""
    MARK = "mark"
    """A bracket, a comma, or a character that means nothing."""
    END = "end"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of the text."""

    kind: TokenKind
    text: str
    """As typed; of a quoted one what it stands for."""
    start: int
    end: int

    @property
    def is_wordlike(self) -> bool:
        """Whether it is a name or a value, and not a sign."""
        return self.kind in {TokenKind.WORD, TokenKind.QUOTED, TokenKind.NAME}

    @property
    def keyword(self) -> str:
        """A word in lower case; empty for anything that is no word."""
        return self.text.lower() if self.kind is TokenKind.WORD else ""

    def is_mark(self, mark: str) -> bool:
        """Whether it is this bracket or comma."""
        return self.kind is TokenKind.MARK and self.text == mark


def token_at(text: str, position: int) -> Token:
    """The first piece at or after a position.

    Raises:
        ExpressionError: for a quote that is not closed, and what stands wrongly in quotes.
    """
    skipped = _SKIPPED.match(text, position)
    start = skipped.end() if skipped else position
    if start >= len(text):
        return Token(TokenKind.END, "", len(text), len(text))
    if text[start] in _QUOTED:
        return _quoted(text, start)
    if sign := _SIGN.match(text, start):
        return Token(TokenKind.SIGN, sign[0], start, sign.end())
    if _CURLY.match(text, start):
        message = f"Curly quotes do not quote, at {place(text, start)}. Use \" or ' instead."
        raise ExpressionError(message, start, suggestion='"')
    if word := _WORD.match(text, start):
        return Token(TokenKind.WORD, word[0], start, word.end())
    return Token(TokenKind.MARK, text[start], start, start + 1)


def lenient_tokens(text: str) -> Iterator[Token]:
    """All pieces of a text, whatever is wrong with it: an open quote reaches to the end, escapes stay as typed."""
    position = 0
    while True:
        try:
            token = token_at(text, position)
        except ExpressionError:
            token = _broken(text, position)
        if token.kind is TokenKind.END:
            return
        yield token
        position = token.end


def is_closed(text: str, token: Token) -> bool:
    """Whether a piece that begins with a quote ends with one."""
    mark = _QUOTED.get(text[token.start])
    return mark is not None and mark.fullmatch(text, token.start, token.end) is not None


def on_one_line(text: str) -> str:
    """The same expression for an input of one line: without comments, line ends and hidden characters.

    In quotes hidden characters become escapes; elsewhere they go.
    """
    if "\n" not in text and not FORBIDDEN.search(text):
        return text
    parts, end = [], 0
    for token in lenient_tokens(text):
        gap, typed = text[end : token.start], text[token.start : token.end]
        parts.append(" " if end and gap else "")
        parts.append(FORBIDDEN.sub(json_escape if is_closed(text, token) else _blank, typed))
        end = token.end
    return "".join(parts)


def _blank(match: re.Match[str]) -> str:
    return " " if match[0].isspace() else ""


def json_escape(match: re.Match[str]) -> str:
    """One character as JSON escapes it."""
    code = ord(match[0])
    if match[0] in _SHORT:
        return _SHORT[match[0]]
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    high, low = divmod(code - 0x10000, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"


def quote(text: str, mark: str = '"') -> str:
    """A text in quotes, or with a backtick as mark a name; whatever a reader would not see is written as an escape."""
    escaped = text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    return f"{mark}{FORBIDDEN.sub(_escape, escaped)}{mark}"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if match[0] in _SHORT:
        return _SHORT[match[0]]
    # A surrogate is written so that it never joins with its neighbour.
    return f"\\u{{{code:x}}}" if code > 0xFFFF or 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"


def _quoted(text: str, start: int) -> Token:
    mark = text[start]
    found = _QUOTED[mark].match(text, start)
    if found is None:
        raise ExpressionError(f"{mark} at {place(text, start)} is not closed.", start, (mark,))
    inside = text[start + 1 : found.end() - 1]
    meant = _ESCAPE.sub(lambda escape: _unescaped(escape, text, start + 1), inside)
    kind = TokenKind.NAME if mark == "`" else TokenKind.QUOTED
    return Token(kind, meant, start, found.end())


def _broken(text: str, position: int) -> Token:
    skipped = _SKIPPED.match(text, position)
    start = skipped.end() if skipped else position
    mark = text[start]
    if mark not in _QUOTED:
        return Token(TokenKind.MARK, mark, start, start + 1)
    found = _QUOTED[mark].match(text, start)
    end = found.end() if found else len(text)
    kind = TokenKind.NAME if mark == "`" else TokenKind.QUOTED
    return Token(kind, text[start + 1 : end], start, end)


def _unescaped(escape: re.Match[str], text: str, offset: int) -> str:
    if escape["high"]:
        high, low = int(escape["high"], 16), int(escape["low"], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    code = int(escape["code"] or escape["point"] or "0", 16)
    if escape["letter"] is None and code <= 0x10FFFF:
        return chr(code)
    if escape["letter"] in _LETTERS:
        return _LETTERS[escape["letter"]]
    position = offset + escape.start()
    message = f"{escape[0]} at {place(text, position)} is no escape. Write \\\\ for a backslash."
    raise ExpressionError(message, position, ('\\"', "\\\\", "\\n", "\\u00e9"), "\\\\")
