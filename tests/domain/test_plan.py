"""Plans as files: what is written comes back, and nonsense is refused with its line."""

import json
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.plan import Plan, PlanError, PlanHeader, PlanRow, parse_plan
from app.domain.plan_progress import RowNote, RowState, counts_of
from tests.domain.strategies import json_values, words
from tests.support.plans import a_plan

_needed = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20)
_paths = st.text("abc/%20._-", max_size=20).map(lambda text: "/" + text)
_rows = st.builds(
    PlanRow,
    id=_needed,
    method=st.sampled_from(["PATCH", "DELETE"]),
    path=_paths,
    body=st.none() | st.dictionaries(words, json_values, max_size=3),
    record_type=_needed,
    record_id=_needed,
    title=words,
    before=st.dictionaries(words, json_values, max_size=3),
    version=st.none() | words,
)
_moments = st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.lists(_rows, max_size=5, unique_by=lambda row: row.id), words, _moments)
def test_a_plan_comes_back_as_it_was(rows: list[PlanRow], what: str, made_at: datetime) -> None:
    """Whatever stands in titles and values; and so does its fingerprint."""
    header = PlanHeader(
        workspace="acme",
        workspace_key="profile acme",
        record_type="contact",
        made_at=made_at,
        what=what,
        count=len(rows),
    )
    plan = Plan(header, tuple(rows))
    read = parse_plan(plan.data)
    assert read == plan
    assert read.fingerprint == plan.fingerprint
    assert plan.data.decode().isascii()


@given(st.binary(max_size=200))
def test_bytes_that_are_no_plan_are_refused(data: bytes) -> None:
    """In words, and with nothing else."""
    with pytest.raises(PlanError):
        parse_plan(data)


def _edited(line: int, **members: object) -> bytes:
    """A plan with other members in one line; `...` takes one away."""
    lines = [json.loads(text) for text in a_plan(3).data.splitlines()]
    lines[line - 1].update(members)
    lines[line - 1] = {name: value for name, value in lines[line - 1].items() if value is not ...}
    return "".join(json.dumps(row) + "\n" for row in lines).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b'{"id": 1}\n', 'Line 1: is not the first line of a plan: it has no "crmdeck_plan"'),
        (_edited(1, crmdeck_plan=2), "Line 1: is of a format that this version does not know"),
        (_edited(1, count=4), "Line 1 says that there are 4 rows, but there are 3"),
        (_edited(1, count=True), 'Line 1: "count" is no number of rows'),
        (_edited(1, made_at="2026-01-01T00:00:00"), 'Line 1: "made_at" has no time zone'),
        (_edited(2, bdoy={}), "Line 2: has a member that no plan has, 'bdoy'"),
        (_edited(3, before=...), 'Line 3: lacks "before"'),
        (_edited(3, body=[1]), 'Line 3: "body" is neither an object nor null'),
        (_edited(3, method="patch"), 'Line 3: "method" is no method'),
        (_edited(3, path="https://elsewhere/"), 'Line 3: "path" is no path'),
        (_edited(4, id="1"), "Line 4: has the id of line 2, '1'"),
        (_edited(4, title=None), 'Line 4: "title" is no text'),
        (a_plan(3).data + b"\n", "Line 5: is empty"),
        (a_plan(3).data[:-20], "Line 4: is not JSON"),
        (a_plan(3).data + b"NaN\n", "Line 5: is not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_a_plan_that_was_edited_badly_names_the_line(data: bytes, words: str) -> None:
    """So that one finds it in an editor."""
    with pytest.raises(PlanError, match=re.escape(words)):
        parse_plan(data)


def test_any_edit_gives_another_fingerprint() -> None:
    """An edited plan is not gone on with as if it were the same."""
    assert parse_plan(_edited(2, title="Other")).fingerprint != a_plan(3).fingerprint


def test_counts_say_what_is_there_and_nothing_else() -> None:
    """In the order in which one wants to know it."""
    plan = a_plan(4)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    notes = {
        "1": RowNote(row_id="1", state=RowState.REFUSED, at=at),
        "2": RowNote(row_id="2", state=RowState.DONE, at=at),
    }
    counts = counts_of(plan.rows, notes)
    assert counts.in_words() == "1 done, 1 refused, 2 pending"
    assert (counts.total, counts.failed, counts.is_all_well) == (4, 1, False)
    assert counts_of(plan.rows[1:2], notes).is_all_well
