"""Cursors: where a page starts and what was asked, signed and opaque.

A cursor carries the record type, filters and sort, so that the next request needs no more than it; and the values of the
sort keys of the last record of its page. It never expires: a page starts behind those values whether or not the record is
there.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from itsdangerous import BadData, URLSafeSerializer

from app.server.refusals import Refusal
from app.server.store.sql import Bound


@dataclass(frozen=True, slots=True)
class Position:
    """What a cursor says."""

    subject: str
    """What was asked: a record type, or a record and its relationship."""
    question: str
    """The filters and sort as JSON text."""
    values: tuple[Bound, ...]
    """The sort keys of the last record."""


class CursorSigner:
    """Makes and reads the cursors of one workspace."""

    def __init__(self, secret: str) -> None:
        self._serializer = URLSafeSerializer(secret, salt="cursor")

    def sign(self, subject: str, question: str, values: Sequence[Bound]) -> str:
        """The cursor of a position."""
        text = self._serializer.dumps([subject, question, list(values)])
        return text if isinstance(text, str) else text.decode()

    def read(self, cursor: object, subject: str) -> Position:
        """What a cursor says. Raises `Refusal` for one that was not signed here or belongs to another question."""
        if not isinstance(cursor, str):
            raise bad_cursor("must be the text of next_cursor")
        try:
            told, question, values = self._serializer.loads(cursor)
        except (BadData, UnicodeError):
            raise bad_cursor(
                "is not one of this workspace; start again at the first page"
            ) from None
        if told != subject:
            raise bad_cursor(f"was made for {told}, not for {subject}")
        return Position(told, question, tuple(values))


def bad_cursor(why: str) -> Refusal:
    """The refusal of a cursor."""
    return Refusal("invalid_cursor", f"the cursor {why}", "cursor")
