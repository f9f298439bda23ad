"""`crmdeck serve`: a local workspace over HTTP."""

import os
import re
import socket
from pathlib import Path

import click

from app.cli.failures import Exit, Failed
from app.cli.output import flush, put, say
from app.cli.ports import Ports
from app.cli.workspace import Workspace
from app.config.folders import folders
from app.controller.session import Session
from app.domain.errors import ConfigError
from app.domain.requests import is_loopback
from app.domain.safe_text import shown
from app.server.access import LOOPBACK, Access, hash_key
from app.server.application import create_application
from app.server.rehearsal import MAX_LATENCY_MS, MAX_RATE, Latency, Rehearsal
from app.server.request_log import FILE_NAME, RequestLog
from app.server.serving import serve
from app.server.store.workspace import open_workspace
from app.state.serve_key import VARIABLE, ServeKey, serve_key
from app.wiring import WORKSPACE_NAME, Target

DEADLINE_S = 2.0
"""What one request may take of the database: a costly question of one client must not hold up the others."""

_EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  recognised, not bound by itself


class _Rate(click.ParamType[float]):
    """Requests per second, as `5/s`."""

    name = "N/s"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        found = re.fullmatch(r"(\d{1,5}(?:\.\d{1,3})?)/s", str(value), re.ASCII)
        rate = float(found[1]) if found else 0.0
        if not 0.0 < rate <= MAX_RATE:
            self.fail(
                f"{value!r} is no rate like 5/s or 0.5/s, up to {MAX_RATE:,.0f}/s", param, ctx
            )
        return rate


class _Delay(click.ParamType[Latency]):
    """Milliseconds, or two limits of them, as `100` or `100-400`."""

    name = "MS[-MS]"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Latency:
        found = re.fullmatch(r"(\d{1,5})(?:-(\d{1,5}))?", str(value), re.ASCII)
        if found is not None:
            least, most = int(found[1]), int(found[2] or found[1])
            if least <= most <= MAX_LATENCY_MS:
                return Latency(least, most)
        wanted = f"milliseconds like 100 or 100-400, up to {MAX_LATENCY_MS:,}"
        return self.fail(f"{value!r} is not {wanted}", param, ctx)


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8484,
    show_default=True,
    help="The port to listen on; 0 takes a free one.",
)
@click.option(
    "--workspace",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The workspace file; made with sample data if it is not there.",
)
@click.option(
    "--allow-remote",
    is_flag=True,
    help="Let --host be an address that other machines reach. Nothing is encrypted.",
)
@click.option(
    "--known-as",
    multiple=True,
    metavar="NAME",
    help="A name or address, beside --host, under which clients call this server.",
)
@click.option(
    "--rate-limit",
    "rate_per_s",
    type=_Rate(),
    help="Answer requests beyond this with 429, to rehearse a client. Health is free.",
)
@click.option(
    "--latency",
    type=_Delay(),
    help="Answer this much later, or randomly within two limits, to rehearse a client. Health is not delayed.",
)
@click.pass_context
def command(
    ctx: click.Context,
    host: str,
    port: int,
    workspace: Path | None,
    allow_remote: bool,
    known_as: tuple[str, ...],
    rate_per_s: float | None,
    latency: Latency | None,
) -> None:
    """Serve a local workspace over HTTP: Public API v2 under /api/v2.

    Prints one line when it answers: Serving http://HOST:PORT. Every call but health needs the key of the variable
    CRMDECK_SERVE_KEY or, if that is not set, one that is made once and kept in a private file. Requests of web pages and
    requests to other host names are refused. GET /api/v2/openapi.json describes the calls. Ctrl+C ends it calmly, twice
    at once.
    """
    if not is_loopback(host) and not allow_remote:
        raise Failed(
            f"{host} can be reached from other machines; keys and records would travel unencrypted.",
            "Add --allow-remote if that is what you want, best with TLS in front.",
            status=Exit.USAGE,
        )
    file = workspace or folders().data / WORKSPACE_NAME
    Workspace(ctx.ensure_object(Ports), Target(workspace=workspace)).run(_is_there)
    key = serve_key(folders().state, os.environ)
    own_name = socket.gethostname() if host in _EVERY_ADDRESS else host
    access = Access(hash_key(key.key.reveal()), LOOPBACK | {own_name.lower(), *known_as})
    store = open_workspace(file, deadline_s=DEADLINE_S)
    application = create_application(
        store, access, log=_request_log(), rehearsal=Rehearsal(rate_per_s, latency)
    )
    say(_where(key))
    serve(application, host, port, _tell)


async def _is_there(_: Session) -> None:
    """Connecting made the file if it was not there."""


def _request_log() -> RequestLog | None:
    """The log, or none where it cannot be: a server without a log is better than none."""
    log = RequestLog(folders().state / FILE_NAME)
    try:
        log.prepare()
    except ConfigError as error:
        say(f"No request log: {error}")
        return None
    return log


def _where(key: ServeKey) -> str:
    if key.file is None:
        return f"The key is that of the variable {VARIABLE}."
    return f"The key is in {key.file}"


def _tell(url: str) -> None:
    put(shown(f"Serving {url}"))
    flush()
