"""Serving on a socket, in a process of its own: ready when it answers, ended by a signal."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.server.serving import bind
from tests.server.workspaces import People

PROJECT = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from app.domain.errors import WorkspaceError
from app.server.access import Access, hash_key
from app.server.application import create_application
from app.server.rehearsal import Latency, Rehearsal
from app.server.serving import Limits, serve
from app.server.store.workspace import open_workspace

workspace, port, latency_ms = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
rehearsal = Rehearsal(latency=Latency(latency_ms, latency_ms))
application = create_application(open_workspace(workspace), Access(hash_key("key")), rehearsal=rehearsal)
limits = Limits(*map(float, sys.argv[4:6]), int(sys.argv[6]))
try:
    serve(application, "127.0.0.1", port, lambda url: print(url, flush=True), limits)
except WorkspaceError as error:
    sys.exit(str(error))
print("ended")
"""
NEVER_MS = 60_000
"""A latency that outlasts every test."""


@contextmanager
def serving(
    workspace: Path,
    port: int = 0,
    *,
    latency_ms: int = 0,
    head_s: float = 10.0,
    body_s: float = 10.0,
    grace_s: int = 5,
) -> Iterator[subprocess.Popen[str]]:
    """A server process."""
    numbers = map(str, (port, latency_ms, head_s, body_s, grace_s))
    command = [sys.executable, "-W", "error", "-c", SERVE, str(workspace), *numbers]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_answers_when_it_says_so_and_ends_cleanly(
    workspace: Path, people: People, number: signal.Signals
) -> None:
    """The first request after the ready line is answered; a signal ends it with status 0 and no traceback."""
    with serving(workspace) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        headers = {"X-Api-Key": "key"}
        with httpx.Client(base_url=f"{url}/api/v2", headers=headers, trust_env=False) as client:
            assert client.get("/health").json()["status"] == "ok"
            assert client.get(f"/contact/{people.ann}").status_code == 200
            assert client.get("/health", headers={"Host": "evil.example"}).status_code == 421
        process.send_signal(number)
        output, errors = process.communicate(timeout=20)
    assert (output, errors, process.returncode) == ("ended\n", "", 0)


async def test_what_is_sent_does_not_wait_for_what_was_sent_before() -> None:
    """Accepted connections send at once: an answer is a head and a body, and a client is slow to confirm the head."""
    accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    class Watcher(asyncio.Protocol):
        """Tells how a connection sends."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connection = transport.get_extra_info("socket")
            accepted.set_result(bool(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))

    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    async with await asyncio.get_running_loop().create_server(Watcher, sock=listener):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        assert await accepted
        writer.close()
        await writer.wait_closed()


def test_a_taken_port_is_said_with_the_way_out(workspace: Path, people: People) -> None:
    """Never a traceback."""
    del people
    with serving(workspace) as first:
        assert first.stdout is not None
        port = int(first.stdout.readline().rsplit(":", 1)[1])
        with serving(workspace, port) as second:
            _, errors = second.communicate(timeout=20)
    assert second.returncode == 1
    assert errors.startswith(f"Port {port} on 127.0.0.1 is taken")
    assert "--port" in errors


def _port(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline().rsplit(":", 1)[1])


def _connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=20)


def _head(port: int, line: str = "GET /api/v2/_schema/contact HTTP/1.1", *more: str) -> bytes:
    lines = (line, f"Host: 127.0.0.1:{port}", "X-Api-Key: key", *more, "", "")
    return "\r\n".join(lines).encode()


def _read_all(connection: socket.socket) -> bytes:
    """What comes until the server closes."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65_536):
            received += data
    return received


def _in_flight(port: int) -> socket.socket:
    """A connection whose request the server is working on."""
    connection = _connect(port)
    connection.sendall(_head(port))
    with _connect(port) as later:
        later.sendall(_head(port, "GET /api/v2/health HTTP/1.1", "Connection: close"))
        assert b" 200 " in _read_all(later)
    return connection


def test_a_running_request_is_answered_before_the_end(workspace: Path, people: People) -> None:
    """A signal stops accepting; what runs is answered; then the process ends with status 0."""
    del people
    with serving(workspace, latency_ms=700) as process:
        port = _port(process)
        with _in_flight(port) as connection:
            process.send_signal(signal.SIGTERM)
            answer = _read_all(connection)
        output, errors = process.communicate(timeout=20)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"}")
    assert (output, errors, process.returncode) == ("ended\n", "", 0)


def test_a_request_that_does_not_end_is_given_up(workspace: Path, people: People) -> None:
    """After the grace the process ends with status 0 all the same."""
    del people
    with serving(workspace, latency_ms=NEVER_MS, grace_s=1) as process:
        port = _port(process)
        with _in_flight(port):
            process.send_signal(signal.SIGTERM)
            output, errors = process.communicate(timeout=20)
    assert (output, errors, process.returncode) == ("ended\n", "", 0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_ends_at_once(
    workspace: Path, people: People, number: signal.Signals
) -> None:
    """Whatever still runs."""
    del people
    with serving(workspace, latency_ms=NEVER_MS, grace_s=NEVER_MS) as process:
        port = _port(process)
        with _in_flight(port):
            process.send_signal(number)
            with contextlib.suppress(ConnectionRefusedError, ConnectionResetError):
                while True:  # until the first signal was heard
                    _connect(port).close()
            process.send_signal(number)
            output, errors = process.communicate(timeout=20)
    assert (output, errors, process.returncode) == ("", "", -number)


def test_a_slow_head_is_cut_off(workspace: Path, people: People) -> None:
    """Nothing, half a head, and half of a second head on a kept connection (RELIABILITY 3.11, V5)."""
    del people
    with serving(workspace, head_s=1.0) as process:
        port = _port(process)
        with _connect(port) as silent, _connect(port) as half, _connect(port) as kept:
            half.sendall(_head(port)[:-2])
            kept.sendall(_head(port, "GET /api/v2/health HTTP/1.1"))
            answer = b""
            while not answer.endswith(b"}"):
                answer += kept.recv(65_536)
            kept.sendall(b"GET /api")
            assert [_read_all(connection) for connection in (silent, half, kept)] == [b"", b"", b""]


def test_a_head_that_drips_is_cut_off(workspace: Path, people: People) -> None:
    """Another byte does not start the time anew."""
    del people
    with serving(workspace, head_s=0.5) as process:
        port = _port(process)
        with _connect(port) as connection:
            connection.settimeout(0.05)
            connection.sendall(_head(port)[:-2])
            is_open = True
            drips = 0
            while is_open:
                drips += 1
                assert drips < 400
                try:
                    connection.sendall(b"X: y\r\n")
                    is_open = connection.recv(1) != b""
                except TimeoutError:
                    continue
                except (ConnectionResetError, BrokenPipeError):
                    is_open = False


def test_a_slow_body_is_cut_off(workspace: Path, people: People) -> None:
    """And the server goes on."""
    del people
    with serving(workspace, body_s=0.3) as process:
        port = _port(process)
        with _connect(port) as connection:
            line = "POST /api/v2/contact/_query HTTP/1.1"
            more = ("Content-Type: application/json", "Content-Length: 100")
            connection.sendall(_head(port, line, *more) + b"{")
            assert _read_all(connection) == b""
        with _connect(port) as connection:
            connection.sendall(_head(port, "GET /api/v2/health HTTP/1.1", "Connection: close"))
            assert b" 200 " in _read_all(connection)


HUGE = {
    "a header of 300 kB": ("X-Pad: " + "x" * 300_000,),
    "20,000 headers": tuple(f"X-{number}: y" for number in range(20_000)),
    "two lengths": ("Content-Length: 1", "Content-Length: 2"),
    "a negative length": ("Content-Length: -1",),
}


@pytest.fixture(scope="module")
def served(workspace: Path, people: People) -> Iterator[int]:
    """The port of a server for several tests."""
    del people
    with serving(workspace) as process:
        yield _port(process)


@pytest.mark.parametrize("name", HUGE)
def test_a_head_out_of_bounds_is_refused(served: int, name: str) -> None:
    """400 or a closed connection, and nothing is kept of it."""
    with _connect(served) as connection:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(_head(served, "GET /api/v2/health HTTP/1.1", *HUGE[name]))
        assert _read_all(connection)[:12] in {b"", b"HTTP/1.1 400"}
