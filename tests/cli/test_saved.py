"""`crmdeck saved`: what is saved, and what could not be read."""

import json
from dataclasses import replace
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


WORKING = SavedQuery("Working", "contact", "stage = working order by -last_name", "sales")


def test_a_saved_query_is_asked_by_its_name(crmdeck: Run, files: SavedQueryFiles) -> None:
    """With its folder or without; as if its text had been typed."""
    files.save(WORKING)
    typed = crmdeck("query", "contact", WORKING.text, "--format", "jsonl")
    assert typed.out
    for name in ("Working", "working", "sales/Working"):
        assert crmdeck("query", "--saved", name, "--format", "jsonl") == typed


def test_a_saved_query_without_text_lists_all(crmdeck: Run, files: SavedQueryFiles) -> None:
    """As the type alone does."""
    files.save(SavedQuery("All", "account", ""))
    assert crmdeck("query", "--saved", "All").out == crmdeck("query", "account").out


def test_saved_columns_are_written_unless_others_are_named(
    crmdeck: Run, files: SavedQueryFiles
) -> None:
    """One that the schema has lost is left out, and told."""
    files.save(replace(WORKING, columns=("title", "lost.path", "stage")))
    answer = crmdeck("query", "--saved", "Working", "--format", "csv")
    assert answer.status == 0
    assert answer.out.startswith('"title","stage"\n')
    assert "contact has no attribute lost.path: left out." in answer.err
    answer = crmdeck("query", "--saved", "Working", "--format", "csv", "--columns", "last_name")
    assert answer.out.startswith('"last_name"\n')
    assert "lost" not in answer.err


def test_when_all_saved_columns_are_lost_a_fitting_choice_is_written(
    crmdeck: Run, files: SavedQueryFiles
) -> None:
    """The answer is worth more than its layout."""
    files.save(replace(WORKING, columns=("gone",)))
    kept = crmdeck("query", "contact", WORKING.text, "--format", "csv").out
    assert crmdeck("query", "--saved", "Working", "--format", "csv").out == kept


def test_a_wrong_name_is_told_with_what_was_meant(crmdeck: Run, files: SavedQueryFiles) -> None:
    """Usage, status 2; nothing is asked."""
    files.save(WORKING)
    answer = crmdeck("query", "--saved", "wroking")
    assert (answer.status, answer.out) == (2, "")
    assert "There is no saved query wroking.\nDid you mean sales/Working?" in answer.err
    assert "crmdeck saved lists them all." in crmdeck("query", "--saved", "xyz").err


def test_an_ambiguous_name_is_told_with_all_it_may_mean(
    crmdeck: Run, files: SavedQueryFiles
) -> None:
    """The one without a folder is meant by its bare name."""
    files.save(WORKING)
    files.save(replace(WORKING, folder="team"))
    answer = crmdeck("query", "--saved", "Working")
    assert answer.status == 2
    assert "Working may be any of: sales/Working, team/Working." in answer.err
    files.save(replace(WORKING, folder=""))
    assert crmdeck("query", "--saved", "Working").status == 0


def test_a_broken_file_of_that_name_is_told(crmdeck: Run, files: SavedQueryFiles) -> None:
    """With its line: that is why the name is not there."""
    files.save(WORKING)
    file = files.folder / "Hot.toml"
    file.write_text("type = contact\n")
    answer = crmdeck("query", "--saved", "hot")
    assert answer.status == 2
    assert f"{file}, line 1:" in answer.err


def test_a_saved_text_that_is_none_is_told_with_its_place(
    crmdeck: Run, files: SavedQueryFiles
) -> None:
    """As if it had been typed."""
    files.save(replace(WORKING, text='title = "VP'))
    answer = crmdeck("query", "--saved", "Working")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err == crmdeck("query", "contact", 'title = "VP').err


@pytest.mark.parametrize(
    "words", [["contact", "--saved", "a"], ["--saved", "a", "--filters", "[]"], []]
)
def test_a_saved_query_stands_alone(crmdeck: Run, files: SavedQueryFiles, words: list[str]) -> None:
    """A type beside it, or neither of them, is wrong usage."""
    answer = crmdeck("query", *words)
    assert answer.status == 2
    assert "TYPE" in answer.err
