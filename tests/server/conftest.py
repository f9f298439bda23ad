"""A small workspace for the server's tests; nothing changes it, so one does for all."""

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
