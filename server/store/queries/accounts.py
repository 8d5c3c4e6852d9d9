"""Accounts and their API users, for all domains."""

from collections.abc import AsyncIterator, Collection, Iterable, Sequence

from server.store.lookup import find_one
from server.store.models import Account, User
from server.store.orm import longest_text
from server.store.reading import load, load_by
from server.store.sql import is_sqlite

PAGE = 500


async def find_account(name: str) -> Account | None:
    """Return the account of this name, whoever asks."""
    return await find_one(Account.all(), name=name)


async def get_account(account_id: int) -> Account:
    """Return an account that exists, as it is now."""
    return await Account.get(id=account_id)


async def lock_account_id(account_id: int) -> Account:
    """Return an account that exists, locked until the transaction ends."""
    [account] = await load(Account.filter(id=account_id).select_for_update(no_key=True))
    return account


async def lock_account_read(account: Account) -> Account:
    """Lock an account that was read in this transaction, until its end, and return it as it is then.

    SQLite's transactions hold its one lock from the beginning, so what was read can't have changed.
    """
    return account if is_sqlite() else await lock_account_id(account.id)


async def accounts_by_id(ids: Collection[int]) -> dict[int, Account]:
    """Return accounts by their ids."""
    return {account.id: account for account in await load(Account.filter(id__in=set(ids)))} if ids else {}


async def accounts_by_name(names: Collection[str]) -> list[Account]:
    """Return the accounts with these names, whoever asks, in no order."""
    longest = longest_text(Account, "name")
    return await load(Account.filter(name__in=[name for name in names if len(name) <= longest]))


async def account_names(ids: Collection[int]) -> dict[int, str]:
    """Return the names of accounts by their ids."""
    return dict(await Account.filter(id__in=ids).values_list("id", "name"))


async def accounts_keeping_hours(ids: Collection[int]) -> set[int]:
    """Return which of these accounts keep to advertising hours."""
    if not ids:
        return set()
    return {account.id for account in await Account.filter(id__in=ids, keeps_advertising_hours=True)}


async def each_account() -> AsyncIterator[Account]:
    """Yield every account, by id; a page at a time is read."""
    after = 0
    while page := await Account.filter(id__gt=after).order_by("id").limit(PAGE):
        for account in page:
            yield account
        after = page[-1].id


async def get_user(user_id: int | None) -> User:
    """Return a user that exists, as it is now."""
    return await User.get(id=user_id)


async def users_by_id(ids: Iterable[int | None]) -> dict[int, User]:
    """Return users by their ids, including deleted ones; a None is ignored."""
    wanted = {user_id for user_id in ids if user_id is not None}
    return {user.id: user for user in await load(User.filter(id__in=wanted))} if wanted else {}


async def find_users(names: Sequence[tuple[str, str]]) -> list[User]:
    """Return the users, not deleted, with these accounts and logins (in lower case), in no order.

    The ORM's joins would take longer than all the rest of a request by URL.
    """
    pairs = ", ".join(f"(${2 * place + 1}, ${2 * place + 2})" for place in range(len(names)))
    # With an IN of pairs, SQLite would scan all users.
    return await load_by(
        User,
        f"""
        WITH wanted (account, login) AS (VALUES {pairs})
        SELECT users.* FROM wanted
        JOIN accounts ON accounts.name = wanted.account
        JOIN users ON users.account_id = accounts.id AND users.login_key = wanted.login
        WHERE users.deleted_at_us IS NULL
        """,  # noqa: S608 placeholders
        *[text for pair in names for text in pair],
    )


async def is_login_taken(account_id: int, login_key: str) -> bool:
    """Whether a user of the account, not deleted, has this login (in lower case)."""
    return await User.filter(account_id=account_id, login_key=login_key, deleted_at_us=None).exists()


async def set_user(user_id: int, **columns: object) -> None:
    """Write columns of a user."""
    await User.filter(id=user_id).update(**columns)


async def live_users_by_id(ids: Collection[int]) -> dict[int, User]:
    """Return users by their ids, without deleted ones."""
    return {row.id: row for row in await load(User.filter(id__in=set(ids), deleted_at_us=None))}


async def live_user_ids(account_ids: Collection[int], login_key: str) -> list[int]:
    """Return the ids of these accounts' users, not deleted, with this login (in lower case)."""
    users = User.filter(account_id__in=list(account_ids), login_key=login_key, deleted_at_us=None)
    return [user_id for (user_id,) in await users.values_list("id")]
