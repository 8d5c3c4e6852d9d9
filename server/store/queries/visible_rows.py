"""The rows that a caller may see. Every read for a caller starts from one of these.

Rows out of scope get the same answer as a name that never existed. These queries are not run yet, since a
connection filters, orders and pages them (see docs/adr/0012).
"""

from collections.abc import Collection
from collections.abc import Set as AbstractSet
from typing import Protocol, TypeVar

from tortoise.expressions import Q
from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.store.models import (
    AccessToken,
    Account,
    CallbackDelivery,
    DeliveryEvent,
    Holder,
    Message,
    OperatorLink,
    Sender,
    UnclaimedMessage,
    User,
)

M = TypeVar("M", bound=Model)


class Caller(Protocol):
    """What decides which rows a caller may see."""

    @property
    def is_user(self) -> bool:
        """Whether an API user asks."""

    @property
    def sees_all_accounts(self) -> bool:
        """Whether an operator asks, without a token that is bound to accounts."""

    @property
    def holder_id(self) -> int | None:
        """The holder who asks."""

    @property
    def user_id(self) -> int | None:
        """The API user who asks."""

    @property
    def user_account_id(self) -> int | None:
        """The account of the API user who asks."""

    @property
    def bound_account_ids(self) -> AbstractSet[int] | None:
        """The only accounts that the token is valid for; None for all."""


def visible_accounts(caller: Caller) -> QuerySet[Account]:
    """The accounts that the caller may use."""
    accounts = Account.all()
    if caller.is_user:
        return accounts.filter(id=caller.user_account_id)
    if not caller.sees_all_accounts:
        accounts = accounts.filter(holder_id=caller.holder_id)
    if caller.bound_account_ids is not None:
        accounts = accounts.filter(id__in=caller.bound_account_ids)
    return accounts


def in_visible_accounts(caller: Caller, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of the rows (of a table with an account) that belong to accounts that the caller may use."""
    if caller.is_user:
        return rows.filter(account_id=caller.user_account_id)
    if not caller.sees_all_accounts:
        rows = rows.filter(account__holder_id=caller.holder_id)
    if caller.bound_account_ids is not None:
        rows = rows.filter(account_id__in=caller.bound_account_ids)
    return rows


def visible_users(caller: Caller) -> QuerySet[User]:
    """The users, not deleted, that the caller may see: an API user sees itself."""
    users = User.filter(deleted_at_us=None)
    if caller.is_user:
        return users.filter(id=caller.user_id)
    return in_visible_accounts(caller, users)


def visible_holders(caller: Caller) -> QuerySet[Holder]:
    """The holders that the caller may see: itself, or all for an operator."""
    holders = Holder.all()
    return holders if caller.sees_all_accounts else holders.filter(id=caller.holder_id)


def visible_messages(caller: Caller) -> QuerySet[Message]:
    """The messages that the caller may see: an API user sees its own."""
    messages = Message.all()
    if caller.is_user:
        return messages.filter(user_id=caller.user_id)
    return in_visible_accounts(caller, messages)


def visible_senders(caller: Caller) -> QuerySet[Sender]:
    """The senders that the caller may see: an API user sees its account's."""
    return in_visible_accounts(caller, Sender.all())


def visible_events(caller: Caller) -> QuerySet[DeliveryEvent]:
    """The delivery events that the caller may see: an API user sees those of its own messages."""
    events = DeliveryEvent.all()
    if caller.is_user:
        return events.filter(user_id=caller.user_id)
    return in_visible_accounts(caller, events)


def visible_events_of(caller: Caller, account: Account) -> QuerySet[DeliveryEvent]:
    """The delivery events of a visible account that the caller may see."""
    events = DeliveryEvent.filter(account_id=account.id)
    return events.filter(user_id=caller.user_id) if caller.is_user else events


def visible_callbacks(caller: Caller) -> QuerySet[CallbackDelivery]:
    """The callbacks that the caller may see: an API user sees those of its own messages."""
    deliveries = CallbackDelivery.all()
    if caller.is_user:
        return deliveries.filter(user_id=caller.user_id)
    return in_visible_accounts(caller, deliveries)


def visible_links(caller: Caller) -> QuerySet[OperatorLink]:
    """The links that the caller may see: all for an operator, none for others."""
    links = OperatorLink.all()
    return links if caller.sees_all_accounts else links.filter(id__in=[])


def visible_unclaimed(caller: Caller) -> QuerySet[UnclaimedMessage]:
    """The incoming messages of no account that the caller may see: all for an operator, none for others."""
    rows = UnclaimedMessage.all()
    return rows if caller.sees_all_accounts else rows.filter(id__in=[])


def live_sessions(*, at_us: int) -> QuerySet[AccessToken]:
    """All sessions that have not ended. The caller must narrow them to what is in scope."""
    return AccessToken.filter(is_session=True, revoked_at_us=None, expires_at_us__gt=at_us)


def visible_sessions(caller: Caller, *, at_us: int) -> QuerySet[AccessToken]:
    """Sessions that have not ended: the caller's and those of users that it manages; all for an operator."""
    sessions = live_sessions(at_us=at_us)
    if caller.is_user:
        return sessions.filter(user_id=caller.user_id)
    if caller.sees_all_accounts:
        return sessions
    of_users = Q(user__account__holder_id=caller.holder_id)
    if caller.bound_account_ids is not None:
        return sessions.filter(of_users, user__account_id__in=caller.bound_account_ids)
    return sessions.filter(of_users | Q(holder_id=caller.holder_id))


def visible_tokens(caller: Caller) -> QuerySet[AccessToken]:
    """The tokens of the caller, and those of users that it manages."""
    tokens = AccessToken.filter(is_session=False)
    if caller.is_user:
        return tokens.filter(user_id=caller.user_id)
    of_users = Q(user__account__holder_id=caller.holder_id)
    if caller.sees_all_accounts:
        of_users = Q(user_id__isnull=False)
    if caller.bound_account_ids is not None:
        return tokens.filter(of_users, user__account_id__in=caller.bound_account_ids)
    return tokens.filter(of_users | Q(holder_id=caller.holder_id))


async def visible_users_by_login(caller: Caller, account_ids: Collection[int], login: str) -> dict[int, User]:
    """Return by account the user with this login (in lower case); an API user finds only itself.

    The accounts must be in the caller's scope.
    """
    users = User.filter(account_id__in=set(account_ids), login_key=login, deleted_at_us=None)
    if caller.is_user:
        users = users.filter(id=caller.user_id)
    return {row.account_id: row for row in await users}


async def own_holder(caller: Caller) -> Holder | None:
    """Return the holder who asks, if one does."""
    return None if caller.is_user else await Holder.get_or_none(id=caller.holder_id)


async def own_user(caller: Caller) -> User | None:
    """Return the API user who asks, if one does."""
    return await User.get_or_none(id=caller.user_id) if caller.is_user else None


async def visible_accounts_by_id(caller: Caller, ids: Collection[int]) -> dict[int, Account]:
    """Return those of these accounts that the caller may use, by their ids."""
    return {row.id: row for row in await visible_accounts(caller).filter(id__in=set(ids))}


async def visible_message(
    caller: Caller, message_id: int, *, account_id: int | None = None
) -> Message | None:
    """Return a message (of an account) that the caller may see."""
    messages = visible_messages(caller).filter(id=message_id)
    return await (messages if account_id is None else messages.filter(account_id=account_id)).first()


async def visible_session(caller: Caller, session_id: int, *, at_us: int) -> AccessToken | None:
    """Return a session that the caller may see, and that has not ended."""
    return await visible_sessions(caller, at_us=at_us).get_or_none(id=session_id)


async def visible_token(caller: Caller, token_id: int) -> AccessToken | None:
    """Return a token that the caller may see."""
    return await visible_tokens(caller).get_or_none(id=token_id)


def own_tokens(caller: Caller) -> QuerySet[AccessToken]:
    """The caller's own tokens."""
    return _own(caller, visible_tokens(caller))


def own_sessions(caller: Caller, *, at_us: int) -> QuerySet[AccessToken]:
    """The caller's own sessions that have not ended."""
    return _own(caller, visible_sessions(caller, at_us=at_us))


def live_users() -> QuerySet[User]:
    """All users that are not deleted. The caller must narrow them to what is in scope."""
    return User.filter(deleted_at_us=None)


def program_tokens() -> QuerySet[AccessToken]:
    """All tokens that are no sessions. The caller must narrow them to what is in scope."""
    return AccessToken.filter(is_session=False)


def all_of(model: type[M]) -> QuerySet[M]:
    """All rows of a table. The caller must narrow them to what is in scope."""
    return model.all()


def _own(caller: Caller, tokens: QuerySet[AccessToken]) -> QuerySet[AccessToken]:
    return (
        tokens.filter(user_id=caller.user_id) if caller.is_user else tokens.filter(holder_id=caller.holder_id)
    )
