"""Reads the transcribed samples."""

from pathlib import Path
from typing import Final

from app.domain.json_text import parse_json
from app.domain.values import Json

FOLDER: Final = Path(__file__).parents[1] / "samples" / "public_v2"


def sample(name: str) -> Json:
    """The document in one sample file."""
    return parse_json((FOLDER / f"{name}.json").read_bytes())


def object_in(name: str) -> dict[str, Json]:
    """The same, as an object."""
    document = sample(name)
    assert isinstance(document, dict)
    return document
