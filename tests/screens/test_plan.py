"""The screen of bulk changes: planned, rehearsed, tried, run, retried and taken back by keys alone."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from textual.pilot import Pilot

from app.domain.errors import Rejected
from app.domain.plan_progress import RowState
from app.screens.plan import PlanScreen, Stage
from app.state.plan_files import DiskPlanFiles
from tests.support.backends import MemoryBackend
from tests.support.deck import HostApp, deck, press, screen_text, settle, type_text
from tests.support.plans import clock
from tests.support.small_workspace import memory_session, small_workspace

NAME = "plan-contact-20261122-093000.jsonl"


@dataclass
class Opened:
    """The screen, and what it left."""

    app: HostApp
    pilot: Pilot[None]
    screen: PlanScreen
    backend: MemoryBackend
    folder: Path
    answers: list[str | None]

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)

    async def plan(self, text: str) -> None:
        """Type what is to be set."""
        await type_text(self.pilot, text)
        await self.press("enter")

    @property
    def text(self) -> str:
        """The screen with its lines joined, so that words may be wrapped anywhere."""
        return " ".join(screen_text(self.app).split())

    @property
    def writes(self) -> list[str]:
        return [row for row in self.backend.sent if row.startswith(("PATCH", "DELETE"))]

    def titles(self) -> list[object]:
        rows = self.backend.records.values()
        return [row.attributes["title"] for row in rows if row.record_id.record_type == "contact"]

    @property
    def files(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@asynccontextmanager
async def opened(
    folder: Path, *, marked: int = 12, size: tuple[int, int] = (80, 24), is_read_only: bool = False
) -> AsyncIterator[Opened]:
    """The screen over some contacts."""
    backend = small_workspace(contacts=40, is_read_only=is_read_only)
    rows = [row for row in backend.records if row.record_type == "contact"]
    app = HostApp()
    async with app.run_test(size=size) as pilot:
        screen = PlanScreen(
            memory_session(backend),
            backend.record_types["contact"],
            rows[:marked],
            clock=clock,
            folder=folder,
        )
        answers: list[str | None] = []
        await app.push_screen(screen, answers.append)
        await settle(pilot)
        backend.sent.clear()
        yield Opened(app, pilot, screen, backend, folder, answers)
        screen_text(app)
        assert app.safety.caught == 0


async def test_a_plan_is_shown_before_anything_is_sent(tmp_path: Path) -> None:
    """What changes from what to what, how many, at what cost; records that are so already are left out."""
    async with opened(tmp_path) as bench:
        await bench.plan("title=CTO")
        assert bench.screen.stage is Stage.PLANNED
        assert 'title: "VP Engineering" -> "CTO"' in bench.text
        assert "8 rows (4 are so already); 8 to 16 requests" in bench.text
        assert "Nothing was sent." in bench.text
        assert (bench.backend.sent, bench.files) == (["POST /contact/_query"], [])


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("titel=CTO", "Did you mean title?"),
        ("title", "expected a=v to set"),
        ("sms_consent=perhaps", "neither true nor false"),
        ("title='CTO", "A quote is not closed"),
        ("created_at=2026-01-01T00:00:00Z", "created_at"),
        ("title=A title=B", "title is set twice"),
    ],
)
async def test_what_cannot_be_set_is_told_at_once(tmp_path: Path, typed: str, words: str) -> None:
    """And can be put right in the line."""
    async with opened(tmp_path) as bench:
        await bench.plan(typed)
        assert words in bench.text
        assert bench.screen.stage is Stage.ASKING
        assert bench.backend.sent == []


async def test_no_lower_case_key_sends_a_write(tmp_path: Path) -> None:
    """Whatever is pressed on a plan."""
    async with opened(tmp_path) as bench:
        await bench.plan("title=Chief")
        await bench.press(*"abcdefghijklmnopqrtuvwxyz", "enter", "space")
        assert bench.writes == []


async def test_a_canary_and_then_the_rest(tmp_path: Path) -> None:
    """Five rows, a look, and the others; the file is named and kept."""
    async with opened(tmp_path) as bench:
        await bench.plan("title=Chief")
        await bench.press("C")
        assert len(bench.writes) == 5
        assert "Paused behind the first rows" in bench.text
        assert "5 done, 7 pending" in bench.text
        await bench.press("A")
        assert "Done: 12 done." in bench.text
        assert len(set(bench.writes)) == len(bench.writes) == 12
        assert bench.files == [NAME, f"{NAME}.progress.jsonl"]
        await bench.press("escape")
        assert bench.answers == [f"{NAME}: 12 done"]


async def test_a_rehearsal_only_reads_and_shows_each_row(tmp_path: Path) -> None:
    """Then the plan is still to be run."""
    async with opened(tmp_path) as bench:
        await bench.plan("title=Chief")
        await bench.press("r")
        assert "Rehearsed in a clone: 12 done." in bench.text
        assert (bench.writes, bench.files) == ([], [])
        assert bench.screen.stage is Stage.PLANNED


async def test_what_failed_is_retried_alone(tmp_path: Path) -> None:
    """A stop at the first; the reason stands below the row and below all."""
    async with opened(tmp_path, marked=6) as bench:
        await bench.plan("title=Chief")
        bad = [row for row in bench.backend.records if row.record_type == "contact"][2].id
        bench.backend.fail(f"PATCH /contact/{bad}", Rejected("The value is wrong", status=422))
        await bench.press("A")
        assert "Stopped at a row that went wrong: 2 done, 1 refused, 3 pending" in bench.text
        assert "The value is wrong" in bench.text
        bench.backend.mend()
        await bench.press("R")
        assert "Done: 6 done." in bench.text
        assert len(bench.writes) == 7


async def test_what_was_done_is_taken_back_by_a_plan_of_its_own(tmp_path: Path) -> None:
    """It is shown first, as any plan."""
    async with opened(tmp_path, marked=3) as bench:
        await bench.plan("title=Chief")
        await bench.press("A", "U")
        assert bench.screen.stage is Stage.PLANNED
        assert 'title: "Chief" -> "VP Engineering"' in bench.text
        await bench.press("A")
        assert bench.titles()[:3] == ["VP Engineering", "CTO", None]
        assert f"{NAME.replace('plan', 'undo')}" in bench.files


async def test_escape_pauses_a_run(tmp_path: Path) -> None:
    """Behind the row that is under way; A goes on."""
    async with opened(tmp_path) as bench:
        await bench.plan("title=Chief")
        gate = bench.backend.hold("PATCH")
        await bench.press("A", "escape")
        gate.set()
        await settle(bench.pilot)
        assert "Paused: 1 done, 11 pending" in bench.text
        await bench.press("A")
        assert "Done: 12 done." in bench.text


async def test_a_read_only_session_says_so_and_sends_nothing(tmp_path: Path) -> None:
    """It may plan and rehearse."""
    async with opened(tmp_path, is_read_only=True) as bench:
        assert "READ-ONLY" in bench.text
        await bench.plan("title=Chief")
        await bench.press("A")
        assert "read-only" in bench.text
        assert bench.writes == []
        assert bench.screen._counts()[RowState.PENDING] == 12


async def test_the_plan_is_saved_without_being_run(tmp_path: Path) -> None:
    """For the shell."""
    async with opened(tmp_path) as bench:
        await bench.plan("archive")
        assert "An archive cannot be taken back." in bench.text
        await bench.press("s")
        assert "Run it also with: crmdeck apply plan-" in bench.text
        assert DiskPlanFiles().read(tmp_path / NAME).header.count == 12
        assert bench.writes == []


@pytest.mark.parametrize("size", [(80, 24), (160, 45), (60, 15)])
async def test_everything_fits(tmp_path: Path, size: tuple[int, int]) -> None:
    """Title, rows, how it stands, keys."""
    async with opened(tmp_path, size=size) as bench:
        await bench.plan("title=Chief")
        for words in ("Change 12 contact records", "title:", "12 rows", "r rehearses", "Esc back"):
            assert words in bench.text, words


async def test_text_of_records_is_shown_harmless(tmp_path: Path) -> None:
    """A title may hold anything."""
    async with opened(tmp_path, marked=2) as bench:
        await bench.plan("title='[bold]\u202eX'")
        await bench.press("A")
        assert "Done: 2 done." in bench.text


async def test_b_opens_the_plan_of_the_marked_records(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a mark it says how to mark; behind a run the list is read again and keeps its marks."""
    monkeypatch.chdir(tmp_path)
    backend = small_workspace(contacts=20)
    async with deck(backend, (100, 30)) as (app, pilot):
        await press(pilot, "b")
        assert "Nothing is marked" in screen_text(app)
        await press(pilot, "space", "j", "j", "space", "b")
        assert "Change 2 contact records" in screen_text(app)
        await type_text(pilot, "title=Chief")
        await press(pilot, "enter", "A", "escape")
        changed = [row for row in backend.sent if row.startswith("PATCH")]
        assert len(changed) == 2
        assert "2 done" in screen_text(app)
        assert screen_text(app).count("Chief") == 2
