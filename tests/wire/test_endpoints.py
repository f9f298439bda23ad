"""Calls as data: paths are filled safely and recognised again."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.domain.errors import Rejected
from app.wire.endpoint import Endpoint
from app.wire.public_v2 import endpoints
from app.wire.public_v2.endpoints import LINKS, QUERY, READ, READS, SCHEMA

ALL = [row for row in vars(endpoints).values() if isinstance(row, Endpoint)]


def test_the_reads_are_those_that_say_so() -> None:
    """The guard's list and the flags agree."""
    assert set(READS) == {row for row in ALL if row.is_read}


def test_reads_are_get_or_query() -> None:
    """No other verb reads. Source: Supported Resources."""
    for row in READS:
        assert row.method == "GET" or (row.method == "POST" and row.path.endswith("/_query"))


def test_parts() -> None:
    """The names in a template, in order."""
    assert LINKS.parts == ("record_type", "record_id", "api_name")


@given(st.text(max_size=30), st.text(max_size=30))
def test_no_id_reaches_another_route(record_type: str, record_id: str) -> None:
    """A path is refused, or is exactly the call it was made for."""
    try:
        path = READ.fill(record_type=record_type, record_id=record_id)
    except Rejected:
        return
    assert READ.matches("GET", path)
    assert path.count("/") == 2
    assert not any(row.matches("GET", path) for row in (QUERY, LINKS))
    assert path.isascii()
    assert path.isprintable()


@pytest.mark.parametrize("part", ["", ".", "..", "\ud800"])
def test_what_no_quoting_makes_safe_is_refused(part: str) -> None:
    """URLs give these a meaning of their own."""
    with pytest.raises(Rejected):
        READ.fill(record_type="contact", record_id=part)
    if part == "\ud800":
        with pytest.raises(Rejected):
            LINKS.fill(record_type="a", record_id="b", api_name="c", query={"cursor": part})


@given(st.text(min_size=1, max_size=20))
def test_a_cursor_is_quoted(cursor: str) -> None:
    """It stays in the query string whatever it holds."""
    assume(cursor.encode("utf-8", "ignore").decode() == cursor)
    path = LINKS.fill(record_type="a", record_id="b", api_name="c", query={"cursor": cursor})
    assert LINKS.matches("GET", path)
    assert path.count("?") == 1


@pytest.mark.parametrize(
    ("method", "path", "is_schema"),
    [
        ("GET", "/_schema/contact", True),
        ("POST", "/_schema/contact", False),
        ("GET", "/_schema/", False),
        ("GET", "/_schema/..", False),
        ("GET", "/_schema/a/b", False),
        ("GET", "/other/contact", False),
        ("GET", "/_schema/contact?x=/a/b", True),
    ],
)
def test_recognising_a_call(method: str, path: str, is_schema: bool) -> None:
    """By method and by every part of the path."""
    assert SCHEMA.matches(method, path) is is_schema
