"""The ASGI application: Public API v2 over a workspace."""

from collections.abc import Callable

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server.access import Access, AccessLayer, refused
from app.server.public_v2.handlers import PublicApi
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


class Application:
    """The API behind its layers, and what is let go of with the end of its lifespan."""

    def __init__(self, layers: ASGIApp, close: Callable[[], None]) -> None:
        self._layers = layers
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or live."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._layers(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """From the first message to the second; a wait that is ended is an end too."""
        try:
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        finally:
            self._close()
        await send({"type": "lifespan.shutdown.complete"})


def create_application(
    store: Store,
    access: Access | None = None,
    *,
    log: RequestLog | None = None,
    faults: RequestLog | None = None,
    rehearsal: Rehearsal | None = None,
) -> ASGIApp:
    """The application; its lifespan closes the store and the logs. Without `access` it must not be bound to a socket.

    Faults are noted in `faults`, or among the requests if there is only `log`.
    """

    def close() -> None:
        store.close()
        for file in (log, faults):
            if file is not None:
                file.close()

    layers: ASGIApp = PublicApi(store)
    if rehearsal is not None and rehearsal.rate_per_s is not None:
        layers = RateLimitLayer(layers, TokenBucket(rehearsal.rate_per_s))
    if access is not None:
        layers = AccessLayer(layers, access)
    if rehearsal is not None and rehearsal.latency is not None:
        layers = LatencyLayer(layers, rehearsal.latency)
    layers = RequestLogLayer(FaultLayer(layers, faults or log), log)
    return Application(layers, close)
