"""A key that no text shows."""

import copy
import pickle

import pytest

from app.domain.secret import Secret, secret_from

CANARY = "canary-7f3a9c51"


def test_no_text_shows_it() -> None:
    """Not one of the ways Python turns things into text."""
    secret = Secret(CANARY)
    texts = [repr(secret), str(secret), f"{secret}", f"{secret!r:>20}", f"{secret:>20}"]
    texts += ["%s" % secret, "{}".format(secret), repr([secret]), repr({"k": secret})]  # noqa: UP031, UP032
    assert not any(CANARY in text for text in texts)
    assert secret.reveal() == CANARY
    assert not hasattr(secret, "__dict__")


def test_it_is_neither_pickled_nor_copied() -> None:
    """It stays where it is."""
    for way in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="never pickled"):
            way(Secret(CANARY))


def test_equal_keys_are_equal() -> None:
    """For tests and tables."""
    assert Secret("a") == Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_blanks_around_a_key_do_not_count() -> None:
    """Files and commands end in a new line."""
    assert secret_from(f" {CANARY}\n", "The file").reveal() == CANARY


@pytest.mark.parametrize("text", ["", "  \n", "two words", "a\nb", "clé", "a\x00b", "\x1b[2J"])
def test_what_no_header_can_carry_is_no_key(text: str) -> None:
    """The message names where it came from, never what it is."""
    with pytest.raises(ValueError, match="The variable X") as caught:
        secret_from(text, "The variable X")
    assert not text.strip() or text.strip() not in str(caught.value)
