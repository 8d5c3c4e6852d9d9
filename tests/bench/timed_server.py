"""`python -m server` with a record of its event loop: which callback took how long.

It is the thread's own time, without other programs and threads. Each callback of a millisecond or more is a
line in the file that `BENCH_PIECES` names: the milliseconds and the callback. So is each pass of the loop:
everything that runs before the loop looks for new events.
"""

import asyncio
import os
import sys
import time
from asyncio import BaseEventLoop, Handle
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.cli.program import main

FILE = "BENCH_PIECES"
MIN_MS = 1.0
PASS = "a pass"


def watch(note: Callable[[float, str], None]) -> None:
    """Record each callback and each pass of every loop of this process from now on."""
    loops: Any = BaseEventLoop
    handles: Any = Handle
    run, run_once = handles._run, loops._run_once
    spent = 0.0

    def timed_run(handle: Any) -> None:
        nonlocal spent
        callback = handle._callback
        began = time.thread_time()
        run(handle)
        took = (time.thread_time() - began) * 1_000
        spent += took
        if took >= MIN_MS:
            note(took, _name(callback))

    def timed_pass(loop: BaseEventLoop) -> None:
        nonlocal spent
        spent = 0.0
        run_once(loop)
        if spent >= MIN_MS:
            note(spent, PASS)

    handles._run, loops._run_once = timed_run, timed_pass


def _name(callback: Any) -> str:
    """Return a callback's name: for a task its coroutine, and the coroutines that it waits for."""
    task = getattr(callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        return str(getattr(callback, "__qualname__", repr(callback)))
    names: list[str] = []
    coroutine: Any = task.get_coro()
    while coroutine is not None and len(names) < 12:
        names.append(getattr(coroutine, "__qualname__", type(coroutine).__name__))
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "ag_await", None)
    return " > ".join(names)


if __name__ == "__main__":
    # Nobody sees into uvloop's passes. They run the same callbacks.
    sys.modules["uvloop"] = None  # type: ignore[assignment]
    with Path(os.environ[FILE]).open("a", buffering=1) as file:
        watch(lambda took, what: print(f"{took:.1f}\t{what}", file=file))
        main()
