"""Sample people, where they work, and how to reach them."""

from random import Random
from typing import Final, NamedTuple

from app.server.sample.companies import domain
from app.server.sample.moments import moment_text
from app.server.sample.names import CULTURE_SLOTS, CULTURES, LONG_LAST_NAMES
from app.server.sample.phrases import ROLES, TITLES
from app.server.sample.places import NO_ADDRESS, PLACES, Place, address, phone
from app.server.sample.world import (
    ADDRESS,
    EMPTY,
    PARTICIPANTS,
    Draft,
    Kind,
    Row,
    World,
    pick,
    weighted,
)

_STAGES: Final = weighted(
    "contact", "stage", new=34, working=26, nurturing=14, qualified=11, customer=10, unqualified=5
)  # fmt: skip

UNUSUAL: Final = {
    2: ("Sinéad", "O'Brien"),
    6: ("[bold red]Bobby[/]", "Tables'); DROP TABLE contact;--"),
    9: ("Robert \"Bob\"", "de “Quote”"),
    13: ("Line\nBreak", "Newline"),
    16: ("<img src=x onerror=alert(1)>", "Script"),
    19: (
        "Pablo Diego José Francisco de Paula Juan Nepomuceno María de los Remedios Cipriano",
        "de la Santísima Trinidad Ruiz y Picazo-Fernández de Córdoba y Álvarez de Toledo",
    ),
    22: ("=SUM(A1:A9)", "Formula"),
    27: ("Zoë 👩‍🚀", "Star🌟man"),
    31: ("  Leading", "Spaces  "),
    36: ("%s {name} $HOME", "`Backtick`"),
}  # fmt: skip
"""Harmless names that look like markup, SQL or code, or are hard to show; by contact number."""

_MIDDLE_NAMES: Final = (
    "Anne", "J.", "Maria", "Lee", "K.", "Renée", "Øystein", "M. T.",
)  # fmt: skip

_SECOND_LABELS: Final = ('["PERSONAL"]', '["PERSONAL","MOBILE"]', "[]")


class Person(NamedTuple):
    """What a person is called and where they come from; a tuple, for it is made once per contact."""

    first_name: str
    last_name: str
    letters: str
    """Before the `@`; no two persons of one company have the same."""
    place: Place


def person(number: int, account: int, turn: int, random: Random) -> Person:
    """The person who comes after `turn` colleagues at an account (-1: without one).

    The names of one culture are walked in steps that meet each pair once; after the last pair letters get a figure.
    """
    culture = CULTURES[pick(CULTURE_SLOTS, random)]
    lasts = len(culture.last_names)
    pairs = lasts * len(culture.first_names)
    first, last = divmod((turn + account * 31) * 7919 % pairs, lasts)
    first_name, last_name = culture.first_names[first], culture.last_names[last]
    rounds = turn // pairs
    letters = f"{first_name.letters}.{last_name.letters}{rounds if rounds else ''}"
    shown = (first_name.text, last_name.text)
    if number in UNUSUAL:
        shown = UNUSUAL[number]
    elif number % 397 == 11:
        shown = (
            first_name.text,
            f"{last_name.text}-{LONG_LAST_NAMES[number % len(LONG_LAST_NAMES)]}",
        )
    return Person(*shown, letters, PLACES[culture.country])


def _fill(world: World, numbers: range, random: Random, draft: Draft) -> None:
    chance = random.random
    contacts, participants, emails, phones, links = draft.rows.values()
    for number in numbers:
        contact_id, made_ms = world.contacts.stamp(number)
        made = moment_text(made_ms)
        employer = world.staff.account_of(number)
        account, turn = employer or (-1, number)
        who = person(number, account, turn, random)
        email = f"{who.letters}@{domain(account) if employer else 'home.example'}"
        emails.append((draft.item_id(made_ms), contact_id, 0, email, 1, '["WORK"]'))
        if chance() < 0.35:
            emails += _more_emails(draft, contact_id, made_ms, f"{who.letters}.{number}", chance())
        main_phone = None
        if chance() < 0.72:
            main_phone = phone(who.place, random)
            phones.append((draft.item_id(made_ms), contact_id, 0, main_phone, 1, '["WORK"]'))
            if chance() < 0.25:
                second = phone(who.place, random)
                phones.append((draft.item_id(made_ms), contact_id, 1, second, 0, '["MOBILE"]'))
        if employer:
            links += _links(world, draft, contact_id, made_ms, made, account, random)
        title, department = pick(TITLES, random)
        middle_name = _middle_name(number, who, random)
        owner = world.user_id(chance())
        contacts.append(
            (
                contact_id,
                made,
                world.updated_text(made_ms, chance()),
                f"{who.first_name} {middle_name + ' ' if middle_name else ''}{who.last_name}",
                pick(_STAGES, random),
                world.user_id(chance()),
                owner,
                who.first_name,
                who.last_name,
                middle_name,
                None if chance() < EMPTY else title,
                None if chance() < EMPTY else department,
                email,
                main_phone,
                _consent(chance()),
                *(NO_ADDRESS if chance() < 0.3 else address(who.place, random)),
            )
        )
        if chance() < 0.1:
            participants.append((contact_id, 0, owner))


def _middle_name(number: int, who: Person, random: Random) -> str | None:
    """For some of those whose name is written in plain letters."""
    if random.random() > 0.15 or not who.first_name.isascii() or number in UNUSUAL:
        return None
    return pick(_MIDDLE_NAMES, random)


def _more_emails(
    draft: Draft, contact_id: str, made_ms: int, letters: str, chance: float
) -> list[Row]:
    """A private address, sometimes a third one."""
    labels = _SECOND_LABELS[int(chance * len(_SECOND_LABELS))]
    rows: list[Row] = [
        (draft.item_id(made_ms), contact_id, 1, f"{letters}@post.example", 0, labels)
    ]
    if chance < 0.2:
        rows.append((draft.item_id(made_ms), contact_id, 2, f"{letters}@old-mail.test", 0, "[]"))
    return rows


def _links(
    world: World,
    draft: Draft,
    contact_id: str,
    made_ms: int,
    made: str,
    account: int,
    random: Random,
) -> list[Row]:
    """Where a contact works, and sometimes whom they advise too."""
    role = None if random.random() < EMPTY else pick(ROLES, random)
    first = world.accounts.id(account)
    rows: list[Row] = [(draft.item_id(made_ms), made, made, contact_id, first, role, 1)]
    if random.random() < 0.08:
        other = int(random.random() * world.accounts.count)
        if other != account:
            second = world.accounts.id(other)
            rows.append((draft.item_id(made_ms), made, made, contact_id, second, "Consultant", 0))
    return rows


def _consent(chance: float) -> int | None:
    """Yes, no, or never asked."""
    return None if chance < EMPTY else int(chance > 0.6)


CONTACTS: Final = Kind(
    "contact",
    {
        "contact": (
            "id", "created_at", "updated_at", "display_name", "stage", "created_by_user_id", "owner_user_id", "first_name",
            "last_name", "middle_name", "title", "department", "primary_email", "primary_phone_number", "sms_consent",
            *ADDRESS,
        ),
        "contact__participant_user_id_list": PARTICIPANTS,
        "contact__contact_emails": ("id", "record_id", "position", "email", "is_primary", "labels"),
        "contact__contact_phone_numbers": ("id", "record_id", "position", "phone_number", "is_primary", "labels"),
        "contact_account": ("id", "created_at", "updated_at", "contact_id", "account_id", "role", "is_primary"),
    },
    _fill,
)  # fmt: skip
