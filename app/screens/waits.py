"""What is being waited for, in words: the latest of what is under way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Say = Callable[[str], None]
"""Takes the words; empty when nothing is waited for."""


class Waits:
    """Told by whoever waits; a request that is slow to let go says nothing of those that follow it."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._words: dict[object, str] = {}

    @contextmanager
    def waiting(self, words: str) -> Iterator[Say]:
        """Say what is being waited for; what it yields says how far that is."""
        wait = object()

        def say(so_far: str) -> None:
            if wait in self._words:
                self._words[wait] = so_far
                self._say(so_far)

        self._words[wait] = words
        self._say(words)
        try:
            yield say
        finally:
            self._words.pop(wait, None)
            self._say(next(reversed(self._words.values()), ""))

    def clear(self) -> None:
        """Nothing is waited for any more."""
        self._words.clear()
        self._say("")
