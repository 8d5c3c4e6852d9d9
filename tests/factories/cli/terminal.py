"""A command at a terminal: it asks questions, and shows progress."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Mapping

from tests.factories.cli.processes import PATIENCE_SECONDS, inherited


def at_a_terminal(
    *arguments: str, environment: Mapping[str, str], answers: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run one of our commands at a terminal; return its exit status and everything shown.

    Each answer is typed once, when its question has appeared up to its last blank: the command discards
    earlier input, so that nobody answers a question before it is asked.
    """
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "server", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**inherited(), "TERM": "xterm", **environment},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        shown = _converse(ours, dict(answers or {}))
        return process.wait(PATIENCE_SECONDS), shown
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def _converse(terminal: int, answers: dict[str, str]) -> str:
    """Answer until the other end is closed, and return everything shown."""
    shown = ""
    while chunk := _read(terminal):
        shown += chunk
        for question in [question for question in answers if question in shown]:
            os.write(terminal, f"{answers.pop(question)}\n".encode())
    return shown


def _read(terminal: int) -> str:
    assert select.select([terminal], [], [], PATIENCE_SECONDS)[0], "it waits for something"
    try:
        return os.read(terminal, 4_096).decode()
    except OSError:  # Linux: the other end is closed
        return ""
