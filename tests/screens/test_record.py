"""One record: opened from the list, read anew, and what can be said of each attribute."""

from app.domain.errors import NotFound, ServerFailed
from app.domain.records import Record
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle
from tests.support.small_workspace import small_workspace


def changed(backend: MemoryBackend, **attributes: str) -> Record:
    """Change the first contact on the server."""
    record_id, record = next(iter(backend.records.items()))
    fresh = Record(record_id, {**record.attributes, **attributes})
    backend.records[record_id] = fresh
    return fresh


async def test_enter_opens_and_reads_the_record_anew() -> None:
    """At once as the list had it, then as it is now."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        fresh = changed(backend, title="Chief of Everything")
        await press(pilot, "enter")
        assert backend.sent[-1] == f"GET /contact/{fresh.record_id.id}"
        assert "Chief of Everything" in screen_text(app)
        assert "contact > Sarah Person001" in screen_lines(app)[0]
        assert app.focused is browse(app).record_view


async def test_record_is_shown_before_the_answer_comes() -> None:
    """A slow server does not hide what is known."""
    backend = small_workspace()
    gate = backend.hold("GET /contact/")
    async with deck(backend) as (app, pilot):
        changed(backend, title="Chief of Everything")
        await press(pilot, "enter")
        assert "VP Engineering" in screen_text(app)
        assert "reading the record (Ctrl+C cancels)" in screen_text(app)
        await press(pilot, "j", "j")
        gate.set()
        await settle(pilot)
        assert "Chief of Everything" in screen_text(app)
        assert browse(app).record_view.cursor == 2
        assert "reading the record" not in screen_text(app)


async def test_escape_and_q_go_back_to_the_row() -> None:
    """The list is as it was left."""
    async with deck() as (app, pilot):
        for key in ("escape", "q"):
            await press(pilot, "j", "enter")
            await press(pilot, key)
            assert app.focused is browse(app).table
        assert "> Lena Person003" in screen_text(app)


async def test_record_that_is_gone_says_so_and_stays() -> None:
    """404 on read: what the list had is still there, and is called that."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        del backend.records[next(iter(backend.records))]
        await press(pilot, "enter")
        assert "Not read again: no contact has the id" in screen_text(app)
        assert "Sarah" in screen_text(app)


async def test_failed_read_is_not_repeated_by_itself() -> None:
    """R is the person's word for trying again."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        backend.fail("GET /contact/", ServerFailed("broken"), times=1)
        await press(pilot, "enter")
        assert "Not read again: broken" in screen_text(app)
        sent = len(backend.sent)
        await press(pilot, "r")
        assert len(backend.sent) == sent + 1
        assert "Not read again" not in screen_text(app)


async def test_fresh_record_of_another_row_is_dropped() -> None:
    """An answer that comes after one has left changes nothing."""
    backend = small_workspace()
    gate = backend.hold("GET /contact/")
    async with deck(backend) as (app, pilot):
        await press(pilot, "enter")
        await press(pilot, "q")
        await press(pilot, "j")
        gate.set()
        await settle(pilot)
        assert browse(app).current_record is not None
        assert "contact: 37 loaded" in screen_lines(app)[0]
        assert "> Omar Person002" in screen_text(app)


async def test_capability_line_follows_the_field() -> None:
    """In a record the line is about the field under the cursor."""
    async with deck() as (app, pilot):
        await press(pilot, "enter", "j")
        assert 'Title [string] "VP Engineering"' in screen_lines(app)[-3]


async def test_why_in_a_record_is_about_its_field() -> None:
    """W explains the field one is on."""
    async with deck() as (app, pilot):
        await press(pilot, "enter", "j", "w")
        assert "Title (contact.title, string)" in screen_text(app)
        await press(pilot, "escape")
        assert app.focused is browse(app).record_view


async def test_copy_in_a_record_takes_its_field() -> None:
    """Y copies the field one is on."""
    async with deck() as (app, pilot):
        await press(pilot, "enter", "j", "y")
        assert app.clipboard == "VP Engineering"


async def test_unknown_value_type_is_read_only_text() -> None:
    """A type this version does not know is shown, called unreadable, and explained."""
    async with deck(record_type="renewal") as (app, pilot):
        await press(pilot, "enter")
        [line] = [line for line in screen_lines(app) if "Mood" in line]
        assert line.split() == ["Mood", "calm", "aura", "unreadable"]
        while (field := browse(app).record_view.field) and field.attribute.api_name != "mood":
            await press(pilot, "j")
        await press(pilot, "V")
        assert "Shown as it came: unknown value type aura." in screen_text(app)


async def test_attribute_the_schema_does_not_name_is_shown() -> None:
    """Nothing a record holds is left out."""
    backend = small_workspace()
    changed(backend, secret_sauce="mustard")
    async with deck(backend) as (app, pilot):
        await press(pilot, "enter", "G")
        assert "secret_sauce" in screen_text(app)
        assert "mustard" in screen_text(app)


async def test_type_without_a_read_endpoint_says_so() -> None:
    """An activity is shown as the list had it; nothing is sent that cannot work."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "7")
        sent = len(backend.sent)
        await press(pilot, "enter")
        assert "Shown as the list had it." in screen_text(app)
        assert len(backend.sent) == sent


async def test_wide_screen_shows_the_record_beside_the_list() -> None:
    """At 160 columns the record follows the cursor without a request."""
    backend = small_workspace()
    async with deck(backend, (160, 45)) as (app, pilot):
        await press(pilot, "j")
        browse(app).record_area.preview()
        await settle(pilot)
        line = screen_lines(app)[4]
        assert "First name" in screen_text(app)
        assert "Sarah" in line
        assert "Omar Person002" in screen_lines(app)[3].split("│")[1]
        assert len(backend.sent) == 2


async def test_preview_does_not_stay_beside_another_type() -> None:
    """The record of a contact never stands beside a list of notes."""
    async with deck(size=(160, 45)) as (app, pilot):
        browse(app).record_area.preview()
        await settle(pilot)
        assert "First name" in screen_text(app)
        await press(pilot, "5")
        assert "There is no note yet" in screen_text(app)
        assert "First name" not in screen_text(app)


async def test_p_hides_and_shows_the_record_beside_the_list() -> None:
    """The list gets the whole width, and gives it back."""
    async with deck(size=(160, 45)) as (app, pilot):
        await press(pilot, "p")
        assert "│" not in screen_text(app)
        await press(pilot, "p")
        assert "│" in screen_text(app)


async def test_p_opens_the_record_where_there_is_no_room_beside() -> None:
    """At 80 columns p is Enter."""
    async with deck() as (app, pilot):
        await press(pilot, "p")
        assert "contact > Sarah Person001" in screen_lines(app)[0]


async def test_double_click_opens() -> None:
    """The mouse does what Enter does."""
    async with deck() as (app, pilot):
        await pilot.click("#table", offset=(6, 3), times=2)
        await settle(pilot)
        assert "contact > Lena Person003" in screen_lines(app)[0]


async def test_unreadable_type_is_told_from_a_gone_record() -> None:
    """The server's own words are shown for either."""
    backend = small_workspace()
    backend.fail("GET /contact/", NotFound("archived yesterday", status=404))
    async with deck(backend) as (app, pilot):
        await press(pilot, "enter")
        assert "archived yesterday" in screen_text(app)
