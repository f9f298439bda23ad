"""The writes of Public API v2: the requests, what a failure proves, and that nothing is done twice."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

import httpx
import pytest

from app.clients.public_v2 import PublicV2Client
from app.clients.retry import VERDICTS, Call, Evidence, Verdict
from app.domain.backend import Backend
from app.domain.capabilities import Action, Source, may
from app.domain.edits import UNSET, Change
from app.domain.errors import (
    Conflict,
    Forbidden,
    NotFound,
    RateLimited,
    Rejected,
    TimedOut,
    Unauthorized,
    Unreachable,
    WriteRefused,
)
from app.domain.outcomes import Did, Done, Refused, Unknown, WriteOutcome
from app.domain.records import Record, RecordId
from app.domain.requests import PreparedRequest
from app.domain.values import Raw
from tests.clients.senders import FakeTime, answer, client

ONE = RecordId("contact", "9b4f2fb1-2a7f-4d75-8d5f-3f3f0d7f2a7a")
FIRM = RecordId("account", "0d6f6c4e-3c0b-4b43-9a33-0f9a5c7a1f11")
NAME = Change("first_name", "Dana")
RECORD = {"data": {"id": ONE.id, "record_type": "contact", "attributes": {}}}
EDGE = {
    "parent": {"id": ONE.id, "record_type": "contact"},
    "api_name": "accounts",
    "item": {"related_record_id": FIRM.id, "related_record_type": "account"},
}
ITEM = {"data": {"id": "e1", "envelope": {"id": "e1", "email": "a@b.test"}}}


@dataclass
class Crm:
    """A scripted server: health apart, then one answer after the other; the last one stays."""

    answers: list[httpx.Response | Exception]
    health: object = field(default_factory=lambda: {"status": "ok"})
    requests: list[httpx.Request] = field(default_factory=list)
    asked_health: int = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/health"):
            self.asked_health += 1
            if isinstance(self.health, Exception):
                raise self.health
            return self.health if isinstance(self.health, httpx.Response) else answer(self.health)
        self.requests.append(request)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, Exception):
            raise found
        return httpx.Response(found.status_code, headers=found.headers, content=found.content)


def crm(*answers: httpx.Response | Exception, **rest: object) -> Crm:
    return Crm([*answers], **rest)  # type: ignore[arg-type]  # passed through


Write = Callable[[Backend], Awaitable[WriteOutcome]]

WRITES: dict[str, tuple[Write, Callable[[Backend], PreparedRequest], object]] = {
    "create": (
        lambda b: b.create("contact", [NAME]),
        lambda b: b.prepare_create("contact", [NAME]),
        RECORD,
    ),
    "patch": (lambda b: b.patch(ONE, [NAME]), lambda b: b.prepare_patch(ONE, [NAME]), RECORD),
    "archive": (lambda b: b.archive(ONE), lambda b: b.prepare_archive(ONE), None),
    "assert": (
        lambda b: b.assert_record("contact", Change("primary_email", "a@b.test"), [NAME]),
        lambda b: b.prepare_assert_record("contact", Change("primary_email", "a@b.test"), [NAME]),
        {**RECORD, "meta": {"action": "updated"}},
    ),
    "add link": (
        lambda b: b.add_link(ONE, "accounts", FIRM.id, [Change("role", "CTO")]),
        lambda b: b.prepare_add_link(ONE, "accounts", FIRM.id, [Change("role", "CTO")]),
        EDGE,
    ),
    "patch link": (
        lambda b: b.patch_link(ONE, "accounts", FIRM.id, [Change("role", None)]),
        lambda b: b.prepare_patch_link(ONE, "accounts", FIRM.id, [Change("role", None)]),
        EDGE,
    ),
    "remove link": (
        lambda b: b.remove_link(ONE, "accounts", FIRM.id),
        lambda b: b.prepare_remove_link(ONE, "accounts", FIRM.id),
        None,
    ),
    "add item": (
        lambda b: b.add_item(ONE, "contact_emails", [Change("email", "a@b.test")]),
        lambda b: b.prepare_add_item(ONE, "contact_emails", [Change("email", "a@b.test")]),
        ITEM,
    ),
    "patch item": (
        lambda b: b.patch_item(ONE, "contact_emails", "e1", [Change("is_primary", True)]),
        lambda b: b.prepare_patch_item(ONE, "contact_emails", "e1", [Change("is_primary", True)]),
        ITEM,
    ),
    "remove item": (
        lambda b: b.remove_item(ONE, "contact_emails", "e1"),
        lambda b: b.prepare_remove_item(ONE, "contact_emails", "e1"),
        None,
    ),
}
"""Every write of the port with its twin and an answer that proves it."""

EACH = pytest.mark.parametrize("name", WRITES)


def proof(name: str) -> httpx.Response:
    """The answer that proves a write."""
    body = WRITES[name][2]
    return httpx.Response(204) if body is None else answer(body)


def refusal(status: int, code: str = "no", headers: dict[str, str] | None = None) -> httpx.Response:
    body = {"error": {"code": code, "message": "no", "field": None, "details": None}}
    return answer(body, status, (headers or {}).items())


@EACH
async def test_what_was_prepared_is_what_is_sent(name: str) -> None:
    """Method, address, body and headers, byte for byte; then it is done."""
    write, prepare, _ = WRITES[name]
    network = crm(proof(name))
    backend = client(network)
    prepared = prepare(backend)
    outcome = await write(backend)
    assert isinstance(outcome, Done)
    (sent,) = network.requests
    assert (sent.method, str(sent.url)) == (prepared.method, prepared.url)
    assert sent.content == (prepared.body or b"")
    assert all(sent.headers[name] == value for name, value in prepared.headers)
    assert not prepared.is_read
    assert prepared.is_create == (name == "create")
    assert outcome.number == backend.log.sent


@pytest.mark.parametrize(
    ("name", "line", "body"),
    [
        ("create", "POST /contact", b'{"attributes": {"first_name": "Dana"}}'),
        ("patch", f"PATCH /contact/{ONE.id}", b'{"attributes": {"first_name": "Dana"}}'),
        ("archive", f"DELETE /contact/{ONE.id}", None),
        (
            "assert",
            "POST /contact/_assert",
            b'{"match": {"primary_email": "a@b.test"}, "attributes": {"first_name": "Dana"}}',
        ),
        (
            "add link",
            f"POST /contact/{ONE.id}/relationship/accounts",
            f'{{"related_record_id": "{FIRM.id}", "role": "CTO"}}'.encode(),
        ),
        (
            "patch link",
            f"PATCH /contact/{ONE.id}/relationship/accounts/{FIRM.id}",
            b'{"role": null}',
        ),
        ("remove link", f"DELETE /contact/{ONE.id}/relationship/accounts/{FIRM.id}", None),
        (
            "add item",
            f"POST /contact/{ONE.id}/attribute/contact_emails",
            b'{"email": "a@b.test"}',
        ),
        (
            "patch item",
            f"PATCH /contact/{ONE.id}/attribute/contact_emails/e1",
            b'{"is_primary": true}',
        ),
        ("remove item", f"DELETE /contact/{ONE.id}/attribute/contact_emails/e1", None),
    ],
)
def test_requests_are_the_documented_ones(name: str, line: str, body: bytes | None) -> None:
    """Contract 2, 3.3, 3.5, 3.8 and 3.9."""
    prepared = WRITES[name][1](client(crm(AssertionError("nothing may be sent"))))
    assert (f"{prepared.method} {prepared.path}", prepared.body) == (line, body)


# What a failure proves, and what each kind of call then ends in. Source: RELIABILITY 5.1.
NOT_SENT = (httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x"))
BUSY = (refusal(429), refusal(429, headers={"Retry-After": "2"}))
LOST = (
    *(refusal(status) for status in (408, 500, 502, 504, 599)),
    refusal(503),
    refusal(503, headers={"Retry-After": "2"}),
    httpx.ReadError("x"),
    httpx.WriteError("x"),
    httpx.ReadTimeout("x"),
    httpx.WriteTimeout("x"),
    httpx.RemoteProtocolError("x"),
)
ODD = (
    httpx.Response(302, headers={"Location": "https://else.example/"}),
    httpx.Response(200, content=b"<html>Log in</html>"),
    httpx.Response(200, content=b"{"),
    httpx.Response(201, content=b""),
    httpx.Response(202, content=b""),
    answer([1]),
    answer({"error": {"code": "x"}}),
)
FINAL = tuple(
    refusal(status) for status in (400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 423, 431)
)


def label(value: object) -> str:
    if isinstance(value, httpx.Response):
        return f"{value.status_code} {dict(value.headers).get('retry-after', '')} {value.content!r:.20}"
    return type(value).__name__


@EACH
@pytest.mark.parametrize("failure", NOT_SENT + BUSY, ids=label)
async def test_what_was_not_processed_is_sent_again(
    name: str, failure: httpx.Response | Exception
) -> None:
    """Three attempts at most, after the wait that was asked for; then it is refused, for nothing was changed."""
    time = FakeTime()
    network = crm(failure, failure, proof(name))
    assert isinstance(await WRITES[name][0](client(network, time=time)), Done)
    assert len(network.requests) == 3
    network = crm(failure)
    outcome = await WRITES[name][0](client(network, time=time))
    assert len(network.requests) == 3
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, RateLimited | Unreachable)
    if isinstance(failure, httpx.Response) and "Retry-After" in failure.headers:
        assert time.slept
        assert min(time.slept) >= 2


@EACH
@pytest.mark.parametrize("failure", LOST + ODD, ids=label)
async def test_what_may_have_been_done_is_never_sent_again(
    name: str, failure: httpx.Response | Exception
) -> None:
    """Not by the program: one request, and an outcome that says what was sent."""
    write, prepare, _ = WRITES[name]
    network = crm(failure, proof(name))
    backend = client(network)
    outcome = await write(backend)
    assert len(network.requests) == 1
    assert isinstance(outcome, Unknown)
    assert outcome.sent == prepare(backend)
    assert outcome.error.is_effect_unknown
    assert outcome.error.number == backend.log.sent


@EACH
@pytest.mark.parametrize("failure", FINAL, ids=label)
async def test_a_refusal_stands(name: str, failure: httpx.Response) -> None:
    """Sent once; nothing was changed, and the error says why."""
    network = crm(failure, proof(name))
    outcome = await WRITES[name][0](client(network))
    assert len(network.requests) == 1
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "no"
    assert not outcome.error.is_effect_unknown


def test_the_table_has_a_verdict_for_every_case() -> None:
    """And no verdict lets a create be sent again that may have been done."""
    assert set(VERDICTS) == set(Evidence)
    for evidence, row in VERDICTS.items():
        assert set(row) == set(Call)
        is_open = row[Call.CHANGE] is Verdict.READ_BACK
        assert (row[Call.CREATE] is Verdict.RECONCILE) == is_open, evidence


async def test_not_sent_then_lost_is_unknown() -> None:
    """The last attempt decides."""
    network = crm(httpx.ConnectError("x"), httpx.ReadError("x"), answer(RECORD, 201))
    outcome = await client(network).create("contact", [NAME])
    assert isinstance(outcome, Unknown)
    assert len(network.requests) == 2


async def test_a_long_wait_is_not_waited_for() -> None:
    """It is refused, with what the server asked for."""
    network = crm(refusal(429, headers={"Retry-After": "3600"}))
    outcome = await client(network).create("contact", [NAME])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, RateLimited)
    assert outcome.error.retry_after_s == 3600
    assert len(network.requests) == 1


@EACH
async def test_a_cancelled_write_is_logged_as_unknown(name: str) -> None:
    """Cancelling passes through; the log says that the effect is not known."""
    started = asyncio.Event()

    class Stuck(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/health"):
                return httpx.Response(200, stream=httpx.ByteStream(b"{}"))
            started.set()
            await asyncio.Event().wait()
            raise AssertionError

    backend = client(Stuck())  # type: ignore[arg-type]  # a transport will do
    task = asyncio.ensure_future(WRITES[name][0](backend))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    last = backend.log.last
    assert last is not None
    assert (last.is_cancelled, last.outcome) == (True, "cancelled: effect unknown")


@EACH
async def test_a_read_only_session_refuses_before_anything_is_sent(name: str) -> None:
    """Not even the health call leaves."""
    network = crm(proof(name))
    backend = client(network, is_read_only=True)
    outcome = await WRITES[name][0](backend)
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, WriteRefused)
    assert (network.requests, network.asked_health, backend.log.sent) == ([], 0, 0)
    assert WRITES[name][1](backend).method in {"POST", "PATCH", "DELETE"}


@pytest.mark.parametrize("name", ["create", "assert", "add link", "add item"])
async def test_an_idempotency_key_goes_with_every_post_where_it_is_offered(name: str) -> None:
    """The same through all attempts of one write, another one for the next; health is asked once."""
    network = crm(refusal(429), proof(name), proof(name), health={"features": ["idempotency-key"]})
    backend = client(network)
    await WRITES[name][0](backend)
    await WRITES[name][0](backend)
    first, again, second = (row.headers["idempotency-key"] for row in network.requests)
    assert first == again != second
    assert network.asked_health == 1


@EACH
async def test_no_header_of_ours_goes_to_a_server_that_does_not_offer_it(name: str) -> None:
    """The documented API knows neither."""
    network = crm(proof(name))
    await WRITES[name][0](client(network))
    assert not {"idempotency-key", "if-match"} & set(network.requests[0].headers)


async def test_an_intent_is_the_key() -> None:
    """So that a journal knows it beforehand; after the first question preparing shows it too."""
    network = crm(answer(RECORD, 201), health={"features": ["idempotency-key"]})
    backend = client(network)
    await backend.create("contact", [NAME], intent="intent-1")
    assert network.requests[0].headers["idempotency-key"] == "intent-1"
    prepared = backend.prepare_create("contact", [NAME], intent="intent-2")
    assert ("Idempotency-Key", "intent-2") in prepared.headers


@pytest.mark.parametrize("features", [["if-match"], []])
async def test_a_base_goes_along_where_preconditions_are_offered(features: list[str]) -> None:
    """Patch and archive, in the server's own writing; without the offer, or without a mark in the base, nothing is sent."""
    written = "2026-01-05T09:00:00.120Z"
    shape = {"data": {"id": ONE.id, "updated_at": written, "attributes": {}}}
    base = await client(crm(answer(shape))).read(ONE)
    network = crm(
        answer(RECORD), httpx.Response(204), answer(RECORD), health={"features": features}
    )
    backend = client(network)
    await backend.patch(ONE, [NAME], base=base)
    await backend.archive(ONE, base=base)
    await backend.patch(ONE, [NAME], base=Record(ONE, MappingProxyType({})))
    sent = [row.headers.get("if-match") for row in network.requests]
    expected = f'"{written}"' if features else None
    assert sent == [expected, expected, None]


async def test_the_offers_are_asked_before_the_first_write_only() -> None:
    """Reads do not need them."""
    network = crm(answer(RECORD))
    backend = client(network)
    await backend.read(ONE)
    assert network.asked_health == 0
    await backend.patch(ONE, [NAME])
    await backend.patch(ONE, [NAME])
    assert network.asked_health == 1


@pytest.mark.parametrize("status", [404, 401, 200])
async def test_a_server_without_health_offers_nothing(status: int) -> None:
    """The write goes its way, and the question is not put again."""
    odd = httpx.Response(status, content=b"<html></html>")
    network = crm(answer(RECORD), health=odd)
    backend = client(network)
    assert isinstance(await backend.patch(ONE, [NAME]), Done)
    assert isinstance(await backend.patch(ONE, [NAME]), Done)
    assert network.asked_health == 1


async def test_a_server_out_of_reach_is_not_sent_a_write() -> None:
    """Nothing was changed, so it is refused; the next write asks again."""
    network = crm(answer(RECORD), health=httpx.ReadTimeout("x"))
    backend = client(network)
    outcome = await backend.create("contact", [NAME])
    assert isinstance(outcome, Refused)
    assert isinstance(outcome.error, TimedOut)
    assert network.requests == []
    network.health = {"status": "ok"}
    assert isinstance(await backend.patch(ONE, [NAME]), Done)


async def test_a_failing_health_is_asked_again() -> None:
    """A server in trouble has not said what it offers."""
    network = crm(answer(RECORD), health=httpx.Response(503))
    backend = client(network)
    await backend.patch(ONE, [NAME])
    network.health = {"features": ["idempotency-key"]}
    await backend.create("contact", [NAME])
    assert "idempotency-key" in network.requests[-1].headers


@pytest.mark.parametrize(
    "value",
    [float("nan"), "\ud800", Raw("?", "odd"), datetime(2026, 1, 5)],  # noqa: DTZ001  # the point
)
async def test_what_json_cannot_carry_is_refused_before_sending(value: object) -> None:
    """By the outcome, and by an error when preparing."""
    network = crm(answer(RECORD))
    backend = client(network)
    change = Change("first_name", value)  # type: ignore[arg-type]  # the point
    outcome = await backend.create("contact", [change])
    assert isinstance(outcome, Refused)
    assert outcome.error.code == "field_value_invalid"
    assert network.requests == []
    with pytest.raises(Rejected):
        backend.prepare_create("contact", [change])


@pytest.mark.parametrize("part", ["", ".", ".."])
async def test_no_id_makes_a_write_reach_another_route(part: str) -> None:
    """An empty id would turn archiving a record into deleting its type."""
    network = crm(httpx.Response(204))
    outcome = await client(network).archive(RecordId("contact", part))
    assert isinstance(outcome, Refused)
    assert network.requests == []


def test_absent_null_and_an_own_body() -> None:
    """What is unset is not in the body; an activity is logged in its own words."""
    backend = client(crm(AssertionError("nothing may be sent")))
    changes = [Change("title", None), Change("stage", UNSET), Change("department", "")]
    body = backend.prepare_patch(ONE, changes).body
    assert body == b'{"attributes": {"title": null, "department": ""}}'
    words = [
        Change("contact_ids", ("c1",)),
        Change("subject", "Call"),
        Change("activity_time", datetime(2026, 1, 5, 9, tzinfo=UTC)),
    ]
    logged = json.loads(backend.prepare_create("activity", words).body or b"")
    assert logged == {
        "attributes": {
            "metadata": {"subject": "Call", "activity_time": "2026-01-05T09:00:00Z"},
            "contact_ids": ["c1"],
        }
    }
    match = backend.prepare_add_link(ONE, "accounts", Change("domain_name", "a.test"))
    assert match.body == b'{"related_record_match": {"domain_name": "a.test"}}'


@pytest.mark.parametrize(
    ("body", "status", "did"),
    [
        ({**RECORD, "meta": {"action": "created"}}, 200, Did.CREATED),
        ({**RECORD, "meta": {"action": "updated"}}, 201, Did.UPDATED),
        (RECORD, 201, Did.CREATED),
        ({**RECORD, "meta": None}, 200, Did.UPDATED),
    ],
)
async def test_assert_says_which_branch_it_took(body: object, status: int, did: Did) -> None:
    """`meta.action` first, then the status."""
    backend = client(crm(answer(body, status)))
    outcome = await backend.assert_record("contact", Change("primary_email", "a@b.test"), [NAME])
    assert isinstance(outcome, Done)
    assert outcome.action is did


async def test_an_answer_about_another_record_proves_nothing() -> None:
    """The patch or link may or may not have been done."""
    other = {"data": {"id": "other", "attributes": {}}}
    assert isinstance(await client(crm(answer(other))).patch(ONE, [NAME]), Unknown)
    backend = client(crm(answer(EDGE, 201)))
    assert isinstance(await backend.add_link(ONE, "accounts", "other"), Unknown)


async def test_items_are_found_in_both_places() -> None:
    """Under `data.envelope` for e-mails, bare under `data` for domains."""
    backend = client(crm(answer(ITEM, 201)))
    added = await backend.add_item(ONE, "contact_emails", [])
    assert isinstance(added, Done)
    assert added.item == {"id": "e1", "email": "a@b.test"}
    bare = {"data": {"domain_name": "a.test", "is_primary": True, "status": "ACTIVE"}}
    added = await client(crm(answer(bare, 201))).add_item(FIRM, "domains", [])
    assert isinstance(added, Done)
    assert added.item == bare["data"]


@pytest.mark.parametrize("status", [200, 201, 203])
async def test_the_body_proves_a_create_whatever_the_success(status: int) -> None:
    """201 is documented; others count if the record is there."""
    outcome = await client(crm(answer(RECORD, status))).create("contact", [NAME])
    assert isinstance(outcome, Done)
    assert outcome.record is not None
    assert outcome.record.record_id == ONE


async def test_a_patch_or_removal_without_body_is_done() -> None:
    """204 says so; a removal may also answer with an object."""
    assert isinstance(await client(crm(httpx.Response(204))).patch(ONE, [NAME]), Done)
    assert isinstance(await client(crm(answer({}))).archive(ONE), Done)
    assert isinstance(await client(crm(httpx.Response(204))).create("contact", [NAME]), Unknown)


async def test_a_refusal_teaches_the_session_and_a_success_takes_it_back() -> None:
    """What is asked of capabilities afterwards knows it; another session does not."""
    network = crm(refusal(403, "permission_denied"), answer(RECORD))
    backend = client(network)
    await backend.patch(ONE, [NAME])
    found = may(backend.resources, "contact", Action.PATCH, is_read_only=False)
    assert (found.source, found.error_code) == (Source.LEARNED, "permission_denied")
    assert found.evidence.startswith("request 2, 2026-11-21 12:00:00")
    assert may(client(network).resources, "contact", Action.PATCH, is_read_only=False).is_open
    await backend.patch(ONE, [NAME])
    assert may(backend.resources, "contact", Action.PATCH, is_read_only=False).is_open


async def test_a_refused_read_teaches_too() -> None:
    """A key without the right to read is told so once."""
    backend = client(crm(refusal(403)))
    with pytest.raises(Forbidden):
        await backend.read(ONE)
    found = may(backend.resources, "contact", Action.READ, is_read_only=False)
    assert found.source is Source.LEARNED


@pytest.mark.parametrize(
    "failure", [refusal(500), httpx.ReadTimeout("x"), refusal(409), refusal(404)], ids=label
)
async def test_trouble_teaches_nothing(failure: httpx.Response | Exception) -> None:
    """It says nothing of what may be done."""
    backend = client(crm(failure))
    outcome = await backend.patch(ONE, [NAME])
    assert isinstance(outcome, Refused | Unknown)
    assert len(backend.resources.learned) == 0


async def test_errors_keep_their_kind() -> None:
    """A front end tells a conflict from a missing record and a wrong key."""
    for status, kind in ((401, Unauthorized), (404, NotFound), (409, Conflict), (412, Conflict)):
        outcome = await client(crm(refusal(status))).patch(ONE, [NAME])
        assert isinstance(outcome, Refused)
        assert isinstance(outcome.error, kind)


def test_every_write_of_the_port_is_tested() -> None:
    """A row per method with a twin, so that no write is left out."""
    twins = {name for name in vars(Backend) if name.startswith("prepare_")}
    reads = {"prepare_schema", "prepare_read", "prepare_query"}
    assert len(WRITES) == len(twins - reads)
    assert all(hasattr(PublicV2Client, name) for name in twins)
