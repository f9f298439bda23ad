"""Where crmdeck keeps its files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

VARIABLE: Final = "CRMDECK_HOME"
"""Moves all folders under one; tests and portable set-ups use it."""


@dataclass(frozen=True, slots=True)
class Folders:
    """The three folders; none of them needs to exist yet."""

    config: Path
    """Settings: `config.toml`."""
    data: Path
    """Workspaces."""
    state: Path
    """Journal, history, logs, the key of `crmdeck serve`."""


def folders(environ: Mapping[str, str] | None = None) -> Folders:
    """The folders of this user: the platform's own, or those under `CRMDECK_HOME`."""
    home = (os.environ if environ is None else environ).get(VARIABLE)
    if home:
        base = Path(home).expanduser().absolute()
        return Folders(base / "config", base / "data", base / "state")
    from platformdirs import PlatformDirs

    places = PlatformDirs("crmdeck", appauthor=False)
    return Folders(places.user_config_path, places.user_data_path, places.user_state_path)
