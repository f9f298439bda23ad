"""Names of files that belong to one workspace, or to one thing in it."""

import hashlib
import re


def file_stem(*identity: str) -> str:
    """A file name for something: the readable part of its name, and a hash of the whole, which tells it from others."""
    digest = hashlib.sha256("\0".join(identity).encode("utf-8", "surrogatepass")).hexdigest()[:16]
    readable = re.sub(r"[^A-Za-z0-9]+", "-", identity[-1]).strip("-")[-40:].strip("-")
    return f"{readable}-{digest}" if readable else digest
