"""Sample notes: mostly a few sentences, some of them pages."""

from random import Random
from typing import Final

from app.server.sample.about import ABOUT_TABLES, link_about
from app.server.sample.moments import moment_text
from app.server.sample.phrases import ESCAPES, NOTE_TITLES, html_note
from app.server.sample.world import EMPTY, PARTICIPANTS, Draft, Kind, World, pick

_WITH_ESCAPES: Final = 4
"""The number of the note with control sequences."""


def _fill(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    notes, participants = draft.rows["note"], draft.rows["note__participant_user_id_list"]
    for number in numbers:
        note_id, made_ms = world.series["note"].stamp(number)
        made = moment_text(made_ms)
        length = 30 + int(chance() * 50) if chance() < 0.03 else 1 + int(chance() * chance() * 8)
        author = world.user_id(chance())
        is_changed = chance() < 0.3
        notes.append(
            (
                note_id,
                made,
                world.updated_text(made_ms, chance()) if is_changed else made,
                ESCAPES if number == _WITH_ESCAPES else html_note(random, length),
                author,
                author,
                world.user_id(chance()) if is_changed else None,
                None if chance() < EMPTY else pick(NOTE_TITLES, random),
                int(chance() < 0.1),
            )
        )
        if chance() < 0.1:
            participants.append((note_id, 0, world.user_id(chance())))
        link_about(world, draft, "note", note_id, made_ms, random)


NOTES: Final = Kind(
    "note",
    {
        "note": (
            "id", "created_at", "updated_at", "note_html", "owner_user_id", "created_by_user_id", "updated_by_user_id",
            "title", "is_private",
        ),
        "note__participant_user_id_list": PARTICIPANTS,
        **ABOUT_TABLES["note"],
    },
    _fill,
)  # fmt: skip
