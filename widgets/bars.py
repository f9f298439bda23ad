"""Bars of text, drawn by Rich to an eighth of a cell; of `#` where the terminal has no such characters."""

import os
import sys
from collections.abc import Mapping
from typing import Final

from rich.bar import Bar
from rich.console import Console

from app.domain.safe_text import Shown

_PLAIN_TERMINALS: Final = frozenset({"", "dumb", "linux", "vt100", "vt220"})
"""Kinds of terminal that lack the blocks: the console font of Linux holds whole and half ones only."""

_EIGHTH: Final = 1 / 8


def draws_blocks(environ: Mapping[str, str], encoding: str) -> bool:
    """Whether a terminal shows block characters, by what it says it is and how text is written to it."""
    is_unicode = encoding.lower().replace("-", "").replace("_", "") == "utf8"
    return is_unicode and environ.get("TERM", "") not in _PLAIN_TERMINALS


def terminal_draws_blocks() -> bool:
    """Whether the terminal of this process does; the deck is painted on stderr."""
    return draws_blocks(os.environ, getattr(sys.__stderr__, "encoding", None) or "")


def bar(console: Console, share: float, width_cells: int, *, has_blocks: bool) -> Shown:
    """A bar of a share of the width, filled up with blanks; anything above nothing is seen."""
    least = _EIGHTH if has_blocks else 1
    length = max(min(least, width_cells), share * width_cells) if share > 0 else 0
    if not has_blocks:
        return Shown(("#" * round(length)).ljust(width_cells))
    drawn = Bar(width_cells, 0, length, width=width_cells)
    options = console.options.update(width=width_cells)
    text = "".join(segment.text for segment in console.render(drawn, options))
    return Shown(text.rstrip("\n").ljust(width_cells))
