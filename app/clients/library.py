"""The HTTP library, for the two modules that use it; the one place to change if another takes over its interface.

Importing httpx also imports its command line, and with that click, rich and pygments: a third of its start-up time.
A name that is `None` in `sys.modules` counts as not installed, and httpx is made to do without its command line.
"""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None is documented, the stub does not know it

import httpx  # noqa: E402  # after the line above, which is the point of this module

__all__ = ["httpx"]
