"""Bars of text: their length, and the terminals that have no blocks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from widgets.bars import bar, draws_blocks


@given(st.floats(0, 1), st.integers(4, 60), st.booleans())
def test_a_bar_fills_its_width(share: float, width: int, has_blocks: bool) -> None:
    """With blanks where it ends, so that what follows stands in a column."""
    text = bar(Console(), share, width, has_blocks=has_blocks)
    assert cell_len(text) == width
    assert text.isascii() is not (has_blocks and bool(text.strip()))


@pytest.mark.parametrize(
    ("share", "blocks", "ascii_text"),
    [
        (0, "    ", "    "),
        (0.001, "\u258f   ", "#   "),
        (0.5, "\u2588\u2588  ", "##  "),
        (1, "\u2588\u2588\u2588\u2588", "####"),
    ],
)
def test_a_bar_is_as_long_as_its_share(share: float, blocks: str, ascii_text: str) -> None:
    """Anything above nothing is seen."""
    assert bar(Console(), share, 4, has_blocks=True) == blocks
    assert bar(Console(), share, 4, has_blocks=False) == ascii_text


@pytest.mark.parametrize(
    ("kind", "encoding", "has_blocks"),
    [
        ("xterm-256color", "utf-8", True),
        ("xterm-256color", "UTF8", True),
        ("xterm-256color", "iso8859-1", False),
        ("xterm-256color", "", False),
        ("linux", "utf-8", False),
        ("dumb", "utf-8", False),
        (None, "utf-8", False),
    ],
)
def test_blocks_are_drawn_where_there_are_some(
    kind: str | None, encoding: str, has_blocks: bool
) -> None:
    """The console of Linux has no eighths, and a latin-1 stream no blocks at all."""
    environ = {} if kind is None else {"TERM": kind}
    assert draws_blocks(environ, encoding) is has_blocks
