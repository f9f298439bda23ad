"""How the programs under measurement are started, and when they are ready."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tests.bench.baseline import FIRST_CELL
from tests.support.terminal import Terminal

PROJECT = Path(__file__).parents[2]
READY_TIMEOUT_S = 60.0
READY_QUIET_S = 0.15
"""A starting program is looked at after such a pause: drawing takes time from it."""
SEED = 1


@dataclass(frozen=True, slots=True)
class Program:
    """A program for the screen, and the text by which its records are known to be painted."""

    name: str
    argv: tuple[str, ...]
    ready: re.Pattern[str]
    env: dict[str, str] = field(default_factory=dict)

    def terminal(self, columns: int, lines: int) -> Terminal:
        """The program on a terminal, started when the context is entered."""
        return Terminal(self.argv, env=self.env, cwd=PROJECT, columns=columns, lines=lines)

    def wait_ready(self, terminal: Terminal) -> None:
        """Read until the records are painted and nothing more comes."""
        waited_s = 0.0
        while not self.ready.search(terminal.screen):
            if waited_s > READY_TIMEOUT_S or terminal.exit_status is not None:
                terminal.wait_for(self.ready, timeout_s=0)  # fails, and shows the screen
            terminal.settle(READY_QUIET_S)
            waited_s += READY_QUIET_S


BASELINE = Program(
    "baseline", (sys.executable, "-m", "tests.bench.baseline"), re.compile(FIRST_CELL)
)


@dataclass(frozen=True)
class Bench:
    """One run of the measurements: how much to measure, and where the files are."""

    workdir: Path
    """Keeps the big workspace."""
    home: Path
    """The folder of crmdeck's own files, new with every run."""
    contacts: int
    is_quick: bool
    tell: Callable[[str], None]
    """Says what is being done."""
    commit_ms: float = 0.0
    """What a commit is made to take longer where writes are measured."""

    def choose(self, quick: int, full: int) -> int:
        """The number of repetitions for this run."""
        return quick if self.is_quick else full

    @property
    def env(self) -> dict[str, str]:
        """What crmdeck needs in its environment."""
        return {"CRMDECK_HOME": str(self.home)}

    def crmdeck(self, *arguments: str) -> list[str]:
        """The command line of crmdeck."""
        return [sys.executable, "-m", "app", *arguments]

    def crmdeck_on_its_disk(self, *arguments: str) -> list[str]:
        """The same, with commits that take `commit_ms` longer."""
        if not self.commit_ms:
            return self.crmdeck(*arguments)
        return [sys.executable, "-m", "tests.bench.slow_disk", str(self.commit_ms), *arguments]

    def run(self, *arguments: str) -> str:
        """Run a crmdeck command to its end; what it printed."""
        self.tell("crmdeck " + " ".join(arguments))
        done = subprocess.run(
            self.crmdeck(*arguments),
            cwd=PROJECT,
            env=os.environ | self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def deck(self, *arguments: str) -> Program:
        """The screens of crmdeck; without arguments on the sample workspace."""
        ready = re.compile(r"([1-9][\d,]*) loaded")
        return Program("crmdeck", tuple(self.crmdeck(*arguments)), ready, self.env)

    @cached_property
    def big_workspace(self) -> Path:
        """The workspace of `contacts` contacts; made at first use, kept in `workdir`."""
        workspace = self.workdir / f"contacts-{self.contacts}-seed-{SEED}.db"
        if not workspace.exists():
            unfinished = workspace.with_suffix(".unfinished")
            unfinished.unlink(missing_ok=True)
            self.run(
                "sample", str(unfinished), "--contacts", str(self.contacts), "--seed", str(SEED)
            )
            unfinished.rename(workspace)
        return workspace
