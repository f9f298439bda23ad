"""Stylesheets, one per widget or screen, and the themes."""

from pathlib import Path


def stylesheets() -> list[str | Path]:
    """Every sheet of this folder, in a fixed order."""
    return [*sorted(Path(__file__).parent.glob("*.tcss"))]
