"""The request log: what it says, what it never says, and how big it gets."""

import json
import re
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from app.domain.errors import ConfigError
from app.server.access import Access, hash_key
from app.server.application import FaultLayer, create_application
from app.server.request_log import FILES, RequestLog, RequestLogLayer
from app.server.store.workspace import open_workspace
from tests.server.workspaces import BASE, People

KEY = "crm_k3y_canary"
CANARY = "canary_of_a_body"


def entries(path: Path) -> list[dict[str, Any]]:
    """The lines of a log; each must be JSON in ASCII."""
    return [json.loads(line) for line in path.read_bytes().decode("ascii").splitlines()]


@asynccontextmanager
async def served(workspace: Path, log: RequestLog) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a workspace served with a log; the log is written when it ends."""
    store = open_workspace(workspace)
    transport = httpx.ASGITransport(create_application(store, Access(hash_key(KEY)), log=log))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client
    store.close()
    log.close()


async def test_each_request_is_one_line(workspace: Path, people: People, tmp_path: Path) -> None:
    """With what finds it again; the answer names the same id."""
    log = RequestLog(tmp_path / "state" / "requests.log")
    async with served(workspace, log) as client:
        answer = await client.get(
            f"/contact/{people.ann}?secret={CANARY}", headers={"Authorization": f"Bearer {KEY}"}
        )
        refused = await client.post(
            "/contact/_query", json={"pad": CANARY}, headers={"X-Api-Key": f"{KEY}x"}
        )
    first, second = entries(log.path)
    moment = datetime.fromisoformat(first.pop("time"))
    assert moment.tzinfo is not None
    assert first.pop("ms") >= 0
    assert first == {
        "method": "GET",
        "path": f"/api/v2/contact/{people.ann}",
        "status": 200,
        "bytes": len(answer.content),
        "client": "127.0.0.1",
        "request_id": answer.headers["x-request-id"],
    }
    assert (second["status"], second["request_id"]) == (401, refused.headers["x-request-id"])
    text = log.path.read_text()
    assert KEY not in text
    assert CANARY not in text


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("trace-1.2:3/4+5=_", "trace-1.2:3/4+5=_"),
        ("a b\tc\x1b[31m", "abc31m"),
        ("x" * 5_000, "x" * 100),
        ("", None),
        ("\x1b \t", None),
    ],
)
async def test_a_request_id_is_echoed_when_it_is_harmless(
    client: httpx.AsyncClient, asked: str, given: str | None
) -> None:
    """Cleaned and cut; one is made where nothing is left. Source: contract 7, no. 54."""
    response = await client.get("/health", headers={"X-Request-Id": asked})
    made = response.headers["x-request-id"]
    assert made == given if given is not None else re.fullmatch("[0-9a-f]{16}", made)


async def test_ids_that_are_made_differ(client: httpx.AsyncClient) -> None:
    """Refusals have one too."""
    first, second = await client.get("/health"), await client.get("/nothing")
    assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_a_hostile_path_is_quoted(workspace: Path, people: People, tmp_path: Path) -> None:
    """No control character reaches the file, and no path makes a line long (RELIABILITY 3.11, V11)."""
    del people
    log = RequestLog(tmp_path / "requests.log")
    async with served(workspace, log) as client:
        await client.get("/%1b[31m%0a%22%00%ff{x}")
        await client.get("/" + "a" * 60_000)
    first, second = entries(log.path)
    assert first["path"] == "/api/v2/%1B%5B31m%0A%22%00%EF%BF%BD%7Bx%7D"
    assert len(second["path"]) == 2_000


async def _broken(scope: Scope, receive: Receive, send: Send) -> None:
    del scope, receive, send
    secret = CANARY
    try:
        raise KeyError(secret)
    except KeyError:
        raise ValueError(f"with {secret}") from None


async def test_a_fault_is_noted_without_what_was_in_memory(tmp_path: Path) -> None:
    """The kinds and lines, and the request it belongs to; the answer tells nothing."""
    log = RequestLog(tmp_path / "requests.log")
    application = RequestLogLayer(FaultLayer(_broken, log), log)
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        answer = await client.get("/contact/x")
    log.close()
    assert answer.json()["error"]["message"] == "an internal error"
    fault, request = entries(log.path)
    assert request["status"] == 500
    assert fault["request_id"] == request["request_id"] == answer.headers["x-request-id"]
    assert fault["fault"] == "builtins.ValueError"
    assert any(
        "test_request_log.py" in line and "in _broken" in line for line in fault["traceback"]
    )
    assert CANARY not in log.path.read_text()


async def test_a_caller_who_leaves_is_no_fault(
    workspace: Path, people: People, tmp_path: Path
) -> None:
    """A body that ends early makes no traceback, and the line has no status."""
    del people
    log = RequestLog(tmp_path / "requests.log")
    store = open_workspace(workspace)
    application = create_application(store, log=log)
    events: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope: dict[str, Any] = {
        "type": "http", "method": "POST", "path": "/api/v2/contact/_query", "raw_path": b"/api/v2/contact/_query",
        "query_string": b"", "root_path": "", "headers": [], "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8484),
    }  # fmt: skip
    sent = []

    async def receive() -> dict[str, Any]:
        return events.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    await application(scope, receive, send)
    store.close()
    log.close()
    (entry,) = entries(log.path)
    assert (sent, entry["status"], entry["bytes"]) == ([], None, 0)


def test_the_files_are_private_and_bounded(tmp_path: Path) -> None:
    """Five of them at most, none above the limit, the newest last; nothing in between is lost."""
    path = tmp_path / "deep" / "state" / "requests.log"
    log = RequestLog(path, max_bytes=1_000)
    for number in range(200):
        log.write({"number": number, "pad": "x" * 20})
    log.close()
    files = sorted(path.parent.iterdir())
    assert [file.name for file in files] == [
        "requests.log",
        *(f"requests.log.{n}" for n in range(1, FILES)),
    ]
    assert all(file.stat().st_size <= 1_000 for file in files)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    numbers = [
        entry["number"] for file in [*reversed(files[1:]), files[0]] for entry in entries(file)
    ]
    assert numbers == [*range(numbers[0], 200)]
    assert len(numbers) > 80


def test_two_servers_share_a_log(tmp_path: Path) -> None:
    """Each line whole, each file bounded, whoever puts a full one aside."""
    path = tmp_path / "requests.log"
    logs = [RequestLog(path, max_bytes=2_000) for _ in range(2)]
    for number in range(100):
        for who, log in enumerate(logs):
            log.write({"number": number, "who": who})
    for log in logs:
        log.close()
    found = [
        (entry["number"], entry["who"]) for file in tmp_path.iterdir() for entry in entries(file)
    ]
    assert len(found) == len(set(found)) == 200
    assert all(file.stat().st_size <= 2_000 for file in tmp_path.iterdir())


def test_an_open_log_is_closed_to_others(tmp_path: Path) -> None:
    """A file that others could read is made private before a line goes in."""
    path = tmp_path / "requests.log"
    path.touch(0o644)
    RequestLog(path).prepare()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Nor does anything else stand in for the file; it is said in words."""
    (tmp_path / "elsewhere").touch()
    path = tmp_path / "requests.log"
    path.symlink_to("elsewhere")
    with pytest.raises(ConfigError, match="cannot be written"):
        RequestLog(path).prepare()


def test_a_failing_disk_costs_lines_and_no_more(tmp_path: Path) -> None:
    """What cannot be written is counted."""
    folder = tmp_path / "state"
    log = RequestLog(folder / "requests.log")
    folder.mkdir()
    (folder / "requests.log").mkdir()
    log.write({"number": 1})
    log.close()
    assert log.dropped == 1


def test_without_a_line_there_is_no_file(tmp_path: Path) -> None:
    """The deck's log of faults is made by the first fault."""
    log = RequestLog(tmp_path / "state" / "faults.log")
    assert not (tmp_path / "state").exists()
    log.write({"number": 1})
    log.close()
    assert entries(log.path) == [{"number": 1}]


async def test_the_decks_server_notes_faults_alone(tmp_path: Path) -> None:
    """With method and path, for there is no line of the request beside it."""
    faults = RequestLog(tmp_path / "faults.log")
    transport = httpx.ASGITransport(RequestLogLayer(FaultLayer(_broken, faults)))
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        assert (await client.get("/contact/x")).status_code == 500
    faults.close()
    (fault,) = entries(faults.path)
    assert (fault["method"], fault["path"]) == ("GET", "/api/v2/contact/x")
