"""What goes wrong, told where one looks, with the way out; what was there stays."""

import pytest

from app.controller.session import Session
from app.domain.errors import (
    BackendError,
    BadAnswer,
    ConfigError,
    Fault,
    Forbidden,
    NotFound,
    RateLimited,
    TimedOut,
    Unauthorized,
    Unreachable,
    WorkspaceError,
)
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle
from tests.support.small_workspace import memory_session, small_workspace

TROUBLES = [
    Unauthorized("The key is not accepted", status=401, faults=(Fault("unauthorized"),)),
    Forbidden("The key may not read contacts", status=403, faults=(Fault("forbidden"),)),
    NotFound("No such record type", status=404, faults=(Fault("unknown_record_type"),)),
    RateLimited("Too many requests", status=429),
    Unreachable("Connection refused"),
    TimedOut("No answer within 30 s"),
    BadAnswer("/data/0/id: not a text"),
]


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("call", ["GET /_schema/contact", "POST /contact/_query"])
async def test_first_read_that_fails_is_told_with_its_way_out(
    error: BackendError, call: str
) -> None:
    """Reason, the API's code, what to do, and the keys that tell more."""
    backend = small_workspace()
    backend.fail(call, error)
    async with deck(backend) as (app, pilot):
        text = screen_text(app)
        assert "contact could not be read" in text
        assert error.reason in text
        assert error.way_out in text
        assert error.code is None or f"({error.code})" in text
        await press(pilot, "w")
        assert error.reason in browse(app).panel.view.text
        backend.mend()
        await press(pilot, "escape", "r")
        await settle(pilot)
        assert "> Sarah Person001" in screen_text(app)


@pytest.mark.parametrize("error", TROUBLES, ids=lambda error: type(error).__name__)
async def test_refresh_that_fails_leaves_the_rows_and_marks_them(error: BackendError) -> None:
    """Stale rows are better than none, and are called stale until a read works again."""
    backend = small_workspace()
    async with deck(backend, (120, 24)) as (app, pilot):
        backend.fail("POST /contact/_query", error)
        await press(pilot, "j", "r")
        assert "> Omar Person002" in screen_text(app)
        assert "stale: the last request failed" in screen_lines(app)[-4]
        assert error.reason in screen_lines(app)[-2]
        await press(pilot, "w")
        assert error.reason in browse(app).panel.view.text
        await press(pilot, "escape")
        backend.mend()
        await press(pilot, "r")
        assert "stale" not in screen_text(app)
        assert "> Omar Person002" in screen_text(app)


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("config.toml, line 3: profiles.acme.url must begin with https://"),
        WorkspaceError("/tmp/x.db is not a workspace: nothing was overwritten"),
        Unreachable("api.acme.test: name not known"),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_workspace_that_cannot_be_opened_says_why(error: Exception) -> None:
    """No traceback: the reason, and the way out; q leaves."""

    async def connect() -> Session:
        raise error

    async with deck(connect) as (app, pilot):
        assert "The workspace could not be opened" in screen_text(app)
        assert str(error)[:40] in screen_text(app)
        await press(pilot, "j", "2", "s", "w", "i", "slash", "escape", "0", "enter", "y", "at")
        assert app.is_running
        await pilot.press("q")
        assert app.return_code == 0


async def test_r_opens_the_workspace_again() -> None:
    """The network came back: no need to leave."""
    tries = 0

    async def connect() -> Session:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise Unreachable("no route")
        return memory_session()

    async with deck(connect) as (app, pilot):
        assert "no route" in screen_text(app)
        await press(pilot, "r")
        assert "> Sarah Person001" in screen_text(app)


async def test_error_mid_session_does_not_reach_other_tabs() -> None:
    """A type that fails keeps its failure to itself."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        backend.fail("POST /contact/_query", Unreachable("cable pulled"))
        await press(pilot, "r")
        await press(pilot, "2")
        assert "Acme Corp" in screen_text(app)
        assert "stale" not in screen_text(app)
        await press(pilot, "1")
        assert "stale: the last request failed" in screen_text(app)


async def test_server_that_repeats_its_cursor_is_told() -> None:
    """Broken paging ends the list with a reason; the rows stay."""
    backend = small_workspace(contacts=120)
    async with deck(backend) as (app, pilot):
        backend.fail("POST /contact/_query", BadAnswer("The server's paging does not move on"))
        await press(pilot, "G")
        assert "paging does not move on" in screen_text(app)
        assert "Person050" in screen_text(app)


async def test_error_words_of_a_server_are_text() -> None:
    """A hostile error message neither escapes nor becomes markup."""
    backend = small_workspace()
    words = "[bold]no[/] \x1b]52;c;eA==\x07 \u202e [/]"
    backend.fail("POST /contact", NotFound(words, status=404, faults=(Fault(words, words),)))
    async with deck(backend) as (app, pilot):
        assert "[bold]no[/]" in screen_text(app)
        await press(pilot, "w")
        await press(pilot, "at")
        assert "[bold]no[/]" in screen_text(app)
