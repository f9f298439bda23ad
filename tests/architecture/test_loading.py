"""What a start loads: headless commands never see the screen, and help loads next to nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

SCREEN = {"textual", "rich", "widgets", "styles", "app.main", "app.screens"}
"""What only the deck may load."""

HEAVY = SCREEN | {
    "httpx",
    "pydantic",
    "starlette",
    "sqlite3",
    "asyncio",
    "uvicorn",
    "app.server",
    "app.clients",
}
"""What help and version do without."""

PROGRAM = """
import sys
from app.__main__ import run
status = run(sys.argv[1:])
sys.stderr.write("\\nMODULES " + " ".join(sys.modules))
sys.exit(status)
"""


def loaded(home: Path, *words: str) -> set[str]:
    """The modules a command loaded."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=ROOT,
        env={**os.environ, "CRMDECK_HOME": str(home)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rpartition("MODULES ")[2].split())


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the local workspace is made on first use."""
    return tmp_path_factory.mktemp("home")


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["query", "--help"]])
def test_help_is_light(home: Path, words: list[str]) -> None:
    """Version and help answer before anything that talks or draws is loaded."""
    heavy = HEAVY if words[0].startswith("-") else SCREEN | {"httpx", "sqlite3", "starlette"}
    assert not loaded(home, *words) & heavy


@pytest.mark.parametrize(
    "words",
    [
        ["types"],
        ["schema", "contact"],
        ["capabilities"],
        ["query", "contact", "--limit", "1"],
        ["doctor"],
    ],
    ids=lambda words: words[0],
)
def test_headless_commands_load_no_screen(home: Path, words: list[str]) -> None:
    """A command that draws nothing loads neither Textual nor Rich nor a widget."""
    assert not loaded(home, *words) & SCREEN
