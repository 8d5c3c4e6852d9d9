"""A queue in which groups take turns, and in each group its members, however many items they have."""

from collections import OrderedDict, deque
from collections.abc import Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items by the path of their owner; only items of the same path are served in order of arrival.

    All paths have the same length. The lanes below one point take turns: the one served last waits for all
    others.
    """

    def __init__(self) -> None:
        self._lanes: OrderedDict[str, FairQueue[T]] = OrderedDict()
        self._items: deque[T] = deque()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def push(self, path: Sequence[str], item: T) -> None:
        """Add an item after all others of its path."""
        self._size += 1
        if not path:
            self._items.append(item)
            return
        if path[0] not in self._lanes:
            self._lanes[path[0]] = FairQueue()
        self._lanes[path[0]].push(path[1:], item)

    def pop(self) -> T:
        """Remove and return the item whose turn it is."""
        self._size -= 1
        if self._items:
            return self._items.popleft()
        name, lane = self._lanes.popitem(last=False)
        item = lane.pop()
        if lane:
            self._lanes[name] = lane
        return item

    def drop(self) -> T:
        """Remove and return the newest item of the longest lane; of several, of the last to have its turn."""
        self._size -= 1
        if self._items:
            return self._items.pop()
        name, lane = max(reversed(self._lanes.items()), key=lambda entry: len(entry[1]))
        item = lane.drop()
        if not lane:
            del self._lanes[name]
        return item

    def discard(self, path: Sequence[str], item: T) -> bool:
        """Remove an item, and return whether it was still waiting."""
        if not path:
            found = item in self._items
            if found:
                self._items.remove(item)
        else:
            lane = self._lanes.get(path[0])
            found = lane is not None and lane.discard(path[1:], item)
            if found and not lane:
                del self._lanes[path[0]]
        self._size -= found
        return found
