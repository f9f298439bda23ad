"""How tabs were left: per workspace, whole after a crash, shared by processes."""

import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.domain.remembered import NotRemembered, Recalled, ViewKey, ViewState
from app.state.view_memory import MAX_VIEWS, ViewFile

CONTACT, HOT = ViewKey("contact"), ViewKey("contact", "sales/Hot")
LEFT = ViewState('name = "Zoë" order by name', ("name", "stage"), {"name": 30}, ("name",), "id-7")


@pytest.fixture
def views(tmp_path: Path) -> ViewFile:
    """Nothing noted yet."""
    return ViewFile(tmp_path / "state", "profile acme")


def test_tabs_come_back_as_they_were_left(views: ViewFile) -> None:
    """A record type's own tab and a saved query's are two; from a file of the owner's alone."""
    assert views.recall() == Recalled()
    assert not views.folder.exists()
    assert views.note({CONTACT: LEFT}) == ""
    assert views.note({HOT: ViewState()}) == ""
    assert views.recall() == Recalled({CONTACT: LEFT, HOT: ViewState()})
    assert views.file.stat().st_mode & 0o777 == 0o600


def test_a_tab_can_be_forgotten(views: ViewFile) -> None:
    """The others stay."""
    views.note({CONTACT: LEFT, HOT: LEFT})
    views.note({HOT: None, ViewKey("account"): None})
    assert views.recall() == Recalled({CONTACT: LEFT})


def test_each_workspace_has_a_file_of_its_own(views: ViewFile) -> None:
    """Its name begins with what people call it; equal beginnings are told apart."""
    views.note({CONTACT: LEFT})
    others = [
        ViewFile(views.folder, name) for name in ("profile acm\u00e9", "/a/acme", "profile/acme")
    ]
    assert len({other.file for other in (views, *others)}) == 4
    assert all(other.recall() == Recalled() for other in others)
    assert views.file.name.startswith("profile-acme-")


BROKEN = [
    b"",
    b"nonsense",
    b"[]",
    b'{"version": 1}',
    b'{"version": 1, "views": [1]}',
    b'{"version": 1, "views": [{"type": "contact"}]}',
    b'{"version": 1, "views": [{"type": "a", "saved": null, "text": "", "columns": [1],'
    b' "widths": {}, "pinned": [], "cursor": null}]}',
    b'{"version": 1, "views": [{"type": "a", "saved": null, "text": "", "columns": [],'
    b' "widths": {"a": "b"}, "pinned": [], "cursor": null}]}',
    b"\xff",
    b"[" * 5000,
]


@pytest.mark.parametrize("data", BROKEN)
@pytest.mark.parametrize("is_noted_first", [True, False])
def test_a_broken_file_is_set_aside(views: ViewFile, data: bytes, is_noted_first: bool) -> None:
    """And told of once; tabs begin anew, and what was in it can be looked at."""
    views.note({HOT: LEFT})
    views.file.write_bytes(data)
    warning = views.note({CONTACT: LEFT}) if is_noted_first else views.recall().warning
    aside = views.file.with_name(views.file.name + ".broken")
    assert warning.startswith("Tabs begin anew")
    assert warning.endswith(f"; see {aside}")
    assert aside.read_bytes() == data
    views.note({CONTACT: LEFT})
    assert views.recall() == Recalled({CONTACT: LEFT})


def test_a_file_of_a_newer_version_is_left_alone(views: ViewFile) -> None:
    """It is not ours to lose."""
    views.note({CONTACT: LEFT})
    newer = b'{"version": 2, "views": "something new"}'
    views.file.write_bytes(newer)
    for act in (views.recall, lambda: views.note({CONTACT: LEFT})):
        with pytest.raises(NotRemembered, match="newer crmdeck"):
            act()
    assert views.file.read_bytes() == newer


def test_tabs_noted_longest_ago_make_room(views: ViewFile) -> None:
    """The file does not grow for ever."""
    views.note({CONTACT: LEFT})
    views.note({ViewKey("contact", f"q{number}"): ViewState() for number in range(MAX_VIEWS - 1)})
    views.note({CONTACT: LEFT, HOT: LEFT})
    kept = views.recall().views
    assert len(kept) == MAX_VIEWS
    assert CONTACT in kept
    assert HOT in kept
    assert ViewKey("contact", "q0") not in kept


def test_two_decks_on_one_workspace_keep_both_notes(views: ViewFile) -> None:
    """Each notes its own tabs only."""
    barrier = threading.Barrier(4)

    def note(number: int) -> None:
        barrier.wait()
        for index in range(10):
            views.note({ViewKey(f"type{number}", f"{index}"): LEFT})

    threads = [threading.Thread(target=note, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(views.recall().views) == 40


def test_a_link_in_the_place_of_the_file_is_not_followed(views: ViewFile, tmp_path: Path) -> None:
    """It is set aside as any other nonsense; what it points to stays."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"untouched")
    views.note({CONTACT: LEFT})
    views.file.unlink()
    views.file.symlink_to(victim)
    assert "is a link" in views.note({CONTACT: LEFT})
    assert victim.read_bytes() == b"untouched"
    assert not views.file.is_symlink()


words = st.text(max_size=9)
states = st.builds(
    ViewState,
    words,
    st.lists(words, max_size=3).map(tuple),
    st.dictionaries(words, st.integers(1, 999), max_size=3),
    st.lists(words, max_size=2).map(tuple),
    st.none() | words,
)
keys = st.builds(ViewKey, words, st.none() | words)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)
@given(noted=st.dictionaries(keys, states, max_size=4))
def test_any_state_comes_back(
    tmp_path_factory: pytest.TempPathFactory, noted: dict[ViewKey, ViewState]
) -> None:
    """Half characters too: a tab is not lost for what somebody pasted."""
    views = ViewFile(tmp_path_factory.mktemp("home"), "w")
    views.note(noted)
    assert views.recall() == Recalled(noted)
