"""Sample meetings: past ones held or cancelled, the youngest ones still to come."""

from random import Random
from typing import Final

from app.server.sample.about import ABOUT_TABLES, link_about
from app.server.sample.companies import company_name
from app.server.sample.moments import DAY_MS, FIRST_HOUR_MS, moment_text
from app.server.sample.phrases import MEETING_PLACES, MEETING_TITLES, SENTENCES
from app.server.sample.world import EMPTY, PARTICIPANTS, Draft, Kind, World, pick

HALF_HOUR_MS: Final = 1_800_000
_LENGTHS: Final = (1, 1, 1, 2, 2, 2, 3, 4, 8)
"""In half hours."""


def meeting_time(made_ms: int, random: Random) -> tuple[int, int]:
    """Start and end: some days after it was planned, at a full or half hour of the working day."""
    day_ms = (made_ms // DAY_MS + 1 + int(25 * random.random() * random.random())) * DAY_MS
    start_ms = day_ms + FIRST_HOUR_MS + int(random.random() * 20) * HALF_HOUR_MS
    return start_ms, start_ms + pick(_LENGTHS, random) * HALF_HOUR_MS


def _fill(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    meetings, participants = draft.rows["meeting"], draft.rows["meeting__participant_user_id_list"]
    for number in numbers:
        meeting_id, made_ms = world.series["meeting"].stamp(number)
        start_ms, end_ms = meeting_time(made_ms, random)
        is_cancelled = chance() < 0.07
        status = "COMPLETED" if end_ms < world.now_ms else "SCHEDULED"
        people = 1 + int(chance() * chance() * 5)
        account = link_about(world, draft, "meeting", meeting_id, made_ms, random, people)
        organiser = int(chance() * chance() * len(world.user_ids))
        meetings.append(
            (
                meeting_id,
                moment_text(made_ms),
                moment_text(made_ms),
                f"{pick(MEETING_TITLES, random)}: {company_name(account)}",
                pick(SENTENCES, random) if chance() < 0.4 else None,
                moment_text(start_ms),
                moment_text(end_ms),
                None if chance() < EMPTY else pick(MEETING_PLACES, random),
                world.user_ids[organiser],
                "CANCELLED" if is_cancelled else status,
            )
        )
        for turn in range(1 + int(chance() * 3)):
            user = (organiser + turn) % len(world.user_ids)
            participants.append((meeting_id, turn, world.user_ids[user]))


MEETINGS: Final = Kind(
    "meeting",
    {
        "meeting": (
            "id", "created_at", "updated_at", "title", "description", "start_date", "end_date", "location", "owner_user_id",
            "status",
        ),
        "meeting__participant_user_id_list": PARTICIPANTS,
        **ABOUT_TABLES["meeting"],
    },
    _fill,
)  # fmt: skip
