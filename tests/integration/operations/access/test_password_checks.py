"""Checking passwords: once for equal requests, in fair turns, and each attempt is counted first."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from server.errors import DomainError, ErrorCode
from server.kit.clock import DAY_US, ManualClock
from server.kit.passwords import Flow, PasswordHasher, Turn
from server.operations.access.authentication import authenticate_user, sign_in_holder
from server.operations.access.throttling import MAX_RETRIES
from server.operations.accounts.users import change_user_password
from server.operations.core.principals import SERVER
from server.operations.core.services import Services
from server.settings import Settings
from server.store.models import Account, Holder, SignInOrigin, Throttle, User
from server.wiring import build_services
from tests.client import PATIENCE_SECONDS
from tests.factories.access.argon2_runs import Argon2Runs
from tests.factories.accounts.accounts import HOLDER_PASSWORD, USER_PASSWORD, World
from tests.factories.running.waiting import eventually

HOME = "192.0.2.1"
ELSEWHERE = "198.51.100.7"


@pytest.fixture
async def account(world: World) -> Account:
    """An account with a user."""
    account = await world.account()
    await world.user(account)
    return account


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch, account: Account) -> Argon2Runs:
    """What is checked, once all there is has been created."""
    del account
    return Argon2Runs(monkeypatch)


@pytest.fixture
def processes(services: Services, settings: Settings, clock: ManualClock) -> Iterator[list[Services]]:
    """Four processes on one database, as far as they share nothing else."""
    with ExitStack() as stack:
        others = [build_services(settings, clock) for _ in range(3)]
        for other in others:
            stack.callback(other.passwords.close)
        yield [services, *others]


async def _try(
    services: Services,
    password: str = USER_PASSWORD,
    *,
    login: str = "script",
    address: str | None = HOME,
    account: str = "sms-demo-1",
) -> ErrorCode | None:
    """Return how a script's try is refused, or None."""
    try:
        await authenticate_user(services, account=account, login=login, password=password, address=address)
    except DomainError as refusal:
        return refusal.code
    return None


async def _guess(services: Services, count: int, **more: str) -> list[ErrorCode | None]:
    return await asyncio.gather(*(_try(services, f"guess{number:03}", **more) for number in range(count)))


async def test_one_check_is_for_all_who_bring_the_same_password(services: Services, runs: Argon2Runs) -> None:
    """A cold start: 200 requests at once with the right password, none refused, and one run of argon2."""
    answers = await asyncio.gather(*(_try(services) for _ in range(200)))
    assert answers == [None] * 200
    assert len(runs.compared) == 1


async def test_a_crowd_from_many_addresses_shares_the_check_too(services: Services, runs: Argon2Runs) -> None:
    """What is checked is a pair of hash and password, wherever it comes from."""
    tries = [_try(services, address=f"192.0.2.{number}") for number in range(100)]
    assert await asyncio.gather(*tries) == [None] * 100
    assert len(runs.compared) == 1


async def test_a_steady_script_is_checked_once(
    services: Services, runs: Argon2Runs, clock: ManualClock
) -> None:
    """Its verdict never lapses while it is used; after a long silence one check is for all."""
    for _ in range(30):
        assert await asyncio.gather(*(_try(services) for _ in range(8))) == [None] * 8
        clock.advance(75)
    assert len(runs.compared) == 1
    clock.advance(3_600)
    assert await asyncio.gather(*(_try(services) for _ in range(64))) == [None] * 64
    assert len(runs.compared) == 2


async def test_many_users_at_one_address_start_cold(
    services: Services, world: World, account: Account
) -> None:
    """More than may fail from there: each waits for the success of another, and none is refused."""
    logins = [f"script{number}" for number in range(60)]
    for login in logins:
        await world.user(account, login)
    assert await asyncio.gather(*(_try(services, login=login) for login in logins)) == [None] * 60
    assert not await Throttle.all().exists()


async def test_guesses_at_once_are_looked_at_as_guesses_in_a_row(
    services: Services, runs: Argon2Runs
) -> None:
    """Of 64 at once, five; the others are told that there were too many."""
    answers = await _guess(services, 64)
    assert sorted(map(str, answers)) == ["THROTTLED"] * 59 + ["UNAUTHENTICATED"] * 5
    assert len(runs.compared) == 5


async def test_guesses_at_an_unknown_login_are_looked_at_alike(services: Services, runs: Argon2Runs) -> None:
    """Neither the answers nor the work tell that nobody has it."""
    answers = await _guess(services, 64, login="nobody")
    assert sorted(map(str, answers)) == ["THROTTLED"] * 59 + ["UNAUTHENTICATED"] * 5
    assert len(runs.compared) == 5
    same = await asyncio.gather(
        *(_try(services, "same", login="nobody2", address=ELSEWHERE) for _ in range(4))
    )
    assert same == [ErrorCode.UNAUTHENTICATED] * 4
    known = await asyncio.gather(
        *(_try(services, "same", login="script2", address=ELSEWHERE) for _ in range(4))
    )
    assert known == same
    assert len(runs.compared) in {7, 8, 9}


async def test_guesses_over_several_processes_are_as_many(
    processes: list[Services], runs: Argon2Runs
) -> None:
    """What one looks at, the others know of before it is done."""
    rounds = await asyncio.gather(*(_guess(services, 16) for services in processes))
    answers = [answer for answers in rounds for answer in answers]
    assert sorted(map(str, answers)) == ["THROTTLED"] * 59 + ["UNAUTHENTICATED"] * 5
    assert len(runs.compared) == 5


async def test_guesses_at_many_logins_from_one_network_are_20(services: Services, runs: Argon2Runs) -> None:
    """At once as in a row, and whichever of an IPv6 network's addresses each comes from."""
    answers = await asyncio.gather(
        *(_try(services, login=f"nobody{number}", address=f"2001:db8::{number:x}") for number in range(64))
    )
    assert sorted(map(str, answers)) == ["THROTTLED"] * 44 + ["UNAUTHENTICATED"] * 20
    assert len(runs.compared) == 20


async def test_callers_without_an_address_are_one(services: Services, runs: Argon2Runs) -> None:
    """A proxy that garbles who calls lifts nobody's bounds."""
    answers = await asyncio.gather(
        *(_try(services, login=f"nobody{number}", address=None) for number in range(64))
    )
    assert answers.count(ErrorCode.UNAUTHENTICATED) == len(runs.compared) == 20


async def test_a_rightful_caller_among_guessers_is_let_in_while_the_rules_allow_it(
    services: Services, runs: Argon2Runs
) -> None:
    """It passes, whoever guesses at the same moment, and clears the failures before it."""
    tries = ["guess1", "guess2", USER_PASSWORD, "guess3", "guess4"]
    answers = await asyncio.gather(*(_try(services, password) for password in tries))
    assert answers == [None if password == USER_PASSWORD else ErrorCode.UNAUTHENTICATED for password in tries]
    assert await _try(services) is None
    assert (await Throttle.get(key=f"address:{HOME}")).failures == 4
    assert not await Throttle.filter(looking__gt=0).exists()
    assert len(runs.compared) == 5


async def test_strangers_hold_no_caller_back_that_is_known(
    services: Services, runs: Argon2Runs, clock: ManualClock
) -> None:
    """A caller whose login succeeded from there before has its own count, remembered or not."""
    assert await _try(services) is None
    clock.advance(86_400)
    assert ErrorCode.THROTTLED in await _guess(services, 6, address=ELSEWHERE)
    assert await _try(services, address="203.0.113.9") is ErrorCode.THROTTLED
    assert await _try(services) is None
    assert len(runs.compared) == 1 + 5 + 1


async def test_a_remembered_password_opens_nothing_to_guessers(services: Services, runs: Argon2Runs) -> None:
    """Who was refused a look elsewhere is not let in by what the script's own verdict tells."""
    assert await _try(services) is None
    await _guess(services, 6, address=ELSEWHERE)
    assert await _try(services, address=ELSEWHERE) is ErrorCode.THROTTLED
    assert await _try(services) is None
    assert len(runs.compared) == 6


async def test_a_changed_password_is_gone_at_once(services: Services, world: World, runs: Argon2Runs) -> None:
    """However many share the verdict on the old one, or are just being checked."""
    assert await _try(services) is None
    await change_user_password(
        services, world.holder, account="sms-demo-1", login="script", password="Zyxw9876"
    )
    assert await asyncio.gather(*(_try(services) for _ in range(3))) == [ErrorCode.UNAUTHENTICATED] * 3
    assert await _try(services, "Zyxw9876") is None
    assert await _try(services) is ErrorCode.UNAUTHENTICATED
    assert runs.compared.count(b"abcd1234") >= 3


async def test_a_check_that_is_shared_is_of_the_hash_that_each_found(
    services: Services, world: World, runs: Argon2Runs
) -> None:
    """Who comes with the old password after a change is not let in by a check that began before it."""
    old = [asyncio.create_task(_try(services)) for _ in range(2)]

    async def has_begun() -> bool:
        return bool(runs.compared)

    await eventually(has_begun)
    other = replace(services, passwords=PasswordHasher(clock=services.clock, memory_cost_kib=32, time_cost=1))
    await change_user_password(other, world.holder, account="sms-demo-1", login="script", password="Zyxw9876")
    assert await _try(services) is ErrorCode.UNAUTHENTICATED
    await asyncio.gather(*old)
    other.passwords.close()


class _Flows(PasswordHasher):
    """Notes whose work it is asked for."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock=clock, memory_cost_kib=32, time_cost=1)
        self.flows: list[Flow] = []

    async def verify(
        self, stored_hash: str, password: str, flow: Flow = SERVER.flow, turn: Turn | None = None
    ) -> bool:
        """Note it, and verify."""
        self.flows.append(flow)
        return await super().verify(stored_hash, password, flow, turn)

    async def verify_absent(self, password: str, flow: Flow = SERVER.flow, turn: Turn | None = None) -> bool:
        """Note it, and do the work."""
        self.flows.append(flow)
        return await super().verify_absent(password, flow, turn)


async def test_strangers_have_turns_of_their_own(
    services: Services, account: Account, clock: ManualClock
) -> None:
    """By network until a login has succeeded from there, then by tenant: it makes no odds that a login exists."""
    passwords = _Flows(clock)
    server = replace(services, passwords=passwords)
    stranger = Flow(is_known=False, group=HOME, name=f"{account.name}/script")
    await _try(server, "wrong")
    await _try(server, login="nobody")
    await _try(server)
    clock.advance(3_600)
    await _try(server)
    await _try(server, address=ELSEWHERE)
    await sign_in_holder(server, email="holder@example.com", password=HOLDER_PASSWORD, address=HOME)
    clock.advance(3_600)
    await sign_in_holder(server, email="holder@example.com", password=HOLDER_PASSWORD, address=HOME)
    assert passwords.flows == [
        stranger,
        stranger._replace(name=f"{account.name}/nobody"),
        stranger,
        stranger._replace(is_known=True, group=f"account:{account.name}"),
        stranger._replace(group=ELSEWHERE),
        stranger._replace(name="holder@example.com"),
        Flow(is_known=True, group="holder:holder@example.com", name="holder@example.com"),
    ]
    passwords.close()


class _Held(PasswordHasher):
    """One thread, which compares nothing until it is let go."""

    def __init__(self, clock: ManualClock) -> None:
        super().__init__(clock=clock, memory_cost_kib=32, time_cost=1, workers=1)
        self.let_go = threading.Event()
        self.has_begun = threading.Event()

    def _matches(self, stored_hash: str, password: str) -> bool:
        self.has_begun.set()
        assert self.let_go.wait(PATIENCE_SECONDS)
        return super()._matches(stored_hash, password)


async def test_a_flood_costs_the_database_no_more_than_is_checked(
    services: Services, account: Account, clock: ManualClock
) -> None:
    """Who waits for a turn is not written down; one that is known from where it comes has its turn soon."""
    assert await _try(services) is None
    passwords = _Held(clock)
    server = replace(services, passwords=passwords)
    flood = [
        asyncio.ensure_future(_try(server, "guess", login=f"nobody{number}", address=f"203.0.113.{number}"))
        for number in range(100)
    ]
    await asyncio.to_thread(passwords.has_begun.wait, PATIENCE_SECONDS)
    owner = asyncio.ensure_future(_try(server))

    async def all_wait() -> bool:
        return len(passwords._waiting) == len(flood)  # the owner among them, in place of the first

    await eventually(all_wait)
    assert {row.key for row in await Throttle.all()} == {
        f"login:{account.name}/nobody0",
        "address:203.0.113.0",
    }
    passwords.let_go.set()
    assert await owner is None
    assert sum(each.done() for each in flood) < 50
    assert set(await asyncio.gather(*flood)) == {ErrorCode.UNAUTHENTICATED}
    passwords.close()


async def test_where_a_login_has_succeeded_is_kept_fresh(
    services: Services, account: Account, clock: ManualClock
) -> None:
    """To the day; a try that fails leaves no trace of that kind."""
    del account
    await _try(services, "wrong")
    assert not await SignInOrigin.all().exists()
    await _try(services)
    first = await SignInOrigin.get()
    for seconds, moved in ((3_600, False), (86_400, True)):
        clock.advance(seconds)
        await _try(services)
        assert (await SignInOrigin.get()).used_at_us - first.used_at_us == (
            clock.now_us() - first.used_at_us
        ) * moved
    assert DAY_US == 86_400 * 1_000_000


async def test_what_is_not_looked_at_is_no_failure(services: Services, runs: Argon2Runs) -> None:
    """A server with too much to check holds nobody back for it afterwards."""
    services.passwords.close()
    assert await _try(services) is ErrorCode.UNAVAILABLE
    assert not await Throttle.all().exists()
    assert not runs.compared


async def test_a_try_that_waits_for_another_process_gives_up_at_last(
    services: Services, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where that one looks at the only guess that is free for longer than anybody waits."""
    del account
    now_us = services.clock.now_us()
    pauses = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("server.operations.access.throttling.asyncio.sleep", pause)
    for looking_until_us, answer in ((now_us + 1, ErrorCode.UNAVAILABLE), (now_us, None)):
        await Throttle.all().delete()
        await Throttle.create(
            key="login:sms-demo-1/script", failures=4, blocked_until_us=0, updated_at_us=now_us,
            looking=1, looking_until_us=looking_until_us,
        )  # fmt: skip
        assert await _try(services) is answer
    assert len(pauses) == MAX_RETRIES


async def test_a_failure_counts_though_another_has_just_signed_in(
    services: Services, runs: Argon2Runs
) -> None:
    """A guess during a success that clears the failures is counted again."""
    del runs
    await _guess(services, 4)
    answers = await asyncio.gather(_try(services, address=ELSEWHERE), _guess(services, 3))
    assert answers[0] is None
    assert (await Throttle.get(key="login:sms-demo-1/script")).failures <= 3
    assert (await Throttle.get(key=f"address:{HOME}")).failures == 7


async def test_a_disabled_holder_is_counted_as_wrong(services: Services, account: Account) -> None:
    """As one whose password is wrong: nothing is forgiven, and no origin is noted."""
    del account
    await Holder.filter(email="holder@example.com").update(enabled=False)
    with pytest.raises(DomainError):
        await sign_in_holder(services, email="holder@example.com", password=HOLDER_PASSWORD, address=HOME)
    assert (await Throttle.get(key="login:holder@example.com")).failures == 1
    assert not await SignInOrigin.all().exists()


async def test_a_users_password_is_no_other_ones(services: Services, world: World, account: Account) -> None:
    """Two logins with the same password are checked each by itself."""
    await world.user(account, "other")
    await User.filter(login="other").update(enabled=False)
    answers = tuple(await asyncio.gather(_try(services), _try(services, login="other")))
    assert answers == (None, ErrorCode.UNAUTHENTICATED)
