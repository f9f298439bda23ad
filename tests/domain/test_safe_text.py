"""The boundary that remote text passes before a person sees it."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.safe_text import FORBIDDEN, MAX_MARKS, hidden_count, shown, shown_lines
from tests.domain.strategies import hostile_texts


def is_harmless(text: str) -> bool:
    """Nothing a terminal acts on, hides or reorders, and nothing it cannot encode."""
    text.encode()
    hidden = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    return not any(unicodedata.category(character) in hidden for character in text)


@given(hostile_texts)
@example("".join(map(chr, range(0x3000))))
def test_output_never_holds_a_forbidden_character(text: str) -> None:
    """Whatever comes in: no control, no bidirectional or invisible character, no surrogate goes out."""
    assert not FORBIDDEN.search(shown(text))
    for line in shown_lines(text):
        assert not FORBIDDEN.search(line)
        line.encode()


@given(hostile_texts)
def test_shown_text_is_shown_the_same(text: str) -> None:
    """Passing the boundary twice changes nothing."""
    once = shown(text)
    assert shown(once) == once


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], codec="utf-8")))
def test_clean_text_is_left_alone(text: str) -> None:
    """Every script's letters, numbers, signs and blanks, but for blanks and letters that show nothing."""
    if not FORBIDDEN.search(text):
        assert shown(text) == text


@pytest.mark.parametrize("code", [*range(0x20), *range(0x7F, 0xA0)])
def test_every_control_character_is_one_visible_mark(code: int) -> None:
    """C0, delete and C1, carriage return and new line included."""
    mark = shown(chr(code))
    assert mark != chr(code)
    assert mark.isprintable()
    assert hidden_count(chr(code)) == 1


VISIBLE_FORMATS = set(
    "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
)
"""Signs that Unicode files under format characters although they are seen: Arabic, Syriac and Kaithi number signs."""


def test_every_format_character_is_marked() -> None:
    """Everything that Unicode calls a format character: bidirectional controls, joiners, tags, separators."""
    every = (chr(code) for code in range(0x110000))
    formats = [one for one in every if unicodedata.category(one) in ("Cf", "Zl", "Zp")]
    assert len(formats) > 160
    assert {one for one in formats if not is_harmless(shown(one))} == VISIBLE_FORMATS


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("\x1b[2J", "␛[2J"),
        ("a\r\nb\tc", "a␍␊b␉c"),
        ("\x7f", "␡"),
        ("\x9b31m", "‹9b›31m"),
        ("\u202eevil", "‹202e›evil"),
        ("zero\u200bwidth", "zero‹200b›width"),
        ("\U000e0041", "‹e0041›"),
        ("\ud800", "\ufffd"),
        ("\uffff", "\ufffd"),
        ("\x1b]52;c;ZXZpbA==\x07", "␛]52;c;ZXZpbA==␇"),
    ],
)
def test_sequences_degrade_to_text(text: str, marks: str) -> None:
    """Characters are replaced, sequences are not parsed."""
    assert shown(text) == marks


@given(st.integers(0, 200))
def test_marks_on_a_letter_are_few(count: int) -> None:
    """A letter under a hundred marks does not paint over its neighbours."""
    text = shown("a" + "\u0301" * count + "b")
    assert text.count("\u0301") == min(count, MAX_MARKS)
    assert text[0] + text[-1] == "ab"


@given(hostile_texts, st.integers(0, 80))
def test_the_limit_cuts_and_says_so(text: str, limit: int) -> None:
    """Nothing is left out silently."""
    cut = shown(text, limit=limit)
    if len(text) <= limit:
        assert cut == shown(text)
    else:
        assert cut == f"{shown(text[:limit])}…(+{len(text) - limit})"


def test_several_lines() -> None:
    """Line ends of all kinds split; a tab becomes blanks; what is left out is counted."""
    assert shown_lines("a\r\nb\rc\nd\u2028e\tf") == ("a", "b", "c", "d", "e    f")
    assert shown_lines("abcdef", limit=2) == ("ab", "… 4 more characters")
    assert shown_lines("") == ("",)


@given(hostile_texts)
def test_hidden_characters_are_counted(text: str) -> None:
    """So that two names that look alike can be told apart."""
    assert hidden_count(text) == sum(bool(FORBIDDEN.match(character)) for character in text)
