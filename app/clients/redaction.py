"""Takes a key out of whatever a server echoes, before anyone sees, logs or keeps it."""

from collections.abc import Mapping
from typing import Final

from app.domain.errors import BackendError, Fault
from app.domain.secret import VEIL, Secret

SHORTEST: Final = 6
"""Keys shorter than this would tear ordinary words apart; no API issues them."""


class Redactor:
    """Knows one key and replaces it by a veil."""

    def __init__(self, key: Secret | None) -> None:
        value = "" if key is None else key.reveal()
        self._text = value if len(value) >= SHORTEST else ""
        # JSON may write a quote, a backslash or a slash of the key with a backslash before it.
        escaped = self._text.replace("\\", "\\\\").replace('"', '\\"')
        self._forms = [
            form.encode()
            for form in dict.fromkeys((self._text, escaped, escaped.replace("/", "\\/")))
            if form
        ]

    def body(self, body: bytes) -> bytes:
        """A body without the key, in plain or JSON-escaped form."""
        for form in self._forms:
            body = body.replace(form, VEIL.encode())
        return body

    def text(self, text: str) -> str:
        """A text without the key."""
        return text.replace(self._text, VEIL) if self._text else text

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers with lower-case names and without the key."""
        return {name.lower(): self.text(value) for name, value in headers.items()}

    def error(self, error: BackendError) -> BackendError:
        """The same error, its words without the key."""
        if self._text:
            error.reason = self.text(error.reason)
            error.args = (error.reason,)
            error.faults = tuple(
                Fault(
                    self.text(fault.code),
                    self.text(fault.message),
                    None if fault.field is None else self.text(fault.field),
                )
                for fault in error.faults
            )
        return error
