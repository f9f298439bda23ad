"""Alignment by terminal cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.table import Column, Table, fit, pad, text_width
from app.domain.safe_text import Shown, shown


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("\u5927\u7530", 4), ("e\u0301", 1), ("\uff21", 2), ("\u2026", 1), ("", 0)],
)
def test_text_width(text: str, width: int) -> None:
    """East Asian wide characters take two cells, combining marks none."""
    assert text_width(text) == width


@given(st.text(), st.integers(1, 40))
def test_a_fitted_text_fits(text: str, width: int) -> None:
    """Cutting never exceeds the width; padding always meets it."""
    safe = shown(text)
    assert text_width(fit(safe, width)) <= width
    assert text_width(pad(safe, width)) == width


def make(widths: list[int], rigid: set[int], room: int) -> Table:
    """A table of one row with cells of these widths."""
    columns = [Column(Shown("h"), is_rigid=index in rigid) for index in range(len(widths))]
    return Table(columns, [[Shown("x" * width) for width in widths]], room)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=10), st.integers(20, 200))
def test_a_table_fits_its_room(widths: list[int], room: int) -> None:
    """Lines never exceed the room; what has none is named."""
    table = make(widths, set(), room)
    line = table.line([Shown("x" * width) for width in widths])
    assert text_width(line) <= room
    if sum(widths) + 2 * (len(widths) - 1) <= room:
        assert line == "  ".join("x" * width for width in widths)
    assert bool(table.left_out) == (len(line.split("  ")) < len(widths))


def test_rigid_columns_keep_their_width() -> None:
    """Numbers and dates are not cut as long as texts can give way."""
    line = make([40, 16, 40], {1}, 60).line([Shown("a" * 40), Shown("b" * 16), Shown("c" * 40)])
    assert "b" * 16 in line
    assert text_width(line) == 60


def test_numbers_stand_on_the_right() -> None:
    """A right-aligned column lines up at its end."""
    table = Table([Column(Shown("n"), True), Column(Shown("t"))], [[Shown("100"), Shown("x")]])
    assert table.line([Shown("5"), Shown("x")]) == "  5  x"
