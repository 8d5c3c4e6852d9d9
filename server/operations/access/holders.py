"""Holders: creating, enabling and disabling them, and their passwords."""

from dataclasses import dataclass

from tortoise.exceptions import IntegrityError

from server.errors import Conflict, ErrorCode, Forbidden, InvalidInput, Unauthenticated, about
from server.kit.email_address import email_key, parse_email
from server.operations.access.authentication import authenticate_holder
from server.operations.access.sessions import end_tokens, find_holder
from server.operations.audit import trail
from server.operations.core.principals import HOLDER_SCOPES, OPERATOR_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.rules.access.password_policy import check_holder_password, generate_holder_password
from server.rules.core.free_texts import check_line
from server.store.models import Holder
from server.store.queries.access.holders import get_holder, is_email_taken, lock_operators, set_holder
from server.store.queries.access.tokens import TokensOf
from server.store.writing import add

MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class HolderWithPassword:
    """A holder and its generated password, shown only here; None if the password was given."""

    holder: Holder
    generated_password: str | None


async def create_holder(
    services: Services,
    principal: Principal,
    *,
    email: str,
    name: str,
    password: str | None,
    is_operator: bool,
) -> HolderWithPassword:
    """Create a holder, who signs in with an e-mail address and a password (a generated one for None).

    Only for operators, in a session.

    Raises:
        Forbidden: a token asks. Somebody who knows the password could sign in after the token has ended.
        InvalidInput: INVALID_EMAIL, INVALID_PASSWORD, INVALID_TEXT; the name is empty or over 100 characters.
        Conflict: EMAIL_TAKEN; case makes no difference.
    """
    principal.require(Scope.OPERATE)
    principal.require_session()
    with about("email"):
        address = email_key(parse_email(email))
    generated, chosen = _chosen(password)
    with about("name"):
        check_line(name.strip(), MAX_NAME, shortest=1, what="A name")
    # Checked before hashing, so that repeated requests for a taken address cost next to nothing.
    if await is_email_taken(address):
        raise _taken()
    password_hash = await services.passwords.hash(chosen, principal.flow)

    async def work() -> Holder:
        now_us = services.clock.now_us()
        try:
            holder = await add(
                Holder(
                    email=address,
                    name=name.strip(),
                    password_hash=password_hash,
                    is_operator=is_operator,
                    created_at_us=now_us,
                )
            )
        except IntegrityError as error:
            raise _taken() from error
        await trail.record(
            principal,
            "createHolder",
            address,
            at_us=now_us,
            detail={
                "email": address,
                "name": name.strip(),
                "password": trail.REDACTED,
                "isOperator": is_operator,
            },
        )
        return holder

    return HolderWithPassword(await services.transactions.run(work), generated)


def _taken() -> Conflict:
    return Conflict("A holder already has this e-mail address.", code=ErrorCode.EMAIL_TAKEN, field=("email",))


def _chosen(password: str | None) -> tuple[str | None, str]:
    """Return the generated password (None if one was given) and the one to set."""
    generated = generate_holder_password() if password is None else None
    with about("password"):
        return generated, check_holder_password(password or generated or "")


async def update_profile(services: Services, principal: Principal, *, name: str) -> Holder:
    """Change the caller's own name.

    Raises:
        InvalidInput: INVALID_TEXT, the name is empty or over 100 characters.
        Forbidden: a token asks, or an API user.
    """
    principal.require_session()
    if principal.holder_id is None:
        raise Forbidden("An API user has a login, and no other name.")
    name = name.strip()
    with about("name"):
        check_line(name, MAX_NAME, shortest=1, what="A name")

    async def work() -> Holder:
        holder = await get_holder(principal.holder_id)
        await set_holder(holder.id, name=name)
        await trail.record(
            principal,
            "updateProfile",
            holder.email,
            at_us=services.clock.now_us(),
            detail={"name": name},
            before={"name": holder.name},
        )
        return await get_holder(holder.id)

    return await services.transactions.run(work)


async def change_password(
    services: Services,
    principal: Principal,
    *,
    current: str,
    new: str,
    revoke_tokens: bool,
    address: str | None,
) -> Holder:
    """Change the caller's own password. All other sessions end, and the tokens too if asked.

    Raises:
        InvalidInput: WRONG_PASSWORD, which counts as a failed sign-in; INVALID_PASSWORD.
        Throttled: too many failed tries from this address or with this e-mail address.
        Forbidden: a token asks, or an API user.
    """
    principal.require_session()
    if principal.holder_id is None:
        raise Forbidden("Only the holder can change an API user's password.")
    with about("newPassword"):
        check_holder_password(new)
    email = (await get_holder(principal.holder_id)).email
    try:
        holder = await authenticate_holder(services, email=email, password=current, address=address)
    except Unauthenticated as error:
        raise InvalidInput(
            "This is not the current password.", code=ErrorCode.WRONG_PASSWORD, field=("currentPassword",)
        ) from error
    return await _set_password(
        services,
        principal,
        holder,
        new,
        action="changePassword",
        field="newPassword",
        revoke_tokens=revoke_tokens,
    )


async def reset_holder_password(
    services: Services, principal: Principal, *, email: str, password: str | None, revoke_tokens: bool
) -> HolderWithPassword:
    """Give a holder a new password (a generated one for None). Only for operators, in a session.

    All its sessions end, and its tokens too if asked.

    Raises:
        NotFound: UNKNOWN_HOLDER.
        InvalidInput: INVALID_PASSWORD.
        Forbidden: a token asks.
    """
    principal.require(Scope.OPERATE)
    principal.require_session()
    generated, chosen = _chosen(password)
    holder = await find_holder(email)
    changed = await _set_password(
        services,
        principal,
        holder,
        chosen,
        action="resetHolderPassword",
        field="password",
        revoke_tokens=revoke_tokens,
    )
    return HolderWithPassword(changed, generated)


async def set_holder_enabled(
    services: Services, principal: Principal, *, email: str, enabled: bool
) -> Holder:
    """Enable or disable a holder. Only for operators.

    When it is disabled, its sessions and tokens end, and everything that those tokens made. Its accounts stay
    as they are: their API users can use their own passwords until the account is disabled.

    Raises:
        NotFound: UNKNOWN_HOLDER.
        Conflict: LAST_OPERATOR, nobody could administer the server afterwards.
        Forbidden: the caller lacks rights that the holder would get back.
    """
    principal.require(Scope.OPERATE)

    async def work() -> Holder:
        now_us = services.clock.now_us()
        holder = await find_holder(email)
        if enabled:
            principal.require_to_give(OPERATOR_SCOPES if holder.is_operator else HOLDER_SCOPES)
        elif holder.is_operator:
            await _check_not_last(holder)
        await set_holder(holder.id, enabled=enabled)
        ended = [] if enabled else await end_tokens(TokensOf(holder_id=holder.id), at_us=now_us)
        await trail.record(
            principal,
            "setHolderEnabled",
            holder.email,
            at_us=now_us,
            detail={"enabled": enabled, "endedTokens": len(ended)},
            before={"enabled": holder.enabled},
        )
        return await get_holder(holder.id)

    return await services.transactions.run(work)


async def _check_not_last(holder: Holder) -> None:
    # Locks all of them, in one order, so that two operators can't disable each other.
    enabled = await lock_operators()
    if [operator.id for operator in enabled] == [holder.id]:
        raise Conflict(
            "This is the last operator who can sign in.", code=ErrorCode.LAST_OPERATOR, field=("email",)
        )


async def _set_password(
    services: Services,
    principal: Principal,
    holder: Holder,
    password: str,
    *,
    action: str,
    field: str,
    revoke_tokens: bool,
) -> Holder:
    """Store a password, and end what began with the old one, except the caller's own session."""
    password_hash = await services.passwords.hash(password, principal.flow)

    async def work() -> Holder:
        now_us = services.clock.now_us()
        await set_holder(holder.id, password_hash=password_hash)
        is_own = principal.holder_id == holder.id
        ending = TokensOf(
            holder_id=holder.id,
            sessions_only=not revoke_tokens,
            but_for_id=principal.token_id if is_own else None,
        )
        ended = await end_tokens(ending, at_us=now_us)
        await trail.record(
            principal,
            action,
            holder.email,
            at_us=now_us,
            detail={field: trail.REDACTED, "revokeTokens": revoke_tokens, "endedTokens": len(ended)},
            before={field: trail.REDACTED},
        )
        return await get_holder(holder.id)

    return await services.transactions.run(work)
