"""Work that a caller on an event loop hands to a thread, and how the caller hears of its end."""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")


@dataclass(eq=False)
class Job(Generic[Subject, Answer]):
    """One piece of work on a subject of the thread's, and who waits for it. Made on the caller's loop.

    Half as much for the processor as an executor's future that asyncio wraps into its own.
    """

    work: Callable[[Subject], Answer]
    results: list[Answer] = field(default_factory=list)
    """What the work returned, once it has."""
    error: Exception | None = None

    def __post_init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.waiting: asyncio.Future[Answer] = self._loop.create_future()
        """What the caller waits for."""

    def answer(self) -> None:
        """Tell the caller, if it still waits; from any thread."""
        with contextlib.suppress(RuntimeError):  # its loop has ended
            self._loop.call_soon_threadsafe(self._tell)

    def _tell(self) -> None:
        if self.waiting.done():
            return
        if self.error is not None:
            self.waiting.set_exception(self.error)
        else:
            self.waiting.set_result(self.results[-1])
