"""The command line."""

import sys

_INTERRUPTED = 130
"""128 plus the number of SIGINT, as in shells."""


def main() -> None:
    """Run the command named by the arguments; Ctrl+C ends it without a traceback, even while loading."""
    try:
        from server.cli.program import main as run  # noqa: PLC0415 it takes a while

        run()
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


__all__ = ["main"]
