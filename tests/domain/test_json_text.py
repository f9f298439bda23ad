"""JSON text: strict, and no digit lost."""

import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.domain.json_text import MAX_DEPTH, dump_json, parse_json
from app.domain.values import Json
from tests.domain.strategies import json_values


@given(json_values, st.sampled_from([None, 2]), st.booleans())
def test_what_is_written_is_read_back(value: Json, indent: int | None, is_ascii: bool) -> None:
    """Side by side or indented, escaped or not."""
    text = dump_json(value, indent=indent, is_ascii=is_ascii)
    assert parse_json(text.encode()) == value
    assert not is_ascii or text.isascii()


@given(json_values)
def test_it_is_the_json_of_everyone_else(value: Json) -> None:
    """Another reader sees the same document."""
    other = json.loads(dump_json(value), parse_float=Decimal)
    assert other == value


@pytest.mark.parametrize(
    "digits",
    ["0.10", "1E+400", "-0.0", "12345678901234567890", "0.10000000000000000000000000001", "1e5"],
)
def test_every_digit_is_kept(digits: str) -> None:
    """Through reading and writing."""
    value = parse_json(digits.encode())
    assert dump_json(value).replace("E+", "e").lower() == digits.replace("E+", "e").lower() or (
        Decimal(dump_json(value)) == Decimal(digits)
    )
    assert parse_json(dump_json(value).encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"nul",
        b"{",
        b"[1,]",
        b"{'a': 1}",
        b"[1] x",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"\xff",
        '"é"'.encode("latin-1"),
        "[]".encode("utf-16"),
        b"\xef\xbb\xbf\xef\xbb\xbf[]",
        b'"a\nb"',
        b"01",
        b"+1",
        b".5",
        b"9" * 5000,
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_anything_else_ends_in_one_error(text: bytes) -> None:
    """ValueError, whatever the library says."""
    with pytest.raises(ValueError, match=r".+"):
        parse_json(text)


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: inner,
        lambda inner: b'{"a": ' + inner + b"}",
        lambda inner: b'["]", ' + inner + b"]",
        lambda inner: b'["\\"]", ' + inner + b"]",
        lambda inner: b'["\\\\", ' + inner + b"]",
        lambda inner: b'["[[", "]]", "{}", ' + inner + b"]",
    ],
)
def test_depth_is_bounded_whatever_the_strings_hold(wrap: object) -> None:
    """Brackets in strings neither hide depth nor pretend it."""
    assert callable(wrap)
    parse_json(wrap(nested(MAX_DEPTH - 1)))
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json(wrap(nested(MAX_DEPTH + 1)))


@pytest.mark.parametrize(
    ("before", "after"), [(b'["]", ', b', "["]'), (b'["\\"]\\"", ', b', "\\"[\\""]')]
)
def test_a_hidden_depth_is_found(before: bytes, after: bytes) -> None:
    """Strings that balance the brackets before the eye do not deceive, with escaped quotes or without."""
    inner = b"1"
    for _ in range(MAX_DEPTH + 5):
        inner = before + inner + after
    with pytest.raises(ValueError, match="nested too deeply"):
        parse_json(inner)


@given(json_values)
@example({"a": "[", "b": "]"})
@example(["\\", '"', '\\"['])
def test_shallow_documents_are_never_refused(value: Json) -> None:
    """Only depth counts, not the number of brackets."""
    assert parse_json(dump_json([value] * 30).encode()) == [value] * 30


def test_of_equal_keys_the_last_counts() -> None:
    """A decision, the same in client and server."""
    assert parse_json(b'{"a": 1, "a": 2}') == {"a": 2}


def test_a_byte_order_mark_is_tolerated() -> None:
    """One."""
    assert parse_json(b"\xef\xbb\xbf[]") == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN"), Decimal("Infinity")])
def test_numbers_that_json_lacks_are_not_written(value: Json) -> None:
    """An error, not a document nobody can read."""
    with pytest.raises(ValueError, match=r".+"):
        dump_json([value])


def test_indentation() -> None:
    """Members on their own lines; empty ones closed at once."""
    assert dump_json({"a": [1, {}], "b": []}, indent=2) == (
        '{\n  "a": [\n    1,\n    {}\n  ],\n  "b": []\n}'
    )
