"""The body of an answer, read in pieces and never more of it than we can use."""

import zlib
from typing import Final

MAX_WIRE_BYTES: Final = 16 * 1024 * 1024
"""What may come over the wire for one answer."""

MAX_DECODED_BYTES: Final = 32 * 1024 * 1024
"""What an answer may be once unpacked."""

_ANY_ZLIB: Final = 47
"""Lets zlib tell gzip from deflate by the first bytes."""


class BodyRefused(Exception):
    """The body is too large or packed in a way we did not ask for; the text says which."""


class BodyReader:
    """Collects the pieces of one body under both caps."""

    def __init__(self, encoding: str, declared_bytes: str) -> None:
        """`encoding` and `declared_bytes` are the headers `Content-Encoding` and `Content-Length`, empty if absent.

        Raises:
            BodyRefused: for an encoding other than gzip, deflate and none, or a declared length beyond the cap.
        """
        name = encoding.strip().lower()
        if name not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BodyRefused("The answer is packed in a way that was not asked for")
        if declared_bytes.isascii() and declared_bytes.isdigit() and len(declared_bytes) < 20:
            _check(int(declared_bytes), MAX_WIRE_BYTES)
        self._unpack = None if name in ("", "identity") else zlib.decompressobj(_ANY_ZLIB)
        self._wire_bytes = 0
        self._body = bytearray()

    def feed(self, piece: bytes) -> None:
        """Take the next piece. Raises BodyRefused beyond a cap or for a broken packing."""
        self._wire_bytes += len(piece)
        _check(self._wire_bytes, MAX_WIRE_BYTES)
        if self._unpack is not None:
            room = MAX_DECODED_BYTES - len(self._body) + 1
            try:
                piece = self._unpack.decompress(piece, room)
            except zlib.error:
                raise BodyRefused("The answer's packing is broken") from None
        self._body += piece
        _check(len(self._body), MAX_DECODED_BYTES)

    def finish(self) -> bytes:
        """The whole body. Raises BodyRefused if the packing ends too early."""
        if self._unpack is not None and self._wire_bytes and not self._unpack.eof:
            raise BodyRefused("The answer's packing is broken")
        return bytes(self._body)


def _check(size_bytes: int, most_bytes: int) -> None:
    if size_bytes > most_bytes:
        raise BodyRefused(f"The answer is larger than {most_bytes // (1024 * 1024)} MiB")
