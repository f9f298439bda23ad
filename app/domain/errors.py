"""What can go wrong between crmdeck and a workspace.

BackendError
    Unreachable             the server was not reached, or its answer was not
        TimedOut            no answer within the time allowed
    Unauthorized            401: the key is missing or not accepted
    Forbidden               403: the key may not do this
    NotFound                404: no such record, record type or relationship
    NotAllowed              405: the method does not exist for this resource
    Conflict                409, 412, 423: the server's state does not permit it
    Rejected                400, 413, 415, 422: the request is wrong; where and why
    RateLimited             429: too many requests
    ServerFailed            5xx
    BadAnswer               not the documented shape
    WriteRefused            refused by our own read-only guard; nothing was sent
ConfigError                 a settings file or argument is wrong: which file, which line
WorkspaceError              a local workspace file cannot be used: why, and the way out
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing a server found wrong: the API's own code, its text, and what it is about."""

    code: str
    message: str = ""
    field: str | None = None
    pointer: str | None = None
    """The place in the body that was sent, as a JSON pointer, if the server told it."""


class BackendError(Exception):
    """A call to a workspace failed. The text is for people and may hold remote words: sanitise before showing."""

    def __init__(
        self,
        reason: str,
        *,
        method: str = "",
        path: str = "",
        status: int | None = None,
        number: int | None = None,
        faults: tuple[Fault, ...] = (),
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        """What happened, in words."""
        self.method = method
        self.path = path
        self.status = status
        """The HTTP status, or `None` when there was no answer."""
        self.number = number
        """The request's number in the log."""
        self.faults = faults
        """What the server named, if it named anything."""
        self.is_effect_unknown = False
        """Whether the call, if it was to change something, may have been done all the same."""

    @property
    def code(self) -> str | None:
        """The API's own code of the first fault."""
        return self.faults[0].code if self.faults else None

    @property
    def way_out(self) -> str:
        """What a person can do about it."""
        return "Press r to try again."


class Unreachable(BackendError):
    """The server was not reached, or the connection broke. Nothing is known about the effect of a write."""

    @property
    def way_out(self) -> str:
        return "Check the address and the network (crmdeck doctor), then press r."


class TimedOut(Unreachable):
    """No complete answer within the time allowed. Nothing is known about the effect of a write."""

    @property
    def way_out(self) -> str:
        return "The server is slow or stuck: press r to try again."


class Unauthorized(BackendError):
    """The key is missing or not accepted."""

    @property
    def way_out(self) -> str:
        return "Check where the profile takes its key from (crmdeck doctor)."


class Forbidden(BackendError):
    """The key may not do this. Teaches a capability."""

    @property
    def way_out(self) -> str:
        return "Ask an admin of the workspace for a key with this right."


class NotFound(BackendError):
    """No such record, record type or relationship in this workspace."""

    @property
    def way_out(self) -> str:
        return "It may have been archived, or the name is wrong: press r to read again."


class NotAllowed(BackendError):
    """The resource refuses the method."""


class Conflict(BackendError):
    """The server's state does not permit it."""


class Rejected(BackendError):
    """The request is wrong; `faults` say where and why."""

    @property
    def way_out(self) -> str:
        return "Change the query or the value the message names."


class RateLimited(BackendError):
    """Too many requests."""

    retry_after_s: float | None = None
    """Seconds the server asked us to wait, if it said so."""

    @property
    def way_out(self) -> str:
        wait = f" {self.retry_after_s:g} s" if self.retry_after_s is not None else ""
        return f"Wait{wait}, then press r."


class ServerFailed(BackendError):
    """The server failed (5xx)."""


class BadAnswer(BackendError):
    """The answer is not of the documented shape."""

    @property
    def way_out(self) -> str:
        return "Is the address that of the API? crmdeck doctor shows what answers there."


class WriteRefused(BackendError):
    """Our own read-only guard refused the request; nothing was sent."""

    @property
    def way_out(self) -> str:
        return "The profile is read-only."


class ConfigError(Exception):
    """A settings file or an argument is wrong; the text says which file, which line, and what to do."""


class WorkspaceError(Exception):
    """A local workspace file cannot be used; the text says why and what to do. Nothing was overwritten."""
