"""An HTTP call as data: method and path template. Client and server read the same declaration."""

import string
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from app.domain.errors import Fault, Rejected


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call of an API."""

    method: str
    path: str
    """Below the API's prefix, with `{name}` for its parts."""
    is_read: bool
    """Whether it only reads; the read-only guard lets just these pass."""
    summary: str
    """One line for people."""
    is_create: bool = False
    """Whether it makes a record: sent twice it makes two."""

    @property
    def parts(self) -> tuple[str, ...]:
        """The names in the path template, in order."""
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.path) if name)

    def fill(self, *, query: dict[str, str] | None = None, **parts: str) -> str:
        """The path with its parts quoted, so that no id can reach another route.

        Raises:
            Rejected: for a part that no quoting makes safe: empty, `.`, `..`, or half a character.
        """
        try:
            path = self.path.format(**{name: _quoted(part) for name, part in parts.items()})
            return f"{path}?{urlencode(query)}" if query else path
        except UnicodeEncodeError:
            raise _unusable("a part of the path is not valid text") from None

    def matches(self, method: str, path: str) -> bool:
        """Whether a method and a quoted path (with or without a query string) are this call."""
        template = self.path.split("/")
        actual = path.partition("?")[0].split("/")
        return (
            method == self.method
            and len(template) == len(actual)
            and all(
                (wanted == part) or (wanted.startswith("{") and part not in _NO_PART)
                for wanted, part in zip(template, actual, strict=True)
            )
        )


_NO_PART: Final = frozenset({"", ".", ".."})
"""What a part cannot be: URLs give these a meaning of their own, quoted or not."""


def _quoted(part: str) -> str:
    if part in _NO_PART:
        raise _unusable(f"{part!r} cannot be part of a path")
    return quote(part, safe="")


def _unusable(why: str) -> Rejected:
    return Rejected(f"No such address: {why}", faults=(Fault("", why),))
