"""JSON on stdout: printable ASCII that reads back exactly."""

import json
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.json_text import dump_ascii, parse_json
from app.domain.values import Json

VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.decimals(allow_nan=False, allow_infinity=False, places=2)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 2]))
def test_json_reads_back(value: Json, indent: int | None) -> None:
    """Whatever a value holds, its JSON is printable ASCII and means the same."""
    text = dump_ascii(value, indent=indent)
    assert text.isascii()
    assert all(character.isprintable() or character == "\n" for character in text)
    assert parse_json(text.encode()) == value


def test_digits_are_kept() -> None:
    """A decimal is written digit for digit."""
    assert dump_ascii({"a": Decimal("1.10"), "b": [1]}) == '{"a": 1.10, "b": [1]}'
    assert json.loads(dump_ascii("\x7f")) == "\x7f"
