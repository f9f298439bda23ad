"""Telling processes apart, and whether one still runs: a process id alone is given to others later."""

import os
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")
_START_FIELD = 19
"""Of the fields behind the name in `/proc/PID/stat`. Source: proc(5), (22) starttime."""


@dataclass(frozen=True, slots=True)
class ProcessMark:
    """One process, in this start of the machine and no other."""

    pid: int
    started: str
    """When it was started, as the system writes it; empty where the system does not tell."""

    @property
    def is_running(self) -> bool:
        """Whether it still runs. Where the system tells no start, any process of that id counts."""
        if not self.started:
            return _answers(self.pid)
        return _started(self.pid) == self.started


def this_process() -> ProcessMark:
    """The process that asks."""
    pid = os.getpid()
    return ProcessMark(pid, _started(pid))


def _started(pid: int) -> str:
    """The start of the machine and that of the process since then; empty if there is none, or one that has ended."""
    try:
        boot = (_PROCESSES / "sys/kernel/random/boot_id").read_text("ascii").strip()
        state, *fields = (_PROCESSES / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except OSError:
        return ""
    return "" if state in {b"Z", b"X"} else f"{boot} {fields[_START_FIELD - 1].decode()}"


def _answers(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
