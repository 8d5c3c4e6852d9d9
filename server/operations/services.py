"""What the use cases need from outside, handed to each of them."""

from dataclasses import dataclass

from server.events.bus import Bus
from server.kit.clock import SECOND_US, Clock
from server.kit.passwords import PasswordHasher
from server.operations.message_numbers import MessageNumbers
from server.operations.transactions import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The bounds that an operator of the server sets; times in seconds, rates in points of GraphQL cost."""

    max_parts: int = 6
    session_seconds: int = 12 * 3600
    token_max_seconds: int = 366 * 86400
    claim_lease_seconds: int = 60
    rate_capacity: int = 50_000
    rate_per_second: int = 1_000

    @property
    def rate_emptied_us(self) -> int:
        """In how many microseconds a full bucket empties."""
        return self.rate_capacity * SECOND_US // self.rate_per_second + SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that an operation may use, built once by the application."""

    clock: Clock
    transactions: Transactions
    passwords: PasswordHasher
    message_numbers: MessageNumbers
    bus: Bus
    policy: Policy
