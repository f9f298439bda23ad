"""Starting crmdeck the way a person does, and looking at what it left behind."""

import base64
import contextlib
import hashlib
import os
import pty
import re
import subprocess
import sys
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.support.terminal import Terminal

PROJECT: Final = Path(__file__).parents[2]
"""Where the program is started."""

TIMEOUT_S: Final = 20.0
"""What a step may take on a busy machine; a step that is right takes a hundredth of it."""

CANARY: Final = "rk_live_Canary0fTheKey7731"
"""The key of every remote workspace here: it must never be seen again."""

KEY_VARIABLE: Final = "ACME_KEY"

WALKED: Final = re.compile(r"every schema was asked for|\d+ not readable")
"""What the list of record types says when it knows all it can."""

FRAME: Final = 2026
"""The terminal mode (synchronised output) that is set while a frame is drawn."""

CRMDECK: Final = (sys.executable, "-m", "app")

BROKEN: Final = (sys.executable, "-m", "tests.journeys.broken")
"""The same with a bug in it; the next word says where."""


class Deck(Terminal):
    """`crmdeck` on a terminal, at home in a folder of its own. Only a wait that fails takes its whole time."""

    def __init__(
        self,
        home: Path,
        *words: str | Path,
        columns: int = 80,
        lines: int = 24,
        env: Mapping[str, str] | None = None,
        program: tuple[str, ...] = CRMDECK,
    ) -> None:
        super().__init__(
            [*program, *words],
            env={"CRMDECK_HOME": str(home), KEY_VARIABLE: CANARY, **(env or {})},
            cwd=PROJECT,
            columns=columns,
            lines=lines,
        )

    @property
    def line_settings(self) -> list[Any]:
        """What `stty` says now."""
        return termios.tcgetattr(self._master)

    def wait_for(
        self, wanted: str | re.Pattern[str], timeout_s: float = TIMEOUT_S
    ) -> re.Match[str]:
        __tracebackhide__ = True
        found = super().wait_for(wanted, timeout_s)
        self._finish_frame()
        return found

    def wait_gone(self, unwanted: str | re.Pattern[str], timeout_s: float = TIMEOUT_S) -> None:
        __tracebackhide__ = True
        super().wait_gone(unwanted, timeout_s)
        self._finish_frame()

    def _finish_frame(self) -> None:
        """Read the rest of a frame that is being drawn, so that the screen is one picture."""
        deadline_s = time.perf_counter() + TIMEOUT_S
        while FRAME in self._modes.private and time.perf_counter() < deadline_s:
            if not self.read(TIMEOUT_S):
                return

    def wait_exit(self, timeout_s: float = TIMEOUT_S) -> int:
        __tracebackhide__ = True
        return super().wait_exit(timeout_s)

    def press(self, *keys: str, until: str | re.Pattern[str]) -> re.Match[str]:
        """Press keys and wait for what they bring."""
        __tracebackhide__ = True
        self.send(*keys)
        return self.wait_for(until)

    def press_away(self, *keys: str, gone: str | re.Pattern[str]) -> None:
        """Press keys and wait until they have taken something from the screen."""
        __tracebackhide__ = True
        self.send(*keys)
        self.wait_gone(gone)

    def command(self, words: str, *, until: str | re.Pattern[str]) -> re.Match[str]:
        """Type a command of the deck."""
        __tracebackhide__ = True
        self.press(":", until="EDITING")
        self.press_away(words, "enter", gone="EDITING")
        return self.wait_for(until)


def fresh_line_settings() -> list[Any]:
    """What `stty` says of a terminal that nobody has used."""
    master, slave = pty.openpty()
    try:
        return termios.tcgetattr(master)
    finally:
        os.close(master)
        os.close(slave)


def run(
    home: Path, *words: str | Path, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command without a terminal, run to its end."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMDECK_")}
    return subprocess.run(
        [*CRMDECK, *map(str, words)],
        env={**kept, "CRMDECK_HOME": str(home), KEY_VARIABLE: CANARY, **(env or {})},
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )


def write_settings(home: Path, text: str, mode: int = 0o600) -> Path:
    """The settings file of a home."""
    folder = home / "config"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "config.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


def write_profile(home: Path, url: str) -> Path:
    """A settings file with the read-only profile `acme`, labelled PROD, whose key is in a variable."""
    return write_settings(
        home,
        f'[profiles.acme]\napi = "public-v2"\nurl = "{url}"\n'
        f'key = {{ env = "{KEY_VARIABLE}" }}\nread_only = true\nlabel = "PROD"\n',
    )


def fingerprint(path: Path) -> str:
    """The content of a file, or of all files below a folder, in a word."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(path)}\0{file.lstat().st_mode:o}\0".encode())
        if file.is_file():
            digest.update(file.read_bytes())
    return digest.hexdigest()


def written_by(deck: Terminal) -> bytes:
    """Every byte a program wrote, and what it put into the clipboard, decoded."""
    raw = deck.raw
    copied = re.findall(rb"\x1b\]52;[^;]*;([A-Za-z0-9+/=]*)", raw)
    return raw + b"".join(base64.b64decode(text) for text in copied)


def places_of(needle: str, home: Path) -> list[str]:
    """The files below a folder that hold a text, by name or by content."""
    return [
        str(file)
        for file in home.rglob("*")
        if needle in file.name or (file.is_file() and needle.encode() in file.read_bytes())
    ]


def processes_of(session: int) -> list[int]:
    """The living processes of a session: those a program has started, and itself."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            state, _, _, owner = (
                (folder / "stat").read_text().rpartition(")")[2].split(maxsplit=4)[:4]
            )
            if int(owner) == session and state not in "ZX":
                found.append(int(folder.name))
    return found


def processor_s(pid: int) -> float:
    """Seconds of processor time a process has taken; also of one that has just ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
