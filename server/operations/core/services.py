"""What the use cases need from outside. Each gets it as an argument."""

from collections.abc import Mapping, Sequence
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
from server.operations.core.offered_sign_ins import OfferedSignIn
from server.operations.core.transactions import Transactions
from server.rules.callbacks.addresses import AddressPolicy
from server.rules.links.links import LinkKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The bounds that the server's operator sets. Times are in seconds, rates in points of GraphQL cost.

    `validity_seconds` is how long a message is worth handing over and delivering, counted from when it could
    first be handed over, and `receipt_margin_seconds` how much longer we wait for its final receipt.
    `max_resends` is how often a message that an operator may have is handed over again, and `max_refusals`
    how often an operator may refuse one for now. If `simulated` is set and there is no link, the simulated
    operator takes all messages.
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
    graphiql: bool
    token_max_seconds: int = 366 * 86400

    @property
    def rate_emptied_us(self) -> int:
        """How many microseconds a full bucket takes to empty."""
        return self.rate_capacity * SECOND_US // self.rate_per_second + SECOND_US


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that an operation may use. The application builds it once.

    `look_ups` lets callers share reading statements and password checks. `turns` makes sign-ins from one
    address wait for each other. `passes` bounds the work on long answers in one pass of the event loop, and
    `collector` collects garbage between large answers. `environment` has the secrets that links name but the
    server does not keep, and `link_drivers` the driver of each kind of link.
    `offered_sign_ins` are a demo's.
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
    offered_sign_ins: Sequence[OfferedSignIn] = ()

    async def drain(self) -> None:
        """Wait until nothing uses the database, before it is closed."""
        await self.look_ups.drain()
        await self.transactions.drain()
