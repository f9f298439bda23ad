"""Marking rows: one, a range, all; and that marks stay whatever the list does."""

from tests.support.deck import browse, deck, press, screen_lines, screen_text
from tests.support.small_workspace import small_workspace, uuid_of


def signs(lines: list[str]) -> list[str]:
    """What stands before the first rows."""
    heading = next(index for index, line in enumerate(lines) if "Primary email" in line)
    return [line[:3] for line in lines[heading + 1 : heading + 6]]


async def test_space_marks_a_row_and_goes_on() -> None:
    """A sign beside the row, the count in the line below the list; once more takes it away."""
    async with deck() as (app, pilot):
        await press(pilot, "space", "space")
        assert signs(screen_lines(app)) == [" * ", " * ", " > ", "   ", "   "]
        assert "- 2 marked -" in screen_text(app)
        await press(pilot, "k", "space")
        assert signs(screen_lines(app)) == [" * ", "   ", " > ", "   ", "   "]
        assert "- 1 marked -" in screen_text(app)


async def test_v_marks_from_the_last_mark_to_here() -> None:
    """Down or up; without a mark before, this row alone."""
    async with deck() as (app, pilot):
        await press(pilot, "j", "v")
        assert signs(screen_lines(app)) == ["   ", "*> ", "   ", "   ", "   "]
        await press(pilot, "j", "j", "j", "v")
        assert signs(screen_lines(app)) == ["   ", " * ", " * ", " * ", "*> "]
        await press(pilot, "g", "v")
        assert signs(screen_lines(app)) == ["*> ", " * ", " * ", " * ", " * "]


async def test_star_marks_all_loaded_rows_or_none() -> None:
    """Of a filtered list those that are shown; other records keep their marks."""
    async with deck() as (app, pilot):
        await press(pilot, "space")
        browse(app).list_area.filter_rows("omar")
        await press(pilot, "asterisk")
        marks = browse(app).list_area.table
        assert marks.row_count == 5
        assert "- 6 marked -" in screen_text(app)
        await press(pilot, "asterisk")
        assert "- 1 marked -" in screen_text(app)


async def test_marks_survive_paging_sorting_filtering_and_reading_again() -> None:
    """They are of records, not of rows."""
    async with deck(small_workspace(contacts=120)) as (app, pilot):
        await press(pilot, "j", "space", "G", "G", "s", "s", "r")
        view = browse(app).view
        assert view is not None
        assert [record.id for record in view.marks] == [uuid_of("contact", 1)]
        assert "- 1 marked -" in screen_text(app)
        await press(pilot, "2", "1")
        assert "- 1 marked -" in screen_text(app)


async def test_each_tab_has_marks_of_its_own() -> None:
    """Another record type starts without."""
    async with deck() as (app, pilot):
        await press(pilot, "space", "2")
        assert "marked" not in screen_text(app)
