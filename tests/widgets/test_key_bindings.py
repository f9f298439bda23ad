"""Keys come from the table of actions, in words people know."""

import pytest
from textual.binding import Binding

from app.domain.actions import ACTION_BY_NAME, ACTIONS
from widgets.key_bindings import bindings_of, key_words, keys_in_words


@pytest.mark.parametrize(
    ("key", "words"),
    [("ctrl+p", "Ctrl+P"), ("question_mark", "?"), ("pagedown", "PgDn"), ("j", "j"), ("G", "G")],
)
def test_keys_are_written_as_people_write_them(key: str, words: str) -> None:
    """Not in Textual's names."""
    assert key_words(key) == words


def test_no_key_is_written_in_textual_names() -> None:
    """No key of any action has the underscore of a name."""
    assert not [row.name for row in ACTIONS if "_" in keys_in_words(row)]


def test_bindings_have_all_keys_of_their_action() -> None:
    """Letters and arrows are the same binding."""
    [binding] = bindings_of("cursor_down")
    assert isinstance(binding, Binding)
    assert binding.key == "down,j"
    assert binding.action == "cursor_down"
    assert binding.description == ACTION_BY_NAME["cursor_down"].label
