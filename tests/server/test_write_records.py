"""Records made, changed, archived and asserted over HTTP.

Source: contract 3.3, 3.5 and 7, nos. 16, 25 to 31, 57 and 58.
"""

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.server.store.definitions import OptionDefinition, RecordTypeDefinition
from app.server.store.standard import attribute, options, system_attributes
from app.server.store.workspace import open_workspace
from tests.server.workspaces import NOBODY, People, client_of

DANA = {"first_name": "Dana", "last_name": "Doe"}


async def _write(
    client: httpx.AsyncClient, method: str, path: str, attributes: Any, **headers: str
) -> httpx.Response:
    return await client.request(method, path, json={"attributes": attributes}, headers=headers)


async def _make(client: httpx.AsyncClient, record_type: str, **attributes: Any) -> dict[str, Any]:
    answer = await _write(client, "POST", f"/{record_type}", attributes)
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Attributes without their envelopes."""
    return {
        name: [item["value"] for item in value] if isinstance(value, list) else value["value"]
        for name, value in data["attributes"].items()
    }


def _error(answer: httpx.Response) -> tuple[int, str, str | None]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["field"]


async def test_a_created_record_is_answered_whole_and_there(
    editor: httpx.AsyncClient, people: People
) -> None:
    """201 with what a read gives; the user of the key made and owns it."""
    data = await _make(editor, "contact", **DANA, stage="working", primary_email="dana@x.test")
    assert (await editor.get(f"/contact/{data['id']}")).json()["data"] == data
    values = _plain(data)
    assert values["display_name"] == "Dana Doe"
    assert values["created_by_user_id"]["related_record_id"] == people.user
    assert values["owner_user_id"]["related_record_id"] == people.user
    assert data["created_at"] == data["updated_at"]
    asked = {"filters": [{"field": "primary_email", "operator": "eq", "value": "dana@x.test"}]}
    assert (await editor.post("/contact/_query", json=asked)).json()["data"] == [data]


async def test_a_given_owner_stays_and_null_is_nobody(editor: httpx.AsyncClient) -> None:
    """The default is for a body that does not say."""
    data = await _make(editor, "contact", **DANA, owner_user_id=None)
    assert _plain(data)["owner_user_id"] is None


async def test_a_task_gets_the_defaults_of_its_enums(
    editor: httpx.AsyncClient, people: People
) -> None:
    """Source: contract 5, task."""
    values = _plain(
        await _make(editor, "task", title="Call", owner_user_id=people.user, type="EMAIL")
    )
    assert [values[name] for name in ("status", "priority", "type", "source_type")] == [
        "OPEN", "MEDIUM", "EMAIL", "MANUAL",
    ]  # fmt: skip


async def test_a_patch_changes_what_it_names(editor: httpx.AsyncClient, people: People) -> None:
    """The rest stays, the name follows, null clears, a list is replaced whole."""
    before = _plain((await editor.get(f"/contact/{people.ann}")).json()["data"])
    changes: dict[str, Any] = {
        "middle_name": " von ",
        "sms_consent": None,
        "participant_user_id_list": [],
    }
    answer = await _write(editor, "PATCH", f"/contact/{people.ann}", changes)
    assert answer.status_code == 200
    after = _plain(answer.json()["data"])
    assert after.pop("updated_at") > before.pop("updated_at")
    assert after.pop("display_name") == "Ann von Ode"
    before.pop("display_name")
    assert after == before | changes
    assert (await editor.get(f"/contact/{people.ann}")).json() == answer.json()


async def test_a_patch_that_changes_nothing_leaves_the_moment(
    editor: httpx.AsyncClient, people: People
) -> None:
    """Even if it names values."""
    before = (await editor.get(f"/contact/{people.ann}")).json()
    for attributes in ({}, {"first_name": "Ann", "stage": "Working", "middle_name": None}):
        answer = await _write(editor, "PATCH", f"/contact/{people.ann}", attributes)
        assert (answer.status_code, answer.json()) == (200, before)


async def test_an_archived_record_is_gone_but_stored(
    editor: httpx.AsyncClient, copied: Path, people: People
) -> None:
    """404 on read, PATCH and a second DELETE; not found by a query; items and links stay in the file."""
    answer = await editor.delete(f"/contact/{people.ann}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await editor.get(f"/contact/{people.ann}")).status_code == 404
    for method in ("PATCH", "DELETE"):
        again = await _write(editor, method, f"/contact/{people.ann}", {})
        assert _error(again) == (404, "record_not_found", None)
    found = (await editor.post("/contact/_query", json={})).json()["data"]
    assert people.ann not in {row["id"] for row in found}
    links = (await editor.get(f"/account/{people.acme}/relationship/contacts")).json()
    assert links["items"] == []
    connection = sqlite3.connect(copied)
    for table, column in (
        ("contact__contact_emails", "record_id"),
        ("contact_account", "contact_id"),
    ):
        question = f"SELECT count(*) FROM {table} WHERE {column} = ?"
        assert connection.execute(question, (people.ann,)).fetchone()[0] > 0
    connection.close()


async def test_an_archived_note_says_who_and_when(
    editor: httpx.AsyncClient, copied: Path, people: People
) -> None:
    """Source: contract 5, note. A change of it says who made it."""
    patched = await _write(editor, "PATCH", f"/note/{people.note}", {"title": "T"})
    assert _plain(patched.json()["data"])["updated_by_user_id"]["related_record_id"] == people.user
    await editor.delete(f"/note/{people.note}")
    connection = sqlite3.connect(copied)
    question = "SELECT deleted_at = archived_at, deleted_by_user_id FROM note WHERE id = ?"
    assert connection.execute(question, (people.note,)).fetchone() == (1, people.user)
    connection.close()


FAULTS: list[tuple[str, dict[str, Any], int, str, str]] = [
    ("contact", DANA | {"nick": "x"}, 400, "unknown_field", "nick"),
    ("contact", DANA | {"accounts": []}, 400, "unknown_field", "accounts"),
    ("contact", DANA | {"archived_at": None}, 400, "unknown_field", "archived_at"),
    *(("contact", DANA | {name: None}, 400, "field_not_creatable", name)
      for name in ("id", "organization_id", "created_at", "updated_at", "display_name", "created_by_user_id")),
    ("account", {"display_name": "A", "domains": []}, 400, "field_not_creatable", "domains"),
    ("account", {"display_name": "A", "domain_name": "x.test"}, 400, "unknown_field", "domain_name"),
    ("account", {"name": "A"}, 400, "unknown_field", "name"),
    ("contact", {"first_name": "Dana"}, 400, "field_required_missing", "last_name"),
    ("contact", DANA | {"last_name": None}, 400, "field_required_missing", "last_name"),
    ("contact", DANA | {"last_name": {"value_type": "string", "value": None}}, 400, "field_required_missing", "last_name"),
    ("contact", DANA | {"last_name": " "}, 400, "field_value_invalid", "last_name"),
    ("account", {}, 400, "field_required_missing", "display_name"),
    ("opportunity", {"display_name": "D", "stage": "proposal"}, 400, "field_required_missing", "account_id"),
    ("opportunity", {"display_name": "D", "account_id": NOBODY, "stage": "proposal"}, 404, "target_record_not_found",
     "account_id"),
    *(("opportunity", {name: None}, 400, "field_not_creatable", name)
      for name in ("status", "outcome", "closed_at", "stage_last_shifted_at")),
    ("task", {"title": "T"}, 400, "field_required_missing", "owner_user_id"),
    ("note", {"title": "T"}, 400, "field_required_missing", "note_html"),
    ("contact", DANA | {"stage": "qualified"}, 422, "stage_entrance_criteria_not_met", "stage"),
    ("contact", DANA | {"primary_email": "ANN@home.test"}, 409, "field_value_invalid", "contact_emails"),
]  # fmt: skip


@pytest.mark.parametrize(("record_type", "attributes", "status", "code", "field"), FAULTS)
async def test_a_create_is_refused_with_code_and_field(
    editor: httpx.AsyncClient,
    record_type: str,
    attributes: dict[str, Any],
    status: int,
    code: str,
    field: str,
) -> None:
    """And nothing is stored."""
    before = (await editor.post(f"/{record_type}/_query", json={})).json()
    answer = await _write(editor, "POST", f"/{record_type}", attributes)
    assert _error(answer) == (status, code, field)
    assert (await editor.post(f"/{record_type}/_query", json={})).json() == before


@pytest.mark.parametrize(
    ("attributes", "code"),
    [
        ({"nick": 1}, "unknown_field"),
        ({"id": NOBODY}, "field_not_updatable"),
        ({"updated_at": "2026-01-01T00:00:00Z"}, "field_not_updatable"),
        ({"display_name": "x"}, "field_not_updatable"),
        ({"first_name": None}, "field_value_invalid"),
        ({"first_name": ""}, "field_value_invalid"),
        ({"contact_emails": [{"email": "x@x.test", "is_primary": True}], "primary_email": "y@x.test"},
         "field_value_invalid"),
    ],
)  # fmt: skip
async def test_a_patch_is_refused_and_nothing_changes(
    editor: httpx.AsyncClient, people: People, attributes: dict[str, Any], code: str
) -> None:
    """Not even the good part of it."""
    before = (await editor.get(f"/contact/{people.ann}")).json()
    answer = await _write(editor, "PATCH", f"/contact/{people.ann}", {"title": "T"} | attributes)
    assert _error(answer)[:2] == (400, code)
    assert (await editor.get(f"/contact/{people.ann}")).json() == before


async def test_all_faults_are_told_at_once(editor: httpx.AsyncClient) -> None:
    """The first one is the error, all stand in its details."""
    body = {"nick": 1, "id": NOBODY, "stage": "none", "primary_email": "x"}
    error = (await _write(editor, "POST", "/contact", body)).json()["error"]
    assert (error["code"], error["field"]) == ("unknown_field", "nick")
    assert [(row["code"], row["field"]) for row in error["details"]["faults"]] == [
        ("unknown_field", "nick"), ("field_not_creatable", "id"), ("field_value_invalid", "stage"),
        ("field_value_invalid", "primary_email"), ("field_required_missing", "first_name"),
        ("field_required_missing", "last_name"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field_required_missing", "attributes"),
        ({"attributes": None}, "field_required_missing", "attributes"),
        ({"attributes": []}, "field_value_invalid", "attributes"),
        ({"attributes": DANA, "id": 1}, "unknown_field", "id"),
        ([], "invalid_json", None),
    ],
)
async def test_a_body_has_attributes_and_nothing_else(
    editor: httpx.AsyncClient, people: People, body: Any, code: str, field: str | None
) -> None:
    """As on the reading side."""
    for method, path in (("POST", "/contact"), ("PATCH", f"/contact/{people.ann}")):
        answer = await editor.request(method, path, json=body)
        assert _error(answer) == (400, code, field)


@pytest.mark.parametrize("record", [NOBODY, "x"])
async def test_what_is_not_there_cannot_be_changed(editor: httpx.AsyncClient, record: str) -> None:
    """404, before the body is judged."""
    for method in ("PATCH", "DELETE"):
        answer = await _write(editor, method, f"/contact/{record}", {"nick": 1})
        assert _error(answer) == (404, "record_not_found", None)


# E-mails and phone numbers of contacts


async def _emails(
    client: httpx.AsyncClient, path: str, attributes: Any
) -> tuple[Any, list[tuple[str, bool]]]:
    method = "POST" if path == "/contact" else "PATCH"
    answer = await _write(client, method, path, attributes)
    assert answer.is_success, answer.text
    values = _plain(answer.json()["data"])
    return values["primary_email"], [
        (row["email"], row["is_primary"]) for row in values["contact_emails"]
    ]


async def test_the_primary_email_and_the_list_are_kept_in_step(
    editor: httpx.AsyncClient, people: People
) -> None:
    """Written from either side. Source: contract 7, nos. 25, 26 and 40."""
    assert await _emails(editor, "/contact", DANA | {"primary_email": "a@x.test"}) == (
        "a@x.test",
        [("a@x.test", True)],
    )
    path = f"/contact/{people.ann}"
    home, work = "ann@home.test", "Ann@Example.com"
    assert await _emails(editor, path, {"primary_email": home}) == (
        home,
        [(work, False), (home, True)],
    )
    added = await _emails(editor, path, {"primary_email": "n@x.test"})
    assert added == ("n@x.test", [(work, False), (home, False), ("n@x.test", True)])
    items = [{"email": home, "is_primary": False}, {"email": work, "is_primary": True}]
    assert await _emails(editor, path, {"contact_emails": items}) == (
        work,
        [(home, False), (work, True)],
    )
    assert await _emails(editor, path, {"primary_email": None}) == (
        None,
        [(home, False), (work, False)],
    )
    assert await _emails(editor, path, {"contact_emails": None}) == (None, [])
    both = {
        "primary_email": "b@x.test",
        "contact_emails": [{"email": "B@x.test", "is_primary": True}],
    }
    assert await _emails(editor, path, both) == ("B@x.test", [("B@x.test", True)])


async def test_an_item_that_stays_keeps_its_id(editor: httpx.AsyncClient) -> None:
    """Whatever else the new list holds; phone numbers follow the same rules."""
    phones = [
        {"phone_number": "+15550100", "is_primary": True},
        {"phone_number": "+15550101", "labels": ["WORK"]},
    ]
    data = await _make(editor, "contact", **DANA, contact_phone_numbers=phones)
    first, second = _plain(data)["contact_phone_numbers"]
    assert first["id"] < second["id"]
    assert _plain(data)["primary_phone_number"] == "+15550100"
    kept = [{"phone_number": "+15550101", "is_primary": True}]
    answer = await _write(
        editor, "PATCH", f"/contact/{data['id']}", {"contact_phone_numbers": kept}
    )
    (left,) = _plain(answer.json()["data"])["contact_phone_numbers"]
    assert left == {
        "id": second["id"],
        "phone_number": "+15550101",
        "is_primary": True,
        "labels": [],
    }
    assert _plain(answer.json()["data"])["primary_phone_number"] == "+15550101"


# Unique values


async def test_of_a_hundred_creates_with_one_email_one_wins(editor: httpx.AsyncClient) -> None:
    """The others are told which field, and are not stored."""
    bodies = [
        {"first_name": "N", "last_name": str(number), "primary_email": "One@x.test"}
        for number in range(100)
    ]
    answers = await asyncio.gather(*(_write(editor, "POST", "/contact", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 99
    assert {_error(answer) for answer in answers if not answer.is_success} == {
        (409, "field_value_invalid", "contact_emails")
    }
    asked = {"filters": [{"field": "first_name", "operator": "eq", "value": "N"}]}
    assert len((await editor.post("/contact/_query", json=asked)).json()["data"]) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("é@x.test", "e\u0301@X.test"),
        ("straße@x.test", "STRASSE@x.test"),
        ("ann@example.com", "ANN@EXAMPLE.COM"),
    ],
)
async def test_unique_values_are_the_same_after_composition_and_folding(
    editor: httpx.AsyncClient, people: People, first: str, second: str
) -> None:
    """One rule for all texts: NFC, then case folding."""
    await editor.patch(f"/contact/{people.ann}", json={"attributes": {"primary_email": first}})
    answer = await _write(editor, "POST", "/contact", DANA | {"primary_email": second})
    assert answer.status_code == 409
    found = await _assert(editor, "contact", {"contact_emails": second}, {})
    assert (found.status_code, found.json()["data"]["id"]) == (200, people.ann)


async def test_a_value_is_free_again_when_it_is_given_up(
    editor: httpx.AsyncClient, people: People
) -> None:
    """By a change or by archiving; the record itself may always keep it."""
    path = f"/contact/{people.ann}"
    body = DANA | {"primary_email": "ann@home.test"}
    same = [{"email": "Ann@example.com", "is_primary": True}]
    assert (await _write(editor, "PATCH", path, {"contact_emails": same})).status_code == 200
    made = await _write(editor, "POST", "/contact", body)
    assert made.status_code == 201
    assert (await _write(editor, "POST", "/contact", body)).status_code == 409
    await editor.delete(f"/contact/{made.json()['data']['id']}")
    assert (await _write(editor, "POST", "/contact", body)).status_code == 201


PART = RecordTypeDefinition(
    "part",
    "Part",
    (
        *system_attributes(),
        attribute("serial", "string", unique=True, indexed=True),
        attribute("number", "number", unique=True),
        attribute("price", "currency", unique=True),
        attribute("codes", "string", many=True, unique=True),
        attribute("stage", "contact_stage", options=options(
            "part.stage", OptionDefinition("", "open", "Open"),
            OptionDefinition("", "done", "Done", required_attributes=("serial", "codes", "place")))),
        attribute("place", "address"),
    ),
    is_custom=True,
)  # fmt: skip


async def test_a_new_custom_object_is_served_at_once_with_its_unique_fields(copied: Path) -> None:
    """Text, numbers, amounts and lists; without opening the workspace again."""
    store = open_workspace(copied)
    async with client_of(store) as client:
        assert (await client.post("/part", json={"attributes": {}})).status_code == 404
        await store.write(lambda writer: writer.define(PART, {}))
        values = {"serial": "Ä1", "number": 5, "price": 9.5, "codes": ["a", "b"]}
        data = await _make(client, "part", **values)
        await _make(client, "part", **dict.fromkeys(values))
        for name, value in {
            "serial": "ä1",
            "number": 5.0,
            "price": "9.50",
            "codes": ["c", "B"],
        }.items():
            answer = await _write(client, "POST", "/part", {name: value})
            assert _error(answer) == (409, "field_value_invalid", name)
        stage = await _write(client, "PATCH", f"/part/{data['id']}", {"stage": "done", "codes": []})
        assert stage.json()["error"]["details"] == {"missing": ["codes", "place"]}
        good = {"stage": "done", "place": {"city": "Paris"}}
        assert (await _write(client, "PATCH", f"/part/{data['id']}", good)).status_code == 200
    store.close()
    again = open_workspace(copied)
    assert again.catalogue["part"].attributes == PART.attributes
    again.close()


async def test_a_record_type_that_is_closed_is_not_written(copied: Path, people: People) -> None:
    """Junctions neither: links are changed from the records they join."""
    store = open_workspace(copied)
    row = {"key": "not_writable:gadget", "value": "1"}
    await store.write(lambda writer: writer.insert("crm_meta", row))
    async with client_of(store) as client:
        for kind, record in (("gadget", people.gadget), ("contact_account", people.edge)):
            for method, path in (
                ("POST", f"/{kind}"),
                ("PATCH", f"/{kind}/{record}"),
                ("DELETE", f"/{kind}/{record}"),
            ):
                answer = await _write(client, method, path, {})
                assert _error(answer) == (409, "record_not_writable", None)
    store.close()


# Stages


async def test_a_stage_lets_in_what_meets_its_criteria(
    editor: httpx.AsyncClient, people: People
) -> None:
    """422 with what is missing; the same PATCH may bring it along. Source: contract 7, no. 57."""
    path = f"/contact/{people.bob}"
    answer = await _write(editor, "PATCH", path, {"stage": "Qualified"})
    assert answer.status_code == 422
    assert answer.json()["error"]["details"] == {"missing": ["primary_email"]}
    assert (
        await _write(editor, "PATCH", path, {"stage": "Qualified", "primary_email": "b@x.test"})
    ).status_code == 200
    assert (await _write(editor, "PATCH", path, {"primary_email": None})).status_code == 200
    assert (await _write(editor, "PATCH", path, {"stage": "customer"})).status_code == 422
    assert (await _write(editor, "PATCH", path, {"stage": None})).status_code == 200


async def test_an_opportunity_follows_its_stage(copied: Path, people: People) -> None:
    """Status, outcome and the two moments are the system's."""
    now = datetime(2026, 7, 1, tzinfo=UTC)
    store = open_workspace(copied, clock=lambda: now)
    async with client_of(store) as client:
        made = await _make(
            client, "opportunity", display_name="D", stage="discovery", account_id=people.acme
        )

        async def after(stage: str) -> tuple[Any, ...]:
            answer = await _write(client, "PATCH", f"/opportunity/{made['id']}", {"stage": stage})
            values = _plain(answer.json()["data"])
            return tuple(
                values[name] for name in ("status", "outcome", "closed_at", "stage_last_shifted_at")
            )

        first = "2026-07-01T00:00:00.000Z"
        assert await after("discovery") == ("PROSPECT", None, None, first)
        now += timedelta(days=1)
        second = "2026-07-02T00:00:00.000Z"
        assert await after("Closed won") == ("DEAL", "WON", second, second)
        now += timedelta(days=1)
        assert await after("closed_won") == ("DEAL", "WON", second, second)
        assert await after("closed_lost") == (
            "DEAL",
            "LOST",
            "2026-07-03T00:00:00.000Z",
            "2026-07-03T00:00:00.000Z",
        )
        assert (await after("proposal"))[:3] == ("DEAL", None, None)
        refused = await _write(client, "PATCH", f"/opportunity/{made['id']}", {"outcome": "WON"})
        assert _error(refused) == (400, "field_not_updatable", "outcome")
    store.close()


# _assert


async def _assert(
    client: httpx.AsyncClient, record_type: str, match: Any, attributes: Any
) -> httpx.Response:
    return await client.post(
        f"/{record_type}/_assert", json={"match": match, "attributes": attributes}
    )


@pytest.mark.parametrize("key", ["contact_emails", "primary_email"])
async def test_a_contact_is_made_once_and_then_changed(editor: httpx.AsyncClient, key: str) -> None:
    """201 created with the match value written, 200 updated. Source: contract 3.5 and 7, no. 30."""
    made = await _assert(editor, "contact", {key: "dana@x.test"}, DANA)
    assert (made.status_code, made.json()["meta"]) == (201, {"action": "created"})
    values = _plain(made.json()["data"])
    assert values["primary_email"] == "dana@x.test"
    assert [(row["email"], row["is_primary"]) for row in values["contact_emails"]] == [
        ("dana@x.test", True)
    ]
    again = await _assert(editor, "contact", {key: "DANA@x.test"}, {"title": "CEO"})
    assert (again.status_code, again.json()["meta"]) == (200, {"action": "updated"})
    assert again.json()["data"]["id"] == made.json()["data"]["id"]
    assert _plain(again.json()["data"])["title"] == "CEO"


async def test_any_email_of_a_contact_matches_but_only_the_primary_as_such(
    editor: httpx.AsyncClient, people: People
) -> None:
    """By `primary_email` a second address is another contact's, whose address it then cannot have."""
    found = await _assert(editor, "contact", {"contact_emails": "ann@home.test"}, {})
    assert found.json()["data"]["id"] == people.ann
    other = await _assert(editor, "contact", {"primary_email": "ann@home.test"}, DANA)
    assert _error(other) == (409, "field_value_invalid", "contact_emails")


async def test_an_account_is_made_once_by_its_domain(
    editor: httpx.AsyncClient, people: People
) -> None:
    """The domain is written as the primary one, in lower case."""
    found = await _assert(
        editor, "account", {"domain_name": "ACME.example"}, {"display_name": "Acme Inc"}
    )
    assert (found.status_code, found.json()["data"]["id"]) == (200, people.acme)
    made = await _assert(editor, "account", {"domain_name": "New.Example"}, {"display_name": "New"})
    assert made.status_code == 201
    assert _plain(made.json()["data"])["domains"] == [
        {"domain_name": "new.example", "is_primary": True, "status": "ACTIVE"}
    ]
    again = await _assert(editor, "account", {"domain_name": "new.example"}, {})
    assert again.json()["data"]["id"] == made.json()["data"]["id"]


async def test_a_record_is_asserted_by_id_only_if_it_is_there(
    editor: httpx.AsyncClient, people: People
) -> None:
    """Source: contract 7, no. 31."""
    found = await _assert(editor, "contact", {"id": people.bob}, {"title": "T"})
    assert (found.status_code, found.json()["meta"]) == (200, {"action": "updated"})
    assert _error(await _assert(editor, "contact", {"id": NOBODY}, DANA)) == (
        404,
        "record_not_found",
        None,
    )
    assert _error(await _assert(editor, "contact", {"id": people.gone}, DANA)) == (
        404,
        "record_not_found",
        None,
    )


@pytest.mark.parametrize(
    ("record_type", "match", "code", "field"),
    [
        ("contact", {"first_name": "Ann"}, "invalid_matching_field", "first_name"),
        ("contact", {"domain_name": "x.test"}, "invalid_matching_field", "domain_name"),
        ("account", {"domains": "x.test"}, "invalid_matching_field", "domains"),
        ("contact", {"id": NOBODY, "primary_email": "a@x.test"}, "invalid_matching_field", "match"),
        ("contact", {}, "invalid_matching_field", "match"),
        ("contact", None, "invalid_matching_field", "match"),
        ("contact", {"primary_email": "no"}, "field_value_invalid", "primary_email"),
        ("contact", {"contact_emails": ["a@x.test"]}, "field_value_invalid", "contact_emails"),
        ("account", {"domain_name": None}, "field_value_invalid", "domain_name"),
        ("contact", {"id": "x"}, "field_value_invalid", "id"),
    ],
)
async def test_a_match_has_exactly_one_known_key(
    editor: httpx.AsyncClient, record_type: str, match: Any, code: str, field: str
) -> None:
    """Source: contract 7, no. 29."""
    assert _error(await _assert(editor, record_type, match, DANA)) == (400, code, field)


async def test_a_match_that_finds_two_is_ambiguous(copied: Path, people: People) -> None:
    """Older files may hold a value twice."""
    connection = sqlite3.connect(copied)
    connection.execute(
        "INSERT INTO contact__contact_emails (id, record_id, position, email, is_primary) VALUES (?, ?, 0, ?, 1)",
        (NOBODY, people.bob, "ann@HOME.test"),
    )
    connection.commit()
    connection.close()
    store = open_workspace(copied)
    async with client_of(store) as client:
        answer = await _assert(client, "contact", {"contact_emails": "ann@home.test"}, DANA)
        assert _error(answer) == (409, "ambiguous_match", "contact_emails")
    store.close()


async def test_a_new_contact_has_what_it_was_matched_by(editor: httpx.AsyncClient) -> None:
    """Attributes that say otherwise are refused, for the next call would make a second one."""
    answer = await _assert(
        editor, "contact", {"contact_emails": "a@x.test"}, DANA | {"primary_email": "b@x.test"}
    )
    assert _error(answer) == (400, "field_value_invalid", "contact_emails")
    missing = await _assert(editor, "contact", {"contact_emails": "a@x.test"}, {"first_name": "A"})
    assert _error(missing) == (400, "field_required_missing", "last_name")


async def test_of_many_asserts_of_one_value_one_creates(editor: httpx.AsyncClient) -> None:
    """The others change the same record."""
    calls = (_assert(editor, "contact", {"contact_emails": "o@x.test"}, DANA) for _ in range(50))
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] * 49 + [201]
    assert len({answer.json()["data"]["id"] for answer in answers}) == 1


# Activities

LOG = {"metadata": {"activity_time": "2026-06-01T10:00:00+02:00", "subject": "Lunch"}}


async def test_a_logged_activity_is_in_the_timeline(
    editor: httpx.AsyncClient, people: People
) -> None:
    """201 with null metadata, as the query reads it. Source: contract 3.10."""
    links = {
        "contact_ids": [people.ann, people.ann],
        "account_id": people.acme,
        "opportunity_id": people.deal,
    }
    extra = {
        "type": "MANUAL_ACTIVITY",
        "sequence_id": NOBODY,
        "pipeline_select_list_value_id": NOBODY,
    }
    metadata = LOG["metadata"] | {"category": "CALL", "description": "long"}
    data = await _make(editor, "activity", **links, **extra, metadata=metadata)
    values = _plain(data)
    assert data["metadata"] is None
    assert (values["type"], values["sub_type"], values["display_name"]) == (
        "MANUAL_ACTIVITY",
        "CALL",
        "Lunch",
    )
    assert values["ended_at"] == "2026-06-01T08:00:00.000Z"
    assert values["owner_user_id"]["related_record_id"] == people.user
    for scope in (
        {"contact_id": people.ann},
        {"account_id": people.acme},
        {"opportunity_id": people.deal},
    ):
        found = (await editor.post("/activity/_query", json=scope)).json()["data"]
        assert found[0] == data


@pytest.mark.parametrize(
    ("attributes", "status", "code", "field"),
    [
        ({}, 400, "field_required_missing", "metadata.activity_time"),
        (
            {"metadata": {"activity_time": "2026-06-01T10:00:00Z"}},
            400,
            "field_required_missing",
            "metadata.subject",
        ),
        (
            {"metadata": {"activity_time": "x", "subject": "s"}},
            400,
            "field_value_invalid",
            "metadata.activity_time",
        ),
        ({"metadata": []}, 400, "field_value_invalid", "metadata"),
        (
            {"metadata": LOG["metadata"] | {"category": "X"}},
            400,
            "field_value_invalid",
            "metadata.category",
        ),
        ({"metadata": LOG["metadata"] | {"more": 1}}, 400, "unknown_field", "metadata.more"),
        (LOG, 400, "field_required_missing", None),
        (LOG | {"contact_ids": []}, 400, "field_required_missing", None),
        (LOG | {"account_id": NOBODY}, 404, "target_record_not_found", "account_id"),
        (LOG | {"contact_ids": [NOBODY]}, 404, "target_record_not_found", "contact_ids"),
        (LOG | {"type": "NOTE"}, 400, "field_value_invalid", "type"),
        (LOG | {"status": "PLANNED"}, 400, "field_not_creatable", "status"),
        (LOG | {"description": "x"}, 400, "unknown_field", "description"),
        (LOG | {"nick": "x"}, 400, "unknown_field", "nick"),
    ],
)
async def test_an_activity_that_says_too_little_or_too_much_is_refused(
    editor: httpx.AsyncClient, attributes: Any, status: int, code: str, field: str | None
) -> None:
    """Source: contract 7, nos. 28 and 43."""
    assert _error(await _write(editor, "POST", "/activity", attributes)) == (status, code, field)


# Conditions and repetitions


async def test_a_change_with_if_match_needs_the_record_as_it_was_read(
    editor: httpx.AsyncClient, people: People
) -> None:
    """412 otherwise; the tag is the same on reads and writes."""
    path = f"/contact/{people.ann}"
    tag = (await editor.get(path)).headers["etag"]
    changed = await _write(editor, "PATCH", path, {"title": "A"}, **{"If-Match": f'"x", {tag}'})
    assert changed.status_code == 200
    assert changed.headers["etag"] == (await editor.get(path)).headers["etag"] != tag
    for method in ("PATCH", "DELETE"):
        for stale in (tag, f"W/{changed.headers['etag']}", '"x"', ""):
            answer = await _write(editor, method, path, {}, **{"If-Match": stale})
            assert _error(answer) == (412, "precondition_failed", None)
    assert (await editor.delete(path, headers={"If-Match": "*"})).status_code == 204
    gone = await editor.delete(path, headers={"If-Match": "*"})
    assert gone.status_code == 404


async def test_a_change_with_a_key_is_done_once(editor: httpx.AsyncClient, people: People) -> None:
    """The same answer again, whatever became of the record; another request under the key is refused."""
    key = {"Idempotency-Key": "k1"}
    first, *rest = await asyncio.gather(
        *(_write(editor, "POST", "/contact", DANA, **key) for _ in range(10))
    )
    record = first.json()["data"]["id"]
    await _write(editor, "PATCH", f"/contact/{record}", {"title": "T"})
    rest.append(await _write(editor, "POST", "/contact", DANA, **key))
    for answer in rest:
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (
            201,
            first.content,
            first.headers["etag"],
        )
    for method, path, attributes in (
        ("POST", "/contact", DANA | {"title": "x"}),
        ("POST", "/account", DANA),
        ("PATCH", f"/contact/{people.ann}", DANA),
    ):
        answer = await _write(editor, method, path, attributes, **key)
        assert _error(answer) == (409, "idempotency_key_reused", None)
    archived = [
        await editor.delete(f"/contact/{record}", headers={"Idempotency-Key": "k2"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in archived] == [204, 204]


async def test_a_refusal_is_not_kept_under_a_key(editor: httpx.AsyncClient, people: People) -> None:
    """It changed nothing, so the next try is a first one."""
    key = {"Idempotency-Key": "k"}
    body = DANA | {"primary_email": "ann@home.test"}
    assert (await _write(editor, "POST", "/contact", body, **key)).status_code == 409
    await editor.delete(f"/contact/{people.ann}")
    assert (await _write(editor, "POST", "/contact", body, **key)).status_code == 201


async def test_a_key_is_forgotten_after_a_day(copied: Path) -> None:
    """And not before."""
    now = datetime(2026, 7, 1, tzinfo=UTC)
    store = open_workspace(copied, clock=lambda: now)
    async with client_of(store) as client:
        ids = []
        for hours in (0, 24, 1):
            now += timedelta(hours=hours)
            answer = await _write(client, "POST", "/contact", DANA, **{"Idempotency-Key": "k"})
            ids.append(answer.json()["data"]["id"])
        assert ids[0] == ids[1] != ids[2]
    store.close()


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
async def test_a_key_that_is_none_is_refused(editor: httpx.AsyncClient, key: str) -> None:
    """1 to 255 printable characters of ASCII."""
    headers = [(b"Idempotency-Key", key.encode())]
    answer = await editor.post("/contact", json={"attributes": DANA}, headers=headers)
    assert _error(answer) == (400, "field_value_invalid", "Idempotency-Key")


async def test_answers_to_changes_carry_names_when_asked(editor: httpx.AsyncClient) -> None:
    """As reads do."""
    answer = await _write(editor, "POST", "/contact", DANA, Prefer="reference-names")
    assert answer.headers["preference-applied"] == "reference-names"
    assert _plain(answer.json()["data"])["owner_user_id"]["display_name"] == "Rita Rep"
