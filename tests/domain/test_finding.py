"""Finding by a few letters."""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.finding import fitness

NAMES = ["Hot leads", "sales/emea/Hot accounts", "Renewals at risk", "VP titles", "snapshot"]


def found(typed: str) -> list[str]:
    """The names that fit, best first."""
    fitting = [name for name in NAMES if fitness(typed, name)]
    return sorted(fitting, key=lambda name: -fitness(typed, name))


def test_without_letters_everything_fits_alike() -> None:
    """The list keeps its order."""
    assert found("") == found("  ") == NAMES


def test_the_beginning_of_a_word_comes_first() -> None:
    """Then the middle of one, then scattered letters."""
    assert found("hot") == ["Hot leads", "sales/emea/Hot accounts", "snapshot"]
    assert found("rsk") == ["Renewals at risk"]
    assert found("hld") == ["Hot leads"]
    assert found("xyz") == []


def test_every_word_must_be_found() -> None:
    """In any order, each anywhere."""
    assert found("emea hot") == ["sales/emea/Hot accounts"]
    assert found("hot xyz") == []
    assert found("HOT LEADS") == ["Hot leads"]


def test_the_exact_name_wins() -> None:
    """Also over a longer one that begins so."""
    assert fitness("hot leads", "Hot leads") > fitness("hot leads", "Hot leads of May")


def test_other_texts_are_searched_by_words_only() -> None:
    """Scattered letters would find every text."""
    text = 'stage = working and title contains "VP"'
    assert fitness("working", "Mine", [text])
    assert not fitness("sgw", "Mine", [text])
    assert fitness("mine", "Mine", [text]) > fitness("stage", "Mine", [text])


@given(st.text(max_size=30), st.integers(0, 29), st.integers(1, 30))
def test_any_piece_of_a_name_finds_it(name: str, start: int, length: int) -> None:
    """Whatever its script."""
    piece = name[start : start + length]
    if "".join(piece.casefold().split()) == piece.casefold():
        assert fitness(piece, name)


def test_a_text_that_repeats_itself_costs_no_time() -> None:
    """Nothing is tried in all combinations."""
    assert not fitness("renewalz", "not see are we new all eel " * 1000, ["a b " * 10_000])
