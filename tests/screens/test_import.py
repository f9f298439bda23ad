"""The import screen: the file, the mapping, bad cells put right in place, the dry run, the import."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot

from app.controller.session import Session
from app.main import CrmDeck
from app.screens.importing import ImportScreen
from tests.support.backends import MemoryBackend
from tests.support.deck import deck, press, screen_text, settle, type_text
from tests.support.small_workspace import memory_session, small_workspace

TEXT = """First name,last_name,E-mail,Stage,Shoe size
Ada,Lovelace,ada@x.test,working,38
Bo,Li,bo@x.test,gone,41
Sarah,Person001,person1@acme.test,,
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a file of people."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "people.csv").write_text(TEXT)
    return tmp_path


@dataclass
class Opened:
    """The screen over the deck."""

    app: CrmDeck
    pilot: Pilot[int]
    backend: MemoryBackend

    @property
    def text(self) -> str:
        return screen_text(self.app)

    async def press(self, *keys: str) -> None:
        await press(self.pilot, *keys)


@asynccontextmanager
async def importing(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Opened]:
    """The screen with the file read."""
    backend = small_workspace()
    async with deck(memory_session(backend, name="acme"), size) as (app, pilot):
        await press(pilot, "I")
        assert isinstance(app.screen, ImportScreen)
        await type_text(pilot, "peo")
        await press(pilot, "tab", "enter")
        yield Opened(app, pilot, backend)


def people(backend: MemoryBackend) -> int:
    """How many contacts there are."""
    return sum(record_id.record_type == "contact" for record_id in backend.records)


async def test_the_mapping_and_every_bad_cell_are_shown() -> None:
    """What each column sets, what is not written and why, and the cells that are wrong with a sign."""
    async with importing() as opened:
        assert "First name               -> first_name" in opened.text
        assert "E-mail                   -> not written  no attribute is called so" in opened.text
        assert "Match by                 -> nothing: every row is a new record" in opened.text
        assert "! line 3, Stage 'gone'  'gone' is none of its choices" in opened.text
        assert "3 rows, 1 with something wrong." in opened.text
        assert "A imports" in opened.text


async def test_a_column_is_given_another_attribute() -> None:
    """By the chooser; the file is read again for it."""
    async with importing() as opened:
        await opened.press("j", "j", "enter")
        await type_text(opened.pilot, "primary")
        await opened.press("enter")
        assert "E-mail                   -> primary_email" in opened.text


async def test_a_bad_cell_is_put_right_in_place(folder: Path) -> None:
    """The file stays as it is; the import sends the new text."""
    async with importing() as opened:
        before = people(opened.backend)
        await opened.press("G", "enter", *["backspace"] * 4)
        await type_text(opened.pilot, "won")
        await opened.press("enter")
        assert "3 rows, 0 with something wrong." in opened.text
        await opened.press("A")
        assert "3 created." in opened.text
        assert people(opened.backend) == before + 3
        bo = [
            row
            for row in opened.backend.records.values()
            if row.attributes.get("first_name") == "Bo"
        ]
        assert len(bo) == 1
    assert (folder / "people.csv").read_text() == TEXT


async def test_a_dry_run_counts_and_sends_nothing(folder: Path) -> None:
    """With a match: what is made, what is changed, what stays."""
    async with importing() as opened:
        await opened.press("j", "j", "enter")
        await type_text(opened.pilot, "primary")
        await opened.press("enter", "j", "j", "j", "enter")
        await type_text(opened.pilot, "primary_email")
        await opened.press("enter", "d")
        assert "It would be: 1 created, 1 unchanged, 1 bad." in opened.text
        assert opened.backend.log.writes == 0
        assert not (folder / "people.csv.results.jsonl").exists()


async def test_what_was_done_is_in_a_file_and_told(folder: Path) -> None:
    """Bad rows are not sent; the list is read again afterwards."""
    async with importing() as opened:
        await opened.press("A")
        assert "2 created, 1 bad. 1 failed: people.csv.results.jsonl has each row." in opened.text
        await opened.press("escape")
        assert not isinstance(opened.app.screen, ImportScreen)
        assert "39 loaded" in opened.text
    lines = (folder / "people.csv.results.jsonl").read_text().splitlines()
    assert json.loads(lines[-1])["outcome"] == "created"


async def test_a_file_that_cannot_be_read_is_told() -> None:
    """With the place; one can type another."""
    async with deck() as (app, pilot):
        await press(pilot, "I")
        await type_text(pilot, "nowhere.csv")
        await press(pilot, "enter")
        assert "nowhere.csv cannot be read: No such file" in screen_text(app)
        await press(pilot, "escape")
        assert not isinstance(app.screen, ImportScreen)


async def test_a_read_only_session_imports_nothing() -> None:
    """The key says why; a lock that came meanwhile too."""
    async with deck(small_workspace(is_read_only=True)) as (app, pilot):
        await press(pilot, "I")
        assert not isinstance(app.screen, ImportScreen)
        assert "read-only" in screen_text(app)
    async with importing() as opened:
        opened.backend.lock()
        await opened.press("A")
        assert "read-only: nothing is sent" in opened.text
        assert opened.backend.log.writes == 0


SnapCompare = Callable[..., bool]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
def test_it_looks_as_before(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The mapping and a bad cell."""

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await press(pilot, "I", *"people.csv", "enter", "j")

    session = memory_session(small_workspace(), name="acme")

    async def connect() -> Session:
        return session

    app = CrmDeck(connect, clock=lambda: datetime(2026, 1, 5, 9, 30, tzinfo=UTC))
    assert snap_compare(app, terminal_size=size, run_before=prepare)
