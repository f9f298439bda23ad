"""The ASGI application: Public API v2 over a workspace."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.access import Access, AccessLayer, refused
from app.server.public_v2.handlers import routes
from app.server.refusals import Refusal
from app.server.rehearsal import LatencyLayer, RateLimitLayer, Rehearsal, TokenBucket
from app.server.request_log import RequestLog, RequestLogLayer, note_fault
from app.server.store.workspace import Store


class FaultLayer:
    """Turns a fault of ours into an answer that tells nothing, and notes where it was."""

    def __init__(self, app: ASGIApp, log: RequestLog | None = None) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer 500 if nothing was answered yet."""
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return  # nobody waits for an answer, and it is no fault
        except Exception as error:
            if self._log is not None:
                note_fault(self._log, scope, error)
            if scope["type"] != "http" or has_begun:
                raise
            await refused(Refusal("internal_error", "an internal error"))(scope, receive, send)


async def _on_refusal(_: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return refused(error)


async def _on_http_error(_: Request, error: Exception) -> Response:
    """Paths and methods without a route."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        refusal = Refusal("method_not_allowed", "this path does not have that method")
        refusal.headers.update(error.headers or {})
        return refused(refusal)
    return refused(Refusal("not_found", "there is no such path"))


def create_application(
    store: Store,
    access: Access | None = None,
    *,
    log: RequestLog | None = None,
    faults: RequestLog | None = None,
    rehearsal: Rehearsal | None = None,
) -> Starlette:
    """The application; its lifespan closes the store and the logs. Without `access` it must not be bound to a socket.

    Faults are noted in `faults`, or among the requests if there is only `log`.
    """

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            store.close()
            for file in (log, faults):
                if file is not None:
                    file.close()

    layers = [Middleware(RequestLogLayer, log), Middleware(FaultLayer, faults or log)]
    if rehearsal is not None and rehearsal.latency is not None:
        layers.append(Middleware(LatencyLayer, rehearsal.latency))
    if access is not None:
        layers.append(Middleware(AccessLayer, access))
    if rehearsal is not None and rehearsal.rate_per_s is not None:
        layers.append(Middleware(RateLimitLayer, TokenBucket(rehearsal.rate_per_s)))
    application = Starlette(
        routes=routes(store),
        middleware=layers,
        exception_handlers={Refusal: _on_refusal, HTTPException: _on_http_error},
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False
    return application
