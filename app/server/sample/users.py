"""The people who work with the sample workspace."""

from random import Random

from app.server.sample.moments import moment_text
from app.server.sample.names import CULTURES
from app.server.sample.world import Draft, Kind, World


def _fill(world: World, numbers: range, random: Random, draft: Draft) -> None:
    for number in numbers:
        user_id, made_ms = world.series["user"].stamp(number)
        culture = CULTURES[number % len(CULTURES)]
        first = culture.first_names[number * 5 % len(culture.first_names)]
        last = culture.last_names[number * 3 % len(culture.last_names)]
        draft.rows["user"].append(
            (
                user_id,
                moment_text(made_ms),
                world.updated_text(made_ms, random.random()),
                f"{first.text} {last.text}",
                first.text,
                last.text,
                f"{first.letters}.{last.letters}{number or ''}@team.example",
                number % 11 != 10,
            )
        )


USERS = Kind(
    "user",
    {
        "user": (
            "id", "created_at", "updated_at", "display_name", "first_name", "last_name", "email", "is_active",
        ),
    },
    _fill,
)  # fmt: skip
