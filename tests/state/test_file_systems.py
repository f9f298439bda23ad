"""Network file systems are told from others by the list of mounts."""

import shutil
from pathlib import Path

import pytest

from app.domain.journal import JournalWarning
from app.state.file_systems import is_remote
from app.state.journal_keeper import JournalKeeper
from app.state.journal_store import JournalStore
from tests.domain.journal_strategies import NOON, draft

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


class Killed(Exception):
    """Stands for the end of a program in the middle of its work."""


def test_on_a_network_file_system_the_journal_keeps_no_log(tmp_path: Path) -> None:
    """What a killed program left half written there is taken back, and nothing is called damaged."""
    place, copy = tmp_path / "state" / "journal.db", tmp_path / "copy" / "journal.db"
    told: list[JournalWarning] = []

    def remote(path: Path) -> JournalKeeper:
        return JournalKeeper(path, lambda: NOON, 5, told.append, lambda _: True)

    keeper = remote(place)
    for number in range(40):
        keeper.do(lambda store, id_=f"d{number}": store.save_draft(draft(id_)))  # type: ignore[misc]

    def leave_half_written(store: JournalStore) -> None:
        store.connection.execute("PRAGMA cache_size = 1")
        store.connection.execute("UPDATE draft SET document = zeroblob(9000)")
        assert place.with_name("journal.db-journal").stat().st_size > 0
        shutil.copytree(place.parent, copy.parent)
        raise Killed

    with pytest.raises(Killed):
        keeper.do(leave_half_written)
    for kept in (keeper, remote(copy)):
        assert len(kept.do(lambda store: store.open_drafts("w"))) == 40
        assert kept.do(
            lambda store: store.connection.execute("PRAGMA journal_mode").fetchone()
        ) == ("delete",)
        kept.close()
    assert told == []
