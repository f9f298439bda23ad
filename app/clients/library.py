"""The HTTP library, for the two modules that use it; the one place to change if another takes over its interface.

Importing httpx also imports its command line, and with that click, rich and pygments: a third of its start-up time.
A name that is `None` in `sys.modules` counts as not installed, and httpx is made to do without its command line.
Each request looks four times for sniffio, which tells asyncio from trio: where it is not installed, that searches all
folders of the path every time. We run on asyncio only, which is what httpx takes for granted without it.
"""

import sys

for _name in ("httpx._main", "sniffio"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]  # None is documented, the stub does not know it

import httpx  # noqa: E402  # after the line above, which is the point of this module

__all__ = ["httpx"]
