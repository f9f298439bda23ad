"""Links added, changed and removed over HTTP: what both sides show, what is refused, what holds when many write at once.

Source: Public API v2, Manage Relationships; contract 3.8 and 7, nos. 33 to 37 and 47.
"""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.workspaces import NOBODY, People


@pytest.fixture
def file(copied: Path) -> Path:
    """A workspace of the test's own."""
    return copied


@pytest.fixture
def client(editor: httpx.AsyncClient) -> httpx.AsyncClient:
    """A client of it."""
    return editor


def path_of(record_type: str, record_id: str, name: str, *target: str) -> str:
    """The path of a relationship, or of one link."""
    return "/".join(("", record_type, record_id, "relationship", name, *target))


def refusal(response: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and field of an error."""
    error = response.json()["error"]
    return response.status_code, error["code"], error["field"]


async def links(
    client: httpx.AsyncClient, record_type: str, record_id: str, name: str
) -> dict[str, dict[str, Any]]:
    """Edge attributes by target, as a relationship read has them."""
    answer = (await client.get(path_of(record_type, record_id, name))).json()
    assert answer["next_cursor"] is None
    return {row["related_record_id"]: edge(row) for row in answer["items"]}


def edge(item: dict[str, Any]) -> dict[str, Any]:
    """The edge attributes of one link."""
    through = item["through"] or {"attributes": {}}
    return {name: row["value"] for name, row in through["attributes"].items()}


async def updated_at(client: httpx.AsyncClient, record_type: str, record_id: str) -> str:
    """When a record was changed last."""
    return str((await client.get(f"/{record_type}/{record_id}")).json()["data"]["updated_at"])


SIDES = [
    # parent, name, target, name on the other side, body, edge
    ("bob", "contact", "accounts", "acme", "account", "contacts",
     {"role": "CEO", "is_primary": True}, {"role": "CEO", "is_primary": True}),
    ("globex", "account", "contacts", "bob", "contact", "accounts",
     {"role": "CEO", "is_primary": True}, {"role": "CEO", "is_primary": True}),
    ("bob", "contact", "accounts", "acme", "account", "contacts", {}, {"role": None, "is_primary": False}),
    ("bob", "contact", "accounts", "acme", "account", "contacts",
     {"role": None, "is_primary": None}, {"role": None, "is_primary": False}),
    ("bob", "contact", "opportunities", "deal", "opportunity", "contacts", {"is_primary": True}, {"is_primary": True}),
    ("deal", "opportunity", "contacts", "bob", "contact", "opportunities", {"is_primary": True}, {"is_primary": True}),
    ("task", "task", "contacts", "bob", "contact", "tasks", {}, {}),
    ("bob", "contact", "tasks", "task", "task", "contacts", {}, {}),
    ("note", "note", "accounts", "acme", "account", "notes", {}, {}),
    ("deal", "opportunity", "notes", "note", "note", "opportunities", {}, {}),
    ("gadget", "gadget", "contacts", "bob", "contact", "gadgets", {}, {}),
    ("bob", "contact", "gadgets", "gadget", "gadget", "contacts", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("near", "near_type", "name", "far", "far_type", "mirror", "body", "wanted"), SIDES
)
async def test_a_link_is_seen_from_both_sides_from_its_adding_to_its_removal(
    client: httpx.AsyncClient,
    people: People,
    near: str,
    near_type: str,
    name: str,
    far: str,
    far_type: str,
    mirror: str,
    body: dict[str, Any],
    wanted: dict[str, Any],
) -> None:
    """201 with the one edge, 200 for the same again, 204; then it can be added anew."""
    here, there = getattr(people, near), getattr(people, far)
    path = path_of(near_type, here, name)
    asked = {"related_record_id": there, **body}
    added = await client.post(path, json=asked)
    assert added.status_code == 201
    answer = added.json()
    assert set(answer) == {"parent", "api_name", "item"}
    assert answer["parent"] == {"id": here, "record_type": near_type}
    assert answer["api_name"] == name
    item = answer["item"]
    assert (item["related_record_id"], item["related_record_type"]) == (there, far_type)
    assert edge(item) == wanted
    assert (await links(client, near_type, here, name))[there] == wanted
    assert (await links(client, far_type, there, mirror))[here] == wanted
    again = await client.post(path, json=asked)
    assert (again.status_code, again.json()) == (200, answer)
    removed = await client.delete(path_of(far_type, there, mirror, here))
    assert (removed.status_code, removed.content) == (204, b"")
    assert there not in await links(client, near_type, here, name)
    assert here not in await links(client, far_type, there, mirror)
    gone = await client.delete(path_of(near_type, here, name, there))
    assert refusal(gone) == (404, "target_record_not_found", None)
    assert (await client.post(path, json=asked)).status_code == 201


async def test_an_edge_shows_its_junction_record(client: httpx.AsyncClient, people: People) -> None:
    """Values in envelopes; the junction's record can be read."""
    path = path_of("contact", people.bob, "accounts")
    body = {"related_record_id": people.acme, "role": {"value_type": "string", "value": "CEO"}}
    through = (await client.post(path, json=body)).json()["item"]["through"]
    assert through["record_type"] == "contact_account"
    assert through["attributes"] == {
        "role": {"value_type": "string", "value": "CEO"},
        "is_primary": {"value_type": "boolean", "value": False},
    }
    record = (await client.get(f"/contact_account/{through['id']}")).json()["data"]
    assert record["attributes"]["contact_id"]["value"]["related_record_id"] == people.bob


@pytest.mark.parametrize(
    ("record", "record_type", "name", "match", "found"),
    [
        ("bob", "contact", "accounts", {"domain_name": "acme.example"}, "acme"),
        ("bob", "contact", "accounts", {"domain_name": "ACME.example"}, "acme"),
        ("globex", "account", "contacts", {"primary_email": "ann@example.com"}, "ann"),
        ("globex", "account", "contacts", {"contact_emails": "ann@home.test"}, "ann"),
        ("note", "note", "opportunities", {"id": "DEAL"}, "deal"),
    ],
)
async def test_a_target_is_found_by_a_unique_value(
    client: httpx.AsyncClient,
    people: People,
    record: str,
    record_type: str,
    name: str,
    match: dict[str, Any],
    found: str,
) -> None:
    """The one record that has it."""
    match = {key: people.deal if value == "DEAL" else value for key, value in match.items()}
    path = path_of(record_type, getattr(people, record), name)
    response = await client.post(path, json={"related_record_match": match})
    assert response.json()["item"]["related_record_id"] == getattr(people, found)


async def test_a_value_that_two_records_have_is_ambiguous(
    file: Path, client: httpx.AsyncClient, people: People
) -> None:
    """409, as in a file that holds a value twice."""
    connection = sqlite3.connect(file)
    with connection:
        connection.execute(
            "INSERT INTO account__domains VALUES (?, 0, 'acme.example', 1, 'ACTIVE')",
            (people.globex,),
        )
    connection.close()
    body = {"related_record_match": {"domain_name": "acme.example"}}
    response = await client.post(path_of("contact", people.bob, "accounts"), json=body)
    assert refusal(response)[:2] == (409, "ambiguous_match")


BAD_BODIES: list[tuple[dict[str, Any], tuple[int, str, str | None]]] = [
    ({}, (400, "field_value_invalid", "related_record_id")),
    ({"related_record_id": None}, (400, "field_value_invalid", "related_record_id")),
    ({"related_record_id": "ACME", "related_record_match": {"domain_name": "acme.example"}},
     (400, "field_value_invalid", "related_record_id")),
    ({"related_record_id": "x"}, (400, "field_value_invalid", "related_record_id")),
    ({"related_record_id": 7}, (400, "field_value_invalid", "related_record_id")),
    ({"related_record_id": NOBODY}, (404, "target_record_not_found", "related_record_id")),
    ({"related_record_match": {"domain_name": "no.example"}}, (404, "target_record_not_found", "related_record_match")),
    ({"related_record_match": {"display_name": "Acme"}}, (400, "invalid_matching_field", "display_name")),
    ({"related_record_match": {"nothing": "Acme"}}, (400, "invalid_matching_field", "nothing")),
    ({"related_record_match": {}}, (400, "invalid_matching_field", "related_record_match")),
    ({"related_record_match": "acme.example"}, (400, "invalid_matching_field", "related_record_match")),
    ({"related_record_match": {"domain_name": "acme.example", "id": "ACME"}},
     (400, "invalid_matching_field", "related_record_match")),
    ({"related_record_id": "ACME", "role_name": "CTO"}, (400, "unknown_field", "role_name")),
    ({"related_record_id": "ACME", "through": {}}, (400, "unknown_field", "through")),
    ({"related_record_id": "ACME", "role": 7}, (400, "field_value_invalid", "role")),
    ({"related_record_id": "ACME", "is_primary": "yes"}, (400, "field_value_invalid", "is_primary")),
]  # fmt: skip


@pytest.mark.parametrize(("body", "wanted"), BAD_BODIES, ids=range(len(BAD_BODIES)))
async def test_a_body_that_names_no_link_is_refused(
    client: httpx.AsyncClient,
    people: People,
    body: dict[str, Any],
    wanted: tuple[int, str, str | None],
) -> None:
    """With the code that tells what to do; nothing is added."""
    asked = {key: people.acme if value == "ACME" else value for key, value in body.items()}
    response = await client.post(path_of("contact", people.bob, "accounts"), json=asked)
    assert refusal(response) == wanted
    assert await links(client, "contact", people.bob, "accounts") == {}


@pytest.mark.parametrize(
    ("record_type", "record", "name", "target", "key"),
    [
        ("contact", "bob", "opportunities", "deal", "role"),
        ("opportunity", "deal", "contacts", "bob", "role"),
        ("task", "task", "accounts", "acme", "is_primary"),
        ("contact", "bob", "tasks", "task", "role"),
    ],
)
async def test_a_link_carries_only_its_own_edge_attributes(
    client: httpx.AsyncClient, people: People, record_type: str, record: str, name: str, target: str, key: str
) -> None:  # fmt: skip
    """A role belongs to accounts; generic links carry nothing."""
    body = {"related_record_id": getattr(people, target), key: None}
    path = path_of(record_type, getattr(people, record), name)
    assert refusal(await client.post(path, json=body)) == (400, "unknown_field", key)


async def test_archived_records_are_no_ends_of_links(
    client: httpx.AsyncClient, people: People
) -> None:
    """Neither as parent nor as target; a link that leads to one is not seen."""
    body = {"related_record_id": people.gone}
    path = path_of("account", people.globex, "contacts")
    assert refusal(await client.post(path, json=body))[:2] == (404, "target_record_not_found")
    for parent in (people.gone, NOBODY, "x"):
        path = path_of("contact", parent, "accounts")
        one = f"{path}/{people.acme}"
        for response in (
            await client.post(path, json={"related_record_id": people.acme}),
            await client.patch(one, json={}),
            await client.delete(one),
        ):
            assert refusal(response)[:2] == (404, "record_not_found")
    response = await client.delete(path_of("account", people.acme, "contacts", people.gone))
    assert refusal(response)[:2] == (404, "target_record_not_found")


async def test_an_archived_junction_row_does_not_keep_the_pair(
    file: Path, client: httpx.AsyncClient, people: People
) -> None:
    """The new link takes its place."""
    connection = sqlite3.connect(file)
    with connection:
        connection.execute("UPDATE contact_account SET archived_at = created_at")
    connection.close()
    path = path_of("contact", people.ann, "accounts")
    assert await links(client, "contact", people.ann, "accounts") == {}
    gone = await client.delete(f"{path}/{people.acme}")
    assert refusal(gone)[:2] == (404, "target_record_not_found")
    response = await client.post(path, json={"related_record_id": people.acme})
    assert response.status_code == 201
    assert edge(response.json()["item"]) == {"role": None, "is_primary": False}


@pytest.mark.parametrize(
    ("record_type", "record", "name", "target"),
    [
        ("account", "acme", "opportunities", "deal"),
        ("opportunity", "deal", "account", "acme"),
        ("contact", "ann", "meetings", "meeting"),
    ],
)
async def test_what_follows_a_reference_or_is_read_only_is_not_changed_link_by_link(
    client: httpx.AsyncClient, people: People, record_type: str, record: str, name: str, target: str
) -> None:
    """As the schema says; whether or not the record exists."""
    wanted = (400, "field_not_updatable", name)
    body = {"related_record_id": getattr(people, target)}
    for parent in (getattr(people, record), NOBODY):
        path = path_of(record_type, parent, name)
        assert refusal(await client.post(path, json=body)) == wanted
        assert refusal(await client.delete(f"{path}/{body['related_record_id']}")) == wanted
    relationships = (await client.get(f"/_schema/{record_type}")).json()["relationships"]
    assert [row["is_creatable"] for row in relationships if row["api_name"] == name] == [False]


@pytest.mark.parametrize(
    ("record_type", "record", "name", "target", "change", "wanted"),
    [
        ("contact", "ann", "accounts", "acme", {"role": "CEO"}, {"role": "CEO", "is_primary": True}),
        ("contact", "ann", "accounts", "acme", {"role": None}, {"role": None, "is_primary": True}),
        ("contact", "ann", "accounts", "acme", {}, {"role": "CTO", "is_primary": True}),
        ("account", "acme", "contacts", "ann", {"is_primary": False}, {"role": "CTO", "is_primary": False}),
        ("account", "acme", "contacts", "ann", {"is_primary": None}, {"role": "CTO", "is_primary": False}),
        ("contact", "ann", "opportunities", "deal", {"is_primary": True}, {"is_primary": True}),
        ("opportunity", "deal", "contacts", "ann", {"is_primary": True}, {"is_primary": True}),
    ],
)  # fmt: skip
async def test_a_typed_link_takes_changes_of_its_edge(
    client: httpx.AsyncClient,
    people: People,
    record_type: str,
    record: str,
    name: str,
    target: str,
    change: dict[str, Any],
    wanted: dict[str, Any],
) -> None:
    """What is absent stays; the answer is the edge."""
    here, there = getattr(people, record), getattr(people, target)
    response = await client.patch(path_of(record_type, here, name, there), json=change)
    assert response.status_code == 200
    assert set(response.json()) == {"parent", "api_name", "item"}
    assert edge(response.json()["item"]) == wanted
    assert (await links(client, record_type, here, name))[there] == wanted


async def test_a_change_of_an_edge_is_checked(client: httpx.AsyncClient, people: People) -> None:
    """Unknown keys, bad values and links that are not there."""
    path = path_of("contact", people.ann, "accounts", people.acme)
    for body, wanted in (
        ({"related_record_id": people.acme}, (400, "unknown_field", "related_record_id")),
        ({"through": {"role_name": "champion"}}, (400, "unknown_field", "through")),
        ({"is_primary": 1}, (400, "field_value_invalid", "is_primary")),
        ({"role": ["x"]}, (400, "field_value_invalid", "role")),
    ):
        assert refusal(await client.patch(path, json=body)) == wanted
    for target in (NOBODY, people.deal, "x"):
        path = path_of("contact", people.ann, "accounts", target)
        response = await client.patch(path, json={"role": "x"})
        assert refusal(response)[:2] == (404, "target_record_not_found")
    assert (await links(client, "contact", people.ann, "accounts"))[people.acme]["role"] == "CTO"


async def test_a_duplicate_takes_the_attributes_it_names(
    client: httpx.AsyncClient, people: People
) -> None:
    """200; what it does not name stays."""
    path = path_of("contact", people.ann, "accounts")
    response = await client.post(path, json={"related_record_id": people.acme, "role": "CEO"})
    assert response.status_code == 200
    assert edge(response.json()["item"]) == {"role": "CEO", "is_primary": True}


async def test_a_contact_has_one_primary_link(client: httpx.AsyncClient, people: People) -> None:
    """Setting one unsets the others, whichever side and call sets it; other contacts keep theirs."""
    bobs = path_of("contact", people.bob, "accounts")
    body = {"related_record_id": people.acme, "is_primary": True}
    assert (await client.post(bobs, json=body)).status_code == 201

    async def primary() -> tuple[set[str], set[str]]:
        found = [
            await links(client, "contact", who, "accounts") for who in (people.ann, people.bob)
        ]
        ann, bob = ({key for key, row in rows.items() if row["is_primary"]} for rows in found)
        return ann, bob

    assert await primary() == ({people.acme}, {people.acme})
    change = {"is_primary": True}
    await client.patch(path_of("contact", people.ann, "accounts", people.globex), json=change)
    assert await primary() == ({people.globex}, {people.acme})
    await client.patch(path_of("account", people.acme, "contacts", people.ann), json=change)
    assert await primary() == ({people.acme}, {people.acme})
    body["related_record_id"] = people.bob
    await client.post(path_of("account", people.globex, "contacts"), json=body)
    assert await primary() == ({people.acme}, {people.globex})
    await client.delete(path_of("contact", people.bob, "accounts", people.globex))
    assert await primary() == ({people.acme}, set())


async def test_links_leave_the_records_as_they_are(
    client: httpx.AsyncClient, people: People
) -> None:
    """`updated_at` of both stays; that of the junction's record moves when an attribute of the edge changes."""

    async def moments() -> tuple[str, str]:
        return (
            await updated_at(client, "contact", people.ann),
            await updated_at(client, "account", people.acme),
        )

    before, edge_before = await moments(), await updated_at(client, "contact_account", people.edge)
    path = path_of("contact", people.ann, "accounts", people.acme)
    await client.patch(path, json={"role": "CTO"})
    assert await updated_at(client, "contact_account", people.edge) == edge_before
    await client.patch(path, json={"role": "CEO"})
    assert await updated_at(client, "contact_account", people.edge) > edge_before
    await client.delete(path)
    parent = path_of("account", people.acme, "contacts")
    await client.post(parent, json={"related_record_id": people.ann})
    assert await moments() == before
    assert (await client.get(f"/contact_account/{people.edge}")).status_code == 404


async def test_who_loses_the_primary_link_has_changed(
    client: httpx.AsyncClient, people: People
) -> None:
    """So that a query by `updated_at` finds that junction record too."""
    before = await updated_at(client, "contact_account", people.edge)
    path = path_of("contact", people.ann, "accounts", people.globex)
    await client.patch(path, json={"is_primary": True})
    assert await updated_at(client, "contact_account", people.edge) > before


def count(file: Path, question: str, *values: str) -> int:
    """A number from the file."""
    connection = sqlite3.connect(file)
    ((found,),) = connection.execute(question, values).fetchall()
    connection.close()
    return int(found)


async def test_twenty_adds_of_one_link_make_one_row(
    file: Path, client: httpx.AsyncClient, people: People
) -> None:
    """One is new, the others find it; over a junction and over a plain relationship, from both sides."""
    for sides, table in (
        ((("contact", people.bob, "accounts"), ("account", people.acme, "contacts")), "contact_account"),
        ((("contact", people.bob, "tasks"), ("task", people.task, "contacts")), "task__contacts"),
    ):  # fmt: skip
        (_, here, _), (_, there, _) = sides
        calls = [
            client.post(path_of(*side), json={"related_record_id": other})
            for side, other in zip(sides * 10, (there, here) * 10, strict=True)
        ]
        statuses = [response.status_code for response in await asyncio.gather(*calls)]
        assert sorted(statuses) == [200] * 19 + [201]
        question = f"SELECT count(*) FROM {table} WHERE contact_id = ?"
        assert count(file, question, people.bob) == 1


async def test_primaries_set_at_once_leave_exactly_one(
    file: Path, client: httpx.AsyncClient, people: People
) -> None:
    """Whoever comes last; and the database itself refuses a second one."""
    calls = [
        client.patch(path_of("contact", people.ann, "accounts", account), json={"is_primary": True})
        if number % 3
        else client.post(
            path_of("account", account, "contacts"),
            json={"related_record_id": people.ann, "is_primary": True},
        )
        for number, account in enumerate([people.acme, people.globex] * 10)
    ]
    assert {response.status_code for response in await asyncio.gather(*calls)} == {200}
    question = "SELECT count(*) FROM contact_account WHERE contact_id = ? AND is_primary = 1"
    assert count(file, question, people.ann) == 1
    connection = sqlite3.connect(file)
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE contact_account SET is_primary = 1")
    connection.close()


async def test_a_file_with_two_primary_links_is_served_and_mended_where_it_is_touched(
    file: Path, client: httpx.AsyncClient, people: People
) -> None:
    """It was not made by us; nothing of it is changed unasked."""
    connection = sqlite3.connect(file)
    with connection:
        connection.execute('DROP INDEX "contact_account__one_primary"')
        connection.execute("DELETE FROM crm_meta WHERE key LIKE 'one_primary:%'")
        connection.execute("UPDATE contact_account SET is_primary = 1")
    connection.close()
    question = "SELECT count(*) FROM contact_account WHERE contact_id = ? AND is_primary = 1"
    body = {"related_record_id": people.acme}
    assert (await client.post(path_of("contact", people.bob, "accounts"), json=body)).is_success
    assert count(file, question, people.ann) == 2
    path = path_of("contact", people.ann, "accounts", people.acme)
    await client.patch(path, json={"is_primary": False})
    await client.patch(path, json={"is_primary": True})
    assert count(file, question, people.ann) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from(["domain_name", "acme.example", NOBODY]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["domain_name", "id", "value"]) | st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
KEYS = ["related_record_id", "related_record_match", "role", "is_primary"]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
async def test_no_body_breaks_the_server(
    client: httpx.AsyncClient, people: People, body: Any
) -> None:
    """Good or refused, never a fault."""
    for method, path in (
        ("POST", path_of("contact", people.bob, "accounts")),
        ("PATCH", path_of("contact", people.ann, "accounts", people.acme)),
        ("POST", path_of("task", people.task, "accounts")),
    ):
        response = await client.request(method, path, json=body)
        assert response.status_code < 500, response.text


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"role": NaN}', b"[" * 100_000])
async def test_a_body_that_is_no_object_is_refused(
    client: httpx.AsyncClient, people: People, body: bytes
) -> None:
    """400, before anything is looked up."""
    headers = {"Content-Type": "application/json"}
    path = path_of("contact", people.ann, "accounts")
    for response in (
        await client.post(path, content=body, headers=headers),
        await client.patch(f"{path}/{people.acme}", content=body, headers=headers),
    ):
        assert refusal(response)[:2] == (400, "invalid_json")


@pytest.mark.parametrize("target", ["%00", "..%2f..%2fetc", "%ff", "'%20OR%201=1", "x" * 5_000])
async def test_a_hostile_target_is_not_found(
    client: httpx.AsyncClient, people: People, target: str
) -> None:
    """Never a fault, never another link."""
    path = path_of("contact", people.ann, "accounts")
    for method in ("PATCH", "DELETE"):
        response = await client.request(method, f"{path}/{target}", json={})
        assert response.status_code == 404
    assert len(await links(client, "contact", people.ann, "accounts")) == 2
