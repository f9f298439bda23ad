"""What kind of file system a folder is on."""

from pathlib import Path
from typing import Final

_MOUNTS: Final = Path("/proc/self/mountinfo")
_REMOTE: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs"})
"""Those whose files several machines may open, without the memory they would have to share."""


def is_remote(folder: Path, mounts: Path = _MOUNTS) -> bool:
    """Whether a folder is on a network file system; no where the system does not tell."""
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    place = folder.resolve()
    best, kind = -1, ""
    for line in lines:
        before, _, behind = line.partition(" - ")
        # Source: proc(5), /proc/pid/mountinfo: field 5 is the mount point, blanks in it are written in octal
        point = Path(before.split(" ")[4].replace("\\040", " "))
        if place.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), behind.split(" ")[0]
    return kind in _REMOTE
