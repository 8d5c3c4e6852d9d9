"""Simultaneous sign-ins: they share look-ups, and each gets its own answer."""

import asyncio
from dataclasses import dataclass

import pytest

from server.errors import DomainError, ErrorCode, Unauthenticated
from server.operations.access.authentication import authenticate_user, principal_of_secret, sign_out
from server.operations.accounts.user_settings import set_user_ip_restrictions
from server.operations.accounts.users import create_user, delete_user
from server.operations.core.services import Services
from server.store.models import Account, User
from server.store.models.accounts import AccountStatus
from server.store.sql import fetch
from tests.factories.access.callers import Callers
from tests.factories.accounts.accounts import USER_PASSWORD, World
from tests.factories.store.statements import counted

OTHER_PASSWORD = "Zyxw9876"
HOME = "192.0.2.1"


@dataclass(frozen=True)
class Try:
    """Credentials and their owner, or None."""

    account: str
    login: str
    password: str
    user: User | None
    address: str = HOME


async def _answer(services: Services, attempt: Try) -> tuple[int, str] | ErrorCode:
    """Return who a try has authenticated (the user's id and its account's name), or how it was refused."""
    try:
        user = await authenticate_user(
            services,
            account=attempt.account,
            login=attempt.login,
            password=attempt.password,
            address=attempt.address,
        )
    except DomainError as refusal:
        return refusal.code
    return user.id, user.account.name


def _expected(attempt: Try) -> tuple[int, str] | ErrorCode:
    return ErrorCode.UNAUTHENTICATED if attempt.user is None else (attempt.user.id, attempt.account)


async def _user(services: Services, world: World, account: Account, login: str, password: str) -> User:
    created = await create_user(
        services, await world.owner(account), account=account.name, login=login, password=password
    )
    return created.user


async def _tries(services: Services, world: World) -> list[Try]:
    """Create users of all kinds in three accounts, and return tries of theirs, the right ones among the wrong."""
    first, second = await world.account("sms-one-1"), await world.account("sms-two-1", of=world.neighbour)
    closed = await world.account("sms-shut-1")
    one = await _user(services, world, first, "script", USER_PASSWORD)
    two = await _user(services, world, second, "Script", OTHER_PASSWORD)
    three = await _user(services, world, second, "other.Script", USER_PASSWORD)
    disabled, deleted, _ = [
        await _user(services, world, account, login, USER_PASSWORD)
        for account, login in ((first, "disabled"), (first, "deleted"), (closed, "script"))
    ]
    await User.filter(id=disabled.id).update(enabled=False)
    for user in (deleted, await _user(services, world, first, "again", USER_PASSWORD)):
        await delete_user(services, world.holder, account=first.name, login=user.login)
    again = await _user(services, world, first, "again", OTHER_PASSWORD)
    # In whatever order the database finds them, one that is deleted hides none that is not.
    await User.create(
        account_id=first.id, login="again", login_key="again", password_hash=deleted.password_hash,
        created_at_us=0, deleted_at_us=0,
    )  # fmt: skip
    await Account.filter(id=closed.id).update(status=AccountStatus.DISABLED)
    return [
        Try("sms-one-1", "script", USER_PASSWORD, one),
        Try("sms-one-1", "SCRIPT", USER_PASSWORD, one),
        Try("sms-two-1", "script", OTHER_PASSWORD, two),
        Try("sms-two-1", "sCRIPt", OTHER_PASSWORD, two),
        Try("sms-two-1", "script", USER_PASSWORD, None),
        Try("sms-one-1", "script", OTHER_PASSWORD, None),
        Try("sms-two-1", "OTHER.script", USER_PASSWORD, three),
        Try("sms-one-1", "other.Script", USER_PASSWORD, None),
        Try("sms-one-1", "nobody", USER_PASSWORD, None),
        Try("sms-never-1", "script", USER_PASSWORD, None),
        Try("SMS-ONE-1", "script", USER_PASSWORD, None),
        Try("sms-one-1", "disabled", USER_PASSWORD, None),
        Try("sms-one-1", "deleted", USER_PASSWORD, None),
        Try("sms-one-1", "again", USER_PASSWORD, None),
        Try("sms-one-1", "Again", OTHER_PASSWORD, again),
        Try("sms-shut-1", "script", USER_PASSWORD, None),
        Try("script", "sms-one-1", USER_PASSWORD, None),
        Try("", "", "", None),
    ]


async def test_each_of_many_at_once_hears_what_it_would_hear_alone(services: Services, world: World) -> None:
    """Users of several accounts, some with one login, in any case; the wrong, the unknown and the stopped."""
    tries = await _tries(services, world)
    # The wrong ones are fewer than the throttle bears.
    together = [*tries, *(attempt for attempt in tries if attempt.user is not None), *tries[::-1]]
    answers = await asyncio.gather(*(_answer(services, attempt) for attempt in together))
    assert answers == [_expected(attempt) for attempt in together]
    for attempt in (attempt for attempt in tries if attempt.user is not None):
        assert await _answer(services, attempt) == _expected(attempt)


async def test_many_that_are_known_ask_the_database_once(services: Services, world: World) -> None:
    """A hundred scripts that send at once cost it a few statements, not a few each."""
    tries = [attempt for attempt in await _tries(services, world) if attempt.user is not None]
    for attempt in tries:
        assert await _answer(services, attempt) == _expected(attempt)
    with counted() as statements:
        answers = await asyncio.gather(*(_answer(services, attempt) for attempt in tries * 17))
    assert answers == [_expected(attempt) for attempt in tries * 17]
    assert statements.count < 10


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_nobody_elses_row_is_looked_at(services: Services, world: World) -> None:
    """SQLite finds several at once by an index too, however many users there are."""
    tries = [attempt for attempt in await _tries(services, world) if attempt.user is not None]
    with counted() as statements:
        await asyncio.gather(*(_answer(services, attempt) for attempt in tries * 2))
    [(sql, values)] = statements.about("users.login_key")
    plan = [row["detail"] for row in await fetch(f"EXPLAIN QUERY PLAN {sql}", *values)]
    assert sum(step.startswith(("SEARCH users", "SEARCH accounts")) for step in plan) == 2


async def test_whoever_goes_away_takes_nobody_along(services: Services, world: World) -> None:
    """Of those who sign in together every other one hangs up, and the rest are let in."""
    tries = [attempt for attempt in await _tries(services, world) if attempt.user is not None]
    for attempt in tries:
        await _answer(services, attempt)
    calls = [asyncio.create_task(_answer(services, attempt)) for attempt in tries * 4]
    await asyncio.sleep(0)
    for call in calls[::2]:
        call.cancel()
    await asyncio.wait(calls)
    assert [call.cancelled() for call in calls] == [True, False] * (len(calls) // 2)
    assert [call.result() for call in calls[1::2]] == [_expected(attempt) for attempt in (tries * 4)[1::2]]


async def test_each_is_held_to_its_own_addresses(services: Services, world: World) -> None:
    """One user's simultaneous attempts, from here and from elsewhere, next to another user's."""
    account = await world.account()
    bound, free = await world.user(account, "bound"), await world.user(account, "free")
    await set_user_ip_restrictions(
        services, world.holder, account=account.name, login="bound", addresses=[HOME]
    )
    tries = [
        Try(account.name, user.login, USER_PASSWORD, user, address)
        for user in (bound, free)
        for address in (HOME, "198.51.100.7", HOME)
    ]
    answers = await asyncio.gather(*(_answer(services, attempt) for attempt in tries))
    assert answers == [
        ErrorCode.ADDRESS_NOT_ALLOWED if place == 1 else _expected(attempt)
        for place, attempt in enumerate(tries)
    ]


async def test_names_that_a_database_chokes_on_spoil_nobody_elses_answer(
    services: Services, world: World
) -> None:
    """The edges refuse them; if one got through, other sign-ins at that moment would not be affected."""
    account = await world.account()
    known = Try(account.name, "script", USER_PASSWORD, await world.user(account))
    odd = [
        Try(name, login, USER_PASSWORD, None)
        for text in ("\0", "\ud800", "x" * 100_000, "' OR 1=1 --", "$1")
        for name, login in ((account.name, text), (text, "script"))
    ]
    tries = [known, *odd[:4], known, *odd[4:], known]
    answers = await asyncio.gather(*(_answer(services, attempt) for attempt in tries), return_exceptions=True)
    assert [answers[0], answers[5], answers[-1]] == [_expected(known)] * 3
    assert answers[6:-1] == [ErrorCode.UNAUTHENTICATED] * 6


async def test_who_bear_tokens_share_a_look_up(services: Services, world: World) -> None:
    """Each is told who it is; one whose token has ended meanwhile is refused, alone."""
    callers = await Callers.build(world)
    secrets = {
        name: await callers.secret(name) or "" for name in ("holder", "neighbour", "operator", "script")
    }
    expected = {name: await principal_of_secret(services, secret, HOME) for name, secret in secrets.items()}
    await sign_out(services, expected["neighbour"])
    names = [*secrets] * 25
    with counted() as statements:
        found = await asyncio.gather(
            *(principal_of_secret(services, secrets[name], HOME) for name in names), return_exceptions=True
        )
    assert statements.count < 5
    for name, principal in zip(names, found, strict=True):
        if name == "neighbour":
            assert isinstance(principal, Unauthenticated)
        else:
            assert principal == expected[name]
