"""JSON text in and out, strictly: no digit is lost, and a hostile document ends in one error."""

import json
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NoReturn

from app.domain.values import Json

MAX_DEPTH: Final = 100
"""Nesting that a document may have; CRM answers need about eight."""


_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_NEITHER_BRACKET_NOR_QUOTE: Final = bytes(set(range(256)) - set(b'"[]{}'))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse_json(text: bytes) -> Json:
    """Read one UTF-8 document (a byte order mark is tolerated); fractions become `Decimal`, of equal keys the last counts.

    Raises:
        ValueError: for anything else, including NaN, Infinity, lone bytes, endless integers and deep nesting.
    """
    try:
        value: Json = json.loads(
            text.removeprefix(_BYTE_ORDER_MARK).decode(),
            parse_float=Decimal,
            parse_constant=_refuse_constant,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None
    if not _is_plainly_shallow(text) and _is_deeper(value, MAX_DEPTH):
        raise ValueError("nested too deeply")
    return value


def _is_plainly_shallow(text: bytes) -> bool:
    """Whether a valid document's brackets alone show that it is shallow; `False` says nothing. Twice as fast as a walk.

    Of the text only brackets and quotes are kept. If all quotes then vanish in pairs, no bracket stands inside a string.
    Each round takes away the innermost brackets, one or two levels.
    """
    if b"\\" in text:
        text = _ESCAPE.sub(b"", text)
    brackets = text.translate(None, _NEITHER_BRACKET_NOR_QUOTE).replace(b'""', b"")
    for _ in range(MAX_DEPTH // 2):
        if not brackets:
            return True
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
    return not brackets


def _is_deeper(value: Json, limit: int) -> bool:
    """Walk level by level, so that depth costs no recursion. Exact types are enough: the parser makes no others."""
    level: list[Json] = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else _items(node))
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return False
    return True


def _items(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []


def dump_json(value: Json, *, indent: int | None = None, is_ascii: bool = False) -> str:
    """Write JSON; a `Decimal` is written digit for digit. `is_ascii` escapes everything else.

    Raises:
        ValueError: for infinite or undefined numbers.
    """
    return _dump(value, indent, 0, is_ascii)


def _dump(value: Json, indent: int | None, depth: int, is_ascii: bool) -> str:
    match value:
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{value} is not JSON")
            return str(value)
        case dict() if value:
            pairs = (
                f"{json.dumps(key, ensure_ascii=is_ascii)}: {_dump(item, indent, depth + 1, is_ascii)}"
                for key, item in value.items()
            )
            return "{" + _joined(pairs, indent, depth) + "}"
        case list() if value:
            return (
                "["
                + _joined(
                    (_dump(item, indent, depth + 1, is_ascii) for item in value), indent, depth
                )
                + "]"
            )
        case _:
            return json.dumps(value, ensure_ascii=is_ascii, allow_nan=False)


def _joined(parts: Iterable[str], indent: int | None, depth: int) -> str:
    """Members of one object or list: side by side, or each on its own line."""
    if indent is None:
        return ", ".join(parts)
    line = "\n" + " " * (indent * (depth + 1))
    return line + f",{line}".join(parts) + "\n" + " " * (indent * depth)


_ASCII: Final = json.JSONEncoder(allow_nan=False, check_circular=False)
"""Kept: to make one takes as long as to write a small value. Nothing that was read from JSON holds itself."""


def dump_ascii(value: Json, *, indent: int | None = None) -> str:
    """JSON in printable ASCII: what is hidden in a value stays visible as an escape; so does DEL, unasked by JSON."""
    try:
        text = (
            _ASCII.encode(value)
            if indent is None
            else json.dumps(value, indent=indent, allow_nan=False)
        )
    except TypeError:  # it holds a `Decimal`, for which the fast encoder has no digits
        text = dump_json(value, indent=indent, is_ascii=True)
    return text.replace("\x7f", "\\u007f")
