"""Every cell of the resource matrix, asked over HTTP. The expectations are transcribed from the page, not from our data.

Source: Public API v2, Supported Resources; for what the page leaves open, contract 7, nos. 39, 47 to 49 and 59.
"""

import httpx
import pytest

from tests.server.workspaces import NOBODY, People

OK = (200, None)
GONE = (204, None)
REFUSED = (405, "method_not_allowed")
ABSENT = (404, "not_found")
UNSUPPORTED = (400, "sub_resource_not_supported")
UNKNOWN = (404, "unknown_relationship")
Outcome = tuple[int, str | None]

ASKS = (400, "field_required_missing")
MATCHES = (400, "invalid_matching_field")
CLOSED = (409, "record_not_writable")
ONE_OF = (400, "field_value_invalid")
NO_TARGET = (404, "target_record_not_found")
FOLLOWS = (400, "field_not_updatable")
NO_ITEM = (404, "record_not_found")
MATRIX: dict[str, tuple[Outcome, ...]] = {
    # create, read by id, query, patch, archive, _assert
    "contact": (ASKS, OK, OK, ASKS, GONE, MATCHES),
    "account": (ASKS, OK, OK, ASKS, GONE, MATCHES),
    "opportunity": (ASKS, OK, OK, ASKS, GONE, REFUSED),
    "task": (ASKS, OK, OK, ASKS, GONE, REFUSED),
    "note": (ASKS, OK, OK, ASKS, GONE, REFUSED),
    "meeting": (REFUSED, OK, OK, REFUSED, REFUSED, REFUSED),
    "activity": (ASKS, ABSENT, OK, ABSENT, ABSENT, REFUSED),
    "gadget": (ASKS, OK, OK, ASKS, GONE, REFUSED),
    "contact_account": (CLOSED, OK, OK, CLOSED, CLOSED, REFUSED),
}
CALLS = (
    ("POST", "/{type}"),
    ("GET", "/{type}/{id}"),
    ("POST", "/{type}/_query"),
    ("PATCH", "/{type}/{id}"),
    ("DELETE", "/{type}/{id}"),
    ("POST", "/{type}/_assert"),
)
CELLS = [
    (record_type, method, path, outcome)
    for record_type, outcomes in MATRIX.items()
    for (method, path), outcome in zip(CALLS, outcomes, strict=True)
]


@pytest.fixture
def client(editor: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of a workspace that may be changed."""
    return editor


async def ask(client: httpx.AsyncClient, method: str, path: str, body: object = None) -> Outcome:
    """Status and error code of a call."""
    response = await client.request(method, path, json=body)
    if response.is_success:
        return response.status_code, None
    error = response.json()["error"]
    assert set(error) == {"code", "message", "field", "details"}
    return response.status_code, error["code"]


@pytest.mark.parametrize(("record_type", "method", "path", "outcome"), CELLS)
async def test_each_cell_of_the_matrix_answers_as_the_page_says(
    client: httpx.AsyncClient,
    people: People,
    record_type: str,
    method: str,
    path: str,
    outcome: Outcome,
) -> None:
    """A supported change looks at its body; `{}` says too little for a create and a PATCH."""
    body: dict[str, object] = {"attributes": {}} if record_type == "contact_account" else {}
    if record_type == "activity" and path.endswith("_query"):
        body = {"contact_id": people.ann}
    if path.endswith("_query"):
        body.pop("attributes", None)
    filled = path.format(type=record_type, id=people.record(record_type))
    assert await ask(client, method, filled, body) == outcome


LINKS: list[tuple[str, str, Outcome, Outcome, Outcome, Outcome]] = [
    # type, name, GET, POST, PATCH one, DELETE one
    ("contact", "accounts", OK, ONE_OF, NO_TARGET, NO_TARGET),
    ("contact", "opportunities", OK, ONE_OF, NO_TARGET, NO_TARGET),
    ("contact", "tasks", OK, ONE_OF, REFUSED, NO_TARGET),
    ("contact", "notes", OK, ONE_OF, REFUSED, NO_TARGET),
    ("contact", "meetings", OK, FOLLOWS, REFUSED, FOLLOWS),
    ("account", "contacts", OK, ONE_OF, NO_TARGET, NO_TARGET),
    ("account", "opportunities", OK, FOLLOWS, REFUSED, FOLLOWS),
    ("account", "tasks", OK, ONE_OF, REFUSED, NO_TARGET),
    ("opportunity", "contacts", OK, ONE_OF, NO_TARGET, NO_TARGET),
    ("opportunity", "account", OK, FOLLOWS, REFUSED, FOLLOWS),
    ("opportunity", "notes", OK, ONE_OF, REFUSED, NO_TARGET),
    ("task", "contacts", OK, ONE_OF, REFUSED, NO_TARGET),
    ("note", "accounts", OK, ONE_OF, REFUSED, NO_TARGET),
    ("meeting", "contacts", OK, REFUSED, REFUSED, REFUSED),
    ("gadget", "contacts", OK, ONE_OF, REFUSED, NO_TARGET),
    ("contact", "gadgets", OK, ONE_OF, REFUSED, NO_TARGET),
    ("activity", "contacts", ABSENT, ABSENT, ABSENT, ABSENT),
    ("contact", "enemies", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    ("meeting", "enemies", UNKNOWN, REFUSED, REFUSED, REFUSED),
    ("contact_account", "contacts", UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
]


@pytest.mark.parametrize(("record_type", "name", "get", "post", "patch", "delete"), LINKS)
async def test_relationship_endpoints_follow_the_matrix(
    client: httpx.AsyncClient,
    people: People,
    record_type: str,
    name: str,
    get: Outcome,
    post: Outcome,
    patch: Outcome,
    delete: Outcome,
) -> None:
    """Typed names take a per-edge PATCH, generic ones do not, meetings are only read."""
    path = f"/{record_type}/{people.record(record_type)}/relationship/{name}"
    assert await ask(client, "GET", path) == get
    assert await ask(client, "POST", path, {}) == post
    assert await ask(client, "PATCH", f"{path}/{NOBODY}", {}) == patch
    assert await ask(client, "DELETE", f"{path}/{NOBODY}") == delete


ITEMS: list[tuple[str, str, Outcome, Outcome, Outcome]] = [
    # type, name, POST, PATCH one, DELETE one
    ("contact", "contact_emails", ASKS, NO_ITEM, NO_ITEM),
    ("contact", "contact_phone_numbers", ASKS, NO_ITEM, NO_ITEM),
    ("contact", "websites", UNSUPPORTED, UNSUPPORTED, UNSUPPORTED),
    ("account", "domains", ASKS, ASKS, NO_ITEM),
    ("account", "websites", ABSENT, ABSENT, ABSENT),
    ("opportunity", "participant_user_id_list", UNSUPPORTED, UNSUPPORTED, UNSUPPORTED),
    ("task", "anything", UNSUPPORTED, UNSUPPORTED, UNSUPPORTED),
    ("note", "anything", UNSUPPORTED, UNSUPPORTED, UNSUPPORTED),
    ("meeting", "anything", UNSUPPORTED, UNSUPPORTED, UNSUPPORTED),
    ("activity", "anything", ABSENT, ABSENT, ABSENT),
    ("gadget", "mails", ABSENT, ABSENT, ABSENT),
    ("contact_account", "anything", ABSENT, ABSENT, ABSENT),
]


@pytest.mark.parametrize(("record_type", "name", "post", "patch", "delete"), ITEMS)
async def test_attribute_sub_resources_follow_the_matrix(
    client: httpx.AsyncClient,
    people: People,
    record_type: str,
    name: str,
    post: Outcome,
    patch: Outcome,
    delete: Outcome,
) -> None:
    """The type-level refusal comes first, whether or not the record exists."""
    for record in (people.record(record_type), NOBODY):
        path = f"/{record_type}/{record}/attribute/{name}"
        assert await ask(client, "POST", path, {}) == post
        assert await ask(client, "PATCH", f"{path}/x", {}) == patch
        assert await ask(client, "DELETE", f"{path}/x") == delete


async def test_a_sub_resource_is_not_read_but_its_parent(
    client: httpx.AsyncClient, people: People
) -> None:
    """GET is refused with 405."""
    path = f"/contact/{people.ann}/attribute/contact_emails"
    assert await ask(client, "GET", path) == REFUSED


@pytest.mark.parametrize(
    "record_type", ["user", "nothing", "contact ", "Contact", "sqlite_master", "crm_meta"]
)
@pytest.mark.parametrize(("method", "path"), [*CALLS, ("GET", "/_schema/{type}")])
async def test_a_record_type_that_is_not_served_is_unknown(
    client: httpx.AsyncClient, record_type: str, method: str, path: str
) -> None:
    """Users are targets of references, tables are nobody's business."""
    filled = path.format(type=record_type, id=NOBODY)
    assert await ask(client, method, filled, {}) == (404, "unknown_record_type")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/contact/{id}"),
        ("GET", "/contact"),
        ("GET", "/contact/_query"),
        ("PUT", "/contact/_query"),
    ],
)
async def test_a_method_that_a_path_does_not_have_is_not_allowed(
    client: httpx.AsyncClient, people: People, method: str, path: str
) -> None:
    """With the same envelope as any other refusal."""
    assert await ask(client, method, path.format(id=people.ann)) == REFUSED


@pytest.mark.parametrize(
    "path", ["", "/", "/contact/x/y", "/contact/x/relationship", "/../x", "//", "/contact//"]
)
async def test_a_path_without_a_route_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    """Never a page of the framework, never a redirect."""
    response = await client.get(path)
    assert response.status_code in {404, 405}
    assert response.json()["error"]["code"] in {
        "not_found",
        "unknown_record_type",
        "method_not_allowed",
        "record_not_found",
    }
