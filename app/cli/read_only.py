"""`crmdeck doctor --assert-read-only`: runs the proof, shows what was tried, and counts the writes that left."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.cli.failures import Exit, Failed
from app.cli.json_output import put_json
from app.cli.output import ProgressLine, put, say
from app.cli.table import Column, Table
from app.domain.json_text import parse_json
from app.domain.safe_text import Shown, shown
from app.domain.values import Json

PROOF: Final = "app.read_only_proof"
"""The module that tries everything; it loads the screens, so it is a program of its own."""


@dataclass(frozen=True, slots=True)
class Tried:
    """One thing that was tried."""

    kind: str
    name: str
    place: str
    writes: tuple[str, ...]
    """Those that left."""

    def to_json(self) -> Json:
        """As the proof wrote it."""
        return {"kind": self.kind, "name": self.name, "place": self.place, "writes": [*self.writes]}


def assert_read_only(*, is_json: bool) -> None:
    """Try everything, show it, and raise `Failed` if a write left, or if the proof itself proves nothing."""
    line = ProgressLine()
    tried = []
    for row in run_proof():
        tried.append(row)
        line.show(f"{len(tried)} tried: {row.kind} {row.name}, {row.place}")
    line.close()
    if is_json:
        put_json([row.to_json() for row in tried])
    else:
        _put_table(tried)
    say(verdict(tried))


def verdict(tried: Sequence[Tried]) -> str:
    """What it comes to, in words. Raises `Failed` if a write left, or if the proof itself proves nothing."""
    others = [row for row in tried if row.kind != "control"]
    if not any(row.writes for row in tried if row.kind == "control"):
        raise Failed("The sink did not see the write of the control: nothing is proven.")
    left = [write for row in others for write in row.writes]
    counted = f"{len(others)} tried in a read-only session, {len(left)} writes left it"
    if left:
        raise Failed(f"{counted}: {', '.join(left[:5])}.", status=Exit.FAILED)
    return f"{counted}. A write without the lock was seen, so the sink sees writes."


def run_proof(module: str = PROOF) -> Iterator[Tried]:
    """Each thing as it was tried. Raises `Failed` where the proof does not come to its end."""
    folder = str(Path(__file__).parents[2])
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMDECK_")}
    with subprocess.Popen(  # noqa: S603 (our own interpreter and our own module)
        [sys.executable, "-P", "-m", module],
        env={**kept, "PYTHONPATH": folder},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                yield _parsed(line)
            _, told = process.communicate()
        finally:
            process.kill()
    if process.returncode != 0:
        last = told.decode(errors="replace").strip().splitlines()[-1:]
        raise Failed(f"The proof did not come to its end: {' '.join(last) or process.returncode}.")


def _parsed(line: bytes) -> Tried:
    row = parse_json(line)
    assert isinstance(row, dict)
    writes = row["writes"]
    assert isinstance(writes, list)
    return Tried(
        str(row["kind"]), str(row["name"]), str(row["place"]), tuple(str(write) for write in writes)
    )


def _put_table(tried: list[Tried]) -> None:
    rows = [
        [shown(row.kind), shown(row.name), shown(row.place), shown(", ".join(row.writes) or "none")]
        for row in tried
    ]
    headings = ("KIND", "TRIED", "FROM", "WRITES THAT LEFT")
    table = Table([Column(Shown(heading)) for heading in headings], rows)
    put(table.heading, *map(table.line, rows))
