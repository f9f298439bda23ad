"""Going from record type to record type."""

import pytest

from app.domain.errors import ServerFailed
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle, type_text
from tests.support.small_workspace import memory_session, small_workspace


@pytest.mark.parametrize(
    ("keys", "name"),
    [
        (["2"], "account"),
        (["6"], "meeting"),
        (["8"], "renewal"),
        (["9"], "contact"),
        (["right_square_bracket"], "account"),
        (["left_square_bracket"], "renewal"),
        (["3", "right_square_bracket"], "task"),
        (["3", "left_square_bracket"], "account"),
        (["2", "minus"], "contact"),
        (["2", "minus", "minus"], "account"),
        (["minus"], "contact"),
    ],
)
async def test_keys_lead_to_a_type(keys: list[str], name: str) -> None:
    """By number, by neighbour, and back to the last one; a number without a tab leads nowhere."""
    async with deck() as (app, pilot):
        for key in keys:
            await press(pilot, key)
        view = browse(app).view
        assert view is not None
        assert view.record_type == name
        assert f"{name}:" in screen_lines(app)[0]


@pytest.mark.parametrize(
    ("text", "name"), [("account", "account"), ("ren", "renewal"), ("contact_account", None)]
)
async def test_command_leads_to_a_type(text: str, name: str | None) -> None:
    """`:account`, or as much of it as is clear; also a junction that has no tab."""
    async with deck() as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, text)
        await press(pilot, "enter")
        view = browse(app).view
        assert view is not None
        assert view.record_type == (name or text)
        assert app.focused is browse(app).table


async def test_unknown_type_shows_the_servers_refusal_with_its_code() -> None:
    """`:foo` is asked for; the 404 is shown, explained by w, and left by -."""
    async with deck() as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "foo")
        await press(pilot, "enter")
        assert "foo could not be read" in screen_text(app)
        assert "no record type is called foo (unknown_record_type)" in screen_text(app)
        assert "FAILED 404" in screen_text(app)
        await press(pilot, "w")
        assert "GET /_schema/foo - status 404" in screen_text(app)
        await press(pilot, "escape")
        await press(pilot, "minus")
        assert "> Sarah Person001" in screen_text(app)
        assert "foo" not in screen_lines(app)[1]


async def test_mistyped_type_is_not_asked_for() -> None:
    """A slip of the finger costs no request and says what was meant."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "acount")
        await press(pilot, "enter")
        assert "Did you mean account?" in screen_text(app)
        assert len(backend.sent) == 2


async def test_each_tab_keeps_its_place_and_is_read_once() -> None:
    """Going away and coming back costs nothing and loses nothing."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "j", "j", "l")
        await press(pilot, "2")
        await press(pilot, "j")
        sent = len(backend.sent)
        await press(pilot, "1")
        view = browse(app).view
        assert view is not None
        assert (view.row, view.column) == (2, 1)
        assert "> Lena Person003" in screen_text(app)
        assert len(backend.sent) == sent


async def test_active_tab_is_marked_without_colour() -> None:
    """Brackets stand about it."""
    async with deck() as (app, pilot):
        assert "[1 contact]" in screen_lines(app)[1]
        await press(pilot, "4")
        assert "[4 task]" in screen_lines(app)[1]


async def test_active_tab_is_always_in_view() -> None:
    """The bar moves along when it is longer than the window."""
    async with deck(size=(60, 15)) as (app, pilot):
        for number in "12345678":
            await press(pilot, number)
            assert f"[{number} " in screen_lines(app)[1]


async def test_read_only_and_found_types_are_marked() -> None:
    """`(ro)` for what cannot be changed, `*` for what is not in the documentation."""
    async with deck(size=(120, 24)) as (app, _):
        assert "6 meeting(ro)" in screen_lines(app)[1]
        assert "8 renewal*" in screen_lines(app)[1]


async def test_types_of_the_profile_have_a_tab() -> None:
    """What the walk cannot reach is named in the settings."""
    async with deck(memory_session(record_types=("renewal",)), (120, 24)) as (app, _):
        assert "8 renewal*" in screen_lines(app)[1]


async def test_click_on_a_tab_opens_it() -> None:
    """The mouse does what the number does, also where the bar is scrolled."""
    async with deck() as (app, pilot):
        await pilot.click("#tabs", offset=(screen_lines(app)[1].index("account") + 2, 0))
        await settle(pilot)
        assert "[2 account]" in screen_lines(app)[1]
    async with deck(size=(60, 15)) as (app, pilot):
        await press(pilot, "7")
        await pilot.click("#tabs", offset=(screen_lines(app)[1].index("meeting") + 2, 0))
        await settle(pilot)
        assert "[6 meeting(ro)]" in screen_lines(app)[1]


async def test_click_on_the_last_tab_opens_it() -> None:
    """Where all tabs fit there is no arrow, and the last one is a tab like the others."""
    async with deck(size=(120, 24)) as (app, pilot):
        await pilot.click("#tabs", offset=(screen_lines(app)[1].index("renewal") + 2, 0))
        await settle(pilot)
        assert "[8 renewal*]" in screen_lines(app)[1]


async def test_click_beside_the_tabs_lists_all_types() -> None:
    """The arrow at the end stands for those that do not fit."""
    async with deck() as (app, pilot):
        await pilot.click("#tabs", offset=(screen_lines(app)[1].rindex(">"), 0))
        await settle(pilot)
        assert "All record types" in screen_text(app)


async def test_meeting_tab_says_why_it_cannot_be_changed() -> None:
    """W on a read-only type names the method it refuses."""
    async with deck() as (app, pilot):
        await press(pilot, "6")
        assert "Review 1" in screen_text(app)
        await press(pilot, "w")
        assert "source: DOCUMENTED" in screen_text(app)
        assert "meeting patch: the route exists and refuses the method" in browse(
            app
        ).panel.view.text.replace("\n            ", " ")
        assert "method_not_allowed" in browse(app).panel.view.text


async def test_activity_asks_for_a_record_first() -> None:
    """A type that is read within a record says so, and reads once there is one."""
    backend = small_workspace()
    async with deck(backend, record_type="activity") as (app, pilot):
        assert "activity is read for one" in screen_text(app)
        assert "POST /activity/_query" not in backend.sent
        await press(pilot, "1")
        await press(pilot, "7")
        assert "of contact Sarah Person001" in screen_lines(app)[2]
        assert "Call 1" in screen_text(app)


async def test_failing_type_does_not_spoil_the_others() -> None:
    """Each tab has its own trouble."""
    backend = small_workspace()
    backend.fail("GET /_schema/account", ServerFailed("broken", status=500))
    async with deck(backend) as (app, pilot):
        await press(pilot, "2")
        assert "account could not be read" in screen_text(app)
        await press(pilot, "3")
        assert "Deal 1" in screen_text(app)
        backend.mend()
        await press(pilot, "2")
        assert "Acme Corp" in screen_text(app)
