"""`crmdeck export`: whole files, and how to go on with those that are not."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.domain.errors import ServerFailed
from app.domain.query import Query
from app.domain.records import Cursor, Page
from tests.cli.conftest import Run
from tests.support.backends import MemoryBackend

TIMEOUT_S = 60.0


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def in_small_pages(backend: MemoryBackend, limit: int = 5) -> None:
    """Let the server give a few records at a time."""
    ask = backend.query

    async def few(query: Query, cursor: Cursor | None = None) -> Page:
        return await ask(replace(query, limit=limit), cursor)

    backend.query = few  # type: ignore[method-assign]


def break_after(backend: MemoryBackend, requests: int) -> None:
    """Let the server fail from then on."""
    ask = backend.query
    left = [requests]

    async def breaks(query: Query, cursor: Cursor | None = None) -> Page:
        left[0] -= 1
        if left[0] < 0:
            raise ServerFailed("broken", status=500)
        return await ask(query, cursor)

    backend.query = breaks  # type: ignore[method-assign]


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "md"])
def test_the_file_holds_what_query_prints(crmdeck: Run, folder: Path, form: str) -> None:
    """One implementation of the formats: the suffix chooses, the bytes are the same."""
    answer = crmdeck("export", "contact", "-o", f"out.{form}")
    assert (answer.status, answer.out) == (0, "")
    assert re.fullmatch(rf"out\.{form}: 37 rows, 1 request in \d+\.\d s\n", answer.err)
    printed = crmdeck("query", "contact", "--all", "--format", form)
    assert (folder / f"out.{form}").read_text(encoding="utf-8") == printed.out


def test_an_expression_chooses_records(crmdeck: Run, folder: Path) -> None:
    """EXPR and --sort mean what they mean for `crmdeck query`."""
    words = ("contact", "stage = working order by -display_name", "--columns", "display_name,stage")
    assert crmdeck("export", *words, "-o", "out.jsonl").status == 0
    rows = [
        json.loads(line)["attributes"] for line in (folder / "out.jsonl").read_text().splitlines()
    ]
    assert {row["stage"] for row in rows} == {"working"}
    names = [row["display_name"] for row in rows]
    assert names == sorted(names, reverse=True)


def test_every_column_can_be_had(crmdeck: Run, folder: Path) -> None:
    """A star stands for all the schema has."""
    crmdeck("export", "contact", "-o", "out.csv", "--columns", "*")
    heading = (folder / "out.csv").read_text().splitlines()[0]
    shown = crmdeck("schema", "contact", "--format", "json").out
    assert heading.count(",") + 1 == len(json.loads(shown)["attributes"])


def test_an_existing_file_needs_force(crmdeck: Run, backend: MemoryBackend, folder: Path) -> None:
    """Refused before anything is asked; replaced when told."""
    (folder / "out.csv").write_text("old")
    answer = crmdeck("export", "contact", "-o", "out.csv")
    assert answer.status == 1
    assert "exists already" in answer.err
    assert "--force" in answer.err
    assert backend.sent == []
    assert (folder / "out.csv").read_text() == "old"
    assert crmdeck("export", "contact", "-o", "out.csv", "--force").status == 0
    assert (folder / "out.csv").read_text().count("\n") == 38


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("-o", "-"), "crmdeck query contact --all"),
        (("-o", "out.txt"), "give --format"),
        (("-o", "out.csv", "--columns", "titel"), "Did you mean title?"),
        (("-o", "out.csv", "--columns", ","), "names no attribute"),
        (("-o", "out.csv", "--sort", "titel"), "Did you mean title?"),
        (("-o", "out.csv", "--format", "xml"), "xml"),
        (("-o", "out.csv", "--force", "--resume"), "one of them"),
        (("stage", "=", "working", "-o", "out.csv"), "in quotes"),
        (("stage = ", "-o", "out.csv"), "column"),
        (("-o", "nowhere/out.csv"), "No such file or directory"),
        (("-o", "."), "no ordinary file"),
    ],
)
def test_wrong_words_write_nothing(
    crmdeck: Run, backend: MemoryBackend, folder: Path, words: tuple[str, ...], told: str
) -> None:
    """What is wrong is said before any query, and no file is left."""
    answer = crmdeck("export", "contact", *words)
    assert answer.status in (1, 2)
    assert told in answer.err
    assert "POST /contact/_query" not in backend.sent
    assert [*folder.iterdir()] == []


def test_an_interrupted_export_says_how_to_go_on(
    crmdeck: Run, backend: MemoryBackend, folder: Path
) -> None:
    """Status 3, the rows that are kept, and a command line that ends in the same bytes."""
    in_small_pages(backend)
    ask = backend.query
    crmdeck("export", "contact", "-o", "whole.json")
    break_after(backend, 4)
    words = ("export", "contact", "-o", "out file.json")
    answer = crmdeck(*words)
    assert answer.status == 3
    assert "broken" in answer.err
    assert "20 rows are kept in out file.json.part" in answer.err
    assert "Go on with: crmdeck export contact -o 'out file.json' --resume" in answer.err
    assert not (folder / "out file.json").exists()
    backend.query = ask  # type: ignore[method-assign]
    assert "--resume goes on with it" in crmdeck(*words).err
    assert crmdeck(*words, "--resume").status == 0
    assert (folder / "out file.json").read_bytes() == (folder / "whole.json").read_bytes()
    assert sorted(path.name for path in folder.iterdir()) == ["out file.json", "whole.json"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("contact", "stage = working"), "another query"),
        (("account",), "another record type"),
        (("contact", "--format", "csv"), "another format"),
        (("contact", "--columns", "title"), "another choice of columns"),
        (("contact", "--sort", "title"), "another sort"),
    ],
)
def test_another_export_is_not_gone_on_with(
    crmdeck: Run, backend: MemoryBackend, folder: Path, words: tuple[str, ...], told: str
) -> None:
    """What is in the part stays what it is."""
    in_small_pages(backend)
    ask = backend.query
    break_after(backend, 2)
    assert crmdeck("export", "contact", "-o", "out.json").status == 3
    backend.query = ask  # type: ignore[method-assign]
    part = (folder / "out.json.part").read_bytes()
    answer = crmdeck("export", *words, "-o", "out.json", "--resume")
    assert answer.status == 1
    assert told in answer.err
    assert "--force starts anew" in answer.err
    assert (folder / "out.json.part").read_bytes() == part


def test_a_forgotten_cursor_is_told_and_starts_over_only_when_told(
    crmdeck: Run, backend: MemoryBackend, folder: Path
) -> None:
    """The server no longer knows where the export stood: no way back to it is offered."""
    in_small_pages(backend)
    ask = backend.query
    break_after(backend, 2)
    assert crmdeck("export", "contact", "-o", "out.json").status == 3
    backend.query = ask  # type: ignore[method-assign]
    backend.expire_cursors()
    answer = crmdeck("export", "contact", "-o", "out.json", "--resume")
    assert answer.status == 3
    assert "does not know any more where the interrupted export stood" in answer.err
    assert "--force starts anew." in answer.err
    assert "Go on with" not in answer.err
    assert not (folder / "out.json").exists()
    assert crmdeck("export", "contact", "-o", "out.json", "--force").status == 0


def test_nothing_to_go_on_with_is_told(crmdeck: Run, folder: Path) -> None:
    """--resume without a part."""
    answer = crmdeck("export", "contact", "-o", "out.csv", "--resume")
    assert answer.status == 1
    assert "no interrupted export" in answer.err
    assert [*folder.iterdir()] == []


def test_raw_texts_are_warned_of(crmdeck: Run, folder: Path) -> None:
    """The guard against formulas is taken off only when told, and that is said."""
    answer = crmdeck("export", "contact", "-o", "out.csv", "--raw")
    assert "may run those that look like formulas" in answer.err


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a workspace of some size."""
    home = tmp_path_factory.mktemp("home")
    run(home, "sample", str(home / "big.db"), "--contacts", "6000")
    return home


def program(home: Path, *words: str) -> subprocess.Popen[bytes]:
    """The command line as a process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMDECK_")}
    return subprocess.Popen(
        [sys.executable, "-m", "app", *words],
        env={**kept, "CRMDECK_HOME": str(home)},
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def run(home: Path, *words: str) -> None:
    """A command line that succeeds."""
    process = program(home, *words)
    _, told = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, told


def kept_rows(target: Path) -> int:
    """What the record of an interrupted export says."""
    try:
        rows = json.loads(target.with_name(f"{target.name}.part.json").read_bytes())["rows"]
    except FileNotFoundError:
        return 0
    assert isinstance(rows, int)
    return rows


def started(home: Path, target: Path, rows: int) -> Iterator[subprocess.Popen[bytes]]:
    """An export under way that has kept so many rows."""
    words = ("export", "contact", "--workspace", str(home / "big.db"), "-o", str(target))
    process = program(home, *words)
    deadline_s = time.monotonic() + TIMEOUT_S
    while kept_rows(target) < rows and process.poll() is None and time.monotonic() < deadline_s:
        pass
    assert process.poll() is None, "it was through before it could be stopped"
    yield process
    assert process.stderr is not None
    process.stderr.close()


@pytest.mark.parametrize("rows", [1, 3000])
def test_a_killed_export_leaves_no_file_and_is_gone_on_with(
    home: Path, folder: Path, rows: int
) -> None:
    """Kill -9 in the middle: no target; afterwards the very bytes an undisturbed export makes."""
    target = folder / "out.jsonl"
    for process in started(home, target, rows):
        process.kill()
        process.wait(TIMEOUT_S)
    assert not target.exists()
    big = ("--workspace", str(home / "big.db"))
    for words in (("-o", str(target), "--resume"), ("-o", str(folder / "whole.jsonl"))):
        run(home, "export", "contact", *big, *words)
    assert target.read_bytes() == (folder / "whole.jsonl").read_bytes()
    assert target.read_bytes().count(b"\n") == 6000
    assert sorted(path.name for path in folder.iterdir()) == ["out.jsonl", "whole.jsonl"]


def test_ctrl_c_keeps_the_part_and_says_how_to_go_on(home: Path, folder: Path) -> None:
    """Status 3; not a traceback, not a file."""
    target = folder / "out.csv"
    for process in started(home, target, 1):
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        told = process.stderr.read().decode()
        assert process.wait(TIMEOUT_S) == 3
    assert not target.exists()
    assert "Stopped." in told
    assert "Traceback" not in told
    assert f"--workspace {home / 'big.db'} --resume" in told
    kept = re.search(r"([\d,]+) rows are kept", told)
    assert kept is not None
    assert int(kept[1].replace(",", "")) == kept_rows(target) > 0
