"""JSON as the headless commands write it: printable ASCII, digits as they came."""

import json

from app.cli.output import put_part
from app.domain.json_text import dump_json
from app.domain.values import Json


def put_json(value: Json) -> None:
    """Write a JSON value to stdout, all of it ASCII: what is hidden in a value stays visible as an escape."""
    put_part(dump_ascii(value, indent=2) + "\n")


def dump_ascii(value: Json, *, indent: int | None = None) -> str:
    """JSON in printable ASCII; DEL too is escaped, which JSON itself does not ask for."""
    try:
        text = json.dumps(value, indent=indent, allow_nan=False)
    except TypeError:  # it holds a `Decimal`, for which the fast encoder has no digits
        text = dump_json(value, indent=indent, is_ascii=True)
    return text.replace("\x7f", "\\u007f")
