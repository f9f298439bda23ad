"""The list: filter, sort, pages."""

from app.domain.errors import ServerFailed
from app.domain.query import Direction, Query, Sort
from app.domain.records import Cursor, Page
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle, type_text
from tests.support.small_workspace import small_workspace


async def test_quick_filter_narrows_and_escape_clears_it() -> None:
    """/ types, Enter takes, Esc shows all again; the server is not asked."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "slash")
        assert "EDITING" in screen_text(app)
        await type_text(pilot, "zoë")
        await press(pilot, "enter")
        assert "4 of 37 loaded rows match" in screen_lines(app)[0]
        assert "loaded rows only" in screen_lines(app)[2]
        assert "Omar" not in screen_text(app)
        assert app.focused is browse(app).table
        await press(pilot, "escape")
        assert "37 loaded" in screen_lines(app)[0]
        assert "Omar" in screen_text(app)
        assert len(backend.sent) == 2


async def test_quick_filter_can_be_turned_round() -> None:
    """!text hides the rows that hold it."""
    async with deck() as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "!zoë")
        await press(pilot, "enter")
        assert "33 of 37 loaded rows match" in screen_lines(app)[0]
        assert "Zoë" not in screen_text(app)


async def test_escape_leaves_typing_without_filtering() -> None:
    """What was typed is dropped, the old filter stays."""
    async with deck() as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "zoë")
        await press(pilot, "escape")
        assert "37 loaded" in screen_lines(app)[0]
        assert app.focused is browse(app).table


async def test_letters_are_text_while_one_types() -> None:
    """Q in an entry does not leave, 2 does not switch."""
    async with deck() as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "q2sw")
        assert app.is_running
        assert browse(app).query_area.quick_entry.value == "q2sw"


async def test_filter_without_a_match_says_so() -> None:
    """An empty list tells that rows are hidden, and how to get them back."""
    async with deck() as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "nobody")
        await press(pilot, "enter")
        assert "No loaded row matches the filter" in screen_text(app)
        await press(pilot, "escape")
        assert "> Sarah Person001" in screen_text(app)


async def test_filter_is_edited_where_it_was_left() -> None:
    """/ again starts from the filter that holds."""
    async with deck() as (app, pilot):
        await press(pilot, "slash")
        await type_text(pilot, "zo")
        await press(pilot, "enter")
        await press(pilot, "slash")
        await type_text(pilot, "ë")
        await press(pilot, "enter")
        assert "4 of 37" in screen_lines(app)[0]


async def test_sort_key_goes_up_down_and_off() -> None:
    """Each press asks the server anew and the head tells the order."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "l")
        for sign, words in (("^", "sort: primary_email"), ("v", "sort: -primary_email")):
            await press(pilot, "s")
            assert f"Primary email {sign}" in screen_lines(app)[3]
            assert words in screen_lines(app)[2]
        await press(pilot, "s")
        assert "the server's order" in screen_lines(app)[2]
        assert backend.sent.count("POST /contact/_query") == 4


async def test_sorted_rows_are_in_order_and_the_cursor_is_on_the_first() -> None:
    """A new order starts at its top."""
    async with deck() as (app, pilot):
        await press(pilot, "j", "j", "s")
        names = [line[3:20].strip() for line in screen_lines(app)[4:18]]
        assert names == sorted(names, key=str.casefold)
        assert browse(app).table.cursor_row == 0


async def test_second_sort_key_is_added() -> None:
    """S keeps the first one; numbers tell which comes first."""
    async with deck(size=(120, 24)) as (app, pilot):
        await press(pilot, "l", "l", "s")
        await press(pilot, "l", "S")
        assert "sort: stage, owner_user_id" in screen_lines(app)[2]
        assert "Stage ^1" in screen_lines(app)[3]
        assert "Owner user ^2" in screen_lines(app)[3]


async def test_fourth_sort_key_is_refused_with_the_apis_code() -> None:
    """Told before it is sent, and explained by w."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        for _ in range(3):
            await press(pilot, "S", "l")
        sent = len(backend.sent)
        await press(pilot, "S")
        assert "sort_too_many_fields" in screen_text(app)
        assert len(backend.sent) == sent
        await press(pilot, "w")
        assert "source: DOCUMENTED" in screen_text(app)


async def test_click_on_a_head_sorts() -> None:
    """The mouse does what s does, on the column under it."""
    async with deck() as (app, pilot):
        x = screen_lines(app)[3].index("Stage")
        await pilot.click("#table", offset=(x, 0))
        await settle(pilot)
        assert "sort: stage" in screen_lines(app)[2]


async def test_unsortable_attribute_is_refused_with_the_reason() -> None:
    """:sort on what the schema does not sort sends nothing and leaves the sort alone."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "sort -address")
        await press(pilot, "enter")
        assert "is_sortable=false for contact.address. (unsortable_field)" in screen_text(app)
        assert "the server's order" in screen_lines(app)[2]
        view = browse(app).view
        assert view is not None
        assert view.sort == ()
        assert len(backend.sent) == 2
        await press(pilot, "w")
        assert "unsortable_field" in browse(app).panel.view.text


async def test_command_sorts_by_an_attribute_without_a_column() -> None:
    """:sort takes every attribute, - turns it round."""
    async with deck() as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "sort -updated_at")
        await press(pilot, "enter")
        view = browse(app).view
        assert view is not None
        assert view.sort == (Sort("updated_at", Direction.DESC),)
        assert "sort: -updated_at" in screen_lines(app)[2]


async def test_command_with_an_unknown_attribute_says_so() -> None:
    """A slip in a name is told, nothing is sent."""
    async with deck() as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "sort nothing")
        await press(pilot, "enter")
        assert "contact has no attribute nothing" in screen_text(app)


async def test_failed_sort_leaves_rows_and_heads_as_they_were() -> None:
    """The order that is told is the order that is shown."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        backend.fail("POST /contact/_query", ServerFailed("out of order", status=500))
        await press(pilot, "s")
        assert "Sarah Person001" in screen_text(app)
        assert "Display name ^" not in screen_text(app)
        assert "the server's order" in screen_lines(app)[2]
        assert "out of order" in screen_text(app)
        assert "stale: the last request failed" in screen_text(app)


async def test_moving_to_the_end_loads_the_next_page() -> None:
    """One page at a time, as one comes near; all of them in the end."""
    backend = small_workspace(contacts=120)
    async with deck(backend) as (app, pilot):
        await press(pilot, "G")
        assert "100 loaded, more on server" in screen_lines(app)[0]
        assert backend.sent.count("POST /contact/_query") == 2
        await press(pilot, "G")
        await press(pilot, "G")
        assert "120 loaded, all there are" in screen_lines(app)[0]
        assert "end of the list" in screen_text(app)
        assert "Person120" in screen_text(app)


async def test_every_row_is_met_once_on_the_way_down() -> None:
    """Paging through a list by PgDn shows all of it."""
    async with deck(small_workspace(contacts=120)) as (app, pilot):
        seen: set[str] = set()
        for _ in range(14):
            seen |= {
                word for word in screen_text(app).split() if word.startswith("Person") and word[6:].isdigit()
            }  # fmt: skip
            await press(pilot, "pagedown")
        assert len(seen) == 120


async def test_failed_page_keeps_the_rows_and_says_why() -> None:
    """The list ends where it broke; r starts anew."""
    backend = small_workspace(contacts=120)
    async with deck(backend) as (app, pilot):
        backend.fail("POST /contact/_query", ServerFailed("no more today", status=500))
        await press(pilot, "G")
        assert "no more today" in screen_text(app)
        assert "Person050" in screen_text(app)
        backend.mend()
        await press(pilot, "r")
        assert "no more today" not in screen_text(app)
        assert "100 loaded, more on server" in screen_lines(app)[0]


async def test_r_reads_the_list_again() -> None:
    """What changed on the server is seen; the cursor keeps its row."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "j", "j")
        gone = next(iter(backend.records))
        del backend.records[gone]
        await press(pilot, "r")
        assert "36 loaded" in screen_lines(app)[0]
        assert browse(app).table.cursor_row == 2


async def test_capital_r_fetches_the_schema_too() -> None:
    """A changed schema is seen without leaving."""
    backend = small_workspace()
    async with deck(backend) as (_, pilot):
        await press(pilot, "ctrl+r")
        assert backend.sent[2:] == ["GET /_schema/contact", "POST /contact/_query"]


class LateBackend(MemoryBackend):
    """Begins every list with an empty page."""

    async def query(self, query: Query, cursor: Cursor | None = None) -> Page:
        if cursor is None:
            await super().query(query)
            return Page((), Cursor("start"))
        return await super().query(query, None if cursor == "start" else cursor)


async def test_list_that_begins_with_an_empty_page_is_shown() -> None:
    """A page may be empty although a next one exists: that is no empty list."""
    small = small_workspace()
    backend = LateBackend(small.record_types.values(), small.records.values())
    async with deck(backend) as (app, _):
        assert "> Sarah Person001" in screen_text(app)
        assert "37 loaded, all there are" in screen_lines(app)[0]
