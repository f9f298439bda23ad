"""A command line over a workspace in memory."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from app.__main__ import run
from app.cli.ports import Ports
from app.controller.session import Session
from app.wiring import Target
from tests.support.backends import MemoryBackend
from tests.support.small_workspace import memory_session, small_workspace


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command left behind."""

    status: int
    out: str
    err: str


Opened = list[tuple[Target, str | None, str | None, bool]]
"""What the deck was asked to open: where, on which record type, with which question, with a mouse or without."""

Run = Callable[..., Answer]
"""Runs a command line and gives its answer."""


@pytest.fixture
def backend() -> MemoryBackend:
    """The small workspace."""
    return small_workspace()


@pytest.fixture
def opened() -> Opened:
    """What the deck was asked to open."""
    return []


@pytest.fixture
def crmdeck(backend: MemoryBackend, opened: Opened, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run `crmdeck` with these words over the small workspace."""

    async def connect(target: Target) -> Session:
        backend.is_opened_read_only = target.is_read_only
        return memory_session(backend)

    def open_deck(
        target: Target, *, record_type: str | None, query_text: str | None, is_mouse_on: bool
    ) -> int:
        opened.append((target, record_type, query_text, is_mouse_on))
        return 0

    def call(*words: str, is_interactive: bool = False) -> Answer:
        status = run(words, Ports(connect, open_deck, is_interactive))
        captured = capsys.readouterr()
        return Answer(status, captured.out, captured.err)

    return call
