"""`crmdeck saved`: what is saved, and what could not be read."""

import json
from pathlib import Path

import pytest

from app.domain.remembered import SavedQuery
from app.state.saved_queries import FOLDER_NAME, SavedQueryFiles
from tests.cli.conftest import Run

HOT = SavedQuery(
    "Hot",
    "contact",
    'title contains "VP"\norder by title',
    "sales",
    ("title",),
    {},
    True,
    "Mondays",
)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SavedQueryFiles:
    """The saved queries of a home of our own."""
    monkeypatch.setenv("CRMDECK_HOME", str(tmp_path))
    return SavedQueryFiles(tmp_path / "config" / FOLDER_NAME)


def test_saved_queries_as_a_table(crmdeck: Run, files: SavedQueryFiles) -> None:
    """A line each, the question on it."""
    files.save(SavedQuery("All", "account", ""))
    files.save(HOT)
    lines = [line.split() for line in crmdeck("saved").out.splitlines()]
    assert lines == [
        ["NAME", "TYPE", "PINNED", "QUERY", "NOTE"],
        ["All", "account", "all", "records"],
        ["sales/Hot", "contact", "yes", "title", "contains", '"VP"', "order", "by", "title", "Mondays"],
    ]  # fmt: skip


def test_saved_queries_as_json(crmdeck: Run, files: SavedQueryFiles) -> None:
    """Everything a script needs."""
    files.save(HOT)
    assert json.loads(crmdeck("saved", "--format", "json").out) == [
        {
            "name": "sales/Hot",
            "record_type": "contact",
            "text": HOT.text,
            "columns": ["title"],
            "pinned": True,
            "note": "Mondays",
        }
    ]


def test_none_saved_is_an_empty_list(crmdeck: Run, files: SavedQueryFiles) -> None:
    """Nothing is made by looking."""
    assert crmdeck("saved", "--format", "json").out == "[]\n"
    assert not files.folder.exists()


def test_a_broken_file_is_told_with_its_line(crmdeck: Run, files: SavedQueryFiles) -> None:
    """The others are listed; the status says that it is not all."""
    files.save(HOT)
    file = files.folder / "broken.toml"
    file.write_text('type = "contact"\ntext = 3\n')
    answer = crmdeck("saved")
    assert answer.status == 3
    assert "sales/Hot" in answer.out
    assert f"{file}, line 2: text must be a text in quotes" in answer.err


def test_a_folder_that_cannot_be_read_is_a_failure(crmdeck: Run, files: SavedQueryFiles) -> None:
    """No traceback."""
    files.folder.parent.mkdir()
    files.folder.write_text("")
    answer = crmdeck("saved")
    assert (answer.status, answer.out) == (1, "")
    assert str(files.folder) in answer.err


def test_hostile_files_are_shown_harmless(crmdeck: Run, files: SavedQueryFiles) -> None:
    """A query may have come from a stranger."""
    files.save(SavedQuery("a", "con\x1btact", "\x1b[2J", note="\u202e"))
    answer = crmdeck("saved")
    assert "\x1b" not in answer.out
    assert "\u202e" not in answer.out
