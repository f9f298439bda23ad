"""The sample's timeline: e-mails, calls, notes, sequences, meetings."""

import json
from random import Random
from typing import Final

from app.server.sample.meetings import meeting_time
from app.server.sample.moments import HOUR_MS, moment_text
from app.server.sample.phrases import (
    MEETING_PLACES,
    MEETING_TITLES,
    NOTE_TITLES,
    SENTENCES,
    SUBJECTS,
)
from app.server.sample.world import EMPTY, Draft, Kind, Row, World, pick, repeated
from app.server.store.identifiers import name_id

_TYPES: Final = repeated(
    EMAIL_SENT=32, EMAIL_RECEIVED=22, MANUAL_ACTIVITY=18, MEETING=10, NOTE=10, SEQUENCE=8
)
_CATEGORIES: Final = repeated(
    CALL=50, LINKEDIN=12, OTHER=12, TEXT=10, EVENT=6, SOCIAL_MEDIA=4, WEBINAR=4, CONFERENCE=2
)
_PRIORITIES: Final = repeated(MEDIUM=60, HIGH=20, LOW=15, URGENT=5)
_SEQUENCES: Final = tuple(name_id("sequence", str(number)) for number in range(8))
_BADGES: Final = ("Opened", "Clicked", "Replied", "Bounced", "Delivered")


def _fill(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    activities, contacts = draft.rows.values()
    for number in numbers:
        activity_id, made_ms = world.series["activity"].stamp(number)
        made = moment_text(made_ms)
        contact = world.popular_contact(chance())
        account = world.account_of_contact(contact)
        opportunity_id = None
        if chance() < 0.2:
            opportunity = int(chance() * world.opportunities.count)
            opportunity_id = world.opportunities.id(opportunity)
            account = world.account_of_opportunity(opportunity)
        kind = pick(_TYPES, random)
        activities.append(
            (
                activity_id,
                made,
                made,
                kind,
                pick(_PRIORITIES, random),
                world.user_id(chance()),
                world.accounts.id(account),
                opportunity_id,
                *_details(world, kind, made_ms, random),
            )
        )
        if opportunity_id is None or chance() < 0.3:
            contacts.append((activity_id, 0, world.contacts.id(contact)))


def _details(world: World, kind: str, made_ms: int, random: Random) -> Row:
    """What depends on the type: sub-type, status, name, end, badge, location, sequence, description, metadata."""
    sequence = None
    match kind:
        case "MEETING":
            return _meeting(world, made_ms, random)
        case "MANUAL_ACTIVITY":
            return _manual(made_ms, random)
        case "NOTE":
            return (None, "COMPLETED", pick(NOTE_TITLES, random), *[None] * 6)
        case "SEQUENCE":
            name = f"Step {1 + int(random.random() * 6)}: {pick(SUBJECTS, random)}"
            sequence = pick(_SEQUENCES, random)
        case _:
            name = pick(SUBJECTS, random)
    badge = None if random.random() < 0.5 else pick(_BADGES, random)
    ended = moment_text(made_ms)
    return (None, "COMPLETED", name, ended, badge, None, sequence, None, None)


def _manual(made_ms: int, random: Random) -> Row:
    category = pick(_CATEGORIES, random)
    name = f"{category.replace('_', ' ').capitalize()}: {pick(SUBJECTS, random)}"
    ended = moment_text(made_ms + int(random.random() * HOUR_MS))
    description = None if random.random() < EMPTY else pick(SENTENCES, random)
    return (category, "COMPLETED", name, ended, None, None, None, description, None)


def _meeting(world: World, made_ms: int, random: Random) -> Row:
    start_ms, end_ms = meeting_time(made_ms, random)
    title, place = pick(MEETING_TITLES, random), pick(MEETING_PLACES, random)
    metadata = {
        "title": title,
        "kind": "meeting",
        "location": place,
        "start_date": moment_text(start_ms),
        "end_date": moment_text(end_ms),
    }
    is_past = end_ms < world.now_ms
    status = "CANCELLED" if random.random() < 0.07 else "COMPLETED" if is_past else "PLANNED"
    ended = moment_text(end_ms) if is_past else None
    text = json.dumps(metadata, ensure_ascii=False)
    return (None, status, title, ended, None, place, None, None, text)


ACTIVITIES: Final = Kind(
    "activity",
    {
        "activity": (
            "id", "created_at", "updated_at", "type", "priority", "owner_user_id", "account_id", "opportunity_id",
            "sub_type", "status", "display_name", "ended_at", "badge_status", "location", "sequence_id", "description",
            "metadata",
        ),
        "activity__contact_ids": ("record_id", "position", "value"),
    },
    _fill,
)  # fmt: skip
