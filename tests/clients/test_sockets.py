"""The transport over real sockets on this machine: what a scripted network cannot show."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from app.clients.transport import Limits, Timing, Transport
from app.domain.errors import BackendError, BadAnswer, TimedOut, Unreachable
from app.domain.requests import PreparedRequest
from app.domain.secret import Secret
from app.wire.public_v2.endpoints import READS
from app.wire.public_v2.errors import error_from_answer
from tests.clients.senders import CANARY, FakeTime

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

SHORT = Limits(connect_s=2, silence_s=0.1, read_attempt_s=0.25, read_s=0.4, write_s=0.25)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@asynccontextmanager
async def served(talk: Talk, host: str = "127.0.0.1") -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that reads one request head per connection and then talks; its address and what it read."""
    heads: list[bytes] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            heads.append(await reader.readuntil(b"\r\n\r\n"))
            await talk(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0)
    name, port = server.sockets[0].getsockname()[:2]
    shown = f"[{name}]" if ":" in name else name
    try:
        yield f"http://{shown}:{port}/api/v2", heads
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def sending(url: str, limits: Limits = SHORT) -> AsyncIterator[Transport]:
    time = FakeTime()
    sender = Transport(
        url,
        refusal=error_from_answer,
        reads=READS,
        key=Secret(CANARY),
        limits=limits,
        timing=Timing(now=time.timing().now, sleep=time.sleep, dice=lambda: 0.0),
    )
    try:
        yield sender
    finally:
        await sender.close()


def get(url: str) -> PreparedRequest:
    return PreparedRequest("GET", url, "/contact/1")


def post(url: str) -> PreparedRequest:
    return PreparedRequest("POST", url, "/contact", b"{}", is_read=False)


async def write(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def never() -> None:
    await asyncio.Event().wait()


async def test_a_good_answer() -> None:
    """The whole way, with the key in the header and nowhere else."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await write(writer, HEAD + b"Content-Length: 2\r\n\r\n{}")

    async with served(talk) as (url, heads), sending(url) as sender:
        assert (await sender.send(get(url))).body == b"{}"
    assert heads[0].count(CANARY.encode()) == 1
    assert f"Authorization: Bearer {CANARY}".encode() in heads[0]
    assert b"Accept-Encoding: identity" in heads[0]


async def test_ipv6_loopback() -> None:
    """Both loopbacks are this machine."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await write(writer, HEAD + b"Content-Length: 2\r\n\r\n{}")

    async with served(talk, "::1") as (url, _), sending(url) as sender:
        assert (await sender.send(get(url))).status == 200


async def silence(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await never()


async def half_a_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, b"HTTP/1.1 200")
    await never()


async def half_a_body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, HEAD + b'Content-Length: 100\r\n\r\n{"data"')
    await never()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then: each comes in time, the whole never does."""
    await write(writer, HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        await write(writer, b" ")
        await asyncio.sleep(0.02)  # the fault itself, not a wait for something


@pytest.mark.parametrize("talk", [silence, half_a_head, half_a_body, drip])
async def test_a_server_that_stalls_is_given_up_in_time(talk: Talk) -> None:
    """Reads end within the limit of the operation, writes within theirs and after one attempt."""
    loop = asyncio.get_running_loop()
    async with served(talk) as (url, heads), sending(url) as sender:
        begun_s = loop.time()
        with pytest.raises(TimedOut):
            await sender.send(get(url))
        assert loop.time() - begun_s < 3
        reads = len(heads)
        with pytest.raises(TimedOut):
            await sender.send(post(url))
        assert len(heads) == reads + 1


async def cut_length(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, HEAD + b'Content-Length: 100\r\n\r\n{"data"')


async def cut_chunk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, HEAD + b'Transfer-Encoding: chunked\r\n\r\n7\r\n{"data"\r\n')


async def bad_chunk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    pass


async def not_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, b"SSH-2.0-OpenSSH_9.6\r\n")


async def odd_status(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, b"HTTP/1.1 000 Nothing\r\n\r\n")


async def huge_header(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, HEAD + b"X: " + b"x" * 300_000 + b"\r\nContent-Length: 2\r\n\r\n{}")


async def many_headers(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, HEAD + b"X: y\r\n" * 20_000 + b"Content-Length: 2\r\n\r\n{}")


async def two_lengths(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}")


async def negative_length(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await write(writer, HEAD + b"Content-Length: -2\r\n\r\n{}")


@pytest.mark.parametrize(
    "talk",
    [
        cut_length,
        cut_chunk,
        bad_chunk,
        hang_up,
        not_http,
        odd_status,
        huge_header,
        two_lengths,
        negative_length,
    ],
)
async def test_broken_framing_is_one_error(talk: Talk) -> None:
    """A read is tried again, a write is not; nobody sees the library's exception."""
    async with served(talk) as (url, heads), sending(url, Limits()) as sender:
        with pytest.raises(BackendError) as caught:
            await sender.send(get(url))
        assert isinstance(caught.value, Unreachable | BadAnswer)
        reads = len(heads)
        with pytest.raises(BackendError):
            await sender.send(post(url))
        assert len(heads) == reads + 1


async def test_many_headers_do_no_harm() -> None:
    """They cost little and mean nothing."""
    async with served(many_headers) as (url, _), sending(url, Limits()) as sender:
        assert (await sender.send(get(url))).body == b"{}"


async def test_hostile_head_lines_are_not_repeated() -> None:
    """Reason phrases and header values are nobody's business."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (
            b"HTTP/1.1 503 \x1b]52;c;evil\x07\r\nX-Request-Id: \x1b[2J\r\nContent-Length: 0\r\n\r\n"
        )
        await write(writer, head)

    async with served(talk) as (url, _), sending(url) as sender:
        with pytest.raises(BackendError) as caught:
            await sender.send(get(url))
    assert "\x1b" not in caught.value.reason
    assert all("\x1b" not in entry.outcome for entry in sender.log.entries)


async def test_a_redirect_reaches_its_target_with_nothing() -> None:
    """The sink that a redirect names sees no connection at all."""

    async def sink(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await write(writer, HEAD + b"Content-Length: 2\r\n\r\n{}")

    async with served(sink) as (target, stolen):

        async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            location = f"Location: {target}/x\r\n".encode()
            await write(
                writer,
                b"HTTP/1.1 307 Go\r\n" + location + b"Content-Length: 0\r\n\r\n",
            )

        async with served(talk) as (url, _), sending(url) as sender:
            for request in (get(url), post(url)):
                with pytest.raises(BadAnswer, match=r"redirects to 127\.0\.0\.1"):
                    await sender.send(request)
    assert stolen == []


async def test_a_loopback_server_is_never_reached_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A proxy of the environment sees neither request nor key."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await write(writer, HEAD + b"Content-Length: 2\r\n\r\n{}")

    async with served(talk) as (proxy, stolen), served(talk) as (url, heads):
        for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.removesuffix("/api/v2"))
        async with sending(url) as sender:
            await sender.send(get(url))
    assert (len(heads), stolen) == (1, [])


async def test_nothing_listens() -> None:
    """The words name the host and what it means."""
    async with served(silence) as (url, _):
        pass
    async with sending(url) as sender:
        with pytest.raises(Unreachable, match=r"Nothing listens at 127\.0\.0\.1"):
            await sender.send(get(url))
        assert len(sender.log) == 3


async def test_a_connection_closed_between_requests_heals() -> None:
    """A kept connection that died is replaced without anyone noticing."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await write(writer, HEAD + b"Content-Length: 2\r\n\r\n{}")

    async with served(talk) as (url, heads), sending(url) as sender:
        for _ in range(3):
            assert (await sender.send(get(url))).status == 200
    assert len(heads) == 3


async def test_cancelling_closes_the_connection() -> None:
    """The server sees the end of a request nobody waits for."""
    begun, ended = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        begun.set()
        assert await reader.read() == b""
        ended.set()

    async with served(talk) as (url, _), sending(url, Limits()) as sender:
        task = asyncio.create_task(sender.send(get(url)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(ended.wait(), 5)


async def test_a_name_that_does_not_exist_is_named() -> None:
    """No traceback and no retry storm; `.invalid` never resolves."""
    async with sending("https://crm.invalid/api/v2") as sender:
        with pytest.raises(Unreachable, match=r"crm\.invalid"):
            await sender.send(get("https://crm.invalid/api/v2"))
        assert len(sender.log) <= 3


async def test_plain_http_behind_https_is_refused_for_good() -> None:
    """What cannot prove who it is gets nothing, and is not asked again."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await write(writer, HEAD + b"Content-Length: 2\r\n\r\n{}")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await write(writer, HEAD + b"Content-Length: 2\r\n\r\n{}")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/v2"
    async with server, sending(url, Limits()) as sender:
        with pytest.raises(Unreachable, match="cannot prove who it is"):
            await sender.send(get(url))
        assert len(sender.log) == 1
