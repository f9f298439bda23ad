"""Refusals: every known shape, and whatever else a body can be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.errors import BackendError, BadAnswer, Fault, RateLimited, Rejected
from app.domain.json_text import dump_json
from app.domain.values import Json
from app.wire.public_v2.errors import error_from_answer, faults_in
from app.wire.retry_after import retry_after_s
from tests.domain.strategies import json_values
from tests.wire.sample_files import object_in


def body_of(name: str) -> bytes:
    return dump_json(object_in("errors")[name]).encode()


@pytest.mark.parametrize(
    ("name", "faults"),
    [
        ("envelope", (Fault("field_value_invalid", "stage cannot be resolved", "stage"),)),
        ("generic", (Fault("UnauthorizedError", "Invalid API key"),)),
        (
            "framework",
            (
                Fault("missing", "Field required", "body/attributes"),
                Fault("int_parsing", "Input should be a valid integer", "body/limit"),
            ),
        ),
        ("unrouted", (Fault("", "Not Found"),)),
    ],
)
def test_known_shapes(name: str, faults: tuple[Fault, ...]) -> None:
    """Code, words and place of each. Source: contract 4.2."""
    assert faults_in(body_of(name)) == faults
    error = error_from_answer(400, {}, body_of(name), method="GET", path="/x", number=4)
    assert type(error) is Rejected
    assert error.reason == faults[0].message
    assert error.code == faults[0].code
    assert (error.status, error.number, error.method, error.path) == (400, 4, "GET", "/x")


@pytest.mark.parametrize("details", [None, [], {"pointer": 3}, {"pointer": "/filters/0"}])
def test_the_place_is_read_where_it_is_told(details: Json) -> None:
    """As our own server does; anything else there is left alone."""
    error: Json = {"code": "c", "message": "m", "field": "f", "details": details}
    told = "/filters/0" if details == {"pointer": "/filters/0"} else None
    assert faults_in(dump_json({"error": error}).encode()) == (Fault("c", "m", "f", told),)


@given(st.integers(100, 999), json_values)
def test_no_body_makes_it_fail(status: int, document: Json) -> None:
    """Whatever the body is, there is an error with words."""
    body = dump_json(document).encode("utf-8", "surrogatepass")
    error = error_from_answer(status, {}, body, method="GET", path="/x")
    assert isinstance(error, BackendError)
    assert error.reason
    assert error.status == status


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail(body: bytes) -> None:
    """Not even bytes that are no text."""
    assert error_from_answer(500, {}, body, method="GET", path="/x").reason


@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": 3, "message": ["x"], "field": {}}},
        {"error": {}},
        {"error": None},
        {"error": [1]},
        {"detail": None},
        {"detail": [1, None, {}]},
        {"detail": [{"loc": "body", "msg": 3}]},
        {"detail": []},
        {},
        [],
    ],
)
def test_half_known_shapes_leave_the_status(body: Json) -> None:
    """A message that is no text is no message."""
    error = error_from_answer(422, {}, dump_json(body).encode(), method="GET", path="/x")
    assert error.reason.startswith("The server answered 422")


def test_a_long_message_is_cut() -> None:
    """A body of megabytes does not become a message of megabytes."""
    body = dump_json({"error": {"code": "x" * 10**6, "message": "y" * 10**6}}).encode()
    error = error_from_answer(400, {}, body, method="GET", path="/x")
    assert len(error.reason) <= 1000
    assert len(error.code or "") <= 1000
    many = dump_json({"detail": [{"msg": "x"}] * 10_000}).encode()
    assert len(faults_in(many)) <= 50


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("https://evil.example/x?y", "evil.example"),
        ("/login", "another address"),
        ("", "another address"),
        ("https://[::1/", "another address"),
        ("https://" + "e" * 500 + ".example/", "eeee"),
    ],
)
def test_a_redirect_names_its_host(location: str, words: str) -> None:
    """And nothing else of the address, which may carry anything; the body does not matter."""
    error = error_from_answer(
        307, {"location": location}, body_of("envelope"), method="GET", path="/x"
    )
    assert type(error) is BadAnswer
    assert words in error.reason
    assert "never follows" in error.reason
    assert len(error.reason) < 250


def test_the_wait_that_429_asks_for() -> None:
    """It comes with the error, for the screen's countdown."""
    error = error_from_answer(429, {"retry-after": "7"}, b"", method="GET", path="/x")
    assert isinstance(error, RateLimited)
    assert error.retry_after_s == 7.0


@given(st.text(), st.text())
def test_no_header_makes_reading_it_fail(value: str, date: str) -> None:
    """Seconds that make sense, or nothing."""
    wait_s = retry_after_s({"retry-after": value, "date": date})
    assert wait_s is None or wait_s >= 0


@given(st.from_regex(r"[A-Z][a-z]{2}, \d{1,4} [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d [+-]?\w{1,12}"))
def test_no_date_makes_reading_it_fail(value: str) -> None:
    """Days and zones that no calendar has."""
    now = "Sat, 21 Nov 2026 00:00:00 GMT"
    wait_s = retry_after_s({"retry-after": value, "date": now})
    assert wait_s is None or wait_s >= 0
