"""Texts with hidden characters, opened for editing."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.escaped_text import escaped_for_editing, unescaped
from app.domain.safe_text import hidden_count
from tests.domain.strategies import hostile_texts

_traps = st.lists(
    st.sampled_from(
        ["\\", "u", "U", "005c", "202e", "\u202e", "000e0041", "\U000e0041", "0010ffff", "\n", "é"]
    ),
    max_size=12,
).map("".join)
"""Texts that look like escapes, half of one, or one within another."""


@pytest.mark.parametrize(
    ("text", "edited"),
    [
        ("Sarah", "Sarah"),
        ("C:\\new\\up", "C:\\new\\up"),
        ("moc\u202e.live", "moc\\u202e.live"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("a\nb", "a\\u000ab"),
        ("it is \\u202e in words", "it is \\u005cu202e in words"),
        ("Zoë 山", "Zoë 山"),
    ],
)
def test_hidden_characters_stand_as_escapes(text: str, edited: str) -> None:
    """Everything else, lone backslashes too, stands for itself."""
    assert escaped_for_editing(text) == edited
    assert unescaped(edited) == text


def test_an_editor_of_several_lines_keeps_line_feeds_and_tabs() -> None:
    """A carriage return, which an editor would lose, is an escape."""
    assert escaped_for_editing("a\r\n\tb", keeps_lines=True) == "a\\u000d\n\tb"


@settings(max_examples=500)
@given(hostile_texts | _traps, st.booleans())
def test_every_text_comes_back_exactly(text: str, keeps_lines: bool) -> None:
    """Whatever it holds."""
    assert unescaped(escaped_for_editing(text, keeps_lines=keeps_lines)) == text


@given(hostile_texts | _traps)
def test_nothing_is_hidden_from_who_edits(text: str) -> None:
    """Only the line ends of an editor of several lines are left."""
    assert hidden_count(escaped_for_editing(text)) == 0
    lines = escaped_for_editing(text, keeps_lines=True)
    assert hidden_count(lines) == lines.count("\n") + lines.count("\t")


@given(hostile_texts | _traps)
def test_what_is_typed_has_one_meaning(text: str) -> None:
    """Opening again what was typed shows something that means the same."""
    meant = unescaped(text)
    assert unescaped(escaped_for_editing(meant)) == meant
