"""Remembering: what is saved, found, renamed and compared, over ports in memory."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.controller.remembering import Remembering
from app.domain.changes_since import MAX_RUN_ROWS, Run
from app.domain.edits import Change
from app.domain.errors import BackendError, ServerFailed
from app.domain.query import Filter, Query
from app.domain.records import RecordId
from app.domain.remembered import (
    BrokenFile,
    HistoryEntry,
    Memory,
    NotRemembered,
    QueryExists,
    SavedQuery,
    ViewKey,
    ViewState,
)
from tests.support.backends import MemoryBackend
from tests.support.remembered import MemoryHistory, MemoryQueries, MemoryRuns, MemoryViews
from tests.support.small_workspace import memory_session, small_workspace

NOW = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
HOT = SavedQuery("Hot", "contact", "stage = working", "sales", ("name",), note="Mondays")


@dataclass(slots=True)
class Kit:
    """A session's remembering, its ports and its server."""

    remembering: Remembering
    queries: MemoryQueries
    history: MemoryHistory
    views: MemoryViews
    runs: MemoryRuns
    backend: MemoryBackend

    async def rerun(self, saved: SavedQuery = HOT, *filters: Filter) -> Any:
        """Ask a saved query again."""
        schema = await self.backend.schema(saved.record_type)
        return await self.remembering.rerun(saved, Query(saved.record_type, filters), schema)


def kit(*queries: SavedQuery, contacts: int = 37) -> Kit:
    """Over a small workspace in which time goes on by a minute at each look."""
    ports = MemoryQueries(*queries), MemoryHistory(), MemoryViews(), MemoryRuns()
    backend = small_workspace(contacts)
    ticks = iter(range(1000))

    def clock() -> datetime:
        return NOW + timedelta(minutes=next(ticks))

    session = memory_session(backend, name="acme", memory=Memory(*ports))
    return Kit(Remembering(session, clock), *ports, backend)


async def test_everything_is_found_again() -> None:
    """Saved queries, broken files, and each question of the history once, newest first."""
    tools = kit(HOT)
    tools.queries.broken = (BrokenFile("x.toml", 3, "is nonsense"),)
    for text in ("a", "b", "a"):
        await tools.remembering.note_asked("contact", text, 3, has_more=True)
    found = await tools.remembering.everything()
    assert found.saved.queries == (HOT,)
    assert found.saved.broken == tools.queries.broken
    assert found.history == (
        HistoryEntry(NOW + timedelta(minutes=2), "contact", "a", 3, True, "acme"),
        HistoryEntry(NOW + timedelta(minutes=1), "contact", "b", 3, True, "acme"),
    )
    assert found.warning == ""


async def test_three_letters_find_a_query() -> None:
    """By name, type, text or note; saved ones come before the history."""
    other = SavedQuery("Cold", "account", "updated_at < -90d")
    tools = kit(HOT, other)
    tools.queries.broken = (BrokenFile("/queries/hot.toml", 3, "is nonsense"),)
    await tools.remembering.note_asked("contact", 'title contains "hot"')
    entry = tools.history.entries[0]
    found = await tools.remembering.everything()
    assert found.found("") == (other, HOT, entry, *tools.queries.broken)
    assert found.found("hot") == (HOT, entry, *tools.queries.broken)
    assert found.found("slh") == (HOT,)
    assert found.found("queries") == ()
    assert found.found("account") == found.found("90d") == (other,)
    assert found.found("mondays") == (HOT,)
    assert found.found("xyz") == ()


async def test_a_part_that_cannot_be_read_hides_no_other() -> None:
    """It is told of."""
    tools = kit(HOT)
    await tools.remembering.note_asked("contact", "a")
    tools.queries.failure = "queries: no."
    found = await tools.remembering.everything()
    assert (found.saved.queries, len(found.history), found.warning) == ((), 1, "queries: no.")
    tools.queries.failure, tools.history.failure = None, "history: no."
    found = await tools.remembering.everything()
    assert (found.saved.queries, found.history, found.warning) == ((HOT,), (), "history: no.")


async def test_saving_again_keeps_note_and_pin() -> None:
    """Whoever saves the columns of a tab does not mean to lose them."""
    tools = kit(replace(HOT, is_pinned=True))
    saved = await tools.remembering.save(replace(HOT, columns=("stage",), note=""))
    assert saved == replace(HOT, columns=("stage",), is_pinned=True)
    assert tools.queries.kept == {"sales/Hot": saved}


async def test_another_question_is_saved_over_only_when_named() -> None:
    """The caller asks its owner first."""
    tools = kit(HOT)
    other = replace(HOT, text="stage = lost")
    with pytest.raises(QueryExists) as caught:
        await tools.remembering.save(other)
    assert caught.value.existing == HOT
    await tools.remembering.save(other, over=HOT)
    assert tools.queries.kept["sales/Hot"].text == "stage = lost"


async def test_pinned_queries_are_tabs_in_the_order_of_the_list() -> None:
    """And stop being so."""
    tools = kit(HOT, SavedQuery("b", "account", ""), SavedQuery("A", "contact", ""))
    remembering = tools.remembering
    for query in (await remembering.everything()).saved.queries:
        await remembering.pin(query, is_pinned=True)
    pinned = await remembering.pinned()
    assert [query.path for query in pinned] == ["A", "b", "sales/Hot"]
    await remembering.pin(pinned[0], is_pinned=False)
    assert [query.path for query in await remembering.pinned()] == ["b", "sales/Hot"]


async def test_last_run_and_view_follow_a_renamed_query() -> None:
    """A rename is no new question."""
    tools = kit(HOT)
    state = ViewState(columns=("name",))
    await tools.remembering.note_views({Remembering.key_of(HOT): state})
    await tools.rerun()
    renamed = await tools.remembering.rename(HOT, "team/Warm")
    assert renamed.path == "team/Warm"
    assert [*tools.runs.runs] == ["team/Warm"]
    assert tools.views.views == {ViewKey("contact", "team/Warm"): state}
    assert await tools.remembering.rename(renamed, "Cold") == replace(HOT, folder="", name="Cold")


async def test_a_deleted_query_stays_in_the_history() -> None:
    """Its run and its view leave with it."""
    tools = kit(HOT)
    await tools.rerun()
    await tools.remembering.note_views({Remembering.key_of(HOT): ViewState()})
    await tools.remembering.delete(HOT)
    assert (tools.queries.kept, tools.runs.runs, tools.views.views) == ({}, {}, {})
    found = await tools.remembering.everything()
    assert [(row.record_type, row.text) for row in found.history] == [("contact", HOT.text)]


async def test_nothing_is_deleted_when_its_question_cannot_be_kept() -> None:
    """A good question is not lost to a full disk."""
    tools = kit(HOT)
    tools.history.failure = "no room"
    with pytest.raises(NotRemembered, match="no room"):
        await tools.remembering.delete(HOT)
    assert tools.queries.kept == {"sales/Hot": HOT}


async def test_the_first_run_has_nothing_to_compare_with() -> None:
    """It is kept, whole, and goes into the history."""
    tools = kit(HOT, contacts=120)
    rerun = await tools.rerun()
    assert rerun.changes is None
    assert len(rerun.run.rows) == 120
    assert rerun.run.is_complete
    assert tools.runs.runs == {"sales/Hot": rerun.run}
    [entry] = tools.history.entries
    assert (entry.row_count, entry.has_more, entry.text) == (120, False, HOT.text)


async def test_new_gone_and_changed_rows_are_told_with_old_values() -> None:
    """Against the run before, not against an older one."""
    tools = kit(HOT, contacts=4)
    rows = (await tools.rerun()).run.rows
    ids = [RecordId("contact", row.record_id) for row in rows]
    await tools.backend.archive(ids[0])
    await tools.backend.patch(ids[1], (Change("title", "CEO"),))
    copy = tools.backend.records[ids[2]]
    new = RecordId("contact", "new")
    tools.backend.records[new] = replace(copy, record_id=new)
    changes = (await tools.rerun()).changes
    assert changes is not None
    assert [row.record_id for row in changes.new] == ["new"]
    assert [row.record_id for row in changes.gone] == [ids[0].id]
    [changed] = changes.changed
    assert changed.row.record_id == ids[1].id
    values = {row.attribute: (row.before, row.after) for row in changed.values}
    assert values["title"] == (rows[1].values["title"], "CEO")
    assert set(values) == {"title", "updated_at"}
    again = (await tools.rerun()).changes
    assert again is not None
    assert not again.is_any
    assert again.after.asked_at > again.before.asked_at


async def test_rows_are_kept_as_plain_values() -> None:
    """Stages by name, references by id; what the schema does not tell as text."""
    tools = kit(HOT, contacts=1)
    [record_id] = [key for key in tools.backend.records if key.record_type == "contact"]
    record = tools.backend.records[record_id]
    tools.backend.records[record_id] = replace(
        record, attributes={**record.attributes, "unheard_of": Decimal("1.50")}
    )
    values = (await tools.rerun()).run.rows[0].values
    assert values["stage"] == "new"
    assert isinstance(values["owner_user_id"], str)
    assert values["unheard_of"] == "1.50"


async def test_a_long_answer_is_compared_by_its_first_rows() -> None:
    """And says that it was cut."""
    tools = kit(HOT, contacts=MAX_RUN_ROWS + 1)
    rerun = await tools.rerun()
    assert len(rerun.run.rows) == MAX_RUN_ROWS
    assert not rerun.run.is_complete
    [entry] = tools.history.entries
    assert (entry.row_count, entry.has_more) == (MAX_RUN_ROWS, True)


async def test_a_failing_server_leaves_the_last_run() -> None:
    """Half an answer is not compared."""
    tools = kit(HOT, contacts=250)
    first = await tools.rerun()
    tools.backend.fail("POST /contact", ServerFailed("The server is on fire", status=503))
    with pytest.raises(BackendError):
        await tools.rerun()
    assert tools.runs.runs == {"sales/Hot": first.run}


async def test_a_run_that_cannot_be_read_or_kept_is_told_of() -> None:
    """The answer is there all the same."""
    tools = kit(HOT, contacts=3)
    tools.runs.failure = "runs: no."
    rerun = await tools.rerun()
    assert rerun.changes is None
    assert len(rerun.run.rows) == 3
    assert rerun.warning == "runs: no. runs: no."


async def test_an_edited_question_is_compared_and_told() -> None:
    """Its owner knows what was changed about it."""
    tools = kit(HOT, contacts=3)
    before: Run = (await tools.rerun()).run
    changes = (await tools.rerun(replace(HOT, text="stage = lost"))).changes
    assert changes is not None
    assert changes.before == before
    assert not changes.is_same_question


async def test_views_are_recalled_as_noted() -> None:
    """Per tab."""
    tools = kit()
    key, state = ViewKey("contact"), ViewState("a = 1", ("a",), cursor_id="7")
    assert await tools.remembering.note_views({key: state}) == ""
    assert (await tools.remembering.recall()).views == {key: state}
