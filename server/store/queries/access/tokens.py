"""Sessions and tokens: their owners, and ending them with everything that they made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from server.store.models import AccessToken, User
from server.store.sql import fetch, padded, placeholders


@dataclass(frozen=True, slots=True, kw_only=True)
class TokensOf:
    """A selection of sessions and tokens: one by its id, or those of a holder or an API user."""

    token_id: int | None = None
    holder_id: int | None = None
    user_id: int | None = None
    sessions_only: bool = False
    but_for_id: int | None = None


async def find_token_owners(digests: Sequence[str], *, at_us: int, enabled: str) -> list[dict[str, Any]]:
    """Return the valid tokens with these digests, with their owners, who may act, in no order.

    `enabled` is the status that a user's account needs. Each request begins with this, and the ORM's objects would
    take ten times as long.
    """
    digests = padded(digests)
    return await fetch(
        f"""
        SELECT tokens.digest, tokens.id, tokens.scopes, tokens.account_ids, tokens.is_session,
            tokens.last_used_at_us AS token_used_at_us,
            holders.id AS holder_id, holders.email, holders.is_operator,
            users.id AS user_id, users.account_id, users.login, users.ip_restrictions,
            accounts.name AS account, users.last_used_at_us AS user_used_at_us
        FROM access_tokens AS tokens
        LEFT JOIN holders ON holders.id = tokens.holder_id
        LEFT JOIN users ON users.id = tokens.user_id
        LEFT JOIN accounts ON accounts.id = users.account_id
        WHERE tokens.digest IN ({placeholders(digests, after=2)}) AND tokens.revoked_at_us IS NULL AND tokens.expires_at_us > $1
            AND (holders.id IS NULL OR holders.enabled)
            AND (users.id IS NULL OR (users.enabled AND users.deleted_at_us IS NULL AND accounts.status = $2
                AND (users.ends_at_us IS NULL OR users.ends_at_us > $1)))
        """,  # noqa: S608 placeholders
        at_us,
        enabled,
        *digests,
    )


async def note_token_use(token_id: int, *, at_us: int, address: str | None) -> None:
    """Store when a token was last used, and from where."""
    await AccessToken.filter(id=token_id).update(last_used_at_us=at_us, address=address)


async def get_token(token_id: int | None) -> AccessToken | None:
    """Return a session or token, ended or not."""
    return await AccessToken.get_or_none(id=token_id)


async def lock_token(token_id: int | None) -> AccessToken | None:
    """Return a token, ended or not, locked until the transaction ends."""
    return await AccessToken.filter(id=token_id).select_for_update().first()


async def lock_live_tokens(of: TokensOf, *, at_us: int) -> list[AccessToken]:
    """Return the selected tokens that have not ended, locked by id until the transaction ends."""
    named = {"id": of.token_id, "holder_id": of.holder_id, "user_id": of.user_id}
    owners = {column: value for column, value in named.items() if value is not None}
    if not owners:
        return []  # an empty selection means none, not all
    live = AccessToken.filter(revoked_at_us=None, expires_at_us__gt=at_us, **owners)
    if of.sessions_only:
        live = live.filter(is_session=True)
    if of.but_for_id is not None:
        live = live.exclude(id=of.but_for_id)
    return await live.order_by("id").select_for_update()


async def revoke_tokens(ids: Collection[int], *, at_us: int) -> None:
    """End these tokens, even if they have expired."""
    await AccessToken.filter(id__in=ids).update(revoked_at_us=at_us)


async def end_made_users(token_ids: Collection[int], *, at_us: int) -> list[int]:
    """End the users that these tokens made and no session kept; return their ids."""
    if not token_ids:
        return []
    made = User.filter(maker_token_id__in=token_ids, ends_at_us__gt=at_us)
    ids = [user_id for (user_id,) in await made.values_list("id")]
    if ids:
        await User.filter(id__in=ids).update(ends_at_us=at_us)
    return ids


async def users_with_tokens(account_id: int, *, at_us: int) -> list[int]:
    """Return the users of an account who have a session or token that has not ended."""
    tokens = AccessToken.filter(user__account_id=account_id, revoked_at_us=None, expires_at_us__gt=at_us)
    return [user_id for (user_id,) in await tokens.distinct().values_list("user_id")]
