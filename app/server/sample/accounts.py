"""Sample companies."""

from math import exp
from random import Random
from typing import Final

from app.server.sample.companies import company_name, domain, slug
from app.server.sample.moments import moment_text
from app.server.sample.names import CULTURE_SLOTS, CULTURES
from app.server.sample.phrases import DESCRIPTIONS
from app.server.sample.places import NO_ADDRESS, PLACES, address
from app.server.sample.world import ADDRESS, EMPTY, Draft, Kind, World, pick, spread, weighted

_STAGES: Final = weighted(
    "account", "current_stage_id", target_account=45, engaged=22, evaluating=12, customer=16, churned=5
)  # fmt: skip


def _fill(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    accounts, domains, websites = draft.rows.values()
    for number in numbers:
        account_id, made_ms = world.accounts.stamp(number)
        host, words = domain(number), slug(number)
        place = PLACES[CULTURES[pick(CULTURE_SLOTS, random)].country]
        creator = world.user_id(chance())
        accounts.append(
            (
                account_id,
                moment_text(made_ms),
                world.updated_text(made_ms, chance()),
                company_name(number),
                creator if chance() < 0.6 else world.user_id(chance()),
                creator,
                pick(DESCRIPTIONS, random) if chance() < 0.5 else None,
                pick(_STAGES, random),
                None if chance() < EMPTY else f"https://www.{host}",
                f"https://social.example/company/{words}" if chance() < 0.6 else None,
                f"https://short.example/{words}" if chance() < 0.3 else None,
                f"https://faces.example/{words}" if chance() < 0.2 else None,
                f"https://directory.example/c/{number}" if chance() < 0.25 else None,
                None if chance() < EMPTY else _revenue(random),
                *(NO_ADDRESS if chance() < EMPTY else address(place, random)),
            )
        )
        domains.append((account_id, 0, host, 1, "ACTIVE"))
        if chance() < 0.2:
            domains.append((account_id, 1, f"get-{words}.test", 0, "ACTIVE"))
        if chance() < 0.75:
            websites.append((account_id, 0, f"https://www.{host}"))
            if chance() < 0.15:
                websites.append((account_id, 1, f"https://shop.{host}/start?lang=en&ref=crm"))


def _revenue(random: Random) -> int:
    """Log-normal around four million, to three digits."""
    amount = int(exp(15.2 + 1.6 * spread(random)))
    return round(amount, 3 - len(str(amount)))


ACCOUNTS: Final = Kind(
    "account",
    {
        "account": (
            "id", "created_at", "updated_at", "display_name", "owner_user_id", "created_by_user_id", "description",
            "current_stage_id", "official_website", "linkedin_url", "x_url", "facebook_url", "zoominfo_url",
            "estimated_annual_revenue", *ADDRESS,
        ),
        "account__domains": ("record_id", "position", "domain_name", "is_primary", "status"),
        "account__websites": ("record_id", "position", "value"),
    },
    _fill,
)  # fmt: skip
