"""`crmdeck import`: what is made, what is told, and that no crash makes a record twice."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.domain.errors import Fault, Rejected, ServerFailed, Unreachable
from app.domain.records import RecordId
from tests.cli.conftest import Run
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import uuid_of

TIMEOUT_S = 60.0


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def people(folder: Path, *lines: str) -> str:
    """A file of contacts."""
    (folder / "people.csv").write_text(
        "\n".join(["first_name,last_name,primary_email", *lines, ""])
    )
    return "people.csv"


def results(folder: Path, name: str = "people.csv") -> list[tuple[int, str]]:
    """The row and outcome of each line of results."""
    lines = (folder / f"{name}.results.jsonl").read_bytes().splitlines()[1:]
    return [(row["row"], row["outcome"]) for row in map(json.loads, lines)]


def count(backend: MemoryBackend) -> int:
    """How many contacts there are."""
    return sum(record_id.record_type == "contact" for record_id in backend.records)


def test_rows_become_records(crmdeck: Run, backend: MemoryBackend, folder: Path) -> None:
    """Each create is noted before it is sent and after it was done."""
    before = count(backend)
    answer = crmdeck(
        "import", "contact", people(folder, "Ada,Lovelace,ada@x.test", "Bo,Li,bo@x.test")
    )
    assert (answer.status, answer.out) == (0, "")
    assert "people.csv: 2 created in" in answer.err
    assert count(backend) == before + 2
    assert results(folder) == [(1, "sending"), (1, "created"), (2, "sending"), (2, "created")]


def test_a_match_changes_what_is_there(crmdeck: Run, backend: MemoryBackend, folder: Path) -> None:
    """Only what differs is sent, and nothing for a record that holds all of it."""
    file = people(
        folder,
        "Sarah,Person001,PERSON1@acme.test",
        "Omar,Newname,person2@northwind.test",
        "Ada,Lovelace,ada@x.test",
    )
    answer = crmdeck("import", "contact", file, "--match", "primary_email")
    assert answer.status == 0, answer.err
    assert "1 created, 1 updated, 1 unchanged" in answer.err
    changed = backend.records[RecordId("contact", uuid_of("contact", 1))]
    assert changed.attributes["last_name"] == "Newname"
    writes = [
        call for call in backend.sent if not call.endswith("_query") and not call.startswith("GET")
    ]
    assert writes == [f"PATCH /contact/{uuid_of('contact', 1)}", "POST /contact/_assert"]


def test_an_export_changes_nothing_when_it_is_imported_again(
    crmdeck: Run, backend: MemoryBackend, folder: Path
) -> None:
    """CSV and JSON Lines, with every attribute: 0 writes."""
    for form in ("csv", "jsonl"):
        assert crmdeck("export", "contact", "-o", f"out.{form}", "--columns", "*").status == 0
        answer = crmdeck("import", "contact", f"out.{form}", "--match", "id")
        assert answer.status == 0, answer.err
        assert "37 unchanged" in answer.err
    assert backend.log.writes == 0


def test_a_dry_run_sends_nothing(crmdeck: Run, backend: MemoryBackend, folder: Path) -> None:
    """It prints the first request of each kind, says every fault, and leaves no file."""
    file = people(
        folder, "Ada,Lovelace,ada@x.test", "Sarah,Other,person1@acme.test", ",No,c@x.test"
    )
    answer = crmdeck("import", "contact", file, "--match", "primary_email", "--dry-run")
    assert answer.status == 1
    assert "It would be: 1 created, 1 updated, 1 bad." in answer.err
    assert "line 4, first_name: contact cannot be made without first_name." in answer.err
    assert "/contact/_assert" in answer.out
    assert f"PATCH {'memory://workspace/api/v2'}/contact/" in answer.out
    assert backend.log.writes == 0
    assert [path.name for path in folder.iterdir()] == ["people.csv"]


def test_bad_rows_are_not_sent_and_the_others_are(
    crmdeck: Run, backend: MemoryBackend, folder: Path
) -> None:
    """Status 3; each is told with its line."""
    file = people(
        folder, "Ada,Lovelace,ada@x.test", "Ada,Again,ADA@x.test", "Bo", "Cy,Li,cy@x.test"
    )
    before = count(backend)
    answer = crmdeck("import", "contact", file)
    assert answer.status == 3
    assert "line 3, primary_email: stands in an earlier row too" in answer.err
    assert "line 4: The row has 1 cells, the heading has 3" in answer.err
    assert "2 rows of 4 not imported" in answer.err
    assert count(backend) == before + 2


def test_a_refused_row_has_the_servers_words(
    crmdeck: Run, backend: MemoryBackend, folder: Path
) -> None:
    """With its code; all refused is a failure."""
    fault = Fault("field_value_invalid", "another contact has this")
    backend.fail("POST /contact", Rejected("No.", status=422, faults=(fault,)))
    backend.fail("POST /contact/_query", Rejected("No.", status=422), times=0)
    answer = crmdeck("import", "contact", people(folder, "Ada,Lovelace,ada@x.test"))
    assert answer.status == 1
    assert "refused: another contact has this (field_value_invalid)" in answer.err
    assert results(folder)[-1] == (1, "refused")


def test_a_server_that_is_gone_ends_the_import(
    crmdeck: Run, backend: MemoryBackend, folder: Path
) -> None:
    """The rows it did not come to are no failures, and a later run does them."""
    file = people(folder, *(f"A,B,a{n}@x.test" for n in range(5)))
    before = count(backend)
    backend.fail("POST /contact", Unreachable("Nobody listens"))
    answer = crmdeck("import", "contact", file)
    assert answer.status == 1
    assert "Nobody listens" in answer.err
    assert "Go on with: crmdeck import contact people.csv --results" in answer.err
    backend.mend()
    assert crmdeck("import", "contact", file, "--resume").status == 0
    assert count(backend) == before + 5
    assert crmdeck("import", "contact", file, "--resume").status == 0
    assert count(backend) == before + 5


def test_a_lost_answer_is_unknown_and_never_sent_again(
    crmdeck: Run, backend: MemoryBackend, folder: Path
) -> None:
    """Neither by the same run nor by a later one, where nothing is found."""
    lost = ServerFailed("The answer was lost", status=502)
    lost.is_effect_unknown = True
    backend.fail("POST /contact", lost, times=1)
    file = people(folder, "Bo,Li,bo@x.test")
    before = count(backend)
    assert crmdeck("import", "contact", file).status == 1
    assert results(folder)[-1] == (1, "unknown")
    answer = crmdeck("import", "contact", file, "--resume")
    assert answer.status == 1
    assert "was not found" in answer.err
    assert count(backend) == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--map", "Nope"), "expected COLUMN=FIELD"),
        (("--map", "x=title"), "has no column 'x'"),
        (("--match", "title"), "no unique attribute"),
        (("--limit", "0"), "--limit"),
        (("--resume",), "no results"),
        (("--read-only",), "read-only"),
    ],
)
def test_wrong_words_send_nothing(
    crmdeck: Run, backend: MemoryBackend, folder: Path, words: tuple[str, ...], told: str
) -> None:
    """And leave no file."""
    answer = crmdeck("import", "contact", people(folder, "Ada,Lovelace,ada@x.test"), *words)
    assert answer.status in (1, 2)
    assert told in answer.err
    assert backend.log.writes == 0
    assert [path.name for path in folder.iterdir()] == ["people.csv"]


def test_a_file_that_is_broken_further_down_sends_nothing(
    crmdeck: Run, backend: MemoryBackend, folder: Path
) -> None:
    """All of it is read before the first row is sent."""
    file = people(folder, *(f"A,B,a{n}@x.test" for n in range(300)), 'A,"B')
    answer = crmdeck("import", "contact", file)
    assert answer.status == 1
    assert "Line 302: the CSV is broken" in answer.err
    assert backend.log.writes == 0
    assert [path.name for path in folder.iterdir()] == ["people.csv"]


def test_only_the_first_rows_are_taken(crmdeck: Run, backend: MemoryBackend, folder: Path) -> None:
    """--limit; without it a later run takes the rest."""
    file = people(folder, *(f"A,B,a{n}@x.test" for n in range(5)))
    before = count(backend)
    assert crmdeck("import", "contact", file, "--limit", "2").status == 0
    assert count(backend) == before + 2
    assert crmdeck("import", "contact", file, "--resume").status == 0
    assert count(backend) == before + 5


# Killed


def program(home: Path, *words: str) -> subprocess.Popen[bytes]:
    """The command line as a process."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMDECK_")}
    return subprocess.Popen(
        [sys.executable, "-m", "app", *words],
        env={**kept, "CRMDECK_HOME": str(home)},
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(home: Path, *words: str) -> bytes:
    """What a command line that succeeds prints."""
    process = program(home, *words)
    out, told = process.communicate(timeout=TIMEOUT_S)
    assert process.returncode == 0, told
    return out


@pytest.mark.parametrize("lines", [2, 150])
@pytest.mark.parametrize("has_unique", [True, False], ids=["unique", "nothing-unique"])
def test_a_killed_import_makes_no_record_twice(folder: Path, lines: int, has_unique: bool) -> None:
    """Kill -9 at several places, twice; afterwards each row is there once, also where nothing of it is unique."""
    home, workspace = folder / "home", str(folder / "w.db")
    run(home, "sample", workspace, "--contacts", "1")
    file, log = folder / "people.csv", folder / "people.csv.results.jsonl"
    heading = (
        "first_name,last_name,primary_email\n" if has_unique else "first_name,last_name,title\n"
    )
    with file.open("w") as out:
        out.write(heading)
        out.writelines(f"Kill,Nine{n},kill{n}@x.example\n" for n in range(200))
    words = ("import", "contact", str(file), "--workspace", workspace)
    for extra in ((), ("--resume",)):
        before = log.read_bytes().count(b"\n") if log.exists() else 0
        process = program(home, *words, *extra)
        deadline_s = time.monotonic() + TIMEOUT_S
        while process.poll() is None and time.monotonic() < deadline_s:
            if log.exists() and log.read_bytes().count(b"\n") >= before + lines // 2 + 1:
                break
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=TIMEOUT_S)
        assert process.returncode == -signal.SIGKILL, "it was through before it could be stopped"
    run(home, *words, "--resume")
    rows = run(home, "query", "contact", "first_name = Kill", "--all", "--columns", "last_name",
               "--format", "jsonl", "--workspace", workspace)  # fmt: skip
    names = sorted(json.loads(line)["attributes"]["last_name"] for line in rows.splitlines())
    assert names == sorted(f"Nine{n}" for n in range(200))
