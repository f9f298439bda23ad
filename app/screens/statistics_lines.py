"""The lines of a column's statistics, as pure functions of the figures and the width."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from app.domain.safe_text import Shown, shown
from widgets.line import Part, fit

if TYPE_CHECKING:
    from app.domain.schema import Attribute
    from app.domain.statistics import Row, Scope, Statistics
    from widgets.lines_view import Item

DrawBar = Callable[[float, int], Shown]
"""Draws a bar of a share of a width."""

MIN_LABEL: Final = 10
COUNT_WIDTH: Final = 8
SHARE_WIDTH: Final = 6
MARKER_WIDTH: Final = 3
"""Cells the list puts before each line."""


def title(attribute: "Attribute", scope: "Scope") -> tuple[Part, ...]:
    """What is counted, and of how many records."""
    kind = shown(attribute.value_type) + ("[]" if attribute.is_array else "")
    return (
        Part(Shown(" ")),
        Part(shown(attribute.display_name, limit=30), "strong"),
        Part(Shown(f" [{kind}]  "), "muted"),
        Part(Shown(str(scope)), "strong"),
    )


def counts(found: "Statistics") -> tuple[Part, ...]:
    """How many are filled, empty and different."""
    filled = f"{found.filled:,} filled ({_percent(found.filled, found.counted)})"
    words = [filled, f"{found.empty:,} empty"]
    if found.not_sent:
        words.append(f"{found.not_sent:,} not sent")
    is_unique = found.distinct == found.filled > 1
    words.append("all different" if is_unique else f"{found.distinct:,} different")
    return (Part(Shown(" " + "   ".join(words))),)


def facts(found: "Statistics") -> tuple[Part, ...]:
    """The smallest, the mean, the latest and the like."""
    parts = [Part(Shown(" "))]
    for word, figure in found.facts:
        parts += [
            Part(Shown(f"{word} "), "muted"),
            Part(shown(figure, limit=40), "strong"),
            Part(Shown("   ")),
        ]
    return tuple(parts)


def rows(found: "Statistics", width: int, draw: DrawBar) -> list["Item"]:
    """A line a row: what it is, how many, their share of all that were counted, and a bar."""
    labels = [shown(row.label, limit=60) for row in found.rows]
    label_width = _label_width(labels, width)
    bar_width = max(4, width - MARKER_WIDTH - label_width - COUNT_WIDTH - SHARE_WIDTH - 3)
    most = max((row.count for row in found.rows), default=0)
    return [
        (
            (
                Part(fit(label, label_width)),
                Part(fit(Shown(f"{row.count:,}"), COUNT_WIDTH, is_right_aligned=True), "strong"),
                Part(_share(row, found), "muted"),
                Part(Shown("  ")),
                Part(draw(row.count / most if most else 0, bar_width), "accent"),
            ),
        )
        for label, row in zip(labels, found.rows, strict=True)
    ]


def _label_width(labels: Sequence[Shown], width: int) -> int:
    """Room for the longest label, up to two fifths of the line."""
    longest = max((cell_len(label) for label in labels), default=0)
    return max(MIN_LABEL, min(longest, width * 2 // 5))


def _share(row: "Row", found: "Statistics") -> Shown:
    return fit(Shown(_percent(row.count, found.counted)), SHARE_WIDTH, is_right_aligned=True)


def _percent(part: int, whole: int) -> str:
    """A whole per cent; never 0 % of something and never 100 % of not all."""
    if not whole:
        return "-"
    if 0 < part < whole:
        return f"{min(99, max(1, round(100 * part / whole)))}%"
    return f"{100 * part // whole}%"
