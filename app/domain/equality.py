"""Values compared as values: what makes two of them the same, and when a server holds what it was sent."""

import unicodedata

from app.domain.edits import Unset
from app.domain.values import Json


def is_same(one: Json | Unset, other: Json | Unset) -> bool:
    """Equal as values: 1.0 and 1.00 are, 1 and true are not; absent, null and empty are three things."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            is_same(value, other[name]) for name, value in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return isinstance(one, bool) is isinstance(other, bool) and one == other


def is_kept(sent: Json, found: Json | Unset) -> bool:
    """Whether what was found is what a server makes of what was sent.

    Servers compose, trim and fold texts, add members to objects, order lists, and take an empty value for none.
    """
    if _is_empty(sent):
        return _is_empty(found)
    if isinstance(sent, str) and isinstance(found, str):
        return _folded(sent) == _folded(found)
    if isinstance(sent, dict) and isinstance(found, dict):
        return all(is_kept(value, found.get(name)) for name, value in sent.items())
    if isinstance(sent, list) and isinstance(found, list):
        return len(sent) == len(found) and _are_all_kept(sent, found)
    return is_same(sent, found)


def _are_all_kept(sent: list[Json], found: list[Json]) -> bool:
    """Each in turn, in any order."""
    left = [*found]
    for value in sent:
        place = next((index for index, row in enumerate(left) if is_kept(value, row)), None)
        if place is None:
            return False
        del left[place]
    return True


def _is_empty(value: Json | Unset) -> bool:
    return value is None or isinstance(value, Unset) or value in ("", [], {})


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip().casefold()
