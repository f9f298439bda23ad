"""What holds for every test."""

import os

import pytest
from hypothesis import settings

os.environ.pop("NO_COLOR", None)  # read when an application is made; it would turn snapshots grey

settings.register_profile("crmdeck", deadline=None, print_blob=True)
settings.load_profile("crmdeck")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Two workers a processor: half of a screen's test is waiting for timers."""
    del config
    return 2 * len(os.sched_getaffinity(0))
