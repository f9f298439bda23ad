"""Answers kept for callers who ask twice: a change with an `Idempotency-Key` is done once.

The answer is kept in the transaction of the change itself, so that there is never one without the other. Refusals are not
kept: they changed nothing. Source: RELIABILITY 5.2, after Stripe's rules.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from app.server.refusals import Refusal
from app.server.store.operands import stored_moment
from app.server.store.sql import Bound, Sql, selected
from app.server.store.writing import Writer

KEPT: Final = timedelta(hours=24)
"""How long an answer is kept."""

TABLE: Final = "crm_reply"

_MAKE: Final = (
    f"""CREATE TABLE IF NOT EXISTS "{TABLE}" (
  "key" TEXT NOT NULL, "request" TEXT NOT NULL, "status" INTEGER NOT NULL, "body" TEXT NOT NULL, "etag" TEXT,
  "created_at" TEXT NOT NULL,
  PRIMARY KEY ("key"))""",
    f'CREATE INDEX IF NOT EXISTS "{TABLE}__by__created_at" ON "{TABLE}" ("created_at")',
)


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a change."""

    status: int
    body: str = ""
    etag: str | None = None
    """What `If-Match` can name."""


Work = Callable[[Writer], Reply]


def prepare_replies(writer: Writer) -> None:
    """Make the table, unless it is there."""
    for statement in _MAKE:
        writer.execute(Sql(statement))


def reply_once(writer: Writer, key: str, request: str, work: Work) -> Reply:
    """The kept answer to a key, or else the answer of the work, which is then kept.

    `request` tells requests apart. Raises `Refusal` 409 for a key that was used for another one.
    """
    oldest = stored_moment(writer.now - KEPT)
    place = writer.dialect.placeholder
    writer.execute(Sql(f'DELETE FROM "{TABLE}" WHERE "created_at" < {place}', (oldest,)))  # noqa: S608 - our own name
    what = '"request", "status", "body", "etag"'
    for before, status, body, etag in writer.rows(
        selected(what, f'"{TABLE}"', writer.equal(key=key))
    ):
        if before != request:
            raise Refusal(
                "idempotency_key_reused", "this Idempotency-Key was used for another request"
            )
        return Reply(status, body, etag)
    reply = work(writer)
    row: dict[str, Bound] = {"key": key, "request": request, "created_at": writer.moment}
    row |= {"status": reply.status, "body": reply.body, "etag": reply.etag}
    writer.insert(TABLE, row)
    return reply
