"""Homes for the journeys."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.server.sample.workspace import write_sample
from tests.support.remote_crm import RemoteCrm


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for `CRMDECK_HOME`; nothing is in it."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture(scope="session")
def sample_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace as the first start makes it, to be copied."""
    file = tmp_path_factory.mktemp("sample") / "workspace.db"
    write_sample(file, 200)
    return file


@pytest.fixture
def workspace(home: Path, sample_file: Path) -> Path:
    """The default workspace of `home`, made before."""
    file = home / "data" / "workspace.db"
    file.parent.mkdir(mode=0o700)
    shutil.copyfile(sample_file, file)
    file.chmod(0o600)
    return file


@pytest.fixture
def remote() -> Iterator[RemoteCrm]:
    """A CRM over HTTP without any record type."""
    with RemoteCrm() as crm:
        yield crm
