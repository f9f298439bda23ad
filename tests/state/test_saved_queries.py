"""Saved queries as files: to be edited by hand, never lost, never followed out of their folder."""

import errno
import os
import subprocess
import sys
import threading
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.remembered import NotRemembered, QueryExists, SavedListing, SavedQuery
from app.state.saved_queries import MAX_FILE_BYTES, SavedQueryFiles

HOT = SavedQuery(
    "Hot leads",
    "contact",
    'stage = working and (title contains "VP" or not accounts.display_name = "Acme")',
    "sales/emea",
    ("display_name", "accounts.display_name"),
    {"display_name": 30},
    True,
    "Ask on Mondays",
    ("display_name",),
)


@pytest.fixture
def files(tmp_path: Path) -> SavedQueryFiles:
    """An empty home; the folder is not there yet."""
    return SavedQueryFiles(tmp_path / "config" / "queries")


def write(files: SavedQueryFiles, name: str, text: str | bytes) -> Path:
    """A file made by hand."""
    file = files.folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def only(files: SavedQueryFiles) -> SavedQuery:
    """The one query there is."""
    [query] = files.all().queries
    return query


def test_an_empty_home_has_no_queries_and_gets_no_folder(files: SavedQueryFiles) -> None:
    """Looking makes nothing."""
    assert files.all() == SavedListing()
    assert not files.folder.exists()


def test_a_saved_query_comes_back_whole(files: SavedQueryFiles) -> None:
    """From a file of the owner's alone, in folders of the query's own."""
    files.save(HOT)
    assert only(files) == HOT
    file = files.folder / "sales" / "emea" / "Hot leads.toml"
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_the_file_can_be_read_by_people(files: SavedQueryFiles) -> None:
    """Known words, and quotes that need no escapes."""
    files.save(HOT)
    text = (files.folder / "sales" / "emea" / "Hot leads.toml").read_text()
    assert f"text = '{HOT.text}'" in text
    assert tomllib.loads(text)["pinned"] is True
    files.save(SavedQuery("All", "account", ""))
    assert (files.folder / "All.toml").read_text() == 'type = "account"\ntext = ""\n'


texts = st.text(st.characters(codec="utf-8"), max_size=40)
names = st.text(
    st.characters(categories=("L", "N", "P", "S", "Zs")) | st.sampled_from("%./\\:*?\"<>|' 🙂é"),
    min_size=1,
    max_size=30,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(name=names, text=texts, note=texts, columns=st.lists(texts, max_size=3))
def test_any_name_and_text_come_back(
    tmp_path_factory: pytest.TempPathFactory, name: str, text: str, note: str, columns: list[str]
) -> None:
    """Or the name is refused before anything is made; no name leads out of the folder."""
    folder = tmp_path_factory.mktemp("home")
    files = SavedQueryFiles(folder / "queries")
    query = SavedQuery(name, "contact", text, columns=tuple(columns), note=note)
    try:
        files.save(query)
    except NotRemembered:
        assert not [*folder.rglob("*.toml")]
        return
    kept = only(files)
    assert (kept.text, kept.note, kept.columns) == (text, note, tuple(columns))
    assert files.all().by_path(kept.path) == kept
    assert [*folder.iterdir()] == [files.folder]
    files.delete(kept)
    assert files.all().queries == ()


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("50%", "50%25.toml"),
        (".hidden", "%2Ehidden.toml"),
        ("a*b?", "a*b?.toml"),
        ("漢字 🙂", "漢字 🙂.toml"),
        ("lpt1.", "lpt1..toml"),
        ("a.toml", "a.toml.toml"),
    ],
)
def test_odd_names_have_files_of_their_own(files: SavedQueryFiles, name: str, file: str) -> None:
    """Which give the name back."""
    files.save(SavedQuery(name, "contact", ""))
    assert [path.name for path in files.folder.glob("*.toml")] in ([file], [])
    assert (files.folder / file).exists()
    assert only(files).name == name


def test_a_name_may_be_too_long_for_a_file(files: SavedQueryFiles) -> None:
    """In letters of four bytes each; nothing is made."""
    with pytest.raises(NotRemembered, match="too long"):
        files.save(SavedQuery("🙂" * 80, "contact", ""))
    assert not files.folder.exists()


@pytest.mark.parametrize("path", ["../evil", "/etc/evil", "a/../../evil", "..", "a//b", "x\0y"])
def test_tricks_with_paths_are_refused(files: SavedQueryFiles, path: str) -> None:
    """In names and in folders, for saving, renaming and deleting."""
    folder, _, name = path.rpartition("/")
    query = SavedQuery(name, "contact", "", folder or "")
    if path == "/etc/evil":
        query = SavedQuery(path, "contact", "")
    files.save(HOT)
    before = sorted(files.folder.parent.rglob("*"))
    for act in (
        lambda: files.save(query),
        lambda: files.delete(query),
        lambda: files.rename(HOT, path),
    ):
        with pytest.raises(NotRemembered):
            act()
    assert sorted(files.folder.parent.rglob("*")) == before


def test_a_link_is_told_of_and_not_followed(files: SavedQueryFiles, tmp_path: Path) -> None:
    """Neither a file nor a folder; what it points to stays as it was."""
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    (outside / "secret.toml").write_text('type = "contact"\ntext = "a"\n')
    files.folder.mkdir(parents=True, mode=0o700)
    (files.folder / "linked.toml").symlink_to(outside / "secret.toml")
    (files.folder / "folder").symlink_to(outside)
    listing = files.all()
    assert listing.queries == ()
    assert [Path(row.file).name for row in listing.broken] == ["folder", "linked.toml"]
    assert all("is a link" in row.reason for row in listing.broken)
    for query in (
        SavedQuery("linked", "contact", "b"),
        SavedQuery("new", "contact", "b", "folder"),
    ):
        with pytest.raises(NotRemembered, match="link"):
            files.save(query)
    assert [*outside.iterdir()] == [outside / "secret.toml"]
    assert "b" not in (outside / "secret.toml").read_text().split()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('type = "contact"\ntext = "a\n', 2, "Illegal character"),
        ("", None, "type is missing"),
        ('text = "a"', None, "type is missing"),
        ('type = ""', 1, "type is missing"),
        ('type = 3\ntext = ""', 1, "type must be a text"),
        ('type = "contact"\n\ntext = ["a"]', 3, "text must be a text"),
        ('type = "contact"\npinned = "yes"', 2, "pinned must be true or false"),
        ('type = "contact"\ncolumns = "a"', 2, "columns must be a list"),
        ('type = "contact"\ncolumns = [1]', 2, "columns must be a list"),
        ('type = "contact"\npinned_columns = 1', 2, "pinned_columns must be a list"),
        ('type = "contact"\n[widths]\na = "wide"', 2, "widths must hold numbers"),
        ('type = "contact"\nwidths.a = 0', 2, "widths must hold numbers"),
        ('type = "contact"\nwidths = 3', 2, "widths must be a table"),
        (b'type = "contact"\n\xff', 2, "not UTF-8"),
        (b"\0" * 50, 1, "Invalid statement"),
        ("a = " + "[" * 5000, None, "nested too deeply"),
        (b"#" * (MAX_FILE_BYTES + 1), None, "larger than"),
    ],
)  # fmt: skip
def test_nonsense_is_told_with_its_line_and_left_alone(
    files: SavedQueryFiles, text: str | bytes, line: int | None, reason: str
) -> None:
    """The others are there as ever; saving, renaming and deleting do not touch it."""
    files.save(HOT)
    file = write(files, "broken.toml", text)
    before = file.read_bytes()
    listing = files.all()
    assert listing.queries == (HOT,)
    [broken] = listing.broken
    assert (broken.file, broken.line) == (str(file), line)
    assert reason in broken.reason
    query = SavedQuery("broken", "contact", "")
    for act in (
        lambda: files.save(query),
        lambda: files.save(query, over=query),
        lambda: files.delete(query),
        lambda: files.rename(HOT, "broken"),
    ):
        with pytest.raises(NotRemembered, match="left as it is"):
            act()
    assert file.read_bytes() == before
    assert only(files) == HOT


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    data=st.binary(max_size=60)
    | st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace"))
)
def test_no_bytes_stop_the_list(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """Whatever stands in a file, it is a query or it is told of."""
    files = SavedQueryFiles(tmp_path_factory.mktemp("home"))
    write(files, "x.toml", data)
    listing = files.all()
    assert len(listing.queries) + len(listing.broken) == 1


def test_files_under_odd_names_are_told_of(files: SavedQueryFiles) -> None:
    """Those that crmdeck would write in another way, and those that are no text."""
    good = 'type = "contact"'
    write(files, "a%41.toml", good)
    write(files, " blank.toml", good)
    write(files, os.fsdecode(b"\xff.toml"), good)
    write(files, "notes.txt", good)
    write(files, ".hidden.toml", good)
    write(files, "a/b/c/d/e/f/deep.toml", good)
    listing = files.all()
    assert listing.queries == ()
    assert sorted(row.reason.split(":")[0].split(" folders")[0] for row in listing.broken) == [
        "its name is written in another way than crmdeck's",
        "its name is written in another way than crmdeck's",
        "its name stands for no saved query",
        "stands more than 5",
    ]


def test_another_question_under_the_name_is_not_written_over(files: SavedQueryFiles) -> None:
    """Unless the caller names the one it saw; one that was edited meanwhile is safe even then."""
    files.save(HOT)
    other = replace(HOT, text="stage = lost")
    with pytest.raises(QueryExists, match="Hot leads already") as caught:
        files.save(other)
    assert caught.value.existing == HOT
    assert only(files) == HOT
    files.save(other, over=HOT)
    assert only(files) == other
    with pytest.raises(QueryExists):
        files.save(replace(HOT, text="stage = new"), over=HOT)
    assert only(files) == other


def test_the_same_question_is_laid_out_anew(files: SavedQueryFiles) -> None:
    """Columns, widths, pin and note may change."""
    files.save(HOT)
    plain = replace(HOT, columns=(), widths={}, pinned_columns=(), is_pinned=False, note="")
    files.save(plain)
    assert only(files) == plain
    files.save(HOT)
    assert only(files) == HOT


def test_comments_and_unknown_keys_stay(files: SavedQueryFiles) -> None:
    """Of a file edited by hand only what changed is written anew."""
    text = (
        '# asked every Monday\ntype = "contact"   # people\ntext = """\nstage = new\n"""\n'
        'color = "red"\n\n[alarm]\nat = 09:00:00\n'
    )
    file = write(files, "Mine.toml", text)
    query = only(files)
    files.save(replace(query, is_pinned=True, columns=("name",)), over=query)
    kept = file.read_text()
    for line in text.splitlines():
        assert line in kept
    assert tomllib.loads(kept)["alarm"] == tomllib.loads(text)["alarm"]
    assert only(files) == replace(query, is_pinned=True, columns=("name",))
    files.save(query, over=only(files))
    assert file.read_text() == text


def test_renaming_takes_everything_along(files: SavedQueryFiles) -> None:
    """Also what crmdeck does not know; a taken name is refused."""
    write(files, "Mine.toml", 'type = "contact"  # people\ncolor = "red"\n')
    query = only(files)
    renamed = files.rename(query, "team/Ours")
    assert renamed == replace(query, folder="team", name="Ours") == only(files)
    assert "# people" in (files.folder / "team" / "Ours.toml").read_text()
    files.save(HOT)
    with pytest.raises(QueryExists):
        files.rename(renamed, HOT.path)
    assert len(files.all().queries) == 2
    assert files.rename(renamed, "team/Ours") == renamed


def test_what_changed_meanwhile_is_neither_renamed_nor_deleted(files: SavedQueryFiles) -> None:
    """Somebody else's edit is not lost by an old picture of it."""
    files.save(HOT)
    seen = only(files)
    files.save(replace(HOT, text="id exists"), over=HOT)
    for act in (lambda: files.delete(seen), lambda: files.rename(seen, "x")):
        with pytest.raises(QueryExists):
            act()
    files.delete(only(files))
    with pytest.raises(NotRemembered, match="any more"):
        files.delete(seen)


def test_half_characters_are_refused(files: SavedQueryFiles) -> None:
    """No file takes them; the old file stays."""
    files.save(HOT)
    with pytest.raises(NotRemembered, match="cannot be saved"):
        files.save(replace(HOT, note="\ud800"), over=HOT)
    assert only(files) == HOT


def test_a_full_disk_leaves_the_old_query(
    files: SavedQueryFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, nothing lies about, and the next save works again."""
    files.save(HOT)

    def no_room(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", no_room)
    other = replace(HOT, text="stage = lost")
    for query, over in ((other, HOT), (SavedQuery("New", "contact", ""), None)):
        with pytest.raises(NotRemembered, match="No space left"):
            files.save(query, over=over)
    monkeypatch.undo()
    assert only(files) == HOT
    left = [path.name for path in files.folder.rglob("*") if path.is_file()]
    assert sorted(left) == [".lock", "Hot leads.toml"]
    files.save(other, over=HOT)
    assert only(files) == other


def test_a_folder_open_to_others_is_refused(files: SavedQueryFiles) -> None:
    """They could put links where our files will be."""
    files.folder.mkdir(parents=True)
    files.folder.chmod(0o777)
    with pytest.raises(NotRemembered, match="chmod 700"):
        files.save(HOT)


def test_a_pipe_among_the_files_stops_nothing(files: SavedQueryFiles) -> None:
    """Reading it would wait for ever."""
    files.save(HOT)
    os.mkfifo(files.folder / "pipe.toml")
    listing = files.all()
    assert listing.queries == (HOT,)
    assert "no ordinary file" in listing.broken[0].reason


def test_eight_savers_of_one_name_agree(files: SavedQueryFiles) -> None:
    """One of them has saved; the others are told who."""
    barrier = threading.Barrier(8)
    saved: list[str] = []
    refused: list[str] = []

    def save(number: int) -> None:
        barrier.wait()
        try:
            files.save(SavedQuery("one", "contact", f"n = {number}"))
            saved.append(f"n = {number}")
        except QueryExists as error:
            refused.append(error.existing.text)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(saved) == 1
    assert refused == saved * 7
    assert only(files).text == saved[0]


KILLED = """
import sys
from pathlib import Path
from app.domain.remembered import SavedQuery
from app.state.saved_queries import SavedQueryFiles
files = SavedQueryFiles(Path(sys.argv[1]))
query = None
print("ready", flush=True)
for number in range(100_000):
    new = SavedQuery("one", "contact", f"n = {number} " + "x" * 20_000)
    files.save(new, over=query)
    query = new
    print(number, flush=True)
"""


def test_a_killed_saver_leaves_a_whole_query(files: SavedQueryFiles) -> None:
    """The one it had told of, or the next; after each of ten kills."""
    for _ in range(10):
        for query in files.all().queries:
            files.delete(query)
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, files.folder], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            told = [process.stdout.readline() for _ in range(4)]
            process.kill()
            told += process.stdout.readlines()
        last = int(told[-1])
        listing = files.all()
        assert listing.broken == ()
        [query] = listing.queries
        assert query.text in [f"n = {number} " + "x" * 20_000 for number in (last, last + 1)]
