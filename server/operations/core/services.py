"""What the use cases need from outside, handed to each of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.bus.bus import Bus
from server.gateways.drivers import LinkDriver
from server.kit.clock import SECOND_US, Clock
from server.kit.collecting import Collector
from server.kit.encryption import Cipher
from server.kit.meters import Meters
from server.kit.passes import Passes
from server.kit.passwords import PasswordHasher
from server.kit.signing import SigningKeys
from server.kit.turns import Turns
from server.logs.tail import Followers
from server.operations.core.batcher import Batches
from server.operations.core.message_ids import MessageIds
from server.operations.core.transactions import Transactions
from server.rules.callbacks.addresses import AddressPolicy
from server.rules.links.links import LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The bounds that an operator of the server sets; times in seconds, rates in points of GraphQL cost.

    `validity_seconds` is how long a message is worth handing over and delivering, from when it could first be
    handed over, and `receipt_margin_seconds` how much longer its final receipt is waited for. `max_resends` tells
    how often a message is handed over again that an operator may have, and `max_refusals` how often an operator
    may refuse one for the time being. Where it is `simulated` and no link is set, the simulated operator takes
    all messages.
    """

    max_parts: int
    session_seconds: int
    claim_lease_seconds: int
    validity_seconds: int
    receipt_margin_seconds: int
    max_resends: int
    max_refusals: int
    simulated: bool
    event_retention_days: int
    orphaned_receipt_seconds: int
    public_url: str
    callback_addresses: AddressPolicy
    callback_parallel: int
    callback_parallel_per_host: int
    callback_retry_seconds: tuple[int, ...]
    callback_disable_after_seconds: int
    callback_key_overlap_seconds: int
    rate_capacity: int
    rate_per_second: int
    token_max_seconds: int = 366 * 86400

    @property
    def rate_emptied_us(self) -> int:
        """In how many microseconds a full bucket empties."""
        return self.rate_capacity * SECOND_US // self.rate_per_second + SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that an operation may use, built once by the application.

    `look_ups` has callers share statements that read, and password checks; `turns` has those who try to sign in
    from one address wait for each other; `passes` bounds what is made of long answers in one pass of the event loop, and
    `collector` collects garbage between large ones. `environment` has the secrets that are named and not kept here,
    and `link_drivers` what knows each kind of link.
    """

    clock: Clock
    meters: Meters
    transactions: Transactions
    passwords: PasswordHasher
    message_ids: MessageIds
    look_ups: Batches
    turns: Turns
    bus: Bus
    followers: Followers
    passes: Passes = field(default_factory=Passes)
    collector: Collector = field(default_factory=Collector)
    signing_keys: SigningKeys
    cipher: Cipher = field(repr=False)
    link_drivers: Mapping[LinkKind, LinkDriver]
    environment: Mapping[str, str] = field(repr=False)
    policy: Policy

    async def drain(self) -> None:
        """Wait until nothing uses the database any more, before it is closed."""
        await self.look_ups.drain()
        await self.transactions.drain()
