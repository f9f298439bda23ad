"""References are shown by name, whatever the answer carried."""

from app.controller.browse import Browser
from app.domain.errors import Forbidden
from app.domain.records import Record, RecordId
from app.domain.schema import RecordType
from app.domain.values import Reference
from tests.support.backends import START, MemoryBackend
from tests.support.small_workspace import attribute, memory_session, record, system_attributes

PLACE = RecordType("place", "Place", attributes=(*system_attributes(), attribute("name")))
VISIT = RecordType(
    "visit",
    "Visit",
    attributes=(
        *system_attributes(),
        attribute("title"),
        attribute("place_id", "record_reference", is_filterable=True),
        attribute("guide_id", "record_reference"),
    ),
)


def visit(number: int, place: Record) -> Record:
    return record(
        "visit",
        number,
        title=f"Visit {number}",
        place_id=Reference("place", place.record_id.id),
        guide_id=Reference("guide", "nobody"),
    )


def workspace(places: int = 3, visits: int = 30) -> tuple[Browser, MemoryBackend]:
    hosts = [record("place", number, name=f"Place {number}") for number in range(places)]
    rows = [visit(number, hosts[number % places]) for number in range(visits)]
    backend = MemoryBackend((PLACE, VISIT), (*hosts, *rows))
    return Browser(memory_session(backend, record_types=("place", "visit"))), backend


async def test_nameless_references_are_asked_for_in_one_request() -> None:
    """Thirty rows over three places cost one schema and one query."""
    browser, backend = workspace()
    view = browser.view("visit")
    await browser.open(view, START)
    before = len(backend.sent)
    assert await browser.name_references(view)
    assert backend.sent[before:] == ["GET /_schema/place", "POST /place/_query"]
    shown = view.record(4)
    assert shown is not None
    place = shown.attributes["place_id"]
    assert isinstance(place, Reference)
    assert place.name == "Place 1"


async def test_names_are_asked_for_once() -> None:
    """A second look at the same rows sends nothing."""
    browser, backend = workspace()
    view = browser.view("visit")
    await browser.open(view, START)
    await browser.name_references(view)
    before = len(backend.sent)
    assert not await browser.name_references(view)
    assert len(backend.sent) == before


async def test_a_type_that_the_workspace_never_named_is_not_asked_for() -> None:
    """A reference may point to what is no resource of the API, such as users."""
    browser, backend = workspace()
    view = browser.view("visit")
    await browser.open(view, START)
    await browser.name_references(view)
    assert not [call for call in backend.sent if "guide" in call]


async def test_a_refusal_leaves_the_ids_and_is_not_repeated() -> None:
    """A key that may not read places costs one refused request, not one a page."""
    browser, backend = workspace()
    backend.fail("POST /place/_query", Forbidden("not yours"))
    view = browser.view("visit")
    await browser.open(view, START)
    assert not await browser.name_references(view)
    before = len(backend.sent)
    assert not await browser.name_references(view)
    assert len(backend.sent) == before


async def test_an_open_record_names_every_reference() -> None:
    """Reading one record names what the list's columns did not need."""
    browser, _ = workspace()
    schema = await browser.discovery.schema("visit")
    fresh = await browser.read(RecordId("visit", visit(0, record("place", 0)).record_id.id))
    named = await browser.name_all(fresh, schema)
    place = named.attributes["place_id"]
    assert isinstance(place, Reference)
    assert place.name == "Place 0"
