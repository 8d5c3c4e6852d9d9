"""How fast a link may submit: a rate per second for each bind, and slower when the operator says so.

Time is passed in, in microseconds of any monotonic clock.
"""

from collections import OrderedDict
from collections.abc import Callable

from server.kit.clock import SECOND_US

_NS_IN_US = 1_000
_SECOND_NS = SECOND_US * _NS_IN_US
_BURST_NS = _SECOND_NS // 10

FIRST_BRAKE_US = SECOND_US // 2
MAX_BRAKE_US = 30 * SECOND_US
MAX_REMEMBERED = 1_000
"""How many receivers' refusals are remembered."""


class Pace:
    """A token bucket that holds a tenth of a second's tokens, and at least one.

    So a loop that wakes a little late catches up, and no second has more than a tenth too many.
    """

    def __init__(self, per_second: int) -> None:
        self._step_ns = _SECOND_NS // per_second
        self._slack_ns = max(0, _BURST_NS - self._step_ns)
        # When the bucket will be full. It may be ahead of now by what the bucket holds.
        self._full_ns = 0

    def ready_us(self) -> int:
        """Return when there is a token."""
        return -((self._slack_ns - self._full_ns) // _NS_IN_US)

    def take(self, now_us: int) -> None:
        """Use up a token."""
        self._full_ns = max(self._full_ns, now_us * _NS_IN_US) + self._step_ns


class Brake:
    """Shared by all binds of a link: after a refusal for haste, nothing for a while, then one at a time.

    The next message that passes tells whether a refusal concerned the link or only one receiver. The pause
    doubles with each further receiver that is refused before anything passes, up to half a minute. Once
    something passes, the refusals concerned their receivers only: further ones for those receivers slow
    nothing down, until a message to that receiver passes.
    """

    def __init__(self, on_press: Callable[[], None] = lambda: None) -> None:
        self._on_press = on_press
        self._pause_us = 0
        self._until_us = 0
        self._refused: set[str] = set()
        self._by_themselves: OrderedDict[str, None] = OrderedDict()
        self.presses = 0

    @property
    def pressed(self) -> bool:
        """Tell whether the operator has taken no message since it refused one."""
        return self._pause_us > 0

    @property
    def until_us(self) -> int:
        """Return until when nothing is submitted."""
        return self._until_us

    def press(self, receiver: str, now_us: int, least_us: int = 0) -> None:
        """Slow down, for at least `least_us`. Refusals of messages already under way count once."""
        if not self._pause_us and receiver in self._by_themselves:
            return
        is_another = receiver not in self._refused
        if len(self._refused) < MAX_REMEMBERED:
            self._refused.add(receiver)
        if now_us < self._until_us:
            return
        self.presses += 1
        if is_another:
            self._pause_us = min(self._pause_us * 2 or FIRST_BRAKE_US, MAX_BRAKE_US)
        self._until_us = now_us + max(self._pause_us, least_us)
        self._on_press()

    def release(self, receiver: str, now_us: int) -> None:
        """Go on at full speed, unless this is the answer to a message from before the refusal."""
        if self._by_themselves:
            self._by_themselves.pop(receiver, None)
        if not self._pause_us or now_us < self._until_us:
            return
        self._pause_us = 0
        self._refused.discard(receiver)
        self._by_themselves.update(dict.fromkeys(self._refused))
        while len(self._by_themselves) > MAX_REMEMBERED:
            self._by_themselves.popitem(last=False)
        self._refused.clear()
