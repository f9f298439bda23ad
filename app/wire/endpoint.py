"""An HTTP call as data: method, path template, shapes. Client and server read the same declaration."""

import string
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from pydantic import BaseModel


class Shape(BaseModel):
    """Base of every JSON shape: unknown keys are ignored."""


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

    @property
    def parts(self) -> tuple[str, ...]:
        """The names in the path template, in order."""
        return tuple(name for _, name, _, _ in string.Formatter().parse(self.path) if name)

    def fill(self, *, query: dict[str, str] | None = None, **parts: str) -> str:
        """The path with its parts quoted, so that no id can reach another route."""
        path = self.path.format(**{name: quote(value, safe="") for name, value in parts.items()})
        return f"{path}?{urlencode(query)}" if query else path
