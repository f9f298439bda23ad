"""Five hundred edits of one record by two people: nothing is overwritten unseen, and nothing of either side is lost."""

import random

from app.domain.edits import Change
from app.domain.merging import base_of
from app.domain.records import RecordId
from app.domain.review import Ending
from app.domain.values import Json
from tests.controller.edit_desk import desk_at
from tests.support.small_workspace import small_workspace, uuid_of

SARAH = RecordId("contact", uuid_of("contact", 1))
CASES = 500
VALUES: dict[str, tuple[Json, ...]] = {
    "title": (None, "", "CTO", "Chief"),
    "first_name": ("Sarah", "Sara", "Zoë"),
    "stage": ("new", "working", "won"),
    "sms_consent": (None, True, False),
    "address": (None, {"city": "Lyon"}, {"city": "Lyon", "country": "FR"}),
}
"""Few values of several types, so that both often choose the same."""


async def test_nothing_is_overwritten_unseen_and_nothing_is_lost() -> None:
    """Whoever comes second sees what the first one did, or leaves it alone."""
    dice = random.Random(11)
    backend = small_workspace()
    desk = desk_at(backend)
    ends: dict[Ending, int] = dict.fromkeys(Ending, 0)

    def some() -> dict[str, Json]:
        names = dice.sample(sorted(VALUES), dice.randint(1, 3))
        return {name: dice.choice(VALUES[name]) for name in names}

    for _ in range(CASES):
        mine, theirs = some(), some()
        opened = await desk.edited(SARAH, **mine)
        wanted = dict(opened.draft.values)
        if not wanted:
            continue
        before = base_of(backend.records[SARAH])
        review = await desk.reviewed(opened)
        await backend.patch(SARAH, [Change(name, value) for name, value in theirs.items()])
        between = base_of(backend.records[SARAH])
        (result,) = (await desk.editing.apply(review)).results
        after = base_of(backend.records[SARAH])
        moved = {name for name in between if between[name] != before.get(name)}
        clashing = {name for name in moved if name in wanted and wanted[name] != between[name]}
        ends[result.ending] += 1
        assert {row.attribute for row in result.clashes} == clashing
        assert {row.attribute for row in result.notes} == moved - wanted.keys()
        if result.ending is Ending.SAVED:
            assert after == {**between, **_as_read(wanted)}
        else:
            assert after == between
    assert ends[Ending.SAVED] > CASES / 5
    assert ends[Ending.CONFLICT] > CASES / 5
    assert ends[Ending.NOTHING_LEFT] > 0
    assert ends[Ending.REFUSED] == ends[Ending.UNKNOWN] == ends[Ending.NOT_SENT] == 0


def _as_read(values: dict[str, Json]) -> dict[str, Json]:
    """Values as a read gives them: an address has all its parts."""
    parts = ("street_one", "street_two", "city", "state", "country", "zip_code")
    return {
        name: {part: value.get(part) for part in parts} if isinstance(value, dict) else value
        for name, value in values.items()
    }
