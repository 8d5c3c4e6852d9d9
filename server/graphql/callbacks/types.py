"""Callbacks, as the schema shows them."""

import strawberry

from server.graphql.callbacks.loaders import last_delivery, target_at, target_of, tries_of
from server.graphql.schema import loaders
from server.graphql.schema.access import Access, field, object_type, resolved
from server.graphql.schema.context import Info
from server.graphql.schema.ids import Node, node_id
from server.graphql.schema.paging import Connection, Order
from server.graphql.schema.scalars import URL, DateTime, IPAddress
from server.kit.signing import key_id
from server.rules.callbacks.callbacks import DisabledReason, TryVerdict, called_url
from server.store.models import Account as AccountRow
from server.store.models import CallbackDelivery as DeliveryRow
from server.store.models import CallbackKind, CallbackState
from server.store.models import CallbackTarget as TargetRow
from server.store.models import CallbackTry as TryRow
from server.store.models import User as UserRow

CALLBACK_ORDER = Order("callback deliveries", ("id",), (int,), descending=True)
MICROSECONDS_PER_MILLISECOND = 1_000


@object_type(access=Access.SIGNED_IN, description="One try to deliver a callback.")
class CallbackTry:
    tried_at: DateTime = field(description="When it started.")
    address: IPAddress | None = field(
        description=(
            "The address that was connected to. Null if there was no connection, and for an API user if "
            "the URL is not its own."
        )
    )
    status: int | None = field(description="The HTTP status of the response; null if there was none.")
    latency_ms: int = field(description="How long the response took, in milliseconds.")
    verdict: TryVerdict = field(description="How it ended.")

    @classmethod
    def of(cls, row: TryRow, *, shows_address: bool) -> "CallbackTry":
        return cls(
            tried_at=DateTime(row.at_us),
            address=IPAddress(row.address) if row.address is not None and shows_address else None,
            status=row.status,
            latency_ms=row.latency_us // MICROSECONDS_PER_MILLISECOND,
            verdict=row.verdict,
        )


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "One callback: the call to a URL about one event, STOP or test. An API user sees those about its "
        "own messages."
    ),
)
class CallbackDelivery(Node):
    row: strawberry.Private[DeliveryRow]
    kind: CallbackKind = field(description="What it is about.")
    webhook_id: str = field(
        description="Its `webhook-id`, the same at every try, so that an endpoint can drop repeats."
    )
    state: CallbackState = field(description="How far it has come.")
    attempts: int = field(description="How often it was tried since it was created or last replayed.")
    next_try_at: DateTime | None = field(
        description="When it is tried next; null if it has ended, and during a try."
    )
    created_at: DateTime = field(description="When it was created.")
    ended_at: DateTime | None = field(
        description="When it was delivered or given up; null if it is still waiting."
    )

    @resolved(
        description=(
            "The full URL that is called, with its query. Null for an API user if the URL is its account's "
            "and not its own."
        )
    )
    async def url(self, info: Info) -> URL | None:
        target = await self._shown_target(info)
        return None if target is None else URL(called_url(target.url, self.row.query))

    @resolved(description="All tries to deliver it, oldest first.")
    async def tries(self, info: Info) -> list[CallbackTry]:
        shows_address = await self._shown_target(info) is not None
        return [CallbackTry.of(row, shows_address=shows_address) for row in await tries_of(info, self.row.id)]

    async def _shown_target(self, info: Info) -> TargetRow | None:
        """Load the target; None for an API user if it is not its own."""
        target = await target_of(info, self.row.target_id)
        caller = info.context.principal
        if caller.is_user:
            user = await loaders.live_user(info, caller.user_id)
            if user is None or target.url not in {user.callback_url, user.stop_callback_url}:
                return None
        return target

    @classmethod
    def of(cls, row: DeliveryRow) -> "CallbackDelivery":
        due = row.state is CallbackState.WAITING and row.claim_id is None
        return cls(
            row=row,
            id=node_id("CallbackDelivery", row.id),
            kind=row.kind,
            webhook_id=row.webhook_id,
            state=row.state,
            attempts=row.attempts,
            next_try_at=DateTime(row.due_at_us) if due else None,
            created_at=DateTime(row.created_at_us),
            ended_at=None if row.ended_at_us is None else DateTime(row.ended_at_us),
        )


@object_type(access=Access.SIGNED_IN, description="A page of callbacks, newest first.")
class CallbackDeliveryConnection(Connection[CallbackDelivery]):
    pass


@object_type(
    access=Access.SIGNED_IN,
    description=(
        "The URLs called when something happens to the messages of a user or an account, and the state of "
        "the calls."
    ),
)
class Callback:
    owner: strawberry.Private[UserRow | AccountRow]
    url: URL | None = field(
        description=(
            "Called at each status change. Null if a user has none of its own and the account's is used, "
            "or if there is none."
        )
    )
    stop_url: URL | None = field(
        description=(
            "Called when a receiver asks to stop. Null if a user has none of its own and the account's is "
            "used, or if there is none."
        )
    )

    @resolved(
        description=(
            "An id of the signing key: the first 16 hexadecimal digits of the SHA-256 of the key's bytes. "
            "Calls to a user's own URL are signed with the user's key, calls to the account's URL with the "
            "account's key."
        )
    )
    def signing_key_id(self, info: Info) -> str:
        owner = self.owner
        account_id, user_id = (
            (owner.id, None) if isinstance(owner, AccountRow) else (owner.account_id, owner.id)
        )
        keys = info.context.services.signing_keys
        return key_id(keys.key(account_id, user_id, owner.callback_key_version))

    @resolved(
        description=(
            "The newest callback about messages of the user, or of the whole account; null if there is "
            "none yet."
        )
    )
    async def last_delivery(self, info: Info) -> CallbackDelivery | None:
        column = "account_id" if isinstance(self.owner, AccountRow) else "user_id"
        row = await last_delivery(info, column, self.owner.id)
        return CallbackDelivery.of(row) if row else None

    @resolved(
        description="When one of these URLs was disabled (the earlier time if both are); null if neither is."
    )
    async def disabled_at(self, info: Info) -> DateTime | None:
        disabled = [
            target.disabled_at_us for target in await self._targets(info) if target.disabled_at_us is not None
        ]
        return DateTime(min(disabled)) if disabled else None

    @resolved(description="Why that URL was disabled; null if neither is.")
    async def disabled_reason(self, info: Info) -> DisabledReason | None:
        disabled = [target for target in await self._targets(info) if target.disabled_at_us is not None]
        return (
            min(disabled, key=lambda target: target.disabled_at_us or 0).disabled_reason if disabled else None
        )

    @resolved(description="Since when every try at one of these URLs has failed; null if neither fails.")
    async def failing_since(self, info: Info) -> DateTime | None:
        since = [
            target.failing_since_us
            for target in await self._targets(info)
            if target.failing_since_us is not None
        ]
        return DateTime(min(since)) if since else None

    async def _targets(self, info: Info) -> list[TargetRow]:
        owner = self.owner
        account_id = owner.id if isinstance(owner, AccountRow) else owner.account_id
        urls = {owner.callback_url, owner.stop_callback_url} - {None}
        targets = [await target_at(info, account_id, url) for url in sorted(filter(None, urls))]
        return [target for target in targets if target is not None]

    @classmethod
    def of(cls, owner: UserRow | AccountRow) -> "Callback":
        return cls(
            owner=owner,
            url=None if owner.callback_url is None else URL(owner.callback_url),
            stop_url=None if owner.stop_callback_url is None else URL(owner.stop_callback_url),
        )
