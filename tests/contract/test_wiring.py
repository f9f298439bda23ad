"""Profile or file in, session out."""

import asyncio
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.controller.session import Session
from app.domain.changes_since import Run
from app.domain.errors import ConfigError, Unreachable, WorkspaceError
from app.domain.journal import Draft
from app.domain.query import Query
from app.domain.remembered import HistoryEntry, SavedQuery, ViewKey, ViewState
from app.wiring import Target, connect

CANARY = "canary-7f3a9c51-key"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """All our folders under one that is ours."""
    monkeypatch.setenv("CRMDECK_HOME", str(tmp_path))
    return tmp_path


def configure(home: Path, text: str) -> None:
    file = home / "config" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)


def remembered_files(home: Path) -> list[Path]:
    """Saved queries, history, views and runs."""
    return [path for path in home.rglob("*") if path.suffix in {".toml", ".json", ".jsonl"}]


async def count_of(session: Session, record_type: str) -> int:
    page = await session.backend.query(Query(record_type, limit=100))
    return len(page.records)


async def test_the_first_start_makes_a_sample_workspace_once(home: Path) -> None:
    """And says so; the second one opens it silently. Nobody else may look into it."""
    told: list[str] = []
    session = await connect(Target(), notify=told.append)
    file = home / "data" / "workspace.db"
    assert len(told) == 1
    assert str(file) in told[0]
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert (session.name, session.is_local, session.is_read_only) == ("workspace.db", True, False)
    assert session.command_options == ""
    assert await count_of(session, "contact") == 100
    await session.close()
    again = await connect(Target(), notify=told.append)
    await again.close()
    assert len(told) == 1


async def test_workspaces_share_saved_queries_and_history_but_no_views(home: Path) -> None:
    """A file is told from another of its name; opening one makes no file of what is remembered."""
    (home / "other").mkdir()
    sessions = [
        await connect(Target(workspace=folder / "one.db", is_empty=True))
        for folder in (home, home / "other")
    ]
    for session in sessions:
        await session.close()
    assert not (home / "config").exists()
    assert remembered_files(home) == []
    one, other = (session.memory for session in sessions)
    key, query = ViewKey("contact"), SavedQuery("Hot", "contact", "stage = new")
    one.queries.save(query)
    one.history.add(HistoryEntry(datetime.now(UTC), "contact", "stage = new"))
    one.views.note({key: ViewState("stage = new")})
    one.runs.keep("Hot", Run(datetime.now(UTC), "contact", "", (), True))
    assert other.queries.all().queries == (query,)
    assert len(other.history.recent(9)) == 1
    assert other.views.recall().views == {}
    assert other.runs.last("Hot") is None
    again = await connect(Target(workspace=home / "one.db"))
    await again.close()
    assert again.memory.views.recall().views == {key: ViewState("stage = new")}
    assert again.memory.runs.last("Hot") is not None
    assert [path.stat().st_mode & 0o777 for path in remembered_files(home)] == [0o600] * 4


async def test_a_named_file_is_made_bare_if_asked(tmp_path: Path) -> None:
    """With the record types every workspace has, and no record."""
    file = tmp_path / "my file.db"
    session = await connect(Target(workspace=file, is_empty=True))
    assert await count_of(session, "contact") == 0
    assert (session.name, session.command_options) == ("my file.db", f"--workspace '{file}'")
    await session.close()


async def test_what_is_no_workspace_is_left_alone(tmp_path: Path) -> None:
    """Refused with a reason, not overwritten."""
    file = tmp_path / "notes.txt"
    file.write_text("my notes", encoding="utf-8")
    for is_empty in (False, True):
        with pytest.raises(WorkspaceError, match="not a crmdeck workspace"):
            await connect(Target(workspace=file, is_empty=is_empty))
    assert file.read_text(encoding="utf-8") == "my notes"
    with pytest.raises(WorkspaceError):
        await connect(Target(workspace=tmp_path))
    with pytest.raises(WorkspaceError):
        await connect(Target(workspace=tmp_path / "no folder" / "file.db"))


async def test_first_starts_at_the_same_moment(home: Path) -> None:
    """Whoever comes second opens what the first one made."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(3)

    async def start() -> None:
        barrier.wait()
        session = await connect(Target())
        await session.close()

    def run() -> None:
        try:
            asyncio.run(start())
        except (WorkspaceError, ConfigError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        await asyncio.to_thread(thread.join)
    assert failures == []
    assert [file.name for file in (home / "data").glob("*.db")] == ["workspace.db"]


async def test_days_are_those_of_the_machine_unless_a_profile_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A workspace file has no profile."""
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    session = await connect(Target())
    assert session.time_zone == ZoneInfo("Pacific/Auckland")
    await session.close()


async def test_read_only_reaches_the_transport() -> None:
    """Not only the keys."""
    session = await connect(Target(is_read_only=True))
    assert session.is_read_only
    assert session.backend.is_read_only
    await session.close()


PROFILES = """
[profiles.acme]
url = "http://127.0.0.1:1/api/v2"
label = "PROD"
read_only = true
record_types = ["renewal"]
time_zone = "Asia/Kathmandu"
key = { env = "ACME_KEY" }

[profiles.hub]
api = "hubspot"
key = { env = "ACME_KEY" }
"""


async def test_a_profile(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it says is in the session; nothing is sent yet, and no workspace file is made."""
    configure(home, PROFILES)
    monkeypatch.setenv("ACME_KEY", CANARY)
    session = await connect(Target(profile="acme"))
    assert (session.name, session.label, session.record_types) == ("acme", "PROD", ("renewal",))
    assert (session.is_read_only, session.is_local) == (True, False)
    assert session.command_options == "--profile acme"
    assert session.time_zone == ZoneInfo("Asia/Kathmandu")
    assert session.backend.is_read_only
    assert len(session.backend.log) == 0
    assert CANARY not in repr(session)
    assert not (home / "data").exists()
    with pytest.raises(Unreachable):
        await session.backend.health()
    await session.close()


async def test_a_profile_that_cannot_be_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown, without its key, of an API this version does not speak, or beside a file."""
    configure(home, PROFILES)
    monkeypatch.delenv("ACME_KEY", raising=False)
    for target, words in (
        (Target(profile="acne"), r"no profile acne in .*config\.toml\. Known: acme, hub"),
        (Target(profile="acme"), "variable ACME_KEY is not set"),
        (Target(profile="hub"), "speaks hubspot; this version speaks public-v2 only"),
        (Target(profile="acme", workspace=home / "x.db"), "not both"),
    ):
        with pytest.raises(ConfigError, match=words):
            await connect(target)
    configure(home, "[profiles")
    with pytest.raises(ConfigError, match="line 1"):
        await connect(Target(profile="acme"))


def test_importing_the_wiring_is_cheap() -> None:
    """Help and completion must not wait for what a session needs."""
    heavy = "{'asyncio', 'httpx', 'starlette', 'sqlite3', 'pydantic', 'textual', 'app.clients', 'app.server'}"
    code = f"import sys, app.wiring; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_a_local_session_loads_no_command_line_and_no_screen(home: Path) -> None:
    """The HTTP library comes without its own, which would bring three packages."""
    code = (
        "import asyncio, sys\n"
        "from app.wiring import Target, connect\n"
        "async def main():\n"
        "    session = await connect(Target())\n"
        "    await session.close()\n"
        "asyncio.run(main())\n"
        "print(sorted({'rich', 'pygments', 'click', 'textual', 'pydantic', 'uvicorn'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


async def test_workspaces_share_a_journal_that_is_made_when_it_is_needed(home: Path) -> None:
    """What one has in it the other does not list; closing a session leaves nothing half written."""
    sessions = [
        await connect(Target(workspace=home / name, is_empty=True)) for name in ("a.db", "b.db")
    ]
    assert not (home / "state" / "journal.db").exists()
    for session in sessions:
        session.journal.save_draft(
            Draft(id=session.name, workspace=session.workspace, record_type="contact")
        )
        await session.close()
    again = await connect(Target(workspace=home / "a.db"))
    (found,) = again.journal.open_drafts(again.workspace).result(timeout=30)
    assert (found.draft.id, again.workspace) == ("a.db", str(home / "a.db"))
    assert not found.owner.is_in_the_way
    await again.close()
