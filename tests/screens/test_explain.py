"""What explains: why, the request, the log, a whole value; and what is copied."""

import pytest

from app.domain.errors import ServerFailed
from app.domain.json_text import dump_json, parse_json
from app.domain.query import Query
from app.domain.requests import PreparedRequest
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, deck, press, screen_lines, screen_text, settle, type_text
from tests.support.small_workspace import small_workspace


async def test_why_on_a_locked_attribute_gives_rule_and_source() -> None:
    """The schema's word, where it stands, and what the API would answer."""
    async with deck() as (app, pilot):
        await press(pilot, "w")
        text = browse(app).panel.view.text
        assert "Display name (contact.display_name, string)" in text
        assert "is_updatable=false" in text
        assert "/attributes/3/is_updatable" in text
        assert "field_not_updatable" in text
        assert app.focused is browse(app).panel.view


async def test_why_again_closes_and_gives_the_focus_back() -> None:
    """The same key opens and closes; Esc and q close too."""
    async with deck() as (app, pilot):
        for key in ("w", "escape", "q"):
            await press(pilot, "w")
            assert browse(app).panel.kind == "why"
            await press(pilot, key)
            assert browse(app).panel.kind == ""
            assert app.focused is browse(app).table


async def test_why_in_a_read_only_session_names_the_setting() -> None:
    """Our own policy is told apart from the API's rules."""
    async with deck(small_workspace(is_read_only=True)) as (app, pilot):
        await press(pilot, "l", "w")
        assert "source: POLICY" in screen_text(app)
        assert "read_only" in browse(app).panel.view.text


async def test_why_by_name_explains_an_attribute_without_a_column() -> None:
    """:why address."""
    async with deck() as (app, pilot):
        await press(pilot, "colon")
        await type_text(pilot, "why address")
        await press(pilot, "enter")
        assert "Address (contact.address, address)" in screen_text(app)


async def test_why_after_a_failure_tells_the_failure() -> None:
    """In an error's view w explains the error: the request, its number, its status."""
    backend = small_workspace()
    backend.fail("POST /contact/_query", ServerFailed("broken pipe", status=503))
    async with deck(backend) as (app, pilot):
        await press(pilot, "w")
        text = browse(app).panel.view.text
        assert "broken pipe" in text
        assert "request 2: POST /contact/_query - status 503" in text


async def test_why_tells_what_is_odd_in_the_schema() -> None:
    """Parts of a schema that could not be read are not hidden."""
    small = small_workspace()
    contact, *others = small.record_types.values()
    odd = type(contact)(
        "contact", "Contact", attributes=contact.attributes, oddities=("attribute 7 has no name",)
    )
    async with deck(MemoryBackend([odd, *others], small.records.values())) as (app, pilot):
        await press(pilot, "w")
        assert "Odd in the schema: attribute 7 has no name" in browse(app).panel.view.text


async def shown_request(
    backend: MemoryBackend, app_text: str, pilot_keys: tuple[str, ...]
) -> tuple[str, list[PreparedRequest]]:
    """What the pane says, and what went out for it."""
    sent: list[PreparedRequest] = []
    prepare = backend.prepare_query

    async with deck(backend) as (app, pilot):
        await press(pilot, *pilot_keys)
        await press(pilot, "i")
        text = browse(app).panel.text
        await press(pilot, "escape")
        view = browse(app).view
        assert view is not None
        assert view.records is not None
        sent.append(prepare(view.records.query))
        before = len(backend.sent)
        await press(pilot, "r")
        assert len(backend.sent) == before + 1, app_text
        assert backend.sent[-1] == f"{sent[0].method} {sent[0].path}"
    return text, sent


@pytest.mark.parametrize("keys", [(), ("s",), ("s", "l", "S"), ("2",)])
async def test_request_is_what_is_then_sent(keys: tuple[str, ...]) -> None:
    """Method, address and body, byte for byte, and a curl that sends the same bytes."""
    backend = small_workspace()
    text, [request] = await shown_request(backend, "r reads again", keys)
    method_line, body, curl, command = text.split("\n\n")
    assert method_line == f"{request.method} {request.url}"
    assert request.body is not None
    assert dump_json(parse_json(body.encode())).encode() == request.body
    assert curl == request.curl()
    assert request.body.decode() in curl
    assert command.startswith("crmdeck query ")


async def test_request_of_an_open_record_reads_it() -> None:
    """In a record i shows the GET of that record."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "enter", "i")
        record_id = next(iter(backend.records)).id
        assert f"GET memory://workspace/api/v2/contact/{record_id}" in browse(app).panel.text


async def test_request_never_holds_the_key() -> None:
    """The key stands as a variable."""
    async with deck(size=(120, 40)) as (app, pilot):
        await press(pilot, "i")
        assert "Authorization: Bearer $CRMDECK_KEY" in screen_text(app)


async def test_log_has_every_request_newest_first() -> None:
    """Number, method, path, status, duration, outcome; the failed ones too."""
    backend = small_workspace()
    backend.fail("POST /account", ServerFailed("broken", status=500))
    async with deck(backend) as (app, pilot):
        await press(pilot, "2")
        await press(pilot, "at")
        lines = browse(app).panel.view.text.splitlines()
        assert [line.split()[1] for line in lines] == ["#4", "#3", "#2", "#1"]
        assert lines[0].split()[2:7] == ["500", "1", "ms", "POST", "/account/_query"]
        assert "broken" in lines[0]
        assert "4 requests, newest first" in screen_text(app)


async def test_explanations_replace_each_other() -> None:
    """w, i and @ share the pane."""
    async with deck() as (app, pilot):
        await press(pilot, "w")
        await press(pilot, "i")
        assert browse(app).panel.kind == "request"
        await press(pilot, "at")
        assert browse(app).panel.kind == "log"


async def test_switching_the_tab_closes_the_pane() -> None:
    """An explanation of one type does not stand below another."""
    async with deck() as (app, pilot):
        await press(pilot, "w")
        await press(pilot, "2")
        assert browse(app).panel.kind == ""
        assert app.focused is browse(app).table


async def test_whole_value_is_shown_with_its_raw_form() -> None:
    """V shows a value as a person and as a script reads it."""
    async with deck(record_type="opportunity") as (app, pilot):
        await press(pilot, "j", "l", "l", "l")
        await press(pilot, "V")
        text = browse(app).panel.view.text
        assert "1,500.50" in text
        assert "1500.50" in text


async def test_whole_value_has_all_lines() -> None:
    """What the list cuts is whole here."""
    async with deck(record_type="task") as (app, pilot):
        await press(pilot, "enter")
        while (field := browse(app).record_view.field) and field.attribute.api_name != "note":
            await press(pilot, "j")
        await press(pilot, "V")
        assert "second line" in browse(app).panel.view.text


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        (("y",), "Sarah Person001"),
        (("l", "y"), "person1@acme.test"),
        (("l", "l", "y"), "new"),
        (("j", "j", "l", "l", "l", "l", "y"), ""),
    ],
)
async def test_focused_value_is_copied_raw(keys: tuple[str, ...], copied: str) -> None:
    """Y hands over what a script would want, and says so."""
    async with deck() as (app, pilot):
        await press(pilot, *keys)
        assert app.clipboard == copied
        assert f"{len(copied)} characters" in screen_text(app)


async def test_id_is_copied() -> None:
    """Y is the id of the row one is on."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "j", "Y")
        assert app.clipboard == list(backend.records)[1].id


async def test_open_pane_is_copied_whole() -> None:
    """Y in a pane takes its text, also what is not on screen; the request as one can run it."""
    async with deck() as (app, pilot):
        await press(pilot, "w", "y")
        assert "contact as a whole" in app.clipboard or "(contact) as a whole" in app.clipboard
        await press(pilot, "i", "y")
        assert app.clipboard.startswith("POST memory://workspace/api/v2/contact/_query\n\n{")
        assert "\ncurl -sS -X POST" in app.clipboard


async def test_prepared_request_of_the_query_is_the_backends() -> None:
    """The pane has no words of its own for a request."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, "i")
        await settle(pilot)
        assert backend.prepare_query(Query("contact")).curl() in browse(app).panel.text
        assert len(screen_lines(app)) == 24
