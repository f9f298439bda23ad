"""Serving a workspace on a socket: `crmdeck serve`."""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Final

from starlette.types import ASGIApp

from app.domain.errors import WorkspaceError

MAX_CONNECTIONS: Final = 100
"""Connections and running requests; more are answered 503."""

KEEP_ALIVE_S: Final = 5
"""How long an idle connection stays open."""

HEAD_BYTES: Final = 65_536
"""Size of a request's head."""

BACKLOG: Final = 128


def bind(host: str, port: int) -> socket.socket:
    """A listening socket.

    It says that it speaks TCP, for then asyncio lets its connections send at once; otherwise the body of a short answer
    waits 40 ms for the client's word that it has the head. Source: asyncio, `base_events._set_nodelay`.

    Raises:
        WorkspaceError: the port is taken, or the host is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise WorkspaceError(_why(host, port, error)) from error
    return listener


def _why(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program; choose another with --port, or --port 0 for a free one."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"Port {port} on {host} may not be used by this user; choose one above 1023 with --port."
    return f"{host}:{port} cannot be served: {error.strerror or error}."


def _base_url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a client may take."""

    head_s: float = 10.0
    """From the first byte a request could have to the end of its head."""
    body_s: float = 30.0
    """From the end of the head to the end of the body."""
    grace_s: int = 5
    """What running requests get to end in when the server stops."""


def serve(
    application: ASGIApp,
    host: str,
    port: int,
    on_ready: Callable[[str], None],
    limits: Limits = Limits(),
) -> None:
    """Serve until SIGINT or SIGTERM, then end running requests and the application's lifespan, and return.

    A second signal ends the process at once, as if nothing handled it. `port` 0 takes a free one. `on_ready` is told the
    base URL, without the API's prefix, once the socket answers.

    Raises:
        WorkspaceError: the port is taken, or the host is not one of this machine.
    """
    import uvicorn  # noqa: PLC0415 - the deck starts without it

    from app.server.patience import impatient_protocol  # noqa: PLC0415 - as above

    listener = bind(host, port)
    logging.getLogger("uvicorn").addHandler(logging.NullHandler())  # faults are in our own log

    class Server(uvicorn.Server):
        """Tells when requests are answered, and ends by one signal calmly, by two at once."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if not self.should_exit:
                on_ready(_base_url(listener))

        def handle_exit(self, sig: int, frame: FrameType | None) -> None:
            del frame
            if self.should_exit:
                signal.signal(sig, signal.SIG_DFL)
                signal.raise_signal(sig)
            self.should_exit = True

    config = uvicorn.Config(
        application,
        http=impatient_protocol(limits.head_s, limits.body_s),
        ws="none",
        loop="asyncio",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=limits.grace_s,
        h11_max_incomplete_event_size=HEAD_BYTES,
    )
    with contextlib.closing(listener):
        asyncio.run(Server(config).serve(sockets=[listener]))
