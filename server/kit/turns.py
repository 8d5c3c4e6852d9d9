"""Lets a few at a time through, for each of many keys."""

import asyncio
from weakref import WeakValueDictionary


class Turns:
    """Semaphores by key; each exists while somebody holds it or waits for it."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._semaphores: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    def of(self, key: str) -> asyncio.Semaphore:
        """Return the semaphore of a key: first come, first served."""
        semaphore = self._semaphores.get(key)
        if semaphore is None:
            semaphore = self._semaphores[key] = asyncio.Semaphore(self._at_once)
        return semaphore
