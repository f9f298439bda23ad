"""`crmdeck serve` as a process: its one line, its log, and the trouble it makes when asked to."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.cli.serve import command
from tests.cli.conftest import Run

KEY = "canary_key_of_serve"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a small workspace made."""
    folder = tmp_path_factory.mktemp("home")
    made = ["sample", str(folder / "sample.db"), "--contacts", "20"]
    subprocess.run(
        [sys.executable, "-m", "app", *made], check=True, capture_output=True, timeout=60
    )
    return folder


@contextmanager
def served(home: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], httpx.Client]]:
    """The running command and a client of it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMDECK_")}
    own = {"CRMDECK_HOME": str(home), "CRMDECK_SERVE_KEY": KEY}
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0", "--workspace", home / "sample.db", *words],
        env=kept | own, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip().removeprefix("Serving ")
        headers = {"Authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=f"{url}/api/v2", headers=headers, trust_env=False) as client:
            yield process, client
    finally:
        process.kill()
        process.communicate()


def test_it_says_one_line_and_keeps_a_log(home: Path) -> None:
    """Nothing else on stdout, status 0 at the end; the log is private and has neither key nor body."""
    with served(home) as (process, client):
        assert client.get("/health").status_code == 200
        found = client.post("/contact/_query", json={"limit": 1}, headers={"X-Request-Id": "mine"})
        assert found.headers["x-request-id"] == "mine"
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, "")
    assert errors == "The key is that of the variable CRMDECK_SERVE_KEY.\n"
    log = home / "state" / "requests.log"
    assert log.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert [(line["method"], line["path"], line["status"]) for line in lines] == [
        ("GET", "/api/v2/health", 200),
        ("POST", "/api/v2/contact/_query", 200),
    ]
    assert lines[1]["request_id"] == "mine"
    assert KEY not in log.read_text()


def test_it_rehearses_trouble(home: Path) -> None:
    """A limit refuses with 429 and `Retry-After`; a latency delays every answer but that of health."""
    with served(home, "--rate-limit", "0.01/s", "--latency", "50-60") as (_, client):
        first = client.get("/_schema/contact")
        second = client.get("/_schema/contact")
        assert (first.status_code, second.status_code) == (200, 429)
        assert 90 <= int(second.headers["retry-after"]) <= 100
        assert min(first.elapsed, second.elapsed).total_seconds() >= 0.05
        assert client.get("/health").status_code == 200


def test_without_a_log_it_serves_all_the_same(home: Path, tmp_path: Path) -> None:
    """What is in the way is said on stderr."""
    (tmp_path / "state").touch()
    (tmp_path / "sample.db").hardlink_to(home / "sample.db")
    with served(tmp_path) as (process, client):
        assert client.get("/_schema/contact").status_code == 200
        process.send_signal(signal.SIGTERM)
        output, errors = process.communicate(timeout=20)
    assert (process.returncode, output) == (0, "")
    assert re.search(r"^No request log: .*state is in the way", errors, re.MULTILINE)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("--rate-limit", text) for text in ("5", "0/s", "-1/s", "x/s", "1e3/s", "10001/s", "5/m", "nan/s", "")),
        *(("--latency", text) for text in ("-5", "5-", "9-3", "60001", "1.5", "x", "٣", "", "1-60001")),
    ],
)  # fmt: skip
def test_an_odd_rehearsal_is_refused(crmdeck: Run, option: str, value: str) -> None:
    """With what would have been right, before anything is opened."""
    answer = crmdeck("serve", f"{option}={value}")
    assert answer.status == 2
    assert "like" in answer.err


def test_the_rehearsals_are_off() -> None:
    """Unless asked for."""
    given = command.make_context("serve", []).params
    assert (given["rate_per_s"], given["latency"]) == (None, None)
