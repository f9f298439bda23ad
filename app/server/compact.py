"""JSON without spaces, as the server answers it."""

import json

from app.domain.values import Json


def compact(value: Json) -> str:
    """A value as JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
