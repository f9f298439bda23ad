"""Who may talk to a served workspace. Source: RELIABILITY 5.6; contract 1 and 7, no. 3."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.server.access import LOOPBACK, Access, hash_key, is_trusted_host
from app.server.application import create_application
from app.server.store.workspace import open_workspace
from tests.server.workspaces import People, talking_to

KEY = "crm_k3y"
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture
async def served(workspace: Path, people: People) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the application as it is bound to a socket."""
    del people
    async with talking_to(workspace, Access(hash_key(KEY))) as client:
        yield client


async def _outcome(client: httpx.AsyncClient, **headers: str) -> tuple[int, str | None]:
    response = await client.post("/contact/_query", json={}, headers=headers)
    assert not any(name.startswith("access-control") for name in response.headers)
    return response.status_code, None if response.is_success else response.json()["error"]["code"]


async def test_the_key_is_taken_as_bearer_or_in_its_own_header(served: httpx.AsyncClient) -> None:
    """If both are sent, Bearer wins."""
    assert await _outcome(served, **BEARER) == (200, None)
    assert await _outcome(served, **{"X-Api-Key": KEY}) == (200, None)
    assert await _outcome(served, Authorization=f"bearer  {KEY} ") == (200, None)
    assert await _outcome(served, **{"Authorization": "Bearer no", "X-Api-Key": KEY}) == (
        401,
        "unauthorized",
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": f"Basic {KEY}"},
        {"Authorization": KEY},
        {"X-Api-Key": ""},
        {"X-Api-Key": KEY[:-1]},
        {"X-Api-Key": KEY + "x"},
        {"X-Api-Key": "x" * 60_000},
        {"X-Api-Key": KEY.upper()},
    ],
)
async def test_without_the_key_everything_gets_the_same_answer(
    served: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """401 before anything else is looked at."""
    assert await _outcome(served, **headers) == (401, "unauthorized")
    missing = await served.get("/nothing/x", headers=headers)
    assert missing.status_code == 401
    assert missing.headers["www-authenticate"] == "Bearer"


async def test_health_needs_no_key_but_the_right_host(served: httpx.AsyncClient) -> None:
    """It says nothing of the workspace."""
    assert (await served.get("/health")).status_code == 200
    assert (await served.get("/health", headers={"Host": "evil.example"})).status_code == 421


HOSTS = [
    "evil.example", "evil.example:8484", "127.0.0.1", "127.0.0.1:80", "127.0.0.1:8485", "localhost", "localhost:",
    "localhost.:8484", "127.0.0.1.evil.example:8484", "127.0.0.1:8484.evil.example", "evil.example#127.0.0.1:8484",
    "user@127.0.0.1:8484", "127.1:8484", "2130706433:8484", "0x7f.0.0.1:8484", "0.0.0.0:8484", "[::]:8484",
    "::1:8484", "[::1]", "", " 127.0.0.1:8484x",
]  # fmt: skip


@pytest.mark.parametrize("host", HOSTS)
async def test_another_host_is_refused_before_the_key(served: httpx.AsyncClient, host: str) -> None:
    """So that a name that is made to point here (DNS rebinding) reaches nothing."""
    assert await _outcome(served, Host=host, **BEARER) == (421, "untrusted_host")
    assert await _outcome(served, Host=host) == (421, "untrusted_host")


@pytest.mark.parametrize(
    "host", ["127.0.0.1:8484", "localhost:8484", "LocalHost:8484", "[::1]:8484"]
)
async def test_this_machine_is_a_trusted_host(served: httpx.AsyncClient, host: str) -> None:
    """With the port that the server listens on."""
    assert await _outcome(served, Host=host, **BEARER) == (200, None)


def test_a_host_given_at_start_is_trusted_too() -> None:
    """And no other."""
    hosts = LOOPBACK | {"crm.lan"}
    assert is_trusted_host("crm.lan:80", 80, hosts)
    assert is_trusted_host("CRM.lan", 80, hosts)
    assert not is_trusted_host("crm.lan:80", 81, hosts)
    assert not is_trusted_host("lan:80", 80, hosts)


async def test_two_host_headers_are_refused(workspace: Path, people: People) -> None:
    """Which of them a cache would believe is unknown."""
    del people
    store = open_workspace(workspace)
    application = create_application(store, Access(hash_key(KEY)))
    answers: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        answers.append(message)

    host = (b"host", b"127.0.0.1:8484")
    scope = {
        "type": "http", "method": "GET", "path": "/api/v2/health", "raw_path": b"/api/v2/health", "query_string": b"",
        "root_path": "", "headers": [host, (b"host", b"evil.example")], "server": ("127.0.0.1", 8484),
    }  # fmt: skip
    await application(scope, receive, send)
    assert answers[0]["status"] == 421
    store.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8484"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_web_page_is_refused_even_with_the_key(
    served: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    """No page has business here; there are no headers that would allow one."""
    assert await _outcome(served, **headers, **BEARER) == (403, "cross_site_request")
    preflight = await served.options("/contact/_query", headers=headers)
    assert preflight.status_code == 403
    assert not any(name.startswith("access-control") for name in preflight.headers)


@pytest.mark.parametrize(
    "kind", ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded", ""]
)
async def test_a_body_that_a_form_could_send_is_refused(
    served: httpx.AsyncClient, kind: str
) -> None:
    """Only `application/json` is read."""
    headers = BEARER | {"Content-Type": kind}
    response = await served.post("/contact/_query", content=b"{}", headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (
        415,
        "unsupported_media_type",
    )


async def test_in_process_there_is_no_key(client: httpx.AsyncClient) -> None:
    """There is no socket either."""
    assert await _outcome(client, Host="anything", Origin="https://evil.example") == (200, None)
