"""A process that counts in transactions which read before they write: `read_then_write.py URL TURNS`.

It says when it is ready, and begins when it is told to.
"""

import asyncio
import sys

from tortoise.transactions import in_transaction

from server.store.database import Database
from server.store.models import Counter

COUNTER = "turns"


async def count(turns: int) -> None:
    """Raise the counter by one, in as many transactions as there are turns."""
    for _ in range(turns):
        async with in_transaction():
            counter = await Counter.select_for_update().get(name=COUNTER)
            await Counter.filter(name=COUNTER).update(value=counter.value + 1)


async def _main(url: str, turns: int) -> None:
    database = Database(url)
    await database.open()
    print("ready", flush=True)  # noqa: T201 its way to say so
    await asyncio.to_thread(sys.stdin.readline)
    await count(turns)
    await database.close()


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], int(sys.argv[2])))
