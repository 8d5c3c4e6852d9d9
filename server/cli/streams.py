"""Handles standard input and outputs that are closed, or whose disk is full."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_UNWRITABLE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO})
_STREAMS = (("stdin", "r"), ("stdout", "w"), ("stderr", "w"))


def open_closed() -> None:
    """Open the null device for each closed one of the three.

    Otherwise the next opened file, such as the database, would get the descriptor of standard output, for
    libraries that write there, and Python's stream would be None.
    """
    for descriptor, (name, mode) in enumerate(_STREAMS):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
            setattr(sys, name, open(descriptor, mode))  # noqa: PTH123, SIM115 a descriptor, open for as long as the process


@contextmanager
def output_guarded() -> Iterator[None]:
    """End the process with a line and status 1 if standard output can't be written: on a full disk, say."""
    try:
        yield
    except OSError as error:
        if error.errno not in _UNWRITABLE:
            raise
        # The unwritten rest would fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.exit(f"chappe: The output can't be written: {error.strerror}")
