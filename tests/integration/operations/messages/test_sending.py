"""Sending: checked, debited and stored at once, or not at all."""

import asyncio
from typing import Any

import pytest

from server.bus.bus import Queue
from server.errors import ErrorCode, Unfunded
from server.kit.clock import DAY_US, MINUTE_US
from server.operations.accounts.users import delete_user, set_user_enabled
from server.operations.core.principals import HOLDER_SCOPES, Principal, Scope
from server.operations.core.services import Services
from server.operations.credits.credits import grant_credits
from server.operations.credits.quotas import set_user_quota
from server.operations.messages.sending import send_message
from server.rules.messages.segments import Coding
from server.store.models import Account, BlacklistEntry, LedgerEntry, Message, User
from server.store.models.accounts import AccountStatus
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import LONG_TEXT, RECEIVER, draft, numbers


async def test_a_message_is_written_as_it_was_asked_for(services: Services, world: World) -> None:
    """Everything in the draft is in the row, with the values computed by the server."""
    account = await world.account()
    user = await world.user(account)
    now_us = services.clock.now_us()
    later_us = now_us + DAY_US
    given = draft(
        account, "0033 612345000", text="Привет", message_class=0, tag="spring", deferred_until_us=later_us
    )
    sent = await send_message(services, world.as_user(user), given, idempotency_key=None)
    message = await Message.get()
    assert [message.id] == sent.message_ids == [sent.verdicts[0].message_id] == [message.batch_id]
    assert (message.account_id, message.user_id, message.user_login) == (account.id, user.id, "script")
    assert (message.sender, message.receiver, message.country) == ("Chappe", RECEIVER, "FR")
    assert (message.body, message.coding, message.parts) == ("Привет", Coding.UNICODE, 1)
    assert (message.message_class, message.tag) == (0, "spring")
    assert (message.credits, message.from_quota) == (1_000, False)
    assert (message.created_at_us, message.status_changed_at_us) == (now_us, now_us)
    assert (message.deferred_until_us, message.due_at_us) == (later_us, later_us)
    assert (message.state, message.status, message.ptt, message.attempts) == ("queued", 0, None, 0)
    assert (message.claim_id, message.gateway, message.sent_at_us) == (None, None, None)


async def test_a_message_of_a_holder_has_no_user_and_is_due_now(services: Services, world: World) -> None:
    """The account pays, and the answer says what it has left."""
    account = await world.account(credits=10_000)
    sent = await send_message(services, world.holder, draft(account), idempotency_key=None)
    message = await Message.get()
    assert (message.user_id, message.user_login, message.deferred_until_us) == (None, None, None)
    assert message.due_at_us == services.clock.now_us()
    assert (sent.credits, sent.credits_left) == (1_000, 9_000)


async def test_only_what_is_due_wakes_the_senders(services: Services, world: World) -> None:
    """A deferred message wakes nobody, and would find nobody anything to do."""
    account, later_us = await world.account(), services.clock.now_us() + DAY_US
    with services.bus.listen(Queue.MESSAGES) as woken:
        deferred = draft(account, deferred_until_us=later_us)
        await send_message(services, world.holder, deferred, idempotency_key=None)
        assert not woken.is_set()
        await send_message(services, world.holder, draft(account), idempotency_key=None)
        assert woken.is_set()


async def test_all_receivers_are_debited_in_one_movement(services: Services, world: World) -> None:
    """Parts and receivers count together, in one entry of the ledger."""
    account = await world.account(credits=10_000)
    user = await world.user(account)
    given = draft(account, "+33612345000", "+447700900004", "nonsense", text=LONG_TEXT)
    sent = await send_message(services, world.as_user(user), given, idempotency_key=None)
    assert (sent.credits, sent.credits_left) == (3_000, 7_000)
    assert [verdict.message_id is not None for verdict in sent.verdicts] == [True, True, False]
    assert sorted(m.credits for m in await Message.all()) == [1_000, 2_000]
    assert {m.batch_id for m in await Message.all()} == {sent.message_ids[0]}
    entry = await LedgerEntry.get(kind="MESSAGE")
    assert (entry.account_delta, entry.quota_delta, entry.quota_balance) == (-3_000, 0, None)
    assert (entry.user_login, entry.caused_by) == ("script", "user:script")
    assert entry.reference == f"send:{sent.message_ids[0]}"
    await check_books(account.id)


async def test_a_quota_pays_for_its_user_alone(services: Services, world: World) -> None:
    """The user spends from its quota while the holder spends from the account."""
    account = await world.account(credits=10_000)
    user = await world.user(account)
    await set_user_quota(
        services, world.holder, account=account.name, login=user.login, enabled=True, credits=2_000
    )
    sent = await send_message(services, world.as_user(user), draft(account), idempotency_key=None)
    assert (sent.credits_left, (await User.get(id=user.id)).quota_left) == (1_000, 1_000)
    assert (await Message.get()).from_quota
    sent = await send_message(services, world.holder, draft(account), idempotency_key=None)
    assert sent.credits_left == 7_000
    await check_books(account.id)


@pytest.mark.parametrize("quota", [None, 1_500])
async def test_what_is_not_covered_as_a_whole_is_not_sent(
    services: Services, world: World, quota: int | None
) -> None:
    """Two messages with the credits of one and a half: none is sent, even if the account has more."""
    account = await world.account(credits=1_500 if quota is None else 9_000)
    user = await world.user(account)
    if quota is not None:
        await set_user_quota(
            services, world.holder, account=account.name, login=user.login, enabled=True, credits=quota
        )
    two = draft(account, *numbers(2))
    async with refused(ErrorCode.INSUFFICIENT_CREDITS):
        await send_message(services, world.as_user(user), two, idempotency_key="k")
    if quota is None:
        await grant_credits(services, world.operator, account=account.name, credits=500, key="k")
        sent = await send_message(services, world.as_user(user), two, idempotency_key="k")
        assert (len(sent.message_ids), sent.credits_left) == (2, 0)


async def test_nothing_is_debited_when_no_receiver_is_acceptable(services: Services, world: World) -> None:
    """The verdicts say why, and the ledger says nothing."""
    account = await world.account(credits=10_000)
    sent = await send_message(services, world.holder, draft(account, "nonsense"), idempotency_key=None)
    assert (sent.message_ids, sent.credits, sent.credits_left) == ([], 0, 10_000)
    assert sent.verdicts[0].code is ErrorCode.INVALID_PHONE_NUMBER
    assert (await check_books(account.id)).ledger_sequence == 1


async def test_all_or_none_names_the_first_refused_receiver(services: Services, world: World) -> None:
    """One receiver that can't be is enough to refuse all; one named twice is no such thing."""
    account = await world.account()
    await BlacklistEntry.create(account_id=account.id, number="+33612345001", at_us=0)
    twice = draft(account, RECEIVER, RECEIVER)
    sent = await send_message(services, world.holder, twice, idempotency_key=None, all_or_none=True)
    assert len(sent.message_ids) == 1
    async with refused(ErrorCode.RECEIVER_BLACKLISTED, "receivers", "1"):
        await send_message(
            services,
            world.holder,
            draft(account, RECEIVER, "+33612345001", "nonsense"),
            idempotency_key=None,
            all_or_none=True,
        )


@pytest.mark.parametrize(
    ("offset_us", "fits"),
    [(-5 * MINUTE_US, True), (-5 * MINUTE_US - 1, False), (366 * DAY_US, True), (366 * DAY_US + 1, False)],
)
async def test_a_date_too_far_off_is_refused(
    services: Services,
    world: World,
    offset_us: int,
    fits: bool,  # noqa: FBT001
) -> None:
    """More than 5 minutes past, or more than a year ahead."""
    account = await world.account()
    given = draft(account, deferred_until_us=services.clock.now_us() + offset_us)
    if fits:
        await send_message(services, world.holder, given, idempotency_key=None)
        assert (await Message.get()).deferred_until_us == given.deferred_until_us
    else:
        async with refused(ErrorCode.INVALID_DATE, "deferredUntil"):
            await send_message(services, world.holder, given, idempotency_key=None)


async def test_nobody_sends_from_a_disabled_account(services: Services, world: World) -> None:
    """Neither the holder nor an operator."""
    account = await world.account()
    await Account.filter(id=account.id).update(status=AccountStatus.DISABLED)
    for by in (world.holder, world.operator):
        async with refused(ErrorCode.ACCOUNT_DISABLED, "account"):
            await send_message(services, by, draft(account), idempotency_key=None)


@pytest.mark.parametrize("stop", [set_user_enabled, delete_user])
async def test_a_stopped_user_sends_nothing(services: Services, world: World, stop: Any) -> None:
    """Not even with a request that was let in just before."""
    account = await world.account()
    user = world.as_user(await world.user(account))
    more = {"enabled": False} if stop is set_user_enabled else {}
    await stop(services, world.holder, account=account.name, login="script", **more)
    async with refused(ErrorCode.UNAUTHENTICATED):
        await send_message(services, user, draft(account), idempotency_key=None)


async def test_sending_stays_within_the_senders_bounds(services: Services, world: World) -> None:
    """A neighbour and an API user of another account find none; a token needs the scope."""
    account, other = await world.account(), await world.account("sms-other-1")
    user = world.as_user(await world.user(other))
    bound = Principal(
        "b", HOLDER_SCOPES, holder_id=world.holder.holder_id, bound_account_ids=frozenset({other.id})
    )
    for by in (world.neighbour, user, bound):
        async with refused(ErrorCode.UNKNOWN_ACCOUNT, "account"):
            await send_message(services, by, draft(account), idempotency_key=None)
    reader = Principal("r", frozenset({Scope.READ}), holder_id=world.holder.holder_id)
    async with refused(ErrorCode.FORBIDDEN):
        await send_message(services, reader, draft(account), idempotency_key=None)


async def test_a_thousand_receivers_are_sent_to_at_once(services: Services, world: World) -> None:
    """Each has a message with its own number, and one entry pays for all."""
    account = await world.account(credits=1_000_000)
    sent = await send_message(services, world.holder, draft(account, *numbers(1_000)), idempotency_key=None)
    assert len(set(sent.message_ids)) == await Message.all().count() == 1_000
    assert (await check_books(account.id)).credits_left == 0


async def test_two_hundred_sends_at_once_spend_no_more_than_there_is(
    services: Services, world: World
) -> None:
    """Sends, quota changes and deletions race for too few credits: nothing is lost, doubled or overdrawn."""
    account = await world.account(credits=100_000)
    crowd = [await world.user(account, f"user-{n}") for n in range(8)]
    for user in crowd[:4]:
        await set_user_quota(
            services, world.holder, account=account.name, login=user.login, enabled=True, credits=12_000
        )

    async def send_one(position: int) -> bool:
        by = world.holder if position % 9 == 8 else world.as_user(crowd[position % 9])
        try:
            await send_message(services, by, draft(account), idempotency_key=f"{position}")
        except Unfunded:
            return False
        return True

    async def change_quota(position: int) -> None:
        await set_user_quota(
            services, world.holder, account=account.name, login=crowd[position % 6].login,
            enabled=position % 3 != 0, credits=position * 100 if position % 3 else None,
        )  # fmt: skip

    results = await asyncio.gather(
        *(send_one(position) for position in range(200)),
        *(change_quota(position) for position in range(12)),
        *(delete_user(services, world.holder, account=account.name, login=user.login) for user in crowd[6:]),
        return_exceptions=True,
    )
    sent = [result for result in results if result is True]
    assert 0 < len(sent) < 200
    assert await Message.all().count() == len(sent)
    await check_books(account.id)
