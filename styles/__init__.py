"""Stylesheets, one per widget or screen, and the themes."""

from pathlib import Path, PurePath


def stylesheets() -> list[str | PurePath]:
    """Every sheet of this folder, in a fixed order."""
    return [*sorted(Path(__file__).parent.glob("*.tcss"))]
