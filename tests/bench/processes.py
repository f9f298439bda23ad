"""Memory and CPU time of a running program with all its children, from Linux's /proc."""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def pss_bytes(pid: int) -> int:
    """Proportional set size of the tree: shared pages count by their share."""
    return sum(_pss_bytes(process) for process in _tree(pid))


def cpu_s(pid: int) -> float:
    """CPU time, user and system, which the processes of the tree have used so far."""
    ticks = 0
    for process in _tree(pid):
        user, system = _stat(process)[11:13]
        ticks += int(user) + int(system)
    return ticks / TICKS_PER_S


def _pss_bytes(pid: int) -> int:
    for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def _tree(pid: int) -> list[int]:
    """The process and its descendants."""
    children: dict[int, list[int]] = {}
    for entry in PROC.glob("[0-9]*"):
        try:
            children.setdefault(int(_stat(int(entry.name))[1]), []).append(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended since the folder was listed
    tree = [pid]
    for process in tree:
        tree.extend(children.get(process, []))
    return tree


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat from the state on; the name before it may hold blanks."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
