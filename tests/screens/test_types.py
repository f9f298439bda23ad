"""All record types: the walk over the schemas, and what is told of each."""

from app.domain.errors import ServerFailed
from app.screens.record_types import RecordTypesScreen
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle
from tests.support.small_workspace import small_workspace


async def test_walk_finds_what_the_schemas_name() -> None:
    """Documented types, custom ones and junctions, each with how it was found."""
    async with deck(size=(120, 24)) as (app, pilot):
        await press(pilot, "0")
        text = screen_text(app)
        [renewal] = [line for line in screen_lines(app) if " renewal " in line]
        assert renewal.split()[:3] == ["renewal", "custom", "contact.renewals"]
        [junction] = [line for line in screen_lines(app) if " contact_account " in line]
        assert "junction of contact.accounts" in junction
        assert "9 record types, every schema was asked for" in text


async def test_walk_asks_for_each_schema_once() -> None:
    """What is known already is not fetched again."""
    backend = small_workspace()
    async with deck(backend) as (_, pilot):
        await press(pilot, "0", "escape")
        await press(pilot, "0", "escape")
        schemas = [call for call in backend.sent if call.startswith("GET /_schema/")]
        assert len(schemas) == len(set(schemas)) == 9


async def test_enter_opens_the_chosen_type() -> None:
    """Also a junction, which has no tab of its own until then."""
    async with deck() as (app, pilot):
        await press(pilot, "0", "G", "enter")
        view = browse(app).view
        assert view is not None
        assert view.record_type == "contact_account"
        assert app.focused is browse(app).table


async def test_escape_and_q_close_without_choosing() -> None:
    """One is where one was; what was found stays found."""
    async with deck(size=(120, 24)) as (app, pilot):
        for key in ("escape", "q"):
            await press(pilot, "0", "j", key)
            assert not isinstance(app.screen, RecordTypesScreen)
            assert "contact: 37 loaded" in screen_lines(app)[0]
            assert app.focused is browse(app).table


async def test_failing_schema_is_told_and_tried_again() -> None:
    """One type that cannot be read does not stop the others; r tries it once more."""
    backend = small_workspace()
    backend.fail("GET /_schema/task", ServerFailed("task is broken", status=500))
    async with deck(backend, (120, 24)) as (app, pilot):
        await press(pilot, "0")
        [task] = [line for line in screen_lines(app) if " task " in line]
        assert task.split()[1] == "failed"
        assert "task is broken" in task
        assert "1 not readable (r tries again)" in screen_text(app)
        assert " renewal " in screen_text(app)
        backend.mend()
        await press(pilot, "r")
        [task] = [line for line in screen_lines(app) if " task " in line]
        assert task.split()[1] == "standard"
        assert "not readable" not in screen_text(app)


async def test_list_grows_while_the_walk_goes_on() -> None:
    """What is found is there to be chosen before the walk has ended."""
    backend = small_workspace()
    gate = backend.hold("GET /_schema/activity")
    async with deck(backend, (120, 24)) as (app, pilot):
        await press(pilot, "0")
        assert "walking the schemas" in screen_text(app)
        assert "opportunity" in screen_text(app)
        await press(pilot, "j", "enter")
        assert "[2 account]" in screen_lines(app)[1]
        gate.set()


async def test_ctrl_c_stops_the_walk_and_r_goes_on() -> None:
    """A slow server holds nobody; the list stays as far as it is known."""
    backend = small_workspace()
    gate = backend.hold("GET /_schema/activity")
    async with deck(backend, (120, 24)) as (app, pilot):
        await press(pilot, "0")
        await press(pilot, "ctrl+c")
        assert "stopped (r goes on)" in screen_text(app)
        assert backend.at_once == 0
        gate.set()
        await press(pilot, "r")
        assert "every schema was asked for" in screen_text(app)


async def test_walk_is_let_go_when_one_leaves() -> None:
    """Esc closes the list and ends its requests; the deck goes on."""
    backend = small_workspace()
    backend.hold("GET /_schema/activity")
    async with deck(backend) as (app, pilot):
        await press(pilot, "0")
        await press(pilot, "escape")
        await settle(pilot)
        assert backend.at_once == 0
        await press(pilot, "2")
        assert "Acme Corp" in screen_text(app)
