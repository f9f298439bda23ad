"""Sample subscriptions, sites and devices."""

from math import exp
from random import Random
from typing import Final

from app.server.sample.companies import company_name, domain
from app.server.sample.moments import DAY_MS, date_text, moment_text
from app.server.sample.names import CULTURE_SLOTS, CULTURES
from app.server.sample.phrases import DEVICE_NOTES, PRODUCTS
from app.server.sample.places import PLACES, address, phone
from app.server.sample.world import (
    ADDRESS,
    EMPTY,
    Draft,
    Kind,
    World,
    link_columns,
    pick,
    repeated,
    sample_type,
    some,
    spread,
    weighted,
)
from app.server.store.identifiers import name_id

_PLANS: Final = weighted("subscription", "plan", starter=35, team=35, business=20, enterprise=10)
_MODULES: Final = tuple(
    option.id for option in sample_type("subscription").attribute_by_name["modules"].options
)
_STATUSES: Final = repeated(ACTIVE=72, CANCELLED=14, TRIAL=9, PAUSED=5)
_PRICES: Final = (9.90, 19.00, 29.50, 49.00, 99.99)
_SITE_KINDS: Final = weighted("site", "kind", office=55, plant=20, warehouse=20, data_center=5)
_OPENING: Final = ("06:00:00", "07:30:00", "08:00:00", "08:30:00", "09:00:00", "22:15:00")
_MODELS: Final = (
    "Gateway X2",
    "Gateway X3 Pro",
    "Sensor S-40",
    "Meter M1",
    "Badge Reader",
    "Label Printer 300",
    "Rugged Tablet",
)


def _account_of_subscription(world: World, number: int) -> int:
    return world.account_of_contact(number * 104_729 % world.contacts.count)


def _account_of_site(world: World, number: int) -> int:
    return world.account_of_contact(number * 1_299_709 % world.contacts.count)


def _fill_subscriptions(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    subscriptions, modules = draft.rows["subscription"], draft.rows["subscription__modules"]
    for number in numbers:
        subscription_id, made_ms = world.series["subscription"].stamp(number)
        made = moment_text(made_ms)
        account = _account_of_subscription(world, number)
        product = pick(PRODUCTS, random)
        seats = 1 + int(exp(2.6 + 1.2 * spread(random)))
        subscriptions.append(
            (
                subscription_id,
                made,
                world.updated_text(made_ms, chance()),
                f"{product} for {company_name(account)}",
                product,
                pick(_PLANS, random),
                round(seats * pick(_PRICES, random), 2),
                seats,
                None
                if chance() < EMPTY
                else date_text(world.calendar.today_day - 30 + int(chance() * 365)),
                None if chance() < EMPTY else int(chance() < 0.8),
                pick((5, 7.5, 10, 12.5, 15, 20), random) if chance() < 0.4 else None,
                pick(_STATUSES, random),
                world.user_id(chance()),
            )
        )
        first = int(chance() * len(_MODULES))
        modules += (
            (subscription_id, turn, _MODULES[(first + turn) % len(_MODULES)])
            for turn in range(int(chance() * 4))
        )
        account_id = world.accounts.id(account)
        draft.link("subscription__accounts", subscription_id, account_id, made_ms, made)
        people = some(world.staff.contacts_of(account, 6), 1 + int(chance() * 2), random)
        for contact in people:
            contact_id = world.contacts.id(contact)
            draft.link("subscription__billing_contacts", subscription_id, contact_id, made_ms, made)


def _fill_sites(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    subscriptions = world.series["subscription"]
    for number in numbers:
        site_id, made_ms = world.series["site"].stamp(number)
        made = moment_text(made_ms)
        account = _account_of_site(world, number)
        place = PLACES["Australia"]
        if chance() > 0.05:
            place = PLACES[CULTURES[pick(CULTURE_SLOTS, random)].country]
        where = address(place, random)
        draft.rows["site"].append(
            (
                site_id,
                made,
                world.updated_text(made_ms, chance()),
                f"{where[2]} – {company_name(account)}",
                pick(_SITE_KINDS, random),
                *where,
                date_text(world.calendar.today_day - int(chance() * chance() * 15_000)),
                None if chance() < EMPTY else pick(_OPENING, random),
                None if chance() < EMPTY else int(exp(3.4 + 1.3 * spread(random))),
                round(chance() * 800, 1) if chance() < 0.7 else None,
                None if chance() < EMPTY else phone(place, random),
                f"reception@{domain(account)}" if chance() < 0.8 else None,
                f"https://sites.{domain(account)}/{number}" if chance() < 0.7 else None,
                _DIRECTIONS if chance() < 0.3 else None,
                world.user_id(chance()),
            )
        )
        draft.link("site__accounts", site_id, world.accounts.id(account), made_ms, made)
        for contact in some(world.staff.contacts_of(account, 8), int(chance() * 4), random):
            contact_id = world.contacts.id(contact)
            draft.link("site__contacts", site_id, contact_id, made_ms, made)
        if chance() < 0.8:
            subscription = subscriptions.id(int(chance() * subscriptions.count))
            draft.link("site__subscriptions", site_id, subscription, made_ms, made)


_DIRECTIONS: Final = "<p>Take the <b>second</b> gate; ring twice.</p><p>Badge &amp; helmet beyond the yellow line.</p>"


def _fill_devices(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    sites, subscriptions = world.series["site"], world.series["subscription"]
    for number in numbers:
        device_id, made_ms = world.series["device"].stamp(number)
        made = moment_text(made_ms)
        model = pick(_MODELS, random)
        serial = f"{model[0]}{(number + 1) * 1_103_515_245 % 2_147_483_647:010}"
        draft.rows["device"].append(
            (
                device_id,
                made,
                world.updated_text(made_ms, chance()),
                f"{model} {serial}",
                serial,
                model,
                None if chance() < EMPTY else date_text((made_ms // DAY_MS) + 730),
                pick(DEVICE_NOTES, random) if chance() < 0.4 else None,
                name_id("factory", model) if chance() > EMPTY else None,
                world.user_id(chance()),
            )
        )
        site_id = sites.id(int(chance() * sites.count))
        draft.link("device__sites", device_id, site_id, made_ms, made)
        if chance() < 0.9:
            subscription_id = subscriptions.id(int(chance() * subscriptions.count))
            draft.link("device__subscriptions", device_id, subscription_id, made_ms, made)


SUBSCRIPTIONS: Final = Kind(
    "subscription",
    {
        "subscription": (
            "id", "created_at", "updated_at", "display_name", "product_name", "plan", "monthly_amount", "seats", "renews_on",
            "auto_renew", "discount", "status", "owner_user_id",
        ),
        "subscription__modules": ("record_id", "position", "value"),
        "subscription__accounts": link_columns("subscription", "account"),
        "subscription__billing_contacts": link_columns("subscription", "contact"),
    },
    _fill_subscriptions,
)  # fmt: skip

SITES: Final = Kind(
    "site",
    {
        "site": (
            "id", "created_at", "updated_at", "display_name", "kind", *ADDRESS, "opened_on", "opens_at", "headcount",
            "capacity", "phone", "email", "website", "directions", "owner_user_id",
        ),
        "site__accounts": link_columns("site", "account"),
        "site__contacts": link_columns("site", "contact"),
        "site__subscriptions": link_columns("site", "subscription"),
    },
    _fill_sites,
)  # fmt: skip

DEVICES: Final = Kind(
    "device",
    {
        "device": (
            "id", "created_at", "updated_at", "display_name", "serial", "model", "warranty_until", "notes", "factory_id",
            "owner_user_id",
        ),
        "device__sites": link_columns("device", "site"),
        "device__subscriptions": link_columns("device", "subscription"),
    },
    _fill_devices,
)  # fmt: skip
