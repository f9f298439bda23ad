"""The one boundary that remote text passes before a person sees it.

CRM records are typed by strangers. A control character in a name can clear the screen, write the clipboard or forge a line;
a bidirectional override can make one name look like another. `shown` replaces every such character by a visible mark, so
that any escape sequence degrades to text. What it returns is for showing only: it is never edited, compared or sent.
"""

import re
from typing import Final, NewType

Shown = NewType("Shown", str)
"""Text that went through `shown`: safe to write to a terminal, a log or a report. Never markup, never sent anywhere."""

MAX_MARKS: Final = 8
"""Combining marks kept per base character; more only serve to paint over neighbouring lines."""

_HIDDEN: Final = (
    "\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202f\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff"
)
FORBIDDEN: Final = re.compile(f"[{_HIDDEN}\ud800-\udfff\ufffe\uffff]")
"""Every character that must not reach a terminal from data: controls, bidirectional and invisible characters, surrogates."""

_MARKS: Final = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_STACKED: Final = re.compile(f"([{_MARKS}]{{{MAX_MARKS}}})[{_MARKS}]+")


def _mark(match: re.Match[str]) -> str:
    """One visible stand-in for one hidden character."""
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF):
        return "\ufffd"
    return f"\u2039{code:x}\u203a"


def shown(text: str, *, limit: int | None = None) -> Shown:
    """Make `text` safe to show on one line; newlines and tabs become marks.

    `limit` cuts after that many characters and says how many were left out.
    """
    left_out = 0
    if limit is not None and len(text) > limit:
        left_out = len(text) - limit
        text = text[:limit]
    if not (text.isascii() and text.isprintable()):
        text = _STACKED.sub(r"\1", FORBIDDEN.sub(_mark, text))
    return Shown(f"{text}\u2026(+{left_out})" if left_out else text)


def shown_lines(text: str, *, limit: int | None = None) -> tuple[Shown, ...]:
    """Make `text` safe to show on several lines, split at line ends; at most `limit` characters in all."""
    left_out = 0
    if limit is not None and len(text) > limit:
        left_out = len(text) - limit
        text = text[:limit]
    lines = [
        shown(line.replace("\t", "    ")) for line in re.split("\r\n|[\n\r\u2028\u2029]", text)
    ]
    if left_out:
        lines.append(Shown(f"\u2026 {left_out} more characters"))
    return tuple(lines)


def hidden_count(text: str) -> int:
    """How many characters of `text` a reader would not see as they are."""
    return 0 if text.isascii() and text.isprintable() else len(FORBIDDEN.findall(text))
