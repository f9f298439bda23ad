"""The machine's time zone."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo

import pytest

from app.config.time_zone import local_zone

WINTER, SUMMER = (datetime(2026, month, 15, 12, tzinfo=UTC) for month in (1, 7))
BERLIN = next(file for folder in TZPATH if (file := Path(folder) / "Europe" / "Berlin").exists())


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        (":America/New_York", "America/New_York"),
        ("", "UTC"),
        (str(BERLIN), "Europe/Berlin"),
        (f":{BERLIN}", "Europe/Berlin"),
    ],
)
def test_the_variable_says_it(said: str, name: str, tmp_path: Path) -> None:
    """In each form that programs understand; the file is not asked then."""
    assert local_zone({"TZ": said}, tmp_path / "absent") == ZoneInfo(name)


def test_else_the_link_says_it(tmp_path: Path) -> None:
    """Its target has the zone's name."""
    (tmp_path / "localtime").symlink_to(BERLIN)
    assert local_zone({}, tmp_path / "localtime") == ZoneInfo("Europe/Berlin")


def test_a_copy_of_the_file_has_no_name_but_its_clocks(tmp_path: Path) -> None:
    """Some systems copy it."""
    (tmp_path / "localtime").write_bytes(BERLIN.read_bytes())
    zone = local_zone({}, tmp_path / "localtime")
    offsets = [moment.astimezone(zone).utcoffset() for moment in (WINTER, SUMMER)]
    assert offsets == [timedelta(hours=1), timedelta(hours=2)]


@pytest.mark.parametrize("said", ["CET-1CEST,M3.5.0,M10.5.0/3", "Nowhere/At_All", "../x", "/none"])
def test_what_cannot_be_read_is_todays_distance_from_utc(said: str, tmp_path: Path) -> None:
    """Better than a failure."""
    zone = local_zone({"TZ": said}, tmp_path / "absent")
    assert WINTER.astimezone(zone).utcoffset() == datetime.now().astimezone().utcoffset()
    (tmp_path / "localtime").write_bytes(b"no zone at all")
    assert local_zone({}, tmp_path / "localtime").utcoffset(SUMMER) is not None
