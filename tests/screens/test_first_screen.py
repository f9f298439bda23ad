"""What one sees first, and what it costs."""

from app.domain.requests import RequestLog
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, deck, press, screen_lines, screen_text
from tests.support.small_workspace import memory_session, small_record_types, small_workspace


async def test_one_schema_and_one_query_are_sent() -> None:
    """Only what is looked at is fetched: no other type, no second page."""
    backend = small_workspace(contacts=200)
    async with deck(backend):
        assert backend.sent == ["GET /_schema/contact", "POST /contact/_query"]


async def test_first_type_has_the_focus_and_its_first_row_the_cursor() -> None:
    """One can move at once."""
    async with deck() as (app, pilot):
        assert app.focused is browse(app).table
        await press(pilot, "j")
        assert "> Omar Person002" in screen_text(app)


async def test_header_tells_workspace_and_mode_in_words() -> None:
    """Where one is, and whether one can do harm there, without colour."""
    async with deck(memory_session(name="acme")) as (app, _):
        assert screen_lines(app)[0].startswith(" crmdeck | acme  READ-WRITE | contact: 37 loaded")
    async with deck(memory_session(small_workspace(is_read_only=True), name="acme")) as (app, _):
        assert screen_lines(app)[0].startswith(" crmdeck | acme  READ-ONLY 0 writes sent | ")


async def test_header_never_claims_a_total_it_does_not_know() -> None:
    """While the server has more, the number is the loaded one."""
    async with deck(small_workspace(contacts=120)) as (app, _):
        assert "contact: 50 loaded, more on server" in screen_lines(app)[0]
    async with deck(small_workspace(contacts=7)) as (app, _):
        assert "contact: 7 loaded, all there are" in screen_lines(app)[0]


async def test_a_screen_of_24_lines_shows_at_least_15_rows() -> None:
    """The data have the room."""
    async with deck(size=(80, 24)) as (app, _):
        assert sum("Person0" in line for line in screen_lines(app)) >= 15


async def test_capability_line_is_about_the_focused_cell() -> None:
    """Name, value type, value, right and operators are met while moving."""
    async with deck(size=(120, 24)) as (app, pilot):
        assert 'Display name [string] "Sarah Person001"' in screen_text(app)
        assert "locked (w)" in screen_text(app)
        await press(pilot, "l", "j")
        assert 'Primary email [email] "person2@northwind.test"  editable' in " ".join(
            screen_lines(app)[-3].split()
        ).replace(" editable", "  editable")


async def test_status_line_is_the_last_request() -> None:
    """How it ended, how long it took, and how many there were."""
    async with deck() as (app, _):
        assert " OK 200 in 1 ms - POST /contact/_query - 2 requests" in screen_text(app)


async def test_started_at_a_type_reads_that_one() -> None:
    """`--record-type account` costs the account's two requests."""
    backend = small_workspace()
    async with deck(backend, record_type="account") as (app, _):
        assert backend.sent == ["GET /_schema/account", "POST /account/_query"]
        assert "> Acme Corp" in screen_text(app)


async def test_empty_workspace_says_so() -> None:
    """No rows is an answer, told as one."""
    async with deck(MemoryBackend(small_record_types())) as (app, pilot):
        assert "There is no contact yet" in screen_text(app)
        assert "contact: 0 loaded, all there are" in screen_text(app)
        await press(pilot, "j", "l", "enter", "w", "escape", "y", "V", "i", "escape", "G", "p")
        assert app.is_running


async def test_workspace_is_closed_at_the_end() -> None:
    """Connections and files are let go."""
    backend = small_workspace()
    async with deck(backend):
        assert not backend.is_closed
    assert backend.is_closed


async def test_idle_screen_sends_nothing() -> None:
    """Moving about within what is loaded is free."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        log: RequestLog = backend.log
        sent = log.sent
        await press(pilot, "j", "l", "G", "g", "w", "escape", "i", "escape", "?", "escape")
        assert log.sent == sent
        assert app.is_running
