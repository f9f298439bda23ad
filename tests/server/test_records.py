"""Records, pages, links and schemas as the wire has them. Shapes transcribed from contract 3."""

from typing import Any

import httpx

from app.domain.json_text import parse_json
from app.domain.records import RecordId
from app.domain.values import Raw
from app.wire.public_v2.records import links_to_domain, page_to_domain, record_to_domain
from app.wire.public_v2.schemas import schema_to_domain
from tests.server.gadgets import GADGET
from tests.server.workspaces import MEMBERS, NOBODY, TYPES, People

NAMES = {"Prefer": "reference-names"}


async def _attributes(client: httpx.AsyncClient, path: str, **headers: str) -> dict[str, Any]:
    response = await client.get(path, headers=headers)
    assert response.status_code == 200
    found: dict[str, Any] = response.json()["data"]["attributes"]
    return found


async def test_health_needs_nothing_and_says_what_the_server_offers(
    client: httpx.AsyncClient,
) -> None:
    """Contract 7, no. 4."""
    response = await client.get("/health")
    assert response.json() == {
        "status": "ok",
        "features": ["reference-names", "idempotency-key", "if-match"],
    }


async def test_a_record_has_the_documented_envelope(
    client: httpx.AsyncClient, people: People
) -> None:
    """Contract 3.1 and 3.2; an unset attribute is there with null, an empty list is a list."""
    data = (await client.get(f"/contact/{people.ann}")).json()["data"]
    assert set(data) == {"id", "created_at", "updated_at", "attributes", "record_type"}
    assert data["id"] == people.ann
    assert data["record_type"] == "contact"
    attributes = data["attributes"]
    assert attributes["id"] == {"value_type": "uuid", "value": people.ann}
    assert attributes["created_at"] == {"value_type": "timestamp", "value": data["created_at"]}
    assert attributes["first_name"] == {"value_type": "string", "value": "Ann"}
    assert attributes["middle_name"] == {"value_type": "string", "value": None}
    assert attributes["address"] == {"value_type": "address", "value": None}
    assert attributes["sms_consent"] == {"value_type": "boolean", "value": True}
    stage = attributes["stage"]
    assert stage["value_type"] == "contact_stage"
    assert set(stage["value"]) == {"id", "display_value", "api_name", "color"}
    assert (stage["value"]["api_name"], stage["value"]["color"]) == ("working", "#6966FF")
    reference = {"related_record_id": people.user, "related_record_type": "user"}
    assert attributes["owner_user_id"] == {"value_type": "record_reference", "value": reference}
    assert attributes["participant_user_id_list"] == [
        {"value_type": "record_reference", "value": reference}
    ]
    first, second = attributes["contact_emails"]
    assert first == {
        "value_type": "contact_email",
        "value": {"id": NOBODY, "email": "Ann@Example.com", "is_primary": True, "labels": ["WORK"]},
    }
    assert second["value"]["labels"] == []
    phone = attributes["contact_phone_numbers"][0]["value"]
    assert phone == {"id": NOBODY, "phone_number": "+15550100", "is_primary": True, "labels": []}
    bob = await _attributes(client, f"/contact/{people.bob}")
    assert bob["contact_emails"] == []
    assert bob["owner_user_id"] == {"value_type": "record_reference", "value": None}


async def test_amounts_addresses_domains_and_choices_have_their_objects(
    client: httpx.AsyncClient, people: People
) -> None:
    """Contract 3.2 and 7, nos. 19 to 22."""
    account = await _attributes(client, f"/account/{people.acme}")
    assert account["estimated_annual_revenue"]["value"] == {"amount": "1500000.5"}
    assert account["address"]["value"] == {
        "street_one": None,
        "street_two": None,
        "city": "Paris",
        "state": None,
        "country": None,
        "zip_code": None,
    }
    assert account["domains"] == [
        {
            "value_type": "account_domain",
            "value": {"domain_name": "acme.example", "is_primary": True, "status": "ACTIVE"},
        }
    ]
    assert [row["value"] for row in account["websites"]] == [
        "https://acme.example",
        "https://acme.test",
    ]
    deal = await _attributes(client, f"/opportunity/{people.deal}")
    assert deal["amount"]["value"] == {"amount": "150000"}
    assert set(deal["stage"]["value"]) == {
        "id",
        "display_value",
        "api_name",
        "color",
        "closing_probability",
        "expected_days",
    }
    gadget = await _attributes(client, f"/gadget/{people.gadget}")
    assert (gadget["count"]["value"], gadget["share"]["value"]) == (3, 12.5)
    assert (gadget["day"]["value"], gadget["hour"]["value"]) == ("2026-01-02", "09:30:00")
    assert set(gadget["size"]["value"]) == {"id", "display_value", "api_name"}
    assert gadget["sizes"][0]["value"]["api_name"] == "large"


async def test_reference_names_come_only_when_asked_for(
    client: httpx.AsyncClient, people: People
) -> None:
    """As in RFC 7240: the answer says that the preference was applied."""
    plain = await client.get(f"/contact/{people.ann}")
    assert "Preference-Applied" not in plain.headers
    assert "display_name" not in plain.json()["data"]["attributes"]["owner_user_id"]["value"]
    named = await client.post(
        "/contact/_query", json={}, headers={"Prefer": "wait=5, Reference-Names"}
    )
    assert named.headers["Preference-Applied"] == "reference-names"
    attributes = named.json()["data"][0]["attributes"]
    assert attributes["owner_user_id"]["value"]["display_name"] == "Rita Rep"
    assert attributes["participant_user_id_list"][0]["value"]["display_name"] == "Rita Rep"
    read = await _attributes(client, f"/opportunity/{people.deal}", **NAMES)
    assert read["account_id"]["value"]["display_name"] == "Acme"
    assert read["owner_user_id"]["value"] is None


async def test_every_answer_is_read_without_loss_by_the_wire(
    client: httpx.AsyncClient, people: People
) -> None:
    """The translation finds no value that it cannot read."""
    for definition in TYPES:
        if not definition.is_routed:
            continue
        name = definition.api_name
        record_type = schema_to_domain(
            parse_json((await client.get(f"/_schema/{name}")).content), name
        )
        assert record_type.oddities == ()
        body = {"contact_id": people.ann} if name == "activity" else {}
        answer = (await client.post(f"/{name}/_query", json=body, headers=NAMES)).content
        page = page_to_domain(parse_json(answer), name)
        assert page.records, name
        for record in page.records:
            assert record.attributes.keys() == record_type.attribute_by_name.keys()
            for value in record.attributes.values():
                items = value if isinstance(value, tuple) else (value,)
                assert not any(isinstance(item, Raw) for item in items)
        if name != "activity":
            one = (
                await client.get(f"/{name}/{page.records[0].record_id.id}", headers=NAMES)
            ).content
            answer_one = parse_json(one)
            assert isinstance(answer_one, dict)
            assert (
                record_to_domain(answer_one["data"], name).attributes == page.records[0].attributes
            )


async def test_a_schema_has_the_documented_keys(client: httpx.AsyncClient) -> None:
    """Contract 3.7; choices and the target of references are ours, inside `type_info`."""
    schema = (await client.get("/_schema/contact")).json()
    assert set(schema) == {
        "api_name",
        "display_name",
        "is_custom",
        "is_junction",
        "supports_custom_fields",
        "attributes",
        "relationships",
        "description",
    }
    by_name = {row["api_name"]: row for row in schema["attributes"]}
    assert set(by_name["stage"]) == {
        "api_name",
        "display_name",
        "is_creatable",
        "is_updatable",
        "type_info",
        "description",
        "is_required_on_create",
        "is_unique",
        "is_custom",
        "is_sortable",
        "is_filterable",
        "filter_operators",
    }
    assert by_name["id"]["is_creatable"] is False
    assert by_name["first_name"]["is_required_on_create"] is True
    assert by_name["first_name"]["filter_operators"] == [
        "eq", "ne", "in", "not_in", "contains", "starts_with", "ends_with", "exists", "not_exists",
    ]  # fmt: skip
    options = by_name["stage"]["type_info"]["options"]
    assert [row["api_name"] for row in options][:2] == ["new", "working"]
    assert by_name["owner_user_id"]["type_info"] == {
        "is_array": False,
        "value_type": "record_reference",
        "related_object_api_name": "user",
    }
    accounts = schema["relationships"][0]
    assert accounts["junction_object_api_name"] == "contact_account"
    assert accounts["related_object_relationship_api_name"] == "contacts"
    assert set(accounts) == {
        "api_name",
        "display_name",
        "related_object_api_name",
        "is_creatable",
        "is_updatable",
        "description",
        "related_object_relationship_api_name",
        "junction_object_api_name",
        "is_custom",
        "is_array",
    }


async def test_schemas_of_custom_junction_and_activity_types_say_what_they_are(
    client: httpx.AsyncClient,
) -> None:
    """Contract 7, nos. 51 to 53."""
    gadget = (await client.get("/_schema/gadget")).json()
    assert (gadget["is_custom"], gadget["object_id"]) == (True, GADGET.object_id)
    assert gadget["relationships"][0]["api_name"] == MEMBERS.api_name
    junction = (await client.get("/_schema/contact_account")).json()
    assert junction["is_junction"] is True
    activity = (await client.get("/_schema/activity")).json()
    assert len(activity["attributes"]) == 9
    assert activity["relationships"] == []


async def test_typed_links_carry_the_junction_and_its_edge_attributes(
    client: httpx.AsyncClient, people: People
) -> None:
    """Contract 3.8; archived targets are left out."""
    answer = (await client.get(f"/contact/{people.ann}/relationship/accounts")).json()
    assert answer["parent"] == {"id": people.ann, "record_type": "contact"}
    assert (answer["api_name"], answer["next_cursor"]) == ("accounts", None)
    first, second = answer["items"]
    assert first == {
        "related_record_id": people.acme,
        "related_record_type": "account",
        "through": {
            "id": people.edge,
            "record_type": "contact_account",
            "attributes": {
                "role": {"value_type": "string", "value": "CTO"},
                "is_primary": {"value_type": "boolean", "value": True},
            },
        },
    }
    assert second["through"]["attributes"]["is_primary"]["value"] is None
    back = (await client.get(f"/account/{people.acme}/relationship/contacts")).json()
    assert [row["related_record_id"] for row in back["items"]] == [people.ann]


async def test_plain_and_mirrored_links_are_seen_from_both_sides(
    client: httpx.AsyncClient, people: People
) -> None:
    """A mirrored relationship follows the reference; it has no junction."""
    for record_type, name, target in (
        ("task", "contacts", people.ann),
        ("note", "contacts", people.ann),
        ("meeting", "contacts", people.ann),
        ("gadget", "contacts", people.ann),
        ("contact", "tasks", people.task),
        ("contact", "gadgets", people.gadget),
        ("account", "opportunities", people.deal),
        ("opportunity", "account", people.acme),
        ("task", "accounts", None),
    ):
        path = f"/{record_type}/{people.record(record_type)}/relationship/{name}"
        answer = parse_json((await client.get(path)).content)
        parent = RecordId(record_type, people.record(record_type))
        links = links_to_domain(answer, parent, name).links
        assert [link.target.id for link in links] == ([target] if target else []), path
        assert all(link.junction is None for link in links)


async def test_links_come_in_pages(client: httpx.AsyncClient, people: People) -> None:
    """`?limit=&cursor=`; the pages joined are the whole."""
    path = f"/contact/{people.ann}/relationship/accounts"
    first = (await client.get(path, params={"limit": "1"})).json()
    second = (await client.get(path, params={"limit": "1", "cursor": first["next_cursor"]})).json()
    found = [row["related_record_id"] for page in (first, second) for row in page["items"]]
    assert found == [people.acme, people.globex]
    assert second["next_cursor"] is None


async def test_activities_are_queried_by_scope_newest_first(
    client: httpx.AsyncClient, people: People
) -> None:
    """Contract 3.10 and 7, no. 44: scopes combine with and, the period is inclusive."""

    async def ids(**body: object) -> list[str]:
        response = await client.post("/activity/_query", json=body)
        assert response.status_code == 200, response.text
        return [row["id"] for row in response.json()["data"]]

    newest_first = list(reversed(people.activities))
    assert await ids(contact_id=people.ann) == newest_first
    assert await ids(opportunity_id=people.deal, contact_id=people.ann) == newest_first
    assert await ids(account_id=people.acme) == [people.activities[3], people.activities[1]]
    assert await ids(contact_id=people.bob) == []
    assert await ids(contact_id=people.bob, opportunity_id=people.deal) == []
    response = await client.post("/activity/_query", json={"contact_id": people.ann, "limit": 3})
    page = response.json()
    oldest = page["data"][2]["created_at"]
    assert await ids(contact_id=people.ann, created_from=oldest) == newest_first[:3]
    assert await ids(contact_id=people.ann, created_to=oldest) == newest_first[2:]
    rest = await client.post("/activity/_query", json={"cursor": page["next_cursor"], "limit": 3})
    assert [row["id"] for row in rest.json()["data"]] == newest_first[3:]
    same = {"contact_id": people.ann, "cursor": page["next_cursor"]}
    assert await ids(**same) == newest_first[3:]


async def test_an_activity_carries_metadata_beside_its_nine_attributes(
    client: httpx.AsyncClient, people: People
) -> None:
    """Contract 3.10: plain JSON for a meeting, null otherwise; no relationships block."""
    response = await client.post("/activity/_query", json={"contact_id": people.ann})
    newest, *_, oldest = response.json()["data"]
    assert newest["metadata"] is None
    assert oldest["metadata"] == {"kind": "meeting", "title": "Kick-off"}
    assert "relationships" not in oldest
    assert set(oldest["attributes"]) == {
        "type", "sub_type", "status", "priority", "display_name", "owner_user_id", "ended_at", "badge_status", "location",
    }  # fmt: skip


async def test_archived_records_are_neither_read_nor_found(
    client: httpx.AsyncClient, people: People
) -> None:
    """Contract 7, no. 16."""
    assert (await client.get(f"/contact/{people.gone}")).status_code == 404
    found = (await client.post("/contact/_query", json={})).json()["data"]
    assert [row["id"] for row in found] == [people.ann, people.bob]
    deals = [{"field": "opportunities.display_name", "operator": "eq", "value": "Old deal"}]
    accounts = await client.post("/account/_query", json={"filters": deals})
    assert accounts.json()["data"] == []


async def test_ids_are_taken_in_upper_case_too(client: httpx.AsyncClient, people: People) -> None:
    """They are answered as they are stored."""
    response = await client.get(f"/contact/{people.ann.upper()}")
    assert response.json()["data"]["id"] == people.ann
