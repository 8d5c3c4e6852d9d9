"""A process that counts in transactions that read before they write: `read_then_write.py URL TURNS`.

It prints when it is ready, and begins at a line of input.
"""

import asyncio
import sys

from tortoise.transactions import in_transaction

from server.store.database import Database
from server.store.models import Counter

COUNTER = "turns"


async def count(turns: int) -> None:
    """Raise the counter by one in each of `turns` transactions."""
    for _ in range(turns):
        async with in_transaction():
            counter = await Counter.select_for_update().get(name=COUNTER)
            await Counter.filter(name=COUNTER).update(value=counter.value + 1)


async def _main(url: str, turns: int) -> None:
    database = Database(url)
    await database.open()
    print("ready", flush=True)  # noqa: T201 the signal to the test
    await asyncio.to_thread(sys.stdin.readline)
    await count(turns)
    await database.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
