"""Bodies that a reader must survive: every one ends in one error that says where and what, or in a record that opens."""

import gzip
import json
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from app.clients.body import MAX_DECODED_BYTES, MAX_WIRE_BYTES
from app.domain.errors import BackendError, BadAnswer, Forbidden
from app.domain.query import Query
from app.domain.records import RecordId
from app.domain.values import Raw
from tests.clients.senders import answer, client, query_request, script, transport

CONTACTS = Query("contact")
ONE = RecordId("contact", "1")
WEB_PAGE = b"\n<!DOCTYPE html><title>Welcome to the hotel</title>"

BROKEN = {
    "empty": b"",
    "blank": b"  \n",
    "cut": b'{"data": [{"id": "1"',
    "trailing": b'{"data": []} x',
    "two documents": b'{"data": []}{"data": []}',
    "comma": b'{"data": [],}',
    "single quotes": b"{'data': []}",
    "xml": b"<?xml version='1.0'?><data/>",
    "web page": WEB_PAGE,
    "bom and web page": b"\xef\xbb\xbf" + WEB_PAGE,
    "utf-16": '{"data": []}'.encode("utf-16"),
    "latin-1": b'{"data": [{"id": "\xe9"}]}',
    "lone continuation": b'{"data": ["\x80"]}',
    "NaN": b'{"data": [], "x": NaN}',
    "Infinity": b'{"data": [], "x": -Infinity}',
    "deep list": b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep object": b'{"data": [], "x": ' + b'{"a":' * 500 + b"1" + b"}" * 500 + b"}",
    "endless integer": b'{"data": [], "x": ' + b"9" * 6000 + b"}",
    "list": b"[]",
    "null": b"null",
    "text": b'"ok"',
    "number": b"1",
    "no data": b"{}",
    "data null": b'{"data": null}',
    "data object": b'{"data": {}}',
    "data of lists": b'{"data": [[]]}',
    "record without id": b'{"data": [{"attributes": {}}]}',
    "record with empty id": b'{"data": [{"id": ""}]}',
    "record with odd id": b'{"data": [{"id": {"a": 1}}]}',
    "attributes list": b'{"data": [{"id": "1", "attributes": [1]}]}',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
async def test_a_body_that_is_no_page_ends_in_one_error(body: bytes) -> None:
    """The error carries the request it belongs to; nothing else escapes."""
    backend = client(script(httpx.Response(200, content=body)))
    with pytest.raises(BadAnswer) as caught:
        await backend.query(CONTACTS)
    error = caught.value
    assert (error.method, error.path) == ("POST", "/contact/_query")
    assert (error.status, error.number) == (200, 1)
    assert error.reason
    assert len(error.reason) < 300


@pytest.mark.parametrize("name", ["empty", "cut", "NaN", "deep list", "web page", "list", "null"])
async def test_every_read_survives_a_broken_body(name: str) -> None:
    """Schema, record, links: the same error as for a page."""
    backend = client(script(httpx.Response(200, content=BROKEN[name])))
    for call in (
        backend.schema("contact"),
        backend.read(ONE),
        backend.links(ONE, "accounts"),
    ):
        with pytest.raises(BadAnswer):
            await call


@pytest.mark.parametrize(
    "kind", ["text/html", "text/html; charset=utf-8", "application/xhtml+html"]
)
async def test_html_is_never_taken_for_an_answer(kind: str) -> None:
    """A log-in page with status 200 is named as what it is."""
    page = httpx.Response(200, content=b'{"data": []}', headers={"Content-Type": kind})
    with pytest.raises(BadAnswer, match="answered 200 with a web page, not with the API's JSON"):
        await client(script(page)).query(CONTACTS)


@pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", ""])
async def test_another_content_type_does_not_matter_if_the_json_is_good(kind: str) -> None:
    """Servers label their JSON in many ways."""
    page = httpx.Response(200, content=b'{"data": []}', headers={"Content-Type": kind})
    assert (await client(script(page)).query(CONTACTS)).records == ()


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500, 502, 503])
@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_error_body_leaves_the_status(status: int, body: bytes) -> None:
    """What cannot be read says less, and does no harm."""
    backend = client(script(httpx.Response(status, content=body)))
    with pytest.raises(BackendError) as caught:
        await backend.query(CONTACTS)
    assert caught.value.status == status
    assert 0 < len(caught.value.reason) < 400


@pytest.mark.parametrize("body", [WEB_PAGE, b"\xef\xbb\xbf" + WEB_PAGE, b"<?xml version='1.0'?>"])
async def test_markup_without_a_content_type_is_named_too(body: bytes) -> None:
    """What begins with an angle bracket is not broken JSON, it is something else."""
    with pytest.raises(BadAnswer, match="with a web page"):
        await client(script(httpx.Response(200, content=body))).query(CONTACTS)


async def test_a_gateway_page_is_not_quoted() -> None:
    """The page of a proxy is named, its markup is not shown."""
    backend = client(script(httpx.Response(502, content=WEB_PAGE)))
    with pytest.raises(BackendError, match="answered 502 with a web page") as caught:
        await backend.query(CONTACTS)
    assert "hotel" not in caught.value.reason


async def test_a_byte_order_mark_is_tolerated() -> None:
    """It is bad style, not a reason to show nothing."""
    page = httpx.Response(200, content=b'\xef\xbb\xbf{"data": []}')
    assert (await client(script(page)).query(CONTACTS)).records == ()


class Endless(httpx.AsyncByteStream):
    """A body that never ends; counts what was taken."""

    def __init__(self, piece: bytes) -> None:
        self.piece = piece
        self.taken_bytes = 0
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            self.taken_bytes += len(self.piece)
            yield self.piece

    async def aclose(self) -> None:
        self.is_closed = True


async def test_an_endless_body_is_cut_at_the_cap_and_closed() -> None:
    """Memory is bounded whatever the server sends, and it is not asked again."""
    stream = Endless(b" " * 65536)
    network = script(httpx.Response(200, stream=stream))
    with pytest.raises(BadAnswer, match="larger than 16 MiB"):
        await transport(network).send(query_request())
    assert stream.taken_bytes <= MAX_WIRE_BYTES + 65536
    assert stream.is_closed
    assert len(network.requests) == 1


async def test_a_declared_length_beyond_the_cap_is_refused_before_reading() -> None:
    """What announces itself as too large is not fetched."""
    stream = Endless(b"x")
    response = httpx.Response(200, stream=stream, headers={"Content-Length": str(64 * 1024**2)})
    with pytest.raises(BadAnswer, match="larger than 16 MiB"):
        await transport(script(response)).send(query_request())
    assert stream.taken_bytes == 0


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_a_packing_bomb_stops_at_the_cap(encoding: str) -> None:
    """A small answer that unpacks to much more than we use is refused, and memory stays flat."""
    packer = zlib.compressobj(wbits=31 if encoding == "gzip" else 15)
    bomb = b"".join(packer.compress(bytes(1024**2)) for _ in range(256)) + packer.flush()
    response = httpx.Response(
        200, stream=httpx.ByteStream(bomb), headers={"Content-Encoding": encoding}
    )
    sender = transport(script(response))
    tracemalloc.start()
    try:
        with pytest.raises(BadAnswer, match="larger than 32 MiB"):
            await sender.send(query_request())
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak_bytes < 3 * MAX_DECODED_BYTES


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "GZIP ", "identity", ""])
async def test_a_packing_nobody_asked_for_is_undone(encoding: str) -> None:
    """Some servers pack whatever is asked."""
    plain = json.dumps({"data": [], "next_cursor": "c"}).encode()
    pack: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "x-gzip": gzip.compress,
        "deflate": zlib.compress,
    }
    packed = pack.get(encoding.strip().lower(), bytes)(plain)
    response = httpx.Response(
        200, stream=httpx.ByteStream(packed), headers={"Content-Encoding": encoding}
    )
    assert (await client(script(response)).query(CONTACTS)).next_cursor == "c"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("br", b"x"),
        ("zstd", b"x"),
        ("gzip, gzip", b"x"),
        ("gzip", b"not gzip"),
        ("gzip", gzip.compress(b'{"data": []}', mtime=0)[:-9]),
    ],
)
async def test_a_packing_we_cannot_undo_is_refused(encoding: str, body: bytes) -> None:
    """Nothing is guessed from packed bytes."""
    response = httpx.Response(
        200, stream=httpx.ByteStream(body), headers={"Content-Encoding": encoding}
    )
    with pytest.raises(BadAnswer, match="pack"):
        await client(script(response)).query(CONTACTS)


async def test_a_refused_body_of_an_error_leaves_the_status() -> None:
    """What a gateway packs or pads does not hide that it failed, nor that it may heal."""
    failure = httpx.Response(502, stream=httpx.ByteStream(b"x"), headers={"Content-Encoding": "br"})
    network = script(failure, answer({"data": []}))
    await client(network).query(CONTACTS)
    assert len(network.requests) == 2
    padded = httpx.Response(
        403, stream=httpx.ByteStream(b"x"), headers={"Content-Length": str(64 * 1024**2)}
    )
    with pytest.raises(Forbidden):
        await client(script(padded)).query(CONTACTS)


ODD_VALUES = [
    None,
    1,
    "text",
    True,
    [],
    {},
    {"value_type": "string"},
    {"value": "x"},
    {"value_type": 3, "value": "x"},
    {"value_type": ["string"], "value": "x"},
    {"value_type": "string", "value": 3},
    {"value_type": "hologram", "value": {"a": [1]}},
    {"value_type": "number", "value": "abc"},
    {"value_type": "number", "value": "NaN"},
    {"value_type": "currency", "value": {"amount": None}},
    {"value_type": "timestamp", "value": "2026-06-30T23:59:60Z"},
    {"value_type": "timestamp", "value": "2026-06-30T12:00:00"},
    {"value_type": "timestamp", "value": "0001-01-01T00:00:00+23:59"},
    {"value_type": "date", "value": "99999-01-01"},
    {"value_type": "date", "value": "Tuesday"},
    {"value_type": "address", "value": "Main Street"},
    {"value_type": "contact_stage", "value": {"id": 7}},
    {"value_type": "record_reference", "value": {"related_record_id": 1}},
    [[{"value_type": "string", "value": "x"}]],
    [None, 1, {"value_type": "string", "value": "x"}],
    {"value_type": "string", "value": "\ud800"},
]


@pytest.mark.parametrize("odd", ODD_VALUES, ids=repr)
async def test_one_odd_value_does_not_hide_its_record(odd: object) -> None:
    """The record opens; the odd value is empty or shown as it came."""
    record = {
        "id": "1",
        "attributes": {"odd": odd, "first_name": {"value_type": "string", "value": "Ada"}},
        "created_at": odd,
        "updated_at": odd,
        "record_type": odd,
        "metadata": odd,
    }
    body = json.dumps({"data": record}).encode()
    got = await client(script(httpx.Response(200, content=body))).read(ONE)
    assert got.attributes["first_name"] == "Ada"
    value = got.attributes["odd"]
    items = value if isinstance(value, tuple) else (value,)
    assert all(item in {None, "x", "\ud800", "text"} or isinstance(item, Raw) for item in items)


async def test_numbers_keep_every_digit() -> None:
    """Beyond 2^53, long fractions, and exponents arrive as they were sent."""
    body = b'{"data": {"id": 1, "attributes": {"a": {"value_type": "number", "value": 0.10000000000000000001}, '
    body += b'"b": {"value_type": "number", "value": 9007199254740993}, '
    body += b'"c": {"value_type": "number", "value": 1e308}, "d": {"value_type": "number", "value": -0.0}}}}'
    got = await client(script(httpx.Response(200, content=body))).read(ONE)
    shown = [str(got.attributes[name]) for name in "abcd"]
    assert shown == ["0.10000000000000000001", "9007199254740993", "1E+308", "-0.0"]


@pytest.mark.parametrize("found", ["2", "1/../2", "", None, {"id": "1"}])
async def test_a_record_that_was_not_asked_for_is_refused(found: object) -> None:
    """A server cannot slip another record under an id."""
    with pytest.raises(BadAnswer):
        await client(script(answer({"data": {"id": found}}))).read(ONE)


async def test_links_of_another_record_are_refused() -> None:
    """The parent of the answer must be the record asked about."""
    body = {"parent": {"id": "2", "record_type": "contact"}, "api_name": "accounts", "items": []}
    with pytest.raises(BadAnswer, match="Asked for links of contact/1"):
        await client(script(answer(body))).links(ONE, "accounts")
