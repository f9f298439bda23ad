"""Sample tasks, most of them due around today, some of them late."""

from random import Random
from typing import Final

from app.server.sample.about import ABOUT_TABLES, link_about
from app.server.sample.moments import DAY_MS, HOUR_MS, moment_text
from app.server.sample.phrases import NEXT_STEPS, TASK_TITLES
from app.server.sample.world import EMPTY, PARTICIPANTS, Draft, Kind, World, pick, repeated

_OPEN: Final = repeated(OPEN=60, IN_PROGRESS=25, BLOCKED=8, COMPLETED=7)
_PAST: Final = repeated(COMPLETED=78, CLOSED=12, OPEN=7, IN_PROGRESS=2, BLOCKED=1)
_PRIORITIES: Final = repeated(MEDIUM=50, HIGH=25, LOW=17, URGENT=8)
_TYPES: Final = repeated(
    REMINDER=30, ACTION_ITEM=22, EMAIL=16, VOICE_CALL=14, SCHEDULING=8, CUSTOM_TASK=4, LINKEDIN_MESSAGE=2,
    LINKEDIN_CONNECT_REQUEST=2, SMS_MESSAGE=2,
)  # fmt: skip
_SOURCES: Final = repeated(MANUAL=70, SEQUENCE=20, WORKFLOW=10)
_LATE_DAYS: Final = 10
"""Tasks due longer ago are mostly done."""


def _fill(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    tasks, participants = draft.rows["task"], draft.rows["task__participant_user_id_list"]
    for number in numbers:
        task_id, made_ms = world.series["task"].stamp(number)
        made = moment_text(made_ms)
        due_ms = (made_ms + int((1 + 45 * chance() * chance()) * DAY_MS)) // HOUR_MS * HOUR_MS
        is_past = due_ms < world.now_ms - _LATE_DAYS * DAY_MS
        tasks.append(
            (
                task_id,
                made,
                world.updated_text(made_ms, chance()),
                pick(TASK_TITLES, random),
                pick(_PAST if is_past else _OPEN, random),
                pick(_PRIORITIES, random),
                world.user_id(chance()),
                pick(_TYPES, random),
                pick(_SOURCES, random),
                pick(NEXT_STEPS, random) if chance() < 0.4 else None,
                None if chance() < EMPTY else moment_text(due_ms),
            )
        )
        if chance() < 0.1:
            participants.append((task_id, 0, world.user_id(chance())))
        link_about(world, draft, "task", task_id, made_ms, random)


TASKS: Final = Kind(
    "task",
    {
        "task": (
            "id", "created_at", "updated_at", "title", "status", "priority", "owner_user_id", "type", "source_type", "note",
            "due_at",
        ),
        "task__participant_user_id_list": PARTICIPANTS,
        **ABOUT_TABLES["task"],
    },
    _fill,
)  # fmt: skip
