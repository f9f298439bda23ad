r"""Texts with hidden characters, opened for editing: each is written `\u202e`, and read back exactly.

What `shown` makes of a text is for showing only and cannot be edited. This form can: `unescaped(escaped_for_editing(text))`
is the text, character for character.
"""

import re
from typing import Final

from app.domain.safe_text import FORBIDDEN

_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})|\\U(000[0-9a-fA-F]{5}|0010[0-9a-fA-F]{4})")
_BACKSLASH: Final = r"\u005c"
"""Stands for a backslash that would else begin an escape."""


def escaped_for_editing(text: str, *, keeps_lines: bool = False) -> str:
    r"""A text in which nothing is hidden; `keeps_lines` leaves line feeds and tabs, for editors of several lines."""
    if text.isascii() and text.isprintable() and "\\" not in text:
        return text
    plain = _ESCAPE.sub(lambda match: _BACKSLASH + match[0][1:], text)
    return FORBIDDEN.sub(
        lambda match: match[0] if keeps_lines and match[0] in "\n\t" else _escape(match[0]), plain
    )


def unescaped(text: str) -> str:
    r"""The text that an edited one means: `\u202e` and `\U000e0041` stand for one character each, all else for itself."""
    return _ESCAPE.sub(lambda match: chr(int(match[1] or match[2], 16)), text)


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
