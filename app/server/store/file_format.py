"""What marks a SQLite file as a workspace."""

from typing import Final

APPLICATION_ID: Final = 0x63726D64
"""`crmd`: marks a SQLite file as a workspace."""

FILE_VERSION: Final = 1
"""The layout this program reads and writes."""

SECRET: Final = "cursor_secret"  # noqa: S105 - the name of a row, not a secret
"""The row of `crm_meta` with the key that signs cursors."""

CLEAN: Final = "is_clean"
"""The row of `crm_meta` that says whether the last program that wrote ended properly: `1` or `0`."""
