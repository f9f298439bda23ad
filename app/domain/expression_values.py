"""Bare words of an expression: what each stands for beside a certain attribute."""

import re
from decimal import Decimal
from typing import Final

from app.domain.date_words import is_date_word
from app.domain.expression import DateWord
from app.domain.expression_tokens import RESERVED
from app.domain.json_text import dump_json
from app.domain.operands import takes_dates
from app.domain.safe_text import FORBIDDEN
from app.domain.schema import Attribute
from app.domain.values import VALUE_TYPES, Json

Single = Json | DateWord
"""One operand."""

_JSON_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_NUMBER: Final = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?")
_MAX_DIGITS: Final = 4300
"""Python reads no longer number, and JSON documents with one are refused."""

_FLAGS: Final = {"true": True, "false": False}
_WORDS: Final = _FLAGS | {"yes": True, "no": False}

_PLAIN: Final = re.compile(r"[\w@+/-][\w@+/.:%&~'-]*")
"""Texts that look like one word to any reader; others are quoted."""


def read_word(word: str, attribute: Attribute | None) -> Single:
    """What a bare word means; `attribute` is `None` where the schema does not tell.

    Beside an attribute that holds text every word but `null` is text. Where nothing is known, numbers are numbers.
    """
    if word.lower() == "null":
        return None
    if attribute is None or attribute.value_type not in VALUE_TYPES:
        return _number(word, _JSON_NUMBER) if word.lower() not in _FLAGS else _FLAGS[word.lower()]
    if takes_dates(attribute):
        return DateWord(word.lower()) if is_date_word(word) else word
    match attribute.value_type:
        case "number" | "percent" | "currency":
            return _number(word, _NUMBER)
        case "boolean":
            return _WORDS.get(word.lower(), word)
        case _:
            return word


def is_plain(text: str) -> bool:
    """Whether a text can stand without quotes, if it then means what it shall."""
    return (
        _PLAIN.fullmatch(text) is not None
        and text.lower() not in RESERVED
        and not FORBIDDEN.search(text)
    )


def is_same(read: Single, meant: Single) -> bool:
    """Whether two operands are the same JSON, or the same date word."""
    if isinstance(read, DateWord) or isinstance(meant, DateWord):
        return read == meant
    return isinstance(read, str) == isinstance(meant, str) and dump_json(read) == dump_json(meant)


def _number(word: str, form: re.Pattern[str]) -> Json:
    """The number that a word is, or else the word."""
    if not form.fullmatch(word) or len(word) > _MAX_DIGITS:
        return word
    return int(word) if word.lstrip("+-").isdigit() else Decimal(word)
