"""How a helper (`processes.helper`) reads its orders, and answers them: one line of JSON each."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any


async def orders() -> AsyncIterator[dict[str, Any]]:
    """Yield the lines of the standard input."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        yield json.loads(line)


def answer(**found: object) -> None:
    """Answer an order."""
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
