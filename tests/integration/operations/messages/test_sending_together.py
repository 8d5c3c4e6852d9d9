"""Simultaneous sends: one transaction for many, and each gets the result that it would get alone."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from server.errors import ErrorCode, NotFound, Unauthenticated, Unfunded
from server.operations.core.principals import HOLDER_SCOPES, Principal
from server.operations.core.services import Services
from server.operations.credits.quotas import set_user_quota
from server.operations.messages.acceptance import Sent
from server.operations.messages.screening import Draft
from server.operations.messages.sending import send_message
from server.rules.messages.batches import MAX_RECEIVERS
from server.store.models import Account, IdempotencyKey, LedgerEntry, Message, User
from tests.factories.accounts.accounts import World
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import draft, numbers
from tests.factories.store.statements import counted

KEY = "order 66"


async def _all(
    services: Services, *sendings: tuple[Principal, Draft], key: str | None = None, **more: Any
) -> list[Sent | BaseException]:
    """Send all of these at the same time, and return what each heard."""
    return await asyncio.gather(
        *(send_message(services, by, given, idempotency_key=key, **more) for by, given in sendings),
        return_exceptions=True,
    )


async def test_what_is_sent_at_once_shares_transactions(
    services: Services, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty callers cost a few commits, and the ledger has an entry of each, under its own name."""
    account = await world.account()
    users = [world.as_user(await world.user(account, f"user-{n}")) for n in range(4)]
    await services.message_ids.take(1)
    commits = []
    run = services.transactions.run

    async def counted(work: Any) -> Any:
        commits.append(work)
        return await run(work)

    monkeypatch.setattr(services.transactions, "run", counted)
    heard = await _all(services, *((user, draft(account)) for _ in range(10) for user in users))
    assert len(commits) < 10
    numbers_heard = [answer.message_ids[0] for answer in heard if isinstance(answer, Sent)]
    assert len(set(numbers_heard)) == 40
    assert set(numbers_heard) == {message.id for message in await Message.all()}
    entries = await LedgerEntry.filter(kind="MESSAGE")
    assert Counter(entry.caused_by for entry in entries) == {user.name: 10 for user in users}
    assert {entry.reference for entry in entries} == {f"send:{number}" for number in numbers_heard}
    await check_books(account.id)


async def test_credits_are_spent_to_the_last_and_no_further(services: Services, world: World) -> None:
    """Of thirty that race for the credits of twelve, the first twelve get them; each learns the rest."""
    account = await world.account(credits=12_000)
    heard = await _all(services, *((world.holder, draft(account)) for _ in range(30)))
    assert [answer.credits_left for answer in heard if isinstance(answer, Sent)] == [
        left * 1_000 for left in range(11, -1, -1)
    ]
    assert [type(answer) for answer in heard] == [Sent] * 12 + [Unfunded] * 18
    assert (await Account.get(id=account.id)).credits_left == 0
    await check_books(account.id)


async def test_one_that_is_too_dear_leaves_its_credits_to_the_next(services: Services, world: World) -> None:
    """What is refused for want of credits takes none from those behind it."""
    account = await world.account(credits=3_000)
    few, many = draft(account, *numbers(1)), draft(account, *numbers(4))
    heard = await _all(services, *((world.holder, given) for given in (few, many, few, many, few)))
    assert [isinstance(answer, Sent) for answer in heard] == [True, False, True, False, True]
    assert await Message.all().count() == 3
    await check_books(account.id)


async def test_quotas_and_the_account_are_spent_apart(services: Services, world: World) -> None:
    """Users with quotas and one without send at once, each from its own purse."""
    account = await world.account(credits=10_000)
    users = [await world.user(account, f"user-{n}") for n in range(3)]
    for user, credits in zip(users, (2_000, 3_000), strict=False):
        await set_user_quota(
            services, world.holder, account=account.name, login=user.login, enabled=True, credits=credits
        )
    sendings = [(world.as_user(user), draft(account)) for _ in range(7) for user in users]
    heard = await _all(services, *sendings)
    accepted = Counter(
        by.user_id for (by, _), answer in zip(sendings, heard, strict=True) if isinstance(answer, Sent)
    )
    assert accepted == {users[0].id: 2, users[1].id: 3, users[2].id: 5}
    assert [(await User.get(id=user.id)).quota_left for user in users[:2]] == [0, 0]
    assert (await Account.get(id=account.id)).credits_left == 0
    await check_books(account.id)


async def test_each_gets_a_verdict_of_its_own(services: Services, world: World) -> None:
    """Whatever is wrong with some, the others are sent, and each gets only its own result."""
    account = await world.account()
    good, gone = await world.user(account, "good"), await world.user(account, "gone")
    await User.filter(id=gone.id).update(enabled=False)
    stranger = Principal(name="stranger", scopes=HOLDER_SCOPES, holder_id=10**9)
    bound = Principal(
        name="bound",
        scopes=HOLDER_SCOPES,
        holder_id=account.holder_id,
        bound_account_ids=frozenset({10**9}),
    )
    heard = await _all(
        services,
        (world.as_user(good), draft(account)),
        (world.as_user(gone), draft(account)),
        (stranger, draft(account)),
        (bound, draft(account)),
        (world.holder, draft(account, sender="Nobody")),
        (world.holder, draft(account, sender="N" * 2_000)),
        (world.holder, draft(account, sender="\ud800")),
        (world.holder, draft(account, sender="Cha\0ppe")),
        (world.holder, draft(account, text="")),
        (world.holder, draft(account, deferred_until_us=1)),
        (world.holder, draft(account, "nonsense")),
        (world.holder, draft(account)),
        all_or_none=True,
    )
    codes = [getattr(answer, "code", None) for answer in heard]
    assert codes == [
        None,
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.UNKNOWN_ACCOUNT,
        ErrorCode.UNKNOWN_ACCOUNT,
        ErrorCode.UNKNOWN_SENDER,
        ErrorCode.UNKNOWN_SENDER,
        ErrorCode.UNKNOWN_SENDER,
        ErrorCode.UNKNOWN_SENDER,
        ErrorCode.EMPTY_MESSAGE,
        ErrorCode.INVALID_DATE,
        ErrorCode.INVALID_PHONE_NUMBER,
        None,
    ]
    assert isinstance(heard[1], Unauthenticated)
    assert isinstance(heard[2], NotFound)
    assert await Message.all().count() == 2
    await check_books(account.id)


async def test_a_key_used_many_times_at_once_has_one_effect(services: Services, world: World) -> None:
    """All of them get the same answer; one with another input is refused."""
    account = await world.account()
    same = [(world.holder, draft(account))] * 8
    *heard, other = await _all(services, *same, (world.holder, draft(account, text="Bye")), key=KEY)
    assert isinstance(heard[0], Sent)
    assert heard == [heard[0]] * 8
    assert getattr(other, "code", None) is ErrorCode.IDEMPOTENCY_KEY_REUSED
    assert (await Message.all().count(), await IdempotencyKey.filter(key=KEY).count()) == (1, 1)
    await check_books(account.id)


async def test_a_key_that_another_account_takes_meanwhile_refuses_one_only(
    services: Services, world: World
) -> None:
    """Two accounts race for one key: one gets it, and other sends of the second are not affected."""
    accounts = [await world.account(name) for name in ("sms-demo-1", "sms-demo-2")]
    keyed = [
        send_message(services, world.holder, draft(account), idempotency_key=KEY) for account in accounts
    ]
    others = [
        send_message(services, world.holder, draft(account), idempotency_key=None)
        for account in accounts
        for _ in range(3)
    ]
    heard = await asyncio.gather(*keyed, *others, return_exceptions=True)
    codes = Counter(getattr(answer, "code", None) for answer in heard)
    assert codes == {None: 7, ErrorCode.IDEMPOTENCY_KEY_REUSED: 1}
    assert await Message.all().count() == 7
    for account in accounts:
        await check_books(account.id)


async def test_who_may_not_send_costs_the_account_nothing(services: Services, world: World) -> None:
    """A stranger's receivers are not looked up with the others."""
    account = await world.account()
    named = draft(account, *numbers(500), sender="Stranger")
    sendings = [(world.holder, draft(account)), (world.neighbour, named), (world.holder, draft(account))]
    await services.message_ids.take(1)
    with counted() as statements:
        heard = await _all(services, *sendings, key=KEY)
    assert [isinstance(answer, Sent) for answer in heard] == [True, False, True]
    for table in ("blacklist", "senders", "idempotency_keys"):
        assert max(len(values) for _, values in statements.about(table)) < 10
    await check_books(account.id)


async def test_large_sendings_do_not_share(services: Services, world: World) -> None:
    """What is written in one transaction is bounded: two sendings of the largest size take two."""
    account = await world.account(credits=10**9)
    given = draft(account, *numbers(MAX_RECEIVERS))
    heard = await _all(services, *((world.holder, given) for _ in range(2)))
    assert [len(answer.message_ids) for answer in heard if isinstance(answer, Sent)] == [MAX_RECEIVERS] * 2
    await check_books(account.id)


async def test_a_caller_that_goes_away_takes_nobody_along(services: Services, world: World) -> None:
    """Its message is still sent, and the others get their results."""
    account = await world.account()
    sendings = [
        asyncio.create_task(send_message(services, world.holder, draft(account), idempotency_key=None))
        for _ in range(6)
    ]
    await asyncio.sleep(0)
    sendings[0].cancel()
    sendings[4].cancel()
    heard = await asyncio.gather(*sendings, return_exceptions=True)
    await services.transactions.drain()
    assert sum(isinstance(answer, Sent) for answer in heard) == 4
    # Who went away before its turn came for a number has asked for nothing yet.
    assert await Message.all().count() in {4, 5, 6}
    await check_books(account.id)
