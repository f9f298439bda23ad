"""The one-line area: what it shows, what it repaints, and how text is fitted into cells."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.geometry import Region

from app.domain.safe_text import FORBIDDEN, Shown, shown
from tests.support.deck import cells_of, host
from tests.support.hostile import HOSTILE_TEXTS
from widgets.line import Line, Part, fit, paragraph, wrapped

LOOKS = ("", "strong", "bad")

TEXTS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="abé日本ｱ \u0301-", max_size=60),
    st.sampled_from(list(HOSTILE_TEXTS.values())).map(lambda text: text[:300]),
).map(shown)

LINES = st.lists(st.builds(Part, TEXTS, st.sampled_from(LOOKS)), max_size=4).map(tuple)


class SpyLine(Line):
    """Remembers what it asked to have repainted."""

    def __init__(self) -> None:
        super().__init__(id="line")
        self.repainted: list[Region] = []

    def refresh(self, *regions: Region, **options: Any) -> "SpyLine":
        self.repainted += regions
        super().refresh(*regions, **options)
        return self


def plain(*texts: str) -> tuple[Part, ...]:
    """A line of parts without looks."""
    return tuple(Part(shown(text)) for text in texts)


async def test_line_shows_its_parts_side_by_side() -> None:
    """Parts are joined, and the rest of the line is blank."""
    async with host(line := Line(), size=(12, 3)):
        line.parts = plain("ab", "cd")
        assert line.render_line(0).text == "abcd" + " " * 8
        assert line.text == "abcd"


async def test_line_cuts_at_its_width() -> None:
    """A line longer than the terminal ends at the edge in an ellipsis, also in the middle of a wide character."""
    async with host(line := Line(), size=(6, 3)):
        for text, seen in (
            ("ab日本語", "ab日 \u2026"),
            ("abcdefg", "abcde\u2026"),
            ("abcdef  ", "abcdef"),
        ):
            line.parts = plain(text)
            assert line.render_line(0).text == seen
            assert line.render_line(0).cell_length == 6


async def test_line_has_the_look_of_each_part() -> None:
    """A strong part is bold, its neighbour is not."""
    async with host(line := Line(), size=(12, 3)):
        line.parts = (Part(Shown("a")), Part(Shown("b"), "strong"))
        cells = cells_of(line.render_line(0))
        assert "bold" not in cells[0][1]
        assert "bold" in cells[1][1]


@pytest.mark.parametrize(
    ("before", "after", "region"),
    [
        ("row  1 of 37", "row  2 of 37", (5, 1)),
        ("abcdef", "abXdYf", (2, 3)),
        ("abc", "abcdef", (3, 3)),
        ("abcdef", "abc", (3, 3)),
        ("日本", "日語", (2, 2)),
    ],
)
async def test_line_repaints_from_the_first_to_the_last_change(
    before: str, after: str, region: tuple[int, int]
) -> None:
    """A changed digit costs the cell of that digit (and at most the one beside it)."""
    async with host(line := SpyLine(), size=(40, 3)):
        line.parts = plain(before)
        line.repainted.clear()
        line.parts = plain(after)
        [painted] = line.repainted
        start, width = region
        assert painted.x == start
        assert width <= painted.width <= width + 1


async def test_line_that_grows_beyond_its_edge_repaints_the_ellipsis() -> None:
    """What is seen changes only in the last cell, which tells that there is more."""
    async with host(line := SpyLine(), size=(6, 3)):
        line.parts = plain("abcdef")
        line.repainted.clear()
        line.parts = plain("abcdefgh")
        assert line.render_line(0).text == "abcde\u2026"
        assert [(region.x, region.width) for region in line.repainted] == [(5, 1)]


async def test_line_repaints_nothing_for_the_same_parts() -> None:
    """Setting what is there already costs nothing."""
    async with host(line := SpyLine()):
        line.parts = plain("same")
        line.repainted.clear()
        line.parts = plain("same")
        assert line.repainted == []


async def test_line_repaints_a_change_of_look_alone() -> None:
    """The same letters in another look are a change."""
    async with host(line := SpyLine()):
        line.parts = plain("same")
        line.repainted.clear()
        line.parts = (Part(Shown("same"), "bad"),)
        assert [region.width for region in line.repainted] == [5]


async def test_everything_that_changed_is_repainted() -> None:
    """Whatever two states a line has, the cells outside the repainted region are the same in both."""
    async with host(line := SpyLine(), size=(40, 3)):

        @given(LINES, LINES)
        def check(before: tuple[Part, ...], after: tuple[Part, ...]) -> None:
            line.parts = before
            old = cells_of(line.render_line(0))
            line.repainted.clear()
            line.parts = after
            new = cells_of(line.render_line(0))
            covered = {
                x for region in line.repainted for x in range(region.x, region.x + region.width)
            }
            changed = {x for x in range(40) if old[x] != new[x]}
            assert changed <= covered
            assert all(region.x >= 0 and region.width <= 40 for region in line.repainted)

        check()


async def test_line_draws_no_control_character() -> None:
    """What went through `shown` passes the filter untouched."""
    async with host(line := Line()):
        for text in HOSTILE_TEXTS.values():
            line.parts = plain(text)
            assert not FORBIDDEN.search(line.render_line(0).text)


def test_part_at_finds_the_part_under_a_cell() -> None:
    """Parts are found by cells, of which a wide character has two."""
    line = Line()
    line.parts = plain("a", "日本", "", "b")
    assert [line.part_at(x) for x in range(7)] == [0, 1, 1, 1, 1, 3, None]


@given(TEXTS, st.integers(0, 50), st.booleans())
def test_fit_has_exactly_the_width(text: Shown, width: int, is_right_aligned: bool) -> None:
    """Any text, cut or padded, takes the cells it was given and no other."""
    assert cell_len(fit(text, width, is_right_aligned=is_right_aligned)) == width


@given(TEXTS, st.integers(1, 50))
def test_fit_loses_text_only_behind_an_ellipsis(text: Shown, width: int) -> None:
    """Either all of the text is there, or its start and an ellipsis."""
    fitted = fit(text, width)
    if cell_len(text) <= width:
        assert fitted == text + " " * (width - cell_len(text))
    else:
        assert fitted.endswith("\u2026")
        assert text.startswith(fitted[:-1].rstrip(" "))


def test_fit_aligns_to_the_right() -> None:
    """Numbers line up at their last digit."""
    assert fit(Shown("12"), 5, is_right_aligned=True) == "   12"


@given(TEXTS, st.integers(8, 50))
def test_wrapped_lines_fit(text: Shown, width: int) -> None:
    """No line is wider than asked; there is always one."""
    lines = wrapped(text, width)
    assert lines
    assert all(cell_len(line) <= width for line in lines)


@given(TEXTS, st.integers(8, 50))
def test_wrapped_loses_nothing_but_blanks(text: Shown, width: int) -> None:
    """Joined again, the lines hold every character that is not a blank, in order."""
    joined = "".join(wrapped(text, width))
    assert joined.replace(" ", "") == text.replace(" ", "")


def test_wrapped_breaks_at_words() -> None:
    """ASCII text is read at its words."""
    assert wrapped(Shown("to be or not to be"), 8) == ["to be or", "not to", "be"]


def test_wrapped_breaks_at_words_in_any_script() -> None:
    """One accented letter does not tear the words of a text apart."""
    assert wrapped(Shown("Zoë is not to be torn"), 8) == ["Zoë is", "not to", "be torn"]


@pytest.mark.parametrize("text", ["x" * 200_000, "a-" * 100_000, "日" * 200_000, "- " * 100_000])
@pytest.mark.timeout(10)
def test_wrapped_is_quick_on_huge_text(text: str) -> None:
    """A value of 200 kB wraps within the patience of a person."""
    assert sum(len(line) for line in wrapped(Shown(text), 76)) <= len(text)


@given(TEXTS, st.integers(12, 50), st.integers(0, 12))
def test_paragraph_fits_and_is_set_in(text: Shown, width: int, indent: int) -> None:
    """Every line starts with the indent, and stays within the width as far as eight cells of text allow."""
    for pad, part in paragraph(text, width, "muted", indent=indent):
        assert pad.text == " " * indent
        assert part.look == "muted"
        assert cell_len(part.text) <= max(8, width - indent)
