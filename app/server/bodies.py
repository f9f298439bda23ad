"""Request bodies: read whole within a limit, then strictly as JSON."""

from typing import Final

from starlette.requests import Request

from app.domain.json_text import parse_json
from app.domain.values import Json
from app.server.refusals import Refusal

MAX_BYTES: Final = 1_048_576
"""Source: contract 7, no. 55."""


async def read_bytes(request: Request) -> bytes:
    """The body. Raises `Refusal` for more than `MAX_BYTES`, without reading it all."""
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:12]) > MAX_BYTES:
        raise _too_large()
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BYTES:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large() -> Refusal:
    return Refusal("body_too_large", f"the body is larger than {MAX_BYTES:,} bytes")


def parse_object(body: bytes, known: frozenset[str]) -> dict[str, Json]:
    """A JSON object with no keys but the known ones. Raises `Refusal`."""
    try:
        value = parse_json(body)
    except ValueError as error:
        raise Refusal("invalid_json", f"the body is not JSON: {error}") from None
    if b"\\u" in body and not _is_storable(value):
        raise Refusal(
            "invalid_json", "the body holds a character that is no text: NUL or half a pair"
        )
    if not isinstance(value, dict):
        raise Refusal("invalid_json", "the body must be a JSON object")
    unknown = sorted(set(value) - known)
    if unknown:
        raise Refusal(
            "unknown_field", f"the body has an unknown key: {unknown[0][:80]}", unknown[0][:80]
        )
    return value


def _is_storable(value: Json) -> bool:
    """Whether all text in it can be stored; escapes can say NUL and lone surrogates."""
    match value:
        case str():
            return "\x00" not in value and not any(
                "\ud800" <= letter <= "\udfff" for letter in value
            )
        case list():
            return all(_is_storable(item) for item in value)
        case dict():
            return all(_is_storable(key) and _is_storable(item) for key, item in value.items())
        case _:
            return True
