"""Balances and the ledger, in millicredits: moving credits, and reading them for proofs."""

from collections.abc import Collection
from typing import Any

from tortoise.expressions import Q
from tortoise.functions import Count, Max, Sum

from server.store.models import LedgerEntry, Rate, User
from server.store.reading import load
from server.store.sql import fetch


async def move_credits(account_id: int, delta: int, *, entries: int, events: int) -> bool:
    """Move an account's balance, and draw numbers of its ledger and of its event log, in one UPDATE.

    Return False, with nothing changed, if the balance would fall below 0.
    """
    rows = await fetch(
        """
        UPDATE accounts SET credits_left = credits_left + $1, ledger_sequence = ledger_sequence + $2,
                            event_sequence = event_sequence + $3
        WHERE id = $4 AND credits_left + $1 >= 0 RETURNING id
        """,
        delta,
        entries,
        events,
        account_id,
    )
    return bool(rows)


async def account_snapshot(account_id: int) -> list[dict[str, Any]]:
    """Return an account's balance, its ledger's last number, and the sum of its messages, in one snapshot.

    There is a row for each user with a quota, or one without a user; none if there is no such account.
    """
    return await fetch(
        """
        WITH messaged AS (
            SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) AS spent,
                   CAST(COALESCE(SUM(CASE WHEN status = 16 THEN credits ELSE 0 END), 0) AS BIGINT) AS refunded
            FROM messages WHERE account_id = $1
        ),
        written AS (SELECT COALESCE(MAX(sequence), 0) AS last FROM ledger_entries WHERE account_id = $1)
        SELECT accounts.name, accounts.credits_left, accounts.ledger_sequence, written.last,
               messaged.spent, messaged.refunded, users.id AS user_id, users.quota_left
        FROM accounts CROSS JOIN messaged CROSS JOIN written
        LEFT JOIN users ON users.account_id = accounts.id AND users.quota_left <> 0
        WHERE accounts.id = $1
        """,
        account_id,
    )


async def ledger_entries(account_id: int, *, after: int, last: int, limit: int) -> list[dict[str, Any]]:
    """Return an account's entries after one number up to another, in order, with what a proof compares."""
    return await fetch(
        """
        SELECT sequence, kind, account_delta, quota_delta, user_id, account_balance, quota_balance, reference
        FROM ledger_entries WHERE account_id = $1 AND sequence > $2 AND sequence <= $3
        ORDER BY sequence LIMIT $4
        """,
        account_id,
        after,
        last,
        limit,
    )


async def server_totals() -> dict[str, Any]:
    """Return the sums of all ledgers, accounts, quotas and messages, in one snapshot."""
    [row] = await fetch(
        """
        SELECT
            CAST(COALESCE(SUM(CASE WHEN kind = 'GRANT' THEN account_delta ELSE 0 END), 0) AS BIGINT) AS granted,
            CAST(COALESCE(SUM(CASE WHEN kind = 'CORRECTION' THEN account_delta ELSE 0 END), 0) AS BIGINT)
                AS corrected,
            CAST(COALESCE(SUM(CASE WHEN kind IN ('TRANSFER_IN', 'TRANSFER_OUT') THEN account_delta ELSE 0 END), 0)
                AS BIGINT) AS transferred,
            (SELECT CAST(COALESCE(SUM(credits_left), 0) AS BIGINT) FROM accounts) AS left_on_accounts,
            (SELECT CAST(COALESCE(SUM(quota_left), 0) AS BIGINT) FROM users) AS held_by_quotas,
            (SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM messages) AS spent,
            (SELECT CAST(COALESCE(SUM(credits), 0) AS BIGINT) FROM messages WHERE status = 16) AS refunded
        FROM ledger_entries
        """
    )
    return row


async def move_quota(user_id: int, delta: int, **changes: object) -> bool:
    """Move a user's quota, and write other columns of the user, in one UPDATE.

    Return False, with nothing changed, if the quota would fall below 0.
    """
    sets = "".join(f", {name} = ${place}" for place, name in enumerate(changes, start=3))
    rows = await fetch(
        f"""
        UPDATE users SET quota_left = quota_left + $1{sets} WHERE id = $2 AND quota_left + $1 >= 0 RETURNING id
        """,  # noqa: S608 names of columns
        delta,
        user_id,
        *changes.values(),
    )
    return bool(rows)


async def get_entry(reference: str) -> LedgerEntry:
    """Return the ledger entry with a reference that exists."""
    return await LedgerEntry.get(reference=reference)


async def rates_of(countries: Collection[str]) -> dict[str, int]:
    """Return the price of a part (millicredits) to each of these countries that has a rate."""
    return {rate.country: rate.credits for rate in await load(Rate.filter(country__in=set(countries)))}


async def find_rate(country: str) -> Rate | None:
    """Return a country's rate."""
    return await Rate.get_or_none(country=country)


async def set_rate(country: str, credits: int, *, at_us: int) -> Rate:
    """Write a country's rate, and return it."""
    rate, _created = await Rate.update_or_create(
        country=country, defaults={"credits": credits, "updated_at_us": at_us}
    )
    return rate


async def limited_users(account_id: int, quota_user_ids: Collection[int]) -> list[User]:
    """Return an account's users, not deleted, with a limit that is on: those without a quota, and these."""
    touched = Q(quota_on=False)
    if quota_user_ids:
        touched |= Q(id__in=list(quota_user_ids))
    return await load(User.filter(touched, account_id=account_id, deleted_at_us=None, limit_on=True))


async def draw_alert_numbers(account_id: int, count: int) -> None:
    """Draw this many numbers of a locked account's log of alerts."""
    await fetch("UPDATE accounts SET alert_sequence = alert_sequence + $1 WHERE id = $2", count, account_id)


async def quota_totals(account_ids: Collection[int]) -> dict[int, tuple[int, int]]:
    """Return by account the sum of its quotas (millicredits), and how many users have one, if any do."""
    rows = (
        await User.filter(account_id__in=set(account_ids), quota_on=True)
        .annotate(held=Sum("quota_left"), users=Count("id"))
        .group_by("account_id")
        .values_list("account_id", "held", "users")
    )
    return {account: (int(held), users) for account, held, users in rows}


async def balances_at(account_ids: Collection[int], at_us: int) -> dict[int, int]:
    """Return by account what was left at a time, in millicredits; nothing before its first entry."""
    entries = LedgerEntry.filter(account_id__in=set(account_ids), at_us__lte=at_us)
    latest = (
        await entries.annotate(latest=Max("sequence"))
        .group_by("account_id")
        .values_list("account_id", "latest")
    )
    wanted = [Q(account_id=account, sequence=sequence) for account, sequence in latest]
    rows = await LedgerEntry.filter(Q(*wanted, join_type="OR")) if wanted else []
    return {row.account_id: row.account_balance for row in rows}


async def rates(countries: Collection[str] | None) -> list[Rate]:
    """Return the rates of these countries, or of all that have one, by country."""
    rows = Rate.all() if countries is None else Rate.filter(country__in=set(countries))
    return await rows.order_by("country")
