"""Tabs come back as they were left, and pinned queries have tabs of their own."""

from dataclasses import replace
from datetime import UTC, datetime

from app.controller.session import Session
from app.domain.remembered import Memory, SavedQuery, ViewKey, ViewState
from app.main import CrmDeck
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle, type_text
from tests.support.remembered import MemoryHistory, MemoryQueries, MemoryRuns, MemoryViews
from tests.support.small_workspace import memory_session, small_workspace

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
WON = SavedQuery("Won", "contact", "stage = won", "sales", ("stage", "title"), is_pinned=True)
RICH = SavedQuery("Rich", "account", "", is_pinned=True)
PLAIN = SavedQuery("Plain", "contact", "stage = lost")


class Desk:
    """What is remembered, and the sessions that share it."""

    def __init__(self, *queries: SavedQuery) -> None:
        self.queries = MemoryQueries(*queries)
        self.views = MemoryViews()
        self.memory = Memory(self.queries, MemoryHistory(), self.views, MemoryRuns())
        self.backend: MemoryBackend = small_workspace()

    @property
    def session(self) -> Session:
        """Another session."""
        return memory_session(self.backend, name="acme", memory=self.memory)


def active_tab(app: CrmDeck) -> str:
    """The label in brackets."""
    return screen_lines(app)[1].partition("[")[2].partition("]")[0]


async def test_a_tab_is_left_and_comes_back() -> None:
    """Query, order and the record one was on; leaving writes what was not written yet."""
    desk = Desk()
    async with deck(desk.session) as (app, pilot):
        await press(pilot, "F")
        await type_text(pilot, "stage = working order by -last_name")
        await press(pilot, "enter")
        await press(pilot, "j", "j")
        record = browse(app).current_record
        assert record is not None
    async with deck(desk.session) as (app, pilot):
        assert "stage = working" in screen_lines(app)[2]
        assert browse(app).current_record == record
        assert browse(app).table.cursor_row == 2


async def test_another_tab_is_written_too() -> None:
    """Each as it was left."""
    desk = Desk()
    async with deck(desk.session) as (app, pilot):
        await press(pilot, "j", "2", "j", "j", "1")
    positions = {key.record_type: state.cursor_id for key, state in desk.views.views.items()}
    assert {*positions} == {"contact", "account"}
    async with deck(desk.session) as (app, pilot):
        assert browse(app).table.cursor_row == 1
        await press(pilot, "2")
        assert browse(app).table.cursor_row == 2


async def test_a_query_that_means_nothing_any_more_leaves_the_deck_usable() -> None:
    """It is told; r reads all records."""
    desk = Desk()
    desk.views.views[ViewKey("contact")] = ViewState("lost_field = 3")
    async with deck(desk.session) as (app, pilot):
        assert "lost_field" in screen_text(app)
        await press(pilot, "r")
        assert "contact: 37 loaded" in screen_text(app)


async def test_what_cannot_be_recalled_is_told_over_the_rows() -> None:
    """The deck works as if nothing had been left."""
    desk = Desk()
    desk.views.failure = "views: Input/output error."
    async with deck(desk.session) as (app, _):
        assert "views: Input/output error." in screen_text(app)
        assert "contact: 37 loaded" in screen_text(app)


async def test_pinned_queries_are_tabs_behind_the_record_types() -> None:
    """Opened by number, by brackets and back; each with its own place and columns."""
    desk = Desk(WON, RICH, PLAIN)
    async with deck(desk.session, (160, 45)) as (app, pilot):
        assert "8 renewal*  9 ^Rich  - ^Won" in screen_lines(app)[1]
        assert "Plain" not in screen_lines(app)[1]
        await press(pilot, "9")
        assert active_tab(app) == "9 ^Rich"
        assert "Acme Corp" in screen_text(app)
        await press(pilot, "right_square_bracket")
        assert active_tab(app) == "- ^Won"
        assert "stage = won" in screen_lines(app)[2]
        view = browse(app).view
        assert view is not None
        assert [column.api_name for column in view.columns] == ["stage", "title"]
        count = view.row_count
        assert 0 < count < 37
        await press(pilot, "1")
        assert active_tab(app) == "1 contact"
        assert "contact: 37 loaded" in screen_text(app)
        await press(pilot, "left_square_bracket")
        assert active_tab(app) == "- ^Won"
        await press(pilot, "right_square_bracket", "minus")
        assert active_tab(app) == "- ^Won"
        assert browse(app).view is view


async def test_a_pinned_tab_remembers_its_place_not_its_question() -> None:
    """The question is the file's."""
    desk = Desk(WON)
    async with deck(desk.session, (160, 45)) as (app, pilot):
        await press(pilot, "9", "j", "j")
        record = browse(app).current_record
    assert desk.views.views[ViewKey("contact", "sales/Won")].cursor_id is not None
    async with deck(desk.session, (160, 45)) as (app, pilot):
        await press(pilot, "9")
        assert browse(app).current_record == record
        assert "stage = won" in screen_lines(app)[2]


async def test_pinning_in_the_list_makes_a_tab() -> None:
    """And unpinning takes it away; the one being looked at stays until it is left."""
    desk = Desk(PLAIN)
    async with deck(desk.session, (160, 45)) as (app, pilot):
        await press(pilot, "H", "tab", "p", "escape")
        await settle(pilot)
        assert "9 ^Plain" in screen_lines(app)[1]
        await press(pilot, "9")
        assert active_tab(app) == "9 ^Plain"
        await press(pilot, "H", "tab", "p", "escape")
        await settle(pilot)
        assert active_tab(app) == "9 ^Plain"
        await press(pilot, "1")
        assert "Plain" not in screen_lines(app)[1]


async def test_a_pinned_query_is_opened_in_its_own_tab() -> None:
    """The record type's tab keeps what it asks; another query comes into that one."""
    desk = Desk(WON, PLAIN)
    async with deck(desk.session, (160, 45)) as (app, pilot):
        await press(pilot, "H", "w", "o", "n", "enter")
        await settle(pilot)
        assert active_tab(app) == "9 ^Won"
        await press(pilot, "H")
        await type_text(pilot, "plain")
        await press(pilot, "enter")
        await settle(pilot)
        assert active_tab(app) == "1 contact"
        assert "stage = lost" in screen_lines(app)[2]


async def test_a_question_opened_before_its_type_was_has_columns() -> None:
    """From the list, pinned or not, with no columns of its own."""
    desk = Desk(RICH, SavedQuery("Deals", "opportunity", ""))
    for letters in ("rich", "deals"):
        async with deck(desk.session, (160, 45)) as (app, pilot):
            await press(pilot, "H", *letters, "enter")
            await settle(pilot)
            view = browse(app).view
            assert view is not None
            assert len(view.columns) > 2
            assert view.row_count > 0


async def test_a_pinned_query_can_be_edited_and_saved_in_its_tab() -> None:
    """It stays the same tab, pinned, and asks the new question from then on."""
    desk = Desk(WON)
    async with deck(desk.session, (160, 45)) as (app, pilot):
        await press(pilot, "9", "F", "ctrl+u")
        await type_text(pilot, "stage = lost")
        await press(pilot, "enter", "ctrl+s", "enter")
        await settle(pilot)
        kept = desk.queries.kept["sales/Won"]
        assert kept.text == "stage = lost"
        assert kept.is_pinned
        assert active_tab(app) == "9 ^Won"
        await press(pilot, "1", "9")
        assert active_tab(app) == "9 ^Won"
        assert "stage = lost" in screen_lines(app)[2]


async def test_a_pinned_query_edited_elsewhere_is_asked_when_its_tab_is_opened() -> None:
    """The tab one looks at keeps its rows until then."""
    desk = Desk(WON)
    async with deck(desk.session, (160, 45)) as (app, pilot):
        await press(pilot, "9")
        desk.queries.kept["sales/Won"] = replace(WON, text="stage = lost")
        await press(pilot, "H", "escape")
        await settle(pilot)
        assert active_tab(app) == "9 ^Won"
        assert "stage = won" in screen_lines(app)[2]
        await press(pilot, "1", "9")
        assert "stage = lost" in screen_lines(app)[2]


async def test_a_pinned_query_of_nonsense_spoils_no_other() -> None:
    """Its tab says what is wrong."""
    desk = Desk(SavedQuery("Bad", "contact", "stage = = x", is_pinned=True))
    async with deck(desk.session, (160, 45)) as (app, pilot):
        await press(pilot, "9")
        assert active_tab(app) == "9 ^Bad"
        assert "column" in screen_text(app)
        await press(pilot, "2")
        assert "Acme Corp" in screen_text(app)


async def test_a_broken_folder_of_queries_is_told() -> None:
    """The tabs of record types are there."""
    desk = Desk()
    desk.queries.failure = "queries: Permission denied."
    async with deck(desk.session) as (app, _):
        assert "queries: Permission denied." in screen_text(app)
        assert "contact: 37 loaded" in screen_text(app)
