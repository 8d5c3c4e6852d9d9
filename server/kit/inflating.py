"""Inflating what a stranger sends, which may be a thousand times longer than it came."""

import zlib

GZIP = zlib.MAX_WBITS + 16


class BadGzip(ValueError):
    """What came is no gzip, not all of it, or more than one."""


class TooLong(ValueError):
    """What came is longer inflated than it may be."""


class Inflater:
    """Inflates gzip piece by piece, and never more than it may."""

    def __init__(self, max_bytes: int) -> None:
        self._inflating = zlib.decompressobj(GZIP)
        self._left = max_bytes

    def feed(self, piece: bytes) -> bytes:
        """Return what a piece adds.

        Raises:
            BadGzip, TooLong: as they say.
        """
        try:
            inflated = self._inflating.decompress(piece, self._left + 1)
        except zlib.error as error:
            raise BadGzip("The body is no gzip.") from error
        self._left -= len(inflated)
        if self._left < 0:
            raise TooLong("The body is too long once it is inflated.")
        if self._inflating.unused_data:
            raise BadGzip("The body goes on after the end of its gzip.")
        return inflated

    def finish(self) -> None:
        """Make sure that all has come.

        Raises:
            BadGzip: it has not.
        """
        if not self._inflating.eof:
            raise BadGzip("The body's gzip is cut off.")
