"""The table of records: keys, mouse, scrolling, what it asks for, what it repaints, and text that means harm."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.events import MouseScrollDown
from textual.geometry import Region

from app.domain.query import Direction, Sort
from app.domain.records import Record, RecordId
from app.domain.safe_text import FORBIDDEN, Shown
from app.domain.schema import Attribute
from app.domain.values import Value
from tests.support.deck import HostApp, cells_of, host, press, screen_text, settle
from tests.support.hostile import HOSTILE_TEXTS
from widgets.record_table import CONTEXT_ROWS, FITTING_WIDTHS, MARKER_WIDTH, IsMarked, RecordTable

SIZE = (60, 11)
"""Ten rows below the heads."""

NAME = Attribute("name", "Name", "string")
TITLE = Attribute("title", "Title", "string")
AMOUNT = Attribute("amount", "Amount", "currency")
COLUMNS = (NAME, TITLE, AMOUNT)
WIDE = tuple(Attribute(f"c{index}", f"Column {index}", "string") for index in range(12))


def row(index: int, **attributes: Value) -> Record:
    """A record of a made-up type."""
    values: dict[str, Value] = {
        "name": f"Name {index}",
        "title": f"Title {index}",
        "amount": Decimal(index * 1000),
    }
    values |= {column.api_name: f"{column.api_name} of {index}" for column in WIDE}
    return Record(RecordId("thing", str(index)), MappingProxyType(values | attributes))


ACTIONS = (
    "cursor_down",
    "cursor_up",
    "cursor_left",
    "cursor_right",
    "page_down",
    "page_up",
    "first_row",
    "last_row",
)


class SpyTable(RecordTable):
    """Remembers what it asked to have repainted; an empty tuple stands for everything."""

    def __init__(self) -> None:
        super().__init__(id="table")
        self.repainted: list[tuple[Region, ...]] = []

    def refresh(self, *regions: Region, **options: Any) -> "SpyTable":
        if hasattr(self, "repainted"):
            self.repainted.append(regions)
        super().refresh(*regions, **options)
        return self


def fill(
    table: RecordTable,
    count: int,
    columns: Sequence[Attribute] = COLUMNS,
    sort: tuple[Sort, ...] = (),
    cursor: tuple[int, int] = (0, 0),
    *,
    widths: Mapping[str, int] = FITTING_WIDTHS,
    pinned: int = 0,
    is_marked: IsMarked = lambda _: False,
) -> None:
    """Show numbered records."""
    table.show_rows(
        tuple(columns),
        sort,
        lambda index: row(index) if index < count else None,
        count,
        cursor,
        widths=widths,
        pinned=pinned,
        is_marked=is_marked,
    )


def fill_with(table: RecordTable, rows: Sequence[Record], columns: Sequence[Attribute]) -> None:
    """Show given records."""
    table.show_rows(
        tuple(columns), (), lambda index: rows[index] if index < len(rows) else None, len(rows)
    )


def shown_rows(table: RecordTable) -> list[str]:
    """The lines below the heads, without trailing blanks."""
    return [table.render_line(y).text.rstrip() for y in range(1, table.size.height)]


async def test_heads_and_rows_stand_in_columns() -> None:
    """Every column starts at the same cell in every line; amounts line up at their last digit."""
    async with host(table := RecordTable(), size=SIZE):
        fill(table, 3)
        assert table.render_line(0).text.rstrip() == "   Name    Title      Amount"
        assert shown_rows(table)[:3] == [
            " > Name 0  Title 0         0",
            "   Name 1  Title 1     1,000",
            "   Name 2  Title 2     2,000",
        ]


@pytest.mark.parametrize(
    ("keys", "cell"),
    [
        (["j"], (1, 0)),
        (["down"], (1, 0)),
        (["j", "j", "k"], (1, 0)),
        (["down", "up"], (0, 0)),
        (["l"], (0, 1)),
        (["right", "right", "left"], (0, 1)),
        (["l", "h"], (0, 0)),
        (["pagedown"], (9, 0)),
        (["ctrl+d"], (9, 0)),
        (["pagedown", "pagedown", "pageup"], (9, 0)),
        (["pagedown", "ctrl+u"], (0, 0)),
        (["G"], (49, 0)),
        (["end"], (49, 0)),
        (["G", "g"], (0, 0)),
        (["end", "home"], (0, 0)),
    ],
)
async def test_keys_move_the_cursor(keys: list[str], cell: tuple[int, int]) -> None:
    """Arrows and letters do the same."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 50)
        table.focus()
        await press(pilot, *keys)
        assert (table.cursor_row, table.cursor_column) == cell
        moved = app.heard(RecordTable.CursorMoved)[-1]
        assert (moved.row, moved.column) == cell


@pytest.mark.parametrize(
    ("keys", "cell"),
    [
        (["k", "pageup", "g", "h"], (0, 0)),
        (["G", "j", "pagedown"], (4, 0)),
        (["l"] * 5, (0, 2)),
        (["G", "k", "k", "k", "k", "k", "k"], (0, 0)),
    ],
)
async def test_cursor_stays_on_the_cells_there_are(keys: list[str], cell: tuple[int, int]) -> None:
    """No key leaves the table."""
    async with host(table := RecordTable(), size=SIZE) as (_, pilot):
        fill(table, 5)
        table.focus()
        await press(pilot, *keys)
        assert (table.cursor_row, table.cursor_column) == cell


async def test_view_jumps_at_the_edge() -> None:
    """One step below the last visible row brings almost a screen of new rows: the steps after it repaint two cells each."""
    async with host(table := RecordTable(), size=SIZE) as (_, pilot):
        fill(table, 50)
        table.focus()
        await press(pilot, *["j"] * 9)
        assert table.scroll_offset.y == 0
        await press(pilot, "j")
        assert table.scroll_offset.y == 10 - CONTEXT_ROWS
        assert "> Name 10" in screen_text(pilot.app)


async def test_view_jumps_back_at_the_upper_edge() -> None:
    """The same on the way up."""
    async with host(table := RecordTable(), size=SIZE) as (_, pilot):
        fill(table, 50, cursor=(30, 0))
        table.focus()
        top = int(table.scroll_offset.y)
        await press(pilot, *["k"] * (30 - top))
        assert table.scroll_offset.y == top
        await press(pilot, "k")
        assert table.scroll_offset.y == top - 10 + CONTEXT_ROWS


async def test_last_screen_is_full() -> None:
    """At the end of the list no line stays empty."""
    async with host(table := RecordTable(), size=SIZE) as (_, pilot):
        fill(table, 50)
        table.focus()
        await press(pilot, "G")
        assert shown_rows(table)[-1].startswith(" > Name 49")
        assert shown_rows(table)[0].startswith("   Name 40")


async def test_page_down_keeps_a_line_of_context() -> None:
    """The last row of a screen is the first one of the next."""
    async with host(table := RecordTable(), size=SIZE) as (_, pilot):
        fill(table, 50)
        table.focus()
        last = shown_rows(table)[-1]
        await press(pilot, "pagedown")
        assert shown_rows(table)[0].replace(">", " ").split() == last.split()


async def test_a_step_repaints_two_cells() -> None:
    """Over a slow link a row move costs the markers and the focused cells of two rows, not the table."""
    async with host(table := SpyTable(), size=SIZE) as (_, pilot):
        fill(table, 50)
        table.focus()
        await settle(pilot)
        table.repainted.clear()
        await press(pilot, "j")
        assert table.repainted
        assert () not in table.repainted
        cells = sum(region.area for regions in table.repainted for region in regions)
        assert cells <= 2 * 20


async def test_everything_that_changed_is_repainted() -> None:
    """After any move each cell that looks different lies in a repainted region, or everything is repainted."""
    async with host(table := SpyTable(), size=(40, 8)):

        @given(st.data())
        def check(data: st.DataObject) -> None:
            count = data.draw(st.integers(1, 40))
            cell = (data.draw(st.integers(0, 39)), data.draw(st.integers(0, 11)))
            pinned = data.draw(st.integers(0, 3))
            names = st.sampled_from([column.api_name for column in WIDE])
            widths = data.draw(st.dictionaries(names, st.integers(1, 60), max_size=3))
            fill(table, count, WIDE, cursor=cell, widths=widths, pinned=pinned)
            actions = data.draw(
                st.lists(
                    st.sampled_from(ACTIONS),
                    max_size=6,
                )
            )
            for action in actions:
                old = [cells_of(table.render_line(y)) for y in range(8)]
                table.repainted.clear()
                getattr(table, f"action_{action}")()
                new = [cells_of(table.render_line(y)) for y in range(8)]
                if () in table.repainted:
                    continue
                covered = {
                    (x, y)
                    for regions in table.repainted
                    for region in regions
                    for x in range(region.x, region.right)
                    for y in range(region.y, region.bottom)
                }
                changed = {(x, y) for y in range(8) for x in range(40) if old[y][x] != new[y][x]}
                assert changed <= covered

        check()


async def test_cursor_is_always_on_screen() -> None:
    """After any keys the focused cell can be seen."""
    async with host(table := RecordTable(), size=(40, 8)) as (_, pilot):
        fill(table, 40, WIDE)
        table.focus()
        for keys in ("jjjjjjj", "llll", "G", "lllllllllll", "k", "hhhhhhhhhhhhh", "g"):
            await press(pilot, *keys)
            text = f"c{table.cursor_column} of {table.cursor_row} "
            line = next(line for line in shown_rows(table) if line.startswith(" > ") or "c" in line)
            assert any(text.strip() in line for line in shown_rows(table)), (keys, line)


async def test_columns_scroll_with_the_cursor() -> None:
    """Columns that do not fit come into view one by one, and the first one goes back to the edge."""
    async with host(table := RecordTable(), size=(40, 8)) as (app, pilot):
        fill(table, 5, WIDE)
        table.focus()
        assert "Column 11" not in screen_text(app)
        await press(pilot, *["l"] * 11)
        assert "c11 of 0" in screen_text(app)
        await press(pilot, *["h"] * 11)
        assert table.scroll_offset.x == 0
        assert " > c0 of 0" in screen_text(app)


async def test_marker_stays_in_view_when_columns_scroll() -> None:
    """Whichever columns are shown, one sees which row one is on."""
    async with host(table := RecordTable(), size=(40, 8)) as (app, pilot):
        fill(table, 5, WIDE)
        table.focus()
        await press(pilot, *["l"] * 11)
        assert any(line.startswith(" > ") for line in screen_text(app).splitlines())


async def test_pinned_columns_stay_in_view_when_the_others_scroll() -> None:
    """One sees whose values these are, heads included."""
    async with host(table := RecordTable(), size=(40, 8)) as (app, pilot):
        fill(table, 5, WIDE, pinned=1)
        table.focus()
        await press(pilot, *["l"] * 11)
        assert table.render_line(0).text.startswith("   Column 0  ")
        assert " > c0 of 0" in screen_text(app)
        assert "c11 of 0" in screen_text(app)


async def test_pinned_columns_leave_room_for_the_others() -> None:
    """Those that would take the whole width scroll like any other."""
    async with host(table := RecordTable(), size=(40, 8)) as (app, pilot):
        fill(table, 5, WIDE, widths={"c0": 38}, pinned=1)
        table.focus()
        await press(pilot, "l")
        assert "c1 of 0" in screen_text(app)
        assert "c0 of 0" not in screen_text(app)


async def test_a_given_width_is_kept() -> None:
    """Wider than its values or narrower; a number is cut too if that is what was asked for."""
    async with host(table := RecordTable(), size=SIZE):
        fill(table, 3, widths={"name": 12, "title": 5})
        assert table.widths[:2] == (12, 5)
        assert shown_rows(table)[1] == "   Name 1        Titl\u2026     1,000"


async def test_a_column_wider_than_the_view_holds_still() -> None:
    """Its start is shown, and moving along its rows repaints two cells."""
    async with host(table := SpyTable(), size=(40, 8)) as (app, pilot):
        fill(table, 5, WIDE, widths={"c3": 60}, cursor=(0, 3))
        table.focus()
        await settle(pilot)
        table.repainted.clear()
        await press(pilot, "j", "k", "j")
        assert () not in table.repainted
        assert "c3 of 1" in screen_text(app)


async def test_click_finds_a_pinned_column_of_a_scrolled_table() -> None:
    """It is in view already, so nothing scrolls."""
    async with host(table := RecordTable(), size=(40, 8)) as (_, pilot):
        fill(table, 5, WIDE, pinned=1, cursor=(0, 11))
        await settle(pilot)
        left = table.scroll_offset.x
        await pilot.click(table, offset=(4, 3))
        await settle(pilot)
        assert (table.cursor_row, table.cursor_column) == (2, 0)
        assert table.scroll_offset.x == left > 0


async def test_table_asks_for_one_screen_ahead_once_one_moves() -> None:
    """The first screen asks for itself alone; a move asks for the screen after it, and no further."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 20)
        table.focus()
        await settle(pilot)
        assert app.heard(RecordTable.RowsNeeded)[-1].end == 10
        app.forget()
        await press(pilot, "pagedown")
        needed = app.heard(RecordTable.RowsNeeded)[-1]
        assert needed.first == 9
        assert needed.end == 9 + 10 + 10


@pytest.mark.parametrize("key", ["j", "G", "end", "pagedown", "ctrl+d"])
async def test_table_asks_again_on_the_last_row(key: str) -> None:
    """An ask that was cancelled is repeated by the key that moves on, though the cursor cannot move."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 20, cursor=(19, 0))
        table.focus()
        await settle(pilot)
        app.forget()
        await press(pilot, key)
        assert app.heard(RecordTable.RowsNeeded)[-1].end > 20


async def test_rows_that_come_later_are_shown() -> None:
    """A next page appears below without moving the cursor or the view."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        have = 4
        table.show_rows(COLUMNS, (), lambda index: row(index) if index < have else None, have)
        await settle(pilot)
        assert "Name 4" not in screen_text(app)
        have = 8
        table.rows_changed(have)
        await settle(pilot)
        assert "Name 7" in screen_text(app)
        assert table.cursor_row == 0


async def test_rows_not_in_memory_show_dots() -> None:
    """A forgotten row is a row on its way, not an empty one; it appears once it is there."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        known: set[int] = {0, 2}
        table.show_rows(COLUMNS, (), lambda index: row(index) if index in known else None, 3)
        await settle(pilot)
        assert shown_rows(table)[1] == "   ..."
        known.add(1)
        table.rows_changed(3)
        await settle(pilot)
        assert "Name 1" in screen_text(app)


async def test_empty_list_has_no_rows_and_no_choice() -> None:
    """Without rows every key is harmless and nothing can be opened."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        table.show_rows((), (), lambda _: None, 0)
        table.focus()
        await press(pilot, "j", "k", "l", "h", "G", "g", "pagedown", "pageup", "enter")
        assert (table.cursor_row, table.cursor_column) == (0, 0)
        assert app.heard(RecordTable.RowChosen) == []
        assert shown_rows(table) == [""] * 10


async def test_enter_chooses_the_row() -> None:
    """Enter asks to open the row under the cursor."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 5)
        table.focus()
        await press(pilot, "j", "enter")
        assert [message.row for message in app.heard(RecordTable.RowChosen)] == [1]


async def test_click_moves_the_cursor() -> None:
    """A click goes to the cell under it."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 5)
        await settle(pilot)
        await pilot.click(table, offset=(table.render_line(0).text.index("Title"), 3))
        await settle(pilot)
        assert (table.cursor_row, table.cursor_column) == (2, 1)
        assert app.heard(RecordTable.RowChosen) == []


async def test_second_click_opens() -> None:
    """A double click opens the row."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 5)
        await settle(pilot)
        await pilot.click(table, offset=(5, 2), times=2)
        await settle(pilot)
        assert [message.row for message in app.heard(RecordTable.RowChosen)] == [1]


async def test_click_on_a_head_asks_to_sort() -> None:
    """A head is a key of the sort; the cursor stays."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 5)
        await settle(pilot)
        await pilot.click(table, offset=(table.render_line(0).text.index("Title"), 0))
        await settle(pilot)
        assert [message.column for message in app.heard(RecordTable.SortRequested)] == [1]
        assert table.cursor_column == 0


@pytest.mark.parametrize("offset", [(5, 8), (55, 0), (1, 0)])
async def test_click_beside_the_cells_does_nothing(offset: tuple[int, int]) -> None:
    """Below the last row and beside the last head there is nothing."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 5)
        await settle(pilot)
        await pilot.click(table, offset=offset)
        await settle(pilot)
        assert (table.cursor_row, table.cursor_column) == (0, 0)
        assert app.heard(RecordTable.SortRequested) == []


async def test_click_finds_the_column_of_a_scrolled_table() -> None:
    """Cells are found where they are seen."""
    async with host(table := RecordTable(), size=(40, 8)) as (_, pilot):
        fill(table, 5, WIDE)
        table.focus()
        await press(pilot, *["l"] * 11)
        x = shown_rows(table)[2].index("c9 of 2")
        await pilot.click(table, offset=(x + 1, 3))
        await settle(pilot)
        assert (table.cursor_row, table.cursor_column) == (2, 9)


async def test_wheel_moves_the_view_and_asks_for_its_rows() -> None:
    """The wheel leaves the cursor; what comes into view is asked for."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 50)
        await settle(pilot)
        app.forget()
        table.post_message(MouseScrollDown(table, 5, 5, 0, 1, 0, False, False, False))
        await settle(pilot)
        assert table.cursor_row == 0
        assert table.scroll_offset.y > 0
        assert app.heard(RecordTable.RowsNeeded)[-1].first == table.scroll_offset.y


@pytest.mark.parametrize(
    ("sort", "heads"),
    [
        ((Sort("name"),), ["Name ^", "Title"]),
        ((Sort("name", Direction.DESC),), ["Name v", "Title"]),
        ((Sort("title"), Sort("name", Direction.DESC)), ["Name v2", "Title ^1"]),
    ],
)
async def test_heads_tell_the_sort(sort: tuple[Sort, ...], heads: list[str]) -> None:
    """Direction by a sign, order by a number where there are several keys."""
    async with host(table := RecordTable(), size=SIZE):
        fill(table, 3, (NAME, TITLE), sort)
        head = table.render_line(0).text
        for words in heads:
            assert f" {words} " in head


async def test_head_of_a_narrow_column_keeps_its_sort_sign() -> None:
    """A long name is cut before the sign is."""
    columns = [
        Attribute(f"name{n}", f"A very long name of attribute {n}", "boolean") for n in range(5)
    ]
    async with host(table := RecordTable(), size=SIZE):
        table.show_rows((*columns,), (Sort("name0"),), lambda index: row(index, name0=True), 1)
        assert table.render_line(0).text[3:19].endswith("\u2026 ^")


async def test_room_left_over_goes_to_columns_that_cut() -> None:
    """A long name is shown whole where there is room for it; a number is never cut."""
    long_name = "A name that is longer than the usual width of a name"
    async with host(table := RecordTable(), size=(100, 11)):
        shown_row = row(0, name=long_name, amount=Decimal("1234567890123.45"))
        table.show_rows((NAME, AMOUNT), (), lambda _: shown_row, 1)
        assert long_name in table.render_line(1).text
    async with host(table := RecordTable(), size=(40, 11)):
        table.show_rows((AMOUNT, NAME), (), lambda _: shown_row, 1)
        assert "1,234,567,890,123.45" in table.render_line(1).text


async def test_cursor_keeps_its_cell_in_another_list() -> None:
    """A list is shown where one was in it, in the middle of the screen."""
    async with host(table := RecordTable(), size=SIZE):
        fill(table, 50, cursor=(30, 1))
        assert (table.cursor_row, table.cursor_column) == (30, 1)
        assert " > Name 30" in "\n".join(shown_rows(table))


async def test_cursor_beyond_a_shorter_list_goes_to_its_end() -> None:
    """Fewer rows and columns than before are no trap."""
    async with host(table := RecordTable(), size=SIZE) as (_, pilot):
        fill(table, 50, cursor=(30, 2))
        fill(table, 3, (NAME,), cursor=(30, 2))
        await settle(pilot)
        assert (table.cursor_row, table.cursor_column) == (2, 0)
        assert shown_rows(table)[2] == " > Name 2"


async def test_resizing_keeps_the_cursor_in_view() -> None:
    """A smaller window still shows the row one is on."""
    async with host(table := RecordTable(), size=(60, 30)) as (app, pilot):
        fill(table, 50, cursor=(25, 0))
        await settle(pilot)
        await pilot.resize_terminal(40, 6)
        await settle(pilot)
        assert " > Name 25" in screen_text(app)


async def test_a_million_rows_are_no_work() -> None:
    """Only the rows on screen, and a sample for the widths, are ever looked at."""
    asked: set[int] = set()

    def record_at(index: int) -> Record:
        asked.add(index)
        return row(index)

    async with host(table := RecordTable(), size=SIZE) as (_, pilot):
        table.show_rows(COLUMNS, (), record_at, 1_000_000)
        table.focus()
        await press(pilot, "G")
        assert table.cursor_row == 999_999
        assert shown_rows(table)[-1].startswith(" > Name")
        assert len(asked) < 150


def hostile_rows() -> list[Record]:
    """A harmless row, then one for each kind of harm."""
    texts = ["plain", *HOSTILE_TEXTS.values()]
    return [row(index, name=text, title=text) for index, text in enumerate(texts)]


def visible_lines(app: HostApp, table: RecordTable) -> Iterator[str]:
    """Every line as it is drawn."""
    for y in range(table.size.height):
        yield table.render_line(y).text


async def test_hostile_text_neither_escapes_nor_shifts_columns() -> None:
    """Whatever a value holds, the column after it starts where its head does, and no control character is drawn."""
    rows = hostile_rows()
    async with host(table := RecordTable(), size=(70, len(rows) + 1)) as (app, _):
        fill_with(table, rows, (NAME, TITLE, AMOUNT))
        head = table.render_line(0)
        x = head.text.index("Amount")
        for y, line in enumerate(visible_lines(app, table)):
            assert not FORBIDDEN.search(line)
            assert cell_len(line) == 70
            if y:
                cells = cells_of(table.render_line(y))
                amount = "".join(text for text, _ in cells[x - 10 : x + 20]).strip()
                assert f"{(y - 1) * 1000:,}" in amount


async def test_hostile_names_of_attributes_are_harmless() -> None:
    """Heads are remote text too."""
    texts = [text for text in HOSTILE_TEXTS.values() if len(text) < 1000]
    columns = [Attribute(f"c{index}", text, "string") for index, text in enumerate(texts)]
    async with host(table := RecordTable(), size=(200, 4)) as (app, pilot):
        fill_with(table, [row(1)], columns)
        table.focus()
        for _ in columns:
            await press(pilot, "l")
            assert not any(FORBIDDEN.search(line) for line in visible_lines(app, table))
            assert {cell_len(line) for line in visible_lines(app, table)} == {200}


async def test_value_cut_by_the_edge_ends_in_an_ellipsis() -> None:
    """Neither a word nor an amount is cut as if it were whole; what fits is not marked."""
    rows = [row(0, name="short", amount=Decimal(123456789)), row(1, name="s", amount=Decimal(12))]
    async with host(table := RecordTable(), size=(17, 5)):
        fill_with(table, rows, (NAME, AMOUNT))
        assert shown_rows(table)[:2] == [" > short   123,4\u2026", "   s           12"]
        assert table.render_line(0).text == "   Name    Amount"


async def test_markup_in_a_value_is_text() -> None:
    """`[bold]` is seen as it was typed."""
    async with host(table := RecordTable(), size=(80, 5)):
        fill_with(table, [row(0, name="[bold]x[/]")], (NAME,))
        assert shown_rows(table)[0] == " > [bold]x[/]"


async def test_huge_values_do_not_slow_the_table() -> None:
    """A cell looks at the start of a value only: 200 kB in every row cost no more than a line."""
    rows = [row(index, name="x\x1b" * 100_000) for index in range(60)]
    async with host(table := RecordTable(), size=SIZE):
        fill_with(table, rows, (NAME,))
        assert shown_rows(table)[0].endswith("\u2026")
        assert max(len(line) for line in shown_rows(table)) <= 60


async def test_a_mark_is_a_sign_beside_that_of_the_cursor() -> None:
    """Seen without colour, on the cursor's row too."""
    marked = {"0", "2"}
    async with host(table := RecordTable(), size=SIZE):
        fill(table, 4, is_marked=lambda record: record.record_id.id in marked)
        signs = [line[:MARKER_WIDTH] for line in shown_rows(table)[:4]]
        assert signs == ["*> ", "   ", " * ", "   "]


async def test_a_mark_repaints_the_markers_on_screen_and_nothing_else() -> None:
    """Three cells a row; rows that are not on screen cost nothing."""
    async with host(table := SpyTable(), size=SIZE):
        fill(table, 100)
        table.repainted.clear()
        table.marks_changed(range(2, 3))
        assert table.repainted == [(Region(0, 3, MARKER_WIDTH, 1),)]
        table.repainted.clear()
        table.marks_changed(range(10, 100))
        assert table.repainted == []


async def test_marking_asks_for_the_row_and_goes_on() -> None:
    """The list is told which row; the cursor is on the next one."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        fill(table, 3, cursor=(1, 0))
        table.focus()
        await press(pilot, "space", "v", "asterisk")
        assert [message.row for message in app.heard(RecordTable.MarkRequested)] == [1]
        assert [message.row for message in app.heard(RecordTable.MarkRangeRequested)] == [2]
        assert len(app.heard(RecordTable.MarkAllRequested)) == 1


async def test_an_empty_table_asks_for_no_marks() -> None:
    """There is nothing to mark."""
    async with host(table := RecordTable(), size=SIZE) as (app, pilot):
        table.show_words(Shown("Nothing"))
        for action in ("mark", "mark_range", "mark_all"):
            await table.run_action(action)
        await settle(pilot)
        kinds = (
            RecordTable.MarkRequested,
            RecordTable.MarkRangeRequested,
            RecordTable.MarkAllRequested,
        )
        assert not any(app.heard(kind) for kind in kinds)
