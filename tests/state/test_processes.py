"""Processes are told apart by more than their number."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from app.state.processes import ProcessMark, this_process


def test_this_process_runs() -> None:
    """And is the same however often it asks."""
    mark = this_process()
    assert mark.pid == os.getpid()
    assert mark.is_running
    assert this_process() == mark


@pytest.mark.skipif(not this_process().started, reason="this system tells no start")
def test_a_number_given_again_is_another_process() -> None:
    """One that was started at another time, or before the machine was."""
    assert not replace(this_process(), started="boot 1").is_running


@pytest.mark.parametrize("started", ["", "boot 1"])
def test_an_ended_process_does_not_run(started: str) -> None:
    """Nor one that nobody has asked after yet."""
    with subprocess.Popen((sys.executable, "-c", "")) as ended:
        pass
    assert not ProcessMark(ended.pid, started).is_running


def test_without_a_start_the_number_counts() -> None:
    """Also for a process of another user."""
    assert ProcessMark(os.getpid(), "").is_running
    assert ProcessMark(1, "").is_running
