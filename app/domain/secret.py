"""A key that no text, log, traceback or pickle ever shows."""

from typing import Final, NoReturn

VEIL: Final = "\u2022\u2022\u2022"
"""What stands wherever a key would have stood."""


class Secret:
    """A key; only `reveal` gives it, and only the code that puts it on the wire or compares it may ask."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The key itself."""
        return self._value

    def __repr__(self) -> str:
        return VEIL

    def __format__(self, _: str) -> str:
        return VEIL

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise TypeError("a key is never pickled or copied")


def secret_from(text: str, origin: str) -> Secret:
    """The key in `text`, without blanks around it.

    Raises:
        ValueError: if there is none, or if it holds characters no HTTP header may carry; says `origin`, never the text.
    """
    value = text.strip()
    if not value:
        raise ValueError(f"{origin} is empty")
    if not (value.isascii() and value.isprintable()) or " " in value:
        raise ValueError(f"{origin} holds characters that no API key has")
    return Secret(value)
