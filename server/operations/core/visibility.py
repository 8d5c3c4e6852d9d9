"""Finding accounts and users that a principal may use, and locking them.

What the principal may not use gets the same answer as a name that never existed.
"""

from collections.abc import Sequence

from server.errors import ErrorCode, NotFound
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from server.store.lookup import find_one
from server.store.models import Account, User
from server.store.queries import accounts
from server.store.queries.visible_rows import visible_accounts, visible_users


def may_act_in(principal: Principal, account: Account) -> bool:
    """Tell from its row alone whether an account is one of `visible_accounts`."""
    account_id: int = account.id
    if principal.is_user:
        return account_id == principal.user_account_id
    if not principal.sees_all_accounts and account.holder_id != principal.holder_id:
        return False
    return principal.bound_account_ids is None or account_id in principal.bound_account_ids


async def find_account(principal: Principal, name: str, *, field: str = "account") -> Account:
    """Return the account of this name; `field` is the input that an error points at.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, there is none that the principal may use.
    """
    account = await find_one(visible_accounts(principal), name=name)
    if account is None:
        raise unknown_account(field)
    return account


async def read_account(services: Services, principal: Principal, name: str) -> Account:
    """Return the account of this name outside of transactions; all who ask at the same time share one statement.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, there is none that the principal may use.
    """
    account = await seen_account(services, principal, name)
    if account is None:
        raise unknown_account()
    return account


async def seen_account(services: Services, principal: Principal, name: str) -> Account | None:
    """Return the account of this name as `read_account` does, or None."""
    account = await services.look_ups.read("account", name, _accounts_named)
    return account if account is not None and may_act_in(principal, account) else None


async def _accounts_named(names: Sequence[str]) -> list[Account | None]:
    found = {account.name: account for account in await accounts.accounts_by_name(set(names))}
    return [found.get(name) for name in names]


async def lock_account(principal: Principal, name: str) -> Account:
    """Return the account of this name, locked until the transaction ends.

    Everything of an account changes under this lock: balances, logs, users. To lock several accounts, lock
    them in the order of their ids.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, there is none that the principal may use.
    """
    return await accounts.lock_account_read(await find_account(principal, name))


async def find_user(principal: Principal, account: Account, login: str) -> User:
    """Return the user of an account by its login; case makes no difference.

    Raises:
        NotFound: UNKNOWN_USER, there is none that the principal may see.
    """
    user = await find_one(visible_users(principal), account_id=account.id, login_key=login.lower())
    if user is None:
        raise NotFound("There is no such user.", code=ErrorCode.UNKNOWN_USER, field=("login",))
    return user


def unknown_account(field: str = "account") -> NotFound:
    """Return the one answer for an account that does not exist and for somebody else's."""
    return NotFound("There is no such account.", code=ErrorCode.UNKNOWN_ACCOUNT, field=(field,))
