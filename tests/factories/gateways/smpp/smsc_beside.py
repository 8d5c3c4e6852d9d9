"""A message centre for a test without an event loop."""

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.factories.gateways.smpp.smsc import Smsc, running


@contextmanager
def beside(smsc: Smsc, tls: ssl.SSLContext | None = None) -> Iterator[Smsc]:
    """Run it in a thread during the block."""
    loop = asyncio.new_event_loop()
    listens, stop = threading.Event(), asyncio.Event()

    async def run() -> None:
        async with running(smsc, tls):
            listens.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        assert listens.wait(60)
        yield smsc
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
