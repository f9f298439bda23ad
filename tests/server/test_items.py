"""Single items of list-like attributes over HTTP: e-mail addresses and phone numbers of contacts, domains of accounts.

Source: Public API v2, Manage Contact and Account Subresources; contract 3.9 and 7, nos. 27, 38 to 41 and 59.
"""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote

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


def refusal(response: httpx.Response) -> tuple[int, str, str | None]:
    """Status, code and field of an error."""
    error = response.json()["error"]
    return response.status_code, error["code"], error["field"]


async def record(client: httpx.AsyncClient, record_type: str, record_id: str) -> dict[str, Any]:
    """A record's attributes without their envelopes, and when it was changed last."""
    data = (await client.get(f"/{record_type}/{record_id}")).json()["data"]
    plain = {
        name: [item["value"] for item in row] if isinstance(row, list) else row["value"]
        for name, row in data["attributes"].items()
    }
    return {**plain, "updated_at": data["updated_at"]}


KINDS = [
    ("contact_emails", "email", "primary_email", ["b1@x.test", "b2@x.test", "b3@x.test"]),
    ("contact_phone_numbers", "phone_number", "primary_phone_number", ["+15550201", "+15550202", "+15550203"]),
]  # fmt: skip
KIND = pytest.mark.parametrize(("name", "key", "repeated", "texts"), KINDS)


async def add_three(
    client: httpx.AsyncClient, contact: str, name: str, key: str, texts: list[str]
) -> list[str]:
    """Three items, the first one primary; their ids."""
    path = f"/contact/{contact}/attribute/{name}"
    ids = []
    for number, text in enumerate(texts):
        body = {key: text, "is_primary": number == 0, "labels": ["WORK"]}
        ids.append(str((await client.post(path, json=body)).json()["data"]["id"]))
    return ids


@KIND
async def test_an_item_is_added_with_an_id_of_its_own(
    client: httpx.AsyncClient, people: People, name: str, key: str, repeated: str, texts: list[str]
) -> None:
    """201 with id and envelope; the parent shows it, and has changed."""
    before = await record(client, "contact", people.bob)
    path = f"/contact/{people.bob}/attribute/{name}"
    body = {key: texts[0], "is_primary": True, "labels": ["WORK", "MOBILE"]}
    response = await client.post(path, json=body)
    assert response.status_code == 201
    data = response.json()["data"]
    assert data == {"id": data["id"], "envelope": {"id": data["id"], **body}}
    after = await record(client, "contact", people.bob)
    assert after[name] == [data["envelope"]]
    assert after[repeated] == texts[0]
    assert after["updated_at"] > before["updated_at"]
    second = await client.post(path, json={key: texts[1], "is_primary": False})
    assert second.json()["data"]["envelope"]["labels"] == []
    assert len((await record(client, "contact", people.bob))[name]) == 2


@KIND
async def test_promoting_an_item_demotes_the_old_one(
    client: httpx.AsyncClient, people: People, name: str, key: str, repeated: str, texts: list[str]
) -> None:
    """By a change or by adding a primary one; what repeats the primary item follows."""
    ids = await add_three(client, people.bob, name, key, texts)
    path = f"/contact/{people.bob}/attribute/{name}"
    response = await client.patch(f"{path}/{ids[2]}", json={"is_primary": True})
    assert response.status_code == 200
    assert response.json()["data"]["envelope"] == {
        "id": ids[2],
        key: texts[2],
        "is_primary": True,
        "labels": ["WORK"],
    }

    async def shown() -> tuple[list[bool], str | None]:
        found = await record(client, "contact", people.bob)
        return [row["is_primary"] for row in found[name]], found[repeated]

    assert await shown() == ([False, False, True], texts[2])
    fourth = "b4@x.test" if key == "email" else "+15550204"
    await client.post(path, json={key: fourth, "is_primary": True})
    assert await shown() == ([False, False, False, True], fourth)


@KIND
async def test_no_item_need_be_primary(
    client: httpx.AsyncClient, people: People, name: str, key: str, repeated: str, texts: list[str]
) -> None:
    """Un-setting is allowed; then removing another promotes nobody."""
    ids = await add_three(client, people.bob, name, key, texts)
    path = f"/contact/{people.bob}/attribute/{name}"
    assert (await client.patch(f"{path}/{ids[0]}", json={"is_primary": False})).is_success
    assert (await record(client, "contact", people.bob))[repeated] is None
    assert (await client.delete(f"{path}/{ids[2]}")).status_code == 204
    found = await record(client, "contact", people.bob)
    assert [row["is_primary"] for row in found[name]] == [False, False]


@KIND
async def test_removing_the_primary_item_promotes_the_oldest(
    client: httpx.AsyncClient, people: People, name: str, key: str, repeated: str, texts: list[str]
) -> None:
    """204 without a body; down to the last one."""
    ids = await add_three(client, people.bob, name, key, texts)
    path = f"/contact/{people.bob}/attribute/{name}"
    for gone, left in ((ids[0], texts[1]), (ids[1], texts[2]), (ids[2], None)):
        response = await client.delete(f"{path}/{gone}")
        assert (response.status_code, response.content) == (204, b"")
        found = await record(client, "contact", people.bob)
        assert found[repeated] == left
        assert sum(row["is_primary"] for row in found[name]) == (left is not None)
        again = await client.delete(f"{path}/{gone}")
        assert refusal(again) == (404, "record_not_found", name)


@KIND
async def test_a_change_takes_any_subset(
    client: httpx.AsyncClient, people: People, name: str, key: str, repeated: str, texts: list[str]
) -> None:
    """What is absent stays; a change that changes nothing leaves the record alone."""
    first, *_ = await add_three(client, people.bob, name, key, texts)
    path = f"/contact/{people.bob}/attribute/{name}/{first}"
    new = "new@x.test" if key == "email" else "+15550299"
    shown = {"id": first, key: texts[0], "is_primary": True, "labels": ["WORK"]}
    changes: list[dict[str, Any]] = [
        {"labels": ["PERSONAL"]},
        {key: new},
        {"labels": []},
        {"labels": None},
        {},
    ]
    for change in changes:
        shown |= {"labels": []} if change == {"labels": None} else change
        response = await client.patch(path, json=change)
        assert (response.status_code, response.json()["data"]["envelope"]) == (200, shown)
    before = await record(client, "contact", people.bob)
    assert before[repeated] == new
    await client.patch(path, json={key: new, "is_primary": True})
    assert await record(client, "contact", people.bob) == before


BAD_ITEMS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "field_required_missing", "email"),
    ({"is_primary": True}, "field_required_missing", "email"),
    ({"email": "b@x.test"}, "field_required_missing", "is_primary"),
    ({"email": None, "is_primary": True}, "field_value_invalid", "email"),
    ({"email": "nothing", "is_primary": True}, "field_value_invalid", "email"),
    ({"email": 7, "is_primary": True}, "field_value_invalid", "email"),
    ({"email": "b@x.test", "is_primary": None}, "field_value_invalid", "is_primary"),
    ({"email": "b@x.test", "is_primary": 1}, "field_value_invalid", "is_primary"),
    ({"email": "b@x.test", "is_primary": True, "labels": "WORK"}, "field_value_invalid", "labels"),
    ({"email": "b@x.test", "is_primary": True, "labels": ["HOME"]}, "field_value_invalid", "labels"),
    ({"email": "b@x.test", "is_primary": True, "labels": ["WORK", "work"]}, "field_value_invalid", "labels"),
    ({"email": "b@x.test", "is_primary": True, "labels": [{}]}, "field_value_invalid", "labels"),
    ({"email": "b@x.test", "is_primary": True, "id": NOBODY}, "unknown_field", "id"),
    ({"email": "b@x.test", "is_primary": True, "phone_number": "+1555"}, "unknown_field", "phone_number"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "code", "field"), BAD_ITEMS, ids=range(len(BAD_ITEMS)))
async def test_an_item_that_does_not_fit_is_refused(
    client: httpx.AsyncClient, people: People, body: dict[str, Any], code: str, field: str
) -> None:
    """On adding and on changing; nothing has changed then."""
    before = await record(client, "contact", people.ann)
    path = f"/contact/{people.ann}/attribute/contact_emails"
    assert refusal(await client.post(path, json=body)) == (400, code, field)
    if code != "field_required_missing":
        assert refusal(await client.patch(f"{path}/{NOBODY}", json=body)) == (400, code, field)
    assert await record(client, "contact", people.ann) == before


@pytest.mark.parametrize("phone", ["", "call me", "+1", 15550100, None])
async def test_a_phone_number_is_one(
    client: httpx.AsyncClient, people: People, phone: object
) -> None:
    """400 that names the key."""
    path = f"/contact/{people.bob}/attribute/contact_phone_numbers"
    response = await client.post(path, json={"phone_number": phone, "is_primary": True})
    assert refusal(response) == (400, "field_value_invalid", "phone_number")


@pytest.mark.parametrize("email", ["ann@home.test", "ANN@HOME.TEST", "ann@EXAMPLE.com"])
async def test_an_email_address_is_held_once(
    client: httpx.AsyncClient, people: People, email: str
) -> None:
    """409 that names the key, for another contact and for the same; whatever its case."""
    wanted = (409, "field_value_invalid", "email")
    body = {"email": email, "is_primary": False}
    for contact in (people.ann, people.bob):
        path = f"/contact/{contact}/attribute/contact_emails"
        assert refusal(await client.post(path, json=body)) == wanted
    path = f"/contact/{people.bob}/attribute/contact_emails"
    other = await client.post(path, json={"email": "bob@x.test", "is_primary": True})
    item = f"{path}/{other.json()['data']['id']}"
    assert refusal(await client.patch(item, json={"email": email})) == wanted
    assert (await client.patch(item, json={"email": "BOB@x.test"})).is_success
    assert (await record(client, "contact", people.bob))["primary_email"] == "BOB@x.test"


async def test_an_address_that_was_let_go_is_free(
    client: httpx.AsyncClient, people: People
) -> None:
    """After a removal and after a change."""
    path = f"/contact/{people.bob}/attribute/contact_emails"
    body = {"email": "b@x.test", "is_primary": True}
    first = (await client.post(path, json=body)).json()["data"]["id"]
    await client.patch(f"{path}/{first}", json={"email": "b2@x.test"})
    ann = f"/contact/{people.ann}/attribute/contact_emails"
    assert (await client.post(ann, json=body)).status_code == 201
    await client.delete(f"{path}/{first}")
    assert (await client.post(ann, json=body | {"email": "b2@x.test"})).status_code == 201


async def test_an_item_belongs_to_its_record(client: httpx.AsyncClient, people: People) -> None:
    """An id of another contact's item, of none, or no id at all: 404; and so with no such record."""
    path = f"/contact/{people.bob}/attribute/contact_emails"
    item = await client.post(path, json={"email": "b@x.test", "is_primary": True})
    item_id = item.json()["data"]["id"]
    for contact, key, field in (
        (people.ann, item_id, "contact_emails"),
        (people.bob, NOBODY, "contact_emails"),
        (people.bob, "x", "contact_emails"),
        (people.gone, item_id, None),
        (NOBODY, item_id, None),
        ("x", item_id, None),
    ):
        other = f"/contact/{contact}/attribute/contact_emails"
        wanted = (404, "record_not_found", field)
        assert refusal(await client.patch(f"{other}/{key}", json={"labels": []})) == wanted
        assert refusal(await client.delete(f"{other}/{key}")) == wanted
    assert (await client.patch(f"{path}/{item_id.upper()}", json={"labels": []})).is_success
    missing = f"/contact/{NOBODY}/attribute/contact_emails"
    response = await client.post(missing, json={"email": "c@x.test", "is_primary": True})
    assert refusal(response) == (404, "record_not_found", None)


async def test_a_change_can_depend_on_what_was_read(
    client: httpx.AsyncClient, people: People
) -> None:
    """412 for a record that has changed since, for its items are attributes of it."""
    path = f"/contact/{people.bob}/attribute/contact_emails"
    tag = (await client.get(f"/contact/{people.bob}")).headers["etag"]
    headers = {"If-Match": tag}
    first = await client.post(path, json={"email": "b@x.test", "is_primary": True}, headers=headers)
    assert first.status_code == 201
    late = await client.post(path, json={"email": "c@x.test", "is_primary": True}, headers=headers)
    assert refusal(late)[:2] == (412, "precondition_failed")


DOMAINS = "/account/{}/attribute/domains"


async def test_domains_are_kept_by_name(client: httpx.AsyncClient, people: People) -> None:
    """The first one is primary by itself; promoting demotes; the bare item is answered; the account has changed."""
    before = await record(client, "account", people.globex)
    path = DOMAINS.format(people.globex)
    for name, is_primary in (("One.example", True), ("two.example", False)):
        response = await client.post(path, json={"domain_name": name})
        assert response.status_code == 201
        assert response.json() == {
            "data": {"domain_name": name.lower(), "is_primary": is_primary, "status": "ACTIVE"}
        }
    response = await client.patch(f"{path}/TWO.example", json={"is_primary": True})
    assert response.status_code == 200
    assert response.json()["data"]["is_primary"] is True
    after = await record(client, "account", people.globex)
    assert [(row["domain_name"], row["is_primary"]) for row in after["domains"]] == [
        ("one.example", False),
        ("two.example", True),
    ]
    assert after["updated_at"] > before["updated_at"]
    response = await client.delete(f"{path}/two.example")
    assert (response.status_code, response.content) == (204, b"")
    (left,) = (await record(client, "account", people.globex))["domains"]
    assert left == {"domain_name": "one.example", "is_primary": True, "status": "ACTIVE"}
    unset = await client.patch(f"{path}/one.example", json={"is_primary": False})
    assert unset.json()["data"]["is_primary"] is False
    second = await client.post(path, json={"domain_name": "three.example"})
    assert second.json()["data"]["is_primary"] is False
    gone = await client.delete(f"{path}/two.example")
    assert refusal(gone) == (404, "record_not_found", "domains")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field_required_missing", "domain_name"),
        ({"domain_name": None}, "field_value_invalid", "domain_name"),
        ({"domain_name": "nothing"}, "field_value_invalid", "domain_name"),
        ({"domain_name": "a b.example"}, "field_value_invalid", "domain_name"),
        ({"domain_name": "https://a.example"}, "field_value_invalid", "domain_name"),
        ({"domain_name": "a.example", "is_primary": True}, "unknown_field", "is_primary"),
        ({"domain_name": "a.example", "status": "ACTIVE"}, "unknown_field", "status"),
    ],
)
async def test_a_domain_is_added_by_its_name_alone(
    client: httpx.AsyncClient, people: People, body: dict[str, Any], code: str, field: str
) -> None:
    """400 that names the key."""
    response = await client.post(DOMAINS.format(people.acme), json=body)
    assert refusal(response) == (400, code, field)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field_required_missing", "is_primary"),
        ({"is_primary": None}, "field_value_invalid", "is_primary"),
        ({"is_primary": "true"}, "field_value_invalid", "is_primary"),
        ({"is_primary": True, "domain_name": "b.example"}, "unknown_field", "domain_name"),
    ],
)
async def test_a_domain_changes_in_nothing_but_whether_it_is_primary(
    client: httpx.AsyncClient, people: People, body: dict[str, Any], code: str, field: str
) -> None:
    """400 that names the key."""
    path = f"{DOMAINS.format(people.acme)}/acme.example"
    assert refusal(await client.patch(path, json=body)) == (400, code, field)


@pytest.mark.parametrize("name", ["acme.example", "ACME.Example"])
async def test_a_domain_belongs_to_one_account(
    client: httpx.AsyncClient, people: People, name: str
) -> None:
    """409 that names the key, for another account and for the same; freed, it can be taken."""
    for account in (people.acme, people.globex):
        response = await client.post(DOMAINS.format(account), json={"domain_name": name})
        assert refusal(response) == (409, "field_value_invalid", "domain_name")
    assert (await client.delete(f"{DOMAINS.format(people.acme)}/{name}")).status_code == 204
    response = await client.post(DOMAINS.format(people.globex), json={"domain_name": name})
    assert response.status_code == 201


@pytest.mark.parametrize("name", ["münchen.example", "mu\u0308nchen.example", "MÜNCHEN.example"])
async def test_a_domain_may_have_letters_of_any_script(
    client: httpx.AsyncClient, people: People, name: str
) -> None:
    """However its letters are composed, and whatever their case, it is one domain."""
    path = DOMAINS.format(people.globex)
    added = await client.post(path, json={"domain_name": name})
    assert added.json()["data"]["domain_name"] == "münchen.example"
    taken = await client.post(
        DOMAINS.format(people.acme), json={"domain_name": "Mu\u0308nchen.EXAMPLE"}
    )
    assert refusal(taken)[:2] == (409, "field_value_invalid")
    item = f"{path}/{quote(name)}"
    assert (await client.patch(item, json={"is_primary": False})).status_code == 200
    assert (await client.delete(item)).status_code == 204


@pytest.mark.parametrize("name", ["no.example", "x", "%00", "%ff", "..%2f..", "a" * 5_000, "%F0%9F%98%80"])  # fmt: skip
async def test_a_name_that_is_no_domain_of_the_account_is_not_found(
    client: httpx.AsyncClient, people: People, name: str
) -> None:
    """Never a fault."""
    path = f"{DOMAINS.format(people.acme)}/{name}"
    assert (await client.patch(path, json={"is_primary": True})).status_code == 404
    assert (await client.delete(path)).status_code == 404


async def test_items_added_at_once_have_one_primary(
    file: Path, client: httpx.AsyncClient, people: People
) -> None:
    """And all of them are there, each once."""
    path = f"/contact/{people.bob}/attribute/contact_emails"
    bodies = [{"email": f"b{number % 10}@x.test", "is_primary": True} for number in range(20)]
    responses = await asyncio.gather(*(client.post(path, json=body) for body in bodies))
    assert sorted(row.status_code for row in responses) == [201] * 10 + [409] * 10
    found = await record(client, "contact", people.bob)
    assert len(found["contact_emails"]) == 10
    (primary,) = (row["email"] for row in found["contact_emails"] if row["is_primary"])
    assert found["primary_email"] == primary
    connection = sqlite3.connect(file)
    rows = connection.execute(
        "SELECT count(*) FROM crm_claim WHERE record_id = ? AND attribute = 'contact_emails'",
        (people.bob,),
    ).fetchall()
    connection.close()
    assert rows == [(10,)]


async def test_an_address_wanted_by_two_at_once_goes_to_one(
    client: httpx.AsyncClient, people: People
) -> None:
    """The other one hears 409."""
    body = {"email": "wanted@x.test", "is_primary": False}
    paths = [f"/contact/{who}/attribute/contact_emails" for who in (people.ann, people.bob)]
    responses = await asyncio.gather(*(client.post(path, json=body) for path in paths * 5))
    assert sorted(row.status_code for row in responses) == [201] + [409] * 9


async def test_a_repeated_request_with_a_key_adds_one_item(
    client: httpx.AsyncClient, people: People
) -> None:
    """The first answer comes again."""
    path = f"/contact/{people.bob}/attribute/contact_phone_numbers"
    body, headers = {"phone_number": "+15550301", "is_primary": True}, {"Idempotency-Key": "k"}
    first, second = [await client.post(path, json=body, headers=headers) for _ in range(2)]
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert len((await record(client, "contact", people.bob))["contact_phone_numbers"]) == 1


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("/contact/{}/attribute/contact_emails", 405),
        ("/contact/{}/attribute/contact_emails/{}", 405),
        ("/contact/{}/attribute/contact_phone_numbers", 405),
        ("/account/{}/attribute/domains", 405),
        ("/account/{}/attribute/domains/acme.example", 405),
        ("/contact/{}/attribute/websites", 400),
        ("/account/{}/attribute/websites", 404),
    ],
)
async def test_items_are_read_with_their_record(
    client: httpx.AsyncClient, path: str, wanted: int
) -> None:
    """GET is refused, whether or not the record exists."""
    assert (await client.get(path.format(NOBODY, NOBODY))).status_code == wanted


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8) | st.sampled_from(["a@b.test", "+15550100", "a.example", "WORK", "é@ü.test"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
KEYS = ["email", "phone_number", "domain_name", "is_primary", "labels", "id", "status"]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=JSON | st.dictionaries(st.sampled_from(KEYS), JSON))
async def test_no_body_breaks_the_server(
    client: httpx.AsyncClient, people: People, body: Any
) -> None:
    """Good or refused, never a fault."""
    for path, item in (
        (f"/contact/{people.ann}/attribute/contact_emails", NOBODY),
        (f"/contact/{people.ann}/attribute/contact_phone_numbers", NOBODY),
        (DOMAINS.format(people.acme), "acme.example"),
    ):
        for response in (
            await client.post(path, json=body),
            await client.patch(f"{path}/{item}", json=body),
        ):
            assert response.status_code < 500, response.text


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"is_primary": NaN}', b"[" * 100_000])  # fmt: skip
async def test_a_body_that_is_no_object_is_refused(
    client: httpx.AsyncClient, people: People, body: bytes
) -> None:
    """400, before anything is looked up."""
    headers = {"Content-Type": "application/json"}
    path = f"/contact/{people.ann}/attribute/contact_emails"
    for response in (
        await client.post(path, content=body, headers=headers),
        await client.patch(f"{path}/{NOBODY}", content=body, headers=headers),
    ):
        assert refusal(response)[:2] == (400, "invalid_json")
