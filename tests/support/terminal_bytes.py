"""What a program may write to a terminal, and payloads of those who would rather write it themselves.

    assert trespasses(terminal.raw) == []

Not a search for known attacks: everything that is neither plain visible text nor one of the few control sequences that the
deck draws with is a trespass.
"""

import re
from collections.abc import Iterator
from typing import Final

from app.domain.safe_text import FORBIDDEN

MARKS: Final = tuple(f"QX{number:02}" for number in range(28))
"""A word in each payload, by which it is found again."""

PAYLOADS: Final = tuple(
    text.replace("~", mark)
    for mark, text in zip(
        MARKS,
        (
            "clear\x1b[2J\x1b[3;3H~",
            "colour\x1b[5;31m~\x1b[0m",
            "leave\x1b[?1049l~",
            "mouse\x1b[?1003l~\x1b[?25l",
            "reset\x1bc~",
            "clip\x1b]52;c;~\x07",
            "clip2\x1b]52;c;~\x1b\\",
            "link\x1b]8;;http://~\x1b\\x\x1b]8;;\x1b\\",
            "title\x1b]0;~\x07",
            "open\x1b]2;~",
            "c1\x9b2J\x9b31m~",
            "c1osc\x9d52;c;~\x9c",
            "dcs\x1bP~\x1b\\",
            "x\x1bPtmux;\x1b\x1b]0;~\x07\x1b\\",
            "apc\x1b_~\x1b\\",
            "pm\x1b^~\x1b\\",
            "asks\x1b[6n\x1b[c~\x1b[?2026$p",
            "nul\x00~",
            "over\r~",
            "back\x08\x08\x08\x08~",
            "lines\n~\u2028\x85\x0b",
            "bidi\u202e~\u2066\u2069",
            "h\u200b~\ufeff\U000e0041",
            "zalgo" + "\u0301\u0316" * 40 + "~",
            "[/]~[/bold] [bold",
            "[@click=app.quit]~[/]",
            "del\x7f~",
            "%s{0}$(id)~\\x1b[2J",
        ),
        strict=True,
    )
)
"""Texts as a stranger may have typed them into a CRM, each with its mark."""

_SEQUENCE: Final = re.compile(
    "\x1b(?:"
    r"\[(?P<prefix>[<=>?]?)(?P<parameters>[0-9;:]*)(?P<between>[ -/]*)(?P<final>[@-~])"
    r"|\](?P<command>[^\x07\x1b]*)(?:\x07|\x1b\\)"
    r"|(?P<plain>[^\[\]]))",
    re.DOTALL,
)

_MODES: Final = r"(?:7|25|1000|1002|1003|1004|1006|1015|1016|1049|2004|2026|2048)"
_OURS: Final = re.compile(
    rf"\x1b\[(?:[0-9;]*[Hm]|\?{_MODES}[hl]|\?(?:2026|2048)\$p|>[0-9]+u|<u)|\x1b\]22;[a-z-]*(?:\x07|\x1b\\)"
)
"""Place, colour, the deck's modes and their queries, kitty keys, and the shape of the mouse pointer."""

_STACK: Final = re.compile("[\u0300-\u036f]{9,}")
"""More combining marks than any script puts on a letter."""

_ONCE: Final = ("\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h", "\x1b[?25l")
"""Sequences of ours that must not be repeated by anyone."""


def trespasses(raw: bytes, *, allows_copying: bool = False) -> list[str]:
    """What in the output of a deck is neither visible text nor ours; `allows_copying` lets clipboard writes pass."""
    text = raw.decode("utf-8", "surrogateescape")
    return list(_trespasses(text, allows_copying=allows_copying))


def _trespasses(text: str, *, allows_copying: bool) -> Iterator[str]:
    for sequence in _SEQUENCE.finditer(text):
        is_copy = allows_copying and (sequence["command"] or "").startswith("52;c;")
        if not is_copy and _OURS.fullmatch(sequence[0]) is None:
            yield f"sequence {sequence[0]!r}"
    for once in _ONCE:
        if text.count(once) > 1:
            yield f"{text.count(once)} times {once!r}"
    shown = _SEQUENCE.sub("", text).replace("\r\n", "")
    yield from hidden_in(shown)
    yield from (f"marks {stack[0]!r}" for stack in _STACK.finditer(shown))
    for payload in PAYLOADS:
        if FORBIDDEN.search(payload) and payload in text:
            yield f"payload {payload!r}"


def hidden_in(text: str) -> list[str]:
    """Every character of a text that a person would not see as it is, with what stands around it."""
    return [
        f"character {match[0]!r} in {text[max(0, match.start() - 20) : match.end() + 20]!r}"
        for match in FORBIDDEN.finditer(text)
    ]


def marks_in(raw: bytes) -> set[str]:
    """The marks whose payloads were shown."""
    text = _SEQUENCE.sub("", raw.decode("utf-8", "replace"))
    return {mark for mark in MARKS if mark in text}
