"""What happens to a journal from outside its process: killed, starved of disk, raced. Run by tests as `python -m`.

Each prints JSON lines of what it found; a traceback means that something was lost.
"""

import asyncio
import json
import os
import random
import resource
import signal
import sys
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from typing import Final

from app.controller.journaling import Journaling
from app.domain.journal import AlreadySent, Draft, JournalFailed
from app.state.journal import JournalFile
from tests.domain.journal_strategies import draft, intent

SPEED = 100
"""How much faster time passes for a typist that is to be killed: two seconds are twenty milliseconds."""


def _say(found: object) -> None:
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


class _Hurried:
    """The loop's timers, in a hurry."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()

    def time(self) -> float:
        return self._loop.time() * SPEED

    def call_later(self, delay: float, callback: Callable[[], object], /) -> asyncio.TimerHandle:
        return self._loop.call_later(delay / SPEED, callback)


class _Telling(JournalFile):
    """A journal that writes how many letters are confirmed to be on the disk into a pipe."""

    def __init__(self, folder: Path, report: int) -> None:
        super().__init__(folder)
        self._report = report

    def save_draft(self, draft: Draft) -> Future[datetime | None]:
        saved = super().save_draft(draft)
        letters = len(draft.texts["title"])
        saved.add_done_callback(lambda _: os.write(self._report, b"%d\n" % letters))
        return saved


async def _type(folder: Path, report: int) -> None:
    """Type until killed."""
    journaling = Journaling(_Telling(folder, report), "w", _Hurried())
    text = ""
    while True:
        text += "x"
        journaling.note(draft("d1", texts={"title": text}))
        await asyncio.sleep(0.0002)


def kill(folder: Path, cycles: int) -> None:
    """Kill a typist at a random moment, again and again in one journal; tell what was confirmed and what is there."""
    chance = random.Random(7)
    for _ in range(cycles):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reading)
            asyncio.run(_type(folder, writing))
        os.close(writing)
        with os.fdopen(reading, "rb") as lines:
            told = [lines.readline() for _ in range(chance.randint(1, 4))]
            os.kill(child, signal.SIGKILL)
            told += [line for line in lines if line.endswith(b"\n")]
        os.waitpid(child, 0)
        _tell_kept(folder, confirmed=int(told[-1]))


def _tell_kept(folder: Path, confirmed: int) -> None:
    warnings: list[object] = []
    journal = JournalFile(folder)
    journal.listen(warnings.append)
    (found,) = journal.open_drafts("w").result()
    journal.discard_draft("d1").result()
    journal.close()
    row = {
        "confirmed": confirmed,
        "kept": len(found.draft.texts["title"]),
        "warnings": len(warnings),
    }
    _say({**row, "is_live": found.owner.is_live})


def fill(folder: Path, limit_bytes: int) -> None:
    """Save ever more while no file may grow beyond a limit, then without one; tell which drafts were confirmed."""
    journal = JournalFile(folder)
    journal.save_draft(draft("first")).result()
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, most))
    confirmed, failures = ["first"], list[str]()
    for number in range(60):
        try:
            journal.save_draft(draft(f"d{number}", texts={"title": "x" * 5_000})).result()
            confirmed.append(f"d{number}")
        except JournalFailed as error:
            failures.append(str(error))
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    journal.save_draft(draft("last")).result()
    confirmed.append("last")
    kept = [row.draft.id for row in journal.open_drafts("w").result()]
    journal.close()
    _say({"confirmed": confirmed, "kept": kept, "failures": failures})


def endure(folder: Path, count: int) -> None:
    """Save drafts on a disk that fails now and then; tell which were confirmed."""
    journal = JournalFile(folder)
    confirmed, failures = list[str](), 0
    for number in range(count):
        try:
            journal.save_draft(draft(f"d{number}")).result()
            confirmed.append(f"d{number}")
        except JournalFailed:
            failures += 1
    journal.close()
    _say({"confirmed": confirmed, "failures": failures})


def claim(folder: Path, count: int) -> None:
    """Claim intents as fast as possible; tell which were got."""
    journal = JournalFile(folder)
    got: list[str] = []
    for number in range(count):
        try:
            journal.begin_intents([intent(f"i{number}")]).result()
            got.append(f"i{number}")
        except AlreadySent:
            continue
    journal.close()
    _say(got)


def save(folder: Path, count: int) -> None:
    """Save drafts of one's own as fast as possible, each several times."""
    journal = JournalFile(folder)
    ids = [f"{os.getpid()}-{number}" for number in range(count)]
    for round_ in range(3):
        for id_ in ids:
            journal.save_draft(draft(id_, texts={"title": str(round_)})).result()
    journal.close()
    _say(ids)


def hold(folder: Path) -> None:
    """Edit a draft and send an intent, and stay until the input ends."""
    journal = JournalFile(folder)
    journal.save_draft(draft("d1")).result()
    journal.begin_intents([intent("i1")]).result()
    _say(os.getpid())
    sys.stdin.read()


ABUSES: Final[dict[str, Callable[..., None]]] = {
    "kill": kill,
    "fill": fill,
    "endure": endure,
    "claim": claim,
    "save": save,
    "hold": hold,
}

if __name__ == "__main__":
    name, place, *numbers = sys.argv[1:]
    ABUSES[name](Path(place), *map(int, numbers))
