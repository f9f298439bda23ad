"""The command line as a process: pipes, signals, encodings, and the local server."""

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TIMEOUT_S = 30.0


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the local workspace made."""
    folder = tmp_path_factory.mktemp("home")
    done = crmdeck(folder, "types")
    assert done.returncode == 0, done.stderr
    return folder


def environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a child; the accepted key is not set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMDECK_")}
    return {**kept, "CRMDECK_HOME": str(home), "TERM": "xterm-256color", **more}


def crmdeck(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with nothing on stdin."""
    return subprocess.run(
        [sys.executable, "-m", "app", *words],
        env=environment(home, **more),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )


def test_the_local_workspace_answers(home: Path) -> None:
    """A query of the local workspace gives data on stdout alone."""
    done = crmdeck(home, "query", "contact", "--limit", "3", "--format", "json")
    assert (done.returncode, done.stderr) == (0, "3 shown, more on server: --limit N or --all\n")
    assert len(json.loads(done.stdout)) == 3


def test_no_terminal_is_refused_in_words(home: Path) -> None:
    """The deck on a pipe ends at once with status 2 (RELIABILITY 3.6, T9)."""
    done = crmdeck(home)
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs a terminal" in done.stderr


def test_a_closed_pipe_is_quiet(home: Path) -> None:
    """When the reader leaves, the program ends without a word."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "query", "contact", "--all", "--format", "json"],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    told = process.stderr.read()
    process.stderr.close()
    assert (process.wait(TIMEOUT_S), told) == (141, b"")


def test_a_full_disk_is_told(home: Path) -> None:
    """Output that cannot be written is a failure in words."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "app", "query", "contact", "--limit", "1", "--format", "json"],
            env=environment(home),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert done.returncode == 1
    assert b"cannot be written" in done.stderr
    assert b"Traceback" not in done.stderr


def test_closed_streams_are_no_bug(home: Path) -> None:
    """Without stdout and stderr a command still ends with its status."""
    command = f'exec "{sys.executable}" -m app query contact --limit 1 >&- 2>&-'
    done = subprocess.run(
        ["sh", "-c", command], env=environment(home), timeout=TIMEOUT_S, check=False
    )
    assert done.returncode == 0
    assert not list((home / "state").glob("crash-*")) if (home / "state").exists() else True


def test_an_odd_locale_gets_escapes(home: Path) -> None:
    """Where the encoding lacks a letter, an escape stands for it."""
    done = crmdeck(home, "query", "contact", "--all", PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0
    assert done.stdout.isascii()
    assert "\\x" in done.stdout or "\\u" in done.stdout


def test_nothing_is_taken_from_the_folder_one_is_in(home: Path, tmp_path: Path) -> None:
    """Started as installed, modules lying around are not imported (RELIABILITY 3.10, K12)."""
    (tmp_path / "click.py").write_text("raise SystemExit('planted')\n")
    script = Path(sys.executable).with_name("crmdeck")
    done = subprocess.run(
        [script, "--version"],
        env=environment(home),
        cwd=tmp_path,
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith(b"crmdeck ")


@pytest.fixture
def server(home: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """A running `crmdeck serve` on a free port: the process, its host and port, and where it says the key is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "serve", "--port", "0"],
        env=environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("Serving http://127.0.0.1:")
        yield (
            process,
            line.strip().removeprefix("Serving http://"),
            process.stderr.readline().strip(),
        )
    finally:
        process.kill()
        process.wait(TIMEOUT_S)
        process.stdout.close()
        process.stderr.close()


def ask(address: str, path: str, **headers: str) -> tuple[int, bytes]:
    """One GET request."""
    connection = http.client.HTTPConnection(address, timeout=TIMEOUT_S)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_serve_answers_when_it_says_so(server: tuple[subprocess.Popen[str], str, str]) -> None:
    """The line on stdout means ready; the key is in a private file that stderr names."""
    _, address, told = server
    assert ask(address, "/api/v2/health")[0] == 200
    assert ask(address, "/api/v2/_schema/contact")[0] == 401
    file = Path(told.removeprefix("The key is in "))
    assert file.stat().st_mode & 0o777 == 0o600
    key = file.read_text().strip()
    status, body = ask(address, "/api/v2/_schema/contact", Authorization=f"Bearer {key}")
    assert (status, json.loads(body)["api_name"]) == (200, "contact")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_ends_calmly(
    server: tuple[subprocess.Popen[str], str, str], number: signal.Signals
) -> None:
    """A signal ends the server without a word more on stdout and without a traceback."""
    process = server[0]
    process.send_signal(number)
    out, err = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode in (0, 130)
    assert out == ""
    assert "Traceback" not in err


def test_serve_refuses_other_machines(home: Path) -> None:
    """An address that others reach needs its own word."""
    done = crmdeck(home, "serve", "--host", "0.0.0.0", "--port", "0")
    assert (done.returncode, done.stdout) == (2, "")
    assert "--allow-remote" in done.stderr


def test_a_taken_port_is_told(home: Path, server: tuple[subprocess.Popen[str], str, str]) -> None:
    """Two servers on one port: the second one says so."""
    port = server[1].rpartition(":")[2]
    done = crmdeck(home, "serve", "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    assert port in done.stderr
    assert "--port" in done.stderr


def test_interrupting_a_command_is_quiet(home: Path) -> None:
    """Ctrl+C ends with status 130 and without a traceback."""
    read_end, write_end = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "query", "contact", "--filters", "@-"],
        env=environment(home),
        stdin=read_end,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(read_end)
    try:
        wait_until_reading(process.pid)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=TIMEOUT_S)
    finally:
        os.close(write_end)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err


def wait_until_reading(pid: int) -> None:
    """Wait until a process sleeps in a read of its stdin; the kernel tells the call."""
    file = Path(f"/proc/{pid}/wchan")
    while "pipe_read" not in file.read_text():
        os.sched_yield()
