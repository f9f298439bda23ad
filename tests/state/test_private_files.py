"""Files for the owner alone: modes, links, and writes that are whole or not at all."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.errors import ConfigError
from app.state.private_files import (
    create_private,
    make_private_folder,
    read_private,
    write_private,
)


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture(params=[0o000, 0o022, 0o077, 0o777])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Each of some umasks in turn; the old one afterwards."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_modes_do_not_depend_on_the_umask(tmp_path: Path, umask: int) -> None:
    """0600 and 0700, whatever the shell was told."""
    if umask == 0o777:
        os.umask(0o077)  # a folder nobody may enter cannot be filled
    folder = tmp_path / "a" / "b"
    make_private_folder(folder)
    os.umask(umask)
    write_private(folder / "written", b"x")
    create_private(folder / "created", b"x")
    assert mode_of(folder) == mode_of(folder.parent) == 0o700
    assert mode_of(folder / "written") == mode_of(folder / "created") == 0o600


def test_writing_replaces_the_whole_content(tmp_path: Path) -> None:
    """And leaves nothing beside the file."""
    file = tmp_path / "file"
    write_private(file, b"first, which is longer")
    write_private(file, b"second")
    assert file.read_bytes() == b"second"
    assert [*tmp_path.iterdir()] == [file]


def test_writing_does_not_follow_a_link(tmp_path: Path) -> None:
    """A planted link is replaced; what it points to stays as it was."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    link = tmp_path / "file"
    link.symlink_to(victim)
    write_private(link, b"ours")
    assert victim.read_bytes() == b"untouched"
    assert not link.is_symlink()


def test_creating_refuses_what_exists(tmp_path: Path) -> None:
    """Also a link to nowhere."""
    file, link = tmp_path / "file", tmp_path / "link"
    create_private(file, b"first")
    link.symlink_to(tmp_path / "nowhere")
    for path in (file, link):
        with pytest.raises(FileExistsError):
            create_private(path, b"second")
    assert file.read_bytes() == b"first"
    assert not (tmp_path / "nowhere").exists()
    assert len([*tmp_path.iterdir()]) == 2


def test_a_write_that_fails_leaves_the_old_content(tmp_path: Path) -> None:
    """And no half file."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match=r".+"):
        write_private(folder, b"x")
    with pytest.raises(FileNotFoundError):
        write_private(tmp_path / "no folder" / "file", b"x")
    assert [*tmp_path.iterdir()] == [folder]


def test_reading_a_private_file(tmp_path: Path) -> None:
    """One that is ours alone is read; one that is not there is not there."""
    file = tmp_path / "file"
    write_private(file, b"key")
    assert read_private(file) == b"key"
    with pytest.raises(FileNotFoundError):
        read_private(tmp_path / "nothing")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610, 0o601, 0o777])
def test_a_key_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    """With the command that closes it."""
    file = tmp_path / "file"
    file.write_bytes(b"key")
    file.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 600 {file}"):
        read_private(file)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o700])
def test_a_key_file_of_the_owner_alone_is_read(tmp_path: Path, mode: int) -> None:
    """Whatever the owner may do with it."""
    file = tmp_path / "file"
    file.write_bytes(b"key")
    file.chmod(mode)
    assert read_private(file) == b"key"


def test_links_and_odd_files_are_refused(tmp_path: Path) -> None:
    """A key comes from a real file, and reading never hangs."""
    file = tmp_path / "file"
    write_private(file, b"key")
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(file)
    os.mkfifo(pipe, 0o600)
    with pytest.raises(ConfigError, match="is a link"):
        read_private(link)
    with pytest.raises(ConfigError, match="no ordinary file"):
        read_private(pipe)
    with pytest.raises(ConfigError, match="no ordinary file"):
        read_private(tmp_path)


def test_a_key_file_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever owns it could change it."""
    file = tmp_path / "file"
    write_private(file, b"key")
    monkeypatch.setattr(os, "geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(ConfigError, match="belongs to another user"):
        read_private(file)
    with pytest.raises(ConfigError, match="belongs to another user"):
        make_private_folder(tmp_path)


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o720])
def test_a_folder_others_may_write_to_is_refused(tmp_path: Path, mode: int) -> None:
    """They could put links where our files will be."""
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    with pytest.raises(ConfigError, match=f"chmod 700 {folder}"):
        make_private_folder(folder)


def test_a_folder_that_exists_keeps_its_mode(tmp_path: Path) -> None:
    """Reading by others is the owner's choice; the files are closed anyway."""
    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(0o755)
    make_private_folder(folder)
    assert mode_of(folder) == 0o755


def test_a_file_in_the_way_of_a_folder_is_named(tmp_path: Path) -> None:
    """Instead of a traceback."""
    file = tmp_path / "file"
    file.write_bytes(b"")
    with pytest.raises(ConfigError, match="no folder"):
        make_private_folder(file)
    with pytest.raises(ConfigError, match="cannot be made"):
        make_private_folder(file / "below")
