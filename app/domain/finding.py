"""How well something fits a few typed letters."""

from collections.abc import Sequence
from typing import Final

_WORD_OF_NAME: Final = 8
_IN_NAME: Final = 4
_IN_OTHERS: Final = 2
_LETTERS_OF_NAME: Final = 1
_EXACT: Final = 16


def fitness(typed: str, name: str, others: Sequence[str] = ()) -> int:
    """How well a thing fits; 0: not at all, and 1 for everything when nothing is typed.

    Every typed word must be found: in the name or in another text about the thing, or else its letters, in their order, in
    the name. A long text is not searched by letters: almost any three stand in it somewhere.
    """
    name = name.casefold()
    words = typed.casefold().split()
    folded = [text.casefold() for text in others]
    score = 1 + _EXACT * (bool(words) and " ".join(words) == name)
    for word in words:
        found = _word_fitness(word, name, folded)
        if not found:
            return 0
        score += found
    return score


def _word_fitness(word: str, name: str, others: Sequence[str]) -> int:
    at = name.find(word)
    while at > 0 and name[at - 1].isalnum() and (later := name.find(word, at + 1)) > 0:
        at = later
    if at >= 0:
        return _IN_NAME if at and name[at - 1].isalnum() else _WORD_OF_NAME
    if any(word in text for text in others):
        return _IN_OTHERS
    letters = iter(name)
    return _LETTERS_OF_NAME * all(letter in letters for letter in word)
