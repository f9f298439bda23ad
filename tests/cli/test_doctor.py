"""`crmdeck doctor`: what it finds, and its exit status."""

import json
import sqlite3
from pathlib import Path

import pytest

from app.domain.errors import Unauthorized, Unreachable
from tests.cli.conftest import Run
from tests.support.backends import MemoryBackend


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Folders of our own, all as they should be."""
    monkeypatch.setenv("CRMDECK_HOME", str(tmp_path))
    for name in ("config", "data", "state"):
        (tmp_path / name).mkdir(mode=0o700)
    return tmp_path


@pytest.fixture
def workspace(home: Path) -> Path:
    """A sound SQLite file."""
    file = home / "data" / "some.db"
    database = sqlite3.connect(file)
    database.execute("CREATE TABLE t (a TEXT)")
    database.execute("INSERT INTO t VALUES (?)", ("x" * 100_000,))
    database.commit()
    database.close()
    return file


def levels(text: str) -> dict[str, str]:
    """Each check's outcome."""
    return {row["check"]: row["level"] for row in json.loads(text)}


def test_all_is_well(crmdeck: Run, workspace: Path) -> None:
    """With everything in order each check is ok and the status is 0."""
    answer = crmdeck("doctor", "--json", "--workspace", str(workspace))
    assert answer.status == 0
    found = levels(answer.out)
    assert set(found) >= {
        "versions",
        "terminal",
        "config folder",
        "settings",
        "workspace",
        "address",
        "key",
    }
    assert set(found.values()) == {"ok"}


def test_the_table_says_the_way_out(crmdeck: Run, home: Path, workspace: Path) -> None:
    """A folder others may write to fails, with the command that mends it."""
    (home / "state").chmod(0o777)
    answer = crmdeck("doctor", "--workspace", str(workspace))
    assert answer.status == 1
    line = next(line for line in answer.out.splitlines() if "state folder" in line)
    assert line.startswith("fail")
    assert f"chmod 700 {home / 'state'}" in line
    assert "1 of" in answer.err


def test_open_folders_are_a_warning(crmdeck: Run, home: Path, workspace: Path) -> None:
    """A folder others may look into is told, and is no failure."""
    (home / "data").chmod(0o755)
    answer = crmdeck("doctor", "--json", "--workspace", str(workspace))
    assert answer.status == 0
    assert levels(answer.out)["data folder"] == "warn"


def test_wrong_settings_fail(crmdeck: Run, home: Path, workspace: Path) -> None:
    """A settings file that cannot be read is found."""
    (home / "config" / "config.toml").write_text("[profiles.acme\n")
    answer = crmdeck("doctor", "--json", "--workspace", str(workspace))
    assert answer.status == 1
    assert levels(answer.out)["settings"] == "fail"


def test_a_damaged_workspace_fails(crmdeck: Run, workspace: Path) -> None:
    """A file whose pages are overwritten is not called sound, and nothing is sent to it."""
    data = bytearray(workspace.read_bytes())
    data[4096:8192] = b"\xff" * 4096
    workspace.write_bytes(data)
    answer = crmdeck("doctor", "--json", "--workspace", str(workspace))
    assert answer.status == 1
    assert levels(answer.out)["workspace"] == "fail"
    assert "address" not in levels(answer.out)


def test_a_missing_workspace_is_not_made(crmdeck: Run, home: Path, backend: MemoryBackend) -> None:
    """Looking does not make a workspace."""
    answer = crmdeck("doctor", "--json")
    assert answer.status == 0
    assert not any((home / "data").iterdir())
    assert backend.sent == []


def test_an_unreachable_server_fails(crmdeck: Run, workspace: Path, backend: MemoryBackend) -> None:
    """No answer fails the address and asks no more."""
    backend.fail("GET /health", Unreachable("Nobody listens"))
    found = levels(crmdeck("doctor", "--json", "--workspace", str(workspace)).out)
    assert found["address"] == "fail"
    assert "key" not in found


def test_a_refused_key_fails(crmdeck: Run, workspace: Path, backend: MemoryBackend) -> None:
    """A key that is not accepted is found by one schema read."""
    backend.fail("GET /_schema", Unauthorized("The key is not accepted", status=401))
    answer = crmdeck("doctor", "--json", "--workspace", str(workspace))
    assert (answer.status, levels(answer.out)["key"]) == (1, "fail")
    assert backend.sent == ["GET /health", "GET /_schema/contact"]
