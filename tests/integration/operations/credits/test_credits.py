"""Credits: granted, corrected and transferred; and rates."""

import asyncio
from typing import Any

import pytest

from server.errors import Conflict, ErrorCode
from server.kit.clock import ManualClock
from server.operations.core.principals import HOLDER_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.operations.credits.credits import (
    correct_credits,
    grant_credits,
    set_rate,
    transfer_credits,
)
from server.store.models import Account, AuditEntry, IdempotencyKey, LedgerEntry, Rate
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_all_books, check_books


async def test_a_grant_adds_credits_and_says_who_gave_them(services: Services, world: World) -> None:
    """The account has more, and ledger and audit trail tell by whom and why."""
    account = await world.account(credits=0)
    posted = await grant_credits(
        services, world.operator, account=account.name, credits=1_500, key="order-1", reason="Order 1"
    )
    assert posted.account.credits_left == (await check_books(account.id)).credits_left == 1_500
    entry = await LedgerEntry.get()
    assert entry.id
    assert (entry.kind, entry.account_delta, entry.account_balance) == ("GRANT", 1_500, 1_500)
    assert (entry.caused_by, entry.reason) == ("operator@example.com", "Order 1")
    assert (entry.at_us, entry.sequence) == (services.clock.now_us(), 1)
    assert (entry.user_id, entry.quota_balance) == (None, None)
    trail = await AuditEntry.get(action="grantCredits")
    assert (trail.account_id, trail.subject) == (account.id, account.name)
    assert trail.detail == '{"credits":"1.5","reason":"Order 1"}'


async def test_a_grant_made_twice_with_one_key_counts_once(services: Services, world: World) -> None:
    """The second call gives the first one's answer; another input under the key is refused."""
    account = await world.account(credits=0)
    first, second = [
        await grant_credits(services, world.operator, account=account.name, credits=1_500, key="order-1")
        for _ in range(2)
    ]
    assert first.entry.reference == second.entry.reference
    assert second.account.credits_left == (await check_books(account.id)).credits_left == 1_500
    async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
        await grant_credits(services, world.operator, account=account.name, credits=1_501, key="order-1")


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"credits": 0}, ErrorCode.INVALID_AMOUNT, "credits"),
        ({"credits": -1}, ErrorCode.INVALID_AMOUNT, "credits"),
        ({"key": ""}, ErrorCode.INVALID_IDEMPOTENCY_KEY, "idempotencyKey"),
        ({"reason": "x" * 201}, ErrorCode.INVALID_INPUT, "reason"),
        ({"account": "sms-never-1"}, ErrorCode.UNKNOWN_ACCOUNT, "account"),
    ],
)
async def test_a_wrong_grant_is_refused(
    services: Services, world: World, given: dict[str, Any], code: ErrorCode, field: str
) -> None:
    """Nothing and less than nothing can't be granted, nor without a key or to nobody."""
    account = await world.account()
    async with refused(code, field):
        await grant_credits(
            services, world.operator, **{"account": account.name, "credits": 1_000, "key": "k", **given}
        )


async def test_only_an_operator_grants_and_corrects(services: Services, world: World) -> None:
    """A holder may not make credits, nor an API user."""
    account = await world.account()
    for by in (world.holder, world.as_user(await world.user(account))):
        async with refused(ErrorCode.FORBIDDEN):
            await grant_credits(services, by, account=account.name, credits=1_000, key="k")
        async with refused(ErrorCode.FORBIDDEN):
            await correct_credits(services, by, account=account.name, credits=1_000, reason="x")
        async with refused(ErrorCode.FORBIDDEN):
            await set_rate(services, by, country="FR", credits=1)


async def test_a_correction_takes_credits_back(services: Services, world: World) -> None:
    """The account has less, and the ledger keeps the reason, of up to 200 characters."""
    reason = "Granted twice".ljust(200, "!")
    account = await world.account(credits=2_000)
    posted = await correct_credits(
        services, world.operator, account=account.name, credits=2_000, reason=reason
    )
    assert posted.account.credits_left == (await check_books(account.id)).credits_left == 0
    assert (posted.entry.kind, posted.entry.account_delta) == ("CORRECTION", -2_000)
    assert posted.entry.reason == reason
    assert (await AuditEntry.get(action="correctCredits")).detail == f'{{"credits":"-2","reason":"{reason}"}}'


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"credits": 2_001}, ErrorCode.INSUFFICIENT_CREDITS, ("credits",)),
        ({"credits": 0}, ErrorCode.INVALID_AMOUNT, ("credits",)),
        ({"reason": "  "}, ErrorCode.INVALID_INPUT, ("reason",)),
        ({"reason": "x" * 201}, ErrorCode.INVALID_INPUT, ("reason",)),
        ({"account": "sms-never-1"}, ErrorCode.UNKNOWN_ACCOUNT, ("account",)),
    ],
)
async def test_a_wrong_correction_is_refused(
    services: Services, world: World, given: dict[str, Any], code: ErrorCode, field: tuple[str, ...]
) -> None:
    """More than there is, nothing, and no reason are refused."""
    account = await world.account(credits=2_000)
    async with refused(code, *field):
        await correct_credits(
            services, world.operator, **{"account": account.name, "credits": 1_000, "reason": "x", **given}
        )


async def test_a_transfer_moves_credits_between_accounts_of_one_holder(
    services: Services, world: World
) -> None:
    """One has less, the other more by as much; each ledger names the other account."""
    source, target = await world.account("sms-a-1", credits=5_000), await world.account("sms-b-1", credits=0)
    for _ in range(2):
        done = await transfer_credits(
            services, world.holder, source=source.name, target=target.name, credits=5_000, key="k"
        )
        assert (done.source.account.credits_left, done.target.account.credits_left) == (0, 5_000)
        assert (done.source.account.name, done.target.account.name) == ("sms-a-1", "sms-b-1")
        assert (done.source.entry.reason, done.target.entry.reason) == ("to sms-b-1", "from sms-a-1")
        assert (done.source.entry.kind, done.target.entry.kind) == ("TRANSFER_OUT", "TRANSFER_IN")
    await check_all_books()
    assert await LedgerEntry.all().count() == 3
    trail = await AuditEntry.filter(action="transferCredits").order_by("id")
    assert [(e.account_id, e.detail) for e in trail] == [
        (source.id, '{"credits":"-5","target":"sms-b-1"}'),
        (target.id, '{"credits":"5","source":"sms-a-1"}'),
    ]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"credits": 5_001}, ErrorCode.INSUFFICIENT_CREDITS, ("credits",)),
        ({"credits": 0}, ErrorCode.INVALID_AMOUNT, ("credits",)),
        ({"key": "é"}, ErrorCode.INVALID_IDEMPOTENCY_KEY, ("idempotencyKey",)),
        ({"target": "sms-a-1"}, ErrorCode.SAME_ACCOUNT, ("target",)),
        ({"target": "sms-next-1"}, ErrorCode.UNKNOWN_ACCOUNT, ("target",)),
        ({"source": "sms-next-1"}, ErrorCode.UNKNOWN_ACCOUNT, ("source",)),
    ],
)
async def test_a_wrong_transfer_is_refused(
    services: Services, world: World, given: dict[str, Any], code: ErrorCode, field: tuple[str, ...]
) -> None:
    """More than there is, nothing, to itself, and to or from a neighbour: all refused."""
    await world.account("sms-a-1", credits=5_000)
    await world.account("sms-b-1", credits=0)
    await world.account("sms-next-1", of=world.neighbour)
    async with refused(code, *field):
        await transfer_credits(
            services,
            world.holder,
            **{"source": "sms-a-1", "target": "sms-b-1", "credits": 1_000, "key": "k", **given},
        )


async def test_not_even_an_operator_transfers_between_two_holders(services: Services, world: World) -> None:
    """Who sees both accounts is still refused."""
    await world.account("sms-a-1")
    await world.account("sms-next-1", of=world.neighbour)
    async with refused(ErrorCode.SAME_ACCOUNT, "target"):
        await transfer_credits(
            services, world.operator, source="sms-a-1", target="sms-next-1", credits=1_000, key="k"
        )


async def test_transfers_need_the_scope_and_the_binding(services: Services, world: World) -> None:
    """A token without `credits` may not, and one bound to one account finds no other."""
    source, target = await world.account("sms-a-1"), await world.account("sms-b-1")
    owner = world.holder.holder_id
    manager = Principal("m", HOLDER_SCOPES - {Scope.CREDITS}, holder_id=owner)
    bound = Principal("b", HOLDER_SCOPES, holder_id=owner, bound_account_ids=frozenset({source.id}))
    given: dict[str, Any] = {"source": source.name, "target": target.name, "credits": 1_000, "key": "k"}
    async with refused(ErrorCode.FORBIDDEN):
        await transfer_credits(services, manager, **given)
    async with refused(ErrorCode.UNKNOWN_ACCOUNT, "target"):
        await transfer_credits(services, bound, **given)


async def test_opposite_transfers_do_not_stop_each_other(services: Services, world: World) -> None:
    """Forty transfers to and fro at once all end, and nothing is lost between."""
    await world.account("sms-a-1", credits=50_000)
    await world.account("sms-b-1", credits=50_000)
    ways = [("sms-a-1", "sms-b-1"), ("sms-b-1", "sms-a-1")] * 20
    await asyncio.gather(
        *(
            transfer_credits(
                services, world.holder, source=source, target=target, credits=1_000 + n, key=f"{n}"
            )
            for n, (source, target) in enumerate(ways)
        )
    )
    await check_all_books()
    assert sum(account.credits_left for account in await Account.all()) == 100_000
    assert await LedgerEntry.filter(kind="TRANSFER_IN").count() == 40


async def test_a_rate_is_set_and_changed(services: Services, world: World, clock: ManualClock) -> None:
    """A rate counts from now on, and its change is on record."""
    for credits in (1_250, 1_300):
        clock.advance(1)
        await set_rate(services, world.operator, country="DE", credits=credits)
        rate = await Rate.get(country="DE")
        assert (rate.credits, rate.updated_at_us) == (credits, services.clock.now_us())
    trail = await AuditEntry.filter(action="setRate").order_by("id")
    assert [(e.account_id, e.subject, e.detail) for e in trail] == [
        (None, "DE", '{"credits":"1.25"}'),
        (None, "DE", '{"credits":"1.3"}'),
    ]
    async with refused(ErrorCode.INVALID_AMOUNT, "credits"):
        await set_rate(services, world.operator, country="DE", credits=0)


async def test_the_same_key_for_two_accounts_at_once_counts_for_one(services: Services, world: World) -> None:
    """The other is refused, though no lock is common to both."""
    accounts = [await world.account(f"sms-{n}", credits=0) for n in range(6)]
    results = await asyncio.gather(
        *(
            grant_credits(services, world.operator, account=account.name, credits=1_000, key="order-1")
            for account in accounts
        ),
        return_exceptions=True,
    )
    refusals = [result for result in results if isinstance(result, Conflict)]
    assert [refusal.code for refusal in refusals] == [ErrorCode.IDEMPOTENCY_KEY_REUSED] * 5
    assert sum(account.credits_left for account in await Account.all()) == 1_000
    assert await IdempotencyKey.all().count() == 1
