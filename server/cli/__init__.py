"""The command line."""

import sys

_INTERRUPTED = 130
"""128 and the number of SIGINT, as shells have it."""


def main() -> None:
    """Run the command that the arguments name; Ctrl+C ends it without a traceback, also while it is being loaded."""
    try:
        from server.cli.program import main as run  # noqa: PLC0415 it takes a while

        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


__all__ = ["main"]
