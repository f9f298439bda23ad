"""Network file systems are told from others by the list of mounts."""

from pathlib import Path

import pytest

from app.state.file_systems import is_remote

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/root rw
40 22 0:35 / /home rw,relatime shared:20 - nfs4 server:/home rw,vers=4.2
41 40 8:2 / /home/zoe/local\\040disk rw shared:21 - ext4 /dev/sdb1 rw
42 22 0:36 / /mnt/x rw shared:22 - autofs systemd-1 rw
43 42 0:37 / /mnt/x rw shared:23 - cifs //server/x rw
"""
"""Source: the form is that of proc(5), /proc/pid/mountinfo."""


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/var/lib", False),
        ("/home/zoe/.local/state", True),
        ("/home/zoe/local disk/state", False),
        ("/homestead", False),
        ("/mnt/x/state", True),
    ],
)
def test_the_mount_that_holds_a_folder_decides(tmp_path: Path, folder: str, expected: bool) -> None:
    """The longest one counts, and of two at one place the later."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    assert is_remote(Path(folder), mounts) == expected


def test_without_a_list_of_mounts_all_is_local(tmp_path: Path) -> None:
    """As on systems that keep none; neither does this machine's list stop anything."""
    assert not is_remote(tmp_path, tmp_path / "missing")
    assert isinstance(is_remote(tmp_path), bool)
