"""The transport: what is sent, what is refused, what is repeated, and what of it is seen."""

import asyncio
import logging
import ssl

import httpx
import pytest

from app.clients.retry import LONGEST_WAIT_S
from app.clients.transport import ATTEMPTS, KeyAuth, Limits
from app.domain.errors import (
    BackendError,
    BadAnswer,
    ConfigError,
    Conflict,
    Forbidden,
    NotAllowed,
    NotFound,
    RateLimited,
    Rejected,
    ServerFailed,
    TimedOut,
    Unauthorized,
    Unreachable,
    WriteRefused,
)
from app.domain.requests import PreparedRequest
from app.domain.secret import Secret
from tests.clients.senders import (
    BASE,
    CANARY,
    FakeTime,
    Script,
    answer,
    query_request,
    read_request,
    script,
    transport,
    write_request,
)

OK = {"data": {"id": "1"}}


async def test_sends_the_prepared_bytes_with_the_key_and_asks_for_no_packing() -> None:
    """What was prepared is what goes out, plus the key and the usual headers."""
    network = script(answer(OK))
    request = PreparedRequest(
        "POST", BASE, "/contact/_query", b'{"limit":  1}', (("Prefer", "reference-names"),)
    )
    got = await transport(network).send(request)
    sent = network.requests[0]
    assert got.body == b'{"data": {"id": "1"}}'
    assert sent.content == b'{"limit":  1}'
    assert str(sent.url) == f"{BASE}/contact/_query"
    assert sent.headers["authorization"] == f"Bearer {CANARY}"
    assert sent.headers["prefer"] == "reference-names"
    assert sent.headers["accept-encoding"] == "identity"
    assert sent.headers["content-type"] == "application/json"


async def test_a_public_call_carries_no_key() -> None:
    """The health call is documented as open, so it gets no key."""
    network = script(answer({}))
    await transport(network).send(read_request("/health"), is_keyed=False)
    assert "authorization" not in network.requests[0].headers


@pytest.mark.parametrize(
    "url",
    [
        "http://crm.example/api/v2",
        "http://127.0.0.1.example/api",
        "http://localhost.example/",
        "http://10.0.0.1/api",
        "ftp://crm.example",
        "crm.example/api",
        "https://",
        "https://user:pw@crm.example/",
        "https://crm.example/api?x=1",
        "https://crm.example/api#x",
        "https://crm.example/ api",
        "https://crm.example\\@evil.example/",
        "https://crm.example:99999/",
        "https://crm.exämple/",
        "https://[::1/",
        "",
    ],
)
def test_refuses_an_address_that_is_neither_https_nor_this_machine(url: str) -> None:
    """A key never travels in the clear, and never to an address that can be read in two ways."""
    with pytest.raises(ConfigError):
        transport(script(answer(OK)), base_url=url)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8484/api/v2", "http://localhost/api", "http://[::1]:1/api", "https://a.b/"],
)
def test_takes_https_and_this_machine(url: str) -> None:
    """Plain http is fine where no wire is."""
    assert transport(script(answer(OK)), base_url=url).base_url == url.rstrip("/")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_error_and_its_target_gets_nothing(status: int) -> None:
    """Neither key nor body follows a redirect; the error names the host."""
    network = script(answer({}, status, [("Location", "https://evil\x1b.example/steal")]))
    with pytest.raises(BadAnswer, match=r"redirects to evil.*\.example") as caught:
        await transport(network).send(query_request())
    assert len(network.requests) == 1
    assert "\x1b" not in caught.value.reason
    assert caught.value.status == status


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, Unauthorized),
        (403, Forbidden),
        (404, NotFound),
        (405, NotAllowed),
        (409, Conflict),
        (412, Conflict),
        (413, Rejected),
        (414, Rejected),
        (415, Rejected),
        (422, Rejected),
        (423, Conflict),
        (431, Rejected),
        (101, BadAnswer),
        (304, BadAnswer),
        (600, BadAnswer),
        (999, BadAnswer),
    ],
)
async def test_each_status_becomes_its_error_without_a_second_attempt(
    status: int, kind: type[BackendError]
) -> None:
    """An answer that stands is not asked for again."""
    network = script(answer({"error": {"code": "c", "message": "m"}}, status))
    sender = transport(network)
    with pytest.raises(BackendError) as caught:
        await sender.send(read_request())
    assert type(caught.value) is kind
    assert (caught.value.number, caught.value.method, caught.value.path) == (1, "GET", "/contact/1")
    assert len(network.requests) == len(sender.log) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_read_is_tried_again_after_a_server_failure(status: int) -> None:
    """Two failures heal without anyone noticing; full jitter between."""
    time = FakeTime(dice=0.5)
    network = script(answer({}, status), answer({}, status), answer(OK))
    sender = transport(network, time=time)
    assert (await sender.send(query_request())).number == 3
    assert time.slept == [0.25, 0.5]
    assert [entry.attempt for entry in sender.log.entries] == [1, 2, 3]
    assert [entry.status for entry in sender.log.entries] == [status, status, 200]
    assert "again in 0.2 s" in sender.log.entries[0].outcome


async def test_a_read_is_given_up_after_three_attempts() -> None:
    """A server that stays down is not hammered."""
    network = script(answer({}, 503))
    with pytest.raises(ServerFailed):
        await transport(network).send(read_request())
    assert len(network.requests) == ATTEMPTS == 3


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
async def test_a_write_is_never_repeated_when_it_may_have_been_done(status: int) -> None:
    """A failure of the server says nothing about the effect."""
    network = script(answer({}, status, [("Retry-After", "1")]))
    with pytest.raises(BackendError):
        await transport(network).send(write_request())
    assert len(network.requests) == 1


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ReadError("x"),
        httpx.WriteError("x"),
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.RemoteProtocolError("x"),
        httpx.CloseError("x"),
    ],
)
async def test_a_lost_answer_is_asked_for_again_by_reads_only(fault: httpx.HTTPError) -> None:
    """Only what changes nothing is repeated blindly."""
    network = script(fault, answer(OK))
    await transport(network).send(read_request())
    assert len(network.requests) == 2
    network = script(fault, answer(OK))
    with pytest.raises(Unreachable) as caught:
        await transport(network).send(write_request("PATCH", "/contact/1"))
    assert len(network.requests) == 1
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (httpx.ConnectError("x"), Unreachable),
        (httpx.ConnectTimeout("x"), TimedOut),
        (httpx.PoolTimeout("x"), TimedOut),
    ],
)
async def test_what_was_provably_not_sent_is_tried_again_even_for_writes(
    fault: httpx.HTTPError, kind: type[BackendError]
) -> None:
    """Nothing reached the server, so nothing can happen twice."""
    network = script(fault, fault, answer(OK, 201))
    assert (await transport(network).send(write_request())).status == 201
    network = script(fault)
    with pytest.raises(kind):
        await transport(network).send(write_request())
    assert len(network.requests) == 3


async def test_a_certificate_that_proves_nothing_is_said_so_and_not_tried_again() -> None:
    """The reason is named; no switch turns the check off."""
    fault = httpx.ConnectError("x")
    fault.__cause__ = ssl.SSLCertVerificationError()
    fault.__cause__.verify_message = "certificate has expired"
    network = script(fault)
    with pytest.raises(Unreachable, match=r"crm\.example cannot prove who it is.*expired"):
        await transport(network).send(read_request())
    assert len(network.requests) == 1


@pytest.mark.parametrize("request_", [read_request(), query_request(), write_request()])
async def test_429_waits_as_long_as_it_says_for_any_request(request_: PreparedRequest) -> None:
    """The server did not process it, so it may be repeated, and not early."""
    time = FakeTime()
    network = script(answer({}, 429, [("Retry-After", "7")]), answer(OK))
    await transport(network, time=time).send(request_)
    assert time.slept == [7.0]


DATE = ("Date", "Sat, 21 Nov 2026 00:00:00 GMT")


@pytest.mark.parametrize(
    ("headers", "slept"),
    [
        ([("Retry-After", "0")], 0.25),
        ([("Retry-After", "1.5")], 1.5),
        ([("Retry-After", "Sat, 21 Nov 2026 00:00:09 GMT"), DATE], 9.0),
        ([("Retry-After", "Fri, 20 Nov 2026 00:00:09 GMT"), DATE], 0.25),
        ([("Retry-After", "Sat, 21 Nov 2026 00:00:09 GMT")], 0.25),
        ([("Retry-After", "Sat, 21 Nov 2026 00:00:09 GMT"), ("Date", "yesterday")], 0.25),
        ([("Retry-After", "-5")], 0.25),
        ([("Retry-After", "soon")], 0.25),
        ([("Retry-After", "²")], 0.25),
        ([("Retry-After", "Mon, 01 Jan 2026 00:00:00 +99999999999"), DATE], 0.25),
        ([("Retry-After", "")], 0.25),
        ([], 0.25),
    ],
)
async def test_every_form_of_retry_after(headers: list[tuple[str, str]], slept: float) -> None:
    """Seconds and dates are floors, a date counts from the answer's own; garbage leaves our own wait."""
    time = FakeTime(dice=0.5)
    raw = [(name.encode(), value.encode()) for name, value in headers]
    network = script(httpx.Response(429, headers=raw), answer(OK))
    await transport(network, time=time).send(read_request())
    assert time.slept == [slept]


@pytest.mark.parametrize("seconds", ["61", "100000000000000000000"])
async def test_a_wait_beyond_a_minute_is_left_to_the_user(seconds: str) -> None:
    """The program does not fall asleep; the error says how long the server wants."""
    time = FakeTime()
    network = script(answer({}, 429, [("Retry-After", seconds)]))
    with pytest.raises(RateLimited) as caught:
        await transport(network, time=time).send(read_request())
    assert (time.slept, len(network.requests)) == ([], 1)
    assert (caught.value.retry_after_s or 0) > LONGEST_WAIT_S
    assert "Wait" in caught.value.way_out


async def test_a_read_waits_for_503_as_long_as_the_server_says() -> None:
    """Retry-After counts for every answer that may be tried again."""
    time = FakeTime()
    network = script(answer({}, 503, [("Retry-After", "4")]), answer(OK))
    await transport(network, time=time).send(read_request())
    assert time.slept == [4.0]


async def test_no_attempt_begins_after_the_operation_used_up_its_time() -> None:
    """The limit for all attempts holds, without what the server asked us to wait."""
    time = FakeTime()

    def slow(_: httpx.Request) -> httpx.Response:
        time.now_s += 20
        return answer({}, 503)

    network_calls = 0

    def counted(request: httpx.Request) -> httpx.Response:
        nonlocal network_calls
        network_calls += 1
        return slow(request)

    with pytest.raises(ServerFailed):
        await transport(counted, time=time).send(read_request())
    assert network_calls == 2


async def test_a_wait_that_the_server_asked_for_is_not_counted() -> None:
    """Patience with a busy server leaves the time for the request itself."""
    time = FakeTime()
    network = script(answer({}, 429, [("Retry-After", "50")]), answer({}, 503), answer(OK))
    assert (await transport(network, time=time).send(read_request())).number == 3


async def test_retries_stop_when_the_budget_is_spent() -> None:
    """A server that is down for long gets few requests beyond the first ones."""
    network = script(answer({}, 503))
    sender = transport(network)
    for _ in range(60):
        with pytest.raises(ServerFailed):
            await sender.send(read_request())
    assert len(network.requests) < 60 + 500 / 14 + 1


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "POST"])
async def test_a_write_that_claims_to_be_a_read_is_not_repeated(method: str) -> None:
    """Only calls that are known to read are."""
    network = script(answer({}, 503))
    with pytest.raises(ServerFailed):
        await transport(network).send(PreparedRequest(method, BASE, "/contact/1", b"{}"))
    assert len(network.requests) == 1


def test_the_key_is_for_one_origin_only() -> None:
    """Another scheme, host or port gets none; a default port may be written out."""
    auth = KeyAuth(Secret(CANARY), httpx.URL(BASE))
    for url, has_key in (
        (f"{BASE}/contact/1", True),
        ("https://crm.example:443/x", True),
        ("https://CRM.example/x", True),
        ("http://crm.example/api/v2/x", False),
        ("https://crm.example:444/api/v2/x", False),
        ("https://crm.example.evil.example/api/v2/x", False),
        ("https://www.crm.example/api/v2/x", False),
    ):
        request = next(auth.auth_flow(httpx.Request("GET", url)))
        assert ("authorization" in request.headers) is has_key, url
    assert CANARY not in repr(vars(auth))


@pytest.mark.parametrize(
    "request_",
    [
        write_request(),
        write_request("PATCH", "/contact/1"),
        write_request("DELETE", "/contact/1"),
        write_request("POST", "/contact/_assert"),
        write_request("POST", "/contact/1/relationship/accounts"),
        PreparedRequest("PATCH", BASE, "/contact/1", b"{}", is_read=True),
        PreparedRequest("POST", BASE, "/contact", b"{}", is_read=True),
        PreparedRequest("POST", BASE, "/contact/_query", b"{}", is_read=False),
        PreparedRequest("POST", BASE, "/contact/x/_query", b"{}", is_read=True),
        PreparedRequest("GET", BASE, "/a/b/c/d/e/f", is_read=True),
        PreparedRequest("POST", BASE, "/../_query", b"{}", is_read=True),
    ],
)
async def test_a_read_only_session_lets_nothing_but_known_reads_out(
    request_: PreparedRequest,
) -> None:
    """An allow list: neither an unknown call nor a write that claims to be a read is sent."""
    network = script(answer(OK))
    sender = transport(network, is_read_only=True)
    with pytest.raises(WriteRefused) as caught:
        await sender.send(request_)
    assert network.requests == []
    assert len(sender.log) == 0
    assert caught.value.path == request_.path


@pytest.mark.parametrize(
    "request_",
    [
        read_request("/health"),
        read_request("/_schema/contact"),
        read_request("/contact/1"),
        read_request("/contact/1/relationship/accounts?cursor=x%2Fy"),
        query_request(),
    ],
)
async def test_a_read_only_session_reads(request_: PreparedRequest) -> None:
    """The documented reads pass the guard, whatever their verb."""
    network = script(answer(OK))
    await transport(network, is_read_only=True).send(request_)
    assert len(network.requests) == 1


async def test_a_request_for_another_address_is_a_bug() -> None:
    """Bytes prepared for one workspace never reach another."""
    with pytest.raises(ValueError, match="another address"):
        await transport(script(answer(OK))).send(PreparedRequest("GET", "https://x.example", "/a"))


async def test_cookies_are_not_kept() -> None:
    """What a server asks us to remember is forgotten."""
    network = script(answer(OK, headers=[("Set-Cookie", "id=1; Path=/")]))
    sender = transport(network)
    await sender.send(read_request())
    await sender.send(read_request())
    assert "cookie" not in network.requests[1].headers


async def test_the_environment_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy nor a netrc of the environment gets to see a request."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:1")
    network = script(answer(OK))
    await transport(network).send(read_request())
    assert len(network.requests) == 1


async def test_cancelling_ends_the_request_and_is_logged() -> None:
    """Nothing swallows a cancel, and the log says what is known."""
    begun = asyncio.Event()

    class Stuck(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

    sender = transport(Stuck())
    for request, words in (
        (read_request(), "cancelled"),
        (write_request(), "cancelled: effect unknown"),
    ):
        begun.clear()
        task = asyncio.create_task(sender.send(request))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert sender.log.last is not None
        assert sender.log.last.outcome == words


async def test_an_attempt_ends_at_its_limit() -> None:
    """A server that never answers is given up, however it keeps the connection open."""

    class Stuck(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

    sender = transport(Stuck(), limits=Limits(read_attempt_s=0.01, write_s=0.01))
    with pytest.raises(TimedOut):
        await sender.send(read_request())
    assert len(sender.log) == 3
    with pytest.raises(TimedOut):
        await sender.send(write_request())
    assert len(sender.log) == 4


async def test_a_path_too_long_for_a_url_is_our_fault() -> None:
    """What the library calls an invalid URL does not leave as its own exception."""
    with pytest.raises(Rejected):
        await transport(script(answer(OK))).send(read_request("/contact/" + "x" * 100_000))


def test_the_library_does_not_log_addresses() -> None:
    """Its INFO lines hold whole addresses; they are capped even where someone turns logging on."""
    transport(script(answer(OK)))
    assert logging.getLogger("httpx").level == logging.WARNING
    assert logging.getLogger("httpcore.connection").getEffectiveLevel() == logging.WARNING


ECHOES = [
    answer({"error": {"code": CANARY, "message": f"key {CANARY}", "field": CANARY}}, 401),
    answer({"error": CANARY, "message": f"Invalid {CANARY}"}, 403),
    answer({"detail": [{"type": CANARY, "loc": ["h", CANARY], "msg": CANARY}]}, 422),
    answer({"detail": f"no {CANARY}"}, 500),
    httpx.Response(400, content=f"<html>{CANARY}".encode()),
    httpx.Response(418, content=f"plain {CANARY}".encode()),
    answer({}, 302, [("Location", f"https://{CANARY}.example/")]),
    answer({}, 429, [("Retry-After", CANARY)]),
    answer({"error": {"message": CANARY}}, 200),
    httpx.Response(400, content=b'{"error": {"message": "\\u0063' + CANARY[1:].encode() + b'"}}'),
]


@pytest.mark.parametrize("echo", ECHOES)
async def test_a_key_that_a_server_echoes_is_seen_nowhere(echo: httpx.Response) -> None:
    """Log, error, its faults and the answer's body show a veil instead."""
    sender = transport(Script([echo]))
    seen: list[object] = []
    try:
        got = await sender.send(read_request())
        seen += [got, got.body, got.headers]
    except BackendError as error:
        seen += [error, error.reason, error.faults, error.args, repr(error), vars(error)]
    seen += [*sender.log.entries, sender, vars(sender)]
    assert CANARY not in repr(seen)


async def test_a_short_key_does_not_tear_words_apart() -> None:
    """Redaction needs a key long enough to be one."""
    got = await transport(script(answer({"data": "abc"})), key="a").send(read_request())
    assert got.body == b'{"data": "abc"}'


async def test_a_lock_refuses_writes_until_it_is_taken_back() -> None:
    """At once and without a request; reads go on."""
    network = script(answer(OK), answer(OK, 201))
    sender = transport(network)
    sender.lock()
    with pytest.raises(WriteRefused, match="nothing was sent"):
        await sender.send(write_request())
    assert (sender.is_read_only, sender.log.writes) == (True, 0)
    await sender.send(read_request())
    sender.unlock()
    await sender.send(write_request())
    assert (sender.is_read_only, sender.log.sent, sender.log.writes) == (False, 2, 1)


async def test_what_was_opened_read_only_cannot_be_unlocked() -> None:
    """The profile's word stands whatever is pressed."""
    sender = transport(script(), is_read_only=True)
    sender.lock()
    assert not sender.can_unlock
    sender.unlock()
    assert sender.is_read_only


async def test_a_lock_stops_a_write_that_waits_to_be_sent_again() -> None:
    """A write that was told to wait is not sent any more, and is known not to have been done."""

    class Locking(FakeTime):
        async def sleep(self, seconds: float) -> None:
            sender.lock()
            await super().sleep(seconds)

    network = script(answer({}, 429), answer(OK, 201))
    sender = transport(network, time=Locking())
    with pytest.raises(WriteRefused, match="not sent again") as caught:
        await sender.send(write_request())
    assert not caught.value.is_effect_unknown
    assert len(network.requests) == 1
