"""The journal's file: what is in it, who may change it, and that nothing is claimed twice."""

import os
import sqlite3
import stat
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, assume, given, settings

from app.domain.journal import (
    KEPT_FOR,
    AlreadySent,
    AlreadySettled,
    Draft,
    Intent,
    IntentState,
    JournalFailed,
    JournalWarning,
    NotInJournal,
    Settlement,
)
from app.state.journal import FILE_NAME, JournalFile
from tests.domain.journal_strategies import NOON, draft, drafts, intent, intents

Result = TypeVar("Result")

SAVED = Settlement(IntentState.SAVED, number=12)


def result(future: Future[Result]) -> Result:
    """What a call gave; a journal that hangs fails the test."""
    return future.result(timeout=30)


class Hands:
    """A clock whose hands the test moves."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def open_journal(tmp_path: Path, hands: Hands) -> Iterator[Callable[[], JournalFile]]:
    """Opens the same file again and again."""
    opened: list[JournalFile] = []

    def opens() -> JournalFile:
        opened.append(JournalFile(tmp_path / "state", clock=hands))
        return opened[-1]

    yield opens
    for journal in opened:
        journal.close()


@pytest.fixture
def journal(open_journal: Callable[[], JournalFile]) -> JournalFile:
    return open_journal()


def reopened(journal: JournalFile, hands: Hands) -> JournalFile:
    """The same journal in what is as good as another run."""
    journal.close()
    return JournalFile(journal.path.parent, clock=hands)


def test_nothing_is_made_before_the_first_call(journal: JournalFile) -> None:
    """Starting costs nothing: no file, no folder, no thread."""
    assert not journal.path.parent.exists()
    assert "crmdeck-journal" not in {thread.name for thread in threading.enumerate()}
    journal.close()
    assert not journal.path.parent.exists()


def test_a_draft_comes_back_after_the_program_ended(journal: JournalFile, hands: Hands) -> None:
    """As it was typed, with the time it was saved at."""
    assert result(journal.save_draft(draft())) == NOON
    again = reopened(journal, hands)
    (found,) = result(again.open_drafts("w"))
    again.close()
    assert found.draft == draft(saved_at=NOON)
    assert found.owner.pid == os.getpid()
    assert not found.owner.is_in_the_way


def test_a_draft_saved_again_takes_its_own_place(journal: JournalFile, hands: Hands) -> None:
    """There is one of each id; since when it is edited stays."""
    result(journal.save_draft(draft()))
    hands.now += timedelta(minutes=1)
    result(journal.save_draft(draft(values={"title": "CFO"})))
    (found,) = result(journal.open_drafts("w"))
    assert found.draft.values == {"title": "CFO"}
    assert found.draft.saved_at == hands.now
    assert found.owner.since == NOON


def test_drafts_are_listed_newest_first_and_by_workspace(
    journal: JournalFile, hands: Hands
) -> None:
    """Another workspace's are not seen."""
    for name in ("old", "middle", "new"):
        result(journal.save_draft(draft(name)))
        hands.now += timedelta(seconds=1)
    result(journal.save_draft(draft("other", workspace="/tmp/\udcff.db")))
    assert [row.draft.id for row in result(journal.open_drafts("w"))] == ["new", "middle", "old"]
    assert [row.draft.id for row in result(journal.open_drafts("/tmp/\udcff.db"))] == ["other"]


def test_a_discarded_draft_is_gone(journal: JournalFile) -> None:
    """Discarding one that is not there is no error; going on with it is."""
    result(journal.save_draft(draft()))
    assert result(journal.take_draft("d1")).values == {"title": "CEO"}
    result(journal.discard_draft("d1"))
    result(journal.discard_draft("d1"))
    assert result(journal.open_drafts("w")) == ()
    with pytest.raises(NotInJournal):
        result(journal.take_draft("d1"))


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drafts)
def test_whatever_can_be_typed_can_be_kept(journal: JournalFile, given_draft: Draft) -> None:
    """Hidden characters, lone surrogates, every digit."""
    result(journal.save_draft(given_draft))
    kept = result(journal.open_drafts(given_draft.workspace))[0].draft
    result(journal.discard_draft(given_draft.id))
    assert kept == replace(given_draft, saved_at=NOON)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(intents)
def test_whatever_can_be_sent_can_be_noted(journal: JournalFile, given_intent: Intent) -> None:
    """The bytes of the body above all."""
    assume(result(journal.intent(given_intent.id)) is None)
    fresh = replace(given_intent, draft_id=None)
    (begun,) = result(journal.begin_intents([fresh]))
    expected = replace(fresh, state=IntentState.SENDING, sent_at=NOON, settled_at=None)
    assert begun == expected
    assert result(journal.intent(given_intent.id)) == expected


def test_an_intent_is_claimed_once(journal: JournalFile) -> None:
    """The second claim fails whole: nothing beside it is claimed either."""
    result(journal.begin_intents([intent("i1")]))
    with pytest.raises(AlreadySent) as refusal:
        result(journal.begin_intents([intent("i0"), intent("i1")]))
    assert [row.id for row in refusal.value.intents] == ["i1"]
    assert result(journal.intent("i0")) is None


@pytest.mark.parametrize(
    ("state", "is_sent_again"),
    [
        (None, False),
        (IntentState.SAVED, False),
        (IntentState.UNKNOWN, False),
        (IntentState.REFUSED, True),
        (IntentState.CONFLICT, True),
        (IntentState.DISCARDED, True),
    ],
)
def test_the_same_bytes_of_a_draft_leave_once(
    journal: JournalFile, state: IntentState | None, is_sent_again: bool
) -> None:
    """Whatever id they get; unless it is certain that they changed nothing."""
    result(journal.begin_intents([intent("i1", draft_id="d1")]))
    if state is not None:
        result(journal.settle("i1", Settlement(state)))
    result(journal.begin_intents([intent("other", draft_id="d1", body=b'{"title": "CFO"}')]))
    again = journal.begin_intents([intent("i2", draft_id="d1")])
    if is_sent_again:
        assert result(again)[0].id == "i2"
    else:
        with pytest.raises(AlreadySent):
            result(again)


def test_one_claim_with_the_same_request_twice_is_refused(journal: JournalFile) -> None:
    """Even where nothing was sent before."""
    with pytest.raises(AlreadySent):
        result(journal.begin_intents([intent("i1", draft_id="d"), intent("i2", draft_id="d")]))
    assert result(journal.recent("w", 10)) == ()


def test_how_a_request_ended_is_noted(journal: JournalFile, hands: Hands) -> None:
    """With the steps to it; what the answer did not tell stays."""
    result(journal.begin_intents([intent("i1", record_id=None)]))
    hands.now += timedelta(seconds=2)
    result(journal.settle("i1", Settlement(IntentState.UNKNOWN, 7, "the answer was lost")))
    hands.now += timedelta(seconds=2)
    ended = result(
        journal.settle(
            "i1", Settlement(IntentState.SAVED, note="found", record_id="r9", after={"title": "x"})
        )
    )
    assert (ended.state, ended.number, ended.note) == (IntentState.SAVED, 7, "found")
    assert (ended.record_id, ended.after) == ("r9", {"title": "x"})
    assert (ended.sent_at, ended.settled_at) == (NOON, NOON + timedelta(seconds=4))
    assert result(journal.intent("i1")) == ended
    steps = result(journal.events("i1"))
    assert [(step.state.value, step.number, step.note) for step in steps] == [
        ("sending", None, ""),
        ("unknown", 7, "the answer was lost"),
        ("saved", None, "found"),
    ]
    assert steps[-1].at == ended.settled_at


def test_what_was_saved_cannot_become_refused(journal: JournalFile) -> None:
    """Two crmdecks may find out about the same request; the first finding counts."""
    result(journal.begin_intents([intent("i1")]))
    result(journal.settle("i1", SAVED))
    with pytest.raises(AlreadySettled) as refusal:
        result(journal.settle("i1", Settlement(IntentState.REFUSED)))
    assert refusal.value.intent.state is IntentState.SAVED
    with pytest.raises(NotInJournal):
        result(journal.settle("i2", SAVED))


def test_a_saved_request_takes_its_draft_along(journal: JournalFile) -> None:
    """In one step: a crash leaves both or neither."""
    result(journal.save_draft(draft()))
    result(journal.begin_intents([intent("i1", draft_id="d1"), intent("i2", draft_id="d1", path="/x")]))  # fmt: skip
    result(journal.settle("i1", SAVED))
    assert len(result(journal.open_drafts("w"))) == 1
    result(journal.settle("i2", Settlement(IntentState.SAVED, ends_draft=True)))
    assert result(journal.open_drafts("w")) == ()


def test_what_is_being_sent_is_not_unsettled(journal: JournalFile) -> None:
    """A living process will tell; what is unknown is listed at once."""
    result(journal.begin_intents([intent("i1"), intent("i2"), intent("i3", workspace="v")]))
    result(journal.settle("i2", Settlement(IntentState.UNKNOWN)))
    assert [row.id for row in result(journal.unsettled("w"))] == ["i2"]


def test_recent_requests_are_listed_newest_first(journal: JournalFile) -> None:
    """Settling one does not move it."""
    result(journal.begin_intents([intent("i1"), intent("i2", plan_id="p")]))
    result(journal.begin_intents([intent("i3", plan_id="p")]))
    result(journal.settle("i1", SAVED))
    assert [row.id for row in result(journal.recent("w", 2))] == ["i3", "i2"]
    assert [row.id for row in result(journal.of_plan("p"))] == ["i2", "i3"]


def test_the_last_confirmed_write_can_be_undone_once(journal: JournalFile) -> None:
    """Unless taking it back failed; taking back is not taken back."""
    ids = ("i1", "i2", "i3")
    for id_ in ids:
        result(journal.begin_intents([intent(id_)]))
    result(journal.settle("i1", SAVED))
    result(journal.settle("i2", SAVED))
    result(journal.settle("i3", Settlement(IntentState.UNKNOWN)))

    def undoable() -> str | None:
        found = result(journal.last_undoable("w"))
        return found.id if found else None

    assert undoable() == "i2"
    result(journal.begin_intents([intent("u2", undo_of="i2")]))
    assert undoable() == "i1"
    result(journal.settle("u2", Settlement(IntentState.REFUSED)))
    assert undoable() == "i2"
    result(journal.begin_intents([intent("v2", undo_of="i2")]))
    result(journal.settle("v2", SAVED))
    assert undoable() == "i1"
    result(journal.begin_intents([intent("u1", undo_of="i1")]))
    result(journal.settle("u1", SAVED))
    assert undoable() is None


def test_what_ended_long_ago_is_forgotten(journal: JournalFile, hands: Hands) -> None:
    """At the next start; drafts and what nobody knows the end of stay."""
    result(journal.save_draft(draft()))
    result(journal.begin_intents([intent("ended"), intent("unknown"), intent("sending")]))
    result(journal.settle("ended", SAVED))
    result(journal.settle("unknown", Settlement(IntentState.UNKNOWN)))
    hands.now += KEPT_FOR
    journal = reopened(journal, hands)
    assert len(result(journal.recent("w", 9))) == 3
    hands.now += timedelta(seconds=1)
    journal = reopened(journal, hands)
    assert {row.id for row in result(journal.recent("w", 9))} == {"unknown", "sending"}
    assert result(journal.events("ended")) == ()
    assert len(result(journal.open_drafts("w"))) == 1
    journal.close()


def test_the_file_is_for_the_owner_alone(journal: JournalFile) -> None:
    """It holds customers' data; so do the files beside it."""
    result(journal.save_draft(draft()))
    kept = [*journal.path.parent.iterdir()]
    assert journal.path in kept
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("mask", [0o000, 0o777])
def test_modes_do_not_depend_on_the_umask(journal: JournalFile, mask: int) -> None:
    """Neither wider nor too narrow to be used."""
    before = os.umask(mask)
    try:
        result(journal.save_draft(draft()))
    finally:
        os.umask(before)
    kept = [*journal.path.parent.iterdir()]
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    assert stat.S_IMODE(journal.path.parent.stat().st_mode) == 0o700


def test_a_file_open_to_others_is_closed(journal: JournalFile, hands: Hands) -> None:
    """Whoever opened it."""
    result(journal.save_draft(draft()))
    journal.close()
    journal.path.chmod(0o644)
    journal = JournalFile(journal.path.parent, clock=hands)
    assert len(result(journal.open_drafts("w"))) == 1
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600
    journal.close()


def test_commits_are_on_the_disk(journal: JournalFile) -> None:
    """The log is written ahead, each commit waits for the disk, and the file's own views are not trusted."""
    pragmas = ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
    found = result(
        journal._do(
            lambda store: [store.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in pragmas]
        )
    )  # fmt: skip
    assert found == ["wal", 2, 1, 0]


def warnings_of(journal: JournalFile) -> list[JournalWarning]:
    """What it tells, as it is told."""
    told: list[JournalWarning] = []
    journal.listen(told.append)
    return told


def test_a_newer_journal_is_left_alone(journal: JournalFile, hands: Hands) -> None:
    """Not a byte changes; drafts are in memory, and that is said."""
    result(journal.save_draft(draft()))
    journal.close()
    connection = sqlite3.connect(journal.path)
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    before = journal.path.read_bytes()
    journal = JournalFile(journal.path.parent, clock=hands)
    told = warnings_of(journal)
    assert result(journal.open_drafts("w")) == ()
    assert result(journal.save_draft(draft("new"))) is None
    assert [row.draft.id for row in result(journal.open_drafts("w"))] == ["new"]
    journal.close()
    assert journal.path.read_bytes() == before
    (warning,) = told
    assert "newer crmdeck" in warning.text
    assert warning.is_unsaved


@pytest.mark.parametrize("obstacle", ["folder", "link", "file for a folder"])
def test_without_a_place_for_a_file_drafts_are_in_memory(
    tmp_path: Path, hands: Hands, obstacle: str
) -> None:
    """All works until the program ends, but nothing is called saved."""
    folder = tmp_path / "state"
    if obstacle == "file for a folder":
        folder.write_text("in the way")
    else:
        folder.mkdir(0o700)
        target = tmp_path / "elsewhere"
        place = folder / FILE_NAME
        place.mkdir() if obstacle == "folder" else place.symlink_to(target)
    journal = JournalFile(folder, clock=hands)
    result(journal.begin_intents([intent()]))
    with pytest.raises(AlreadySent):
        result(journal.begin_intents([intent()]))
    assert result(journal.save_draft(draft())) is None
    told = warnings_of(journal)
    journal.close()
    assert [warning.is_unsaved for warning in told] == [True]
    assert "Drafts are not saved" in told[0].text
    assert not (tmp_path / "elsewhere").exists()


def test_where_no_folder_can_be_made_drafts_are_in_memory(hands: Hands) -> None:
    """As in a read-only home; here that of the kernel, where even root may not."""
    journal = JournalFile(Path("/proc/crmdeck/state"), clock=hands)
    told = warnings_of(journal)
    assert result(journal.save_draft(draft())) is None
    journal.close()
    assert told[0].is_unsaved
    assert "/proc/crmdeck" in told[0].text


def test_a_closed_journal_says_so(journal: JournalFile) -> None:
    """What was queued before is done first."""
    queued = [journal.save_draft(draft(f"d{number}")) for number in range(20)]
    journal.close()
    assert [result(future) for future in queued] == [NOON] * 20
    with pytest.raises(JournalFailed):
        result(journal.open_drafts("w"))
    journal.close()


def test_who_listens_late_is_told_all_the_same(tmp_path: Path, hands: Hands) -> None:
    """A screen may open after the journal did."""
    (tmp_path / "state").write_text("in the way")
    journal = JournalFile(tmp_path / "state", clock=hands)
    early = warnings_of(journal)
    result(journal.open_drafts("w"))
    assert len(early) == 1
    assert warnings_of(journal) == early
    journal.close()


def test_a_journal_taken_away_is_made_anew(journal: JournalFile) -> None:
    """Rather than written to where nobody will find it."""
    result(journal.save_draft(draft("d1")))
    for file in journal.path.parent.iterdir():
        file.unlink()
    result(journal.save_draft(draft("d2")))
    assert [row.draft.id for row in result(journal.open_drafts("w"))] == ["d2"]
    assert journal.path.exists()
