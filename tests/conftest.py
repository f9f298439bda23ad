"""What holds for every test."""

import os

from hypothesis import settings

os.environ.pop("NO_COLOR", None)  # read when an application is made; it would turn snapshots grey

settings.register_profile("crmdeck", deadline=None, print_blob=True)
settings.load_profile("crmdeck")
