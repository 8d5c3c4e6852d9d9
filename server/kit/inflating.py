"""Decompresses data from strangers, which may grow a thousandfold."""

import zlib

GZIP = zlib.MAX_WBITS + 16


class BadGzip(ValueError):
    """The data is not gzip, is cut off, or is more than one gzip."""


class TooLong(ValueError):
    """The decompressed data is too long."""


class Inflater:
    """Decompresses gzip piece by piece, up to a bound."""

    def __init__(self, max_bytes: int) -> None:
        self._inflating = zlib.decompressobj(GZIP)
        self._left = max_bytes

    def feed(self, piece: bytes) -> bytes:
        """Return the decompressed data of a piece.

        Raises:
            BadGzip, TooLong: see there.
        """
        try:
            inflated = self._inflating.decompress(piece, self._left + 1)
        except zlib.error as error:
            raise BadGzip("The body is not gzip.") from error
        self._left -= len(inflated)
        if self._left < 0:
            raise TooLong("The body is too long when decompressed.")
        if self._inflating.unused_data:
            raise BadGzip("The body continues after the end of its gzip.")
        return inflated

    def finish(self) -> None:
        """Make sure that the gzip is complete.

        Raises:
            BadGzip: it is not.
        """
        if not self._inflating.eof:
            raise BadGzip("The body's gzip is cut off.")
