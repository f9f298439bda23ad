"""Time zones by name, and the one this machine is in."""

import os
from collections.abc import Mapping
from datetime import datetime, tzinfo
from difflib import get_close_matches
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

LOCALTIME: Final = Path("/etc/localtime")
"""The machine's zone: a link into the database of zones, or a copy of a file of it."""


def named_zone(name: str) -> ZoneInfo:
    """The zone of a name such as `Europe/Berlin`.

    Raises:
        ValueError: if this machine knows none of that name; says what may have been meant.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = get_close_matches(name, sorted(available_timezones()), 1)
        hint = f"; did you mean {near[0]}?" if near else '; write a name such as "Europe/Berlin"'
        raise ValueError(f"is no time zone this machine knows{hint}") from None


def local_zone(environ: Mapping[str, str] | None = None, localtime: Path = LOCALTIME) -> tzinfo:
    """The machine's zone with its changes of clocks: that of `TZ`, else that of `/etc/localtime`.

    Where neither can be read it is today's distance from UTC, the same all year.
    """
    said = (os.environ if environ is None else environ).get("TZ")
    if said is None:
        zone = _zone_of_file(localtime)
    else:
        name = said.removeprefix(":") or "UTC"
        zone = _zone_of_file(Path(name)) if name.startswith("/") else _known_zone(name)
    return zone or datetime.now().astimezone().tzinfo or ZoneInfo("UTC")


def _known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _zone_of_file(file: Path) -> ZoneInfo | None:
    """By its name in the database where the file is a link into it; `None` if it is no file of a zone."""
    _, is_there, name = str(file.resolve()).rpartition("/zoneinfo/")
    if is_there and (zone := _known_zone(name)) is not None:
        return zone
    try:
        with file.open("rb") as stream:
            return ZoneInfo.from_file(stream, key="local")
    except (ValueError, OSError):
        return None
