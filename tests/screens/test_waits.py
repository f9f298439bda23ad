"""What is waited for is said in words: the latest of what is under way."""

from app.screens.waits import Waits


def test_the_latest_wait_is_said_and_then_the_one_before() -> None:
    """Nothing is said once none is left."""
    said: list[str] = []
    waits = Waits(said.append)
    with waits.waiting("list"), waits.waiting("record"):
        pass
    assert said == ["list", "record", "list", ""]


def test_a_wait_says_how_far_it_is() -> None:
    """And is still there with its last words when a later one ends."""
    said: list[str] = []
    waits = Waits(said.append)
    with waits.waiting("counting") as say:
        say("counting: 50")
        with waits.waiting("record"):
            pass
    assert said == ["counting", "counting: 50", "record", "counting: 50", ""]


def test_what_is_slow_to_let_go_says_nothing_any_more() -> None:
    """Of waits that were cleared neither progress nor end covers what follows."""
    said: list[str] = []
    waits = Waits(said.append)
    with waits.waiting("counting") as say:
        waits.clear()
        with waits.waiting("list"):
            say("counting: 100")
            assert said[-1] == "list"
    assert said == ["counting", "", "list", "", ""]
