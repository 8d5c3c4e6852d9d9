"""What becomes of the callbacks that wait when somebody sets another URL."""

from collections.abc import Collection

from tortoise.expressions import Q

from server.models import Account, CallbackKind, CallbackState, CallbackTarget, User
from server.models.sql import fetch, locked_in_order
from server.operations.callbacks import URL_COLUMNS, targets_of

_LOCK = """
    SELECT COUNT(*) FROM (
        SELECT id FROM callback_deliveries
        WHERE state = 'waiting' AND target_id IN (SELECT id FROM callback_targets WHERE account_id = $1)
        ORDER BY id {lock}
    ) locked
"""
_OF_USER = "user_id = $8"
_OF_ACCOUNT = """
    (user_id IS NULL OR user_id IN (
        SELECT id FROM users WHERE account_id = $8 AND ({column} IS NULL OR deleted_at_us IS NOT NULL)
    ))
"""
_REROUTE = """
    UPDATE callback_deliveries
    SET state = $1, target_id = COALESCE($2, target_id), due_at_us = $3, ended_at_us = $4, attempts = 0,
        claim_id = NULL
    WHERE id IN (
        SELECT id FROM callback_deliveries
        WHERE target_id IN (SELECT id FROM callback_targets WHERE account_id = $5)
          AND target_id <> $6 AND state = 'waiting' AND kind = $7 AND {whose}
        ORDER BY id {lock}
    )
"""
_DROP_TESTS = """
    UPDATE callback_deliveries SET state = 'cancelled', ended_at_us = $1, claim_id = NULL
    WHERE id IN (
        SELECT id FROM callback_deliveries
        WHERE state = 'waiting' AND kind = 'test' AND target_id IN (
            SELECT id FROM callback_targets target WHERE account_id = $2
              AND NOT EXISTS (
                  SELECT 1 FROM accounts
                  WHERE accounts.id = $2 AND target.url IN (callback_url, stop_callback_url)
              )
              AND NOT EXISTS (
                  SELECT 1 FROM users
                  WHERE users.account_id = $2 AND deleted_at_us IS NULL
                    AND target.url IN (callback_url, stop_callback_url)
              )
        )
        ORDER BY id {lock}
    )
"""


async def user_urls_changed(account: Account, user: User, *, at_us: int) -> None:
    """Have a user's waiting callbacks go where its URLs lead from now on; account locked, user saved.

    A URL that was set, be it the same as before, is called again if it was disabled. A user that is
    deleted has none of its own, like one that leaves it to the account.
    """
    deleted = user.deleted_at_us is not None
    own = {kind: None if deleted else getattr(user, column) for kind, column in URL_COLUMNS.items()}
    await _prepare(account, {url for url in own.values() if url is not None})
    for kind, column in URL_COLUMNS.items():
        url = own[kind] if own[kind] is not None else getattr(account, column)
        await _reroute(account, kind, url, _OF_USER, user.id, at_us=at_us)
    await _drop_tests(account, at_us)


async def account_urls_changed(account: Account, columns: Collection[str], *, at_us: int) -> None:
    """Do the same for a locked account's URLs that were set, and all users who leave it to them."""
    urls = {getattr(account, column) for column in URL_COLUMNS.values() if column in columns}
    await _prepare(account, urls - {None})
    for kind, column in URL_COLUMNS.items():
        if column in columns:
            whose = _OF_ACCOUNT.format(column=column)
            await _reroute(account, kind, getattr(account, column), whose, account.id, at_us=at_us)
    await _drop_tests(account, at_us)


async def _prepare(account: Account, urls: Collection[str]) -> None:
    """Call these URLs again, as if they had never failed, and lock all that waits for the account's URLs.

    Whoever settles calls takes the same locks in the same order: targets by id, then callbacks by id.
    """
    ids = [target.id for target in (await targets_of(account, urls)).values()] if urls else []
    # One that was disabled may have no failures: a call that was under way then has succeeded.
    ailing = Q(failures_in_a_row__gt=0) | Q(disabled_at_us__isnull=False)
    for target in (
        await CallbackTarget.filter(ailing, id__in=ids).order_by("id").select_for_update(no_key=True)
    ):
        await CallbackTarget.filter(id=target.id).update(
            failing_since_us=None,
            failures_in_a_row=0,
            paused_until_us=0,
            disabled_at_us=None,
            disabled_reason=None,
        )
    await fetch(_LOCK.format(lock=locked_in_order()), account.id)


async def _reroute(
    account: Account, kind: CallbackKind, url: str | None, whose: str, id: int, *, at_us: int
) -> None:
    """Move what waits to a URL, or end it where there is none, or none that is called.

    What is moved is no longer claimed: how a call to the old URL ends tells nothing of the new one.
    """
    target = None if url is None else (await targets_of(account, [url]))[url]
    state, ended_us = CallbackState.WAITING, None
    if target is None:
        state, ended_us = CallbackState.CANCELLED, at_us
    elif target.disabled_at_us is not None:
        state, ended_us = CallbackState.FAILED, at_us
    target_id = None if target is None else target.id
    await fetch(
        _REROUTE.format(whose=whose, lock=locked_in_order()),
        state,
        target_id,
        at_us,
        ended_us,
        account.id,
        target_id or 0,
        kind,
        id,
    )


async def _drop_tests(account: Account, at_us: int) -> None:
    """Cancel tests of URLs that are nobody's any more."""
    await fetch(_DROP_TESTS.format(lock=locked_in_order()), at_us, account.id)
