"""Write a sample workspace file."""

import sqlite3
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Final

from app.domain.errors import WorkspaceError
from app.server.sample.accounts import ACCOUNTS
from app.server.sample.activities import ACTIVITIES
from app.server.sample.contacts import CONTACTS
from app.server.sample.custom_records import DEVICES, SITES, SUBSCRIPTIONS
from app.server.sample.custom_types import SAMPLE_TYPES
from app.server.sample.meetings import MEETINGS
from app.server.sample.notes import NOTES
from app.server.sample.opportunities import OPPORTUNITIES
from app.server.sample.tasks import TASKS
from app.server.sample.users import USERS
from app.server.sample.world import Draft, Kind, World
from app.server.store.writer import WorkspaceWriter

Progress = Callable[[int, int], None]
"""Told how much is done, and how much there is: records, then indexes, in one count that never goes back."""

TODAY: Final = date(2026, 11, 21)
"""The day around which the sample lies, whatever the real one is."""

CONTACTS_BY_DEFAULT: Final = 200

KINDS: Final[tuple[Kind, ...]] = (
    USERS,
    ACCOUNTS,
    CONTACTS,
    OPPORTUNITIES,
    TASKS,
    NOTES,
    MEETINGS,
    ACTIVITIES,
    SUBSCRIPTIONS,
    SITES,
    DEVICES,
)
"""All kinds, in the order in which they are made."""

_INDEX_SHARE: Final = 2
"""Making the indexes takes about half as long as making the records."""


def write_sample(
    path: Path,
    contacts: int = CONTACTS_BY_DEFAULT,
    seed: int = 1,
    today: date = TODAY,
    progress: Progress | None = None,
) -> Mapping[str, int]:
    """Make a workspace with so many contacts and all that belongs to them; how many records there are of each kind.

    Equal arguments give equal rows; only the key that signs cursors differs. Memory does not grow with the size.

    Raises:
        WorkspaceError: the file exists already, or cannot be made or written. Nothing is left behind then.
    """
    world = World(contacts, seed, today)
    records = sum(series.count for series in world.series.values())
    total = records + records // _INDEX_SHARE
    tell = progress or (lambda _done, _total: None)

    def tell_index(done: int, indexes: int) -> None:
        tell(records + (total - records) * done // indexes, total)

    try:
        with WorkspaceWriter(path, SAMPLE_TYPES, on_index=tell_index) as writer:
            _load(writer, world, lambda done: tell(done, total))
    except sqlite3.Error as error:
        raise WorkspaceError(f"{path} cannot be written: {error}.") from error
    return MappingProxyType({kind.name: world.series[kind.name].count for kind in KINDS})


def _load(writer: WorkspaceWriter, world: World, tell: Callable[[int], None]) -> None:
    """Make and load all records, a batch at a time."""
    done = 0
    for kind in KINDS:
        series = world.series[kind.name]
        random = series.random()
        for numbers in series.batches():
            draft = Draft(kind.tables, random)
            kind.fill(world, numbers, random, draft)
            for table, columns in kind.tables.items():
                writer.load(table, columns, draft.rows[table])
            done += len(numbers)
            tell(done)
