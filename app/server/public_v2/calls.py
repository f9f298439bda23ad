"""A request that the matrix lets pass: its parts, its preferences and conditions, and how it is answered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from app.server.public_v2.routing import Resource
from app.server.refusals import Refusal, quoted
from app.server.store.identifiers import parse_id
from app.server.store.replies import Reply, Work, reply_once
from app.server.store.workspace import Store
from app.server.store.writing import Writer
from app.wire.public_v2 import endpoints

JSON: Final = "application/json"
MAX_KEY: Final = 255
"""Characters of an `Idempotency-Key`."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that the matrix lets pass."""

    store: Store
    request: Request
    resource: Resource
    parts: Mapping[str, str]

    @property
    def with_names(self) -> bool:
        """Whether reference values shall carry names."""
        preferences = self.request.headers.get("prefer", "").split(",")
        return endpoints.REFERENCE_NAMES in (row.strip().lower() for row in preferences)

    @property
    def record_id(self) -> str:
        """The id in the path. Raises `Refusal` for what cannot be one."""
        text = self.parts["record_id"]
        parsed = parse_id(text)
        if parsed is None:
            name = self.resource.definition.api_name
            raise Refusal("record_not_found", f"no {name} {quoted(text)}: not a UUID")
        return parsed

    def answer(
        self,
        body: bytes,
        *,
        status: int = 200,
        etag: str | None = None,
        may_have_names: bool = True,
    ) -> Response:
        """A good answer."""
        headers = {}
        if may_have_names and self.with_names:
            headers["Preference-Applied"] = endpoints.REFERENCE_NAMES
        if etag is not None:
            headers["ETag"] = etag
        media_type = None if status == 204 else JSON
        return Response(body, status, media_type=media_type, headers=headers)

    def check_unchanged(self, etag: str) -> None:
        """Raise `Refusal` 412 if the caller wants to change only what it has read, and that is no more."""
        wanted = self.request.headers.get("if-match")
        if wanted is None or etag in (tag.strip() for tag in wanted.split(",")) or wanted == "*":
            return
        raise Refusal("precondition_failed", f"the record has changed; its ETag is {etag}")

    async def change(self, body: bytes, work: Work, *, may_have_names: bool = True) -> Response:
        """Do writing work and answer when it is on the disk; with an `Idempotency-Key` it is done once."""
        reply = await self.store.write(self._once(body, work))
        return self.answer(
            reply.body.encode(),
            status=reply.status,
            etag=reply.etag,
            may_have_names=may_have_names and reply.status != 204,
        )

    def _once(self, body: bytes, work: Work) -> Work:
        key = self.request.headers.get("idempotency-key")
        if key is None:
            return work
        if not 0 < len(key) <= MAX_KEY or not (key.isascii() and key.isprintable()):
            message = f"Idempotency-Key has 1 to {MAX_KEY} printable characters of ASCII"
            raise Refusal("field_value_invalid", message, "Idempotency-Key")
        head = f"{self.request.method} {self.request.url.path}\n".encode("utf-8", "surrogatepass")
        request = sha256(head + body).hexdigest()

        def once(writer: Writer) -> Reply:
            return reply_once(writer, key, request, work)

        return once


def etag_of(updated_at: str) -> str:
    """The entity tag of a record: when it was changed last, which never repeats."""
    return f'"{updated_at}"'


Handler = Callable[[Call], Awaitable[Response]]
