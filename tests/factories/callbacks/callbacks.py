"""Callbacks, made and called as by a worker; the test chooses the endpoint's answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from ipaddress import ip_network
from urllib.parse import parse_qsl, urlsplit

from server.operations.accounts.user_settings import set_user_callback
from server.operations.callbacks.claims import Call, claim_calls
from server.operations.callbacks.results import CallAttempt, settle_calls
from server.operations.core.principals import Principal
from server.operations.core.services import Services
from server.outbound.webhooks import CallOutcome
from server.rules.callbacks.addresses import AddressPolicy
from server.rules.callbacks.callbacks import TryVerdict
from server.store.models import Account, CallbackDelivery, CallbackTarget, User
from tests.factories.accounts.accounts import World
from tests.factories.messages.messages import (
    DELIVERED,
    answer,
    claim,
    numbers,
    receive,
    refused_with,
    send,
    submit,
)

HOOK = "https://shop.example/hook"
OTHER_HOOK = "https://other.example/hook"

OK = CallOutcome(verdict=TryVerdict.DELIVERED, latency_us=12_345, address="192.0.2.7", status=200)
BROKEN = CallOutcome(verdict=TryVerdict.REFUSED_STATUS, latency_us=1_000, address="192.0.2.7", status=500)
GONE = CallOutcome(verdict=TryVerdict.GONE, latency_us=1_000, address="192.0.2.7", status=410)
TIMED_OUT = CallOutcome(verdict=TryVerdict.TIMED_OUT, latency_us=10_000_000)


def calling_here(services: Services, *ports: int) -> Services:
    """Return services with callbacks that may go to these ports of this machine."""
    addresses = AddressPolicy(networks=(ip_network("127.0.0.0/8"),), ports=frozenset(ports))
    return replace(services, policy=replace(services.policy, callback_addresses=addresses))


async def listening_user(
    services: Services, world: World, account: Account, login: str = "script", url: str = HOOK
) -> User:
    """Create a user with a callback URL."""
    user = await world.user(account, login)
    return await set_user_callback(
        services, await world.owner(account), account=account.name, login=login, url=url, stop_url=None
    ) and await User.get(id=user.id)


async def pending(services: Services, by: Principal, account: Account, name: str = "a") -> int:
    """Send a message and have it accepted: one event. `name` is its name at the operator."""
    number = await send(services, by, account)
    await submit(services, name)
    return number


async def delivered(services: Services, by: Principal, account: Account, name: str = "a") -> int:
    """Send a message and have it delivered: two events."""
    number = await pending(services, by, account, name)
    await receive(services, (name, DELIVERED))
    return number


async def many(
    services: Services, world: World, account: Account, count: int, *, login: str = "script", url: str = HOOK
) -> None:
    """Write this many callbacks for messages of a new user."""
    user = await listening_user(services, world, account, login, url)
    await send(services, world.as_user(user), account, *numbers(count))
    await answer(services, await claim(services), *[refused_with(20)] * count)


async def settle(services: Services, calls: Sequence[Call], *outcomes: CallOutcome) -> None:
    """Settle calls with these outcomes; the last outcome also counts for the remaining calls."""
    ended = [outcomes[min(index, len(outcomes) - 1)] for index in range(len(calls))]
    await settle_calls(
        services,
        [
            CallAttempt(call, outcome, services.clock.now_us())
            for call, outcome in zip(calls, ended, strict=True)
        ],
    )


async def call_due(services: Services, *outcomes: CallOutcome) -> list[Call]:
    """Make the due calls once, with these outcomes, and return them."""
    calls = await claim_calls(services, under_way=())
    if calls:
        await settle(services, calls, *outcomes)
    return calls


async def call_all(services: Services, outcome: CallOutcome = OK) -> list[Call]:
    """Make all due calls until none is left, and return them in order."""
    called = []
    while calls := await call_due(services, outcome):
        called += calls
    return called


def said(call: Call) -> dict[str, str]:
    """Return the fields of a call."""
    return dict(parse_qsl(urlsplit(call.url).query, keep_blank_values=True))


async def states(account: Account) -> list[str]:
    """Return the states of an account's callbacks, oldest first."""
    return [str(row.state) for row in await CallbackDelivery.filter(account_id=account.id).order_by("id")]


async def target() -> CallbackTarget:
    """Return the only target."""
    return await CallbackTarget.get()


class ScriptedCaller:
    """A caller with scripted answers, by host; a hanging call ends when `release` is set."""

    def __init__(self, answers: Mapping[str, CallOutcome | None] | None = None) -> None:
        """Take the outcome for each host (default OK); None hangs."""
        self.answers = dict(answers or {})
        self.called: list[tuple[str, Mapping[str, str]]] = []
        self.release = asyncio.Event()
        self.at_once: dict[str, int] = {}
        self.most_at_once: dict[str, int] = {}
        self.most_in_all = 0
        self.closed = False

    async def get(self, url: str, headers: Mapping[str, str]) -> CallOutcome:
        """Note the call, and answer."""
        host = urlsplit(url).hostname or ""
        self.called.append((url, headers))
        self.at_once[host] = self.at_once.get(host, 0) + 1
        self.most_at_once[host] = max(self.most_at_once.get(host, 0), self.at_once[host])
        self.most_in_all = max(self.most_in_all, sum(self.at_once.values()))
        try:
            outcome = self.answers.get(host, OK)
            if outcome is None:
                await self.release.wait()
                return OK
            await asyncio.sleep(0)
            return outcome
        finally:
            self.at_once[host] -= 1

    async def close(self) -> None:
        """Note it."""
        self.closed = True
