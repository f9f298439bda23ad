"""Three-way merge of a record: as it was read, as it is to be, and as somebody else has left it meanwhile.

Values are compared in the form in which they are sent; list-like attributes and addresses are wholes, never merged by guess.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.edits import UNSET, Unset, write_json
from app.domain.equality import is_same
from app.domain.records import Record
from app.domain.values import Json


@dataclass(frozen=True, slots=True)
class TheirChange:
    """What somebody else changed and I did not; `UNSET` where an answer did not hold the attribute."""

    attribute: str
    base: Json | Unset
    theirs: Json | Unset


@dataclass(frozen=True, slots=True)
class Clash:
    """What both of us changed, each in another way. Only a person decides it."""

    attribute: str
    base: Json | Unset
    mine: Json
    theirs: Json | Unset


@dataclass(frozen=True, slots=True)
class Merge:
    """What becomes of my changes; each stands in exactly one of the first four."""

    to_send: Mapping[str, Json]
    """Only I changed these."""
    agreed: tuple[str, ...]
    """Both of us gave these the same value: nothing is left to send."""
    reverted: tuple[str, ...]
    """I set these back to what they were: nothing to send."""
    clashes: tuple[Clash, ...]
    notes: tuple[TheirChange, ...]
    """Only somebody else changed these."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing has to be decided."""
        return not self.clashes


class Side(StrEnum):
    """Whose value a clash is decided for."""

    MINE = "mine"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A base and changes to go on with: against this base nothing clashes."""

    base: Mapping[str, Json]
    mine: Mapping[str, Json]


def merge(base: Mapping[str, Json], mine: Mapping[str, Json], theirs: Mapping[str, Json]) -> Merge:
    """Merge my changes into a record as it was read again."""
    to_send: dict[str, Json] = {}
    agreed, reverted, clashes = [], [], []
    for name, value in mine.items():
        was, now = base.get(name, UNSET), theirs.get(name, UNSET)
        is_theirs = not is_same(was, now)
        if is_theirs and is_same(value, now):
            agreed.append(name)
        elif is_same(value, was):
            reverted.append(name)
        elif is_theirs:
            clashes.append(Clash(name, was, value, now))
        else:
            to_send[name] = value
    names = [*base, *(name for name in theirs if name not in base)]
    rows = (TheirChange(name, base.get(name, UNSET), theirs.get(name, UNSET)) for name in names)
    notes = [row for row in rows if not is_same(row.base, row.theirs)]
    undecided = mine.keys() - set(reverted)
    return Merge(
        to_send,
        tuple(agreed),
        tuple(reverted),
        tuple(clashes),
        tuple(row for row in notes if row.attribute not in undecided),
    )


def resolve(
    mine: Mapping[str, Json], theirs: Mapping[str, Json], sides: Mapping[str, Side]
) -> Resolved:
    """Go on from what somebody else left: of each attribute decided for them my change is given up.

    A change that was not decided stays mine; whoever calls this has asked about every clash.
    """
    kept = {name: value for name, value in mine.items() if sides.get(name) is not Side.THEIRS}
    return Resolved(dict(theirs), kept)


def base_of(record: Record) -> dict[str, Json]:
    """A record in the form in which its values are sent, to compare with and to go back to.

    Values that could not be read are left out, as they are never sent; so is the time of the last change, which every
    change changes.
    """
    base: dict[str, Json] = {}
    for name, value in record.attributes.items():
        if name != "updated_at":
            try:
                base[name] = write_json(value)
            except ValueError:
                continue
    return base
