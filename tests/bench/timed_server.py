"""`python -m server`, and a note of what its event loop did in one piece: which callback took how long.

The time is the thread's own: neither what other programs take nor what other threads do is counted. Each piece of
a millisecond or more is a line in the file that `BENCH_PIECES` names: the milliseconds and what it was; so is
each pass of the loop, all that is done before the loop looks again at what has come meanwhile.
"""

import asyncio
import os
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
    """Have each callback and each pass of every loop of this process noted, from now on."""
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
    """Return what a callback is: of a task its coroutine, and the ones that this waits for."""
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
    with Path(os.environ[FILE]).open("a", buffering=1) as file:
        watch(lambda took, what: print(f"{took:.1f}\t{what}", file=file))
        main()
