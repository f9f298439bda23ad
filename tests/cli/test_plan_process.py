"""A plan as a process over a real socket: killed in the middle and gone on with, no row is sent twice."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.remote_crm import RemoteCrm, Reply, attribute, json_reply, refusal, schema

KEY = "plan-key-51d0aa"
COUNT = 40
KILLED_AT = 17


class WritableCrm(RemoteCrm):
    """Takes PATCHes, and tells before and behind each one."""

    def __init__(self) -> None:
        names = ("display_name", "title", "updated_at")
        super().__init__([schema("contact", *map(attribute, names))])
        self.is_guarding = False
        """Whether it offers `If-Match`."""
        self.done: Counter[str] = Counter()
        """How often each record was changed."""
        self.before: Callable[[int], bool] = lambda _: True
        """Is asked before each PATCH, counted from 1, whether it is done."""
        self.behind: Callable[[int], None] = lambda _: None
        """Is told behind each."""
        for number in range(1, COUNT + 1):
            values = {"display_name": f"Person {number}", "title": "VP", "updated_at": "2026-01-01"}
            self.add("contact", values)

    @property
    def patches(self) -> list[str]:
        return [row for row in self.seen if row.startswith("PATCH")]

    def titles(self) -> list[str]:
        return [row["attributes"]["title"]["value"] for row in self.records["contact"]]

    def _usual_reply(self, method: str, parts: list[str], body: bytes) -> Reply:
        if parts == ["health"] and self.is_guarding:
            return json_reply({"status": "ok", "features": ["if-match"]})
        if method != "PATCH":
            return super()._usual_reply(method, parts, body)
        number = len(self.patches)
        if not self.before(number):
            return refusal(500, "internal_error", "broken")
        found = next(row for row in self.records["contact"] if row["id"] == parts[1])
        found["attributes"]["updated_at"]["value"] = "2026-01-02"
        for name, value in json.loads(body)["attributes"].items():
            found["attributes"][name]["value"] = value
        self.done[parts[1]] += 1
        self.behind(number)
        return json_reply({"data": found})


@pytest.fixture
def crm() -> Iterator[WritableCrm]:
    with WritableCrm() as server:
        yield server


@pytest.fixture
def start(crm: WritableCrm, tmp_path: Path) -> "Callable[..., subprocess.Popen[str]]":
    """Starts a command of the profile, in a folder of its own."""
    folder = tmp_path / "config"
    folder.mkdir(mode=0o700)
    settings = folder / "config.toml"
    lines = ["[profiles.acme]", 'api = "public-v2"', f'url = "{crm.url}"', 'key = { env = "PLAN_KEY" }']  # fmt: skip
    settings.write_text("\n".join(lines), encoding="utf-8")
    settings.chmod(0o600)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CRMDECK_")}

    def call(*words: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "app", *words, "--profile", "acme"],
            env={**kept, "CRMDECK_HOME": str(tmp_path), "PLAN_KEY": KEY},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return call


Start = Callable[..., "subprocess.Popen[str]"]


def planned(start: Start, folder: Path) -> str:
    """A plan that gives all contacts a title; its path."""
    path = str(folder / "plan.jsonl")
    process = start("plan", "contact", "--all", "title=CTO", "-o", path)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert f"{COUNT} rows" in err
    return path


def states(out: str) -> Counter[str]:
    """How many rows a command told of, by state."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
    return Counter(row["state"] for row in rows)


@pytest.mark.parametrize("moment", ["before it is sent", "behind it", "behind it, guarded"])
def test_a_plan_killed_at_row_17_of_40_is_finished_with_40_requests(
    crm: WritableCrm, start: Start, tmp_path: Path, moment: str
) -> None:
    """None twice, whether the kill came before the PATCH of the row left or before its answer came."""
    crm.is_guarding = moment.endswith("guarded")
    path = planned(start, tmp_path)
    running: list[subprocess.Popen[str]] = []
    if moment.startswith("behind it"):

        def kill(number: int) -> None:
            if number == KILLED_AT and running:
                running.pop().kill()

        crm.behind = kill
    else:
        usual = crm._usual_reply

        def kill_at_the_look(method: str, parts: list[str], body: bytes) -> Reply:
            if method == "GET" and len(crm.patches) == KILLED_AT - 1 and running:
                running.pop().kill()
            return usual(method, parts, body)

        crm._usual_reply = kill_at_the_look  # type: ignore[method-assign]
    process = start("apply", path)
    running.append(process)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert len(crm.patches) == (KILLED_AT - 1 if moment.startswith("before") else KILLED_AT)
    looks = [row for row in crm.seen if row.startswith("GET /contact/")]
    assert bool(looks) is not crm.is_guarding
    process = start("apply", path, "--resume")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert err.endswith(f"plan.jsonl: {COUNT} done\n")
    assert len(crm.patches) == COUNT
    assert len(set(crm.patches)) == COUNT
    assert set(crm.done.values()) == {1}
    assert crm.titles() == ["CTO"] * COUNT
    assert KEY not in out + err + Path(f"{path}.progress.jsonl").read_text()


def test_a_row_whose_answer_was_lost_is_found_out_about_and_nothing_is_guessed(
    crm: WritableCrm, start: Start, tmp_path: Path
) -> None:
    """The server failed: done on one row, not done on another. Both are told as they are."""
    path = planned(start, tmp_path)
    crm.before = lambda number: number != 5
    process = start("apply", path, "--continue-on-error")
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    assert states(out) == {"done": COUNT - 1, "refused": 1}
    assert "--retry-failed" in err
    crm.before = lambda _: True
    process = start("apply", path, "--retry-failed")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, states(out)) == (0, {"done": 1})
    assert set(crm.done.values()) == {1}


def test_ctrl_c_pauses_behind_the_row_and_says_how_to_go_on(
    crm: WritableCrm, start: Start, tmp_path: Path
) -> None:
    """Status 3; what follows does the rest."""
    path = planned(start, tmp_path)
    running: list[subprocess.Popen[str]] = []

    def stop(number: int) -> None:
        if number == 9 and running:
            running.pop().send_signal(signal.SIGINT)

    crm.behind = stop
    process = start("apply", path)
    running.append(process)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 3, err
    done = states(out)["done"]
    assert 9 <= done < COUNT
    assert f"{done} done, {COUNT - done} pending" in err
    assert f"crmdeck apply {path} --profile acme --resume" in err
    process = start("apply", path, "--resume")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, states(out)["done"]) == (0, COUNT - done)
    assert set(crm.done.values()) == {1}
