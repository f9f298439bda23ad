"""Prepared requests and the log."""

import json
import shlex
from datetime import UTC, datetime

import pytest

from app.domain.errors import BackendError, Fault, RateLimited
from app.domain.requests import LOG_LENGTH, Exchange, PreparedRequest, RequestLog

REQUEST = PreparedRequest(
    "POST",
    "https://crm.example/api/v2",
    "/contact/_query",
    '{"filters": [{"value": 0.10, "name": "O\'Brien é"}]}'.encode(),
    (("Prefer", "reference-names"),),
)


def exchange(number: int, status: int | None = 200) -> Exchange:
    return Exchange(number, datetime(2026, 11, 21, tzinfo=UTC), "GET", "/x", status, 1.5, "OK")


def test_the_curl_command_sends_the_same_bytes_without_the_key() -> None:
    """It can be pasted into a shell, and into a ticket."""
    words = shlex.split(REQUEST.curl())
    assert words[:4] == ["curl", "-sS", "-X", "POST"]
    assert words[4] == REQUEST.url
    assert words[words.index("--data-binary") + 1].encode() == REQUEST.body
    assert "Authorization: Bearer $CRMDECK_KEY" in words
    assert "Prefer: reference-names" in words


def test_the_indented_body_keeps_every_digit() -> None:
    """What a person reads is what is sent."""
    text = REQUEST.indented_body()
    assert '"value": 0.10' in text
    assert json.loads(text) == json.loads(REQUEST.body or b"")
    assert PreparedRequest("GET", "https://a.example", "/x").indented_body() == ""


def test_the_log_keeps_the_last_and_counts_all() -> None:
    """Old entries go, numbers go on."""
    log = RequestLog()
    assert log.last is None
    for _ in range(LOG_LENGTH + 5):
        log.add(exchange(log.next_number()))
    assert (len(log), log.sent) == (LOG_LENGTH, LOG_LENGTH + 5)
    assert log.entries[0].number == 6
    assert log.last is log.entries[-1]


def test_listeners_hear_of_each_exchange_until_they_stop() -> None:
    """One may stop while it is told."""
    log = RequestLog()
    heard: list[int] = []
    stop = log.listen(lambda entry: heard.append(entry.number))
    log.add(exchange(1))
    stop()
    log.add(exchange(2))
    assert heard == [1]


@pytest.mark.parametrize(
    ("status", "is_ok"), [(200, True), (204, True), (302, False), (500, False), (None, False)]
)
def test_ok_is_2xx(status: int | None, is_ok: bool) -> None:
    """Nothing else is."""
    assert exchange(1, status).is_ok is is_ok


def test_errors_carry_their_evidence() -> None:
    """Code, request and way out."""
    error = BackendError("no", method="GET", path="/x", faults=(Fault("c1", "m"), Fault("c2")))
    assert (str(error), error.code, error.way_out) == ("no", "c1", "Press r to try again.")
    assert BackendError("no").code is None
    limited = RateLimited("slow down")
    assert limited.way_out == "Wait, then press r."
    limited.retry_after_s = 7.0
    assert limited.way_out == "Wait 7 s, then press r."
