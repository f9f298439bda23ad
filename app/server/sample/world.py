"""What all kinds of sample records share: the series, who belongs to whom, and the draws everyone makes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from random import Random
from typing import Final, TypeVar

from app.server.sample.custom_types import SAMPLE_TYPES
from app.server.sample.layout import COUNTS, Shuffle, Staff, count_of
from app.server.sample.moments import DAY_MS, Calendar, moment_text
from app.server.sample.series import Series
from app.server.store.columns import ADDRESS_PARTS
from app.server.store.definitions import RecordTypeDefinition

Cell = str | int | float | None
"""What a column holds."""

Row = tuple[Cell, ...]

Item = TypeVar("Item")

EMPTY: Final = 0.08
"""How often an optional value is missing."""

ADDRESS: Final = tuple(f"address_{part}" for part in ADDRESS_PARTS)
"""The columns of an address."""

PARTICIPANTS: Final = ("record_id", "position", "value")
"""The columns of a list of references."""


def link_columns(near: str, far: str) -> tuple[str, ...]:
    """The columns of a plain link table."""
    return ("id", f"{near}_id", f"{far}_id", "created_at")


class World:
    """A workspace of a certain size, as numbers: nothing in it grows with the size but the users and a byte a contact."""

    def __init__(self, contacts: int, seed: int, today: date) -> None:
        self.calendar = Calendar(today)
        self.now_ms = self.calendar.now_ms
        self.series = {
            kind: Series(kind, count_of(kind, contacts), seed, self.calendar) for kind in COUNTS
        }
        self.contacts = self.series["contact"]
        self.accounts = self.series["account"]
        self.opportunities = self.series["opportunity"]
        self.staff = Staff(contacts, self.accounts.count)
        self._popular = Shuffle.of(contacts)
        self._has_primary_deal = bytearray(contacts)

    @cached_property
    def user_ids(self) -> tuple[str, ...]:
        """Ids of all users."""
        users = self.series["user"]
        return tuple(users.id(index) for index in range(users.count))

    def user_id(self, chance: float) -> str:
        """A user; the first ones do most of the work."""
        return self.user_ids[int(chance * chance * len(self.user_ids))]

    def popular_contact(self, chance: float) -> int:
        """The number of a contact; a few get most of the attention."""
        return self._popular.there(int(chance * chance * self.contacts.count))

    def take_primary_deal(self, contact: int) -> bool:
        """Whether a contact has no primary opportunity yet; from now on it has one, and there is never a second."""
        is_free = not self._has_primary_deal[contact]
        self._has_primary_deal[contact] = True
        return is_free

    def account_of_contact(self, contact: int) -> int:
        """The number of the account a record about this contact belongs to."""
        found = self.staff.account_of(contact)
        return contact % self.accounts.count if found is None else found[0]

    def account_of_opportunity(self, opportunity: int) -> int:
        """The number of an opportunity's account: most go to the accounts with many contacts."""
        return self.account_of_contact(opportunity * 7919 % self.contacts.count)

    def updated_text(self, created_ms: int, chance: float) -> str:
        """When a record was changed last: mostly soon after it was made."""
        return moment_text(created_ms + int((self.now_ms - created_ms) * chance * chance * chance))

    def past_ms(self, created_ms: int, days: float) -> int:
        """So many days after a record was made, but not in the future."""
        return min(created_ms + int(days * DAY_MS), self.now_ms)


class Draft:
    """The rows of one batch by table, in the order in which they are loaded."""

    def __init__(self, tables: Mapping[str, tuple[str, ...]], random: Random) -> None:
        self.rows: dict[str, list[Row]] = {table: [] for table in tables}
        self._random = random

    def item_id(self, made_ms: int) -> str:
        """A new id for an item or a link, as `record_id` makes it; written out, for there are millions of them."""
        digits = f"{made_ms:012x}{self._random.getrandbits(72):018x}"
        return f"{digits[:8]}-{digits[8:12]}-7{digits[12:15]}-a{digits[15:18]}-{digits[18:]}"

    def link(self, table: str, near_id: str, far_id: str, made_ms: int, made: str) -> None:
        """Connect two records; `made` is `made_ms` as text."""
        self.rows[table].append((self.item_id(made_ms), near_id, far_id, made))


@dataclass(frozen=True, slots=True)
class Kind:
    """How the records of one kind are made."""

    name: str
    tables: Mapping[str, tuple[str, ...]]
    """The columns of each table it fills."""
    fill: Callable[[World, range, Random, Draft], None]
    """Adds the rows of the records with these numbers."""


def pick(choices: Sequence[Item], random: Random) -> Item:
    """Any of the choices."""
    return choices[int(random.random() * len(choices))]


def some(numbers: Sequence[int], count: int, random: Random) -> list[int]:
    """Up to `count` different ones of the numbers: neighbours, from a random start."""
    start = int(random.random() * len(numbers)) if numbers else 0
    return [numbers[(start + step) % len(numbers)] for step in range(min(count, len(numbers)))]


def spread(random: Random) -> float:
    """A number around 0 with deviation 1, nearly normal, never beyond 3.5."""
    chance = random.random
    return (chance() + chance() + chance() + chance() - 2.0) * 1.7320508


def repeated(**weights: int) -> tuple[str, ...]:
    """Words, each as often as its weight says."""
    return tuple(name for name, weight in weights.items() for _ in range(weight))


def weighted(record_type: str, attribute: str, **weights: int) -> tuple[str, ...]:
    """Option ids of an attribute, each as often as its weight says."""
    definition = sample_type(record_type)
    return tuple(definition.option_id(attribute, name) for name in repeated(**weights))


def sample_type(api_name: str) -> RecordTypeDefinition:
    """A record type of the sample by its API name."""
    return next(row for row in SAMPLE_TYPES if row.api_name == api_name)
