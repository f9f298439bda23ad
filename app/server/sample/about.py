"""What tasks, notes and meetings are about: people, their companies, deals."""

from random import Random
from typing import Final

from app.server.sample.moments import moment_text
from app.server.sample.world import Draft, World, link_columns, some

ABOUT_TABLES: Final = {
    owner: {
        f"{owner}__accounts": link_columns(owner, "account"),
        f"{owner}__contacts": link_columns(owner, "contact"),
        f"{owner}__opportunities": link_columns(owner, "opportunity"),
    }
    for owner in ("task", "note", "meeting")
}
"""The link tables of each with their columns."""


def link_about(
    world: World,
    draft: Draft,
    owner: str,
    owner_id: str,
    made_ms: int,
    random: Random,
    people: int = 1,
) -> int:
    """Connect a record to a contact and their account, or to a deal with its account and up to `people` contacts of it.

    The number of the account.
    """
    made = moment_text(made_ms)
    if random.random() < 0.35:
        opportunity = int(random.random() * world.opportunities.count)
        account = world.account_of_opportunity(opportunity)
        contacts = some(world.staff.contacts_of(account, 12), people, random)
        opportunity_id = world.opportunities.id(opportunity)
        draft.link(f"{owner}__opportunities", owner_id, opportunity_id, made_ms, made)
    else:
        contact = world.popular_contact(random.random())
        account = world.account_of_contact(contact)
        contacts = [contact]
        if people > 1:
            others = world.staff.contacts_of(account, 12)
            contacts += [number for number in some(others, people - 1, random) if number != contact]
    for number in contacts:
        contact_id = world.contacts.id(number)
        draft.link(f"{owner}__contacts", owner_id, contact_id, made_ms, made)
    draft.link(f"{owner}__accounts", owner_id, world.accounts.id(account), made_ms, made)
    return account
