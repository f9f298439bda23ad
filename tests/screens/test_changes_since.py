"""What changed since a saved query was run before: told with old and new values."""

from dataclasses import replace

import pytest

from app.domain.edits import Change
from app.domain.errors import ServerFailed
from app.domain.records import RecordId
from app.domain.remembered import SavedQuery
from app.screens.changes_since import SHOWN_ROWS, ChangesSinceScreen
from app.screens.saved_queries import SavedQueriesScreen
from tests.support.deck import press, screen_text, settle
from tests.support.shelf import Shelf
from tests.support.small_workspace import small_workspace
from widgets.lines_view import LinesView

ALL = SavedQuery("All", "contact", "")


def told(shelf: Shelf) -> str:
    """What the screen lists."""
    return shelf.screen.app.screen.query_one("#changes-lines", LinesView).text


async def test_the_first_run_is_kept_for_the_next_time() -> None:
    """Nothing to compare with is no change."""
    shelf = Shelf(ALL)
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "c")
        assert "37 rows now; nothing to compare with yet" in screen_text(app)
        await press(pilot, "escape")
        assert isinstance(app.screen, SavedQueriesScreen)
        assert "37" in shelf.screen.list.text
        await press(pilot, "c")
        assert "Since 2026-01-05 11:30: nothing changed   37 rows now" in screen_text(app)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_new_gone_and_changed_rows_are_listed(size: tuple[int, int]) -> None:
    """With what they are called, and each changed value beside the old one."""
    shelf = Shelf(ALL, backend=small_workspace(4))
    async with shelf.open(size) as (app, pilot):
        await press(pilot, "tab", "c", "escape")
        ids = [RecordId("contact", row.record_id) for row in shelf.runs.runs["All"].rows]
        await shelf.backend.archive(ids[0])
        await shelf.backend.patch(ids[1], (Change("title", "Chief"), Change("first_name", None)))
        new = RecordId("contact", "new-id")
        shelf.backend.records[new] = replace(shelf.backend.records[ids[2]], record_id=new)
        await press(pilot, "c")
        assert "1 new, 1 gone, 1 changed" in screen_text(app)
        lines = told(shelf).splitlines()
        assert lines[0] == "new (1)"
        assert lines[1].startswith("  + ")
        assert lines[1].endswith("new-id")
        assert lines[2] == "gone (1)"
        assert lines[3].endswith(ids[0].id)
        assert lines[4] == "changed (1)"
        assert lines[5].startswith("  ~ ")
        assert any(line.endswith("-> Chief") for line in lines[6:])


async def test_a_row_beyond_the_limit_is_not_called_gone() -> None:
    """It may still be there."""
    shelf = Shelf(ALL, backend=small_workspace(3))
    async with shelf.open() as (_, pilot):
        await press(pilot, "tab", "c", "escape")
        run = shelf.runs.runs["All"]
        shelf.runs.runs["All"] = replace(run, rows=run.rows[:2], is_complete=False)
        await press(pilot, "c")
        assert told(shelf).splitlines()[0] == "not among the first 2 then (1)"


async def test_another_question_then_is_told() -> None:
    """Its owner edited the file meanwhile."""
    shelf = Shelf(ALL)
    async with shelf.open() as (_, pilot):
        await press(pilot, "tab", "c", "escape")
        shelf.runs.runs["All"] = replace(shelf.runs.runs["All"], text="stage = new")
        await press(pilot, "c")
        assert told(shelf).splitlines()[0] == "It asked something else then: stage = new"


async def test_nonsense_in_the_file_is_told_with_its_place() -> None:
    """Nothing is sent, and the last run stays."""
    shelf = Shelf(replace(ALL, text='title = "VP'))
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "c")
        assert "It could not be asked" in screen_text(app)
        assert "All, column 9" in told(shelf)
        assert not any("_query" in call for call in shelf.backend.sent)


async def test_a_failing_server_is_told() -> None:
    """With the way out."""
    shelf = Shelf(ALL)
    shelf.backend.fail("POST /contact", ServerFailed("The server is on fire", status=503))
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "c")
        assert "The server is on fire" in told(shelf)
        assert shelf.runs.runs == {}
        await press(pilot, "q")
        assert isinstance(app.screen, SavedQueriesScreen)


async def test_leaving_lets_the_request_go() -> None:
    """Esc stops a slow server's answer; nothing is kept of it."""
    shelf = Shelf(ALL)
    shelf.backend.hold("POST /contact")
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "c")
        assert isinstance(app.screen, ChangesSinceScreen)
        assert "asking again" in screen_text(app)
        await press(pilot, "escape")
        await settle(pilot)
        assert shelf.backend.at_once == 0
        assert shelf.runs.runs == {}


async def test_asking_can_be_stopped() -> None:
    """As Ctrl+C does; the screen stays, and nothing is kept of half an answer."""
    shelf = Shelf(ALL)
    shelf.backend.hold("POST /contact")
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "c")
        screen = app.screen
        assert isinstance(screen, ChangesSinceScreen)
        assert screen.cancel_running()
        await settle(pilot)
        assert "stopped" in screen_text(app)
        assert shelf.backend.at_once == 0
        assert shelf.runs.runs == {}
        assert not screen.cancel_running()


async def test_of_many_rows_the_number_is_told() -> None:
    """The first ones are listed."""
    shelf = Shelf(ALL, backend=small_workspace(SHOWN_ROWS + 20))
    async with shelf.open() as (_, pilot):
        await press(pilot, "tab", "c", "escape")
        shelf.runs.runs["All"] = replace(shelf.runs.runs["All"], rows=())
        await press(pilot, "c")
        lines = told(shelf).splitlines()
        assert lines[0] == f"new ({SHOWN_ROWS + 20})"
        assert lines[-1] == "  ... and 20 more"
        assert len(lines) == SHOWN_ROWS + 2


async def test_a_run_that_could_not_be_kept_is_told() -> None:
    """The changes are shown all the same."""
    shelf = Shelf(ALL)
    async with shelf.open() as (app, pilot):
        await press(pilot, "tab", "c", "escape")
        shelf.history.failure = "No space left on device."
        await press(pilot, "c")
        assert "No space left on device." in told(shelf)
        assert "nothing changed" in screen_text(app)
