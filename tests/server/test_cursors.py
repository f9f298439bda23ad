"""Cursors of questions short and long."""

import pytest

from app.server.refusals import Refusal
from app.server.store.cursors import SHORT_BYTES, CursorSigner

SIGNER = CursorSigner("secret")
SHORT = "[[],[]]"
LONG = "x" * SHORT_BYTES
VALUES = ("2026-06-01T09:30:00.000Z", "an id", None)


@pytest.mark.parametrize("question", [SHORT, LONG])
def test_a_cursor_says_what_was_signed(question: str) -> None:
    """Compressed or not."""
    position = SIGNER.read(SIGNER.sign("contact", question, VALUES), "contact")
    assert (position.subject, position.question, position.values) == ("contact", question, VALUES)


def test_the_cursor_of_a_long_question_is_shorter_than_the_question() -> None:
    """It has to fit where URLs go."""
    assert len(SIGNER.sign("contact", LONG, VALUES)) < len(LONG)


@pytest.mark.parametrize("question", [SHORT, LONG])
def test_a_cursor_with_a_letter_changed_is_refused(question: str) -> None:
    """Wherever it is changed."""
    cursor = SIGNER.sign("contact", question, VALUES)
    for place in range(len(cursor) - 1):  # of the last letter not all bits count
        changed = cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
        with pytest.raises(Refusal):
            SIGNER.read(changed, "contact")
