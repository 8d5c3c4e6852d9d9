"""Idempotency keys: the same key and input, however often, have one effect and one answer."""

import asyncio

import pytest

from server.errors import Conflict, DomainError, ErrorCode
from server.kit.clock import DAY_US, ManualClock
from server.operations.core.idempotency import IdempotentCall, StoredAnswers
from server.operations.core.services import Services
from server.operations.credits.credits import grant_credits, transfer_credits
from server.operations.messages.acceptance import Sent
from server.operations.messages.sending import send_message
from server.store.models import IdempotencyKey, LedgerEntry, Message
from server.store.sql import fetch
from tests.factories.accounts.accounts import World
from tests.factories.core.refusals import refused
from tests.factories.credits.verification import check_books
from tests.factories.messages.messages import draft, numbers
from tests.factories.store.statements import counted

KEY = "order 66 ~!"


async def test_a_repeated_send_gives_the_same_answer(services: Services, world: World) -> None:
    """Verdicts, numbers and credits are those of the first time, though the balance has moved on."""
    account = await world.account()
    given = draft(account, *numbers(2), "nonsense")
    first = await send_message(services, world.holder, given, idempotency_key=KEY)
    await send_message(services, world.holder, given, idempotency_key=None)
    assert await send_message(services, world.holder, given, idempotency_key=KEY) == first
    assert first.verdicts[2].code is ErrorCode.INVALID_PHONE_NUMBER
    assert await Message.all().count() == 4


async def test_a_key_with_another_input_is_refused(services: Services, world: World) -> None:
    """Whatever of the input differs."""
    account, other = await world.account(), await world.account("sms-other-1")
    await send_message(services, world.holder, draft(account), idempotency_key=KEY)
    for another in (
        draft(account, text="Bye"),
        draft(account, tag="t"),
        draft(other),
        draft(account, *numbers(2)),
    ):
        async with refused(ErrorCode.IDEMPOTENCY_KEY_REUSED, "idempotencyKey"):
            await send_message(services, world.holder, another, idempotency_key=KEY)


async def test_a_key_is_its_callers_and_its_operations_own(services: Services, world: World) -> None:
    """Users, holders and operations do not meet in one key."""
    account = await world.account()
    users = [world.as_user(await world.user(account, f"u{n}")) for n in range(2)]
    for by in (world.holder, world.operator, *users):
        await send_message(services, by, draft(account, text=by.name), idempotency_key=KEY)
    await grant_credits(services, world.operator, account=account.name, credits=1, key=KEY)
    assert await Message.all().count() == 4
    assert await IdempotencyKey.filter(key=KEY).count() == 5


@pytest.mark.parametrize("key", ["é", "x" * 65, "a\n", "a\0"])
async def test_a_malformed_key_is_refused(services: Services, world: World, key: str) -> None:
    """A key is 1 to 64 printable ASCII characters."""
    account = await world.account()
    async with refused(ErrorCode.INVALID_IDEMPOTENCY_KEY, "idempotencyKey"):
        await send_message(services, world.holder, draft(account), idempotency_key=key)


async def test_a_key_is_kept_for_seven_days(services: Services, world: World, clock: ManualClock) -> None:
    """Until then it answers; from then on it is new."""
    account = await world.account()
    await send_message(services, world.holder, draft(account), idempotency_key=KEY)
    clock.advance((7 * DAY_US - 1) / 1_000_000)
    await send_message(services, world.holder, draft(account), idempotency_key=KEY)
    assert await Message.all().count() == 1
    clock.advance(0.000001)
    await send_message(services, world.holder, draft(account, text="Bye"), idempotency_key=KEY)
    assert await Message.all().count() == 2
    assert (await IdempotencyKey.get(operation="sendMessage")).at_us == services.clock.now_us()


async def test_a_refused_call_leaves_its_key_free(services: Services, world: World) -> None:
    """What was refused is not stored: the key can be used with an input that is right."""
    account = await world.account()
    async with refused(ErrorCode.EMPTY_MESSAGE, "text"):
        await send_message(services, world.holder, draft(account, text=""), idempotency_key=KEY)
    await send_message(services, world.holder, draft(account), idempotency_key=KEY)
    assert await Message.all().count() == 1


async def test_a_hundred_tries_at_once_have_one_effect(services: Services, world: World) -> None:
    """All get the same answer, and one message is paid for."""
    account = await world.account()
    given = draft(account)
    answers = await asyncio.gather(
        *(send_message(services, world.holder, given, idempotency_key=KEY) for _ in range(100))
    )
    assert len({answer.message_ids[0] for answer in answers}) == 1
    assert {answer.credits_left for answer in answers} == {199_000}
    assert await Message.all().count() == 1
    await check_books(account.id)


async def test_of_two_inputs_at_once_one_gets_the_key(services: Services, world: World) -> None:
    """On one account and on two: the first one; others with its input agree, the rest are refused."""
    account, other = await world.account(), await world.account("sms-other-1")
    drafts = [draft(account), draft(account, text="Bye"), draft(other)] * 8
    results = await asyncio.gather(
        *(send_message(services, world.holder, given, idempotency_key=KEY) for given in drafts),
        return_exceptions=True,
    )
    answers = [result for result in results if isinstance(result, Sent)]
    refusals = [result for result in results if isinstance(result, DomainError)]
    assert (len(answers), len(refusals)) == (8, 16)
    assert len({answer.message_ids[0] for answer in answers}) == 1
    assert {(refusal.code, refusal.field) for refusal in refusals} == {
        (ErrorCode.IDEMPOTENCY_KEY_REUSED, ("idempotencyKey",))
    }
    assert await Message.all().count() == 1


async def test_many_keys_at_once_never_wait_for_one_another(services: Services, world: World) -> None:
    """Two accounts' transactions that take the same keys, in whatever orders: one gets them, the other is refused."""
    names = [str(number) for number in range(6_000)]

    async def take(account: str, keys: list[str]) -> None:
        async def work() -> None:
            answers = StoredAnswers()
            for key in keys:
                answers.add(IdempotentCall(world.holder, "sendMessage", key, {"account": account}), "")
            await answers.save(at_us=services.clock.now_us())

        await services.transactions.run(work)

    heard = await asyncio.gather(
        take("sms-demo-1", names), take("sms-demo-2", names[::-1]), return_exceptions=True
    )
    assert sorted(str(getattr(answer, "code", "taken")) for answer in heard) == [
        "IDEMPOTENCY_KEY_REUSED",
        "taken",
    ]
    assert await IdempotencyKey.all().count() == len(names)


async def test_of_all_answers_only_those_asked_for_are_read(services: Services, world: World) -> None:
    """If many users use the same keys, simultaneous sends read only their own answers."""
    account = await world.account()
    users = [world.as_user(await world.user(account, f"user-{n}")) for n in range(6)]

    async def send_all(first: int) -> list[Sent]:
        keyed = [(user, str((first + place) % 6)) for place, user in enumerate(users)]
        return await asyncio.gather(
            *(send_message(services, user, draft(account), idempotency_key=key) for user, key in keyed)
        )

    sent = [await send_all(first) for first in range(6)]
    with counted() as statements:
        assert await send_all(3) == sent[3]
    reads = statements.about("idempotency_keys")
    assert sum(len(values) for _, values in reads) == 3 * len(users)
    assert sum([len(await fetch(sql, *values)) for sql, values in reads]) == len(users)


async def test_a_transfer_tried_many_times_at_once_moves_once(services: Services, world: World) -> None:
    """Both ways round with one key: one way wins."""
    for name in ("sms-a-1", "sms-b-1"):
        await world.account(name, credits=10_000)
    ways = [("sms-a-1", "sms-b-1"), ("sms-b-1", "sms-a-1")] * 10
    results = await asyncio.gather(
        *(
            transfer_credits(services, world.holder, source=source, target=target, credits=1_000, key=KEY)
            for source, target in ways
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Conflict) for result in results) == 10
    assert await LedgerEntry.filter(kind="TRANSFER_OUT").count() == 1
