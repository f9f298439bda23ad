"""JSON as the headless commands write it: printable ASCII, digits as they came."""

from app.cli.output import put_part
from app.domain.json_text import dump_ascii
from app.domain.values import Json


def put_json(value: Json) -> None:
    """Write a JSON value to stdout, all of it ASCII: what is hidden in a value stays visible as an escape."""
    put_part(dump_ascii(value, indent=2) + "\n")


def put_json_line(value: Json) -> None:
    """Write a JSON value to stdout as one line of ASCII."""
    put_part(dump_ascii(value) + "\n")
