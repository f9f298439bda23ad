"""How form, why, review, conflict, unknown outcome and journal look, at the smallest usual size and at a wide one."""

from textual.pilot import Pilot

from app.domain.edits import Change
from app.domain.errors import TimedOut
from tests.screens.test_snapshots import SIZES, SnapCompare, deck_of
from tests.support.backends import MemoryBackend
from tests.support.deck import browse, press, settle, type_text
from tests.support.editing import at_once
from tests.support.small_workspace import small_workspace


def looks(
    snap_compare: SnapCompare,
    size: tuple[int, int],
    *keys: str,
    typed: str = "",
    last: tuple[str, ...] = (),
    backend: MemoryBackend | None = None,
    somebody_sets: str | None = None,
) -> bool:
    """Whether the deck looks as before after these keys, this text and these keys; meanwhile somebody sets the title."""
    chosen = small_workspace() if backend is None else backend

    async def prepare(pilot: Pilot[int]) -> None:
        await settle(pilot)
        await press(pilot, *keys)
        await type_text(pilot, typed)
        area = browse(pilot.app).write_area.edit_area
        if area is not None:
            await area.journaling.flush()
            area.landing._sleep = at_once
        if somebody_sets is not None:
            record = browse(pilot.app).current_record
            assert record is not None
            await chosen.patch(record.record_id, [Change("title", somebody_sets)])
        for key in last:
            await press(pilot, key)
        await settle(pilot)

    return snap_compare(deck_of(chosen), terminal_size=size, run_before=prepare)


@SIZES
def test_form(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What can be set, what is locked, nothing changed yet."""
    assert looks(snap_compare, size, "e", "j")


@SIZES
def test_editor(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Typing, with the review growing beside it."""
    assert looks(snap_compare, size, "e", "j", "enter", typed=" of sales")


@SIZES
def test_choices(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The stages of the workspace."""
    assert looks(snap_compare, size, "e", "j", "j", "j", "j", "j", "enter")


@SIZES
def test_items(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """A list with calls of its own, and one item more."""
    keys = ("e", *"jjjjjjjjj", "enter", "a")
    assert looks(snap_compare, size, *keys, typed="new@acme.test", last=("enter",))


@SIZES
def test_why(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Why a field is locked, form and review in sight."""
    assert looks(snap_compare, size, "e", "j", "enter", typed="!", last=("enter", "k", "w"))


@SIZES
def test_review(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """A change, a cleared and an emptied attribute."""
    keys = ("e", "j", "x", "j", "z", "j", "enter")
    assert looks(snap_compare, size, *keys, typed=" Jr", last=("enter",))


@SIZES
def test_new_record(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What is required is marked, and what stands against sending it."""
    assert looks(snap_compare, size, "n")


@SIZES
def test_archive(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What hangs on the record, and that there is no way back."""
    assert looks(snap_compare, size, "D")


@SIZES
def test_saved(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What came of it."""
    assert looks(snap_compare, size, "e", "j", "enter", typed="!", last=("enter", "A"))


@SIZES
def test_conflict(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """Base, theirs and mine."""
    assert looks(
        snap_compare,
        size,
        "e",
        "j",
        "enter",
        typed="!",
        last=("enter", "A"),
        somebody_sets="Head of sales",
    )


@SIZES
def test_unknown(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """The answer was lost; what was found out."""
    backend = small_workspace()
    error = TimedOut("No answer came in time")
    error.is_effect_unknown = True
    backend.fail("PATCH", error, times=1)
    last = ("enter", "A")
    assert looks(snap_compare, size, "e", "j", "enter", typed="!", last=last, backend=backend)


@SIZES
def test_journal(snap_compare: SnapCompare, size: tuple[int, int]) -> None:
    """What was sent, with its state, and the chosen one whole."""
    last = ("enter", "A", "escape", "u", "A", "escape", "U")
    assert looks(snap_compare, size, "e", "j", "enter", typed="!", last=last)
