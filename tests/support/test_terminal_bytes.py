"""The guard over terminal output: it must see every payload."""

import pytest

from app.domain.safe_text import FORBIDDEN, shown
from tests.support.terminal_bytes import PAYLOADS, marks_in, trespasses

OURS = b"\x1b[?1049h\x1b[?25l\x1b[1;1H\x1b[1;36;49mcrmdeck\x1b[0m\r\n\x1b[?25h\x1b[?1049l"


def test_what_the_deck_draws_with_passes() -> None:
    """Modes, places, colours and lines are ours."""
    assert trespasses(OURS) == []


@pytest.mark.parametrize("payload", [text for text in PAYLOADS if FORBIDDEN.search(text)])
def test_every_payload_is_seen(payload: str) -> None:
    """Written as it is, each one is a trespass; made visible, none is."""
    assert trespasses(OURS + payload.encode())
    assert trespasses(OURS + shown(payload).encode()) == []
    assert len(marks_in(shown(payload).encode())) == 1


def test_copying_is_allowed_on_request() -> None:
    """A clipboard write passes only where a test has asked for one."""
    copy = OURS + b"\x1b]52;c;YQ==\x07"
    assert trespasses(copy)
    assert trespasses(copy, allows_copying=True) == []
