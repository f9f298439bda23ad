"""The looks of text in lines: names for what a piece of text is, and the styles they have in a theme.

They are no component classes, as Textual's widgets have them: those are computed for each widget of each kind anew whenever
a class of the screen changes, which was a tenth of the time to the first frame.
"""

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

from rich.style import Style
from textual.color import Color
from textual.widget import Widget

Look = Literal["", "strong", "muted", "accent", "good", "bad", "key"]
"""What a piece of text is; empty: plain text."""


class _Row(NamedTuple):
    """How a look is made of the theme."""

    color: str | None
    """A variable of the theme; `None`: the text's own."""
    is_bold: bool


LOOKS: Final[Mapping[Look, _Row]] = MappingProxyType(
    {
        "strong": _Row(None, is_bold=True),
        "muted": _Row("muted", is_bold=False),
        "accent": _Row("accent", is_bold=True),
        "good": _Row("success", is_bold=False),
        "bad": _Row("error", is_bold=True),
        "key": _Row("accent", is_bold=True),
    }
)
"""What a line is about; what may be overlooked; the chosen one; an outcome, beside a word that says it; a key to press."""


def look_style(widget: Widget, look: Look) -> Style:
    """The style to put over a widget's own for a piece of text."""
    if not look:
        return Style.null()
    row = LOOKS[look]
    color = widget.app.theme_variables.get(row.color) if row.color is not None else None
    return _style(color, is_bold=row.is_bold)


@lru_cache(64)
def _style(color: str | None, *, is_bold: bool) -> Style:
    rich_color = None if color is None else Color.parse(color).rich_color
    return Style(color=rich_color, bold=is_bold or None)
