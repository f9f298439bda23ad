"""The deck tells what can be done with each record type, as the matrix has it."""

from datetime import UTC, datetime

from app.domain.capabilities import Action, Lesson, may
from tests.support.deck import deck, press, screen_lines, screen_text
from tests.support.small_workspace import small_workspace

OPEN = ("colon", *"capabilities", "enter")


async def test_every_cell_equals_the_matrix() -> None:
    """Types against actions, each answer as the capability of the domain."""
    backend = small_workspace()
    async with deck(backend) as (app, pilot):
        await press(pilot, *OPEN)
        rows = {line.split()[-11]: line.split()[-10:] for line in screen_lines(app)[2:9]}
        for record_type, cells in rows.items():
            expected = [
                may(backend.resources, record_type, action, is_read_only=False).is_open
                for action in Action
            ]
            assert [cell == "yes" for cell in cells] == expected, record_type
        assert list(rows)[:2] == ["contact", "account"]


async def test_reasons_follow_the_cursor() -> None:
    """Below the matrix stands why, with the source."""
    async with deck() as (app, pilot):
        await press(pilot, *OPEN, *["j"] * 5)
        assert "method_not_allowed" in screen_text(app)
        assert "source: DOCUMENTED" in screen_text(app)


async def test_what_was_refused_is_marked_as_learned() -> None:
    """With a star, and the request that taught it below."""
    backend = small_workspace()
    backend.resources.learned.learn(refusal := lesson_of_a_refused_create())
    async with deck(backend) as (app, pilot):
        await press(pilot, *OPEN)
        assert "no*" in screen_lines(app)[2]
        assert "source: LEARNED" in screen_text(app)
    backend.resources.learned.forget(refusal.record_type, refusal.action)


async def test_escape_closes_it() -> None:
    """And the table has the keys again."""
    async with deck() as (app, pilot):
        await press(pilot, *OPEN, "escape", "j")
        assert "row 2:" in screen_text(app)


def lesson_of_a_refused_create() -> Lesson:
    """What a 403 on a create teaches."""
    at = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    reason = "the key may not create"
    return Lesson("contact", Action.CREATE, None, reason, 403, "permission_denied", 12, at)
