"""Standard input and outputs that whoever starts a command has closed, or that take nothing more."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed() -> None:
    """Open the null device for each of the three that is closed.

    Otherwise the next file that is opened, the database say, would be standard output for a library that writes
    there, and Python has None for the stream.
    """
    for descriptor, (name, mode) in enumerate(_STREAMS):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            setattr(sys, name, open(descriptor, mode))  # noqa: PTH123, SIM115 a descriptor, open for as long as the process


@contextmanager
def output_guarded() -> Iterator[None]:
    """End the process with a line and status 1 where standard output takes nothing more: its disk is full, say."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        # What is still to be written would fail once more at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(f"chappe: The output can't be written: {error.strerror}")
