"""Where files are kept."""

from pathlib import Path

import pytest

from app.config.folders import VARIABLE, folders


def test_one_variable_moves_everything(tmp_path: Path) -> None:
    """Tests and portable set-ups need no other."""
    places = folders({VARIABLE: str(tmp_path)})
    assert (places.config, places.data, places.state) == (
        tmp_path / "config",
        tmp_path / "data",
        tmp_path / "state",
    )
    assert [*tmp_path.iterdir()] == []


def test_a_relative_home_is_taken_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And stays there when the working folder changes."""
    monkeypatch.chdir(tmp_path)
    assert folders({VARIABLE: "here"}).config == tmp_path / "here" / "config"


def test_the_platforms_folders_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each in its own place, under our name; an empty variable counts as none."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "d"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    monkeypatch.delenv(VARIABLE, raising=False)
    places = folders()
    assert places == folders({VARIABLE: ""})
    assert places.config == tmp_path / "c" / "crmdeck"
    assert places.data == tmp_path / "d" / "crmdeck"
    assert places.state == tmp_path / "s" / "crmdeck"
