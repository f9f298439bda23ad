"""The ASGI application: Public API v2 over a workspace."""

import contextlib
import logging
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.access import Access, AccessLayer, refused
from app.server.public_v2.handlers import routes
from app.server.refusals import Refusal
from app.server.store.workspace import Store

_LOG = logging.getLogger("crmdeck.server")
_LOG.addHandler(logging.NullHandler())  # in the deck the terminal is not ours to write to


class FaultLayer:
    """Turns a fault of ours into an answer that tells nothing, and logs where it was."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on; answer 500 if nothing was answered yet."""
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception:
            _LOG.exception("a request failed: %s %r", scope.get("method"), scope.get("path"))
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


def create_application(store: Store, access: Access | None = None) -> Starlette:
    """The application; its lifespan closes the store. Without `access` it must not be bound to a socket."""

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            store.close()

    layers = [Middleware(FaultLayer)]
    if access is not None:
        layers.append(Middleware(AccessLayer, access))
    application = Starlette(
        routes=routes(store),
        middleware=layers,
        exception_handlers={Refusal: _on_refusal, HTTPException: _on_http_error},
        lifespan=lifespan,
    )
    application.router.redirect_slashes = False
    return application
