"""What was typed in the form is kept however the program ends."""

from app.controller.browse import Browser
from app.screens.edit_area import EditArea
from tests.support.deck import host
from tests.support.editing import Desk
from tests.support.journal import MemoryJournal
from tests.support.small_workspace import memory_session, small_workspace


async def test_an_end_without_leaving_the_form_keeps_what_was_typed_last() -> None:
    """As when the terminal is closed: typing did not rest, nobody pressed Esc."""
    backend, journal = small_workspace(), MemoryJournal()
    browser = Browser(memory_session(backend, journal=journal))
    area = EditArea(browser)
    async with host(area) as (app, pilot):
        tab = browser.view("contact")
        tab.schema = await backend.schema("contact")
        desk = Desk(app, pilot, area, backend, journal, tab)
        await desk.edit()
        await desk.type_over("title", "CTO")
    assert journal.saves[-1].values == {"title": "CTO"}
