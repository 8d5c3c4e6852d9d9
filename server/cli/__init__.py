"""The command line."""

from server.cli.program import main

__all__ = ["main"]
