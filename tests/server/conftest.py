"""A small workspace for the server's tests; one does for all that change nothing, the others get a copy."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.server.workspaces import People, build_people, talking_to


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file."""
    return tmp_path_factory.mktemp("workspace") / "people.db"


@pytest.fixture(scope="session")
def people(workspace: Path) -> People:
    """Who is in it."""
    return build_people(workspace)


@pytest.fixture
async def client(workspace: Path, people: People) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    async with talking_to(workspace) as talking:
        yield talking


@pytest.fixture
def copied(workspace: Path, people: People, tmp_path: Path) -> Path:
    """A copy that may be changed; the same people are in it."""
    del people
    return Path(shutil.copyfile(workspace, tmp_path / "copied.db"))


@pytest.fixture
async def editor(copied: Path) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the copy."""
    async with talking_to(copied) as talking:
        yield talking
