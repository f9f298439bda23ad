"""A damaged journal: it is noticed, set aside and told, and what can be read is kept."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.domain.journal import (
    Draft,
    Intent,
    IntentState,
    JournalWarning,
    Settlement,
    new_id,
)
from app.state.journal import FILE_NAME, JournalFile
from tests.domain.journal_strategies import NOON, draft, intent
from tests.state.test_journal import result, warnings_of

DAMAGES = int(os.environ.get("CRMDECK_DAMAGES", "40"))
"""How many bytes are changed, each in a journal of its own; a hundred take nine seconds."""

DRAFTS, INTENTS = 12, 12


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a journal as a killed program leaves it: a part of it still in the log."""
    folder = tmp_path_factory.mktemp("kept") / "state"
    left = tmp_path_factory.mktemp("left") / "state"
    journal = JournalFile(folder, clock=lambda: NOON)
    for number in range(DRAFTS):
        text = f"{number} typed " + "words " * (number * 40)
        result(journal.save_draft(draft(f"d{number}", texts={"title": text})))
    journal.close()
    journal = JournalFile(folder, clock=lambda: NOON)
    for number in range(INTENTS):
        result(journal.begin_intents([intent(f"i{number}")]))
        result(journal.settle(f"i{number}", Settlement(IntentState.SAVED)))
    shutil.copytree(folder, left)
    journal.close()
    return left


def opened(folder: Path) -> tuple[list[JournalWarning], tuple[Draft, ...], tuple[Intent, ...]]:
    """What a program finds, and that it can go on with it."""
    journal = JournalFile(folder, clock=lambda: NOON)
    told = warnings_of(journal)
    drafts = tuple(row.draft for row in result(journal.open_drafts("w")))
    intents = result(journal.recent("w", 99))
    if not any(warning.is_unsaved for warning in told):
        result(journal.save_draft(draft(new_id())))
        result(journal.begin_intents([intent(new_id())]))
        assert len(result(journal.open_drafts("w"))) == len(drafts) + 1
        for row in intents:
            assert len(result(journal.events(row.id))) <= 2
    journal.close()
    return told, drafts, intents


def test_a_sound_journal_is_taken_as_it_is(kept: Path, tmp_path: Path) -> None:
    """With what is still in its log; nothing is told."""
    folder = tmp_path / "state"
    shutil.copytree(kept, folder)
    assert (folder / f"{FILE_NAME}-wal").stat().st_size > 0
    told, drafts, intents = opened(folder)
    assert told == []
    assert (len(drafts), len(intents)) == (DRAFTS, INTENTS)


def test_no_changed_byte_goes_unnoticed(kept: Path, tmp_path: Path) -> None:
    """After each of many single damages, what is found is as it was written, or its loss is told."""
    whole = opened(_copy(kept, tmp_path / "whole"))[1:]
    chance = random.Random(DAMAGES)
    silent: list[str] = []
    for number in range(DAMAGES):
        folder = _copy(kept, tmp_path / str(number))
        file = folder / (FILE_NAME if number % 3 else f"{FILE_NAME}-wal")
        data = bytearray(file.read_bytes())
        place = chance.randrange(len(data))
        data[place] ^= 1 << chance.randrange(8)
        file.write_bytes(data)
        told, drafts, intents = opened(folder)
        assert set(_known(drafts)) <= set(_known(whole[0]))
        assert {row.id for row in intents} <= {row.id for row in whole[1]}
        if (len(drafts), intents) != (DRAFTS, whole[1]) and not told:
            silent.append(f"{file.name} at {place}")
        if told and not told[0].is_unsaved:
            assert list(folder.glob(f"{FILE_NAME}.corrupt-*"))
            assert len(drafts) >= DRAFTS - 3
    assert silent == []


def _copy(kept: Path, folder: Path) -> Path:
    shutil.copytree(kept, folder)
    return folder


def _known(drafts: tuple[Draft, ...]) -> list[tuple[str, str]]:
    return [(row.id, row.texts["title"]) for row in drafts]


def _truncate(data: bytes) -> bytes:
    return data[: len(data) * 4 // 5]


def _cut_unevenly(data: bytes) -> bytes:
    return data[:-1000]


def _zero_the_middle(data: bytes) -> bytes:
    third = len(data) // 3
    return data[:third] + bytes(third) + data[2 * third :]


def _zero_the_head(data: bytes) -> bytes:
    return bytes(4096) + data[4096:]


def _all_zeros(data: bytes) -> bytes:
    return bytes(len(data))


def _noise(data: bytes) -> bytes:
    return random.Random(1).randbytes(len(data))


@pytest.mark.parametrize(
    ("damage", "least"),
    [
        (_truncate, 1),
        (_cut_unevenly, 1),
        (_zero_the_middle, 1),
        (_zero_the_head, DRAFTS),
        (_all_zeros, 0),
        (_noise, 0),
    ],
)
def test_a_wrecked_journal_is_set_aside(
    kept: Path, tmp_path: Path, damage: Callable[[bytes], bytes], least: int
) -> None:
    """The wreck stays as it was found, for its owner alone; typing goes on in a new one."""
    folder = _copy(kept, tmp_path / "state")
    file = folder / FILE_NAME
    (folder / f"{FILE_NAME}-wal").unlink()
    wreck = damage(file.read_bytes())
    file.write_bytes(wreck)
    told, drafts, _ = opened(folder)
    assert len(drafts) >= least
    (warning,) = told
    assert not warning.is_unsaved
    (aside,) = folder.glob(f"{FILE_NAME}.corrupt-*")
    assert aside.name in warning.text
    assert aside.name == f"{FILE_NAME}.corrupt-{NOON:%Y%m%dT%H%M%SZ}"
    assert aside.read_bytes() == wreck
    assert aside.stat().st_mode & 0o777 == 0o600
    assert not list(folder.glob(".journal*"))
    assert opened(folder)[0] == []


def test_two_wrecks_of_one_second_are_both_kept(kept: Path, tmp_path: Path) -> None:
    """Neither takes the other's place."""
    folder = _copy(kept, tmp_path / "state")
    for wreck in (b"first", b"second"):
        for ending in ("-wal", "-shm"):
            (folder / f"{FILE_NAME}{ending}").unlink(missing_ok=True)
        (folder / FILE_NAME).write_bytes(wreck)
        opened(folder)
    wrecks = sorted(folder.glob(f"{FILE_NAME}.corrupt-*"))
    assert [file.read_bytes() for file in wrecks] == [b"first", b"second"]


def test_another_process_goes_on_in_the_new_journal(kept: Path, tmp_path: Path) -> None:
    """Not in the file that was set aside beneath it."""
    folder = _copy(kept, tmp_path / "state")
    first = JournalFile(folder, clock=lambda: NOON)
    assert len(result(first.open_drafts("w"))) == DRAFTS
    data = (folder / FILE_NAME).read_bytes()
    (folder / FILE_NAME).write_bytes(_zero_the_head(data))
    second = JournalFile(folder, clock=lambda: NOON)
    assert warnings_of(second) == []
    assert len(result(second.open_drafts("w"))) == DRAFTS
    result(first.save_draft(draft("later")))
    assert "later" in {row.draft.id for row in result(second.open_drafts("w"))}
    first.close()
    assert "later" in {row.draft.id for row in result(second.open_drafts("w"))}
    second.close()
