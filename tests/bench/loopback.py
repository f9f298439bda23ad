"""Figures of the server over loopback HTTP: what lies between a page and its reader."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import httpx

from tests.bench.figures import Figure, Limit
from tests.bench.programs import PROJECT, Bench
from tests.bench.server import FIRST_PAGE, PATH

KEY = "bench-key"
START_TIMEOUT_S = 30.0
POLL_S = 0.02


def page(bench: Bench) -> list[Figure]:
    """The first page over loopback HTTP beside an empty handler with the same answer."""
    port = free_port()
    serve = bench.crmdeck("serve", "--port", str(port), "--workspace", str(bench.big_workspace))
    with running(bench, serve, port), _client(port) as ours_to:
        answer = ours_to.post(PATH, json=FIRST_PAGE).raise_for_status().content
        answer_file = bench.home / "answer.json"
        answer_file.write_bytes(answer)
        empty_port = free_port()
        empty = [
            sys.executable,
            "-m",
            "tests.bench.empty_server",
            str(empty_port),
            str(answer_file),
        ]
        with running(bench, empty, empty_port), _client(empty_port) as theirs_to:
            ours, theirs = [], []
            bench.tell("pages over HTTP")
            for _ in range(bench.choose(quick=30, full=200)):
                theirs.append(_page_s(theirs_to))
                ours.append(_page_s(ours_to))
    return [Figure("server.http", median(ours) * 1000, "ms", median(theirs) * 1000, Limit(2.0))]


def _page_s(client: httpx.Client) -> float:
    started_s = time.perf_counter()
    client.post(PATH, json=FIRST_PAGE).raise_for_status()
    return time.perf_counter() - started_s


def _client(port: int) -> httpx.Client:
    return httpx.Client(
        base_url=f"http://127.0.0.1:{port}",
        headers={"Authorization": f"Bearer {KEY}"},
        timeout=60,
        trust_env=False,
    )


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def running(bench: Bench, argv: list[str], port: int) -> Iterator[int]:
    """The id of a server process, once it takes connections; ended with the context."""
    bench.tell(" ".join(argv[1:]))
    log = bench.home / f"server-{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            argv,
            cwd=PROJECT,
            env=os.environ | bench.env | {"CRMDECK_SERVE_KEY": KEY},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_listening(process, port, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline_s = time.perf_counter() + START_TIMEOUT_S
    while process.poll() is None and time.perf_counter() < deadline_s:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(POLL_S)
    raise AssertionError(f"no server on port {port}:\n{log.read_text()}")
