"""Failed sign-ins block the next one, by login and by address."""

import asyncio
from typing import Any

import pytest

from server.errors import Throttled, Unauthenticated
from server.kit.clock import ManualClock
from server.operations.access.authentication import sign_in_holder, sign_in_user
from server.operations.core.services import Services
from server.store.models import Throttle
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World

HOME = "192.0.2.1"


async def _fail(services: Services, email: str = "holder@example.com", address: str | None = HOME) -> None:
    with pytest.raises(Unauthenticated):
        await sign_in_holder(services, email=email, password="wrong", address=address)


async def _try(services: Services, email: str = "holder@example.com", address: str | None = HOME) -> None:
    await sign_in_holder(services, email=email, password=HOLDER_PASSWORD, address=address)


async def _blocked(services: Services, email: str = "holder@example.com", address: str | None = HOME) -> int:
    """Return for how many seconds even the right password is not checked."""
    with pytest.raises(Throttled) as caught:
        await _try(services, email, address)
    return caught.value.retry_after


async def test_a_login_is_held_back_from_the_fifth_failure_on(
    services: Services, world: World, clock: ManualClock
) -> None:
    """For 2 seconds, then 4, then 8, wherever the attempts come from; then the right password is checked."""
    assert world
    for number in range(5):
        await _fail(services, address=f"192.0.2.{number}")
    for seconds in (2, 4, 8):
        assert await _blocked(services) == seconds
        clock.advance(seconds - 0.5)
        assert await _blocked(services, address=None) == 1
        clock.advance(0.5)
        await _fail(services)
    clock.advance(16)
    await _try(services)


async def test_four_failures_are_free(services: Services, world: World) -> None:
    """The right password at the fifth try is taken, and all is forgotten."""
    assert world
    for _ in range(2):
        for _ in range(4):
            await _fail(services)
        await _try(services)


async def test_spaces_and_case_make_no_other_login(services: Services, world: World) -> None:
    """Guesses at one address in many spellings are counted together."""
    assert world
    for email in (
        "holder@example.com",
        " holder@example.com",
        "Holder@example.com ",
        "HOLDER@EXAMPLE.COM",
        " holder@example.com  ",
    ):
        await _fail(services, email)
    assert await _blocked(services, "holder@example.com") == 2


async def test_an_address_is_held_back_from_the_twentieth_failure_on(
    services: Services, world: World
) -> None:
    """Whatever logins it tries, and a success in between does not help it."""
    assert world
    for number in range(19):
        await _fail(services, f"nobody-{number}@example.com")
    await _try(services)
    await _fail(services, "nobody-19@example.com")
    assert await _blocked(services) == 2
    await _try(services, address="192.0.2.2")


async def test_failures_are_forgotten_after_an_hour(
    services: Services, world: World, clock: ManualClock
) -> None:
    """The count starts over exactly an hour after the last failure."""
    assert world
    for _ in range(4):
        await _fail(services, address=None)
    clock.advance(3_599.999999)
    await _fail(services, address=None)
    assert await _blocked(services, address=None) == 2
    clock.advance(3_600)
    await _fail(services, address=None)
    await _try(services, address=None)


async def test_the_longer_wait_counts(services: Services, world: World) -> None:
    """If both the login and the address are blocked, the answer has the longer wait."""
    now_us = services.clock.now_us()
    assert world
    for key, seconds in (("login:holder@example.com", 3), (f"address:{HOME}", 30)):
        await Throttle.create(
            key=key, failures=1, updated_at_us=now_us, blocked_until_us=now_us + seconds * 1_000_000
        )
    assert await _blocked(services) == 30


async def test_users_are_held_back_each_by_account_and_login(services: Services, world: World) -> None:
    """The same login of another account is not concerned."""
    for name in ("sms-a-1", "sms-b-1"):
        await world.user(await world.account(name))
    for login in ("script", "SCRIPT", "Script", "script", "script"):
        with pytest.raises(Unauthenticated):
            await sign_in_user(services, account="sms-a-1", login=login, password="wrong123", address=None)
    given: dict[str, Any] = {"login": "script", "password": USER_PASSWORD, "address": None}
    with pytest.raises(Throttled):
        await sign_in_user(services, account="sms-a-1", **given)
    await sign_in_user(services, account="sms-b-1", **given)


async def test_a_users_success_forgets_its_failures(
    services: Services, world: World, clock: ManualClock
) -> None:
    """Four wrong passwords, the right one, and four wrong ones again hold nobody back."""
    account = await world.account()
    await world.user(account)
    for _ in range(2):
        for _ in range(4):
            with pytest.raises(Unauthenticated):
                await sign_in_user(
                    services, account=account.name, login="script", password="wrong123", address=None
                )
        clock.advance(61)  # by when the right password is no longer remembered
        await sign_in_user(
            services, account=account.name, login="script", password=USER_PASSWORD, address=None
        )


async def test_failures_at_once_are_all_counted(services: Services, world: World) -> None:
    """Ten wrong passwords at the same moment are ten failures."""
    assert world
    await asyncio.gather(*(_fail(services) for _ in range(4)), return_exceptions=True)
    assert [throttle.failures for throttle in await Throttle.all()] == [4, 4]


async def test_addresses_of_one_ipv6_network_are_one_guesser(services: Services, world: World) -> None:
    """Changing the last half of an IPv6 address at each attempt does not help."""
    assert world
    for number in range(20):
        await _fail(services, email=f"nobody{number}@example.com", address=f"2001:db8::{number:x}")
    assert await _blocked(services, address="2001:db8::ffff") > 0
    await _try(services, address="2001:db8:0:1::1")
