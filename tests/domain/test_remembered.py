"""Names and lists of saved queries, and the history without repetitions."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.remembered import (
    HistoryEntry,
    NotRemembered,
    SavedListing,
    SavedQuery,
    distinct,
    sort_queries,
    split_path,
)


def query(name: str, folder: str = "", **rest: object) -> SavedQuery:
    """A saved query."""
    return SavedQuery(name, "contact", "stage = new", folder, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("typed", "folder", "name"),
    [
        ("Hot leads", "", "Hot leads"),
        (" sales / emea / Hot leads ", "sales/emea", "Hot leads"),
        ("Zoe\u0308", "", "Zoë"),
        ("50% off: a*b?", "", "50% off: a*b?"),
        ("漢字/🙂", "漢字", "🙂"),
    ],
)
def test_a_path_is_folder_and_name(typed: str, folder: str, name: str) -> None:
    """In one form of Unicode, without blanks around the parts."""
    assert split_path(typed) == (folder, name)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "/a", "a/", "a//b", "..", "../a", "a/../b", "./a", "a\nb", "a\x1b[2J", "a\u202eb",
     "\udcff", "x" * 81, "a/b/c/d/e/f/g"],
)  # fmt: skip
def test_what_is_no_name_is_refused(typed: str) -> None:
    """Tricks with paths, hidden characters, endless names."""
    with pytest.raises(NotRemembered):
        split_path(typed)


def test_queries_are_found_with_their_folder_or_without() -> None:
    """The exact path comes first; else case does not count, and several may be meant."""
    top, low = query("Hot"), query("Hot", "sales")
    listing = SavedListing((top, low))
    assert listing.named("Hot") == (top,)
    assert listing.named("sales/Hot") == (low,)
    assert listing.named("hot") == (top, low)
    assert listing.named("SALES/hot") == (low,)
    assert listing.named("cold") == ()


def test_pinned_queries_keep_the_order_of_the_list() -> None:
    """Those without a folder stand first, then folder by folder, as people sort."""
    rows = [query("b", "Z"), query("a", "a"), query("B"), query("a", is_pinned=True),
            query("c", "a", is_pinned=True)]  # fmt: skip
    listing = SavedListing(sort_queries(rows))
    assert [row.path for row in listing.queries] == ["a", "B", "a/a", "a/c", "Z/b"]
    assert [row.path for row in listing.pinned] == ["a", "a/c"]


def test_a_question_that_was_asked_again_stands_once() -> None:
    """With the count of its latest answer; another workspace's is another one."""
    now = datetime(2026, 1, 5, tzinfo=UTC)
    newest_first = [
        HistoryEntry(now - timedelta(hours=index), "contact", text, index, workspace=workspace)
        for index, (text, workspace) in enumerate(
            [("a", "w"), ("b", "w"), ("a", "w"), ("a", "v"), ("b", "w")]
        )
    ]
    kept = [(row.text, row.workspace, row.row_count) for row in distinct(newest_first)]
    assert kept == [("a", "w", 0), ("b", "w", 1), ("a", "v", 3)]
