"""The key of `crmdeck serve`: given, or made once and kept."""

import threading
from pathlib import Path

import pytest

from app.domain.errors import ConfigError
from app.state.serve_key import VARIABLE, serve_key


def test_the_variable_comes_first(tmp_path: Path) -> None:
    """And no file is made."""
    got = serve_key(tmp_path, {VARIABLE: "given-key\n"})
    assert (got.key.reveal(), got.file) == ("given-key", None)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("text", ["", " ", "two words", "clé"])
def test_a_variable_that_holds_no_key_is_refused(tmp_path: Path, text: str) -> None:
    """An empty variable is a mistake, not a wish for another key."""
    with pytest.raises(ConfigError, match=VARIABLE):
        serve_key(tmp_path, {VARIABLE: text})


def test_a_key_is_made_once_and_kept(tmp_path: Path) -> None:
    """In a file of the owner's, long enough not to be guessed."""
    state = tmp_path / "state"
    first = serve_key(state, {})
    assert first.file == state / "serve.key"
    assert first.file.stat().st_mode & 0o777 == 0o600
    assert len(first.key.reveal()) >= 43
    assert serve_key(state, {}) == first
    assert serve_key(tmp_path / "other", {}).key != first.key
    assert first.key.reveal() not in repr(first)


def test_a_kept_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """It is no secret any more."""
    file = serve_key(tmp_path, {}).file
    assert file is not None
    file.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        serve_key(tmp_path, {})


def test_an_empty_key_file_is_refused(tmp_path: Path) -> None:
    """Not taken for a key, not overwritten."""
    file = serve_key(tmp_path, {}).file
    assert file is not None
    file.write_bytes(b"\n")
    with pytest.raises(ConfigError, match=r"serve\.key is empty"):
        serve_key(tmp_path, {})
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="characters that no API key has"):
        serve_key(tmp_path, {})


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    """No traceback."""
    (tmp_path / "state").write_bytes(b"")
    with pytest.raises(ConfigError, match="state"):
        serve_key(tmp_path / "state", {})


def test_two_first_starts_agree_on_one_key(tmp_path: Path) -> None:
    """Whoever comes second takes the first one's."""
    keys: list[str] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        keys.append(serve_key(tmp_path, {}).key.reveal())

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
