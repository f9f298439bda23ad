"""A line of text in parts that rewrites only the cells that changed."""

import textwrap
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from app.domain.safe_text import Shown
from widgets.looks import Look, look_style


class Part(NamedTuple):
    """A piece of a line: safe text and the look it has."""

    text: Shown
    look: Look = ""
    """Empty: the line's own style."""


class Line(Widget):
    """One line. Over a slow link every byte counts: setting `parts` repaints the cells between the first and last change."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._parts: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """What the line shows."""
        return self._parts

    @parts.setter
    def parts(self, parts: tuple[Part, ...]) -> None:
        old, self._parts = self._parts, parts
        if old == parts:
            return
        start, end = _changed_cells(old, parts)
        width = max(self.size.width, 1)
        if start < end:
            start = min(start, width - 1)  # beyond the edge only the ellipsis can change
            self.refresh(Region(start, 0, min(end, width) - start, 1))

    @property
    def text(self) -> str:
        """The line without its looks."""
        return "".join(part.text for part in self._parts)

    def part_at(self, x: int) -> int | None:
        """Which part covers a cell."""
        end = 0
        for index, part in enumerate(self._parts):
            end += cell_len(part.text)
            if x < end:
                return index
        return None

    def render_line(self, y: int) -> Strip:
        """The parts, cut or filled to the width."""
        style = self.rich_style
        if y:
            return Strip.blank(self.size.width, style)
        segments = [Segment(part.text, style + look_style(self, part.look)) for part in self._parts]
        return cut(Strip(segments), self.size.width, style).simplify()


def _changed_cells(old: tuple[Part, ...], new: tuple[Part, ...]) -> tuple[int, int]:
    """The first and one past the last cell that differ between two states of a line."""
    before, after = _cells(old), _cells(new)
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    if len(before) != len(after):
        return _left_of(after, before, start), max(len(before), len(after))
    end = len(after)
    while end > start and before[end - 1] == after[end - 1]:
        end -= 1
    return _left_of(after, before, start), end + 1


def _left_of(after: list[tuple[str, str]], before: list[tuple[str, str]], start: int) -> int:
    """Step back to the left half of a wide character."""
    for cells in (after, before):
        if start < len(cells) and cells[start][0] == "" and start:
            return start - 1
    return start


def _cells(parts: tuple[Part, ...]) -> list[tuple[str, str]]:
    """One entry a cell: its character and look; the right half of a wide character is empty text."""
    cells: list[tuple[str, str]] = []
    for part in parts:
        if part.text.isascii():
            cells += [(character, part.look) for character in part.text]
            continue
        for character in part.text:
            width = cell_len(character)
            if width == 0 and cells:
                cells[-1] = (cells[-1][0] + character, part.look)
            else:
                cells += [(character, part.look)] + [("", part.look)] * (width - 1)
    return cells


def cut(strip: Strip, width_cells: int, style: Style) -> Strip:
    """Fill a line to a width, or cut it there; words that were cut end in an ellipsis."""
    if strip.cell_length > width_cells > 0 and cell_len(strip.text.rstrip()) > width_cells:
        return Strip.join([strip.crop(0, width_cells - 1), Strip([Segment("\u2026", style)])])
    return strip.extend_cell_length(width_cells, style).crop(0, width_cells)


def fit(text: Shown, width_cells: int, *, is_right_aligned: bool = False) -> Shown:
    """Cut or pad to a width in cells; what was cut ends in an ellipsis."""
    length = len(text) if text.isascii() else cell_len(text)
    if length == width_cells:
        return text
    if length > width_cells:
        cut = text[: width_cells - 1] if text.isascii() else set_cell_size(text, width_cells - 1)
        return Shown(cut + "\u2026") if width_cells > 0 else Shown("")
    pad = " " * (width_cells - length)
    return Shown(pad + text if is_right_aligned else text + pad)


def wrapped(text: Shown, width_cells: int) -> list[Shown]:
    """Wrap to a width: at words where every character is one cell wide, else at cells. At least one line."""
    if text.isascii() or all(cell_len(character) == 1 for character in text):
        return [Shown(piece) for piece in textwrap.wrap(text, width_cells)] or [Shown("")]
    return [Shown(piece) for piece in chop_cells(text, width_cells)] or [text]


def paragraph(
    text: Shown, width_cells: int, look: Look = "", *, indent: int = 0
) -> tuple[tuple[Part, ...], ...]:
    """Wrapped lines of one look, set in by some cells."""
    pad = Part(Shown(" " * indent))
    return tuple((pad, Part(line, look)) for line in wrapped(text, max(8, width_cells - indent)))
