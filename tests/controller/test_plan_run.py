"""Plans run: no row twice, nothing overwritten, every end in words."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest

from app.controller.plan_run import Ending, PlanRun, RowResult, RunResult
from app.controller.planning import undoing
from app.controller.rehearsing import MemoryProgress
from app.domain.edits import Change
from app.domain.errors import Fault, Rejected, ServerFailed, Unreachable
from app.domain.outcomes import Unknown, WriteOutcome
from app.domain.plan import Plan, PlanError
from app.domain.plan_progress import PlanCounts, ProgressFile, RowNote, RowState
from app.domain.records import Record, RecordId
from tests.support.backends import MemoryBackend
from tests.support.plans import MADE_AT, clock, made, opened_progress
from tests.support.small_workspace import small_workspace


def contacts(backend: MemoryBackend, count: int) -> list[Record]:
    rows = backend.records.values()
    return [row for row in rows if row.record_id.record_type == "contact"][:count]


def set_title(backend: MemoryBackend, record_id: RecordId, title: str) -> None:
    """Somebody else changes a record."""
    backend._set(record_id, {"title": title})


class Gate(asyncio.Event):
    """Where requests wait, which tells of each that came."""

    def __init__(self, backend: MemoryBackend, prefix: str) -> None:
        super().__init__()
        self.reached = asyncio.Semaphore(0)
        backend._gates.append((prefix, self))

    async def wait(self) -> Literal[True]:
        self.reached.release()
        return await super().wait()


@dataclass
class Bench:
    """A plan over the small workspace."""

    backend: MemoryBackend
    plan: Plan
    progress: ProgressFile = field(default_factory=MemoryProgress)
    told: list[RowResult] = field(default_factory=list)

    def run(self, *, is_going_on: bool = False, at_once: int = 1) -> PlanRun:
        return PlanRun(
            self.backend,
            self.plan,
            self.progress,
            clock=clock,
            is_going_on=is_going_on,
            at_once=at_once,
        )

    def tell(self, row: RowResult, counts: PlanCounts) -> None:
        del counts
        self.told.append(row)

    @property
    def patches(self) -> list[str]:
        """Ids of the records that a PATCH was sent for, in order."""
        lead = "PATCH /contact/"
        return [row.removeprefix(lead) for row in self.backend.sent if row.startswith(lead)]

    @property
    def states(self) -> list[RowState]:
        return [row.note.state for row in self.told]

    async def go(
        self, *, limit: int | None = None, is_retrying: bool = False, is_going_on: bool = False
    ) -> RunResult:
        run = self.run(is_going_on=is_going_on)
        return await run.run(self.tell, limit=limit, is_retrying=is_retrying)


async def bench(count: int = 5, contacts_there: int = 60) -> Bench:
    """A plan that renames the title of the first contacts."""
    backend = small_workspace(contacts=contacts_there)
    return Bench(backend, await made(backend, contacts(backend, count), title="Chief"))


async def test_every_row_is_read_and_then_sent_once() -> None:
    """Where the server offers nothing to tell a changed record by."""
    deck = await bench(5)
    result = await deck.go()
    assert (result.ending, result.counts.in_words()) == (Ending.FINISHED, "5 done")
    ids = [row.record_id for row in deck.plan.rows]
    assert deck.patches == ids
    assert deck.backend.sent == [
        "GET /health",
        *(f"{verb} /contact/{row}" for row in ids for verb in ("GET", "PATCH")),
    ]
    assert all(row.attributes["title"] == "Chief" for row in contacts(deck.backend, 5))


async def test_a_record_that_somebody_changed_is_left_alone() -> None:
    """The run stops there; told to go on it does the others. Another attribute is no conflict."""
    deck = await bench(4)
    target = deck.plan.rows[1].target
    set_title(deck.backend, target, "Theirs")
    deck.backend._set(deck.plan.rows[2].target, {"first_name": "Other"})
    result = await deck.go()
    assert result.ending is Ending.STOPPED
    assert result.counts.in_words() == "1 done, 1 conflict, 2 pending"
    told = 'title was "CTO" when the plan was made and is "Theirs" now'
    assert deck.told[-1].note.note == told
    result = await deck.go(is_going_on=True)
    assert result.counts.in_words() == "3 done, 1 conflict"
    assert deck.backend.records[target].attributes["title"] == "Theirs"


async def test_a_record_that_is_so_already_is_skipped() -> None:
    """Somebody else did it meanwhile."""
    deck = await bench(3)
    set_title(deck.backend, deck.plan.rows[0].target, "Chief")
    result = await deck.go()
    assert result.counts.in_words() == "2 done, 1 skipped"
    assert len(deck.patches) == 2


async def test_a_record_that_is_gone_is_a_conflict_for_a_change_and_nothing_for_an_archive() -> None:  # fmt: skip
    """Gone is what an archive wants."""
    deck = await bench(2)
    del deck.backend.records[deck.plan.rows[0].target]
    result = await deck.go(is_going_on=True)
    assert result.counts.in_words() == "1 done, 1 conflict"
    backend = small_workspace()
    archive = Bench(backend, await made(backend, contacts(backend, 2)))
    del backend.records[archive.plan.rows[0].target]
    assert (await archive.go()).counts.in_words() == "1 done, 1 skipped"
    assert archive.plan.rows[1].target not in backend.records


async def test_three_of_thirty_refused_are_listed_and_retried_alone() -> None:
    """27 are done; the retry sends 3 and nothing else."""
    deck = await bench(30)
    bad = [deck.plan.rows[index].record_id for index in (3, 17, 29)]
    fault = Fault("field_value_invalid", "no", "title")
    for record_id in bad:
        error = Rejected("The value is wrong", status=422, faults=(fault,))
        deck.backend.fail(f"PATCH /contact/{record_id}", error)
    result = await deck.go(is_going_on=True)
    assert result.counts.in_words() == "27 done, 3 refused"
    refused = [row for row in deck.told if row.note.state is RowState.REFUSED]
    assert [row.row.record_id for row in refused] == bad
    assert {row.note.note for row in refused} == {"The value is wrong (title field_value_invalid)"}
    deck.backend.mend()
    deck.backend.sent.clear()
    result = await deck.go(is_retrying=True)
    assert result.counts.in_words() == "30 done"
    assert deck.patches == bad


async def test_a_canary_pauses_behind_its_rows() -> None:
    """And the rest follows when asked for."""
    deck = await bench(5)
    result = await deck.go(limit=2)
    assert (result.ending, result.counts.in_words()) == (Ending.CANARY, "2 done, 3 pending")
    result = await deck.go(limit=3)
    assert (result.ending, result.counts.in_words()) == (Ending.FINISHED, "5 done")


async def test_a_pause_ends_behind_the_row_under_way() -> None:
    """No row is left half."""
    deck = await bench(5)
    run = deck.run()

    def pause(row: RowResult, counts: PlanCounts) -> None:
        if counts[RowState.DONE] == 2:
            run.pause()

    result = await run.run(pause)
    assert (result.ending, result.counts.in_words()) == (Ending.PAUSED, "2 done, 3 pending")
    result = await run.run(deck.tell)
    assert result.counts.in_words() == "5 done"
    assert len(set(deck.patches)) == len(deck.patches) == 5


async def test_a_server_that_is_gone_halts_and_spoils_no_row() -> None:
    """Not one row is refused on its account, even when told to go on."""
    deck = await bench(5)
    deck.backend.fail(f"PATCH /contact/{deck.plan.rows[2].record_id}", Unreachable("gone"))
    result = await deck.go(is_going_on=True)
    assert result.ending is Ending.HALTED
    assert isinstance(result.error, Unreachable)
    assert result.counts.in_words() == "2 done, 3 pending"
    deck.backend.mend()
    assert (await deck.go()).counts.in_words() == "5 done"


class LosingBackend(MemoryBackend):
    """Loses the answer of every PATCH of one record, having done it or not."""

    lost: RecordId
    is_doing: bool
    stranger: str | None = None
    """What somebody else sets right afterwards."""

    async def patch(
        self, record_id: RecordId, changes: Sequence[Change], *, base: Record | None = None
    ) -> WriteOutcome:
        if record_id != self.lost:
            return await super().patch(record_id, changes, base=base)
        request = self.prepare_patch(record_id, changes)
        self.sent.append(f"PATCH {request.path}")
        if self.is_doing:
            self._patch(record_id, changes)
        if self.stranger is not None:
            self._set(record_id, {"title": self.stranger})
        return Unknown(ServerFailed("The server failed", status=500), request)


async def losing(*, is_doing: bool, stranger: str | None = None) -> Bench:
    """A plan of three rows; the answer of the second is lost."""
    small = small_workspace()
    backend = LosingBackend(small.record_types.values(), small.records.values())
    deck = Bench(backend, await made(backend, contacts(backend, 3), title="Chief"))
    backend.lost, backend.is_doing = deck.plan.rows[1].target, is_doing
    backend.stranger = stranger
    return deck


async def test_a_lost_answer_is_found_out_about() -> None:
    """Done is done, and the run goes on."""
    deck = await losing(is_doing=True)
    result = await deck.go()
    assert result.counts.in_words() == "3 done"
    assert deck.told[1].note.note == "The server failed; found to have been done"
    assert len(deck.patches) == 3


async def test_a_lost_request_is_refused_and_not_sent_again_by_itself() -> None:
    """Only a person says "again"."""
    deck = await losing(is_doing=False)
    result = await deck.go(is_going_on=True)
    assert result.counts.in_words() == "2 done, 1 refused"
    assert deck.told[1].note.note == "The server failed; found not to have been done"
    assert len(deck.patches) == 3


async def test_what_nobody_can_tell_stays_unknown_and_is_never_sent_again() -> None:
    """Not by going on, not by a retry."""
    deck = await losing(is_doing=True, stranger="Theirs")
    result = await deck.go(is_going_on=True)
    assert result.counts.in_words() == "2 done, 1 unknown"
    result = await deck.go(is_going_on=True, is_retrying=True)
    assert result.counts.in_words() == "2 done, 1 unknown"
    assert len(deck.patches) == 3


@pytest.mark.parametrize("is_landed", [True, False])
async def test_a_row_that_stands_as_being_sent_is_looked_at_before_anything_is_sent(
    is_landed: bool,
) -> None:
    """The program was killed then: a row that landed is not sent, one that did not is."""
    deck = await bench(3)
    sending = RowNote(row_id="1", state=RowState.SENDING, at=MADE_AT)
    deck.progress.add([sending], is_lasting=True)
    target = deck.plan.rows[0].target
    if is_landed:
        set_title(deck.backend, target, "Chief")
    result = await deck.go()
    assert result.counts.in_words() == "3 done"
    assert deck.backend.sent[1] == f"GET /contact/{target.id}"
    assert deck.patches.count(target.id) == (0 if is_landed else 1)


async def test_a_cancelled_run_leaves_the_row_as_being_sent(tmp_path: Path) -> None:
    """Stopped in the middle of a request: going on looks first."""
    deck = await bench(3)
    deck.progress = opened_progress(tmp_path, deck.plan)
    gate = Gate(deck.backend, f"PATCH /contact/{deck.plan.rows[1].record_id}")
    task = asyncio.create_task(deck.run().run(deck.tell))
    await gate.reached.acquire()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert deck.progress.notes["2"].state is RowState.SENDING
    deck.progress.close()
    gate.set()
    deck.progress = opened_progress(tmp_path, deck.plan)
    assert (await deck.go()).counts.in_words() == "3 done"
    deck.progress.close()


class WatchedProgress(MemoryProgress):
    """Notes what was on the disk when."""

    def __init__(self, backend: MemoryBackend) -> None:
        super().__init__()
        self._backend = backend
        self.claims: list[tuple[str, int]] = []
        """Row, and the number of requests sent before its claim was on the disk."""

    def add(self, notes: Sequence[RowNote], *, is_lasting: bool) -> None:  # type: ignore[override]  # a sequence is what is given
        super().add(notes, is_lasting=is_lasting)
        for note in notes:
            if note.state is RowState.SENDING:
                assert is_lasting
                self.claims.append((note.row_id, len(self._backend.sent)))


async def test_a_row_is_on_the_disk_before_it_is_sent() -> None:
    """Health, then two requests a row: the claim stands before the second."""
    deck = await bench(3)
    deck.progress = progress = WatchedProgress(deck.backend)
    await deck.go()
    assert progress.claims == [("1", 2), ("2", 4), ("3", 6)]


class FullProgress(MemoryProgress):
    """On a disk that fills up."""

    def add(self, notes: Sequence[RowNote], *, is_lasting: bool) -> None:  # type: ignore[override]  # as above
        if len(self.notes) == 2 and is_lasting:
            raise PlanError("The disk is full.")
        super().add(notes, is_lasting=is_lasting)


async def test_nothing_is_sent_that_cannot_be_noted() -> None:
    """A full disk ends the run before the row, not behind it."""
    deck = await bench(4)
    deck.progress = FullProgress()
    with pytest.raises(PlanError, match="disk is full"):
        await deck.go()
    assert len(deck.patches) == 2


async def test_several_rows_under_way_are_as_many_as_were_allowed() -> None:
    """And each is still sent once."""
    deck = await bench(40)
    gate = Gate(deck.backend, "PATCH")
    task = asyncio.create_task(deck.run(at_once=4).run(deck.tell))
    for _ in range(4):
        await gate.reached.acquire()
    gate.set()
    result = await task
    assert result.counts.in_words() == "40 done"
    assert deck.backend.most_at_once == 4
    assert len(set(deck.patches)) == len(deck.patches) == 40


async def test_a_server_that_is_gone_halts_all_that_are_under_way() -> None:
    """One error is told, and no row is lost."""
    deck = await bench(20)
    deck.backend.fail("PATCH", Unreachable("gone"))
    result = await deck.run(at_once=4).run(deck.tell)
    assert result.ending is Ending.HALTED
    assert result.counts.in_words() == "20 pending"


async def test_undo_puts_back_what_nobody_changed_since() -> None:
    """The same checks as any plan: a later change is not overwritten."""
    deck = await bench(4)
    before = [row.attributes["title"] for row in contacts(deck.backend, 4)]
    await deck.go()
    undo = undoing(deck.backend, deck.plan, deck.progress.notes, MADE_AT)
    set_title(deck.backend, deck.plan.rows[0].target, "Later")
    back = Bench(deck.backend, undo.plan)
    result = await back.go(is_going_on=True)
    assert result.counts.in_words() == "3 done, 1 conflict"
    titles = [row.attributes["title"] for row in contacts(deck.backend, 4)]
    assert titles == ["Later", *before[1:]]


async def test_a_record_that_cannot_be_read_is_refused_unsent() -> None:
    """Without the look there is no write."""
    deck = await bench(2)
    deck.backend.fail(
        f"GET /contact/{deck.plan.rows[0].record_id}", ServerFailed("odd", status=500)
    )
    result = await deck.go(is_going_on=True)
    assert result.counts.in_words() == "1 done, 1 refused"
    assert deck.patches == [deck.plan.rows[1].record_id]
