"""How often a caller may make this server call, mail or text the outside, whatever its budget of points.

Each limit allows a burst, and then one at a time at an even pace. It counts by target (a host, an address, a
number) and by account, over all processes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from server.kit.clock import SECOND_US
from server.rules.credits.thresholds import AlertChannel

MINUTE, HOUR, DAY = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True)
class Bound:
    """At most `max_count` at once, and as many again in `seconds`."""

    max_count: int
    seconds: int

    @property
    def interval_us(self) -> int:
        """How long it takes to forget one, in microseconds."""
        return self.seconds * SECOND_US // self.max_count

    @property
    def span_us(self) -> int:
        """How long it takes to forget a full burst, in microseconds."""
        return self.interval_us * self.max_count


@dataclass(frozen=True, slots=True)
class Charge:
    """What counts against a limit: a key that names what is limited, and how many."""

    key: str
    bound: Bound
    count: int = 1


TEST_CALLBACKS_OF_ACCOUNT = Bound(10, MINUTE)
TEST_CALLBACKS_OF_HOST = Bound(30, MINUTE)
REPLAYS_OF_ACCOUNT = Bound(20_000, HOUR)
REPLAYS_OF_HOST = Bound(40_000, HOUR)
ALERTS_OF_ACCOUNT = Bound(100, HOUR)
ALERTS_OF_ADDRESS = Bound(20, HOUR)
CONFIRMATIONS_OF_ACCOUNT = Bound(30, DAY)
CONFIRMATIONS_OF_ADDRESS_BY_ACCOUNT = Bound(3, DAY)
CONFIRMATIONS_OF_ADDRESS = Bound(6, DAY)


def test_callback_charges(account_id: int, host: str) -> list[Charge]:
    """Return the charges of one test callback."""
    return [
        Charge(f"test:account:{account_id}", TEST_CALLBACKS_OF_ACCOUNT),
        Charge(f"test:host:{host}"[:200], TEST_CALLBACKS_OF_HOST),
    ]


def replay_charges(account_id: int, by_host: Mapping[str, int]) -> list[Charge]:
    """Return the charges of replayed callbacks, given their number by host."""
    return [
        Charge(f"replay:account:{account_id}", REPLAYS_OF_ACCOUNT, sum(by_host.values())),
        *(Charge(f"replay:host:{host}"[:200], REPLAYS_OF_HOST, count) for host, count in by_host.items()),
    ]


def alert_charges(account_id: int, channel: AlertChannel, address: str) -> list[Charge]:
    """Return the charges of one alert by mail or SMS: for its address, then for its account."""
    return [
        Charge(f"alert:{account_id}:{channel}:{address}"[:200], ALERTS_OF_ADDRESS),
        Charge(f"alert:{account_id}:{channel}", ALERTS_OF_ACCOUNT),
    ]


def confirmation_charges(account_id: int, channel: AlertChannel, address: str) -> list[Charge]:
    """Return the charges of one question to an address or a number, whoever's limit uses it."""
    return [
        Charge(f"ask:account:{account_id}", CONFIRMATIONS_OF_ACCOUNT),
        Charge(f"ask:account:{account_id}:{channel}:{address}"[:200], CONFIRMATIONS_OF_ADDRESS_BY_ACCOUNT),
        Charge(f"ask:{channel}:{address}"[:200], CONFIRMATIONS_OF_ADDRESS),
    ]
