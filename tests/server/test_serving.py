"""Serving on a socket, in a process of its own: ready when it answers, ended by a signal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.server.workspaces import People

PROJECT = Path(__file__).parents[2]
SERVE = """
import sys
from pathlib import Path
from app.domain.errors import WorkspaceError
from app.server.access import Access, hash_key
from app.server.application import create_application
from app.server.serving import serve
from app.server.store.workspace import open_workspace

application = create_application(open_workspace(Path(sys.argv[1])), Access(hash_key("key")))
try:
    serve(application, "127.0.0.1", int(sys.argv[2]), lambda url: print(url, flush=True))
except WorkspaceError as error:
    sys.exit(str(error))
print("ended")
"""


@contextmanager
def serving(workspace: Path, port: int = 0) -> Iterator[subprocess.Popen[str]]:
    """A server process."""
    command = [sys.executable, "-W", "error", "-c", SERVE, str(workspace), str(port)]
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
