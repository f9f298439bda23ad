"""Sample deals: a funnel that narrows, with the old ones mostly decided."""

from math import exp
from random import Random
from typing import Final

from app.server.sample.companies import company_name
from app.server.sample.moments import DAY_MS, moment_text
from app.server.sample.phrases import DEAL_KINDS, NEXT_STEPS, PRODUCTS
from app.server.sample.world import (
    EMPTY,
    PARTICIPANTS,
    Draft,
    Kind,
    Row,
    World,
    pick,
    repeated,
    sample_type,
    some,
    spread,
)

_STAGE_IDS: Final = {
    option.api_name: option.id
    for option in sample_type("opportunity").attribute_by_name["stage"].options
}
_YOUNG: Final = repeated(
    discovery=34, qualification=26, proposal=18, negotiation=10, closed_won=5, closed_lost=7
)
_OLD: Final = repeated(
    discovery=2, qualification=3, proposal=4, negotiation=3, closed_won=36, closed_lost=52
)
_YOUNG_DAYS: Final = 120
_EARLY: Final = {"discovery", "qualification"}


def _fill(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    opportunities, participants, links = draft.rows.values()
    for number in numbers:
        opportunity_id, made_ms = world.opportunities.stamp(number)
        made = moment_text(made_ms)
        account = world.account_of_opportunity(number)
        young = world.now_ms - made_ms < _YOUNG_DAYS * DAY_MS
        stage = pick(_YOUNG if young else _OLD, random)
        owner = world.user_id(chance())
        shifted_ms = world.past_ms(made_ms, 3 + 60 * chance())
        is_closed = stage.startswith("closed")
        opportunities.append(
            (
                opportunity_id,
                made,
                moment_text(shifted_ms),
                f"{company_name(account)} – {pick(PRODUCTS, random)} {pick(DEAL_KINDS, random)}",
                _STAGE_IDS[stage],
                world.accounts.id(account),
                None if chance() < EMPTY else _amount(random),
                owner,
                world.user_id(chance()),
                "PROSPECT" if stage in _EARLY else "DEAL",
                ("WON" if stage == "closed_won" else "LOST") if is_closed else None,
                moment_text(shifted_ms) if is_closed else None,
                moment_text(shifted_ms),
                *((None, None, None) if is_closed else _next_step(world, random)),
            )
        )
        if chance() < 0.3:
            participants.append((opportunity_id, 0, world.user_id(chance())))
        people = some(world.staff.contacts_of(account, 12), 1 + int(chance() * 3), random)
        for turn, contact in enumerate(people):
            contact_id = world.contacts.id(contact)
            link_id = draft.item_id(made_ms)
            is_primary = turn == 0 and world.take_primary_deal(contact)
            links.append((link_id, made, made, contact_id, opportunity_id, int(is_primary)))


def _amount(random: Random) -> int | float:
    """Log-normal around twenty thousand; some with cents."""
    amount = exp(9.9 + 1.3 * spread(random))
    return round(amount, 2) if random.random() < 0.2 else int(amount) // 50 * 50


def _next_step(world: World, random: Random) -> Row:
    """What is due around today: the step, its moment, and the next meeting."""
    if random.random() < EMPTY:
        return (None, None, None)
    due_ms = world.now_ms + int((random.random() * 40 - 8) * DAY_MS) // DAY_MS * DAY_MS
    meeting_ms = world.now_ms + int(random.random() * 30 * DAY_MS) // 1_800_000 * 1_800_000 + 1
    return (
        pick(NEXT_STEPS, random),
        moment_text(due_ms + 1),
        moment_text(meeting_ms) if random.random() < 0.5 else None,
    )


OPPORTUNITIES: Final = Kind(
    "opportunity",
    {
        "opportunity": (
            "id", "created_at", "updated_at", "display_name", "stage", "account_id", "amount", "owner_user_id",
            "created_by_user_id", "status", "outcome", "closed_at", "stage_last_shifted_at", "next_step_details",
            "next_step_due_at", "next_meeting_date",
        ),
        "opportunity__participant_user_id_list": PARTICIPANTS,
        "contact_opportunity": ("id", "created_at", "updated_at", "contact_id", "opportunity_id", "is_primary"),
    },
    _fill,
)  # fmt: skip
