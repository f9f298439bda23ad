"""A write as a process over a real socket: what is lost is not sent again, and Ctrl+C leaves no guess."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.remote_crm import RemoteCrm, Reply, attribute, json_reply, refusal, schema

KEY = "process-key-3f81c2"
CREATE = ("create", "contact", "display_name=Dana", "email=dana@acme.test")
MADE = {"data": {"id": "c9", "record_type": "contact", "attributes": {}}}


@pytest.fixture
def crm() -> Iterator[RemoteCrm]:
    """A CRM with contacts that have a unique e-mail."""
    email = attribute("email", "email", is_unique=True)
    with RemoteCrm([schema("contact", attribute("display_name"), email)]) as server:
        yield server


@pytest.fixture
def home(crm: RemoteCrm, tmp_path: Path) -> Path:
    """A home with a profile for it."""
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    lines = [
        "[profiles.acme]",
        'api = "public-v2"',
        f'url = "{crm.url}"',
        'key = { env = "PROCESS_KEY" }',
    ]
    (folder / "config.toml").write_text("\n".join(lines), encoding="utf-8")
    (folder / "config.toml").chmod(0o600)
    return tmp_path


def start(home: Path, *words: str) -> "subprocess.Popen[str]":
    """A command of the profile, under way."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMDECK_")}
    return subprocess.Popen(
        [sys.executable, "-m", "app", *words, "--profile", "acme"],
        env={**kept, "CRMDECK_HOME": str(home), "PROCESS_KEY": KEY},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def posts(crm: RemoteCrm) -> int:
    """How often a create came."""
    return crm.seen.count("POST /contact")


@pytest.mark.parametrize(
    "reply",
    [
        refusal(500, "internal_error", "broken"),
        refusal(503, "too_slow", "later", headers={"Retry-After": "1"}),
        Reply(200, b"<html>Log in</html>", content_type="text/html"),
        Reply(201, b'{"data": {'),
        Reply(307, headers={"Location": "http://127.0.0.1:1/"}),
    ],
    ids=["500", "503", "web page", "half a body", "redirect"],
)
def test_a_create_of_unknown_outcome_is_sent_once(crm: RemoteCrm, home: Path, reply: Reply) -> None:
    """Status 3, counted at the server; the key is nowhere."""
    crm.answer("POST /contact", reply)
    process = start(home, *CREATE)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, posts(crm)) == (3, "", 1)
    assert "Nobody knows whether the contact was created" in err
    assert '"value": "dana@acme.test"' in err
    assert err.endswith("--profile acme\n")
    assert KEY not in err


def test_a_create_that_was_not_processed_is_sent_again(crm: RemoteCrm, home: Path) -> None:
    """429: three times at most, after the wait; then it is refused."""
    crm.answer("POST /contact", refusal(429, "busy", "wait", headers={"Retry-After": "1"}))
    began = time.monotonic()
    process = start(home, *CREATE)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, posts(crm)) == (1, 3)
    assert time.monotonic() - began >= 2
    assert "Nothing was changed." in err


def test_ctrl_c_during_a_create_is_an_unknown_outcome(crm: RemoteCrm, home: Path) -> None:
    """While the server is at work; the way to find out is told."""
    gate = crm.hold("POST /contact")
    process = start(home, *CREATE)
    deadline = time.monotonic() + 30
    while not posts(crm):
        assert time.monotonic() < deadline, "it was never sent"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    gate.set()
    assert (process.returncode, out, posts(crm)) == (3, "", 1)
    assert "Nobody knows whether the contact was created: It was cancelled" in err


def test_ctrl_c_before_anything_is_sent_is_only_that(crm: RemoteCrm, home: Path) -> None:
    """Nothing was changed, so nothing is unknown."""
    crm.hold("GET /_schema")
    process = start(home, *CREATE)
    deadline = time.monotonic() + 30
    while not crm.seen:
        assert time.monotonic() < deadline, "the schema was never asked for"
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert (process.returncode, posts(crm)) == (130, 0)
    assert "Nobody knows" not in err


def test_a_create_that_works(crm: RemoteCrm, home: Path) -> None:
    """A server that offers nothing is sent nothing but the documented request."""
    crm.answer("POST /contact", json_reply(MADE, 201))
    process = start(home, *CREATE)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, posts(crm)) == (0, 1)
    assert '"id": "c9"' in out
    assert err == "contact/c9 created (request 3)\n"
    assert crm.seen == ["GET /_schema/contact", "GET /health", "POST /contact"]
