"""crmdeck: the terminal deck for CRM records."""

__version__ = "0.1.0"
"""The release, as in CHANGELOG.md and `crmdeck --version`."""
