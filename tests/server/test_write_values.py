"""Values of every type: what is written is what is read; what cannot be is refused and named."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.json_text import dump_json, parse_json
from app.domain.values import VALUE_TYPES, Raw, Value
from app.server.store.accepting import ACCEPTANCE
from app.wire.public_v2.values import decode_value
from tests.server.gadgets import GADGET
from tests.server.workspaces import NOBODY, People

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.decimals(
    -(10**9), 10**9, places=5, allow_nan=False, allow_infinity=False
)  # fmt: skip
AMOUNTS = st.decimals(-(10**10), 10**10, places=4, allow_nan=False, allow_infinity=False)
MOMENTS = st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29), timezones=st.just(UTC))  # noqa: DTZ001
LABELS = st.lists(st.sampled_from(["PERSONAL", "WORK", "MOBILE"]), unique=True)
NAMES = st.from_regex(r"[a-zé][a-z0-9é.+-]{0,8}[a-z0-9]", fullmatch=True).filter(
    lambda text: ".." not in text
)
MAILS = st.tuples(
    NAMES, st.from_regex(r"[a-z]{1,8}(-[a-z0-9]{1,4})?\.(com|test)", fullmatch=True)
).map("@".join)
PHONES = st.from_regex(r"\+[1-9][0-9]{5,13}", fullmatch=True)
PARTS = ("street_one", "street_two", "city", "state", "country", "zip_code")


def _option(name: str) -> st.SearchStrategy[str]:
    rows = GADGET.attribute_by_name[name].options
    return st.sampled_from(
        [text for row in rows for text in (row.id, row.api_name, row.display_value)]
    )


def _items(key: str, texts: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    rows = st.lists(texts, unique_by=str.casefold, max_size=4)

    @st.composite
    def build(draw: st.DrawFn) -> list[dict[str, Any]]:
        found = draw(rows)
        primary = draw(st.integers(0, max(len(found) - 1, 0)))
        return [
            {key: text, "is_primary": place == primary, "labels": draw(LABELS)}
            for place, text in enumerate(found)
        ]

    return build()


WRITTEN: dict[str, st.SearchStrategy[Any]] = {
    "plain": TEXT,
    "story": TEXT,
    "page": TEXT,
    "count": NUMBERS,
    "share": NUMBERS,
    "price": AMOUNTS | AMOUNTS.map(str) | AMOUNTS.map(lambda amount: {"amount": str(amount)}),
    "flag": st.booleans(),
    "moment": MOMENTS.map(datetime.isoformat),
    "day": st.dates().map(date.isoformat),
    "hour": st.times().map(lambda moment: moment.replace(microsecond=0).isoformat()),
    "mail": MAILS,
    "phone": PHONES,
    "link": st.from_regex(r"https?://[a-z]{1,9}\.example(:[1-9][0-9]{1,3})?(/[a-z]{0,4})?", fullmatch=True),
    "serial": st.uuids().map(str),
    "colour": st.sampled_from(["RED", "GREEN", "BLUE"]),
    "size": _option("size"),
    "stage": _option("stage"),
    "place": st.fixed_dictionaries({}, optional=dict.fromkeys(PARTS, st.none() | TEXT)),
    "aliases": st.lists(TEXT, max_size=4),
    "numbers": st.lists(NUMBERS, max_size=4),
    "mails": _items("email", MAILS),
    "phones": _items("phone_number", PHONES),
}  # fmt: skip


def _meaning(name: str, raw: Any) -> Any:
    """What a written value is when it is read."""
    attribute = GADGET.attribute_by_name[name]
    kind = attribute.value_type
    if kind == "currency":
        return Decimal(raw["amount"] if isinstance(raw, dict) else raw)
    if kind in {"select", "contact_stage"}:
        return next(
            row.api_name
            for row in attribute.options
            if raw in {row.id, row.api_name, row.display_value}
        )
    if kind == "timestamp":
        moment = datetime.fromisoformat(raw)
        return moment - timedelta(microseconds=moment.microsecond % 1000)
    if kind == "date":
        return date.fromisoformat(raw)
    if kind == "time":
        return time.fromisoformat(raw)
    if kind == "address":
        return {part: raw.get(part) or None for part in PARTS} if any(raw.values()) else None
    if kind in {"contact_email", "contact_phone_number"}:
        return [tuple(row.values()) for row in raw]
    return raw


def _read(name: str, value: Value) -> Any:
    """The same from what the wire's own reader makes of the answer."""
    kind = GADGET.attribute_by_name[name].value_type
    assert not isinstance(value, Raw), value
    if kind in {"select", "contact_stage"}:
        return value.api_name  # type: ignore[union-attr]  # an Option, says the type
    if kind == "address":
        return None if value is None else {part: getattr(value, part) for part in PARTS}
    if kind == "contact_email":
        return [(row.email, row.is_primary, list(row.labels)) for row in value]  # type: ignore[union-attr]
    if kind == "contact_phone_number":
        return [(row.phone_number, row.is_primary, list(row.labels)) for row in value]  # type: ignore[union-attr]
    return list(value) if isinstance(value, tuple) else value


def _body(attributes: dict[str, Any]) -> bytes:
    """JSON with decimals digit for digit."""
    return dump_json({"attributes": attributes}).encode()


ALL = st.fixed_dictionaries({}, optional=WRITTEN)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(attributes=ALL, enveloped=st.booleans())
async def test_what_is_written_is_what_is_read(
    editor: httpx.AsyncClient, attributes: dict[str, Any], enveloped: bool
) -> None:
    """Every value type, raw and in its envelope, on create and on PATCH."""
    sent = {name: _wrapped(name, raw) if enveloped else raw for name, raw in attributes.items()}
    made = await editor.post("/gadget", content=_body(sent))
    assert made.status_code == 201, made.text
    gear = made.json()["data"]["id"]
    patched = await editor.patch(f"/gadget/{gear}", content=_body(sent))
    assert patched.json()["data"]["updated_at"] == made.json()["data"]["updated_at"]
    again = await editor.get(f"/gadget/{gear}")
    assert again.content == patched.content == made.content
    answer = parse_json(again.content)
    envelopes: Any = answer["data"]["attributes"]  # type: ignore[index, call-overload]
    for name, raw in attributes.items():
        assert _read(name, decode_value(envelopes[name])) == _meaning(name, raw), name
    for name in WRITTEN.keys() - attributes.keys():
        assert decode_value(envelopes[name]) in {None, ()}


def _wrapped(name: str, raw: Any) -> Any:
    kind = GADGET.attribute_by_name[name].value_type
    if GADGET.attribute_by_name[name].is_array:
        return [{"value_type": kind, "value": item} for item in raw]
    return {"value_type": kind, "value": raw}


def test_every_value_type_can_be_written() -> None:
    """The table has no hole."""
    assert ACCEPTANCE.keys() == VALUE_TYPES.keys()


async def test_a_record_can_be_written_as_it_was_read(
    editor: httpx.AsyncClient, people: People
) -> None:
    """All writable attributes of a read go back without a change."""
    phones = [{"phone_number": "+15550100", "is_primary": True}]
    ann = {"primary_email": "ann@example.com", "contact_phone_numbers": phones}
    await editor.patch(f"/contact/{people.ann}", json={"attributes": ann})
    for record_type, record in (
        ("contact", people.ann),
        ("opportunity", people.deal),
        ("gadget", people.gadget),
    ):
        data = (await editor.get(f"/{record_type}/{record}")).json()["data"]
        schema = (await editor.get(f"/_schema/{record_type}")).json()
        mine = {row["api_name"] for row in schema["attributes"] if row["is_updatable"]}
        attributes = {name: value for name, value in data["attributes"].items() if name in mine}
        answer = await editor.patch(f"/{record_type}/{record}", json={"attributes": attributes})
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"] == data


REFUSED: list[tuple[str, str]] = [
    *((name, bad) for name in ("plain", "story", "page", "mail", "phone", "link", "serial", "colour", "size", "stage",
                               "moment", "day", "hour", "owner_user_id") for bad in ("1", "true", "[]", '{"a":1}')),
    *((name, bad) for name in ("count", "share") for bad in ('"1"', "true", "1e400", "-1e400", "0.1234567890123456",
                                                             str(2**63), "[1]", "1" * 400)),
    *(("price", bad) for bad in ('"x"', '"1_000"', '" 1"', '"NaN"', '"Infinity"', '"1e3"', "1.00001", "1e15", "true",
                                 "1234567890123456", "0.12345", '"12345678901234567.5"', '{"amount":null}',
                                 '{"amount":"1","currency":"EUR"}', '"١"')),
    *(("flag", bad) for bad in ("1", '"true"')),
    *(("moment", bad) for bad in ('"2026-06-01"', '"2026-06-01T10:00:00"', '"2026-06-01T24:00:00Z"',
                                  '"2026-02-30T10:00:00Z"', '"20260601T100000Z"', '"0001-01-01T00:00:00+14:00"',
                                  '"2026-06-01T10:00:60Z"', '"2026-06-01T10:00:00+25:00"', '"٢٠٢٦-06-01T10:00:00Z"')),
    *(("day", bad) for bad in ('"2026-13-01"', '"2026-02-29"', '"20260601"', '"2026-W01-1"', '"2026-06-01T00:00:00Z"')),
    *(("hour", bad) for bad in ('"24:00"', '"9:30"', '"09:60"', '"09:30:00Z"', '"09:30:00.5"', '"09"')),
    *(("mail", bad) for bad in ('""', '"a"', '"a@b"', '"@b.test"', '"a@"', '"a b@c.test"', '"a@@b.test"', '"a@b.test\\n"',
                                '"a..b@c.test"', '".a@c.test"', '"a@-b.test"', '"a@b..test"', '"a@1.2.3.4"',
                                '"<a@b.test>"', '"a@b.test, c@d.test"', '"' + "a" * 250 + '@b.test"', '"a\\u202e@b.test"')),
    *(("phone", bad) for bad in ('""', '"x"', '"12"', '"+"', '"1234567890123456"', '"+1 555 CALL"', '"++15550100"')),
    *(("link", bad) for bad in ('""', '"x"', '"javascript:alert(1)"', '"http://"', '"//x.test"', '"http://a b.test"',
                                '"http://x.test:99999"', '"http://x.test/\\n"', '"ftp://x.test"')),
    *(("serial", bad) for bad in ('"x"', '"01890000-0000-7000-8000-00000000000g"', '""')),
    *(("size", bad) for bad in ('""', '"huge"', '"SMALL"')),
    ("colour", '"red?"'),
    ("stage", '"small"'),
    *(("place", bad) for bad in ('"Paris"', "[]", '{"town":"x"}', '{"city":1}')),
    *(("aliases", bad) for bad in ('"x"', "[null]", "[1]", '{"value_type":"string","value":["x"]}')),
    *(("sizes", bad) for bad in ('["small","small"]', '["huge"]', '"small"')),
    *(("mails", bad) for bad in ('["a@b.test"]', '[{"email":"a@b.test"}]', '[{"email":"a@b.test","is_primary":1}]',
                                 '[{"is_primary":true}]', '[{"email":"x","is_primary":true}]',
                                 '[{"email":"a@b.test","is_primary":true},{"email":"c@b.test","is_primary":true}]',
                                 '[{"email":"a@b.test","is_primary":true},{"email":"A@B.TEST"}]',
                                 '[{"email":"a@b.test","is_primary":true,"labels":["HOME"]}]',
                                 '[{"email":"a@b.test","is_primary":true,"labels":["WORK","WORK"]}]',
                                 '[{"email":"a@b.test","is_primary":true,"labels":"WORK"}]',
                                 '[{"email":"a@b.test","is_primary":true,"more":1}]')),
    *(("plain", bad) for bad in ('{"value_type":"number","value":"x"}', '{"value":"x"}', '{"value_type":"string"}',
                                 '{"value_type":"string","value":"x","more":1}', '{"value_type":"string","value":1}')),
    *(("owner_user_id", bad) for bad in ('"x"', '{"related_record_id":1}', '{"related_record_type":"user"}',
                                         f'{{"related_record_id":"{NOBODY}","related_record_type":"team"}}',
                                         f'{{"related_record_id":"{NOBODY}","related_record_match":{{"email":"x"}}}}')),
]  # fmt: skip


@pytest.mark.parametrize(("name", "bad"), REFUSED)
async def test_a_value_that_does_not_fit_is_refused_and_named(
    editor: httpx.AsyncClient, name: str, bad: str
) -> None:
    """400 field_value_invalid, never stored, never a fault."""
    body = f'{{"attributes":{{"{name}":{bad}}}}}'.encode()
    answer = await editor.post("/gadget", content=body)
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert (error["code"], error["field"]) == ("field_value_invalid", name)


LONG: list[tuple[str, Callable[[int], Any], int]] = [
    ("plain", lambda size: "é" * size, 4_096),
    ("story", lambda size: "x" * size, 65_536),
    ("page", lambda size: "x" * size, 65_536),
    ("aliases", lambda size: ["x"] * size, 1_000),
]


@pytest.mark.parametrize(("name", "make", "limit"), LONG)
async def test_a_value_may_be_long_but_not_longer(
    editor: httpx.AsyncClient, name: str, make: Callable[[int], Any], limit: int
) -> None:
    """The limit itself still fits."""
    fits = await editor.post("/gadget", json={"attributes": {name: make(limit)}})
    assert fits.status_code == 201
    answer = await editor.post("/gadget", json={"attributes": {name: make(limit + 1)}})
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, name)


async def test_null_clears_whatever_the_type(editor: httpx.AsyncClient, people: People) -> None:
    """An empty list for list-like ones; raw or in an envelope."""
    names = [row.api_name for row in GADGET.visible if row.is_updatable]
    values: dict[str, Any] = dict.fromkeys(names)
    values["plain"] = {"value_type": "string", "value": None}
    answer = await editor.patch(f"/gadget/{people.gadget}", json={"attributes": values})
    attributes = answer.json()["data"]["attributes"]
    assert all(decode_value(attributes[name]) in {None, ()} for name in names)


async def test_a_reference_is_an_id_or_a_match(editor: httpx.AsyncClient, people: People) -> None:
    """Raw, as it is read, or by one unique field of the target."""
    for raw in (
        people.user,
        people.user.upper(),
        {"related_record_id": people.user, "related_record_type": "user"},
        {"related_record_match": {"email": "REP@example.com"}},
        {"related_record_match": {"id": people.user}},
        {"value_type": "record_reference", "value": people.user},
    ):
        answer = await editor.post(
            "/gadget", json={"attributes": {"owner_user_id": raw, "friends": [raw]}}
        )
        attributes = answer.json()["data"]["attributes"]
        assert attributes["owner_user_id"]["value"]["related_record_id"] == people.user
        assert attributes["friends"][0]["value"]["related_record_id"] == people.user


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (NOBODY, 404, "target_record_not_found"),
        ({"related_record_match": {"email": "no@example.com"}}, 404, "target_record_not_found"),
        ({"related_record_match": {"first_name": "Rita"}}, 400, "invalid_matching_field"),
        ({"related_record_match": {"nothing": "Rita"}}, 400, "invalid_matching_field"),
        ({"related_record_match": {}}, 400, "invalid_matching_field"),
        ({"related_record_match": {"email": "a", "id": "b"}}, 400, "invalid_matching_field"),
        ({"related_record_match": None}, 400, "invalid_matching_field"),
        ({"related_record_match": {"email": 1}}, 400, "field_value_invalid"),
        ({"related_record_match": {"email": ["rep@example.com"]}}, 400, "field_value_invalid"),
        ({"related_record_match": {"id": "x"}}, 400, "field_value_invalid"),
    ],
)
async def test_a_reference_that_finds_nothing_is_refused(
    editor: httpx.AsyncClient, raw: Any, status: int, code: str
) -> None:
    """Each with the code of the documentation."""
    answer = await editor.post("/gadget", json={"attributes": {"owner_user_id": raw}})
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


async def test_an_account_is_matched_by_its_domain(
    editor: httpx.AsyncClient, people: People
) -> None:
    """Though the key is no attribute of it."""
    match = {"related_record_match": {"domain_name": "Acme.example"}}
    body = {"attributes": {"display_name": "d", "stage": "proposal", "account_id": match}}
    answer = await editor.post("/opportunity", json=body)
    assert (
        answer.json()["data"]["attributes"]["account_id"]["value"]["related_record_id"]
        == people.acme
    )
