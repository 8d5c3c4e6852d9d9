"""What is set for an API user: the addresses that it may come from, and its callback URLs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from server.bus.bus import caller_topic
from server.errors import ErrorCode, InvalidInput, about
from server.kit.ip_address import parse_ip
from server.kit.urls import parse_callback_url
from server.operations.audit import trail
from server.operations.callbacks.rerouting import begin_rerouting_user, finish_rerouting
from server.operations.core.principals import Principal, Scope
from server.operations.core.services import Services
from server.operations.core.transactions import wake
from server.operations.core.visibility import find_user, lock_account
from server.rules.callbacks.callbacks import check_destination
from server.store.models import Account, Sweep, User
from server.store.writing import update

MAX_IP_RESTRICTIONS = 5


async def set_user_ip_restrictions(
    services: Services, principal: Principal, *, account: str, login: str, addresses: Sequence[str]
) -> User:
    """Restrict a user to these IP addresses (v4 or v6, at most 5). An empty list lifts the restriction.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        InvalidInput: INVALID_IP_ADDRESS, DUPLICATE_IP_ADDRESS, TOO_MANY_IP_ADDRESSES.
    """
    principal.require(Scope.MANAGE)
    if len(addresses) > MAX_IP_RESTRICTIONS:
        raise InvalidInput(
            f"A user can have at most {MAX_IP_RESTRICTIONS} addresses.",
            code=ErrorCode.TOO_MANY_IP_ADDRESSES,
            field=("addresses",),
        )
    parsed = [_parse_address(address, position) for position, address in enumerate(addresses)]
    for position, address in enumerate(parsed):
        if address in parsed[:position]:
            raise InvalidInput(
                f"The address {address} is listed twice.",
                code=ErrorCode.DUPLICATE_IP_ADDRESS,
                field=("addresses", str(position)),
            )
    return await _change(
        services,
        principal,
        account,
        login,
        "setUserIpRestrictions",
        {"ip_restrictions": " ".join(parsed)},
        lambda user: {"addresses": user.ip_restrictions.split()},
        then=_wake_caller,
    )


async def set_user_callback(
    services: Services,
    principal: Principal,
    *,
    account: str,
    login: str,
    url: str | None,
    stop_url: str | None,
) -> User:
    """Set the callback URLs for a user's status changes and STOPs; None uses the account's.

    Raises:
        NotFound: UNKNOWN_ACCOUNT, UNKNOWN_USER.
        InvalidInput: INVALID_URL, URL_NOT_ALLOWED.
    """
    principal.require(Scope.MANAGE)
    if url is not None or stop_url is not None:
        principal.require_to_give({Scope.READ})
    urls = {
        "callback_url": parse_url(services, url, "url"),
        "stop_callback_url": parse_url(services, stop_url, "stopUrl"),
    }
    return await _change(
        services, principal, account, login, "setUserCallback", urls, _urls, then=begin_rerouting_user
    )


def _urls(user: User) -> dict[str, object]:
    return {"url": user.callback_url, "stopUrl": user.stop_callback_url}


async def _wake_caller(_: Account, user: User, **__: object) -> None:
    wake(caller_topic(user_id=user.id))


def parse_url(services: Services, url: str | None, field: str) -> str | None:
    """Check a callback URL and return it as given; `field` is the input that an error points at."""
    if url is None:
        return None
    with about(field):
        return check_destination(parse_callback_url(url), services.policy.callback_addresses)


def _parse_address(address: str, position: int) -> str:
    with about("addresses", str(position)):
        return parse_ip(address)


async def _change(
    services: Services,
    principal: Principal,
    account: str,
    login: str,
    action: str,
    changes: dict[str, str | None],
    shown: Callable[[User], Mapping[str, object]],
    then: Callable[..., Awaitable[Sweep | None]] | None = None,
) -> User:
    async def work() -> tuple[User, Sweep | None]:
        locked = await lock_account(principal, account)
        now_us = services.clock.now_us()
        user = await find_user(principal, locked, login)
        before = shown(user)
        user.update_from_dict(changes)
        await update([user], list(changes))
        moving = None if then is None else await then(locked, user, at_us=now_us)
        await trail.record(
            principal, action, user.login, at_us=now_us, account=locked, detail=shown(user), before=before
        )
        return user, moving

    user, moving = await services.transactions.run(work)
    if moving is not None:
        await finish_rerouting(services, moving)
    return user
