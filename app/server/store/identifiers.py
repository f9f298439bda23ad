"""The ids of records and options: 36 characters, lower case.

Record ids are time-ordered (the layout of UUID version 7), so that ids made later sort later. Option ids are made from their
names, so that two workspaces with the same configuration have the same options.
"""

import re
from hashlib import blake2b
from typing import Final

RANDOM_BITS: Final = 74
"""Bits of chance in a record id, beside its 48 bits of time."""

_UUID: Final = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
)


def record_id(at_ms: int, chance: int) -> str:
    """The id of a record made at `at_ms` (milliseconds since 1970); `chance` holds up to `RANDOM_BITS` random bits."""
    number = (at_ms & (1 << 48) - 1) << 80 | 0x7 << 76 | (chance >> 62 & 0xFFF) << 64
    return _written(number | 0b10 << 62 | chance & (1 << 62) - 1)


def name_id(*names: str) -> str:
    """The id that always belongs to these names (the layout of UUID version 8)."""
    digest = blake2b("\x1f".join(names).encode(), digest_size=16).digest()
    number = int.from_bytes(digest, "big") & ~(0xF << 76) & ~(0b11 << 62)
    return _written(number | 0x8 << 76 | 0b10 << 62)


def parse_id(text: str) -> str | None:
    """The id as it is stored, or `None` if the text is no UUID."""
    return text.lower() if _UUID.fullmatch(text) else None


def _written(number: int) -> str:
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
