"""Which rows a principal may see: every read on behalf of somebody starts from one of these.

What is out of scope is as good as not there: the same answer as for a name that never existed.
"""

from typing import TypeVar

from tortoise.models import Model
from tortoise.queryset import QuerySet

from server.errors import ErrorCode, NotFound
from server.operations.core.principals import Principal
from server.store.lookup import find_one
from server.store.models import (
    Account,
    CallbackDelivery,
    DeliveryEvent,
    Holder,
    Message,
    OperatorLink,
    UnclaimedMessage,
    User,
)
from server.store.reading import load
from server.store.sql import is_sqlite

M = TypeVar("M", bound=Model)


def visible_accounts(principal: Principal) -> QuerySet[Account]:
    """The accounts that the principal may act in."""
    accounts = Account.all()
    if principal.is_user:
        return accounts.filter(id=principal.user_account_id)
    if not principal.sees_all_accounts:
        accounts = accounts.filter(holder_id=principal.holder_id)
    if principal.bound_account_ids is not None:
        accounts = accounts.filter(id__in=principal.bound_account_ids)
    return accounts


def may_act_in(principal: Principal, account: Account) -> bool:
    """Whether an account is one of `visible_accounts`, told from the row alone."""
    account_id: int = account.id
    if principal.is_user:
        return account_id == principal.user_account_id
    if not principal.sees_all_accounts and account.holder_id != principal.holder_id:
        return False
    return principal.bound_account_ids is None or account_id in principal.bound_account_ids


def in_visible_accounts(principal: Principal, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of the rows (of a table with an account) that belong to accounts the principal may act in."""
    if principal.is_user:
        return rows.filter(account_id=principal.user_account_id)
    if not principal.sees_all_accounts:
        rows = rows.filter(account__holder_id=principal.holder_id)
    if principal.bound_account_ids is not None:
        rows = rows.filter(account_id__in=principal.bound_account_ids)
    return rows


def visible_users(principal: Principal) -> QuerySet[User]:
    """The users, not deleted, that the principal may see: an API user sees itself."""
    users = User.filter(deleted_at_us=None)
    if principal.is_user:
        return users.filter(id=principal.user_id)
    return in_visible_accounts(principal, users)


def visible_holders(principal: Principal) -> QuerySet[Holder]:
    """The holders that the principal may see: itself, or for an operator all."""
    holders = Holder.all()
    return holders if principal.sees_all_accounts else holders.filter(id=principal.holder_id)


def visible_messages(principal: Principal) -> QuerySet[Message]:
    """The messages that the principal may see: an API user sees its own."""
    messages = Message.all()
    if principal.is_user:
        return messages.filter(user_id=principal.user_id)
    return in_visible_accounts(principal, messages)


def visible_events(principal: Principal) -> QuerySet[DeliveryEvent]:
    """The delivery events that the principal may see: an API user sees those of its own messages."""
    events = DeliveryEvent.all()
    if principal.is_user:
        return events.filter(user_id=principal.user_id)
    return in_visible_accounts(principal, events)


def visible_events_of(principal: Principal, account: Account) -> QuerySet[DeliveryEvent]:
    """The delivery events of an account in scope that the principal may see."""
    events = DeliveryEvent.filter(account_id=account.id)
    return events.filter(user_id=principal.user_id) if principal.is_user else events


def visible_callbacks(principal: Principal) -> QuerySet[CallbackDelivery]:
    """The callbacks that the principal may see: an API user sees those of its own messages."""
    deliveries = CallbackDelivery.all()
    if principal.is_user:
        return deliveries.filter(user_id=principal.user_id)
    return in_visible_accounts(principal, deliveries)


def visible_links(principal: Principal) -> QuerySet[OperatorLink]:
    """The links that the principal may see: an operator all, anybody else none."""
    links = OperatorLink.all()
    return links if principal.sees_all_accounts else links.filter(id__in=[])


def visible_unclaimed(principal: Principal) -> QuerySet[UnclaimedMessage]:
    """Return the incoming messages of no account that the principal may see: an operator all, others none."""
    rows = UnclaimedMessage.all()
    return rows if principal.sees_all_accounts else rows.filter(id__in=[])


async def find_account(principal: Principal, name: str, *, field: str = "account") -> Account:
    """Return the account of this name; `field` is the input that an error points at.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, there is none that the principal may use.
    """
    account = await find_one(visible_accounts(principal), name=name)
    if account is None:
        raise unknown_account(field)
    return account


async def lock_account(principal: Principal, name: str) -> Account:
    """Return the account of this name, locked until the transaction ends.

    Everything of one account changes under this lock: balances, logs, users. Whoever needs several
    accounts locks them in the order of their ids.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, there is none that the principal may use.
    """
    return await lock_found(await find_account(principal, name))


async def lock_found(account: Account) -> Account:
    """Return an account that was read in this transaction, as it is once it is locked until the end of it.

    SQLite's transactions hold its one lock from the beginning: what was read in one can't have changed.
    """
    return account if is_sqlite() else await lock_account_id(account.id)


async def lock_account_id(account_id: int) -> Account:
    """Return the account with this id, locked until the transaction ends."""
    [account] = await load(Account.filter(id=account_id).select_for_update(no_key=True))
    return account


async def find_user(principal: Principal, account: Account, login: str) -> User:
    """Return the user of an account in scope by its login, in any case.

    Raises:
        NotFound: UNKNOWN_USER, there is none that the principal may see.
    """
    user = await find_one(visible_users(principal), account_id=account.id, login_key=login.lower())
    if user is None:
        raise NotFound("There is no such user.", code=ErrorCode.UNKNOWN_USER, field=("login",))
    return user


def unknown_account(field: str = "account") -> NotFound:
    """The one answer for an account that is not there and for one that is somebody else's."""
    return NotFound("There is no such account.", code=ErrorCode.UNKNOWN_ACCOUNT, field=(field,))
